"""What a search found, whatever searched: the states by number, how each was reached, and what they tell of the claims.

From this comes the report: a verdict for each claim, with the shortest trace that shows it, which is replayed by the
rules themselves before it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic

from attrs import define, field

from kiloclaw_core.explore.following import Follower
from kiloclaw_core.explore.home import Bound, CalmGraph, DeadEnd, Homeward, homeward
from kiloclaw_core.explore.model import Cell, Claim, Kind, SceneT
from kiloclaw_core.explore.product import Joint, Product
from kiloclaw_core.explore.replay import Beginnings, replay_code
from kiloclaw_core.explore.report import Report, Trace, Verdict, word_for


@define(eq=False)
class Found(Generic[SceneT]):
    """States are numbered in the order of discovery. `joint_of` says which joint a number stands for."""

    product: Product[SceneT]
    joint_of: Callable[[int], Joint]
    parents: Sequence[int]
    """From which each state was reached first."""
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
    stood_for: int | None = None
    """How many states those that were found stand for, where there is a mirror."""
    _followers: dict[int, Follower[SceneT]] = field(init=False)
    """Whoever went to a state, for ways that pass it."""
    _replayed_before: Beginnings = field(init=False, factory=dict)
    """What was replayed, for traces that begin alike."""

    @_followers.default
    def _at_the_start(self) -> dict[int, Follower[SceneT]]:
        return {0: Follower.of(self.product)}

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
            stood_for=self.stood_for,
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
        trace, way = self._round(found.states)
        return Verdict(claim.name, claim.kind, word, trace, round_from=way)

    def _followed(self, state: int) -> Follower[SceneT]:
        """Whoever went on a shortest way to this state."""
        passed, here = list[int](), state
        while here not in self._followers:
            passed.append(here)
            here = self.parents[here]
        for one in reversed(passed):
            self._followers[one] = self._followers[self.parents[one]].to(self.joint_of(one))
        return self._followers[state]

    def _trace(self, state: int) -> Trace:
        return self._replayed(self._followed(state).trace())

    def _round(self, states: tuple[int, ...]) -> tuple[Trace, int]:
        """The way into a round and once round it, and how long the way is; in a mirror a round may be half of one."""
        follower = self._followed(states[0])
        begun, way = follower.here, len(follower.steps)
        while len(follower.steps) == way or follower.here != begun:
            for one in (*states[1:], states[0]):
                follower = follower.to(self.joint_of(one), calmly=True)
        return self._replayed(follower.trace()), way

    def _replayed(self, trace: Trace) -> Trace:
        """The trace, once its code was followed by the rules themselves to the same end."""
        again = replay_code(self.product, trace.code, self._replayed_before)
        assert again == trace, f"{trace.code} replays to another end"
        return trace
