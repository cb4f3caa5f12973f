"""Rows of ints that are numbered in the order in which they are first seen, thousands at a time.

A table answers with one number for each row, the same for equal rows; whatever is known of a row stands in an array
under its number. Rows are found by a hash and compared whole, so that two rows of one hash are still two.
"""

from __future__ import annotations

from typing import Final, TypeAlias, TypeVar

import numpy as np
from attrs import define
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int32]
Places: TypeAlias = NDArray[np.int64]
Hashes: TypeAlias = NDArray[np.uint64]

NONE: Final = -1
KindT = TypeVar("KindT", bound=np.generic)
SMALLEST: Final = 1 << 10
ODD: Final = np.uint64(0x9E3779B97F4A7C15)
SHIFT: Final = np.uint64(29)


def hashes_of(rows: Ints) -> Hashes:
    """One hash for each row: its ints mixed one after the other."""
    mixed: Hashes = np.zeros(len(rows), np.uint64)
    for column in range(rows.shape[1]):
        mixed ^= rows[:, column].astype(np.uint64)
        mixed *= ODD
        mixed ^= mixed >> SHIFT
    return mixed


@define(eq=False, init=False)
class Rows:
    """The distinct rows of one width, numbered from nought."""

    rows: Ints
    """One row for each number; behind `count` there is room."""
    count: int
    _hashes: Hashes
    _slots: Ints

    def __init__(self, width: int) -> None:
        """Begin with no row."""
        self.rows = np.empty((SMALLEST, width), np.int32)
        self._hashes = np.empty(SMALLEST, np.uint64)
        self._slots = np.full(2 * SMALLEST, NONE, np.int32)
        self.count = 0

    def numbers(self, rows: Ints) -> tuple[Ints, Places]:
        """The number of each row, and where among them those stand that are new, in the order of their numbers."""
        hashes = hashes_of(rows)
        found = self._found(rows, hashes)
        unseen = np.flatnonzero(found == NONE)
        if not len(unseen):
            return found, unseen
        firsts, which = _first_of_each(rows[unseen], hashes[unseen])
        found[unseen] = self.count + which
        places = unseen[firsts]
        self._add(rows[places], hashes[places])
        return found, places

    def _found(self, rows: Ints, hashes: Hashes) -> Ints:
        """The number of each row, or `NONE`."""
        slots, known, seen = self._slots, self._hashes, self.rows
        mask = np.uint64(len(slots) - 1)
        found = np.full(len(rows), NONE, np.int32)
        at = (hashes & mask).astype(np.int64)
        held = slots[at]
        left = np.flatnonzero(held != NONE)
        held = held[left]
        while len(left):
            same = known[held] == hashes[left]
            same[same] = (seen[held[same]] == rows[left[same]]).all(axis=1)
            found[left[same]] = held[same]
            left = left[~same]
            at[left] = (at[left] + 1) & (len(slots) - 1)
            held = slots[at[left]]
            there = held != NONE
            left, held = left[there], held[there]
        return found

    def _add(self, rows: Ints, hashes: Hashes) -> None:
        """Number these rows, none of which is known, one after the other."""
        after = self.count + len(rows)
        if after > len(self.rows):
            room = max(after, 2 * len(self.rows))
            self.rows = grown(self.rows, self.count, room)
            self._hashes = grown(self._hashes, self.count, room)
        self.rows[self.count : after] = rows
        self._hashes[self.count : after] = hashes
        before, self.count = self.count, after
        if 2 * after > len(self._slots):
            room = len(self._slots)
            while 2 * after > room:
                room *= 2
            self._slots = np.full(room, NONE, np.int32)
            before = 0
        self._place(np.arange(before, after, dtype=np.int32))

    def _place(self, numbers: Ints) -> None:
        """Give each of these numbers the next slot that is free."""
        slots, last = self._slots, len(self._slots) - 1
        at = (self._hashes[numbers] & np.uint64(last)).astype(np.int64)
        while len(numbers):
            free = slots[at] == NONE
            slots[at[free]] = numbers[free]
            lost = slots[at] != numbers
            numbers, at = numbers[lost], (at[lost] + 1) & last


def _first_of_each(rows: Ints, hashes: Hashes) -> tuple[Places, Places]:
    """Where each distinct row stands first, in that order, and which of them each row is."""
    _, firsts, which = np.unique(hashes, return_index=True, return_inverse=True)
    if not (rows[firsts[which]] == rows).all():  # two rows share a hash: as good as never
        _, firsts, which = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return firsts[order], rank[which.reshape(-1)]


def grown(array: NDArray[KindT], count: int, room: int) -> NDArray[KindT]:
    """The array with room for more behind what it holds."""
    larger = np.empty((room, *array.shape[1:]), array.dtype)
    larger[:count] = array[:count]
    return larger
