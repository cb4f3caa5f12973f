"""Whether calm leads home, layer by layer: first what is home, then what can only get there in one move, and so on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kiloclaw_core.explore.home import Bound, CalmGraph, Homeward, homeward


def measured(graph: CalmGraph, home: Sequence[bool]) -> Homeward:
    """As the core's `homeward`, which is asked where some way does not lead home: it knows to say which."""
    offsets, targets = np.asarray(graph.offsets), np.asarray(graph.targets)
    followed = len(offsets) - 1
    there = np.asarray(home).copy()
    there[followed:] = True
    ways = np.zeros(len(there), np.int64)
    ways[:followed] = np.diff(offsets)
    if (~there & (ways == 0)).any():
        return homeward(graph, home)
    sources = np.repeat(np.arange(followed, dtype=np.int32), np.diff(offsets))
    order = np.argsort(targets, kind="stable")
    back = sources[order]
    starts = np.searchsorted(targets[order], np.arange(len(there) + 1))
    layer, left, moves = np.flatnonzero(there), int((~there).sum()), 0
    while len(layer) and left:
        lengths = starts[layer + 1] - starts[layer]
        within = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        before = back[np.repeat(starts[layer], lengths) + within]
        np.subtract.at(ways, before, 1)
        layer = np.unique(before[(ways[before] == 0) & ~there[before]])
        there[layer] = True
        left -= len(layer)
        moves += 1 if len(layer) else 0
    return homeward(graph, home) if left else Bound(moves)
