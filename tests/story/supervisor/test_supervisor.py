"""The child that is watched: started again when it ends, ended within a bound when asked, and one at a time."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from returns.result import Failure

from kiloclaw_core.facts import Woken
from kiloclaw_core.instance import Note
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import AskId
from kiloclaw_core.supervisor import (
    Arrived,
    Exit,
    Exited,
    NotSpawned,
    PassOn,
    RestartChild,
    SendSignal,
    ShutDown,
    Signal,
    Spawn,
    Spawned,
    StartChild,
    StopChild,
    Supervisor,
    SupervisorAlarm,
    SupervisorAlarmName,
    SupervisorCommand,
    SupervisorFact,
    SupervisorRang,
    SupervisorRefusal,
    SupervisorTransition,
    SupervisorView,
    refusal_words,
    state_of,
    supervisor_absorb,
    supervisor_alarms_of,
    supervisor_ask,
    supervisor_decide,
    supervisor_view,
)
from kiloclaw_core.supervisor.record import Age, Crashed, Down, Force, Seen, Starting, Stopping, Up, Waiter, Wish

Name = SupervisorAlarmName
START, USR1 = StartChild(), PassOn(Signal.USR1)
ONE, TWO = AskId("one"), AskId("two")
STOP, RESTART, SHUT = StopChild(ONE), RestartChild(ONE), ShutDown(ONE)
CLEAN, FAILED, KILLED = Exit(code=0), Exit(code=1), Exit(signal=9)
CHILD: Final = OpId(1)


class Ring:
    """Whatever alarm is wanted rings."""


RING: Final = Ring()
Happening = SupervisorCommand | SupervisorFact | Exit | Ring


def after(record: Supervisor, *happenings: Happening) -> SupervisorTransition:
    """What the last of these happenings moved; an exit is that of the child that is there."""
    transition = SupervisorTransition(record)
    for happening in happenings:
        transition = happened(transition.record, happening)
    return transition


def happened(record: Supervisor, happening: Happening) -> SupervisorTransition:
    """What one happening moves."""
    match happening:
        case StartChild() | StopChild() | RestartChild() | ShutDown() | PassOn():
            return supervisor_ask(record, happening).unwrap()
        case Ring():
            (alarm,) = supervisor_alarms_of(record)
            return supervisor_absorb(record, SupervisorRang(alarm.name, alarm.of))
        case Exit():
            assert record.child is not None, "there is no child that could exit"
            return supervisor_absorb(record, Exited(record.child, happening))
        case Spawned() | NotSpawned() | Exited() | SupervisorRang() | Woken():
            return supervisor_absorb(record, happening)


UP: Final = after(Supervisor(), START, Spawned(CHILD)).record
STEADY: Final = after(UP, RING, RING).record


def test_a_child_is_started_and_is_there() -> None:
    """It is named by the op that spawned it."""
    starting = after(Supervisor(), START)
    assert starting == SupervisorTransition(Supervisor(Wish.UP, Starting(CHILD), ops=OpId(2)), (Spawn(CHILD),))
    assert after(starting.record, Spawned(CHILD)) == SupervisorTransition(evolve(starting.record, phase=Up(CHILD)))
    assert (supervisor_alarms_of(starting.record), supervisor_alarms_of(UP)) == (
        (SupervisorAlarm(Name.SPAWN, CHILD, 30.0),),
        (SupervisorAlarm(Name.CLEAN, CHILD, 1.0),),
    )


def test_one_that_is_there_or_coming_or_going_is_not_started_again() -> None:
    """Upstream answers false (pairing 4.1)."""
    for record in (UP, after(Supervisor(), START).record):
        assert supervisor_ask(record, START) == Failure(SupervisorRefusal.ALREADY_RUNNING)
    assert supervisor_ask(after(UP, STOP).record, START) == Failure(SupervisorRefusal.STILL_STOPPING)


def test_an_exit_at_once_is_a_crash_even_with_0() -> None:
    """Thousands a second otherwise (PW14)."""
    for record, exit_ in ((UP, CLEAN), (UP, FAILED), (after(UP, RING).record, FAILED), (STEADY, KILLED)):
        crashed = after(record, exit_)
        assert crashed.record == evolve(record, phase=Crashed(OpId(2)), crashes=1, ops=OpId(3))
        assert (crashed.effects, supervisor_alarms_of(crashed.record)) == (
            (),
            (SupervisorAlarm(Name.BACK_OFF, OpId(2), 1.0),),
        )


def test_a_clean_exit_of_one_that_has_lived_is_followed_by_another_at_once() -> None:
    """It asked for it; what it may do is forgiven (pairing 4.1)."""
    clean = after(UP, RING).record
    assert clean.phase == Up(CHILD, Age.CLEAN)
    assert supervisor_alarms_of(clean) == (SupervisorAlarm(Name.STEADY, CHILD, 29.0),)
    for record in (clean, STEADY):
        again = after(evolve(record, crashes=3), CLEAN)
        assert again.effects == (Spawn(OpId(2)),)
        assert (again.record.crashes, again.record.seen.restarts) == (0, 1)
        assert again.notes == (Note("gateway.exited", (("code", "0"),)),)


def test_crashes_are_paused_after_longer_each_time() -> None:
    """1, 2, 4, … and never more than five minutes; half a minute of life forgives them."""
    record, pauses = Supervisor(), []
    for number in range(11):
        record = after(record, RING if number else START).record
        assert record.child is not None
        record = after(record, Spawned(record.child), FAILED).record
        pauses.append(supervisor_alarms_of(record)[0].patience_s)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 300.0, 300.0]
    living = after(record, RING).record
    assert living.child is not None
    steady = after(living, Spawned(living.child), RING, RING).record
    assert (steady.phase, steady.crashes, supervisor_alarms_of(steady)) == (Up(living.child, Age.STEADY), 0, ())


def test_one_that_could_not_be_started_has_crashed() -> None:
    """There is no process, of which nothing is said to have exited, and it is tried again after the pause (PW14)."""
    refused = after(Supervisor(), START, NotSpawned(CHILD, at=5))
    assert (refused.record.phase, refused.record.seen) == (Crashed(OpId(2)), Seen(None, 1, Exit(code=1), 5))
    assert refused.notes == ()
    assert after(refused.record, RING).effects == (Spawn(OpId(3)),)


def test_a_start_or_a_restart_after_a_crash_waits_for_nothing() -> None:
    """Somebody asked for it now."""
    crashed = after(UP, FAILED).record
    started = after(crashed, START)
    assert (started.effects, started.record.crashes) == ((Spawn(OpId(3)),), 0)
    assert after(crashed, RESTART).effects == (Arrived(ONE), Spawn(OpId(3)))


def test_a_stop_asks_then_kills_and_then_tells() -> None:
    """Within ten seconds, and on and on where even that does not help (PW13)."""
    stopping = after(UP, STOP)
    assert stopping == SupervisorTransition(
        evolve(
            UP,
            wish=Wish.DOWN,
            phase=Stopping(CHILD, Force.ASKED, OpId(2)),
            waiters=(Waiter(ONE, CHILD),),
            ops=OpId(3),
        ),
        (SendSignal(CHILD, Signal.TERM),),
    )
    assert supervisor_alarms_of(stopping.record) == (SupervisorAlarm(Name.ESCALATE, OpId(2), 10.0),)
    killed = after(stopping.record, RING)
    assert killed == SupervisorTransition(
        evolve(stopping.record, phase=Stopping(CHILD, Force.KILLED, OpId(3)), ops=OpId(4)),
        (SendSignal(CHILD, Signal.KILL),),
    )
    assert supervisor_alarms_of(killed.record) == (SupervisorAlarm(Name.KILL_AGAIN, OpId(3), 10.0),)
    assert after(killed.record, RING).effects == (SendSignal(CHILD, Signal.KILL),)
    told = Note("gateway.exited", (("signal", "9"),))
    assert after(killed.record, KILLED) == SupervisorTransition(Supervisor(ops=OpId(4)), (Arrived(ONE),), (told,))


def test_a_stop_with_no_child_is_told_at_once() -> None:
    """And a pause that was under way is over."""
    assert after(Supervisor(), STOP).effects == (Arrived(ONE),)
    stopped = after(UP, FAILED, STOP)
    assert (stopped.record.phase, stopped.effects, supervisor_alarms_of(stopped.record)) == (
        Down(),
        (Arrived(ONE),),
        (),
    )


def test_a_restart_has_another_one_when_the_old_one_is_gone() -> None:
    """Never two at a time (S13)."""
    stopping = after(STEADY, RESTART)
    assert stopping.effects == (SendSignal(CHILD, Signal.TERM),)
    gone = after(stopping.record, Exit(signal=15))
    assert gone.record == Supervisor(Wish.UP, Starting(OpId(3)), ops=OpId(4))
    assert gone.effects == (Arrived(ONE), Spawn(OpId(3)))
    again = after(after(UP, STOP).record, RestartChild(TWO))
    assert after(again.record, CLEAN).effects == (Arrived(ONE), Arrived(TWO), Spawn(OpId(3)))
    stopped = after(after(UP, RESTART).record, StopChild(TWO)).record
    assert stopped == evolve(after(UP, STOP).record, waiters=(Waiter(ONE, CHILD), Waiter(TWO, CHILD)))
    assert after(stopped, CLEAN).record.phase == Down()


def test_one_that_is_being_spawned_is_asked_to_end_before_it_is_there() -> None:
    """Whoever sends the signal keeps it until then; that it came is no reason to forget it."""
    stopping = after(Supervisor(), START, STOP)
    assert stopping.effects == (SendSignal(CHILD, Signal.TERM),)
    came = after(stopping.record, Spawned(CHILD, at=5))
    assert (came.record, came.effects) == (stopping.record, ())
    assert after(came.record, Exit(signal=15)).record.phase == Down()


def test_one_that_does_not_come_is_ended() -> None:
    """Nothing is waited for without a bound (L5); then another is tried."""
    late = after(Supervisor(), START, RING)
    assert late == SupervisorTransition(
        Supervisor(Wish.UP, Stopping(CHILD, Force.ASKED, OpId(2)), ops=OpId(3)), (SendSignal(CHILD, Signal.TERM),)
    )
    assert after(late.record, NotSpawned(CHILD)).effects == (Spawn(OpId(3)),)


def test_a_shutdown_stands_in_no_queue_and_is_for_ever() -> None:
    """It is wanted from the moment that it is asked, even while a stop is under way (PW13)."""
    shut = after(after(UP, STOP).record, ShutDown(TWO))
    assert shut.effects == ()
    assert after(shut.record, RING).effects == (SendSignal(CHILD, Signal.KILL),)
    gone = after(shut.record, RING, KILLED)
    assert gone.effects == (Arrived(ONE), Arrived(TWO))
    for command in (START, STOP, RESTART, USR1):
        assert supervisor_ask(gone.record, command) == Failure(SupervisorRefusal.SHUTTING_DOWN)
    assert after(gone.record, ShutDown(AskId("three"))).effects == (Arrived(AskId("three")),)


def test_a_signal_is_passed_on_and_not_followed() -> None:
    """To the child that is there, if there is one; not before a shutdown, and not to the next one."""
    assert after(UP, USR1) == SupervisorTransition(UP, (SendSignal(CHILD, Signal.USR1),))
    wanted = supervisor_decide(UP, USR1).unwrap()
    assert after(wanted, SHUT).effects == (SendSignal(CHILD, Signal.TERM),)
    assert (after(wanted, FAILED).effects, after(wanted, FAILED, RING).effects) == ((), (Spawn(OpId(3)),))
    assert supervisor_ask(Supervisor(), USR1) == Failure(SupervisorRefusal.NO_CHILD)


def test_what_comes_late_from_another_child_is_nobodys_business() -> None:
    """That is what its name is for (PW14)."""
    for late in (Exited(OpId(9), FAILED), Spawned(OpId(9)), NotSpawned(OpId(9)), SupervisorRang(Name.STEADY, OpId(9))):
        assert after(UP, late) == SupervisorTransition(UP)


def test_an_intent_that_nobody_looked_at_rings_at_once() -> None:
    """A decision alone sends nothing."""
    wanted = supervisor_decide(Supervisor(), START).unwrap()
    assert supervisor_alarms_of(wanted) == (SupervisorAlarm(Name.INTENT, OpId(1), 0.0),)
    assert after(wanted, Woken()) == after(wanted, SupervisorRang(Name.INTENT, OpId(1))) == after(Supervisor(), START)


def test_what_people_are_shown() -> None:
    """Upstream's words and numbers (pairing 4.1)."""
    came = after(Supervisor(), START, Spawned(CHILD, at=1_000)).record
    assert supervisor_view(came, 3_999) == SupervisorView("running", 2, 0, None, None)
    crashed = supervisor_absorb(came, Exited(CHILD, FAILED, at=5_000)).record
    assert supervisor_view(crashed, 9_000) == SupervisorView("crashed", 0, 1, FAILED, 5_000)
    assert supervisor_view(came, 0).uptime == 0
    records = (Supervisor(), after(Supervisor(), START).record, after(UP, STOP).record, after(UP, SHUT).record)
    assert [state_of(one) for one in records] == ["stopped", "starting", "stopping", "shutting_down"]
    assert evolve(came, seen=Seen()) == came


def test_refusals_are_said_in_upstreams_words() -> None:
    """Where it has some (pairing 2.4)."""
    assert [refusal_words(one) for one in SupervisorRefusal] == [
        "Gateway already running or starting",
        "Gateway is still stopping",
        "Gateway is shutting down",
        "Gateway is not running",
    ]


HAPPENINGS: Final = st.lists(st.sampled_from((START, STOP, RESTART, SHUT, RING, "comes", CLEAN, FAILED)), max_size=40)


@given(HAPPENINGS)
def test_whatever_happens_there_is_one_child_and_an_end(happenings: list[Happening | str]) -> None:
    """Property 8: spawned less exited is one at most, and after a shutdown nothing is spawned."""
    record, alive, shut = Supervisor(), 0, False
    for happening in happenings:
        transition = drawn(record, happening)
        shut = shut or happening == SHUT
        spawned = sum(isinstance(one, Spawn) for one in transition.effects)
        alive += spawned - (isinstance(happening, Exit) and record.child is not None)
        assert 0 <= alive <= 1
        assert not (shut and spawned)
        record = transition.record


def drawn(record: Supervisor, happening: Happening | str) -> SupervisorTransition:
    """What happens, where it can."""
    match happening:
        case str():
            return SupervisorTransition(record) if record.child is None else after(record, Spawned(record.child))
        case Exit():
            return SupervisorTransition(record) if record.child is None else after(record, happening)
        case Ring():
            alarms = supervisor_alarms_of(record)
            return after(record, *(SupervisorRang(one.name, one.of) for one in alarms))
        case StartChild() | StopChild() | RestartChild() | ShutDown() | PassOn():
            return supervisor_ask(record, happening).value_or(SupervisorTransition(record))
        case Spawned() | NotSpawned() | Exited() | SupervisorRang() | Woken():
            return after(record, happening)


@pytest.mark.parametrize("ages", [0, 1, 2])
def test_a_stop_ends_within_two_rings_whatever_the_child_is(ages: int) -> None:
    """Asked, then killed: twenty seconds with the grace before the second kill (property 8)."""
    record = after(UP, *[RING] * ages, STOP).record
    patience = [
        supervisor_alarms_of(record)[0].patience_s,
        supervisor_alarms_of(after(record, RING).record)[0].patience_s,
    ]
    assert patience == [10.0, 10.0]
    assert after(record, RING, KILLED).record.phase == Down()
