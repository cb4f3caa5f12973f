"""What happens to two calls: they begin, what they ask lands or goes astray, and they hear of it."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve, frozen

from kiloclaw_core.explore import Action, Move, When
from kiloclaw_core.pairing.caller.approving import approve_begun, approve_heard
from kiloclaw_core.pairing.caller.flow import (
    ApproveCall,
    ApproveHeard,
    CacheDone,
    CacheDrop,
    CacheGot,
    CallEffect,
    CallFact,
    Calling,
    ExecEnded,
    ExecListed,
    ListCall,
    ListHeard,
    MachineSeen,
    VersionHeard,
)
from kiloclaw_core.pairing.caller.keeping import Kept
from kiloclaw_core.pairing.caller.listing import list_begun, list_heard
from kiloclaw_core.pairing.caller.verdicts import Listed, Miss
from kiloclaw_core.world.pairing.caller.landing import land, lost, stray
from kiloclaw_core.world.pairing.caller.scene import GONE_ROUND, Controller, Truth


@frozen
class Outbound:
    """Something that was asked, by the call of this name."""

    of: str
    effect: CallEffect


@frozen
class Inbound:
    """An answer on its way."""

    of: str
    fact: CallFact


Slot = Outbound | Inbound


def landing(  # noqa: PLR0913, PLR0917 - one argument for each part it reads
    slot: Slot,
    _blocked: bool,  # noqa: FBT001 - the explorer's signature
    controller: Controller,
    truth: Truth,
    kept: Kept,
    was_dropped: bool,  # noqa: FBT001 - a part
    misled: tuple[str, ...],
    faults: int,
) -> Iterator[Move]:
    """What was asked lands and is answered; or its answer is lost, or a stranger answers in its place."""
    match slot:
        case Inbound():
            return
        case Outbound(of=of, effect=effect):
            after, keeps, fact = land(controller, truth, kept, effect)
            told = was_dropped or isinstance(effect, CacheDrop)
            writes = (("truth", after), ("kept", keeps), ("dropped", told))
            yield Move(_at(of, effect, "lands"), When.CALM, writes, (Inbound(of, fact),))
            if not faults:
                return
            paid = ("faults", faults - 1)
            for heard in lost(controller, effect):
                words = _at(of, effect, f"lands, and is heard as {_word(heard)}")
                led = _misled(misled, of, heard, controller)
                yield Move(words, When.FREE, (*writes, ("misled", led), paid), (Inbound(of, heard),))
            for heard in (*lost(controller, effect), *stray(effect)):
                words = _at(of, effect, f"never lands, and is heard as {_word(heard)}")
                led = _misled(misled, of, heard, controller)
                yield Move(words, When.FREE, (("misled", led), paid), (Inbound(of, heard),))


def _misled(before: tuple[str, ...], of: str, heard: CallFact, controller: Controller) -> tuple[str, ...]:
    """The calls that strangers misled, with this one if it is told that a route is missing which may be there."""
    match heard:
        case (
            VersionHeard(verdict=Miss.ROUTE_UNKNOWN)
            | ListHeard(verdict=Miss.ROUTE_UNKNOWN)
            | ApproveHeard(verdict=Miss.ROUTE_UNKNOWN)
        ):
            return before if controller in GONE_ROUND else tuple(sorted((*before, of)))
        case (
            MachineSeen()
            | VersionHeard()
            | ListHeard()
            | ApproveHeard()
            | CacheGot()
            | CacheDone()
            | ExecListed()
            | ExecEnded()
        ):
            return before


def hearing(slot: Slot, _blocked: bool, listing: ListCall, approving: ApproveCall) -> Iterator[Move]:  # noqa: FBT001
    """A call hears what it asked for."""
    match slot:
        case Outbound():
            return
        case Inbound(of="listing" as of, fact=fact):
            yield _called(of, list_heard(listing, fact), f"hears {_word(fact)}")
        case Inbound(of=of, fact=fact):
            yield _called(of, approve_heard(approving, fact), f"hears {_word(fact)}")


def beginning(listing: ListCall, approving: ApproveCall, begun: tuple[str, ...]) -> Iterator[Move]:
    """A call begins; both do, sooner or later."""
    if "listing" not in begun:
        move = _called("listing", list_begun(listing), "begins")
        yield evolve(move, writes=(*move.writes, ("begun", (*begun, "listing"))))
    if "approving" not in begun:
        move = _called("approving", approve_begun(approving), "begins")
        yield evolve(move, writes=(*move.writes, ("begun", tuple(sorted((*begun, "approving"))))))


def _called(of: str, calling: Calling, what: str) -> Move:
    sent = () if calling.effect is None else (Outbound(of, calling.effect),)
    return Move(Action(f"{of}: {what}", of), When.CALM, ((of, calling.call),), (), sent)


def _at(of: str, effect: CallEffect, what: str) -> Action:
    return Action(f"outside: {type(effect).__name__} of {of} {what}", "outside")


def _word(fact: CallFact) -> str:
    match fact:
        case MachineSeen():
            return fact.value
        case ListHeard(verdict=Listed(requests=requests, stale=True)):
            return f"a stale list of {len(requests)}"
        case ListHeard(verdict=Listed(requests=requests, stale=None)):
            return f"a list of {len(requests)}, as of nobody says when"
        case VersionHeard(verdict=verdict) | ListHeard(verdict=verdict) | ApproveHeard(verdict=verdict):
            return verdict.name.lower() if isinstance(verdict, Miss) else type(verdict).__name__
        case ExecEnded(end=end):
            return end.name.lower()
        case ExecListed(listing=listing):
            return type(listing).__name__
        case CacheGot() | CacheDone():
            return type(fact).__name__
