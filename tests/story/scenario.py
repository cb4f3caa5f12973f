"""How the stories of an instance are told: commands, answers and alarms, one after the other, over a pure outside.

A scenario keeps the record, what is outside and what is on its way; every step gives back the whole transition.
"""

from __future__ import annotations

from typing import Final

from attrs import define, evolve

from kiloclaw_core import lifecycle
from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.commands import Command, Desired, Destroy, Identity, Provision, Start, Stop
from kiloclaw_core.effects import AwaitState, Effect
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Absent, Instance, Record, Transition
from kiloclaw_core.machine import Guest, Spec
from kiloclaw_core.names import AppName, CommandId, Region, SandboxId, UserId
from kiloclaw_core.outcomes import Outcome
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.policy import Policy
from kiloclaw_core.world import fate
from kiloclaw_core.world.landing import Outside, land, must_wait

SANDBOX: Final = SandboxId("ki_1")
WHO: Final = Identity(SANDBOX, UserId("user-1"), AppName("app-1"))
SPEC: Final = Spec("image-1", Guest(2, 4096, "shared"), regions=(Region("ams"),))
EMPTY: Final = Outside()
REAL: Final = Policy()
AT: Final = 1_000
"""The moment of every command and fact of a scenario."""


@define
class Scenario:
    """One sandbox: its record, what is outside, and the requests that are not answered yet, oldest first."""

    record: Record = Absent(SANDBOX)
    outside: Outside = Outside()
    sent: tuple[Effect, ...] = ()

    @property
    def instance(self) -> Instance:
        """The record, which has to be an instance by now."""
        assert isinstance(self.record, Instance), "nothing was provisioned yet"
        return self.record

    def ask(self, command: Command) -> Instance:
        """A command is granted; nobody has looked at it yet."""
        self.record = lifecycle.decide(self.record, command).unwrap()
        return self.instance

    def tell(self, fact: Fact) -> Transition:
        """The record absorbs a fact, and what it sends is on its way."""
        transition = lifecycle.absorb(self.record, fact)
        self.record = transition.record
        self.sent = (*self.sent, *transition.effects)
        return transition

    def wake(self) -> Transition:
        """A worker looks at what is wanted."""
        return self.tell(Woken(AT))

    def answer(self, outcome: Outcome, to: type[Effect] | None = None) -> Transition:
        """The oldest request on its way, or the oldest of this kind, is answered so, whatever is outside."""
        effect = self._oldest(to)
        return self.tell(Replied(effect.op, outcome, AT))

    def land(self, to: type[Effect] | None = None) -> Transition:
        """The oldest request on its way, or the oldest of this kind, lands outside and is answered."""
        effect = self._oldest(to)
        if isinstance(effect, AwaitState) and must_wait(self.outside.fly, effect):
            self.arrive()
        self.outside, outcome = land(self.outside, effect)
        return self.tell(Replied(effect.op, outcome, AT))

    def land_all(self) -> Instance:
        """Everything on its way lands and is answered, and what follows from it, until nothing is on its way."""
        while self.sent:
            self.land()
        return self.instance

    def arrive(self) -> None:
        """Every machine that is on its way arrives."""
        for machine in self.outside.fly.machines:
            if fate.is_moving(machine.state):
                self.outside = evolve(self.outside, fly=fate.advance(self.outside.fly, machine))

    def ring(self, name: AlarmName) -> Transition:
        """The first alarm of this name rings; the record has to want it."""
        of = next(alarm.of for alarm in alarms_of(self.record) if alarm.name is name)
        return self.tell(AlarmRang(name, of, AT))

    def take_over(self, incarnation: int = 0) -> Transition:
        """The process is gone and another takes over: no answer under way will ever be heard."""
        self.sent = ()
        return self.tell(Recovered(incarnation, AT))

    def _oldest(self, kind: type[Effect] | None) -> Effect:
        effect = next(one for one in self.sent if kind is None or isinstance(one, kind))
        self.sent = tuple(one for one in self.sent if one is not effect)
        return effect


def provision(desired: Desired = Desired.STOPPED, identity: Identity = WHO, spec: Spec = SPEC) -> Provision:
    """The command that every scenario begins with."""
    return Provision(CommandId("provision"), identity, spec, desired, AT)


def start(name: str = "start") -> Start:
    """A user's command to start."""
    return Start(CommandId(name), at=AT)


def stop(name: str = "stop") -> Stop:
    """A user's command to stop."""
    return Stop(CommandId(name), at=AT)


def destroy(name: str = "destroy") -> Destroy:
    """A user's command to destroy."""
    return Destroy(CommandId(name), at=AT)


def asked(command: Provision, outside: Outside = EMPTY, policy: Policy = REAL) -> Scenario:
    """A sandbox that was just provisioned: the intent is written, nothing is sent."""
    scenario = Scenario(Absent(command.identity.sandbox, policy), outside)
    scenario.ask(command)
    return scenario


def stopped(outside: Outside = EMPTY, policy: Policy = REAL, identity: Identity = WHO) -> Scenario:
    """An instance that was provisioned and rests: it has a volume v3 and no machine."""
    scenario = asked(provision(identity=identity), outside, policy)
    scenario.wake()
    scenario.land_all()
    return scenario


def starting(outside: Outside = EMPTY, policy: Policy = REAL, identity: Identity = WHO) -> Scenario:
    """A stopped instance that a user starts: the first request is on its way."""
    scenario = stopped(outside, policy, identity)
    scenario.ask(start())
    scenario.wake()
    return scenario


def running(outside: Outside = EMPTY, policy: Policy = REAL, identity: Identity = WHO) -> Scenario:
    """An instance that was started and rests, running."""
    scenario = starting(outside, policy, identity)
    scenario.land_all()
    return scenario
