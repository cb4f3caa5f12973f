"""Fly calls made for each operation, counted over the pure world, against the least of them that would have done.

The least is found, not declared: calls are left out one by one, the others are landed on the same world, and a call
whose absence leaves the end as it was is one too many. A wait is needed where a machine is to be known to have arrived.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from attrs import define, evolve, frozen

from kiloclaw_core.app import AppAbsent, AppChanging, AppReading, AppRecord, AppReplied, Ensure, app_absorb, app_decide
from kiloclaw_core.commands import Command
from kiloclaw_core.effects import AwaitState, Effect, EnsureApp, PayDebt, ProbeHealth, Settle
from kiloclaw_core.facts import Woken
from kiloclaw_core.names import CommandId, OwnerKey
from kiloclaw_core.world import apps as true_apps
from kiloclaw_core.world.apps import Apps
from kiloclaw_core.world.fly import Fly, advance, is_moving
from kiloclaw_core.world.landing import Outside, land
from tests.story.scenario import WHO, Scenario, destroy, provision, start, stop

from .measuring import Effort, Line

Call: TypeAlias = Effect | AppReading | AppChanging
End: TypeAlias = tuple[Fly, tuple[tuple[object, ...], ...]]

ELSEWHERE: Final = (EnsureApp, ProbeHealth, Settle, PayDebt)
"""What an instance asks of somebody else: its app's own record, the machine's controller, the clock, the directory."""

OPERATIONS: Final[tuple[tuple[str, Command], ...]] = (
    ("provision", provision()),
    ("start of a fresh instance", start("first")),
    ("stop", stop()),
    ("start of a stopped one", start("second")),
    ("destroy of a running one", destroy()),
)


@frozen
class Truth:
    """Everything that calls can change."""

    outside: Outside = Outside()
    apps: Apps = Apps(opened=("ours",))

    def after(self, call: Call) -> Truth:
        """The truth once this call has landed and was answered; a wait lasts until its machine arrives."""
        if isinstance(call, AppReading | AppChanging):
            return evolve(self, apps=true_apps.land(self.apps, call)[0])
        outside = self.outside
        if isinstance(call, AwaitState):
            machine = outside.fly.machine(call.machine)
            if machine is not None and is_moving(machine.state):
                outside = evolve(outside, fly=advance(outside.fly, machine))
        return evolve(self, outside=land(outside, call)[0])

    def end(self) -> End:
        """What an operation is for: machines, volumes and apps, but not how often a secret was set again."""
        return self.outside.fly, tuple((one.app, one.network, one.addresses, one.secrets) for one in self.apps.apps)


@define
class Journey:
    """One sandbox through its operations, and its app, each by its own record."""

    scenario: Scenario
    truth: Truth
    app: AppRecord

    def calls_for(self, command: Command) -> tuple[Call, ...]:
        """Every call to Fly until the command is served."""
        calls: list[Call] = []
        self.scenario.ask(command)
        self.scenario.wake()
        while self.scenario.sent:
            effect = self.scenario.sent[0]
            if isinstance(effect, EnsureApp):
                calls += self._ensure(effect)
            elif not isinstance(effect, ELSEWHERE):
                calls.append(effect)
            self.scenario.land()
        self.truth = evolve(self.truth, outside=self.scenario.outside)
        return tuple(calls)

    def _ensure(self, effect: EnsureApp) -> Iterator[Call]:
        command_id = CommandId(f"ensure {effect.op}")
        command = Ensure(command_id, OwnerKey("owner"), WHO.user, effect.app, "ours", effect.app, "a key")
        turn = app_absorb(app_decide(self.app, command).unwrap(), Woken())
        while turn.effects:
            (call,) = turn.effects
            assert not isinstance(call, Settle), "nothing is in doubt here"
            yield call
            landed, outcome = true_apps.land(self.truth.apps, call)
            self.truth = evolve(self.truth, apps=landed)
            turn = app_absorb(turn.record, AppReplied(call.op, outcome))
        self.app = turn.record


def least(before: Truth, calls: tuple[Call, ...]) -> tuple[Call, ...]:
    """The calls that are left once each that can be left out was."""
    wanted = ended(before, calls)
    for call in calls:
        fewer = tuple(one for one in calls if one is not call)
        if ended(before, fewer) == wanted:
            calls = fewer
    return calls


def ended(truth: Truth, calls: tuple[Call, ...]) -> End:
    """How the world ends when these calls are made in it, one after the other."""
    for call in calls:
        truth = truth.after(call)
    return truth.end()


def lines(_: Effort) -> Iterator[Line]:
    """The calls of each operation; they are counted, so that one round tells all."""
    journey = Journey(Scenario(), Truth(), AppAbsent())
    for name, command in OPERATIONS:
        before = journey.truth
        calls = journey.calls_for(command)
        assert ended(before, calls) == journey.truth.end(), f"the calls of {name} alone end elsewhere"
        needed = least(before, calls)
        spare = ", ".join(type(call).__name__ for call in calls if call not in needed)
        note = f"beyond {', '.join(type(call).__name__ for call in needed)}: {spare or 'none'}"
        yield Line(f"Fly calls, {name} / the least", len(calls), len(needed), "calls", note)
