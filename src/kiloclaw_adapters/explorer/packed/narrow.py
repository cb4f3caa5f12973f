"""Rows kept in as few bits as their numbers take, several numbers in one int: a third of the memory of plain ones.

How many bits the numbers of a column take shows only as they come. When one takes more than there are, every row is
laid out anew, which is seldom: there is always some room.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from attrs import field, frozen

from kiloclaw_adapters.explorer.packed.rows import AT_A_TIME, SMALLEST, Ints, Places, Rows, Tags

BITS: Final = 31
"""How many bits of an int are used: all but that of its sign."""
ROOM: Final = 2
"""How many bits more than it takes at present a column gets."""


def _nothing() -> Ints:
    return np.empty(0, np.int32)


@frozen(eq=False)
class KeptRows:
    """Rows as they are kept in a file: how many bits each column has, and what the rows are found by."""

    bits: tuple[int, ...]
    rows: Ints
    tags: Tags
    rest_of: Ints = field(factory=_nothing)
    """Where a row is but the rest of a state: the rest of each state, and what it has left."""
    lefts: Ints = field(factory=_nothing)


class NarrowRows(Rows):
    """The distinct rows of one width, none of whose numbers is below nought, numbered from nought."""

    bits: tuple[int, ...]
    """How many each column has."""
    places: tuple[tuple[int, int], ...]
    """In which int of a row each column stands, and above how many other bits."""

    def __init__(self, width: int) -> None:
        """Begin with no row."""
        super().__init__(width)
        self._lay_out((ROOM,) * width)
        self.rows = np.empty((SMALLEST, self._width), np.int32)

    def kept(self, rows: Ints) -> Ints:
        """The rows in few ints; where these do not do, there are more of them from now on, for all rows."""
        needed = [int(most).bit_length() for most in rows.max(axis=0, initial=0)]
        if any(most > bits for most, bits in zip(needed, self.bits, strict=True)):
            self._widen(tuple(max(bits, min(BITS, most + ROOM)) for most, bits in zip(needed, self.bits, strict=True)))
        return self._packed(rows)

    def of(self, numbers: Places | Ints) -> Ints:
        """The rows of these numbers, a column for each of theirs."""
        return self._unpacked(self.rows[numbers])

    def keeping(self) -> KeptRows:
        """All that there is to these rows, to be restored from."""
        return KeptRows(self.bits, self.rows[: self.count], self._tags[: self.count])

    def restore(self, kept: KeptRows) -> None:
        """Hold these rows, and find them again."""
        self._lay_out(kept.bits)
        self.rows = np.empty((max(SMALLEST, len(kept.rows)), self._width), np.int32)
        self.count = 0
        self._add(kept.rows, kept.tags)

    @property
    def _width(self) -> int:
        return 1 + max(word for word, _ in self.places)

    def _lay_out(self, bits: tuple[int, ...]) -> None:
        """Give each column its place: the widest first, each where there is room for it."""
        used, places = list[int](), dict[int, tuple[int, int]]()
        for column in sorted(range(len(bits)), key=lambda one: -bits[one]):
            word = next((one for one, taken in enumerate(used) if taken + bits[column] <= BITS), len(used))
            if word == len(used):
                used.append(0)
            places[column] = (word, used[word])
            used[word] += bits[column]
        self.bits, self.places = bits, tuple(places[column] for column in range(len(bits)))

    def _widen(self, bits: tuple[int, ...]) -> None:
        """Lay every row out anew, some at a time."""
        before, places, old = self.rows, self.places, self.bits
        self._lay_out(bits)
        after = np.empty((len(before), self._width), np.int32)
        for first in range(0, self.count, AT_A_TIME):
            some = slice(first, min(first + AT_A_TIME, self.count))
            after[some] = self._packed(_unpacked(before[some], places, old))
        self.rows = after

    def _packed(self, rows: Ints) -> Ints:
        packed = np.zeros((len(rows), self._width), np.int32)
        for column, (word, shift) in enumerate(self.places):
            packed[:, word] |= rows[:, column] << shift
        return packed

    def _unpacked(self, packed: Ints) -> Ints:
        return _unpacked(packed, self.places, self.bits)


def _unpacked(packed: Ints, places: tuple[tuple[int, int], ...], bits: tuple[int, ...]) -> Ints:
    rows = np.empty((len(packed), len(places)), np.int32)
    for column, ((word, shift), wide) in enumerate(zip(places, bits, strict=True)):
        rows[:, column] = packed[:, word] >> shift & ((1 << wide) - 1)
    return rows
