"""A cache on a virtual clock: alarms ring when they are due, and whatever it asks for takes as long as the story says.

The outside is two functions: how long a reading takes and what it shows, and how long a command takes and how it ends.
What matters is counted: readings begun, and commands alive at once.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

from attrs import define, field

from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import (
    CommandEnd,
    KillCommand,
    ListChannel,
    ListDevices,
    Pairing,
    PairingAlarmName,
    PairingAnswer,
    PairingCommand,
    PairingEffect,
    PairingFact,
    PairingOutcome,
    PairingRang,
    PairingReplied,
    PairingTransition,
    ReadConfig,
    Reply,
    RunApprove,
    Source,
    pairing_absorb,
    pairing_alarms_of,
    pairing_ask,
)

Asking = ReadConfig | ListChannel | ListDevices | RunApprove
Timed = tuple[float, PairingOutcome]
NEVER = float("inf")


@define
class Clockwork:
    """The cache, its clock, and everything that is still to come."""

    outside: Callable[[Asking, float], Timed]
    record: Pairing = field(factory=Pairing)
    now: float = 0.0
    agenda: list[tuple[float, int, PairingFact | PairingCommand]] = field(factory=list)
    due: dict[tuple[PairingAlarmName, OpId], float] = field(factory=dict)
    alive: dict[OpId, float] = field(factory=dict)
    begun: list[float] = field(factory=list)
    """When each reading began."""
    commands: int = 0
    most_alive: int = 0
    answers: dict[str, tuple[float, PairingAnswer]] = field(factory=dict)
    numbers: count[int] = field(factory=count)

    def at(self, moment: float, what: PairingFact | PairingCommand) -> None:
        """This happens at that moment."""
        if moment < NEVER:
            heapq.heappush(self.agenda, (moment, next(self.numbers), what))

    def run(self, until: float) -> None:
        """Let time pass."""
        while (moment := self.following()) <= until:
            self.now = moment
            rings = [key for key, due in self.due.items() if due <= moment]
            if rings:
                self.due.pop(rings[0])
                self.happen(PairingRang(*rings[0]))
            else:
                self.happen(heapq.heappop(self.agenda)[2])
        self.now = until

    def following(self) -> float:
        """When the next thing happens."""
        return min((self.agenda[0][0] if self.agenda else NEVER), *self.due.values(), NEVER)

    def happen(self, what: PairingFact | PairingCommand) -> None:
        """It happens; what is asked for is on its way, and the alarms are set."""
        if isinstance(what, PairingFact):
            if isinstance(what, PairingReplied):
                self.alive.pop(what.op, None)
            transition = pairing_absorb(self.record, what)
        else:
            transition = pairing_ask(self.record, what).value_or(PairingTransition(self.record))
        self.record = transition.record
        for effect in transition.effects:
            self.perform(effect)
        wanted = {(one.name, one.of): one.patience_s for one in pairing_alarms_of(self.record)}
        self.due = {key: self.due.get(key, self.now + patience) for key, patience in wanted.items()}

    def perform(self, effect: PairingEffect) -> None:
        """What is asked for takes its time."""
        match effect:
            case Reply(ask=ask, answer=answer):
                assert ask not in self.answers, f"{ask} is answered twice"
                self.answers[ask] = (self.now, answer)
            case KillCommand(of=of):
                if of in self.alive and self.alive[of] < NEVER:
                    self.at(self.now, PairingReplied(of, CommandEnd.KILLED))
            case ReadConfig() | ListChannel() | ListDevices() | RunApprove():
                self.ask(effect)

    def ask(self, effect: Asking) -> None:
        """A reading, or a command."""
        takes, outcome = self.outside(effect, self.now)
        if isinstance(effect, ReadConfig | ListDevices):
            self.begun.append(self.now)
        if isinstance(effect, RunApprove) or (not isinstance(effect, ReadConfig) and effect.source is not Source.FILES):
            self.alive[effect.op] = takes
            self.commands += 1
            self.most_alive = max(self.most_alive, len(self.alive))
        self.at(self.now + takes, PairingReplied(effect.op, outcome, int(self.now * 1000)))
