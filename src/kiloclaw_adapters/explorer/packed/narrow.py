"""Rows kept in as few bits as their numbers take, several numbers in one word: a third of the memory of plain ones.

How many bits the numbers of a column take shows only as they come. When one takes more than there are, every row is
laid out anew, which is seldom: there is always some room, and what is left over of a word is room as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from attrs import field, frozen

from kiloclaw_adapters.explorer.packed.rows import AT_A_TIME, SMALLEST, Ints, Places, Rows, Words

BITS: Final = 31
"""How many bits a number takes at the most."""
WORD: Final = 63
"""How many bits of a word are used: all but that of its sign."""
ROOM: Final = 2
"""How many bits more than it takes at present a column gets."""


def _nothing() -> Ints:
    return np.empty(0, np.int32)


@frozen(eq=False)
class KeptRows:
    """Rows as they are kept in a file, and how they are laid out."""

    bits: tuple[int, ...]
    places: tuple[tuple[int, int], ...]
    rows: Words
    rest_of: Ints = field(factory=_nothing)
    """Where a row is but the rest of a state: the rest of each state, and what it has left."""
    lefts: Ints = field(factory=_nothing)


class NarrowRows(Rows):
    """The distinct rows of one width, none of whose numbers is below nought, numbered from nought."""

    bits: tuple[int, ...]
    """How many each column has."""
    places: tuple[tuple[int, int], ...]
    """In which word of a row each column stands, and above how many other bits."""

    def __init__(self, width: int) -> None:
        """Begin with no row."""
        super().__init__(width)
        self._lay_out((ROOM,) * width)
        self.rows = np.empty((SMALLEST, self._width), np.int64)

    def kept(self, rows: Ints) -> Words:
        """The rows in few words; where their bits do not do, there are more from now on, for all rows."""
        self.fit([int(column.max(initial=0)) for column in rows.T])
        return self.packed(rows)

    def fit(self, most: Sequence[int]) -> None:
        """See that each column has the bits for a number as large as this."""
        if any(one.bit_length() > bits for one, bits in zip(most, self.bits, strict=True)):
            self._widen(most)

    def of(self, numbers: Places | Ints) -> Ints:
        """The rows of these numbers, a column for each of theirs."""
        return self.unpacked(self.rows.take(numbers, axis=0))

    def packed(self, rows: Ints) -> Words:
        """Rows that fit, as they are kept."""
        packed = np.zeros((len(rows), self._width), np.int64)
        for column, (word, shift) in zip(rows.T, self.places, strict=True):
            packed[:, word] |= column.astype(np.int64) << shift
        return packed

    def unpacked(self, packed: Words) -> Ints:
        """Rows as they were before; each column stands together."""
        return _unpacked(packed, self.places, self.bits)

    def keeping(self) -> KeptRows:
        """All that there is to these rows, to be restored from."""
        return KeptRows(self.bits, self.places, self.rows[: self.count])

    def restore(self, kept: KeptRows) -> None:
        """Hold these rows, and find them again."""
        self.bits, self.places = kept.bits, kept.places
        self.rows, self.count = kept.rows.copy(), 0
        self._make_room(len(kept.rows))
        self.count = len(kept.rows)
        self._place_all()

    @property
    def _width(self) -> int:
        return 1 + max(word for word, _ in self.places)

    def _lay_out(self, needed: Sequence[int]) -> None:
        """Give each column a place with at least so many bits: the widest first, each where there is room for it."""
        words = list[list[int]]()
        for column in sorted(range(len(needed)), key=lambda one: -needed[one]):
            word = next((word for word in words if sum(needed[one] for one in (*word, column)) <= WORD), None)
            if word is None:
                words.append(word := [])
            word.append(column)
        bits, places = dict[int, int](), dict[int, tuple[int, int]]()
        for number, word in enumerate(words):
            more, above = (WORD - sum(needed[column] for column in word)) // len(word), 0
            for column in word:
                bits[column], places[column] = min(BITS, needed[column] + more), (number, above)
                above += bits[column]
        self.bits = tuple(bits[column] for column in range(len(needed)))
        self.places = tuple(places[column] for column in range(len(needed)))

    def _widen(self, most: Sequence[int]) -> None:
        """Lay every row out anew, some at a time, with room for numbers as large as these; all are found elsewhere."""
        before, places, bits = self.rows, self.places, self.bits
        pieces = [slice(first, min(first + AT_A_TIME, self.count)) for first in range(0, self.count, AT_A_TIME)]
        largest = [_unpacked(before[some], places, bits).max(axis=0) for some in pieces]
        needed = np.max([most, *largest], axis=0).tolist()
        self._lay_out([min(BITS, one.bit_length() + ROOM) for one in needed])
        after = np.empty((len(before), self._width), np.int64)
        for some in pieces:
            after[some] = self.packed(_unpacked(before[some], places, bits))
        self.rows = after
        self._place_all()


def _unpacked(packed: Words, places: tuple[tuple[int, int], ...], bits: tuple[int, ...]) -> Ints:
    columns = np.empty((len(places), len(packed)), np.int32)
    for column, (word, shift), wide in zip(columns, places, bits, strict=True):
        column[:] = packed[:, word] >> shift & ((1 << wide) - 1)
    return columns.T
