"""The schedules of pairing 8.4 about a child, on a virtual clock: what upstream did, and what happens here."""

from __future__ import annotations

import heapq
from itertools import count
from typing import Final

from attrs import define, field

from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import AskId
from kiloclaw_core.supervisor import (
    Arrived,
    Exit,
    Exited,
    SendSignal,
    ShutDown,
    Signal,
    Spawn,
    Spawned,
    StartChild,
    StopChild,
    Supervisor,
    SupervisorAlarmName,
    SupervisorCommand,
    SupervisorFact,
    SupervisorRang,
    supervisor_absorb,
    supervisor_alarms_of,
    supervisor_ask,
)

NEVER: Final = float("inf")
Happening = SupervisorCommand | SupervisorFact


@define
class Watch:
    """A supervisor and its clock: each child comes at once and lives for so long; a stubborn one has to be killed."""

    lives_s: float
    stubborn: bool = False
    record: Supervisor = field(factory=Supervisor)
    now: float = 0.0
    agenda: list[tuple[float, int, Happening]] = field(factory=list)
    due: dict[tuple[SupervisorAlarmName, OpId], float] = field(factory=dict)
    spawned: list[float] = field(factory=list)
    sent: list[tuple[float, Signal]] = field(factory=list)
    told: dict[str, float] = field(factory=dict)
    numbers: count[int] = field(factory=count)

    def at(self, moment: float, what: Happening) -> None:
        """This happens at that moment, if it ever comes."""
        if moment < NEVER:
            heapq.heappush(self.agenda, (moment, next(self.numbers), what))

    def run(self, until: float) -> None:
        """Let time pass."""
        while (moment := min((self.agenda[0][0] if self.agenda else NEVER), *self.due.values(), NEVER)) <= until:
            self.now = moment
            rings = [key for key, due in self.due.items() if due <= moment]
            if rings:
                self.due.pop(rings[0])
                self.happen(SupervisorRang(*rings[0]))
            else:
                self.happen(heapq.heappop(self.agenda)[2])

    def happen(self, what: Happening) -> None:
        """It happens; what is asked for is done, and the alarms are set."""
        if isinstance(what, SupervisorFact):
            transition = supervisor_absorb(self.record, what)
        else:
            transition = supervisor_ask(self.record, what).unwrap()
        self.record = transition.record
        for effect in transition.effects:
            self.perform(effect)
        wanted = {(one.name, one.of): one.patience_s for one in supervisor_alarms_of(self.record)}
        self.due = {key: self.due.get(key, self.now + patience) for key, patience in wanted.items()}

    def perform(self, effect: Spawn | SendSignal | Arrived) -> None:
        """A child comes and goes, a signal reaches it, or somebody is told."""
        match effect:
            case Spawn(child=child):
                self.spawned.append(self.now)
                self.at(self.now, Spawned(child))
                self.at(self.now + self.lives_s, Exited(child, Exit(code=0)))
            case SendSignal(child=child, signal=signal):
                self.sent.append((self.now, signal))
                if signal is Signal.KILL or not self.stubborn:
                    self.at(self.now, Exited(child, Exit(signal=9)))
            case Arrived(ask=ask):
                self.told[ask] = self.now


def test_pw13_a_stubborn_child_is_killed_and_the_shutdown_behind_it_ends() -> None:
    """Upstream: both are blocked after an hour, and only SIGTERM was sent."""
    watch = Watch(NEVER, stubborn=True)
    watch.at(0, StartChild())
    watch.at(1, StopChild(AskId("stop")))
    watch.at(2, ShutDown(AskId("shutdown")))
    watch.run(3_600)
    assert watch.sent == [(1, Signal.TERM), (11, Signal.KILL)]
    assert (watch.told, watch.spawned, watch.due) == ({"stop": 11, "shutdown": 11}, [0], {})


def test_pw14_a_child_that_exits_with_0_at_once_is_no_storm() -> None:
    """Upstream: 3,023 children in 200 ms."""
    watch = Watch(0.0)
    watch.at(0, StartChild())
    watch.run(600)
    assert watch.spawned == [0, 1, 3, 7, 15, 31, 63, 127, 255, 511]
