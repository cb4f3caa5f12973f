"""What a search found, whatever searched: the states by number, how each was reached, and what they tell of the claims.

From this comes the report: a verdict for each claim, with the shortest trace that shows it, which is replayed by the
rules themselves before it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic

from attrs import define, field

from kiloclaw_core.explore.home import Bound, CalmGraph, DeadEnd, Homeward, homeward
from kiloclaw_core.explore.model import Cell, Claim, Kind, SceneT, When
from kiloclaw_core.explore.naive import ProductModel
from kiloclaw_core.explore.product import Joint, Product
from kiloclaw_core.explore.replay import replay_code
from kiloclaw_core.explore.report import Report, Trace, Verdict, word_for


@define(eq=False)
class Found(Generic[SceneT]):
    """States are numbered in the order of discovery. `joint_of` says which joint a number stands for."""

    product: Product[SceneT]
    joint_of: Callable[[int], Joint]
    parents: Sequence[int]
    """How each state was reached: from which, and by which of its choices."""
    choices: Sequence[int]
    calm: CalmGraph
    homes: Callable[[int], Sequence[bool]]
    """Whether each state is home, as the claim of this number says."""
    first: dict[int, int]
    """For each claim that one state settles, the first such state."""
    edges: int
    depth: int
    cells: set[Cell]
    measured: Callable[[CalmGraph, Sequence[bool]], Homeward] = field(default=homeward)
    """How the way home is measured."""

    @property
    def complete(self) -> bool:
        """Whether every state was followed."""
        return len(self.calm.offsets) - 1 == len(self.parents)

    def report(self) -> Report:
        """What was found, each claim with the trace that shows it."""
        return Report(
            states=len(self.parents),
            edges=self.edges,
            depth=self.depth,
            complete=self.complete,
            verdicts=tuple(self._verdict(number, claim) for number, claim in enumerate(self.product.claims)),
            cells=tuple(sorted(self.cells)),
        )

    def _verdict(self, number: int, claim: Claim[SceneT]) -> Verdict:
        if claim.kind is not Kind.LEADS_HOME:
            settled = self.first.get(number)
            word = word_for(claim.kind, found=settled is not None, complete=self.complete)
            return Verdict(claim.name, claim.kind, word, None if settled is None else self._trace(settled))
        found = self.measured(self.calm, self.homes(number))
        word = word_for(claim.kind, found=not isinstance(found, Bound), complete=self.complete)
        if isinstance(found, Bound):
            return Verdict(claim.name, claim.kind, word, bound=found.moves if self.complete else None)
        if isinstance(found, DeadEnd):
            return Verdict(claim.name, claim.kind, word, self._trace(found.state))
        way = len(self._path(found.states[0]))
        return Verdict(claim.name, claim.kind, word, self._trace_round(found.states), round_from=way)

    def _path(self, state: int) -> list[int]:
        """The choices that lead to a state on a shortest way."""
        choices = []
        while state:
            choices.append(self.choices[state])
            state = self.parents[state]
        return choices[::-1]

    def _trace(self, state: int) -> Trace:
        return self._replayed(self._path(state), state)

    def _trace_round(self, going_round: tuple[int, ...]) -> Trace:
        """The way into a round and once round it."""
        pairs = zip(going_round, (*going_round[1:], going_round[0]), strict=True)
        choices = [self._calm_choice(here, there) for here, there in pairs]
        return self._replayed([*self._path(going_round[0]), *choices], going_round[0])

    def _calm_choice(self, here: int, there: int) -> int:
        model, joint, end = ProductModel(self.product), self.joint_of(here), self.joint_of(there)
        leads = [one.move.when is not When.FREE and model.next(joint, one) == end for one in model.actions(joint)]
        return leads.index(True)

    def _replayed(self, choices: list[int], end: int) -> Trace:
        """The trace of these choices, by the rules themselves: it has to end where the search says it does."""
        trace = replay_code(self.product, "/".join(map(str, choices)))
        assert trace.end == self.joint_of(end), f"{trace.code} replays to another end"
        return trace
