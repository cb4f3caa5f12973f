"""One sandbox on its way through its life, over the pure world, and every call to Fly that each step of it makes.

Its app is had by the app's own record, so that its calls count as well. Everything arrives, and nothing goes wrong but
what a step asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from attrs import define, evolve, frozen

from kiloclaw_core.app import AppAbsent, AppChanging, AppReading, AppRecord, AppReplied, Ensure, app_absorb, app_decide
from kiloclaw_core.effects import AwaitState, Effect, EnsureApp, PayDebt, ProbeHealth, Reading, Settle
from kiloclaw_core.facts import Woken
from kiloclaw_core.names import CommandId, OwnerKey
from kiloclaw_core.world import apps as true_apps
from kiloclaw_core.world.apps import Apps
from kiloclaw_core.world.fate import advance, becomes_whole, is_moving
from kiloclaw_core.world.fly import Fly
from kiloclaw_core.world.landing import Outside, land
from tests.story.scenario import WHO, Scenario
from tests.story.vectors.situations import FULL_HOST

Call: TypeAlias = Effect | AppReading | AppChanging
End: TypeAlias = tuple[Fly, tuple[tuple[object, ...], ...]]
Step: TypeAlias = Callable[[Scenario], object]
"""What is asked of a scenario, or happens in it."""

ELSEWHERE: Final = (EnsureApp, ProbeHealth, Settle, PayDebt)
"""What an instance asks of somebody else: its app's own record, the machine's controller, the clock, the directory."""


@frozen
class Truth:
    """Everything that calls can change."""

    outside: Outside = Outside()
    apps: Apps = Apps(opened=("ours",))

    def after(self, call: Call) -> Truth:
        """The truth once this call has landed and was answered; a wait lasts until its machine arrives."""
        if isinstance(call, AppReading | AppChanging):
            return evolve(self, apps=true_apps.land(self.apps, call)[0])
        outside = arrived(self.outside, call) if isinstance(call, AwaitState) else self.outside
        return evolve(self, outside=land(outside, call)[0])

    def end(self) -> End:
        """What an operation is for: machines, volumes and apps, but not how often a secret was set again."""
        return self.outside.fly, tuple((one.app, one.network, one.addresses, one.secrets) for one in self.apps.apps)


def arrived(outside: Outside, wait: AwaitState) -> Outside:
    """The outside once the machine that is waited for has arrived, and everything is in its volume."""
    fly = outside.fly
    machine = fly.machine(wait.machine)
    if machine is not None and is_moving(machine.state):
        fly = advance(fly, machine)
    for volume in fly.volumes:
        fly = becomes_whole(fly, volume)
    return evolve(outside, fly=fly)


@define
class Journey:
    """One sandbox, and its app, each by its own record; the first call of a kind may be refused for want of room."""

    scenario: Scenario
    app: AppRecord = AppAbsent()
    apps: Apps = Truth().apps
    full: type[Effect] | None = None

    @property
    def truth(self) -> Truth:
        """Everything as it is now."""
        return Truth(self.scenario.outside, self.apps)

    def after(self, *steps: Step) -> Journey:
        """The same journey, further on."""
        for step in steps:
            self.calls_of(step)
        return self

    def calls_of(self, step: Step) -> tuple[Call, ...]:
        """Every call to Fly from this step on until nothing is under way."""
        calls: list[Call] = []
        step(self.scenario)
        while self.scenario.sent:
            effect = self.scenario.sent[0]
            if isinstance(effect, EnsureApp):
                calls += self._ensure(effect)
            elif not isinstance(effect, ELSEWHERE):
                calls.append(effect)
            self._answer(effect)
        return tuple(calls)

    def _answer(self, effect: Effect) -> None:
        if self.full is not None and isinstance(effect, self.full):
            self.full = None
            self.scenario.answer(FULL_HOST)
            return
        if isinstance(effect, AwaitState):
            self.scenario.outside = arrived(self.scenario.outside, effect)
        self.scenario.land()

    def _ensure(self, effect: EnsureApp) -> Iterator[Call]:
        command_id = CommandId(f"ensure {effect.op}")
        command = Ensure(command_id, OwnerKey("owner"), WHO.user, effect.app, "ours", effect.app, "a key")
        turn = app_absorb(app_decide(self.app, command).unwrap(), Woken())
        while turn.effects:
            (call,) = turn.effects
            assert not isinstance(call, Settle), "nothing is in doubt here"
            yield call
            self.apps, outcome = true_apps.land(self.apps, call)
            turn = app_absorb(turn.record, AppReplied(call.op, outcome))
        self.app = turn.record


def is_read(call: Call) -> bool:
    """Whether a call only looks."""
    return isinstance(call, Reading | AppReading)


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
