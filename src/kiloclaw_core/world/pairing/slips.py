"""What a move does that none may do: it is told from the record before and after, and never forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from kiloclaw_core.pairing.answers import Fresh, NotApproved, Refreshed
from kiloclaw_core.pairing.effects import KillCommand, Reply
from kiloclaw_core.pairing.facts import CommandEnd, LineSeen, PairingFact, PairingReplied
from kiloclaw_core.pairing.listings import Broken
from kiloclaw_core.pairing.names import AskId, ChannelName
from kiloclaw_core.pairing.record import (
    Approval,
    Approving,
    Life,
    Looking,
    Pairing,
    PairingTransition,
    Queued,
    Reading,
    Shelf,
    Sighted,
)
from kiloclaw_core.pairing.refresh import place_of
from kiloclaw_core.pairing.requests import DeviceSubject, subject_of
from kiloclaw_core.world.pairing.scene import Slip


def slips_of(record: Pairing, transition: PairingTransition, fact: PairingFact | None) -> Iterator[Slip]:
    """What a transition does that none may do."""
    after = transition.record
    begins = any(not isinstance(one, Reply | KillCommand) for one in transition.effects)
    if begins and Life.STOPPED in {record.life, after.life}:
        yield Slip.BEGUN_AFTER_STOP
    for before, later in zip(record.shelves, after.shelves, strict=True):
        yield from _slips_of_shelf(record, before, later, fact)
        if after.life is not Life.STOPPED and forgets(before, later, fact):
            yield Slip.FORGOT
    if any(is_hasty(record, after, one) for one in after.approvals):
        yield Slip.HASTY
    if any(is_mistold(record, after, one) for one in transition.effects if isinstance(one, Reply)):
        yield Slip.MISTOLD
    refused = [one.ask for one in transition.effects if isinstance(one, Reply) and isinstance(one.answer, NotApproved)]
    if any(is_denied(record, ask, fact) for ask in refused):
        yield Slip.DENIED


def _slips_of_shelf(record: Pairing, before: Shelf, later: Shelf, fact: PairingFact | None) -> Iterator[Slip]:
    if record.life is Life.STOPPED and is_changed(record, before, later):
        yield Slip.CHANGED_AFTER_STOP
    if goes_back(before, later, fact):
        yield Slip.WENT_BACK
    if loses(before, later, fact):
        yield Slip.EMPTIED
    if freshens(before, later, fact):
        yield Slip.FRESHENED


def is_changed(record: Pairing, before: Shelf, later: Shelf) -> bool:
    """Whether more is changed on the list than that what the command approves is taken off it."""
    approving = None if record.command is None else record.command.subject
    left = tuple(entry for entry in before.entries if subject_of(entry) != approving)
    return later.entries not in (before.entries, left)


def ends(before: Shelf, fact: PairingFact | None) -> Reading | None:
    """The reading that the fact is an answer to, if it is."""
    if not isinstance(before.phase, Reading) or not isinstance(fact, PairingReplied) or fact.op != before.phase.op:
        return None
    return before.phase


def goes_back(before: Shelf, later: Shelf, fact: PairingFact | None) -> bool:
    """Whether the list is as of an older moment than before, or changed by a reading that began before that."""
    reading = ends(before, fact)
    overtaken = reading is not None and reading.began < before.committed
    return later.committed < before.committed or (overtaken and later.entries != before.entries)


def loses(before: Shelf, later: Shelf, fact: PairingFact | None) -> bool:
    """Whether an entry is gone that stood where nothing could be read."""
    reading = ends(before, fact)
    if reading is None:
        return False
    lost = unread(reading, fact)
    gone = [entry for entry in before.entries if entry not in later.entries]
    return any(lost is None or place_of(entry) in lost for entry in gone)


def unread(reading: Reading, fact: PairingFact | None) -> tuple[ChannelName, ...] | None:
    """The places that could not be read so far; None where that is every place, for nobody knows which there are."""
    broken = tuple(name for name, listing in reading.got if isinstance(listing, Broken))
    if not isinstance(fact, PairingReplied) or not isinstance(fact.outcome, Broken):
        return broken
    return (*broken, reading.left[0]) if reading.left else None


def freshens(before: Shelf, later: Shelf, fact: PairingFact | None) -> bool:
    """Whether a list is called up to date that was not, by anything but a reading that showed all of it and was kept.

    That a reading which did not leaves it called so is the same.
    """
    reading = ends(before, fact)
    if later.stale:
        return False
    if reading is None or (isinstance(later.phase, Reading) and later.phase.began == reading.began):
        return before.stale
    return later.committed != reading.began or unread(reading, fact) != ()


def is_mistold(record: Pairing, after: Pairing, reply: Reply) -> bool:
    """Whether somebody who waited for a list is told that it is fresh and it is called stale, or the reverse."""
    kinds = [shelf.kind for shelf in record.shelves if reply.ask in (*shelf.waiting, *shelf.wanted)]
    return any(after.shelf(kind).stale is (reply.answer == Refreshed(Fresh.FRESH)) for kind in kinds)


def forgets(before: Shelf, later: Shelf, fact: PairingFact | None) -> bool:
    """Whether a line was seen, now or before, and no reading is to come of it or has begun because of it."""
    told = before.dirty or isinstance(fact, LineSeen)
    begun = isinstance(later.phase, Reading) and (
        not isinstance(before.phase, Reading) or before.phase.began < later.phase.began
    )
    return told and not (later.dirty or later.again or begun)


def is_hasty(record: Pairing, after: Pairing, approval: Approval) -> bool:
    """Whether an approval begins that nobody asked for, of what was not shown by one reading and then by another."""
    if approval.askers or any(one.op == approval.op for one in record.approvals):
        return False
    return not any(
        DeviceSubject(one.request) == approval.subject
        and isinstance(one.phase, Sighted)
        and one.phase.in_reading < after.devices.committed
        for one in record.candidates
    )


def is_denied(record: Pairing, ask: AskId, fact: PairingFact | None) -> bool:
    """Whether somebody is told no whose command ran and did not say so itself."""
    approval = next((one for one in record.approvals if ask in one.askers), None)
    if approval is None:
        return False
    match approval.phase:
        case Queued():
            return False
        case Approving(op=op) | Looking(of=op):
            ended = fact.outcome if isinstance(fact, PairingReplied) and fact.op == op else None
            return ended not in (CommandEnd.FAILED, CommandEnd.NOT_STARTED)
