"""Judges a trace by the claims that the explorer searches with: one definition, two uses.

A claim holds at a line if it holds in every scene that the line allows, and is broken there if it holds in none; else
it is not judged, and the verdict says which evidence was missing. That is exact for a claim which, as one thing in
doubt grows and all else stays, turns at most one way; only home, which is several claims at once, is never called
broken while anything is in doubt. Claims about rest are judged where the trace comes to rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Final, Literal

from attrs import define, evolve, fields_dict, frozen

from kiloclaw_core.claims import CLAIMS, STANDING, always
from kiloclaw_core.explore.model import Claim, Kind
from kiloclaw_core.trace.scenes import scenes
from kiloclaw_core.world.predicates import truthful
from kiloclaw_core.world.scene import Scene

Word = Literal["held", "broken", "witnessed", "not_witnessed", "not_judged"]

TRUTHFUL_AT_REST: Final = always(
    "truthful at rest",
    "At rest, what the status says is so, or a note says why not.",
    STANDING,
    lambda scene: not scene.resting or truthful(scene),
)
OURS_ALONE: Final = frozenset(
    {
        "a move keeps what it leaves",
        "no machine boots on older data",
        "the volume in use is there",
        "recoveries are few",
        "moves are few",
        "asked is wanted",
        "recoveries have a cause",
        "a restart takes effect",
        "no recovery is cut short",
        "committed when well",
        "who may ask is heard",
        "what is under way has an end",
    }
)
"""Claims that no trace tells enough for, or that other services need not keep: of a trace they are not asked at all."""
TRACE_CLAIMS: Final = (*(claim for claim in CLAIMS if claim.name not in OURS_ALONE), TRUTHFUL_AT_REST)
"""What a trace is judged by: the explorer's claims, and the part of home that is worth a verdict of its own."""
ABOUT_REST: Final = frozenset({"nothing is left behind", "tracked at rest", "an alarm is armed", TRUTHFUL_AT_REST.name})
"""The claims that other services need not keep while they work: a machine may still be on its way out when the record
is wiped, and an alarm that rings is not set."""

WHY: Final[Mapping[str, str]] = {
    "record": "the record does not say what is wanted",
    "machines": "the trace does not say for certain which machines there were, and in what state",
    "volumes": "the trace does not say for certain which volumes there were, and what was on them",
    "strangers_lost": "the trace does not say whose the deleted resources were",
    "pending": "the trace does not say what became of a request whose answer was lost",
    "mounted_deletes": "the trace does not say for certain which machine had the volume",
    "written": "the trace does not say what was written",
    "dropped": "no trace tells of facts that are dropped",
    "unserved": "no trace tells of phases that wait in vain",
    "conflicted": "no trace tells of commits that meet another",
}
"""What is missing where a part of the scene is in doubt."""
TOO_MUCH_IN_DOUBT: Final = "home is several claims at once, and the trace leaves in doubt what they depend on"
NEVER_TOLD: Final = "the trace does not say how things stood when it began"
NEVER_RESTS: Final = "the trace never comes to rest"


@frozen
class Verdict:
    """What became of one claim: `line` is the first that shows it, `why` what was missing where it is not judged."""

    claim: str
    kind: Kind
    verdict: Word
    line: int | None = None
    why: str | None = None


@define(eq=False)
class Inquiry:
    """One claim while a trace is read: where it was settled, and where it first could not be judged."""

    claim: Claim[Scene]
    was_heard: bool = False
    settled: int | None = None
    doubtful: int | None = None
    why: str = ""

    def hear(self, line: int, every: tuple[Scene, ...], *, in_doubt: bool) -> None:
        """Judge the claim in every scene that may have been on this line; `in_doubt` where its evidence allows several.

        What settles a claim is a scene in which it does not hold or, if it is a witness, one in which it does.
        """
        is_home, settling = self.claim.kind is Kind.LEADS_HOME, self.claim.kind is Kind.SOMETIMES
        if self.settled is not None or ((is_home or self.claim.name in ABOUT_REST) and not every[0].resting):
            return
        self.was_heard = True
        verdicts = tuple(self.claim.holds(scene) for scene in every)
        if all(verdict is settling for verdict in verdicts) and not (is_home and in_doubt):
            self.settled = line
        elif settling in verdicts and self.doubtful is None:
            self.doubtful = line
            self.why = _missing(every, verdicts)

    def verdict(self, *, begun: bool) -> Verdict:
        """What became of the claim when the trace was over."""
        name, kind = self.claim.name, self.claim.kind
        seeks = kind is Kind.SOMETIMES
        if self.settled is not None:
            return Verdict(name, kind, "witnessed" if seeks else "broken", self.settled)
        if not self.was_heard:
            return Verdict(name, kind, "not_judged", None, NEVER_RESTS if begun else NEVER_TOLD)
        if self.doubtful is not None:
            return Verdict(name, kind, "not_judged", self.doubtful, self.why)
        return Verdict(name, kind, "not_witnessed" if seeks else "held")


def _untold(scene: Scene) -> Iterator[Scene]:
    """The same scene as it may have been: of some things no trace can tell."""
    yield evolve(scene, dropped=True)
    yield evolve(scene, unserved="untold")
    yield evolve(scene, conflicted=True)


def every_scene(allowed: tuple[Scene, ...]) -> tuple[Scene, ...]:
    """These scenes, and each as it may have been besides."""
    return tuple(other for scene in allowed for other in (scene, *_untold(scene)))


def _missing(every: tuple[Scene, ...], verdicts: tuple[bool, ...]) -> str:
    """What was missing: each thing in doubt that by itself turns the verdict; for home, there may be none."""
    doubted = tuple(name for name in fields_dict(Scene) if len({getattr(one, name) for one in every}) > 1)
    deciding = tuple(WHY[name] for name in doubted if _decides(name, doubted, every, verdicts))
    return "; ".join(deciding) or TOO_MUCH_IN_DOUBT


def _decides(name: str, doubted: tuple[str, ...], every: tuple[Scene, ...], verdicts: tuple[bool, ...]) -> bool:
    """Whether two scenes that differ in this alone have different verdicts."""
    alike: dict[tuple[object, ...], bool] = {}
    others = tuple(other for other in doubted if other != name)
    keys = (tuple(getattr(one, other) for other in others) for one in every)
    return any(alike.setdefault(key, verdict) is not verdict for key, verdict in zip(keys, verdicts, strict=True))


def judge(lines: Iterable[str], claims: tuple[Claim[Scene], ...] = TRACE_CLAIMS) -> tuple[Verdict, ...]:
    """What became of each claim in this trace, in their order. Raises MalformedTraceError."""
    inquiries = tuple(Inquiry(claim) for claim in claims)
    seen: tuple[Scene, ...] = ()
    for line, group in groupby(scenes(lines), key=itemgetter(0)):
        allowed = tuple(scene for _, scene in group)
        if allowed == seen:
            continue  # what was said of these a line ago still stands
        seen = allowed
        every = every_scene(allowed)
        for inquiry in inquiries:
            inquiry.hear(line, every, in_doubt=len(allowed) > 1)
    return tuple(inquiry.verdict(begun=bool(seen)) for inquiry in inquiries)
