"""The oracle: a product read literally, and a breadth-first search that anybody can check by eye.

`ProductModel` asks every rule in every state and remembers nothing; `explore_naively` walks any model.
Speed is left to the memoised explorer, which is held to what is found here.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic

from attrs import frozen

from kiloclaw_core.explore.canonical import canonical, pruned
from kiloclaw_core.explore.model import ActionT, Claim, Kind, Model, Move, SceneT, StateT, When
from kiloclaw_core.explore.product import (
    EachSlot,
    Joint,
    Local,
    Product,
    Rule,
    Sweep,
    check_product,
    places_written,
    read,
)
from kiloclaw_core.explore.report import Report, Step, Trace, Verdict, word_for


@frozen
class Choice:
    """One enabled move of a joint: the rule that gives it, and the bag it leaves before anything is spawned."""

    rule: int
    move: Move
    left: tuple[Hashable, ...]

    def __str__(self) -> str:
        """Say the action in one line."""
        return str(self.move.action)


@frozen
class ProductModel(Generic[SceneT]):
    """A product as a model over canonical joints, its rules applied afresh each time."""

    product: Product[SceneT]

    def initial(self) -> Joint:
        """The canonical form of the product's initial joint, pruned like any other."""
        return canonical(self.product, pruned(self.product, self.product.initial()))

    def actions(self, state: Joint, /) -> tuple[Choice, ...]:
        """The enabled moves in the order of the rules; quiet ones only where no calm one is enabled."""
        rules = self.product.rules
        choices = [choice for number, rule in enumerate(rules) for choice in self._choices(number, rule, state)]
        if any(choice.move.when is When.CALM for choice in choices):
            return tuple([choice for choice in choices if choice.move.when is not When.QUIET])
        return tuple(choices)

    def next(self, state: Joint, action: Choice, /) -> Joint:
        """The canonical joint that the choice leads to."""
        parts = list(state.parts)
        for place, value in places_written(self.product, action.rule, action.move):
            parts[place] = value
        after = pruned(self.product, Joint(tuple(parts), (*action.left, *action.move.spawned)))
        return canonical(self.product, after)

    def _choices(self, number: int, rule: Rule, state: Joint) -> list[Choice]:
        """The moves of one rule, each with the bag it leaves before anything is spawned."""
        bag, values = state.bag, read(self.product.names, state, rule.reads)
        match rule:
            case Local():
                return [Choice(number, move, bag) for move in rule.step(*values)]
            case Sweep():
                left = tuple(kept for kept in map(rule.each, bag) if kept is not None)
                return [Choice(number, move, left) for move in rule.step(*values)]
            case EachSlot():
                return [
                    choice for slot in dict.fromkeys(bag) for choice in _choices_of(number, rule, slot, bag, values)
                ]


def _choices_of(
    number: int, rule: EachSlot, slot: Hashable, bag: tuple[Hashable, ...], values: tuple[Hashable, ...]
) -> list[Choice]:
    """The moves of a rule that is asked slot by slot, for one of them."""
    rest = list(bag)
    rest.remove(slot)
    blocked = rule.blocks is not None and any(rule.blocks(slot, other) for other in rest)
    return [Choice(number, move, (*rest, *move.kept)) for move in rule.step(slot, blocked, *values)]


@frozen
class Explored(Generic[StateT, ActionT]):
    """A searched graph: the states in the order of discovery, how each was reached, and where each leads.

    `ways[n]` is the parent of state n and the index of the choice taken there; the initial state is its own parent.
    `arrows` has the states that were followed: all of them, unless a limit ended the search.
    """

    states: tuple[StateT, ...]
    depths: tuple[int, ...]
    ways: tuple[tuple[int, int], ...]
    arrows: tuple[tuple[tuple[ActionT, int], ...], ...]

    def path(self, state: int) -> tuple[tuple[int, int], ...]:
        """The shortest path to a state, as pairs of the state left and the choice taken there."""
        steps: list[tuple[int, int]] = []
        while state:
            steps.append(self.ways[state])
            state = self.ways[state][0]
        return tuple(reversed(steps))


def explore_naively(model: Model[StateT, ActionT], *, limit: int | None = None) -> Explored[StateT, ActionT]:
    """Search a model breadth-first; once more than `limit` states are found, none is followed any more."""
    states = [model.initial()]
    index, depths, ways = {states[0]: 0}, [0], [(0, 0)]
    arrows: list[tuple[tuple[ActionT, int], ...]] = []
    while len(arrows) < len(states) and (limit is None or len(states) <= limit):
        here, leaving = len(arrows), []
        for choice, action in enumerate(model.actions(states[here])):
            successor = model.next(states[here], action)
            if successor not in index:
                index[successor] = len(states)
                states.append(successor)
                depths.append(depths[here] + 1)
                ways.append((here, choice))
            leaving.append((action, index[successor]))
        arrows.append(tuple(leaving))
    return Explored(tuple(states), tuple(depths), tuple(ways), tuple(arrows))


def report_naively(product: Product[SceneT], *, limit: int | None = None) -> Report:
    """The report of a product, found literally; the verdicts of *leads home* carry no trace."""
    check_product(product)
    explored = explore_naively(ProductModel(product), limit=limit)
    arrows = [arrow for leaving in explored.arrows for arrow in leaving]
    return Report(
        states=len(explored.states),
        edges=len(arrows),
        depth=explored.depths[-1],
        complete=len(explored.arrows) == len(explored.states),
        verdicts=tuple(_judge(product, explored, claim) for claim in product.claims),
        cells=tuple(sorted({choice.move.cell for choice, _ in arrows if choice.move.cell is not None})),
    )


def _judge(product: Product[SceneT], explored: Explored[Joint, Choice], claim: Claim[SceneT]) -> Verdict:
    complete = len(explored.arrows) == len(explored.states)
    holding = [claim.holds(product.scene(state)) for state in explored.states]
    if claim.kind is Kind.LEADS_HOME:
        bound = _longest_way_home(explored, holding)
        word = word_for(claim.kind, found=bound is None, complete=complete)
        return Verdict(claim.name, claim.kind, word, bound=bound if complete else None)
    telling = claim.kind is Kind.SOMETIMES  # what settles an always is a state where it does not hold
    word = word_for(claim.kind, found=telling in holding, complete=complete)
    trace = _trace_to(explored, holding.index(telling)) if telling in holding else None
    return Verdict(claim.name, claim.kind, word, trace)


def _longest_way_home(explored: Explored[Joint, Choice], home: list[bool]) -> int | None:
    """The most calm moves before home, or None when some state has a way that never gets there.

    States that were not followed count as home, so only what was seen can break the claim.
    """
    far = {n: 0 for n in range(len(home)) if home[n] or n >= len(explored.arrows)}
    waiting = {
        n: [to for choice, to in leaving if choice.move.when is not When.FREE]
        for n, leaving in enumerate(explored.arrows)
        if n not in far
    }
    while ready := [n for n, targets in waiting.items() if targets and all(to in far for to in targets)]:
        far |= {n: 1 + max(far[to] for to in waiting.pop(n)) for n in ready}
    return None if waiting else max(far.values())


def _trace_to(explored: Explored[Joint, Choice], state: int) -> Trace:
    steps = tuple(
        Step(index, len(explored.arrows[here]), explored.arrows[here][index][0].move.action)
        for here, index in explored.path(state)
    )
    return Trace(steps, explored.states[0], explored.states[state])
