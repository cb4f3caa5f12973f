"""The part of the demo's story that is about being let in: two who ask at once, and one whose process dies.

What is shown is what callers hear, and what the registry says of its reservations.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from attrs import define, field

from kiloclaw_adapters.demo.lanes import Line
from kiloclaw_adapters.demo.patience import eventually
from kiloclaw_adapters.demo.processes import DemoError, Simulated, kill, new_process
from kiloclaw_adapters.demo.terms import SPEC
from kiloclaw_adapters.demo.watching import now_ms
from kiloclaw_adapters.errors import AdmissionError
from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_core.registry.views import ReservationView
from kiloclaw_core.views import View

ORPHANING: Final = ("-m", "kiloclaw_adapters.demo.orphaning")
ORPHAN: Final = "ki_demo_orphan"
BEREAVED: Final = "user-2"


@define
class Admitting:
    """Callers who want to be let in."""

    folder: Path
    fly: Simulated
    caller: Kiloclaw
    tell: Callable[[Line], None]
    heard: list[str] = field(factory=list, init=False)
    """What the two who asked at once were told, by code."""
    phases: list[str] = field(factory=list, init=False)
    """The phases of the attempt whose process died, in order."""

    async def two_at_once(self, sandbox: str, user: str) -> None:
        """Two tabs of one user ask at the same moment; the first of them is let in."""
        asked = [self._ask(tab, name, user) for tab, name in ((1, sandbox), (2, f"{sandbox}_2"))]
        first, second = await asyncio.gather(*asked)
        if not isinstance(first, View) or isinstance(second, View):
            raise DemoError("of two who asked at once, it was not the first who was let in alone")

    async def _ask(self, tab: int, sandbox: str, user: str) -> View | AdmissionError:
        self.say(f"tab {tab}: provision")
        try:
            view = await self.caller.provision(sandbox, user, SPEC, wait=False, command_id=f"tab-{tab}")
        except AdmissionError as refused:
            self.heard.append(refused.code)
            self.say(f"tab {tab}: {refused.explanation.sentence}", alarming=True)
            return refused
        self.heard.append("let in")
        self.say(f"tab {tab}: let in")
        return view

    async def orphaned(self) -> None:
        """A provision's process is killed when its instance has taken the attempt on; nobody asks again."""
        process = await new_process((*ORPHANING, str(self.folder), ORPHAN, BEREAVED), self.fly)
        try:
            await eventually("the provision to come so far", lambda: self._has_come_to("committing"))
        finally:
            await kill(process)
        self.say(f"SIGKILL the provision of {BEREAVED}", alarming=True)

    async def healed(self) -> None:
        """The registry's own probe finds it: what it made goes, and its slot is free."""
        await eventually("the slot to be free again", lambda: self._has_come_to("released"))

    async def _has_come_to(self, phase: str) -> bool:
        known = await self._reservation()
        if known is not None and known.phase not in self.phases:
            self.phases.append(known.phase)
            self.tell(Line(now_ms(), "instance", f"{BEREAVED}'s attempt {known.phase}"))
        return phase in self.phases

    async def _reservation(self) -> ReservationView | None:
        known = (one.reservation for one in await self.caller.reservations())
        return next((one for one in known if one.instance_id == ORPHAN), None)

    def say(self, text: str, *, alarming: bool = False) -> None:
        """Show what callers do and hear."""
        self.tell(Line(now_ms(), "caller", text, alarming))
