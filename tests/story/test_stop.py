"""Stopping: intent first, then the request, then the wait; and a machine that is up unasked is stopped again."""

from __future__ import annotations

from typing import Final

from attrs import evolve
from returns.result import Failure, Success

from kiloclaw_core.commands import Desired, Refusal
from kiloclaw_core.effects import Awaited, AwaitState, DeleteMachine, GetMachine, Settle, StopMachine
from kiloclaw_core.instance import Failing, FailureNote, Instance, Note, Transition
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import MachineId, OpId, VersionId
from kiloclaw_core.outcomes import Done, Rejected, StateElsewhere, StateReached, Unhealthy, Unknown, Why
from kiloclaw_core.phases import (
    AlarmName,
    Awaiting,
    Change,
    Changing,
    Clearing,
    Inspecting,
    Look,
    Pausing,
    Running,
    Settling,
    Sought,
    Stopped,
)
from kiloclaw_core.policy import Policy
from kiloclaw_core.status import status_of
from kiloclaw_core.stories import Idle, Stopping

from .everywhere import changing, creating_volume, probing
from .machines import becomes, let_down
from .scenario import AT, EMPTY, WHO, Scenario, asked, destroy, provision, running, start, starting, stop, stopped

APP: Final = WHO.app
OURS: Final = MachineId("m7")
ASKED: Final = Stopping(OpId(10), 3)
STOPPED: Final = Note("instance.stopped", (("label", "manual_user_request"), ("value", "0")))
BUSY: Final = Rejected(Why.RATE_LIMITED, status=429, text="rate limit exceeded")


def awaiting_stop(policy: Policy | None = None) -> Scenario:
    """A machine that was asked to stop, and said that it would."""
    scenario = running(EMPTY, policy or Policy())
    scenario.ask(stop())
    scenario.wake()
    scenario.answer(Done())
    return scenario


def test_a_stop_of_a_running_instance_is_intent_first() -> None:
    """Whoever dies right after has not lost it."""
    scenario = running()
    before = scenario.instance
    granted = scenario.ask(stop())
    assert granted == evolve(
        before, desired=Desired.STOPPED, story=ASKED, asked=OpId(10), ops=OpId(11), granted=granted.granted
    )
    assert status_of(granted) == "running"


def test_a_stop_asks_the_machine_and_then_waits_for_it() -> None:
    """Being asked to stop and having stopped are two things; once asked, it never stops unexpectedly."""
    scenario = running()
    granted = scenario.ask(stop())
    sent = evolve(let_down(granted), asked=None, phase=Changing(OpId(11), OURS, Change.STOP), ops=OpId(12))
    assert scenario.wake() == Transition(sent, (StopMachine(OpId(11), APP, OURS),))
    waiting = evolve(sent, phase=Awaiting(OpId(12), OURS, Awaited.STOPPED), ops=OpId(13))
    assert scenario.land() == Transition(
        waiting, (AwaitState(OpId(12), APP, OURS, Awaited.STOPPED, 60.0, VersionId("i7")),)
    )


def test_a_machine_that_has_stopped_ends_the_stop() -> None:
    """At rest, with the moment, and nothing noted."""
    scenario = awaiting_stop()
    before = scenario.instance
    transition = scenario.answer(StateReached())
    assert transition == Transition(evolve(let_down(before), phase=Stopped(), story=Idle()), notes=(STOPPED,))
    assert scenario.instance.last_stopped_at == AT


def test_a_stop_that_succeeds_clears_what_was_noted_about_health() -> None:
    """Its cause is resolved: nothing is up that could be unwell."""
    scenario = probing()
    scenario.answer(Unhealthy("503"))
    scenario.ask(stop())
    scenario.wake()
    assert scenario.land_all().notes == ()


def test_a_stop_without_a_machine_succeeds_at_once() -> None:
    """Nothing of ours can be up."""
    scenario = starting()
    granted = scenario.ask(stop())
    never_up = Note("instance.stopped", (("label", "manual_user_request"),))
    assert scenario.wake() == Transition(evolve(granted, asked=None, phase=Stopped(), story=Idle()), notes=(never_up,))


def test_a_stop_of_a_stopped_instance_changes_nothing() -> None:
    """It is as asked."""
    scenario = stopped()
    before = scenario.instance
    granted = scenario.ask(stop())
    assert granted == evolve(before, granted=granted.granted)


def test_a_stop_while_stopping_does_not_begin_again() -> None:
    """The one under way has its own tries and its own reason."""
    scenario = changing()
    before = scenario.instance
    granted = scenario.ask(stop("again"))
    assert granted == evolve(before, granted=granted.granted)


def test_a_stop_while_provisioning_lets_the_volume_be_made() -> None:
    """A provisioned instance is stopped when it is done: that is what it is on its way to."""
    scenario = creating_volume()
    before = scenario.instance
    granted = scenario.ask(stop())
    assert granted == evolve(before, granted=granted.granted)


def test_a_stop_while_the_volume_of_a_first_start_is_made_waits_for_it() -> None:
    """The create is in flight whatever is wanted now; its volume is held before anything else is decided."""
    scenario = asked(provision(Desired.RUNNING))
    scenario.wake()
    scenario.land()
    scenario.land()
    before = scenario.ask(stop())
    assert scenario.wake() == Transition(evolve(before, asked=None))
    scenario.land()
    assert (scenario.instance.phase, scenario.sent) == (Stopped(), ())


def test_a_stop_of_an_instance_being_destroyed_is_refused() -> None:
    """Gone is for ever."""
    scenario = running()
    instance = scenario.ask(destroy())
    assert decide(instance, stop()) == Failure(Refusal.BEING_DESTROYED)


def test_a_stop_that_gave_up_can_be_asked_for_again() -> None:
    """A user's command always finds a way in."""
    scenario = changing()
    scenario.answer(Rejected(Why.UNAUTHORIZED, status=401))
    before = scenario.instance
    granted = scenario.ask(stop("again"))
    begun = evolve(before, story=Stopping(OpId(12), 3), asked=OpId(12), ops=OpId(13))
    assert granted == evolve(begun, granted=granted.granted)
    assert scenario.wake().effects == (StopMachine(OpId(13), APP, OURS),)


def test_a_stop_that_is_refused_for_now_is_tried_again_after_a_pause() -> None:
    """With one try less, and after a look: it may be down, or of another version, by now."""
    scenario = changing()
    before = scenario.instance
    paused = evolve(before, phase=Pausing(OpId(12)), story=evolve(ASKED, tries=2), ops=OpId(13))
    assert scenario.answer(BUSY) == Transition(paused)
    assert scenario.ring(AlarmName.PAUSE).effects == (GetMachine(OpId(13), APP, WHO.sandbox, OURS),)
    assert scenario.land().effects == (StopMachine(OpId(14), APP, OURS),)


def test_a_stop_that_is_tried_again_ends_when_the_look_shows_it_down() -> None:
    """What was refused, or not answered, may have been done all the same."""
    scenario = becomes(changing(), MachineState.STOPPED)
    scenario.answer(BUSY)
    scenario.ring(AlarmName.PAUSE)
    assert scenario.land().notes == (STOPPED,)
    assert scenario.instance.phase == Stopped()


def test_a_stop_without_tries_rests_where_it_was_with_a_note() -> None:
    """The machine is up and says so; that it should not be is noted, and tried again later."""
    scenario = running(EMPTY, Policy(tries=0))
    scenario.ask(stop())
    scenario.wake()
    before = scenario.instance
    noted = (FailureNote(Failing.STOP, Why.RATE_LIMITED),)
    line = Note("stop_failed", (("label", "rate_limited"), ("error", "rate limit exceeded")))
    assert scenario.answer(BUSY) == Transition(
        evolve(before, phase=Running(), story=Idle(), notes=noted), notes=(line,)
    )
    assert scenario.instance.notes[0].text == "rate limit exceeded"


def test_a_stop_of_unknown_outcome_is_settled_first() -> None:
    """A stop has no mark: before the opposite may be sent it is waited out."""
    scenario = changing()
    before = scenario.instance
    settling = evolve(before, phase=Settling(OpId(12), OpId(11), Sought.CHANGE), ops=OpId(13))
    assert scenario.answer(Unknown()) == Transition(settling, (Settle(OpId(12), OpId(11), 75.0),))


def test_a_start_while_the_stop_is_in_flight_waits_for_its_answer() -> None:
    """At most one request that changes a machine is under way."""
    scenario = changing()
    before = scenario.ask(start("then"))
    assert scenario.wake() == Transition(evolve(before, asked=None))
    scenario.land_all()
    assert scenario.instance.phase == Pausing(OpId(16))  # the machine is still stopping, too early to start it
    scenario.arrive()
    scenario.ring(AlarmName.PAUSE)
    assert scenario.land_all().phase == Running()


def test_a_machine_that_is_slow_to_stop_is_asked_again_and_never_unexpected() -> None:
    """A time-out of the wait is a refusal that may pass, not news about the machine."""
    scenario = awaiting_stop()
    before = scenario.instance
    paused = evolve(before, phase=Pausing(OpId(13)), story=evolve(ASKED, tries=2), ops=OpId(14))
    assert scenario.answer(StateElsewhere(MachineState.STOPPING)) == Transition(paused)


def test_a_machine_that_vanished_while_stopping_is_looked_for_twice_and_then_let_go() -> None:
    """What is not shown twice, apart, is condemned: once its delete is done nothing of ours is up."""
    scenario = awaiting_stop()
    missing = Rejected(Why.NOT_FOUND, status=404)
    assert scenario.answer(missing).effects == (GetMachine(OpId(13), APP, WHO.sandbox, OURS),)
    assert scenario.answer(missing).effects == (GetMachine(OpId(14), APP, WHO.sandbox, OURS, 15.0),)
    clearing = scenario.answer(missing).record
    assert isinstance(clearing, Instance)
    assert (clearing.phase, scenario.sent) == (Clearing(), (DeleteMachine(OpId(15), APP, OURS),))
    assert scenario.answer(Done()).notes == (Note("destroy_machine_ok", (("machine_id", "m7"),)), STOPPED)
    assert scenario.instance.phase == Stopped()


def test_a_machine_found_up_while_it_should_be_stopped_is_stopped_again() -> None:
    """A start that lands after its settle, or another's hand, must not run up a bill unseen."""
    scenario = _drifted(MachineState.STARTED)
    scenario.ring(AlarmName.STOCKTAKE)
    before = scenario.instance
    op = before.ops
    again = evolve(before, story=Stopping(op, 3), phase=Changing(OpId(op + 1), OURS, Change.STOP), ops=OpId(op + 2))
    assert scenario.land() == Transition(again, (StopMachine(OpId(op + 1), APP, OURS),))
    scenario.land_all()
    assert scenario.outside.fly.machines[0].state is MachineState.STOPPED


def test_a_stop_that_nobody_asked_for_says_so() -> None:
    """What was wanted and what is had drifted apart."""
    scenario = _drifted(MachineState.STARTED)
    scenario.ring(AlarmName.STOCKTAKE)
    while not isinstance(scenario.instance.phase, Awaiting):
        scenario.land()
    assert scenario.land().notes == (evolve(STOPPED, fields=(("label", "drift"), ("value", "0"))),)


def test_a_machine_found_down_as_it_should_be_is_left_alone() -> None:
    """Taking stock of a stopped instance ends at rest."""
    scenario = _drifted(MachineState.SUSPENDED)
    scenario.ring(AlarmName.STOCKTAKE)
    before = scenario.instance
    assert before.phase == Inspecting(OpId(before.ops - 1), OURS, Look.FIRST)
    assert scenario.land() == Transition(evolve(before, phase=Stopped()))


def test_a_command_to_stop_that_was_granted_is_granted_again() -> None:
    """The same id, the same answer, and no second stop."""
    scenario = changing()
    before = scenario.instance
    assert decide(before, stop()) == Success(before)


def _drifted(state: MachineState) -> Scenario:
    scenario = changing()
    scenario.land_all()
    machine = evolve(scenario.outside.fly.machines[0], state=state)
    scenario.outside = evolve(scenario.outside, fly=evolve(scenario.outside.fly, machines=(machine,)))
    return scenario
