"""The cache has stopped: whoever waits is answered, what runs is asked to end, and nothing begins any more.

An approval whose command runs is answered when that is over, by what it did; everything else at once.
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import approve
from kiloclaw_core.pairing.answers import NotApproved, NotDone, Seen, Unsure
from kiloclaw_core.pairing.effects import KillCommand
from kiloclaw_core.pairing.record import (
    Approval,
    Approving,
    Ending,
    Idle,
    Looking,
    OnTime,
    Overdue,
    Pairing,
    PairingTransition,
    Queued,
    Reading,
    Shelf,
    replies,
    with_shelf,
)
from kiloclaw_core.pairing.refresh import STALE


def close(record: Pairing) -> PairingTransition:
    """Everything that can be ended is; closing what is closed changes nothing."""
    transition = ending(evolve(record, candidates=()))
    for shelf in record.shelves:
        transition = transition.then(shut(transition.record, shelf))
    for approval in record.approvals:
        transition = transition.then(turned_away(transition.record, approval))
    return transition


def ending(record: Pairing) -> PairingTransition:
    """The command that runs is asked to end, once."""
    if record.command is None:
        return PairingTransition(record)
    match record.command.stage:
        case OnTime():
            ended = evolve(record, command=evolve(record.command, stage=Ending()))
            return PairingTransition(ended, (KillCommand(record.command.op),))
        case Ending() | Overdue():
            return PairingTransition(record)


def shut(record: Pairing, shelf: Shelf) -> PairingTransition:
    """A shelf stays as it is, and stale from now on: what is being read is not waited for."""
    asks = (*shelf.waiting, *shelf.wanted)
    closed = evolve(shelf, phase=Idle(since(shelf)), dirty=False, again=False, wanted=(), waiting=(), stale=True)
    return PairingTransition(with_shelf(record, closed), replies(asks, STALE))


def since(shelf: Shelf) -> OpId:
    """The reading that was the last."""
    match shelf.phase:
        case Idle(since=since):
            return since
        case Reading(began=began):
            return began


def turned_away(record: Pairing, approval: Approval) -> PairingTransition:
    """An approval that has not begun is refused, one that is in doubt stays so."""
    match approval.phase:
        case Queued():
            return approve.answered(record, approval, NotApproved(NotDone.SHUTTING_DOWN))
        case Looking():
            return approve.answered(record, approval, Unsure(Seen.UNREAD))
        case Approving():
            return PairingTransition(record)
