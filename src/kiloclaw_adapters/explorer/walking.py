"""One way through a system at a time, as far as it goes, by rules that answer from memory.

A search proves; a walk goes where a search would take too long. Whoever walks says which of the choices is taken, by
its number, so that what was drawn is the replay code. A finding is followed again by the rules themselves before it is
told to anybody. Who draws, and how often, is left to others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Generic, Protocol, TypeAlias

from attrs import define, frozen

from kiloclaw_core.explore import (
    Joint,
    Kind,
    Product,
    ProductModel,
    Trace,
    Verdict,
    When,
    check_product,
    passages,
    replay_code,
)
from kiloclaw_core.explore.canonical import pruned
from kiloclaw_core.explore.compiled import Arrow, CompiledRules
from kiloclaw_core.explore.components import Components, State
from kiloclaw_core.explore.judge import Judge
from kiloclaw_core.explore.model import SceneT

Draw: TypeAlias = Callable[[Sequence[Arrow]], int]
"""Whoever is shown the choices and says which is taken, by its number."""

REMEMBERED: Final = 300_000
"""How many vectors of parts are remembered before a walker begins anew, so that its memory has an end."""
AT_HAND: Final = 20_000
"""Of how many states all that may happen is at hand at a time: walks begin alike, and small systems are soon known."""


class AstrayError(AssertionError):
    """What a walk found is not so by the rules themselves.

    Either it is told of another core, or a rule or claim depends on more than it says that it reads.
    """


@frozen
class Walk:
    """Where a walk came to: the choices that were taken, what was seen on the way, and what broke at its end.

    `seen` names the witnesses that were met, and `broken` the claims that do not hold at the end. A walk ends with the
    first of them. `round_from` is set where calm went round: how many steps came before the round.
    """

    choices: tuple[int, ...]
    seen: frozenset[str] = frozenset()
    broken: tuple[str, ...] = ()
    round_from: int | None = None

    @property
    def code(self) -> str:
        """What `kiloclaw replay` follows."""
        return "/".join(map(str, self.choices))


class Walks(Protocol):
    """A system that can be walked, whatever its scenes are."""

    @property
    def so_far(self) -> tuple[int, ...]:
        """The choices of the walk that is under way, or was the last: where it was when something was raised."""
        ...

    def begin(self) -> State:
        """Where every walk begins."""
        ...

    def offered(self, state: State) -> list[Arrow]:
        """What may happen in a state of this walk, in the order of the choices."""
        ...

    def marks(self, state: State) -> int:
        """The bits of the claims that a state of this walk tells something about."""
        ...

    def walk(self, draw: Draw, length: int) -> Walk:
        """At most so many steps, or until nothing more may change, or an *always* is broken."""
        ...

    def homeward(self, walk: Walk, draw: Draw) -> Walk:
        """The same walk, led home by calm moves alone."""
        ...

    def again(self, walk: Walk) -> Walk:
        """The same choices once more, counted round where there are fewer; home afterwards where that was broken."""
        ...

    def verdict(self, walk: Walk) -> Verdict:
        """What broke at the end of a walk, its trace followed again by the rules themselves."""
        ...

    def kinds(self) -> dict[str, Kind]:
        """Every claim by its name, and what it means."""
        ...


@define(eq=False, init=False, repr=False)  # all that is remembered is nothing to be shown
class Walker(Generic[SceneT]):
    """Walks through one product; what the rules and claims said once is not asked again."""

    product: Product[SceneT]
    components: Components[SceneT]
    rules: CompiledRules[SceneT]
    judge: Judge[SceneT]
    start: State
    always: int
    """The bits of the claims that hold everywhere."""
    homes: int
    """The bits of the claims that say where home is."""
    sometimes: int
    """The bits of the witnesses."""
    _offered: dict[State, list[Arrow]]
    _marks: dict[State, int]
    _choices: list[int]

    def __init__(self, product: Product[SceneT]) -> None:
        """Begin with nothing asked; a product that contradicts itself raises a `ValueError`."""
        check_product(product)
        self.product, self._choices = product, []
        self._begin_anew()
        self.always, self.homes, self.sometimes = (
            sum(1 << number for number in self.judge.numbers(kind))
            for kind in (Kind.ALWAYS, Kind.LEADS_HOME, Kind.SOMETIMES)
        )

    def _begin_anew(self) -> None:
        """Forget all that was said."""
        self.components = Components(self.product)
        self.rules = CompiledRules(self.components)
        self.judge = Judge(self.components)
        self._offered, self._marks = {}, {}
        self.start = self.components.state_of(pruned(self.product, self.product.initial()))

    @property
    def so_far(self) -> tuple[int, ...]:
        """The choices of the walk that is under way, or was the last."""
        return tuple(self._choices)

    def kinds(self) -> dict[str, Kind]:
        """Every claim by its name, and what it means."""
        return {claim.name: claim.kind for claim in self.product.claims}

    def begin(self) -> State:
        """Where every walk begins; states of walks before it may be forgotten."""
        if len(self.components.vectors.contents) > REMEMBERED:
            self._begin_anew()
        return self.start

    def offered(self, state: State) -> list[Arrow]:
        """What may happen in a state of this walk, in the order of the choices."""
        offered = self._offered.get(state)
        if offered is None:
            if len(self._offered) >= AT_HAND:
                self._offered.clear()
            offered = self._offered[state] = self.rules.expand(state)
        return offered

    def marks(self, state: State) -> int:
        """The bits of the claims that a state of this walk tells something about."""
        marks = self._marks.get(state)
        if marks is None:
            if len(self._marks) >= AT_HAND:
                self._marks.clear()
            marks = self._marks[state] = self.judge.marks(state)
        return marks

    def broken_in(self, state: State) -> tuple[str, ...]:
        """Each *always* that does not hold in a state of this walk."""
        return self._names(self.marks(state) & self.always)

    def walk(self, draw: Draw, length: int) -> Walk:
        """At most so many steps, or until nothing more may change, or an *always* is broken."""
        self._choices = choices = list[int]()
        state = self.begin()
        offered, marks_of, always = self.offered, self.marks, self.always
        seen = marks = marks_of(state)
        while len(choices) < length and not marks & always:
            arrows = offered(state)
            if not arrows:
                break
            choice = draw(arrows)
            end = arrows[choice][1]
            if end == state and all(arrow[1] == state for arrow in arrows):
                break  # callers may look for ever, and nothing else happens
            choices.append(choice)
            state = end
            marks = marks_of(state)
            seen |= marks
        return Walk(tuple(choices), frozenset(self._names(seen & self.sometimes)), self._names(marks & always))

    def homeward(self, walk: Walk, draw: Draw) -> Walk:
        """The same walk, led home by calm moves alone: it ends at home, or with what was broken on the way.

        What says where home is, is broken where nothing calm may happen short of it, or where calm comes to the same
        state twice.
        """
        if walk.broken:
            return walk
        path = self._path(walk.choices)
        self._choices = choices = list(walk.choices)
        first, left = len(choices), self.homes
        met = {path[-1]: first}
        while left := left & ~self.marks(path[-1]):
            arrows = self.offered(path[-1])
            calm = [arrow for arrow in arrows if arrow[0].when is not When.FREE]
            if not calm:
                return Walk(tuple(choices), walk.seen, self._names(left))
            arrow = calm[draw(calm)]
            choices.append(arrows.index(arrow))
            path.append(arrow[1])
            if broken := self.marks(arrow[1]) & self.always:
                return Walk(tuple(choices), walk.seen, self._names(broken))
            if arrow[1] in met:
                return Walk(tuple(choices), walk.seen, self._names(left), met[arrow[1]])
            met.setdefault(arrow[1], len(choices))
        return Walk(tuple(choices), walk.seen)

    def again(self, walk: Walk) -> Walk:
        """The same choices once more, each counted round where there are fewer by now.

        Where what was broken says where home is, calm then takes its mildest way.
        """
        kinds, followed = self.kinds(), self.walk(in_turn(walk.choices), len(walk.choices))
        if all(kinds[claim] is Kind.ALWAYS for claim in walk.broken):
            return followed
        return self.homeward(followed, mildest)

    def verdict(self, walk: Walk) -> Verdict:
        """What broke at the end of a walk, its trace followed again by the rules themselves.

        Raises `AstrayError` if it does not break there by the rules, and `ReplayError` if it cannot be followed.
        """
        name, trace = walk.broken[0], replay_code(self.product, walk.code)
        claim = next((one for one in self.product.claims if one.name == name), None)
        if claim is None or claim.kind is Kind.SOMETIMES or claim.holds(self.product.scene(trace.end)):
            raise AstrayError(f"{name!r} is not broken at the end of {walk.code}")
        if claim.kind is Kind.LEADS_HOME:
            self._check_astray(trace, walk.round_from)
        return Verdict(name, claim.kind, "broken", trace, round_from=walk.round_from)

    def _check_astray(self, trace: Trace, round_from: int | None) -> None:
        """Calm does not go on from the end of this trace, or it goes round."""
        if round_from is None:
            calm = [one for one in ProductModel(self.product).actions(trace.end) if one.move.when is not When.FREE]
            if calm:
                raise AstrayError(f"{calm[0]} may happen at the end of {trace.code}")
            return
        joints: list[Joint] = [trace.start, *(after for _, _, after in passages(self.product, trace))]
        if round_from not in range(len(trace.steps)) or joints[round_from] != trace.end:
            raise AstrayError(f"{trace.code} does not go round from step {round_from}")

    def end_of(self, walk: Walk) -> State:
        """Where a walk came to."""
        return self._path(walk.choices)[-1]

    def _path(self, choices: Iterable[int]) -> list[State]:
        """The states of a walk, from the first to the last."""
        path = [self.start]
        for choice in choices:
            path.append(self.offered(path[-1])[choice][1])
        return path

    def _names(self, marks: int) -> tuple[str, ...]:
        """The claims that these bits stand for."""
        return tuple(claim.name for number, claim in enumerate(self.product.claims) if marks >> number & 1)


# -- who draws ---------------------------------------------------------------------------------------------------


def in_turn(schedule: Sequence[int]) -> Draw:
    """Draw what a schedule says, number by number, counted round; once it is at its end, the mildest choice."""
    numbers = iter(schedule)

    def draw(arrows: Sequence[Arrow]) -> int:
        return next(numbers, 0) % len(arrows)

    return draw


def mildest(_arrows: Sequence[Arrow]) -> int:
    """Draw the first choice."""
    return 0
