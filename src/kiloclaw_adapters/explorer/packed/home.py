"""Whether calm leads home, layer by layer: first what is home, then what can only get there in one move, and so on.

A state that waits looks at one of its ways at a time, and at the next once that one leads home; so nothing is turned
round, and it takes no more memory than a few numbers for each state.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from kiloclaw_adapters.explorer.packed.rows import AT_A_TIME, Ints, Marks
from kiloclaw_core.explore.home import Bound, CalmGraph, Homeward, homeward


def measured(graph: CalmGraph, home: Sequence[bool]) -> Homeward:
    """As the core's `homeward`, which is asked where some way does not lead home: it knows to say which."""
    offsets, targets = np.asarray(graph.offsets), np.asarray(graph.targets)
    there = np.array(home, np.bool_)
    there[len(offsets) - 1 :] = True
    waiting, looking = _waiting(there, offsets)
    moves = 0
    while len(waiting):
        arrived = np.zeros(len(waiting), np.bool_)
        for some in _in_pieces(len(waiting)):
            arrived[some] = _arriving(targets, there, looking[some], offsets[waiting[some] + 1])
        if not arrived.any():
            return homeward(graph, home)
        there[waiting[arrived]] = True
        waiting, looking, moves = waiting[~arrived], looking[~arrived], moves + 1
    return Bound(moves)


def _waiting(there: Marks, offsets: Ints) -> tuple[Ints, Ints]:
    """The states that are not there, and where the first of their ways stands."""
    count = len(there) - int(np.count_nonzero(there))
    waiting, looking, before = np.empty(count, np.int32), np.empty(count, offsets.dtype), 0
    for some in _in_pieces(len(there)):
        found = some.start + np.flatnonzero(~there[some])
        waiting[before : before + len(found)], looking[before : before + len(found)] = found, offsets[found]
        before += len(found)
    return waiting, looking


def _in_pieces(count: int) -> Iterator[slice]:
    """So many in pieces, of which nothing that is worked out takes much memory."""
    return (slice(first, min(first + AT_A_TIME, count)) for first in range(0, count, AT_A_TIME))


def _arriving(targets: Ints, there: Marks, looking: Ints, ends: Ints) -> Marks:
    """Which of these have no way left that does not lead there; each looks on as far as its ways do.

    One that has no way at all never arrives.
    """
    left = np.flatnonzero(looking < ends)
    arrived = np.zeros(len(looking), np.bool_)
    while len(left):
        left = left[there[targets[looking[left]]]]
        looking[left] += 1
        over = looking[left] == ends[left]
        arrived[left[over]] = True
        left = left[~over]
    return arrived
