"""Our machine, up and asked whether it is well: what that resolves, what it says, and who no longer cares."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.effects import DeleteMachine, GetMachine, ProbeHealth, StopMachine
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Failing, FailureNote, Note, Transition
from kiloclaw_core.names import MachineId, OpId
from kiloclaw_core.outcomes import AppReady, Healthy, Outcome, Rejected, Unhealthy, Unknown, Why
from kiloclaw_core.phases import AlarmName, Change, Changing, Clearing, Inspecting, Look, Probing, Running
from kiloclaw_core.policy import Policy
from kiloclaw_core.stories import Idle
from kiloclaw_core.views import NoteView, debug_view

from .everywhere import probing
from .machines import seen_up, seen_well
from .moves import restart, until
from .scenario import AT, SANDBOX, WHO, destroy, start, starting, stop

APP: Final = WHO.app
M7: Final = MachineId("m7")
UNEXPECTED: Final = Replied(OpId(1), AppReady(9))
"""An answer that nobody waits for."""


def test_a_start_whose_machine_is_well_has_succeeded() -> None:
    """It runs, and has run: from now on it is never shown as only provisioned."""
    scenario = probing()
    before = scenario.instance
    assert scenario.answer(Healthy()) == Transition(
        evolve(seen_well(seen_up(before)), phase=Running(), story=Idle(), has_run=True),
        (),
        (Note("instance.started", (("label", "manual_user_request"), ("durationMs", "0"))),),
    )
    assert scenario.instance.last_started_at == AT


def test_a_probe_waits_as_long_as_the_policy_says() -> None:
    """A gateway may take its time to come up."""
    scenario = until(starting(policy=Policy(health_wait_s=7.0)), Probing)
    assert scenario.sent == (ProbeHealth(OpId(9), APP, SANDBOX, M7, 7.0),)


@pytest.mark.parametrize("answer", [Unhealthy("503"), Unknown("503"), Rejected(Why.UNAUTHORIZED, None, 401, "503")])
def test_a_start_whose_machine_is_not_well_ends_running_with_a_note(answer: Outcome) -> None:
    """A health time-out is told and never a reason to undo the start (lifecycle 3.2, 12)."""
    scenario = probing()
    before = scenario.instance
    note = FailureNote(Failing.HEALTH, Why.WAIT_TIMEOUT)
    transition = scenario.answer(answer)
    assert transition.record == evolve(seen_up(before), phase=Running(), story=Idle(), has_run=True, notes=(note,))
    assert debug_view(scenario.record).notes == (NoteView("last_health_error", "wait_timeout", "503", AT),)


def test_a_probe_that_is_never_answered_ends_running_with_a_note() -> None:
    """Patience ends the wait; whether it is well stays unknown, and that is what is noted."""
    scenario = probing()
    before = scenario.instance
    note = FailureNote(Failing.HEALTH, Why.NO_ANSWER)
    assert scenario.ring(AlarmName.PATIENCE).record == evolve(
        seen_up(before), phase=Running(), story=Idle(), has_run=True, notes=(note,)
    )
    assert scenario.instance.notes[0].text == "the health route gave no answer"


def test_a_note_about_health_goes_with_the_next_probe_that_is_answered_well() -> None:
    """Its cause is resolved then, and not before."""
    scenario = probing()
    scenario.answer(Unhealthy())
    scenario.ask(stop())
    scenario.wake()
    scenario.land_all()
    scenario.ask(start("again"))
    scenario.wake()
    assert scenario.land_all().notes == ()


def test_so_does_a_restart_whose_probe_is_answered_well() -> None:
    """The machine never was down for it."""
    scenario = probing()
    scenario.answer(Unhealthy())
    scenario.ask(restart())
    scenario.wake()
    assert (scenario.land_all().phase, scenario.instance.notes) == (Running(), ())


def test_a_stop_asked_while_it_is_probed_stops_it() -> None:
    """The probe's answer comes to a story that wants the machine down."""
    scenario = probing()
    before = scenario.ask(stop())
    assert scenario.answer(Healthy()) == Transition(
        evolve(seen_well(before), phase=Changing(OpId(11), M7, Change.STOP), ops=OpId(12)),
        (StopMachine(OpId(11), APP, M7),),
    )


def test_a_destroy_asked_while_it_is_probed_razes_it() -> None:
    """It is well, and nobody is told that it runs."""
    scenario = probing()
    before = scenario.ask(destroy())
    transition = scenario.answer(Healthy())
    assert (transition.effects, transition.notes) == ((DeleteMachine(before.ops, APP, M7),), ())
    assert scenario.instance.phase == Clearing()


def test_a_probe_that_was_taken_over_begins_with_a_look() -> None:
    """The machine may have stopped meanwhile."""
    scenario = probing()
    before = scenario.instance
    assert scenario.take_over() == Transition(
        evolve(before, phase=Inspecting(OpId(10), M7, Look.FIRST), ops=OpId(11)),
        (GetMachine(OpId(10), APP, SANDBOX, M7),),
    )


def test_an_older_answer_does_not_stand_for_the_probe() -> None:
    """Only the op that the phase waits for steers."""
    scenario = probing()
    before = scenario.instance
    assert scenario.tell(UNEXPECTED) == Transition(before)
