"""What is claimed of a caller that lists and approves: S7, S10, S11 and the guard of pairing 6.2.

Predicates over one moment; every *always* has a *sometimes* that shows the danger was there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kiloclaw_core.explore import Claim, Kind
from kiloclaw_core.pairing.answers import Approved, NotApproved, Seen, Unsure
from kiloclaw_core.pairing.caller.flow import (
    AskVersion,
    CallApprove,
    CallList,
    ExecApprove,
    ExecList,
    Failed,
    Failing,
    Shown,
    Via,
)
from kiloclaw_core.world.pairing.caller.scene import GONE_ROUND, CallerScene, Controller
from kiloclaw_core.world.pairing.truth import MESSAGE


def never_denied(scene: CallerScene) -> bool:
    """Whether nobody was told that nothing was approved when it was (S7)."""
    return not (scene.truth.approved and isinstance(scene.approving.end, NotApproved | Failed))


def never_asserted(scene: CallerScene) -> bool:
    """Whether nobody was told that it is approved unless it is."""
    return scene.approving.end != Approved() or scene.truth.approved


def one_try(scene: CallerScene) -> bool:
    """Whether one call has had it approved once at the most (PW4)."""
    under_way = sum(isinstance(one, CallApprove | ExecApprove) for one in scene.effects)
    return scene.truth.tries <= 1 and under_way <= 1


def exec_on_proof(scene: CallerScene) -> bool:
    """Whether a command is run only where there is no such route, or where strangers have said so (S11).

    Of a controller that says what it can do, or cannot be asked, they must have said so twice to the same call: to the
    question what it can do and to the call itself. Then it is told from one without the routes by nothing.
    """
    enough = 1 if scene.controller is Controller.SILENT else 2
    executing = {of for of, effect in scene.under_way if isinstance(effect, ExecApprove | ExecList)}
    return scene.controller in GONE_ROUND or all(scene.misled.count(of) >= enough for of in executing)


def an_error_is_no_list(scene: CallerScene) -> bool:
    """Whether whoever is shown a list is shown what is pending, or told that it may be out of date (S11).

    But a script leaves out what it could not read, and says nothing of it (pairing 1.7), and neither does a silent
    controller that has read nothing anew: then it must not be said that the list is fresh.
    """
    end = scene.listing.end
    if not isinstance(end, Shown) or end.stale or scene.truth.approved:
        return True
    silent = end.via is Via.EXEC or scene.controller is Controller.SILENT
    return end.requests == (MESSAGE,) or (end.stale is None and silent and scene.troubled)


def freshness_is_said(scene: CallerScene) -> bool:
    """Whether nobody is told that a list is up to date unless the controller says how old its lists are (S11)."""
    end = scene.listing.end
    return not isinstance(end, Shown) or end.stale is not False or scene.controller is Controller.CURRENT


def a_look_tells_the_truth(scene: CallerScene) -> bool:
    """Whether whoever is told that a request is still pending, or is not, is told what is so."""
    end = scene.approving.end
    return end not in (Unsure(Seen.LISTED), Unsure(Seen.ABSENT)) or scene.truth.pending is (end == Unsure(Seen.LISTED))


def nothing_comes_back(scene: CallerScene) -> bool:
    """Whether what is kept does not show the request once the cache was told of its approval (PW19)."""
    return not (scene.dropped and scene.truth.approved) or MESSAGE not in (scene.kept.requests or ())


def nobody_is_woken(scene: CallerScene) -> bool:
    """Whether a machine that is down is not called (PW20)."""
    calling = any(isinstance(one, AskVersion | CallList | CallApprove) for one in scene.effects)
    return scene.controller is not Controller.DOWN or not calling


def at_home(scene: CallerScene) -> bool:
    """Whether both calls have ended."""
    return scene.listing.end is not None and scene.approving.end is not None


def shown_by(via: Via) -> Callable[[CallerScene], bool]:
    """Whether a list comes from there."""
    return lambda scene: isinstance(scene.listing.end, Shown) and scene.listing.end.via is via


def failed_for(why: Failing) -> Callable[[CallerScene], bool]:
    """Whether a call came to nothing for this reason."""
    return lambda scene: Failed(why) in {scene.listing.end, scene.approving.end}


def doubtful(seen: Seen) -> Callable[[CallerScene], bool]:
    """Whether an approval ended in doubt, with this seen."""
    return lambda scene: scene.approving.end == Unsure(seen)


def _always(
    name: str, sentence: str, reads: tuple[str, ...], holds: Callable[[CallerScene], bool]
) -> Claim[CallerScene]:
    return Claim(name, sentence, Kind.ALWAYS, reads, holds)


def _sometimes(name: str, reads: tuple[str, ...], holds: Callable[[CallerScene], bool]) -> Claim[CallerScene]:
    return Claim(name, f"It happens: {name}.", Kind.SOMETIMES, reads, holds)


CALLER_CLAIMS: Final[tuple[Claim[CallerScene], ...]] = (
    _always(
        "an approval is never denied",
        "Nobody is told that nothing was approved when it was.",
        ("approving", "truth"),
        never_denied,
    ),
    _always(
        "an approval is never asserted",
        "Nobody is told that it is approved unless it is.",
        ("approving", "truth"),
        never_asserted,
    ),
    _always("one try", "A call has a request approved once at the most.", ("truth", "bag"), one_try),
    _always(
        "exec on proof",
        "Exec is used only where the controller has no such route, or where strangers say so to whatever it is asked.",
        ("controller", "misled", "bag"),
        exec_on_proof,
    ),
    _always(
        "an error is no list",
        "Whoever is shown a list is shown what is pending, or told that it may be out of date, or that nobody says.",
        ("controller", "listing", "truth", "faults"),
        an_error_is_no_list,
    ),
    _always(
        "silence is no freshness",
        "Nobody is told that a list is up to date unless the controller has said so.",
        ("controller", "listing"),
        freshness_is_said,
    ),
    _always(
        "nothing comes back",
        "What is kept does not show a request once the cache was told of its approval.",
        ("truth", "kept", "dropped"),
        nothing_comes_back,
    ),
    _always(
        "a look tells the truth",
        "Whoever is told that a request is still pending, or no longer, is told what is so.",
        ("approving", "truth"),
        a_look_tells_the_truth,
    ),
    _always("nobody is woken", "A machine that is down is not called.", ("controller", "bag"), nobody_is_woken),
    Claim("every call ends", "Every call ends.", Kind.LEADS_HOME, ("listing", "approving"), at_home),
)

CALLER_WITNESSES: Final[tuple[Claim[CallerScene], ...]] = (
    _sometimes("a list by the controller", ("listing",), shown_by(Via.CONTROLLER)),
    _sometimes("a list by exec", ("listing",), shown_by(Via.EXEC)),
    _sometimes("a list out of the cache", ("listing",), shown_by(Via.CACHE)),
    _sometimes("an approval succeeds", ("approving",), lambda scene: scene.approving.end == Approved()),
    _sometimes("in doubt and still listed", ("approving",), doubtful(Seen.LISTED)),
    _sometimes("in doubt and gone", ("approving",), doubtful(Seen.ABSENT)),
    _sometimes("in doubt and unread", ("approving",), doubtful(Seen.UNREAD)),
    _sometimes(
        "a list that is stale",
        ("listing",),
        lambda scene: isinstance(scene.listing.end, Shown) and scene.listing.end.stale is True,
    ),
    _sometimes(
        "a list of which nobody says how old it is",
        ("listing",),
        lambda scene: scene.listing.end == Shown((), Via.CONTROLLER, None),
    ),
    _sometimes("not running", ("listing", "approving"), failed_for(Failing.NOT_RUNNING)),
    _sometimes("unreachable", ("listing", "approving"), failed_for(Failing.UNREACHABLE)),
    _sometimes("denied", ("listing", "approving"), failed_for(Failing.DENIED)),
    _sometimes("contradicted", ("listing", "approving"), failed_for(Failing.CONTRADICTED)),
    _sometimes(
        "a list is kept that was read too early",
        ("listing", "truth"),
        lambda scene: scene.listing.got == (MESSAGE,) and scene.truth.approved,
    ),
)
"""What some configuration shows; each needs another controller."""
