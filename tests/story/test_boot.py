"""Our machine, changed and waited for: what is wanted when the answer comes decides what follows."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.effects import Awaited, AwaitState, GetMachine, GetVolume, ProbeHealth, Settle, StopMachine
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Failing, FailureNote, Note, Transition
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import MachineId, OpId, VersionId, VolumeId
from kiloclaw_core.outcomes import (
    AppReady,
    Done,
    Healthy,
    Outcome,
    Rejected,
    StateElsewhere,
    StateReached,
    Unknown,
    Why,
)
from kiloclaw_core.phases import (
    AlarmName,
    Awaiting,
    Change,
    Changing,
    CheckingVolume,
    Inspecting,
    Look,
    Pausing,
    Probing,
    Running,
    Settling,
    Sought,
    Stopped,
)
from kiloclaw_core.stories import Attempt, Cause, Idle, Relocating, Spent, Starting, Trust
from kiloclaw_core.views import NoteView, debug_view

from .everywhere import awaiting, changing
from .machines import booting, let_down
from .scenario import AT, SANDBOX, WHO, Scenario, start, stop

APP: Final = WHO.app
M7: Final = MachineId("m7")
V3: Final = VolumeId("v3")
I7: Final = VersionId("i7")
MADE: Final = Attempt(tries=3, secrets=1, trust=Trust.SEEN, spent=(Spent.CREATE,))
NOT_FOUND: Final = Rejected(Why.NOT_FOUND, None, 404)
UNEXPECTED: Final = Replied(OpId(1), AppReady(9))
"""An answer that nobody waits for."""


def awaiting_stop() -> Scenario:
    """A stop whose machine is on its way down, as op 12."""
    scenario = changing()
    scenario.land()
    return scenario


# -- a change in flight ------------------------------------------------------------------------------------------


def test_a_boot_that_was_accepted_is_waited_for() -> None:
    """Fly answers before the machine is up."""
    scenario = booting()
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(before, phase=Awaiting(OpId(18), M7, Awaited.STARTED), ops=OpId(19)),
        (AwaitState(OpId(18), APP, M7, Awaited.STARTED, version=I7),),
    )


def test_a_boot_that_finds_no_room_moves_to_another_volume() -> None:
    """Machine and volume stay held until the volume was seen: then its copy is made elsewhere."""
    scenario = booting()
    before = scenario.instance
    moving = Relocating(OpId(18), Attempt(tries=3, secrets=1), Cause.START)
    told = (("label", "fly_409_insufficient_memory"), ("error", "insufficient memory"))
    assert scenario.answer(Rejected(Why.CAPACITY_HOST, None, 409, "insufficient memory")) == Transition(
        evolve(before, phase=CheckingVolume(OpId(19), V3, Look.FIRST), story=moving, ops=OpId(20)),
        (GetVolume(OpId(19), APP, SANDBOX, V3),),
        (Note("instance.start_capacity_recovery", told),),
    )


def test_a_boot_that_may_not_be_ends_the_start_with_nothing_lost() -> None:
    """Machine and volume stay held for the next attempt."""
    scenario = booting()
    before = scenario.instance
    line = Note(
        "instance.provisioning_failed",
        (("label", "starting_timeout_with_machine"), ("why", "unauthorized"), ("error", "no")),
    )
    assert scenario.answer(Rejected(Why.UNAUTHORIZED, None, 401, "no")) == Transition(
        evolve(before, phase=Stopped(), story=Idle(), notes=(FailureNote(Failing.START, Why.UNAUTHORIZED),)),
        (),
        (line,),
    )


def test_a_boot_of_a_machine_that_is_not_there_is_looked_into() -> None:
    """One 404 proves nothing: the looks decide."""
    scenario = booting()
    before = scenario.instance
    assert scenario.answer(NOT_FOUND) == Transition(
        evolve(before, phase=Inspecting(OpId(18), M7, Look.FIRST), ops=OpId(19)),
        (GetMachine(OpId(18), APP, SANDBOX, M7),),
    )


@pytest.mark.parametrize("answer", [Unknown(), Healthy()])
def test_a_change_in_doubt_is_settled(answer: Outcome) -> None:
    """A stop that lands after the next start would undo it: settle before the opposite (decisions 4)."""
    scenario = booting()
    before = scenario.instance
    assert scenario.answer(answer) == Transition(
        evolve(before, phase=Settling(OpId(18), OpId(17), Sought.CHANGE), ops=OpId(19)), (Settle(OpId(18), OpId(17)),)
    )


def test_a_change_that_was_taken_over_is_settled() -> None:
    """Its answer is lost, the request may yet land."""
    scenario = booting()
    before = scenario.instance
    assert scenario.take_over() == Transition(
        evolve(before, phase=Settling(OpId(18), OpId(17), Sought.CHANGE), ops=OpId(19)), (Settle(OpId(18), OpId(17)),)
    )


def test_a_stop_asked_while_the_machine_is_started_waits_and_then_stops_it() -> None:
    """Upstream dropped it silently, and the start went on (W22)."""
    scenario = booting()
    before = scenario.ask(stop("enough"))
    assert scenario.wake() == Transition(evolve(before, asked=None))
    assert scenario.land() == Transition(
        evolve(before, phase=Changing(OpId(19), M7, Change.STOP), asked=None, ops=OpId(20)),
        (StopMachine(OpId(19), APP, M7),),
    )


def test_a_start_asked_while_the_machine_is_stopped_waits_and_then_starts_it() -> None:
    """It begins at the beginning, and pauses as long as Fly would find it too early."""
    scenario = changing()
    scenario.ask(start("back"))
    scenario.wake()
    assert isinstance(scenario.land_all().phase, Pausing)
    scenario.arrive()
    scenario.ring(AlarmName.PAUSE)
    assert (scenario.land_all().phase, scenario.instance.notes) == (Running(), ())


def test_a_stop_that_was_refused_after_a_start_was_asked_is_no_failure_of_the_start() -> None:
    """A refusal belongs to the story that asked for it."""
    scenario = changing()
    scenario.ask(start("back"))
    scenario.wake()
    scenario.answer(Rejected(Why.UNAUTHORIZED, None, 401))
    assert (scenario.instance.notes, isinstance(scenario.instance.story, Starting)) == ((), True)


def test_an_older_answer_does_not_stand_for_the_change() -> None:
    """Only the op that the phase waits for steers."""
    scenario = booting()
    before = scenario.instance
    assert scenario.tell(UNEXPECTED) == Transition(before)


# -- on its way --------------------------------------------------------------------------------------------------


def test_a_machine_that_is_up_is_probed() -> None:
    """Up is not well: its controller has to answer."""
    scenario = awaiting()
    before = scenario.instance
    assert scenario.answer(StateReached()) == Transition(
        evolve(before, phase=Probing(OpId(9), M7), ops=OpId(10)), (ProbeHealth(OpId(9), APP, SANDBOX, M7),)
    )


def test_a_machine_that_is_up_when_it_should_be_down_is_stopped() -> None:
    """The stop was asked as it came up, and nobody has looked at it yet."""
    scenario = awaiting()
    before = scenario.ask(stop())
    assert scenario.answer(StateReached()) == Transition(
        evolve(before, phase=Changing(OpId(10), M7, Change.STOP), ops=OpId(11)), (StopMachine(OpId(10), APP, M7),)
    )


def test_a_machine_that_is_down_as_wanted_ends_the_stop() -> None:
    """Its moment is written for people; it decides nothing."""
    scenario = awaiting_stop()
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(let_down(before), phase=Stopped(), story=Idle()),
        (),
        (Note("instance.stopped", (("label", "manual_user_request"), ("value", "0"))),),
    )
    assert scenario.instance.last_stopped_at == AT


def test_a_poll_that_ended_too_early_is_repeated() -> None:
    """Fly's wait lasts a minute at most; the ceiling of the start bounds how often."""
    scenario = awaiting()
    before = scenario.instance
    assert scenario.answer(StateElsewhere(MachineState.STARTING)) == Transition(
        evolve(before, phase=Awaiting(OpId(9), M7, Awaited.STARTED), ops=OpId(10)),
        (AwaitState(OpId(9), APP, M7, Awaited.STARTED, version=I7),),
    )


@pytest.mark.parametrize("state", [MachineState.FAILED, MachineState.STOPPED, MachineState.DESTROYED])
def test_a_boot_that_ended_badly_is_tried_again_after_a_pause(state: MachineState) -> None:
    """A process may die once; the machine and its volume are kept."""
    scenario = awaiting()
    before = scenario.instance
    story = Starting(OpId(4), evolve(MADE, tries=2))
    assert scenario.answer(StateElsewhere(state)) == Transition(
        evolve(before, phase=Pausing(OpId(9)), story=story, ops=OpId(10))
    )


def test_a_boot_that_ends_badly_every_time_is_told() -> None:
    """The note names the state, and the start rests (trace: start boot ends failed)."""
    scenario = awaiting()
    for _ in range(3):
        scenario.answer(StateElsewhere(MachineState.FAILED))
        scenario.ring(AlarmName.PAUSE)
        scenario.land()
    scenario.answer(StateElsewhere(MachineState.FAILED))
    said = "the machine is failed instead of started"
    assert debug_view(scenario.record).notes == (NoteView("last_start_error", "boot_failed", said, AT),)


@pytest.mark.parametrize("answer", [Unknown(), StateElsewhere(MachineState.STOPPING)])
def test_a_stop_that_never_ends_gives_up_and_says_that_it_runs(answer: Outcome) -> None:
    """It rests where it was, with a note: saying that it is stopped would hide what it costs (W04)."""
    scenario = awaiting_stop()
    for _ in range(3):
        scenario.answer(answer)
        scenario.ring(AlarmName.PAUSE)
        scenario.land()
        scenario.answer(Done())
    before = scenario.instance
    scenario.answer(answer)
    (note,) = scenario.instance.notes
    assert scenario.instance == evolve(before, phase=Running(), story=Idle(), notes=(note,))
    assert note.failing is Failing.STOP


def test_a_machine_that_vanished_on_its_way_is_looked_for() -> None:
    """The looks decide, not this answer."""
    scenario = awaiting()
    before = scenario.instance
    assert scenario.answer(NOT_FOUND) == Transition(
        evolve(before, phase=Inspecting(OpId(9), M7, Look.FIRST), ops=OpId(10)),
        (GetMachine(OpId(9), APP, SANDBOX, M7),),
    )


@pytest.mark.parametrize("answer", [Unknown(), Done(), Rejected(Why.RATE_LIMITED, None, 429)])
def test_a_poll_without_an_answer_is_repeated_after_a_pause(answer: Outcome) -> None:
    """Then the machine is looked at, as whatever it is by then."""
    scenario = awaiting()
    before = scenario.instance
    story = Starting(OpId(4), evolve(MADE, tries=2))
    assert scenario.answer(answer) == Transition(evolve(before, phase=Pausing(OpId(9)), story=story, ops=OpId(10)))
    assert [type(one) for one in scenario.ring(AlarmName.PAUSE).effects] == [GetMachine]


def test_a_poll_that_was_taken_over_begins_with_a_look() -> None:
    """The machine may have arrived meanwhile."""
    scenario = awaiting()
    before = scenario.instance
    assert scenario.take_over() == Transition(
        evolve(before, phase=Inspecting(OpId(9), M7, Look.FIRST), ops=OpId(10)),
        (GetMachine(OpId(9), APP, SANDBOX, M7),),
    )


def test_an_older_answer_does_not_stand_for_the_poll() -> None:
    """Only the op that the phase waits for steers."""
    scenario = awaiting()
    before = scenario.instance
    assert scenario.tell(UNEXPECTED) == Transition(before)
