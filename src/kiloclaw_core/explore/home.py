"""Whether calm leads home: one depth-first pass over the calm moves of all states that were found.

Outside home, the calm graph may have no state without a way on and no cycle; then its longest path is the bound.
Which states are home is the claim's to say, and how a trace is shown is the report's.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Final, TypeAlias

from attrs import frozen

UNSEEN: Final = -1
OPEN: Final = -2


@frozen
class Bound:
    """Every way leads home, after this many calm moves at the most."""

    moves: int


@frozen
class DeadEnd:
    """This state is not home and nothing calm can happen in it."""

    state: int


@frozen
class Round:
    """These states follow one another for ever, the first after the last, and none of them is home."""

    states: tuple[int, ...]


Homeward: TypeAlias = Bound | DeadEnd | Round


@frozen
class CalmGraph:
    """The calm moves: those of state n lead to `targets[offsets[n]:offsets[n + 1]]`.

    A state beyond the offsets was found but not followed.
    """

    offsets: Sequence[int]
    targets: Sequence[int]


def homeward(graph: CalmGraph, home: Sequence[bool]) -> Homeward:
    """The longest calm way home from any state, or the first dead end, or else a round.

    `home` has one entry for each state that was found. States that were not followed count as home: what was not seen
    breaks no claim.
    """
    offsets = graph.offsets
    followed = len(offsets) - 1
    for state in range(followed):
        if not home[state] and offsets[state] == offsets[state + 1]:
            return DeadEnd(state)
    far = array("i", (0 if at_home or state >= followed else UNSEEN for state, at_home in enumerate(home)))
    for root in range(followed):
        if far[root] == UNSEEN:
            going_round = _descend(graph, far, root)
            if going_round is not None:
                return going_round
    return Bound(max(far))


def _descend(graph: CalmGraph, far: array[int], root: int) -> Round | None:
    """Measure every state that can be reached from this one, deepest first, or stop at the first round."""
    offsets, targets = graph.offsets, graph.targets
    path, cursors = [root], [offsets[root]]
    far[root] = OPEN
    while path:
        state, cursor = path[-1], cursors[-1]
        if cursor == offsets[state + 1]:
            far[state] = 1 + max(far[target] for target in targets[offsets[state] : cursor])
            path.pop()
            cursors.pop()
            continue
        cursors[-1] += 1
        target = targets[cursor]
        if far[target] == OPEN:
            return Round(tuple(path[path.index(target) :]))
        if far[target] == UNSEEN:
            far[target] = OPEN
            path.append(target)
            cursors.append(offsets[target])
    return None
