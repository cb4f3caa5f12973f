"""What goes wrong between a caller and a controller: PW4, PW9, PW19 and PW20, brought back."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_adapters.mutants.mutant import Mutant
from kiloclaw_core.pairing.answers import Approved, Seen
from kiloclaw_core.pairing.caller import approving, keeping, listing, ways
from kiloclaw_core.pairing.caller.flow import (
    ApproveCall,
    Calling,
    Failed,
    Failing,
    Known,
    ListCall,
    ListEnd,
    MachineSeen,
    Shown,
    Via,
)
from kiloclaw_core.pairing.caller.verdicts import Listed, ListVerdict, Miss, Told, VersionVerdict
from kiloclaw_core.pairing.caller.ways import Way
from kiloclaw_core.pairing.requests import Kind, PendingRequest, Subject
from kiloclaw_core.world.pairing.caller.scene import Controller
from kiloclaw_core.world.pairing.caller.system import CallerSystem

_over = listing.over
_seen_in_answer = approving.seen_in_answer
_way_missed = ways.way_missed
_way_told = ways.way_told
_way_seen = ways.way_seen


def replayed(call: ApproveCall) -> Calling:
    """An approval of which nobody knows is sent once more."""
    return approving.go(call, Way.GUESS)


def lost_is_failed(call: ApproveCall) -> Calling:
    """An approval of which nobody knows has failed."""
    return approving.over(call, Failed(Failing.UNREACHABLE))


def any_404(miss: Miss, *, guessing: bool) -> Way | Failing:
    """A 404 is believed, whatever the controller has said before."""
    return Way.ROUND if miss is Miss.ROUTE_UNKNOWN else _way_missed(miss, guessing=guessing)


def error_is_empty(call: ListCall, end: ListEnd) -> Calling:
    """A list that could not be had is an empty one."""
    return _over(call, Shown((), Via.CONTROLLER) if isinstance(end, Failed) else end)


def put_late(kept: keeping.Kept, epoch: int, requests: tuple[PendingRequest, ...], until_ms: int) -> keeping.Kept:
    """What is read is kept, however much was approved since it was asked for."""
    return evolve(kept, requests=requests, until_ms=until_ms)


def masked(call: ApproveCall) -> Calling:
    """An approval of which the cache could not be told has failed."""
    return approving.over(call, Failed(Failing.UNREACHABLE))


def waking(known: Known, kind: Kind, seen: MachineSeen) -> Way | Failing:
    """Whether the machine is up is not asked."""
    return _way_seen(known, kind, MachineSeen.UP)


def lost_is_approved(call: ApproveCall) -> Calling:
    """An approval of which nobody knows has succeeded."""
    return approving.over(call, Approved())


def silent_is_old(verdict: VersionVerdict, kind: Kind) -> Way | Failing:
    """A controller that does not say what it can do is gone round."""
    return Way.ROUND if verdict == Told(None) else _way_told(verdict, kind)


def stale_is_fresh(subject: Subject, verdict: ListVerdict) -> Seen:
    """What was known before tells what became of an approval."""
    return _seen_in_answer(subject, evolve(verdict, stale=False) if isinstance(verdict, Listed) else verdict)


def silence_is_fresh(subject: Subject, verdict: ListVerdict) -> Seen:
    """A controller that does not say whether its list is stale is taken to have read it anew."""
    match verdict:
        case Listed(requests=requests, stale=None):
            return _seen_in_answer(subject, Listed(requests, stale=False))
        case Listed() | Miss():
            return _seen_in_answer(subject, verdict)


def silence_shown_as_fresh(call: ListCall, end: ListEnd) -> Calling:
    """A list of which nobody says how old it is is shown as one that is up to date."""
    return _over(call, evolve(end, stale=bool(end.stale)) if isinstance(end, Shown) else end)


def script_is_whole(subject: Subject, requests: tuple[PendingRequest, ...]) -> bool:
    """What a script does not list is not pending, though it may not have been read."""
    return True


def looks_on(call: ListCall, epoch: int | None, requests: tuple[PendingRequest, ...] | None) -> Calling:
    """A cache that has nothing is asked again."""
    return listing.fall_back(call)


MUTANTS: Final[tuple[Mutant, ...]] = (
    Mutant("replayed", ("PW4",), approving, "look", replayed, CallerSystem(), "one try"),
    Mutant(
        "lost-is-failed", ("PW4",), approving, "look", lost_is_failed, CallerSystem(), "an approval is never denied"
    ),
    Mutant("any-404", ("PW9",), ways, "way_missed", any_404, CallerSystem(), "exec on proof"),
    Mutant("error-is-empty", ("PW9",), listing, "over", error_is_empty, CallerSystem(), "an error is no list"),
    Mutant("put-late", ("PW19",), keeping, "put", put_late, CallerSystem(Controller.CODED), "nothing comes back"),
    Mutant(
        "masked",
        ("PW19",),
        approving,
        "_dropped",
        masked,
        CallerSystem(Controller.CODED),
        "an approval is never denied",
    ),
    Mutant("waking", ("PW20", "B133"), ways, "way_seen", waking, CallerSystem(Controller.DOWN), "nobody is woken"),
    Mutant(
        "lost-is-approved", (), approving, "look", lost_is_approved, CallerSystem(), "an approval is never asserted"
    ),
    Mutant(
        "silent-is-old", ("PW9",), ways, "way_told", silent_is_old, CallerSystem(Controller.SILENT), "exec on proof"
    ),
    Mutant(
        "stale-is-fresh",
        ("PW4",),
        approving,
        "seen_in_answer",
        stale_is_fresh,
        CallerSystem(faults=2),
        "a look tells the truth",
    ),
    Mutant(
        "silence-is-fresh",
        ("PW4",),
        approving,
        "seen_in_answer",
        silence_is_fresh,
        CallerSystem(Controller.SILENT, faults=2),
        "a look tells the truth",
    ),
    Mutant(
        "silence-shown-as-fresh",
        ("PW22",),
        listing,
        "over",
        silence_shown_as_fresh,
        CallerSystem(Controller.SILENT),
        "silence is no freshness",
    ),
    Mutant(
        "script-is-whole",
        ("PW4",),
        approving,
        "is_told_of",
        script_is_whole,
        CallerSystem(Controller.CODED, faults=2),
        "a look tells the truth",
    ),
    Mutant("looks-on", (), listing, "_looked_up", looks_on, CallerSystem(Controller.CODED), "every call ends"),
)
