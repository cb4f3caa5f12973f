"""Judges a trace by every rule that its contents allow: held, broken with the line, or not judged with what is missing.

Where a trace tells the truth, the rules look at it. Where it does not, those that the explorer claims as well are
judged by the claims, over every scene that the answers allow; of the others nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from attrs import define, field, frozen

from kiloclaw_core.explore.model import Claim
from kiloclaw_core.rules.asked import Place
from kiloclaw_core.rules.book import CHANGES, Book, Step, begin
from kiloclaw_core.rules.catalogue import RULES, Need, Rule
from kiloclaw_core.rules.claimed import Witness, sight
from kiloclaw_core.rules.finding import Break, Fold
from kiloclaw_core.rules.unseen import Unseen
from kiloclaw_core.rules.writes import StaleWrite
from kiloclaw_core.trace.judging import NEVER_RESTS, NEVER_TOLD, TRACE_CLAIMS, Inquiry, every_scene
from kiloclaw_core.trace.lines import Happening, Header, Initial, Quiesce
from kiloclaw_core.trace.outside import Told
from kiloclaw_core.trace.parsing import in_order
from kiloclaw_core.trace.scenes import Telling, begin_telling
from kiloclaw_core.world.scene import Scene

RuleWord = Literal["held", "broken", "not_judged"]

NO_TRUTH: Final = "the trace does not tell what really happened outside"
NO_DATA: Final = "the trace does not say what is on the volumes"
NO_REQUESTS: Final = "the trace tells of no request to the provider"
NO_SIZE: Final = "the trace does not say how large the machines are"
NO_REGION: Final = "the trace does not say where the volumes are"
NOT_SIGNED: Final = "the trace does not say whose commits these were"
CLAIMED: Final = {claim.name: claim for claim in TRACE_CLAIMS}


@frozen
class RuleVerdict:
    """What became of one rule: the break where it is broken, what was missing where it is not judged."""

    rule: Rule
    verdict: RuleWord
    found: Break | None = None
    line: int | None = None
    why: str | None = None

    @property
    def message(self) -> str:
        """What there is to say beside the verdict."""
        if self.found is not None:
            return self.found.message
        return self.why or ""


@define(eq=False)
class Hearing:
    """One rule while a trace is read."""

    rule: Rule
    fold: Fold = field(init=False)
    claims: tuple[Inquiry, ...] = field(init=False)
    found: Break | None = field(init=False, default=None)
    was_true: bool = field(init=False, default=False)
    """Whether what the break rests on may have been the truth, as far as was told then."""
    claimed: dict[str, Break] = field(init=False, factory=dict)
    """What each claim saw that is broken."""

    def __attrs_post_init__(self) -> None:
        """Begin with nothing heard."""
        self.fold = self.rule.fold()
        self.claims = tuple(Inquiry(CLAIMED[name]) for name in self.rule.claims)

    def hear(self, book: Book, step: Step, *, may_be_true: bool) -> None:
        """Go on with this step; the first break stands."""
        if self.found is None:
            self.found, self.was_true = self.fold.hear(book, step), may_be_true

    def ask(self, number: int, every: tuple[Scene, ...], *, in_doubt: bool) -> tuple[Claim[Scene], ...]:
        """Have the claims judged in every scene that may have been on this line; answer those that are broken now."""
        open_still = tuple(one for one in self.claims if one.settled is None)
        for one in open_still:
            one.hear(number, every, in_doubt=in_doubt)
        return tuple(one.claim for one in open_still if one.settled is not None)

    def verdict(self, lacking: Mapping[Need, str], *, is_true: bool, tells: bool) -> RuleVerdict:
        """What became of the rule when the trace was over; `lacking` is what the trace lacks, with what to say of it.

        `tells` says that it tells anything of what is outside, so that claims have something to hold by.
        """
        needs = self.rule.needs
        if Need.TRUTH in needs and not (is_true or (self.found is not None and self.was_true)):
            judged = self._by_claims()
            return judged if tells or judged.verdict == "broken" else self._not_judged(NO_TRUTH)
        if self.found is not None:
            return RuleVerdict(self.rule, "broken", self.found, self.found.place.number)
        missing = next((why for need, why in lacking.items() if need in needs), None)
        if missing is None and isinstance(self.fold, StaleWrite) and self.fold.is_unsigned:
            missing = NOT_SIGNED
        return RuleVerdict(self.rule, "held") if missing is None else self._not_judged(missing)

    def _not_judged(self, why: str) -> RuleVerdict:
        return RuleVerdict(self.rule, "not_judged", why=why)

    def _by_claims(self) -> RuleVerdict:
        verdicts = tuple(one.verdict(begun=True) for one in self.claims)
        broken = next((one for one in verdicts if one.verdict == "broken"), None)
        if broken is not None:
            return RuleVerdict(self.rule, "broken", self.claimed[broken.claim], broken.line)
        doubtful = next((one for one in verdicts if one.verdict == "not_judged"), None)
        if doubtful is not None or not verdicts:
            why = NO_TRUTH if doubtful is None else doubtful.why
            return RuleVerdict(self.rule, "not_judged", None, None if doubtful is None else doubtful.line, why)
        return RuleVerdict(self.rule, "held")


@define(eq=False)
class Check:
    """A trace while it is judged by all rules: it keeps what is live, and no lines."""

    book: Book
    telling: Telling
    hearings: tuple[Hearing, ...]
    witness: Witness
    unseen: Unseen = field(factory=Unseen)
    seen: tuple[Scene, ...] = ()

    def tell(self, number: int, line: Happening) -> None:
        """Have every rule hear this line, and every claim what may be so after it, while no truth is told."""
        may_differ = self.telling.tell(number, line)
        step = self.book.tell(number, line)
        may_be_true = self.may_be_true
        self.unseen.hear(self.book, step)
        for hearing in self.hearings:
            hearing.hear(self.book, step, may_be_true=may_be_true)
        self.book.forget(step)
        if self.telling.outside.told is not Told.TRUTH:
            self.witness.hear(step.place)
            if may_differ:
                self.ask(step.place, None if step.call is None else step.call.place)

    @property
    def may_be_true(self) -> bool:
        """Whether the source tells the truth, or nothing shows that it does not."""
        silent = self.telling.calls.are_landings_told is False or self.book.is_contradicted
        return not self.book.is_untold and (self.book.has_world or not silent)

    def ask(self, place: Place, sent: Place | None = None) -> None:
        """Have the claims judged in every scene that the lines up to this place allow; `sent` is what it answers."""
        allowed = tuple(self.telling.scenes(resting=isinstance(place.line, Quiesce)))
        self.witness.forget(allowed)
        if allowed == self.seen:
            return
        self.seen = allowed
        every = every_scene(allowed)
        for hearing in self.hearings:
            for claim in hearing.ask(place.number, every, in_doubt=len(allowed) > 1):
                hearing.claimed[claim.name] = self.witness.told(sight(claim, allowed[0]), place, sent)

    def verdicts(self) -> tuple[RuleVerdict, ...]:
        """What became of each rule."""
        has_world, has_called = self.book.has_world, self.unseen.has_called
        is_true = self.may_be_true and (has_world or (has_called and not self._may_have_changed()))
        tells = has_world or has_called
        lacking = self._lacking(tells=tells)
        return tuple(one.verdict(lacking, is_true=is_true, tells=tells) for one in self.hearings)

    def _lacking(self, *, tells: bool) -> Mapping[Need, str]:
        """What the trace does not tell that some rules need, and what to say of it."""
        every = (
            (Need.REQUESTS, not tells, NO_REQUESTS),
            (Need.REST, not self.book.has_rested, NEVER_RESTS),
            (Need.DATA, not self.unseen.has_labels(self.book), NO_DATA),
            (Need.SIZE, self.unseen.is_unsized, NO_SIZE),
            (Need.REGION, self.unseen.is_unplaced, NO_REGION),
        )
        return {need: why for need, is_lacking, why in every if is_lacking}

    def _may_have_changed(self) -> bool:
        """Whether a request that is open may have changed what no line tells; a landing that would be told is none."""
        are_told = self.telling.calls.are_landings_told is True
        return any(one.op in CHANGES and (one.landed or not are_told) for one in self.book.open.values())


def check(lines: Iterable[str], rules: tuple[Rule, ...] = RULES) -> tuple[RuleVerdict, ...]:
    """What became of each rule in this trace, in their order. Raises MalformedTraceError."""
    told = in_order(lines)
    _, header = next(told)
    number, initial = next(told, (1, header))
    if not (isinstance(header, Header) and isinstance(initial, Initial)):
        for _ in told:
            pass  # nothing can be said of it, but what is malformed is
        return tuple(RuleVerdict(rule, "not_judged", why=NEVER_TOLD) for rule in rules)
    going = opened(header, initial, number, rules)
    for after, line in told:
        assert not isinstance(line, Header | Initial), "nothing but what happens comes after the beginning"
        going.tell(after, line)
    return going.verdicts()


def opened(header: Header, initial: Initial, number: int, rules: tuple[Rule, ...] = RULES) -> Check:
    """A check that has read how things stood at first, on this line."""
    place = Place(number, initial)
    going = Check(
        begin(header, initial, number),
        begin_telling(header, initial, number),
        tuple(Hearing(rule) for rule in rules),
        Witness(place),
    )
    going.unseen.begin(going.book)
    going.witness.hear(place)
    going.ask(place)
    return going


def words(verdict: RuleVerdict) -> Mapping[str, str | int | None]:
    """A verdict for programs."""
    return {
        "rule": verdict.rule.name,
        "verdict": verdict.verdict,
        "line": verdict.line,
        "message": verdict.message,
    }
