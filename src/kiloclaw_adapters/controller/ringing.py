"""Keeps the alarms that a record wants: one wait for each, begun when it is first wanted and ended when it is not.

Which alarms there are is the record's affair; an alarm that stays among them keeps its due time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar

from attrs import define, field

from kiloclaw_adapters.ports import Clock
from kiloclaw_core.names import OpId

NameT = TypeVar("NameT")
NameT_co = TypeVar("NameT_co", covariant=True)


class Wanted(Protocol[NameT_co]):
    """An alarm as a record wants it."""

    @property
    def name(self) -> NameT_co:
        """What it is for."""
        ...

    @property
    def of(self) -> OpId:
        """Since which op, or about which; with the name it is the alarm's identity."""
        ...

    @property
    def patience_s(self) -> float:
        """How long after it is first wanted it rings."""
        ...


@define(eq=False)
class Alarms(Generic[NameT]):
    """The alarms of one record; `ring` is told of each that falls due."""

    clock: Clock
    ring: Callable[[NameT, OpId], None]
    _waits: dict[tuple[NameT, OpId], asyncio.Task[None]] = field(init=False, factory=dict)

    def want(self, alarms: Iterable[Wanted[NameT]]) -> None:
        """Want these from now on, and no others."""
        wanted = {(one.name, one.of): one.patience_s for one in alarms}
        for key in [key for key in self._waits if key not in wanted]:
            self._waits.pop(key).cancel()
        for (name, of), patience_s in wanted.items():
            if (name, of) not in self._waits:
                self._waits[name, of] = asyncio.create_task(self._wait(name, of, patience_s))

    def end(self) -> None:
        """Want none."""
        self.want(())

    async def _wait(self, name: NameT, of: OpId, patience_s: float) -> None:
        await self.clock.sleep(patience_s)
        del self._waits[name, of]
        self.ring(name, of)
