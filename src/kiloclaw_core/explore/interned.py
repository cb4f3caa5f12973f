"""The memoised explorer: every reachable state of a product, as tuples of ints, breadth-first.

It yields how far it is and returns a report. It trusts no memory blindly: one state in `audit_every` is expanded and
judged again by the rules themselves, and every trace is replayed before it is reported. Where states, rules and claims
are remembered is left to `components`, `compiled` and `judge`.
"""

from __future__ import annotations

from array import array
from collections.abc import Generator, Sequence
from itertools import zip_longest
from typing import Final, Generic, TypeAlias

from attrs import define

from kiloclaw_core.explore.allowance import Covering, audit_allowance
from kiloclaw_core.explore.canonical import image, pruned
from kiloclaw_core.explore.compiled import Arrow, CompiledRules
from kiloclaw_core.explore.components import Components, State
from kiloclaw_core.explore.found import Found
from kiloclaw_core.explore.home import CalmGraph
from kiloclaw_core.explore.images import Images
from kiloclaw_core.explore.judge import Judge, marks_of
from kiloclaw_core.explore.model import Action, Cell, Kind, Move, SceneT, When
from kiloclaw_core.explore.naive import ProductModel
from kiloclaw_core.explore.product import Joint, Mirror, Product, check_product, describe
from kiloclaw_core.explore.report import Progress, Report

FREE: Final = When.FREE
REDUCED_EVERY: Final = 50
"""Of so many states that are audited, one has what stands for it audited as well, which takes longer."""
PROGRESS_EVERY: Final = 5_000
"""How many states are followed between two reports of progress."""


def explore(
    product: Product[SceneT], *, limit: int | None = None, stop_at_first: bool = False, audit_every: int = 100
) -> Generator[Progress, None, Report]:
    """Search every reachable state, breadth-first, and judge every claim; the report is the generator's return value.

    Once more than `limit` states are found, none is followed any more. With `stop_at_first` the search ends with the
    state that led to the first broken *always*. One followed state in `audit_every` is compared with the rules
    themselves: an `AssertionError` names the rule and the action, or the claim, that did not keep to its reading.
    A product that contradicts itself raises a `ValueError`.
    """
    if audit_every < 1:
        msg = f"audit_every is {audit_every}, but counts states from 1"
        raise ValueError(msg)
    check_product(product)
    search = Search(product)
    yield from search.run(limit, stop_at_first=stop_at_first, audit_every=audit_every)
    return search.report()


def report_of(
    product: Product[SceneT], *, limit: int | None = None, stop_at_first: bool = False, audit_every: int = 100
) -> Report:
    """The report of `explore`, for a caller who does not care for progress."""
    search = explore(product, limit=limit, stop_at_first=stop_at_first, audit_every=audit_every)
    while True:
        try:
            next(search)
        except StopIteration as finished:
            report: Report = finished.value
            return report


@define(eq=False, init=False)
class Search(Generic[SceneT]):
    """What has been found so far; states are numbered in the order of discovery."""

    product: Product[SceneT]
    components: Components[SceneT]
    rules: CompiledRules[SceneT]
    judge: Judge[SceneT]
    images: Images[SceneT] | None
    """The mirror images of states, where there is a mirror: then one state stands for two."""
    covering: Covering[SceneT] | None
    """What was found, by all but what is left, where there is an allowance: then what has less is passed over."""
    states: list[State]
    index: dict[State, int]
    parents: array[int]
    """From which each state was reached first."""
    calm_offsets: array[int]
    calm_targets: array[int]
    marks: list[int]
    """For each state, the bits of the claims it tells something about."""
    first: dict[int, int]
    """For each claim that one state settles, the first such state."""
    edges: int
    depth: int
    stood_for: int
    """How many states those that were found stand for."""

    def __init__(self, product: Product[SceneT]) -> None:
        """Begin with the initial state found and nothing followed."""
        self.product = product
        self.components = Components(product)
        self.rules = CompiledRules(self.components)
        self.judge = Judge(self.components)
        self.states, self.index, self.marks, self.first = [], {}, [], {}
        self.parents = array("L")
        self.calm_offsets, self.calm_targets = array("L", [0]), array("L")
        self.images = None if product.mirror is None else Images(self.components, product.mirror)
        self.covering = None if product.allowance is None else Covering(self.components)
        self.edges = self.depth = self.stood_for = 0
        initial = self.components.state_of(pruned(product, product.initial()))
        self.index[initial] = 0
        self._discover(initial, 0)

    def run(self, limit: int | None, *, stop_at_first: bool, audit_every: int) -> Generator[Progress, None, None]:
        """Follow states in the order of discovery; the arguments are those of `explore`."""
        states, index, targets, expand = self.states, self.index, self.calm_targets, self.rules.expand
        covering = self.covering
        broken = self.judge.numbers(Kind.ALWAYS) if stop_at_first else frozenset()
        here, level, level_end = 0, 0, 1
        while here < len(states) and (limit is None or len(states) <= limit) and broken.isdisjoint(self.first):
            if here == level_end:
                level, level_end = level + 1, len(states)
            found = expand(states[here])
            arrows = self._standing(found)
            if here % audit_every == 0:
                self._audit(here, found)
            if here % (audit_every * REDUCED_EVERY) == 0:
                self._audit_reduced(here, arrows)
            self.edges += len(arrows)
            for known, successor in arrows:
                number = (
                    index.setdefault(successor, len(states)) if covering is None else self._covered(covering, successor)
                )
                if number == len(states):
                    self._discover(successor, here)
                    self.depth = level + 1
                if known.when is not FREE:
                    targets.append(number)
            self.calm_offsets.append(len(targets))
            here += 1
            if here % PROGRESS_EVERY == 0:
                yield Progress(len(states), self.edges, self.depth, len(states) - here)

    def report(self) -> Report:
        """What was found, each claim with the trace that shows it."""
        found = Found(
            self.product,
            lambda number: self.components.joint_of(self.states[number]),
            self.parents,
            CalmGraph(self.calm_offsets, self.calm_targets),
            lambda claim: [mark >> claim & 1 == 1 for mark in self.marks],
            self.first,
            self.edges,
            self.depth,
            self.rules.cells,
            stood_for=None if self.images is None else self.stood_for,
        )
        return found.report()

    def _standing(self, arrows: list[Arrow]) -> list[Arrow]:
        """The same arrows, to what stands for where they lead."""
        images = self.images
        return arrows if images is None else [(known, images.standing(end)[0]) for known, end in arrows]

    def _covered(self, covering: Covering[SceneT], state: State) -> int:
        """The number of what a state is passed over for, or the next one."""
        known = covering.number(state)
        return len(self.states) if known is None else known

    def _discover(self, state: State, parent: int) -> None:
        """Note a new state, how it was reached, and what it tells of the claims."""
        marks = self.judge.marks(state)
        for number in self.judge.settling(marks):
            self.first.setdefault(number, len(self.states))
        self.stood_for += 1 if self.images is None or self.images.standing(state)[1] else 2
        if self.covering is not None:
            self.covering.add(state, len(self.states))
        self.states.append(state)
        self.parents.append(parent)
        self.marks.append(marks)

    def _audit(self, here: int, arrows: Sequence[Arrow]) -> None:
        """Expand and judge a state by the rules and claims themselves, and compare."""
        joint_of = self.components.joint_of
        remembered = [(*said_of(known.rule, known.move), joint_of(end)) for known, end in arrows]
        audit(self.product, joint_of(self.states[here]), remembered, self.marks[here])

    def _audit_reduced(self, here: int, arrows: Sequence[Arrow]) -> None:
        """The same for its mirror image, and for what stands for where the arrows lead; and for what has less left."""
        joint_of, product = self.components.joint_of, self.product
        if product.mirror is not None:
            standing = [joint_of(end) for _, end in arrows]
            audit_image(product, product.mirror, joint_of(self.states[here]), standing, self.marks[here])
        if product.allowance is not None:
            audit_allowance(product, joint_of(self.states[here]))


Said: TypeAlias = tuple[int, Action, When, Cell | None]
"""All there is to a move, but for where it leads: what else it says is in that."""
Told: TypeAlias = tuple[int, Action, When, Cell | None, Joint]


def said_of(rule: int, move: Move) -> Said:
    """What a move of this rule says of itself."""
    return rule, move.action, move.when, move.cell


def audit(product: Product[SceneT], joint: Joint, remembered: list[Told], marks: int) -> None:
    """Expand and judge a joint by the rules and claims themselves; an `AssertionError` names what was not so before."""
    model = ProductModel(product)
    afresh = [(*said_of(one.rule, one.move), model.next(joint, one)) for one in model.actions(joint)]
    for one, other in zip_longest(remembered, afresh):
        if one != other:
            rule, action, *_ = other or one
            msg = f"{describe(product.rules, rule)}: {action} depends on more than the rule reads"
            raise AssertionError(msg)
    _audit_marks(product, joint, marks, "depends on more than it reads")


def audit_image(product: Product[SceneT], mirror: Mirror, joint: Joint, standing: Sequence[Joint], marks: int) -> None:
    """Expand and judge the mirror image of a joint by the rules and claims themselves.

    As many of its moves have to lead to the image of each joint, as calm as they are; what is `standing` for the end of
    each move has to be that end or its image; and no claim may tell images apart. Else an `AssertionError` names the
    moves, what stands for what, or the claim.
    """
    model, mirrored = ProductModel(product), image(product, mirror, joint)
    _audit_marks(product, mirrored, marks, "tells mirror images apart by what it reads")
    choices = model.actions(joint)
    ends = [model.next(joint, choice) for choice in choices]
    images = [image(product, mirror, end) for end in ends]
    expected = [(choice.move.when, end) for choice, end in zip(choices, images, strict=True)]
    found = [(choice.move.when, model.next(mirrored, choice)) for choice in model.actions(mirrored)]
    if len(found) != len(expected) or any(found.count(one) != expected.count(one) for one in expected):
        msg = f"{', '.join(map(str, choices))}: not what happens in a mirror, in {mirrored}"
        raise AssertionError(msg)
    for choice, *alike, stands in zip(choices, ends, images, standing, strict=True):
        if stands not in alike:
            msg = f"{choice}: what stands for the end of it is no image of that, {stands}"
            raise AssertionError(msg)


def _audit_marks(product: Product[SceneT], joint: Joint, marks: int, how: str) -> None:
    differing = marks ^ marks_of(tuple(enumerate(product.claims)), product.scene(joint))
    for number, claim in enumerate(product.claims):
        if differing >> number & 1:
            msg = f"claim {claim.name!r} {how}, {', '.join(claim.reads) or 'nothing'}"
            raise AssertionError(msg)
