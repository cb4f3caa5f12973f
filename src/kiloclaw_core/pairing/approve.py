"""Approving a request: asked for once however many ask, run in its turn, and answered in one of three ways.

`Queued -> Approving -> (answered | Looking -> answered)`. A command that exited with 0 has approved, and nothing that
happens later makes a failure of it (pairing 1.8). A command that was killed may have approved: then a reading tells.
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.instance import Note
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import trust
from kiloclaw_core.pairing.answers import ApprovalAnswer, Approved, NotApproved, NotDone, Seen, Unsure
from kiloclaw_core.pairing.effects import RunApprove
from kiloclaw_core.pairing.facts import CommandEnd, ConfigRead, PairingOutcome
from kiloclaw_core.pairing.listings import Broken, Missing, Ok
from kiloclaw_core.pairing.names import ChannelName
from kiloclaw_core.pairing.record import (
    Approval,
    Approving,
    Life,
    Looking,
    Pairing,
    PairingTransition,
    Queued,
    Running,
    numbered,
    replies,
    with_approval,
    with_shelf,
    without_approval,
)
from kiloclaw_core.pairing.requests import ChannelSubject, DeviceSubject, Kind, Subject, is_listed, kind_of, subject_of


def run(record: Pairing, approval: Approval) -> PairingTransition:
    """The approval's turn has come."""
    op, record = numbered(record)
    running = evolve(
        with_approval(record, evolve(approval, phase=Approving(op))), command=Running(op, approval.subject)
    )
    policy = record.policy
    effect = RunApprove(op, approval.subject, policy.approve_s, policy.kill_grace_s)
    return PairingTransition(running, (effect,))


def ended(record: Pairing, op: OpId, subject: Subject, outcome: PairingOutcome) -> PairingTransition:
    """The command is over, and its process gone."""
    match outcome:
        case CommandEnd.SUCCEEDED:
            return answered_for(approved(record, subject), op, Approved())
        case CommandEnd.FAILED:
            return answered_for(read_again(record, kind_of(subject)), op, NotApproved(NotDone.FAILED))
        case CommandEnd.NOT_STARTED:
            return answered_for(record, op, NotApproved(NotDone.NOT_STARTED))
        case CommandEnd.KILLED | ConfigRead() | Ok() | Missing() | Broken():
            return doubted(read_again(record, kind_of(subject)), op)


def approved(record: Pairing, subject: Subject) -> Pairing:
    """The request is off the list, and no reading that began before now may bring it back."""
    op, record = numbered(record)
    shelf = record.shelf(kind_of(subject))
    left = tuple(entry for entry in shelf.entries if subject_of(entry) != subject)
    return read_again(with_shelf(record, evolve(shelf, entries=left, committed=op)), shelf.kind)


def read_again(record: Pairing, kind: Kind) -> Pairing:
    """The list is to be read anew, though nobody waits for it."""
    return with_shelf(record, evolve(record.shelf(kind), again=True))


def answered_for(record: Pairing, op: OpId, answer: ApprovalAnswer) -> PairingTransition:
    """Whoever still waits for what this command did is answered."""
    approval = next((one for one in record.approvals if ran_as(one, op)), None)
    return PairingTransition(record) if approval is None else answered(record, approval, answer)


def ran_as(approval: Approval, op: OpId) -> bool:
    """Whether the approval's command has this op."""
    match approval.phase:
        case Approving(op=own) | Looking(of=own):
            return own == op
        case Queued():
            return False


def answered(record: Pairing, approval: Approval, answer: ApprovalAnswer) -> PairingTransition:
    """The approval is over."""
    record = trust.tried(without_approval(record, approval), approval.subject, answer)
    fields = (("kind", kind_of(approval.subject).value), ("answer", word_of(answer)))
    by = ("by", "asker" if approval.askers else "itself")
    return PairingTransition(record, replies(approval.askers, answer), (Note("pairing.approval", (*fields, by)),))


def word_of(answer: ApprovalAnswer) -> str:
    """The answer in one line for the log."""
    match answer:
        case Approved():
            return "approved"
        case NotApproved(why=why):
            return f"not approved: {why.value}"
        case Unsure(seen=seen):
            return f"unsure: {seen.value}"


def doubted(record: Pairing, op: OpId) -> PairingTransition:
    """The command may or may not have approved: a reading that begins now tells, if there still is one."""
    approval = next((one for one in record.approvals if ran_as(one, op)), None)
    if approval is None:
        return PairingTransition(record)
    if record.life is Life.STOPPED:
        return answered(record, approval, Unsure(Seen.UNREAD))
    after, record = numbered(record)
    looking = with_approval(record, evolve(approval, phase=Looking(op, after)))
    return PairingTransition(read_again(looking, kind_of(approval.subject)))


def looked(record: Pairing, kind: Kind, began: OpId, readable: tuple[ChannelName, ...]) -> PairingTransition:
    """A reading has ended: every approval in doubt that it tells of is answered."""
    transition = PairingTransition(record)
    for approval in record.approvals:
        if isinstance(approval.phase, Looking) and approval.phase.after < began and kind_of(approval.subject) is kind:
            answer = Unsure(seen_of(transition.record, approval.subject, readable))
            transition = transition.then(answered(transition.record, approval, answer))
    return transition


def seen_of(record: Pairing, subject: Subject, readable: tuple[ChannelName, ...]) -> Seen:
    """What the reading showed of the subject; where its channel was not read, nobody knows."""
    if not was_read(subject, readable):
        return Seen.UNREAD
    return Seen.LISTED if is_listed(subject, record.shelf(kind_of(subject)).entries) else Seen.ABSENT


def was_read(subject: Subject, readable: tuple[ChannelName, ...]) -> bool:
    """Whether the reading could have shown the subject."""
    match subject:
        case ChannelSubject(channel=channel):
            return channel in readable
        case DeviceSubject():
            return bool(readable)


def impatient(record: Pairing, approval: Approval) -> PairingTransition:
    """It waited too long: one that never began is refused with nothing done, one in doubt stays in doubt."""
    match approval.phase:
        case Queued():
            return answered(record, approval, NotApproved(NotDone.BUSY))
        case Looking() | Approving():
            return answered(record, approval, Unsure(Seen.UNREAD))
