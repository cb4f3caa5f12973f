"""The effects of one key that are being performed, each in a task of its own, and the answers that have come.

Performing is total here: whatever a performer raises is Unknown to the record. What the answers mean, and when an
effect may be broken off, is decided by others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic

from attrs import define, field, frozen

from kiloclaw_adapters.moments import Called, Failed, Returned, Watch
from kiloclaw_adapters.ports import Clock, CommandT, EffectT, OutcomeT, Performer, RecordT
from kiloclaw_core.outcomes import Unknown


@frozen(eq=False)
class Flight(Generic[EffectT, OutcomeT]):
    """An effect and the task that performs it."""

    effect: EffectT
    task: asyncio.Task[OutcomeT | Unknown]


@define(eq=False)
class Flights(Generic[CommandT, RecordT, EffectT, OutcomeT]):
    """Everything in flight for one key, in the order it was sent."""

    key: str
    performer: Performer[EffectT, OutcomeT]
    watch: Watch[CommandT, RecordT, EffectT, OutcomeT]
    _flying: list[Flight[EffectT, OutcomeT]] = field(init=False, factory=list)

    def __bool__(self) -> bool:
        return bool(self._flying)

    def start(self, effect: EffectT, committed_at: float) -> None:
        """Begin to perform an effect whose record is durable since this moment of the monotonic clock or later."""
        task = asyncio.create_task(self._perform(effect, committed_at))
        self._flying.append(Flight(effect, task))

    def abandon(self, is_idle: Callable[[EffectT], bool]) -> None:
        """Break off every effect of which this says that nobody waits for it and nothing depends on it."""
        for flight in [one for one in self._flying if is_idle(one.effect)]:
            flight.task.cancel()
            self._flying.remove(flight)

    async def landed(self, clock: Clock, patience_s: float) -> tuple[tuple[EffectT, OutcomeT | Unknown], ...]:
        """The answers that came, in the order their effects were sent; none if none came within this patience."""
        alarm = asyncio.create_task(clock.sleep(patience_s))
        try:
            await asyncio.wait([alarm, *(one.task for one in self._flying)], return_when=asyncio.FIRST_COMPLETED)
        finally:
            alarm.cancel()
        landed = [one for one in self._flying if one.task.done()]
        self._flying = [one for one in self._flying if one not in landed]
        return tuple((one.effect, one.task.result()) for one in landed)

    async def cancel(self) -> None:
        """Break everything off; requests that were sent may land all the same."""
        flying, self._flying = self._flying, []
        for flight in flying:
            flight.task.cancel()
        await asyncio.gather(*(one.task for one in flying), return_exceptions=True)

    async def _perform(self, effect: EffectT, committed_at: float) -> OutcomeT | Unknown:
        self.watch.saw(self.key, Called(effect))
        outcome = await self._outcome(effect, committed_at)
        self.watch.saw(self.key, Returned(effect, outcome))
        return outcome

    async def _outcome(self, effect: EffectT, committed_at: float) -> OutcomeT | Unknown:
        try:
            return await self.performer.perform(effect, committed_at=committed_at)
        except Exception as error:  # noqa: BLE001 - a fault of ours does not prove that nothing was done
            self.watch.saw(self.key, Failed(f"performing {type(effect).__name__}", error))
            return Unknown(f"the performer failed: {type(error).__name__}")
