"""Reading a list anew: one reading of a kind at a time, step by step, and what it commits when it ends.

`Idle -> Reading -> Idle`. Channels take one step for the configuration and one for each channel, devices take one.
Whoever asks while a reading is under way is answered by the next one, because what he asks about may have come after
the reading began. What cannot be read keeps what was known before.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from kiloclaw_core.instance import Note
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import approve, trust
from kiloclaw_core.pairing.answers import Fresh, Refreshed
from kiloclaw_core.pairing.effects import ListChannel, ListDevices, PairingEffect, ReadConfig
from kiloclaw_core.pairing.facts import CommandEnd, ConfigRead, PairingOutcome
from kiloclaw_core.pairing.listings import Break, Broken, Listing, Missing, Ok, Source
from kiloclaw_core.pairing.names import ChannelName
from kiloclaw_core.pairing.record import (
    Idle,
    Moments,
    Pairing,
    PairingTransition,
    Reading,
    Running,
    Shelf,
    numbered,
    replies,
    with_shelf,
)
from kiloclaw_core.pairing.requests import ChannelRequest, DeviceRequest, Kind, PendingRequest

DEVICES = ChannelName("")
"""What the one step of a reading of devices is called among what was read."""
CONFIGURATION = ChannelName("configuration")
"""What the first step of a reading of channels is called among what could not be read."""
STALE = Refreshed(Fresh.STALE)


def begun(record: Pairing, kind: Kind) -> PairingTransition:
    """A reading that was asked for begins, unless one is under way; behind one that is overdue nobody waits."""
    shelf = record.shelf(kind)
    match shelf.phase:
        case Idle() if shelf.wanted or shelf.again:
            return begin(record, shelf)
        case Reading(overdue=True) if shelf.wanted:
            answered = with_shelf(record, evolve(shelf, wanted=(), again=True))
            return PairingTransition(answered, replies(shelf.wanted, STALE))
        case Idle() | Reading():
            return PairingTransition(record)


def begin(record: Pairing, shelf: Shelf) -> PairingTransition:
    """The reading begins; a line that was seen before is seen to by it."""
    op, record = numbered(record)
    begun = evolve(shelf, dirty=False, again=False, wanted=(), waiting=shelf.wanted)
    match shelf.kind:
        case Kind.CHANNELS:
            reading = evolve(begun, phase=Reading(op, op))
            return PairingTransition(with_shelf(record, reading), (ReadConfig(op),))
        case Kind.DEVICES:
            return step(with_shelf(record, evolve(begun, phase=Reading(op, None, (DEVICES,)))), shelf.kind)


def step(record: Pairing, kind: Kind) -> PairingTransition:
    """The next step of a reading: at once where files are read, in its turn on the command line."""
    match record.policy.source:
        case Source.FILES:
            return take_step(record, kind)
        case Source.COMMAND_LINE:
            return PairingTransition(record)


def take_step(record: Pairing, kind: Kind) -> PairingTransition:
    """The step is taken; where it runs a command, that is the one that runs now."""
    shelf = record.shelf(kind)
    assert isinstance(shelf.phase, Reading), f"nothing is being read of {kind}"
    op, record = numbered(record)
    record = with_shelf(record, evolve(shelf, phase=evolve(shelf.phase, op=op)))
    if record.policy.source is Source.COMMAND_LINE:
        record = evolve(record, command=Running(op))
    return PairingTransition(record, (listing_of(record, kind, op, shelf.phase.left[0]),))


def listing_of(record: Pairing, kind: Kind, op: OpId, channel: ChannelName) -> PairingEffect:
    """The effect that reads one step."""
    policy = record.policy
    match kind:
        case Kind.CHANNELS:
            return ListChannel(op, channel, policy.source, policy.list_s, policy.kill_grace_s)
        case Kind.DEVICES:
            return ListDevices(op, policy.source, policy.list_s, policy.kill_grace_s)


def heard(record: Pairing, kind: Kind, outcome: PairingOutcome, at: int) -> PairingTransition:
    """The step that was under way is answered."""
    shelf = record.shelf(kind)
    assert isinstance(shelf.phase, Reading), f"nothing is being read of {kind}"
    if shelf.phase.op == shelf.phase.began:
        return configured(record, shelf, shelf.phase, outcome, at)
    channel, *left = shelf.phase.left
    got = (*shelf.phase.got, (channel, listing_in(outcome)))
    return onward(record, shelf, evolve(shelf.phase, op=None, left=tuple(left), got=got), at)


def configured(record: Pairing, shelf: Shelf, reading: Reading, outcome: PairingOutcome, at: int) -> PairingTransition:
    """The configuration is read: what it sets up is read next. What it does not tell cannot be read at all."""
    match outcome:
        case ConfigRead(channels=channels):
            return onward(record, shelf, evolve(reading, op=None, left=channels), at)
        case Ok() | Missing() | Broken() | CommandEnd():
            broken = outcome if isinstance(outcome, Broken) else Broken()
            return ended(record, shelf, None, ((CONFIGURATION, broken),), at)


def listing_in(outcome: PairingOutcome) -> Listing:
    """The listing that an answer is; an answer to another question is none."""
    match outcome:
        case Ok() | Missing() | Broken():
            return outcome
        case ConfigRead() | CommandEnd():
            return Broken(Break.UNREADABLE)


def onward(record: Pairing, shelf: Shelf, reading: Reading, at: int) -> PairingTransition:
    """The next step of the reading, or its end."""
    shelf = evolve(shelf, phase=reading)
    if reading.left:
        return step(with_shelf(record, shelf), shelf.kind)
    return ended(record, shelf, entries_of(shelf, reading), reading.got, at)


def entries_of(shelf: Shelf, reading: Reading) -> tuple[PendingRequest, ...] | None:
    """What is pending as of this reading, each failed part as it was before; None where every part failed."""
    listings = [listing for _, listing in reading.got]
    if listings and all(isinstance(listing, Broken) for listing in listings):
        return None
    return tuple(entry for name, listing in reading.got for entry in part_of(shelf, name, listing))


def part_of(shelf: Shelf, name: ChannelName, listing: Listing) -> tuple[PendingRequest, ...]:
    """What one listing says is pending; where it is broken, what was pending there before."""
    match listing:
        case Ok(entries=entries):
            return entries
        case Missing():
            return ()
        case Broken():
            return tuple(entry for entry in shelf.entries if place_of(entry) == name)


def place_of(entry: PendingRequest) -> ChannelName:
    """Where an entry is read."""
    match entry:
        case ChannelRequest(channel=channel):
            return channel
        case DeviceRequest():
            return DEVICES


def ended(
    record: Pairing,
    shelf: Shelf,
    entries: tuple[PendingRequest, ...] | None,
    got: tuple[tuple[ChannelName, Listing], ...],
    at: int,
) -> PairingTransition:
    """The reading has ended: what it shows is committed, unless something later has been; who waited is answered.

    Something later is an approval that succeeded in between: what was read before it may still show the request, so
    that it is not kept, and the list is as stale as those are told who waited.
    """
    assert isinstance(shelf.phase, Reading), f"nothing is being read of {shelf.kind}"
    began = shelf.phase.began
    broken = {name: listing.why for name, listing in got if isinstance(listing, Broken)}
    overtaken = began <= shelf.committed
    fresh = Fresh.STALE if entries is None or overtaken else Fresh.PARTLY if broken else Fresh.FRESH
    rested = rest(shelf, began, failed=entries is None, partly=bool(broken), at=at)
    rested = evolve(rested, stale=fresh is not Fresh.FRESH)
    if entries is not None and not overtaken:
        rested = committed(rested, entries, began, at)
    ending = PairingTransition(
        with_shelf(record, rested), replies(shelf.waiting, Refreshed(fresh)), notes_of(rested, entries, broken)
    )
    if overtaken:
        return ending
    readable = tuple(name for name, _ in got if name not in broken)
    ending = ending.then(approve.looked(ending.record, shelf.kind, began, readable))
    if entries is None or shelf.kind is Kind.CHANNELS:
        return ending
    return ending.then(PairingTransition(trust.reckoned(ending.record, began)))


def rest(shelf: Shelf, began: OpId, *, failed: bool, partly: bool, at: int) -> Shelf:
    """The shelf at rest after a reading, with the failures that it now has in a row."""
    success = shelf.moments.success if failed or partly else at
    return evolve(
        shelf,
        phase=Idle(began),
        failures=shelf.failures + 1 if failed else 0,
        waiting=(),
        moments=Moments(at, success, shelf.moments.commit),
    )


def committed(shelf: Shelf, entries: tuple[PendingRequest, ...], began: OpId, at: int) -> Shelf:
    """The shelf with what the reading shows, as of its generation."""
    return evolve(shelf, entries=entries, committed=began, moments=evolve(shelf.moments, commit=at))


def notes_of(
    shelf: Shelf, entries: tuple[PendingRequest, ...] | None, broken: Mapping[ChannelName, Break]
) -> tuple[Note, ...]:
    """What the log is told of a reading that did not go as it should: which list and why, and never what is in it."""
    kind = ("kind", shelf.kind.value)
    because = ("because", "; ".join(f"{name or kind[1]}: {why.value}" for name, why in broken.items()))
    if entries is None:
        return (Note("pairing.refresh_failed", (kind, ("failures", str(shelf.failures)), because)),)
    if broken:
        return (Note("pairing.refresh_partial", (kind, ("kept", ", ".join(broken)), because)),)
    return ()


def overdue(record: Pairing, kind: Kind) -> PairingTransition:
    """It takes too long for those who wait: they are answered, and the reading goes on."""
    shelf = record.shelf(kind)
    assert isinstance(shelf.phase, Reading), f"nothing is being read of {kind}"
    waiting = (*shelf.waiting, *shelf.wanted)
    late = evolve(
        shelf,
        phase=evolve(shelf.phase, overdue=True),
        waiting=(),
        wanted=(),
        again=shelf.again or bool(shelf.wanted),
        stale=True,
    )
    note = Note("pairing.refresh_overdue", (("kind", kind.value),))
    return PairingTransition(with_shelf(record, late), replies(waiting, STALE), (note,))
