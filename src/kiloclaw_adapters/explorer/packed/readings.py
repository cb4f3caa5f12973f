"""Readings that are numbered in the order in which they are first seen, thousands at a time.

While the ints of a reading are small, its number stands in a table at the place that they name. Once that table would
be too large, readings are found like any other rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Final

import numpy as np
from attrs import define

from kiloclaw_adapters.explorer.packed.narrow import NarrowRows
from kiloclaw_adapters.explorer.packed.rows import NONE, Ints, Places

LARGEST: Final = 1 << 20
"""How many places a table has at the most: four megabytes."""
FROM: Final = np.int32(1)
"""What is added to every int of a row, so that one below nought, where there is no slot, is none there."""


@define(eq=False, init=False)
class Readings:
    """The distinct readings of one width, numbered from nought."""

    _spans: tuple[int, ...]
    """How many ints of each column have a place."""
    _table: Ints
    """The number of the reading at each place, or `NONE`."""
    _count: int
    _rows: NarrowRows | None
    """What readings are found by once there is no table."""

    def __init__(self, width: int) -> None:
        """Begin with no reading."""
        self._spans, self._table = (1,) * width, np.full(1, NONE, np.int32)
        self._count, self._rows = 0, None

    @property
    def count(self) -> int:
        """How many there are."""
        return self._count if self._rows is None else self._rows.count

    def numbers(self, columns: Sequence[Ints], count: int) -> tuple[Ints, Places]:
        """The number of each of so many readings, a column for each int, and where the new ones stand, in order."""
        if self._rows is None:
            self._fit([int(column.view(np.uint32).max(initial=0)) + 1 for column in columns])
        if self._rows is not None:
            return self._rows.numbers(np.stack(columns).T + FROM)
        places = self._places(columns, count)
        found = self._table[places]
        unseen = np.flatnonzero(found == NONE)
        if not len(unseen):
            return found, unseen
        _, firsts = np.unique(places[unseen], return_index=True)
        new = unseen[np.sort(firsts)]
        self._table[places[new]] = np.arange(self._count, self._count + len(new), dtype=np.int32)
        self._count += len(new)
        found[unseen] = self._table[places[unseen]]
        return found, new

    def _places(self, columns: Sequence[Ints], count: int) -> Ints:
        """Where in the table the number of each reading stands."""
        if not columns:
            return np.zeros(count, np.int32)
        first, *others = columns
        places = first
        for column, span in zip(others, self._spans[1:], strict=True):
            places = places * np.int32(span) + column
        return places

    def _fit(self, needed: Sequence[int]) -> None:
        """See that there is a place for ints below these, or that there is no table."""
        if all(most <= span for most, span in zip(needed, self._spans, strict=True)):
            return
        known = self._known()
        spans = tuple(
            span if most <= span else 1 << (most - 1).bit_length()
            for most, span in zip(needed, self._spans, strict=True)
        )
        if prod(spans) > LARGEST:
            self._rows, self._table = NarrowRows(len(spans)), np.empty(0, np.int32)
            self._rows.numbers(known + FROM)
            return
        self._spans, self._table = spans, np.full(prod(spans), NONE, np.int32)
        self._table[self._places(list(known.T), self._count)] = np.arange(self._count, dtype=np.int32)

    def _known(self) -> Ints:
        """All readings, in the order of their numbers."""
        places = np.flatnonzero(self._table != NONE)
        places = places[np.argsort(self._table[places])]
        return np.stack(np.unravel_index(places, self._spans)).T.astype(np.int32)
