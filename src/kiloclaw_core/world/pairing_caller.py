"""A caller that lists and one that approves, before a controller of any age, with one fault: every order of events.

What is asked lands at one instant and is answered at another. The truth is one request that is pending until something
approves it, which works once (pairing 1.8). A fault is an answer that is lost, a stranger's 404, a command that is
killed before or after it acted, or a cache that fails.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import Final

from attrs import evolve, field, frozen

from kiloclaw_core.explore import Action, Claim, EachSlot, Joint, Local, Move, Pruning, Rule, When
from kiloclaw_core.pairing.caller import keeping
from kiloclaw_core.pairing.caller.approving import approve_begun, approve_heard
from kiloclaw_core.pairing.caller.capabilities import OURS, Capabilities
from kiloclaw_core.pairing.caller.flow import (
    ApproveCall,
    ApproveHeard,
    AskVersion,
    CacheDone,
    CacheDrop,
    CacheGet,
    CacheGot,
    CachePut,
    CallApprove,
    CallEffect,
    CallFact,
    Calling,
    CallList,
    ExecApprove,
    ExecEnded,
    ExecList,
    ExecListed,
    ListCall,
    ListHeard,
    LookAtMachine,
    MachineSeen,
    VersionHeard,
)
from kiloclaw_core.pairing.caller.keeping import Kept
from kiloclaw_core.pairing.caller.listing import list_begun, list_heard
from kiloclaw_core.pairing.caller.verdicts import Granted, Listed, Miss, Told, Turned
from kiloclaw_core.pairing.facts import CommandEnd
from kiloclaw_core.pairing.listings import Broken, Ok
from kiloclaw_core.pairing.requests import Kind, PendingRequest, subject_of
from kiloclaw_core.world.pairing_caller_claims import (
    CALLER_CLAIMS,
    ROUTED,
    CallerScene,
    Controller,
    Truth,
)
from kiloclaw_core.world.pairing_world import MESSAGE

LISTING: Final = ListCall(Kind.CHANNELS)
APPROVING: Final = ApproveCall(subject_of(MESSAGE))
LATER: Final = 1
"""A moment before whatever is kept grows old; this world has no other."""


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


# -- what lands --------------------------------------------------------------------------------------------------


def pending(truth: Truth) -> tuple[PendingRequest, ...]:
    """What is listed."""
    return (MESSAGE,) if truth.pending else ()


def approve(truth: Truth) -> tuple[Truth, CommandEnd]:
    """What the command does: it works once."""
    if not truth.pending:
        return evolve(truth, tries=truth.tries + 1), CommandEnd.FAILED
    return Truth(pending=False, tries=truth.tries + 1, approved=True), CommandEnd.SUCCEEDED


def missing(controller: Controller) -> Miss:
    """What a route that is not served is answered with."""
    match controller:
        case Controller.CODED | Controller.UNCODED | Controller.WITHOUT:
            return Miss.ROUTE_UNKNOWN
        case Controller.BARE:
            return Miss.DENIED
        case Controller.STARTING | Controller.DOWN | Controller.CURRENT | Controller.SILENT:
            return Miss.UNAVAILABLE


def version(controller: Controller) -> Told | Miss:
    """What the controller says that it can do; the oldest have no such route either."""
    match controller:
        case Controller.CURRENT:
            return Told(Capabilities(OURS))
        case Controller.WITHOUT:
            return Told(Capabilities(("files",)))
        case Controller.SILENT | Controller.CODED:
            return Told(None)
        case Controller.UNCODED | Controller.BARE | Controller.STARTING | Controller.DOWN:
            return missing(controller)


def land(controller: Controller, truth: Truth, kept: Kept, effect: CallEffect) -> tuple[Truth, Kept, CallFact]:
    """What becomes of the truth and of the cache, and what is answered."""
    match effect:
        case LookAtMachine():
            return truth, kept, MachineSeen.DOWN if controller is Controller.DOWN else MachineSeen.UP
        case AskVersion():
            return truth, kept, VersionHeard(version(controller))
        case CallList():
            listed = Listed(pending(truth)) if controller in ROUTED else missing(controller)
            return truth, kept, ListHeard(listed)
        case CallApprove():
            if controller not in ROUTED:
                return truth, kept, ApproveHeard(missing(controller))
            after, end = approve(truth)
            return after, kept, ApproveHeard(Granted() if end is CommandEnd.SUCCEEDED else Turned())
        case CacheGet():
            return truth, kept, CacheGot(kept.epoch, keeping.shown(kept, LATER))
        case CachePut(epoch=epoch, requests=requests):
            return truth, keeping.put(kept, epoch, requests, LATER + 1), CacheDone()
        case CacheDrop():
            return truth, keeping.dropped(kept), CacheDone()
        case ExecList():
            return truth, kept, ExecListed(Ok(pending(truth)))
        case ExecApprove():
            after, end = approve(truth)
            return after, kept, ExecEnded(end)


def lost(effect: CallEffect) -> tuple[CallFact, ...]:
    """What an answer that never came, or that a stranger gave, is heard as."""
    match effect:
        case LookAtMachine():
            return (MachineSeen.UNKNOWN,)
        case AskVersion():
            return (VersionHeard(Miss.UNAVAILABLE), VersionHeard(Miss.ROUTE_UNKNOWN), VersionHeard(Miss.INVALID))
        case CallList():
            return (ListHeard(Miss.UNAVAILABLE), ListHeard(Miss.INVALID))
        case CallApprove():
            return (ApproveHeard(Miss.AMBIGUOUS),)
        case CacheGet():
            return (CacheGot(None),)
        case CachePut() | CacheDrop():
            return (CacheDone(well=False),)
        case ExecList():
            return (ExecListed(Broken()),)
        case ExecApprove():
            return (ExecEnded(CommandEnd.KILLED),)


def stray(effect: CallEffect) -> tuple[CallFact, ...]:
    """What a stranger on the way answers before anything has landed: a 404 without a code, or a refusal."""
    match effect:
        case CallList():
            return (ListHeard(Miss.ROUTE_UNKNOWN),)
        case CallApprove():
            return (ApproveHeard(Miss.ROUTE_UNKNOWN), ApproveHeard(Miss.UNAVAILABLE))
        case ExecApprove():
            return (ExecEnded(CommandEnd.NOT_STARTED),)
        case LookAtMachine() | AskVersion() | CacheGet() | CachePut() | CacheDrop() | ExecList():
            return ()


# -- moves -------------------------------------------------------------------------------------------------------


def landing(  # noqa: PLR0913, PLR0917 - one argument for each part it reads
    slot: Slot,
    _blocked: bool,  # noqa: FBT001 - the explorer's signature
    controller: Controller,
    truth: Truth,
    kept: Kept,
    was_dropped: bool,  # noqa: FBT001 - a part
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
            for heard in lost(effect):
                words = _at(of, effect, f"lands, and is heard as {_word(heard)}")
                yield Move(words, When.FREE, (*writes, paid), (Inbound(of, heard),))
            for heard in (*lost(effect), *stray(effect)):
                words = _at(of, effect, f"never lands, and is heard as {_word(heard)}")
                yield Move(words, When.FREE, (paid,), (Inbound(of, heard),))


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
        case VersionHeard(verdict=verdict) | ListHeard(verdict=verdict) | ApproveHeard(verdict=verdict):
            return verdict.name.lower() if isinstance(verdict, Miss) else type(verdict).__name__
        case ExecEnded(end=end):
            return end.name.lower()
        case ExecListed(listing=listing):
            return type(listing).__name__
        case CacheGot() | CacheDone():
            return type(fact).__name__


@frozen
class CallerSystem:
    """The product of two calls, the controller, the truth, the cache, and what is on its way."""

    controller: Controller = Controller.CURRENT
    faults: int = 1
    listing: ListCall = LISTING
    kept: Kept = Kept()
    claims: tuple[Claim[CallerScene], ...] = CALLER_CLAIMS
    names: tuple[str, ...] = ("controller", "listing", "approving", "truth", "kept", "dropped", "faults", "begun")
    anchor: str | None = None
    pruning: Pruning | None = None
    rules: tuple[Rule, ...] = field(init=False)

    @rules.default
    def _rules(self) -> tuple[Rule, ...]:
        return (
            Local(("listing", "approving", "begun"), beginning),
            EachSlot(("listing", "approving"), hearing),
            EachSlot(("controller", "truth", "kept", "dropped", "faults"), landing),
        )

    def initial(self) -> Joint:
        """Nobody has called."""
        return Joint((self.controller, self.listing, APPROVING, Truth(), self.kept, False, self.faults, ()), ())

    def numbers(self, value: Hashable, /) -> tuple[int, ...]:
        """There are no numbers: a call has one thing under way."""
        del value
        return ()

    def renumber(self, value: Hashable, mapping: Mapping[int, int], /) -> Hashable:
        """The value, for it has no numbers."""
        del mapping
        return value

    def slot_key(self, slot: Hashable, /) -> tuple[str, str, str]:
        """Slots by call; a call has one at most."""
        assert isinstance(slot, Slot), f"{slot} is no slot"
        return slot.of, type(slot).__name__, repr(slot)

    def scene(self, joint: Joint, /) -> CallerScene:
        """What claims look at."""
        controller, listing, approving, truth, kept, was_dropped, _, _ = joint.parts
        assert isinstance(controller, Controller), f"{controller} is no controller"
        assert isinstance(listing, ListCall), f"{listing} is no call for a list"
        assert isinstance(approving, ApproveCall), f"{approving} is no call that approves"
        assert isinstance(truth, Truth), f"{truth} is no truth"
        assert isinstance(kept, Kept), f"{kept} is not kept"
        effects = tuple(slot.effect for slot in joint.bag if isinstance(slot, Outbound))
        return CallerScene(controller, listing, approving, truth, kept, effects, was_dropped is True)
