"""Moves that only write parts, made on rows as they are kept: some bits of a row are spared, and others are set.

Where nothing ever becomes of a bag and nothing is renumbered, a state need not be taken to pieces and put together.
"""

from __future__ import annotations

from typing import Generic

import numpy as np
from attrs import define

from kiloclaw_adapters.explorer.packed.answers import Moves
from kiloclaw_adapters.explorer.packed.narrow import NarrowRows
from kiloclaw_adapters.explorer.packed.rows import NONE, Ints, Places, Words
from kiloclaw_core.explore.components import EMPTY, Components
from kiloclaw_core.explore.model import SceneT
from kiloclaw_core.explore.product import EachSlot


@define(eq=False, init=False)
class Overwriting(Generic[SceneT]):
    """What every move does to a row, as long as none does more than that."""

    components: Components[SceneT]
    moves: Moves[SceneT]
    rows: NarrowRows
    _suffices: bool
    _moves_seen: int
    _values_seen: list[int]
    _bits: tuple[int, ...]
    """How the rows were laid out for which these are:"""
    _most: Ints
    """The largest number that any move writes into each part."""
    _spared: Words
    """The bits that each move leaves as they are."""
    _set: Words
    """The bits that it sets."""

    def __init__(self, components: Components[SceneT], moves: Moves[SceneT], rows: NarrowRows) -> None:
        """Begin with no move."""
        self.components, self.moves, self.rows = components, moves, rows
        product = components.product
        self._suffices = product.mirror is None and not any(isinstance(rule, EachSlot) for rule in product.rules)
        self._moves_seen, self._values_seen = 0, [0] * len(components.parts)
        self._most = np.zeros(len(components.parts), np.int32)
        self._bits, self._spared, self._set = (), np.empty((0, 0), np.int64), np.empty((0, 0), np.int64)

    def suffices(self) -> bool:
        """Whether all that is known so far leaves every bag as it is, and mentions no number."""
        if self._suffices:
            self._suffices = self._only_writes() and not self._has_numbers()
        return self._suffices

    def after(self, here: Places, state: Places, move: Ints) -> Words:
        """The rows that moves lead to, each from one of the rows of these numbers."""
        self._learn()
        return self.rows.rows.take(here, axis=0).take(state, axis=0) & self._spared.take(move, axis=0) | self._set.take(
            move, axis=0
        )

    def _only_writes(self) -> bool:
        """Whether the moves that were not looked at yet write whole parts, and do nothing else."""
        moves, new = self.moves, slice(self._moves_seen, len(self.moves.told))
        self._moves_seen = new.stop
        does_more = moves.sweeps[new] | moves.prunes[new] | (moves.added[new] != EMPTY)
        return not does_more.any() and bool((moves.patched[new] == NONE).all())

    def _has_numbers(self) -> bool:
        """Whether a bag mentions a number, or a value that was not looked at yet."""
        parts = self.components.parts
        seen, self._values_seen = self._values_seen, [len(values.values) for values in parts]
        news = zip(parts, seen, self._values_seen, strict=True)
        return any(self.components.bags.masks) or any(
            values.numbers(one) for values, before, count in news for one in range(before, count)
        )

    def _learn(self) -> None:
        """Know of every move, as rows are laid out now; whatever any of them writes has room in them."""
        writes, known = self.moves.writes[: len(self.moves.told)], len(self._spared)
        self._most = np.maximum(self._most, writes[known:].max(axis=0, initial=0))
        self.rows.fit([*self._most.tolist(), EMPTY])
        if self._bits != self.rows.bits:
            self._bits, known = self.rows.bits, 0
        if 0 < known == len(writes):
            return
        new = np.append(writes[known:], np.full((len(writes) - known, 1), NONE, np.int32), axis=1)
        spared = self.rows.packed(np.where(new == NONE, [(1 << bits) - 1 for bits in self._bits], 0))
        written = self.rows.packed(np.maximum(new, 0))
        self._spared = np.concatenate([self._spared[:known], spared]) if known else spared
        self._set = np.concatenate([self._set[:known], written]) if known else written
