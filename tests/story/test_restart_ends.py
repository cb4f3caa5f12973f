"""How a restart ends otherwise: too late, refused, taken over, overtaken; and what can still be done with it."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import CreateMachine, CreateVolume, GetMachine, Settle, StopMachine, UpdateMachine
from kiloclaw_core.instance import Failing, FailureNote, Note, Transition
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import StateElsewhere, Unknown, Why
from kiloclaw_core.phases import Alarm, AlarmName, Awaiting, Changing, Gone, Inspecting, Look, Phase, Running, Stopped
from kiloclaw_core.status import status_of
from kiloclaw_core.stories import Attempt, Idle, Restarting, Spent, Trust

from .machines import becomes
from .moves import DENIED, M7, MISSING, RESTART, followed, land_unheard, restart, restarting, ride_out, wide
from .scenario import SANDBOX, WHO, Scenario, destroy, stop

APP: Final = WHO.app
LATE: Final = FailureNote(Failing.RESTART, Why.WAIT_TIMEOUT)
WITH_APP: Final = Attempt(3, secrets=1, trust=Trust.SEEN)
IMPATIENT: Final = evolve(WITH_APP, spent=(Spent.PATIENCE,))
GAVE_UP: Final = Note("restarting_max_timeout", (("label", "wait_timeout"), ("error", "the restart took too long")))


def replacing() -> Scenario:
    """A restart whose machine is being replaced, and goes on being replaced."""
    scenario = restarting(Awaiting)
    scenario.answer(StateElsewhere(MachineState.REPLACING))
    return scenario


# -- too late ----------------------------------------------------------------------------------------------------


def test_a_restart_has_a_soft_and_a_hard_ceiling() -> None:
    """Five minutes until people are told, fifteen until it is given up, beside the patience of its phase."""
    ceilings = {
        Alarm(AlarmName.SOFT_CEILING, OpId(10), 300.0),
        Alarm(AlarmName.CEILING, OpId(10), 900.0),
    }
    assert ceilings <= set(alarms_of(restarting(Awaiting).instance))


def test_past_the_soft_ceiling_people_are_told_and_the_restart_goes_on() -> None:
    """A machine may be replacing for longer than that (vector 23)."""
    scenario = replacing()
    before = scenario.instance
    told = Note("restarting_timeout_transient", (("last_restart_error", "the restart takes long"),))
    assert scenario.ring(AlarmName.SOFT_CEILING) == Transition(
        evolve(before, story=Restarting(OpId(10), IMPATIENT), notes=(LATE,)), (), (told,)
    )
    assert scenario.instance.notes[0].text == "the restart takes long"
    assert AlarmName.SOFT_CEILING not in {alarm.name for alarm in alarms_of(scenario.instance)}


def test_a_poll_that_comes_in_time_after_all_heals_it() -> None:
    """The note goes with its cause."""
    scenario = replacing()
    scenario.ring(AlarmName.SOFT_CEILING)
    assert (scenario.land_all().phase, scenario.instance.notes) == (Running(), ())


def test_past_the_soft_ceiling_a_machine_that_is_down_is_not_started_again() -> None:
    """The restart ends: stopped, with what was seen (vector 22); what is wanted stays wanted."""
    scenario = replacing()
    scenario.ring(AlarmName.SOFT_CEILING)
    scenario.answer(StateElsewhere(MachineState.STOPPED))
    becomes(scenario, MachineState.STOPPED).ring(AlarmName.PAUSE)
    scenario.land()
    scenario.land_all()
    text = "the machine is down, and the restart takes too long"
    restart_note = FailureNote(Failing.RESTART, Why.BOOT_FAILED)
    stop_note = FailureNote(Failing.UNEXPECTED_STOP, Why.BOOT_FAILED)
    assert (scenario.instance.phase, scenario.instance.notes) == (Stopped(), (restart_note, stop_note))
    assert [note.text for note in scenario.instance.notes] == [text, "the machine is stopped"]
    assert (scenario.instance.desired, status_of(scenario.instance)) == (Desired.RUNNING, "stopped")


def test_past_the_hard_ceiling_it_is_given_up_and_the_machine_looked_at() -> None:
    """It may well be up: what follows is decided at rest, on what a look shows."""
    scenario = replacing()
    before = scenario.instance
    assert scenario.ring(AlarmName.CEILING) == Transition(
        evolve(before, phase=Inspecting(OpId(16), M7, Look.FIRST), story=Idle(), notes=(LATE,), ops=OpId(17)),
        (GetMachine(OpId(16), APP, SANDBOX, M7),),
        (GAVE_UP,),
    )
    assert scenario.instance.notes[0].text == "the restart took too long"


def test_a_machine_that_is_up_past_the_hard_ceiling_runs_with_the_note_kept() -> None:
    """Upstream keeps the note as well, because nobody has seen the new config up (2.5, fallback)."""
    scenario = replacing()
    becomes(scenario, MachineState.STARTED).ring(AlarmName.CEILING)
    assert (scenario.land_all().phase, scenario.instance.notes) == (Running(), (LATE,))


@pytest.mark.parametrize("state", [MachineState.REPLACING, MachineState.UPDATING])
def test_a_machine_that_is_still_on_its_way_past_the_hard_ceiling_counts_as_down(state: MachineState) -> None:
    """Two looks apart show it so (vector 23); the slow alarm starts it, and the note of the restart stays."""
    scenario = replacing()
    scenario.ring(AlarmName.CEILING)
    becomes(scenario, state).land(GetMachine)
    scenario.land(GetMachine)
    down = FailureNote(Failing.UNEXPECTED_STOP, Why.BOOT_FAILED)
    assert (scenario.instance.phase, scenario.instance.notes) == (Stopped(), (LATE, down))
    scenario.ring(AlarmName.RETRY)
    assert scenario.land_all().phase == Running()


def test_the_hard_ceiling_is_heard_while_the_update_is_in_flight() -> None:
    """It is settled first, as any request of unknown outcome; then the restart is over."""
    scenario = restarting(Changing)
    assert scenario.ring(AlarmName.CEILING).effects == (Settle(OpId(14), OpId(13)),)
    scenario.land(Settle)
    assert scenario.ring(AlarmName.PAUSE).notes == (GAVE_UP,)


def test_past_the_hard_ceiling_without_a_machine_it_rests_stopped() -> None:
    """Its machine referred to a volume that is lost and had to go; the alarm starts another."""
    scenario = restarting(Changing)
    scenario.answer(MISSING)
    before = scenario.instance
    assert scenario.ring(AlarmName.CEILING) == Transition(
        evolve(before, phase=Stopped(), story=Idle(), notes=(LATE,)), (), (GAVE_UP,)
    )
    assert AlarmName.RETRY in {alarm.name for alarm in alarms_of(scenario.instance)}


# -- refused, unanswered -----------------------------------------------------------------------------------------


def test_an_update_that_is_refused_for_good_ends_the_restart_with_a_note() -> None:
    """The machine runs on as it was (vector 26)."""
    scenario = restarting(Changing)
    before = scenario.instance
    note = FailureNote(Failing.RESTART, Why.UNAUTHORIZED)
    assert scenario.answer(DENIED) == Transition(
        evolve(before, phase=Inspecting(OpId(14), M7, Look.FIRST), story=Idle(), notes=(note,), ops=OpId(15)),
        (GetMachine(OpId(14), APP, SANDBOX, M7),),
        (Note("restarting_max_timeout", (("label", "unauthorized"), ("error", "unauthorized"))),),
    )
    assert (scenario.land_all().phase, scenario.instance.notes) == (Running(), (note,))


def test_an_app_that_cannot_be_had_ends_the_restart_with_a_note() -> None:
    """Nothing was changed."""
    scenario = restarting()
    scenario.answer(DENIED)
    assert scenario.land_all().phase == Running()
    assert scenario.instance.notes == (FailureNote(Failing.RESTART, Why.UNAUTHORIZED),)


def test_looks_without_an_answer_end_the_restart_when_its_tries_are_spent() -> None:
    """Every pause is one try, and every wait has an end."""
    scenario = restarting(Inspecting)
    for _ in range(3):
        scenario.answer(Unknown())
        scenario.ring(AlarmName.PAUSE)
    scenario.answer(Unknown())
    assert (scenario.land_all().phase, scenario.instance.notes) == (
        Running(),
        (FailureNote(Failing.RESTART, Why.NO_ANSWER),),
    )


# -- overtaken ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("landed", [False, True])
@pytest.mark.parametrize("phase", RESTART.values(), ids=RESTART)
def test_a_restart_that_was_taken_over_comes_to_the_same_end(phase: type[Phase], *, landed: bool) -> None:
    """At whatever step the process died, and whether or not its last request landed."""
    scenario = restarting(phase)
    if landed:
        land_unheard(scenario)
    scenario.take_over()
    ride_out(scenario)
    assert (scenario.instance.phase, scenario.instance.notes) == (Running(), ())
    assert scenario.outside.fly.machines[0].revision == 2


@pytest.mark.parametrize("heard", [False, True])
@pytest.mark.parametrize("phase", RESTART.values(), ids=RESTART)
def test_a_destroy_at_any_step_of_a_restart_leaves_nothing(phase: type[Phase], *, heard: bool) -> None:
    """What is in flight is waited out, then everything goes."""
    scenario = restarting(phase)
    scenario.ask(destroy())
    if heard:
        scenario.land_all()
    scenario.wake()
    ride_out(scenario)
    assert (scenario.instance.phase, scenario.outside.fly.machines, scenario.outside.fly.volumes) == (Gone(), (), ())


@pytest.mark.parametrize("phase", RESTART.values(), ids=RESTART)
def test_a_stop_at_any_step_of_a_restart_stops_the_machine(phase: type[Phase]) -> None:
    """The user's last word counts; the new config is there for the next start."""
    scenario = restarting(phase)
    scenario.ask(stop())
    scenario.wake()
    sent = followed(scenario)
    assert [type(one) for one in sent if isinstance(one, StopMachine | UpdateMachine)][-1] is StopMachine
    assert (scenario.instance.phase, scenario.instance.story) == (Stopped(), Idle())
    assert scenario.outside.fly.machines[0].state is MachineState.STOPPED


def test_a_restart_makes_no_machine_and_no_volume() -> None:
    """In place means in place."""
    scenario = wide()
    scenario.ask(restart())
    scenario.wake()
    assert not [one for one in followed(scenario) if isinstance(one, CreateMachine | CreateVolume)]
