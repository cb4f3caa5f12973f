"""The only dispatch for a supervisor: `supervisor_decide` for commands, `supervisor_absorb` for facts.

Commands change what is wanted; facts move the child's phase; and one function does what the two together call for. So
a shutdown stands in no queue: it is wanted from the moment it is asked, whatever is under way (pairing PW13).
"""

from __future__ import annotations

from typing import Final

from attrs import evolve
from returns.result import Failure, Result, Success

from kiloclaw_core.facts import Woken
from kiloclaw_core.instance import Note
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing.names import AskId
from kiloclaw_core.supervisor.record import (
    Age,
    Crashed,
    Down,
    Force,
    Seen,
    Starting,
    Stopping,
    Supervisor,
    SupervisorTransition,
    Up,
    Waiter,
    Wish,
    numbered,
)
from kiloclaw_core.supervisor.vocabulary import (
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
    SupervisorAlarm,
    SupervisorAlarmName,
    SupervisorCommand,
    SupervisorFact,
    SupervisorRang,
    SupervisorRefusal,
)

Name = SupervisorAlarmName
NEVER_RAN: Final = Exit(code=1)
"""How a child that could not be started is shown to have ended (pairing 4.1)."""


# -- commands ----------------------------------------------------------------------------------------------------


def supervisor_decide(record: Supervisor, command: SupervisorCommand) -> Result[Supervisor, SupervisorRefusal]:
    """Whether it is granted, and the record that wants it; it sends nothing."""
    if isinstance(command, ShutDown):
        return Success(_awaited(evolve(record, wish=Wish.ENDED, signals=()), command.ask))
    if record.wish is Wish.ENDED:
        return Failure(SupervisorRefusal.SHUTTING_DOWN)
    match command:
        case StartChild():
            return _start(record)
        case StopChild(ask=ask):
            return Success(_awaited(evolve(record, wish=Wish.DOWN, unwanted=None), ask))
        case RestartChild(ask=ask):
            return Success(_awaited(evolve(record, wish=Wish.UP, unwanted=record.child, crashes=0), ask))
        case PassOn(signal=signal):
            if record.child is None:
                return Failure(SupervisorRefusal.NO_CHILD)
            return Success(evolve(record, signals=(*record.signals, signal)))


def _start(record: Supervisor) -> Result[Supervisor, SupervisorRefusal]:
    match record.phase:
        case Down() | Crashed():
            return Success(evolve(record, wish=Wish.UP, crashes=0))
        case Starting() | Up():
            return Failure(SupervisorRefusal.ALREADY_RUNNING)
        case Stopping():
            return Failure(SupervisorRefusal.STILL_STOPPING)


def _awaited(record: Supervisor, ask: AskId) -> Supervisor:
    """The record with one more who waits until the child that is there is gone."""
    if record.child is None:
        return evolve(record, arrived=(*record.arrived, ask))
    return evolve(record, waiters=(*record.waiters, Waiter(ask, record.child)))


def supervisor_ask(record: Supervisor, command: SupervisorCommand) -> Result[SupervisorTransition, SupervisorRefusal]:
    """Decided and acted upon at once, for a record that has one owner."""
    return supervisor_decide(record, command).map(lambda granted: supervisor_absorb(granted, Woken()))


# -- facts -------------------------------------------------------------------------------------------------------


def supervisor_absorb(record: Supervisor, fact: SupervisorFact) -> SupervisorTransition:
    """What a fact moves, and what it calls for; whatever is told of another child than the one that is there is old."""
    moved = _moved(record, fact)
    return moved.then(onward(moved.record))


def _moved(record: Supervisor, fact: SupervisorFact) -> SupervisorTransition:
    match fact:
        case Woken():
            return SupervisorTransition(record)
        case Spawned(child=child, at=at):
            return SupervisorTransition(_came(record, child, at))
        case NotSpawned(child=child, at=at):
            return _went(record, child, NEVER_RAN, at)
        case Exited(child=child, exit=exit_, at=at):
            return _went(record, child, exit_, at, (_exited(exit_),))
        case SupervisorRang():
            return _rang(record, fact)


def _came(record: Supervisor, child: OpId, at: int) -> Supervisor:
    """The child is there; if it was asked to end in the meantime, it still is."""
    if record.child != child:
        return record
    record = evolve(record, seen=evolve(record.seen, running_since=at))
    return evolve(record, phase=Up(child)) if isinstance(record.phase, Starting) else record


def _went(record: Supervisor, child: OpId, exit_: Exit, at: int, notes: tuple[Note, ...] = ()) -> SupervisorTransition:
    """The child is gone: whoever waited for that is told, and what comes next depends on how it went."""
    if record.child != child:
        return SupervisorTransition(record)
    told = tuple(Arrived(one.ask) for one in record.waiters if one.child == child)
    left = tuple(one for one in record.waiters if one.child != child)
    record = evolve(record, waiters=left, unwanted=None, seen=Seen(None, record.seen.restarts, exit_, at))
    return SupervisorTransition(_after(record, exit_), told, notes)


def _exited(exit_: Exit) -> Note:
    """What the log is told of one that was there."""
    how = (("code", exit_.code), ("signal", exit_.signal))
    return Note("gateway.exited", tuple((word, str(number)) for word, number in how if number is not None))


def _after(record: Supervisor, exit_: Exit) -> Supervisor:
    """The phase after an exit: asked for, clean, or a crash."""
    match record.phase:
        case Stopping() | Down() | Crashed():
            return evolve(record, phase=Down())
        case Up(age=Age.CLEAN | Age.STEADY) if exit_.is_clean:
            return _again(evolve(record, phase=Down(), crashes=0))
        case Starting() | Up():
            since, record = numbered(record)
            return _again(evolve(record, phase=Crashed(since), crashes=record.crashes + 1))


def _again(record: Supervisor) -> Supervisor:
    return evolve(record, seen=evolve(record.seen, restarts=record.seen.restarts + 1))


def _rang(record: Supervisor, rang: SupervisorRang) -> SupervisorTransition:
    """An alarm that is wanted rings; any other is dropped."""
    if not any((one.name, one.of) == (rang.name, rang.of) for one in waiting_alarms_of(record)):
        return SupervisorTransition(record)
    match record.phase:
        case Crashed() | Down():
            return SupervisorTransition(evolve(record, phase=Down()))
        case Starting(child=child):
            return _stopping(record, child, Force.ASKED, Signal.TERM)
        case Up(child=child, age=Age.NEW):
            return SupervisorTransition(evolve(record, phase=Up(child, Age.CLEAN)))
        case Up(child=child):
            return SupervisorTransition(evolve(record, phase=Up(child, Age.STEADY), crashes=0))
        case Stopping(child=child):
            return _stopping(record, child, Force.KILLED, Signal.KILL)


# -- what is called for ------------------------------------------------------------------------------------------


def onward(record: Supervisor) -> SupervisorTransition:
    """What is wanted and what is there call for this, and nothing is done anywhere else."""
    told = tuple(Arrived(ask) for ask in record.arrived)
    sent = () if record.child is None else tuple(SendSignal(record.child, one) for one in record.signals)
    passed = SupervisorTransition(evolve(record, arrived=(), signals=()), (*told, *sent))
    return passed.then(_called_for(passed.record))


def _called_for(record: Supervisor) -> SupervisorTransition:
    match record.phase:
        case Down() if record.wish is Wish.UP:
            return _spawn(record)
        case Crashed() if record.wish is not Wish.UP:
            return SupervisorTransition(evolve(record, phase=Down()))
        case Crashed() if not record.crashes:
            return _spawn(record)  # somebody asked for it now
        case Starting(child=child) | Up(child=child) if record.wish is not Wish.UP or record.unwanted == child:
            return _stopping(record, child, Force.ASKED, Signal.TERM)
        case Down() | Crashed() | Starting() | Up() | Stopping():
            return SupervisorTransition(record)


def _spawn(record: Supervisor) -> SupervisorTransition:
    child, record = numbered(record)
    return SupervisorTransition(evolve(record, phase=Starting(child)), (Spawn(child),))


def _stopping(record: Supervisor, child: OpId, force: Force, signal: Signal) -> SupervisorTransition:
    since, record = numbered(record)
    return SupervisorTransition(evolve(record, phase=Stopping(child, force, since)), (SendSignal(child, signal),))


# -- alarms ------------------------------------------------------------------------------------------------------


def waiting_alarms_of(record: Supervisor) -> tuple[SupervisorAlarm, ...]:
    """Every alarm that the record wants but the one for a new intent."""
    policy = record.policy
    match record.phase:
        case Crashed(since=since):
            return (SupervisorAlarm(Name.BACK_OFF, since, policy.backing_off_s(record.crashes)),)
        case Up(child=child, age=Age.NEW):
            return (SupervisorAlarm(Name.CLEAN, child, policy.clean_s),)
        case Up(child=child, age=Age.CLEAN):
            return (SupervisorAlarm(Name.STEADY, child, policy.steady_s - policy.clean_s),)
        case Stopping(since=since, force=Force.ASKED):
            return (SupervisorAlarm(Name.ESCALATE, since, policy.escalate_s),)
        case Stopping(since=since):
            return (SupervisorAlarm(Name.KILL_AGAIN, since, policy.kill_again_s),)
        case Starting(child=child):
            return (SupervisorAlarm(Name.SPAWN, child, policy.spawn_s),)
        case Down() | Up():
            return ()


def supervisor_alarms_of(record: Supervisor) -> tuple[SupervisorAlarm, ...]:
    """Every alarm that the record wants, with one that rings at once while an intent is unseen: pure and total."""
    seen = onward(record) == SupervisorTransition(record)
    unseen = () if seen else (SupervisorAlarm(Name.INTENT, record.ops, 0.0),)
    return (*unseen, *waiting_alarms_of(record))
