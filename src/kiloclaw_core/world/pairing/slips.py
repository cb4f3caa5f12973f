"""What a move does that none may do: it is told from the record before and after, and never forgotten."""

from __future__ import annotations

from collections.abc import Iterator

from kiloclaw_core.pairing.effects import KillCommand, PairingEffect, Reply, RunApprove
from kiloclaw_core.pairing.facts import LineSeen, PairingFact, PairingReplied
from kiloclaw_core.pairing.listings import Broken
from kiloclaw_core.pairing.record import Life, Pairing, PairingTransition
from kiloclaw_core.pairing.requests import DeviceSubject
from kiloclaw_core.world.pairing.scene import Slip


def slips_of(record: Pairing, transition: PairingTransition, fact: PairingFact | None) -> Iterator[Slip]:
    """What a transition does that none may do."""
    begins = [one for one in transition.effects if not isinstance(one, Reply | KillCommand)]
    if begins and Life.STOPPED in {record.life, transition.record.life}:
        yield Slip.BEGUN_AFTER_STOP
    for before, after in zip(record.shelves, transition.record.shelves, strict=True):
        if record.life is Life.STOPPED and not set(after.entries) <= set(before.entries):
            yield Slip.GREW_AFTER_STOP
        if after.committed < before.committed:
            yield Slip.WENT_BACK
        if is_failure(fact) and len(after.entries) < len(before.entries):
            yield Slip.EMPTIED
    if isinstance(fact, LineSeen) and forgets(transition.record):
        yield Slip.FORGOT
    if any(is_hasty(record, transition.record, one) for one in begins):
        yield Slip.HASTY


def forgets(after: Pairing) -> bool:
    """Whether a cache that has not stopped is not about to read, though a line was seen."""
    return after.life is not Life.STOPPED and not all(shelf.dirty or shelf.again for shelf in after.shelves)


def is_failure(fact: PairingFact | None) -> bool:
    """Whether the fact is that something could not be read."""
    return isinstance(fact, PairingReplied) and isinstance(fact.outcome, Broken)


def is_hasty(record: Pairing, after: Pairing, effect: PairingEffect) -> bool:
    """Whether something is approved that nobody asked for and that was not even a candidate before."""
    if not isinstance(effect, RunApprove) or any(
        one.subject == effect.subject for one in after.approvals if one.askers
    ):
        return False
    return not any(DeviceSubject(one.request) == effect.subject for one in record.candidates)
