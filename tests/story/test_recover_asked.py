"""An operator asks for a recovery: a look now, a start of what is down, a move away from a host that is down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve
from returns.result import Failure

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.commands import Desired, Refusal
from kiloclaw_core.effects import CopyOf, CreateVolume, DeleteMachine, GetMachine
from kiloclaw_core.instance import AuditNote, Failing, FailureNote, Instance, Remembered, Transition
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import CommandId, OpId, machine_name
from kiloclaw_core.outcomes import Done, Rejected, Why
from kiloclaw_core.phases import AlarmName, Attempt, Cause, CreatingVolume, Relocating, Running, Starting, Stopped

from .machines import becomes, replaced
from .moves import (
    DENIED,
    FRA,
    M7,
    OURS,
    displaced,
    down,
    photographed,
    recover,
    recovering,
    restarting,
    restoring,
    wide,
)
from .scenario import SANDBOX, WHO, Scenario, destroy, starting

APP: Final = WHO.app
AUDIT: Final = AuditNote("eve", "asked for recovery", "it is down")
AWAY: Final = FailureNote(Failing.HOST, Why.HOST_DOWN)


def granted(before: Instance) -> Instance:
    """The instance once it was asked, without anything that follows from how it is."""
    return evolve(
        before,
        asked=before.ops,
        ops=OpId(before.ops + 1),
        audit=(*before.audit, AUDIT),
        granted=(*before.granted, Remembered(CommandId("recover"))),
    )


def unreachable(scenario: Scenario) -> Scenario:
    """The scenario whose machine is on a host that does not answer any more, and which has looked."""
    replaced(scenario, evolve(scenario.outside.fly.machines[0], reachable=False))
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land()
    return scenario


def test_a_running_instance_is_looked_at_now() -> None:
    """Instead of within five minutes."""
    scenario = wide()
    before = scenario.instance
    assert scenario.ask(recover()) == granted(before)
    assert scenario.wake().effects == (GetMachine(OpId(11), APP, SANDBOX, M7),)


def test_a_machine_that_has_stopped_is_recovered_on_request() -> None:
    """By the rules of any recovery: two looks, then the move."""
    scenario = becomes(wide(), MachineState.STOPPED)
    scenario.ask(recover())
    scenario.wake()
    scenario.land_all()
    volume = scenario.instance.ledger.volume
    assert volume is not None
    assert (scenario.instance.phase, volume.region, len(scenario.instance.recoveries)) == (Running(), FRA, 1)


def test_an_instance_that_gave_up_is_started_now() -> None:
    """Instead of within ten minutes; the note of its recovery goes."""
    scenario = recovering(CreatingVolume)
    scenario.answer(DENIED)
    before = scenario.instance
    assert scenario.ask(recover()) == evolve(
        granted(before),
        story=Starting(OpId(before.ops + 1), Attempt(3)),
        ops=OpId(before.ops + 2),
        recoveries=(),
        notes=(),
    )
    scenario.wake()
    assert scenario.land_all().phase == Running()


def test_a_stopped_instance_stays_stopped() -> None:
    """Nobody wants it up: it is written down that somebody asked, and that is all."""
    scenario = down()
    before = scenario.instance
    assert scenario.ask(recover()) == granted(before)
    scenario.wake()
    assert (scenario.land_all().phase, scenario.instance.desired) == (Stopped(), Desired.STOPPED)


@pytest.mark.parametrize("tell_of", [starting, restarting, displaced])
def test_a_story_under_way_is_not_disturbed(tell_of: Callable[[], Scenario]) -> None:
    """It is what was asked for, or will say why not."""
    scenario = tell_of()
    before = scenario.instance
    assert scenario.ask(recover()) == granted(before)


def destroyed() -> Scenario:
    """An instance that is being destroyed."""
    scenario = wide()
    scenario.ask(destroy())
    return scenario


@pytest.mark.parametrize(
    ("tell_of", "refusal"),
    [
        (Scenario, Refusal.NOT_PROVISIONED),
        (recovering, Refusal.RECOVERING),
        (restoring, Refusal.RESTORING),
        (destroyed, Refusal.BEING_DESTROYED),
    ],
)
def test_a_recovery_is_refused_with_its_reason(tell_of: Callable[[], Scenario], refusal: Refusal) -> None:
    """One at a time."""
    assert decide(tell_of().record, recover()) == Failure(refusal)


# -- a host that does not answer ---------------------------------------------------------------------------------


def test_a_machine_whose_host_does_not_answer_is_told_and_left_alone() -> None:
    """Its state is the last known one: nothing follows from it (fly.md 2.3)."""
    scenario = wide()
    replaced(scenario, evolve(scenario.outside.fly.machines[0], reachable=False, state=MachineState.STOPPED))
    scenario.ring(AlarmName.STOCKTAKE)
    before = scenario.instance
    held = evolve(OURS, reachable=False)
    assert scenario.land() == Transition(
        evolve(before, phase=Running(), ledger=evolve(before.ledger, machines=(held,)), notes=(AWAY,))
    )
    assert scenario.instance.notes[0].text == "the host of the machine does not answer"


def test_a_host_that_answers_again_heals_it() -> None:
    """The note goes with its cause."""
    scenario = unreachable(wide())
    replaced(scenario, evolve(scenario.outside.fly.machines[0], reachable=True))
    scenario.ring(AlarmName.STOCKTAKE)
    instance = scenario.land_all()
    assert (instance.notes, instance.ledger.machine) == ((), OURS)


def test_an_operator_has_it_moved_away_from_that_host() -> None:
    """Nobody else may say that the host will not come back."""
    scenario = unreachable(wide())
    before = scenario.instance
    moving = Relocating(OpId(before.ops + 1), Attempt(3), Cause.UNEXPECTED_STOP)
    assert scenario.ask(recover()) == evolve(granted(before), story=moving, ops=OpId(before.ops + 2))


@pytest.mark.parametrize("accepted", [False, True])
def test_it_moves_to_its_newest_snapshot_under_the_next_name(*, accepted: bool) -> None:
    """Nothing is heard of that host: its machine keeps the name, and its volume cannot be copied (decisions 1.9).

    Whether Fly refuses to delete the machine, or accepts it and never does.
    """
    scenario = unreachable(photographed(wide()))
    scenario.ask(recover())
    scenario.wake()
    _ride_out_with_a_dead_host(scenario, accepted=accepted)
    instance, volume = scenario.instance, scenario.instance.ledger.volume
    assert volume is not None
    assert (instance.phase, instance.generation, volume.region, volume.parent) == (Running(), 1, FRA, None)
    assert [one.name for one in scenario.outside.fly.machines] == [machine_name(SANDBOX), machine_name(SANDBOX, 1)]
    assert instance.audit[-1].did == "went back to the snapshot s-v3, because v3 could not be had"


def _ride_out_with_a_dead_host(scenario: Scenario, *, accepted: bool) -> None:
    """The scenario goes on until it rests, and whatever is asked of m7 or v3 is refused, or accepted and not done."""
    down_host = Rejected(Why.HOST_DOWN, None, 503, "host unavailable")
    for _ in range(200):
        if isinstance(scenario.instance.phase, Running):
            return
        if not scenario.sent:
            _ring_on(scenario)
            continue
        match scenario.sent[0]:
            case DeleteMachine(machine=machine) if machine == M7:
                scenario.answer(Done() if accepted else down_host)
            case CreateVolume(content=CopyOf()):
                scenario.answer(down_host)
            case _:
                scenario.land()
    raise AssertionError(scenario.instance)


def _ring_on(scenario: Scenario) -> None:
    wanted = {alarm.name for alarm in alarms_of(scenario.instance)}
    for name in (AlarmName.PAUSE, AlarmName.ERRAND_RETRY, AlarmName.RETRY):
        if name in wanted:
            scenario.ring(name)
            return
    raise AssertionError(wanted)
