"""The only dispatch for the cache: `pairing_decide` for commands, `pairing_absorb` for facts.

A command writes what is wanted; facts move, and one function begins whatever is due. Because that one function looks
at `stopped` first, nothing is begun after it (pairing PW2).
"""

from __future__ import annotations

from attrs import evolve
from returns.result import Failure, Result, Success

from kiloclaw_core.facts import Woken
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import approve, closing, refresh, trust
from kiloclaw_core.pairing.alarms import Name, waiting_alarms_of
from kiloclaw_core.pairing.commands import Approve, PairingCommand, PairingRefusal, Refresh, StartCache, StopCache
from kiloclaw_core.pairing.effects import KillCommand
from kiloclaw_core.pairing.facts import LineSeen, PairingAlarm, PairingFact, PairingOutcome, PairingRang, PairingReplied
from kiloclaw_core.pairing.names import is_channel, is_code, is_request
from kiloclaw_core.pairing.record import (
    Approval,
    Idle,
    Life,
    Overdue,
    Pairing,
    PairingTransition,
    Pausing,
    Queued,
    Reading,
    Shelf,
    approval_of,
    numbered,
    with_approval,
    with_shelf,
)
from kiloclaw_core.pairing.requests import ChannelSubject, DeviceSubject, Kind, Subject

# -- commands ----------------------------------------------------------------------------------------------------


def pairing_decide(record: Pairing, command: PairingCommand) -> Result[Pairing, PairingRefusal]:
    """Whether it is granted, and the record that wants it; it sends nothing."""
    if isinstance(command, StopCache):
        return Success(evolve(record, life=Life.STOPPED))
    if record.life is Life.STOPPED:
        return Failure(PairingRefusal.SHUTTING_DOWN)
    match command:
        case StartCache():
            return Success(_started(record))
        case Refresh(kind=kind):
            return Success(_wanted(record, record.shelf(kind), command))
        case Approve(subject=subject):
            refusal = invalid(subject)
            return _asked(record, command) if refusal is None else Failure(refusal)


def invalid(subject: Subject) -> PairingRefusal | None:
    """Why the subject may not stand on a command line, or None if it may."""
    match subject:
        case ChannelSubject(channel=channel, code=code):
            if not is_channel(channel):
                return PairingRefusal.NO_CHANNEL
            return None if is_code(code.revealed) else PairingRefusal.NO_CODE
        case DeviceSubject(request=request):
            return None if is_request(request.revealed) else PairingRefusal.NO_REQUEST


def _started(record: Pairing) -> Pairing:
    if record.life is Life.STARTED:
        return record
    channels, devices = (evolve(shelf, again=True) for shelf in record.shelves)
    return evolve(record, life=Life.STARTED, channels=channels, devices=devices)


def _wanted(record: Pairing, shelf: Shelf, command: Refresh) -> Pairing:
    if command.ask in (*shelf.wanted, *shelf.waiting):
        return record
    return with_shelf(record, evolve(shelf, wanted=(*shelf.wanted, command.ask)))


def _asked(record: Pairing, command: Approve) -> Result[Pairing, PairingRefusal]:
    """Joined to the approval of the same subject that is under way, or one more of its own."""
    same = approval_of(record, command.subject)
    if same is not None:
        askers = same.askers if command.ask in same.askers else (*same.askers, command.ask)
        return Success(with_approval(record, evolve(same, askers=askers)))
    if sum(isinstance(one.phase, Queued) for one in record.approvals) >= record.policy.approvals_at_once:
        return Failure(PairingRefusal.BUSY)
    op, record = numbered(record)
    return Success(
        evolve(record, approvals=(*record.approvals, Approval(op, command.subject, Queued(), (command.ask,))))
    )


def pairing_ask(record: Pairing, command: PairingCommand) -> Result[PairingTransition, PairingRefusal]:
    """Decided and acted upon at once, for a record that has one owner."""
    return pairing_decide(record, command).map(lambda granted: pairing_absorb(granted, Woken()))


# -- facts -------------------------------------------------------------------------------------------------------


def pairing_absorb(record: Pairing, fact: PairingFact) -> PairingTransition:
    """What a fact moves, and what is begun because of it."""
    moved = _moved(record, fact)
    return moved.then(onward(moved.record))


def _moved(record: Pairing, fact: PairingFact) -> PairingTransition:
    match fact:
        case Woken():
            return PairingTransition(record)
        case LineSeen():
            return PairingTransition(_hinted(record))
        case PairingReplied(op=op, outcome=outcome, at=at):
            return _replied(record, op, outcome, at)
        case PairingRang():
            return _rang(record, fact)


def _hinted(record: Pairing) -> Pairing:
    """A line told of pairing: both lists are to be read, soon, and whatever mutes that only puts it off (PW11)."""
    if record.life is Life.STOPPED:
        return record
    channels, devices = (evolve(shelf, dirty=True) for shelf in record.shelves)
    return evolve(record, channels=channels, devices=devices)


def _replied(record: Pairing, op: OpId, outcome: PairingOutcome, at: int) -> PairingTransition:
    """An answer belongs to the command that runs, or to the step that is being read; any other is an echo."""
    running = record.command
    if running is not None and running.op == op:
        record = evolve(record, command=None)
        if running.subject is not None:
            return approve.ended(record, op, running.subject, outcome)
    for shelf in record.shelves:
        if isinstance(shelf.phase, Reading) and shelf.phase.op == op:
            return refresh.heard(record, shelf.kind, outcome, at)
    return PairingTransition(record)


def _rang(record: Pairing, rang: PairingRang) -> PairingTransition:
    """An alarm that is wanted rings; any other is dropped."""
    wanted = any((one.name, one.of) == (rang.name, rang.of) for one in waiting_alarms_of(record))
    if rang.name is Name.INTENT or not wanted:
        return PairingTransition(record)  # an intent needs no more than to be looked at
    match rang.name:
        case Name.PERIODIC | Name.DEBOUNCE | Name.BACK_OFF:
            return PairingTransition(_due(record, rang.of))
        case Name.READ_PATIENCE:
            kinds = [
                one.kind for one in record.shelves if isinstance(one.phase, Reading) and one.phase.began == rang.of
            ]
            return refresh.overdue(record, kinds[0])
        case Name.COMMAND_PATIENCE | Name.KILL_PATIENCE | Name.KILL_AGAIN:
            return _killed(record)
        case Name.QUEUE_PATIENCE | Name.LOOK_PATIENCE:
            return approve.impatient(record, next(one for one in record.approvals if one.op == rang.of))
        case Name.AUTO_PAUSE:
            return PairingTransition(_rested(record, rang.of))


def _due(record: Pairing, since: OpId) -> Pairing:
    """What has rested since then is read again."""
    for shelf in record.shelves:
        if shelf.phase == Idle(since):
            record = with_shelf(record, evolve(shelf, again=True))
    return record


def _rested(record: Pairing, op: OpId) -> Pairing:
    candidate = next(one for one in record.candidates if one.phase == Pausing(op))
    return trust.rested(record, candidate)


def _killed(record: Pairing) -> PairingTransition:
    """The command ought to be gone: it is killed once more, and whoever waits for it is in doubt."""
    assert record.command is not None, "an alarm of a command is wanted while one runs"
    running = record.command
    since, record = numbered(record)
    late = evolve(record, command=evolve(running, stage=Overdue(since)))
    killed = PairingTransition(late, (KillCommand(running.op),))
    if isinstance(running.stage, Overdue):
        return killed
    return killed.then(approve.doubted(late, running.op))


# -- what is due -------------------------------------------------------------------------------------------------


def onward(record: Pairing) -> PairingTransition:
    """Whatever is due is begun, and nothing else is begun anywhere; once stopped, all is closed instead."""
    if record.life is Life.STOPPED:
        return closing.close(record)
    transition = refresh.begun(record, Kind.CHANNELS)
    transition = transition.then(refresh.begun(transition.record, Kind.DEVICES))
    return transition.then(next_command(transition.record))


def next_command(record: Pairing) -> PairingTransition:
    """The next command runs if none does: approvals first, for somebody waits for them, then what is to be read."""
    if record.command is not None:
        return PairingTransition(record)
    for approval in record.approvals:
        if isinstance(approval.phase, Queued):
            return approve.run(record, approval)
    turns = [shelf for shelf in record.shelves if isinstance(shelf.phase, Reading) and shelf.phase.op is None]
    return refresh.take_step(record, turns[0].kind) if turns else PairingTransition(record)


def pairing_alarms_of(record: Pairing) -> tuple[PairingAlarm, ...]:
    """Every alarm that the record wants, by name and op: with one that rings at once while an intent is unseen."""
    seen = onward(record) == PairingTransition(record)
    unseen = () if seen else (PairingAlarm(Name.INTENT, record.ops, 0.0),)
    return (*unseen, *waiting_alarms_of(record))
