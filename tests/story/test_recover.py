"""An unexpected stop: what is one and what is not, and how a recovery begins."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import EnsureApp, GetMachine
from kiloclaw_core.instance import Failing, FailureNote, Instance, Note, Transition
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import OpId, VersionId
from kiloclaw_core.outcomes import Rejected, Unknown, Why
from kiloclaw_core.phases import Alarm, AlarmName, Awaiting, Ensuring, Inspecting, Look, Running, Stopped
from kiloclaw_core.status import status_of
from kiloclaw_core.stories import Attempt, Cause, Idle, Relocating, Restarting, Stopping

from .machines import becomes, replaced
from .moves import M7, OURS, recovering, restarting, suspected, wide
from .scenario import SANDBOX, WHO, Scenario, destroy, stop

APP: Final = WHO.app
TRIGGER: Final = Note("unexpected_stop_recovery_trigger", (("fly_state", "stopped"), ("value", "1")))
STARTED: Final = Note("instance.unexpected_stop_recovery_started", (("label", "alarm_stopped"), ("value", "1")))
THEIRS: Final = VersionId("i-theirs")
BEGUN: Final = Relocating(OpId(13), Attempt(3), Cause.UNEXPECTED_STOP)
LOOPING: Final = FailureNote(Failing.RECOVERY, Why.LOOPING)


def twice(state: MachineState, scenario: Scenario | None = None) -> Scenario:
    """A running instance whose machine a first look has shown in this state, where it stays; a second look is sent."""
    scenario = wide() if scenario is None else scenario
    becomes(scenario, state).ring(AlarmName.STOCKTAKE)
    scenario.land()
    return scenario


def found_down(before: Instance, state: MachineState) -> Transition:
    """It is said that the machine is down, and no recovery begins."""
    note = FailureNote(Failing.UNEXPECTED_STOP, Why.BOOT_FAILED)
    return Transition(
        evolve(before, phase=Stopped(), notes=(note,)), (), (Note("sync_status", (("fly_state", state.value),)),)
    )


# -- what is an unexpected stop ----------------------------------------------------------------------------------


def test_a_stopped_machine_is_looked_at_again_apart_from_the_first_look() -> None:
    """One look may share a stale view; a healthy machine was once moved on the word of one."""
    scenario = becomes(wide(), MachineState.STOPPED)
    scenario.ring(AlarmName.STOCKTAKE)
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(before, phase=Inspecting(OpId(11), M7, Look.SECOND), ops=OpId(12)),
        (GetMachine(OpId(11), APP, SANDBOX, M7, 15.0),),
    )


def test_a_machine_that_two_looks_show_stopped_begins_a_recovery() -> None:
    """It was up in this very version, nobody asked it to stop, and nothing else is under way (vector 1)."""
    scenario = suspected(wide())
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(before, phase=Ensuring(OpId(14)), story=BEGUN, recoveries=(OpId(12),), ops=OpId(15)),
        (EnsureApp(OpId(14), APP),),
        (TRIGGER, STARTED),
    )
    assert (scenario.instance.desired, status_of(scenario.instance)) == (Desired.RUNNING, "recovering")
    story = scenario.instance.story
    assert isinstance(story, Relocating)
    assert story.reason == "crash_recovery"


def test_a_recovery_has_a_ceiling_and_is_counted_for_a_day() -> None:
    """Ten minutes for the move; the count is forgotten by an alarm of its own."""
    wanted = set(alarms_of(recovering().instance))
    assert {
        Alarm(AlarmName.CEILING, OpId(13), 600.0),
        Alarm(AlarmName.RECOVERY_MEMORY, OpId(12), 86_400.0),
    } <= wanted


def test_a_machine_that_the_second_look_shows_up_never_stopped() -> None:
    """It restarted by itself, or the first look was stale: nothing is written."""
    scenario = twice(MachineState.STOPPED)
    before = becomes(scenario, MachineState.STARTED).instance
    assert scenario.land() == Transition(evolve(before, phase=Running()))


def test_a_running_machine_leaves_everything_as_it_was() -> None:
    """The commonest look of all."""
    scenario = wide()
    before = scenario.instance
    scenario.ring(AlarmName.STOCKTAKE)
    assert scenario.land() == Transition(evolve(before, ops=OpId(11)))


@pytest.mark.parametrize(
    "state",
    [
        MachineState.SUSPENDED,
        MachineState.FAILED,
        MachineState.CREATED,
        MachineState.STARTING,
        MachineState.REPLACING,
        MachineState.UPDATING,
        MachineState.OTHER,
    ],
)
def test_a_machine_that_is_not_up_otherwise_is_said_to_be_so_and_not_moved(state: MachineState) -> None:
    """Only `stopped` speaks of a lost host (vector 2, reconcile 3.1): the others are started where they are."""
    scenario = twice(state)
    before = scenario.instance
    assert scenario.land() == found_down(before, state)
    assert scenario.instance.notes[0].text == f"the machine is {state.value}"


@pytest.mark.parametrize("state", [MachineState.SUSPENDED, MachineState.CREATED, MachineState.UPDATING])
def test_such_a_machine_is_started_by_the_slow_alarm(state: MachineState) -> None:
    """The same machine on the same volume; the note goes with its cause."""
    scenario = twice(state)
    scenario.land()
    scenario.ring(AlarmName.RETRY)
    assert (scenario.land_all().phase, scenario.instance.notes, scenario.instance.recoveries) == (Running(), (), ())
    assert scenario.instance.ledger.machine == OURS


def test_a_machine_that_is_stopping_is_left_until_it_has_stopped() -> None:
    """The next look sees what became of it."""
    scenario = twice(MachineState.STOPPING)
    before = scenario.instance
    assert scenario.land() == Transition(evolve(before, phase=Running()))
    scenario.arrive()
    assert (suspected(scenario).land().notes) == (TRIGGER, STARTED)


def changed(state: MachineState) -> Scenario:
    """A running instance whose machine somebody else gave another version, and which is in this state now."""
    scenario = wide()
    machine = scenario.outside.fly.machines[0]
    return replaced(scenario, evolve(machine, version=THEIRS, state=state))


def test_a_version_that_is_news_is_looked_at_once_more() -> None:
    """What it is now is decided on a look that shows the version we know."""
    scenario = changed(MachineState.STARTED)
    scenario.ring(AlarmName.STOCKTAKE)
    before = scenario.instance
    theirs = evolve(OURS, version=THEIRS, booted=False)
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=Inspecting(OpId(11), M7, Look.FIRST),
            ledger=evolve(before.ledger, machines=(theirs,)),
            ops=OpId(12),
        ),
        (GetMachine(OpId(11), APP, SANDBOX, M7),),
    )


def test_a_machine_of_a_version_that_we_never_saw_up_did_not_stop_by_itself() -> None:
    """Somebody else put another config on it, and it stopped: it is booted where it is."""
    scenario = changed(MachineState.STOPPED)
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land()
    scenario.land()
    before = scenario.instance
    assert scenario.land() == found_down(before, MachineState.STOPPED)


def test_a_version_that_a_look_sees_up_counts_as_booted() -> None:
    """It is told of, and from then on its stop is an unexpected one."""
    scenario = changed(MachineState.STARTED)
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land()
    told = Note("sync_status", (("fly_state", "started"), ("label", "came_up_unseen")))
    assert scenario.land().notes == (told,)
    assert (scenario.instance.phase, scenario.instance.ledger.machine) == (Running(), evolve(OURS, version=THEIRS))
    assert suspected(scenario).land().notes == (TRIGGER, STARTED)


def test_a_machine_that_was_asked_to_stop_has_not_stopped_unexpectedly() -> None:
    """Whatever it is seen in later, nothing is wanted of it."""
    scenario = wide()
    scenario.ask(stop())
    scenario.wake()
    scenario.land_all()
    before = scenario.instance
    scenario.ring(AlarmName.STOCKTAKE)
    assert (scenario.land_all().recoveries, scenario.instance) == ((), evolve(before, ops=scenario.instance.ops))


def test_a_machine_that_stops_during_a_restart_belongs_to_the_restart() -> None:
    """Never while another story owns the instance."""
    scenario = becomes(restarting(Awaiting), MachineState.STOPPED)
    scenario.land()
    assert isinstance(scenario.instance.story, Restarting)


@pytest.mark.parametrize("answer", [Unknown(), Rejected(Why.RATE_LIMITED, None, 429), Rejected(Why.HOST_DOWN)])
def test_a_look_without_an_answer_is_never_taken_for_a_stop(answer: Unknown | Rejected) -> None:
    """Neither the first nor the second one."""
    scenario = suspected(wide())
    before = scenario.instance
    refusal = answer if isinstance(answer, Rejected) else Rejected(Why.NO_ANSWER, text="no answer")
    told = Note("machine_check_failed", (("label", refusal.why.value), ("error", refusal.text)))
    assert scenario.answer(answer) == Transition(evolve(before, phase=Running()), (), (told,))


def test_a_stop_that_was_asked_between_the_looks_is_no_unexpected_one() -> None:
    """The wish is read before the machine is."""
    scenario = suspected(wide())
    scenario.ask(stop())
    scenario.land()
    assert (scenario.instance.phase, scenario.instance.recoveries) == (Stopped(), ())
    assert not isinstance(scenario.instance.story, Stopping)


def test_a_destroy_between_the_looks_is_no_recovery_either() -> None:
    """What was asked for is that it goes."""
    scenario = suspected(wide())
    scenario.ask(destroy())
    scenario.land()
    assert (scenario.instance.story, scenario.instance.recoveries) == (Idle(), ())
