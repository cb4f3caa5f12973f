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
Marks: TypeAlias = NDArray[np.bool_]
Hashes: TypeAlias = NDArray[np.uint64]
Tags: TypeAlias = NDArray[np.uint32]
"""The lower half of each hash."""

NONE: Final = -1
KindT = TypeVar("KindT", bound=np.generic)
SMALLEST: Final = 1 << 10
AT_A_TIME: Final = 1 << 14
"""How many are followed at once: enough that Python is seldom asked, few enough that all fits into the cache."""
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
    """One row for each number; behind `count` there is room. It moves as it grows, so nobody may keep a view of it."""
    count: int
    _tags: Tags
    _slots: Ints

    def __init__(self, width: int) -> None:
        """Begin with no row."""
        self.rows = np.empty((SMALLEST, width), np.int32)
        self._tags = np.empty(SMALLEST, np.uint32)
        self._slots = np.full(2 * SMALLEST, NONE, np.int32)
        self.count = 0

    def numbers(self, rows: Ints) -> tuple[Ints, Places]:
        """The number of each row, and where among them those stand that are new, in the order of their numbers."""
        hashes, kept = hashes_of(rows), self.kept(rows)
        tags = hashes.astype(np.uint32)
        found = self._found(kept, tags)
        unseen = np.flatnonzero(found == NONE)
        if not len(unseen):
            return found, unseen
        firsts, which = _first_of_each(kept[unseen], hashes[unseen])
        found[unseen] = self.count + which
        places = unseen[firsts]
        self._add(kept[places], tags[places])
        return found, places

    def kept(self, rows: Ints) -> Ints:
        """The rows as they are kept."""
        return rows

    def closed(self) -> None:
        """Give back what finds rows: from now on they are only read."""
        self._tags, self._slots = np.empty(0, np.uint32), np.empty(0, np.int32)

    def _found(self, rows: Ints, tags: Tags) -> Ints:
        """The number of each row, or `NONE`."""
        slots, known, seen = self._slots, self._tags, self.rows
        found = np.full(len(rows), NONE, np.int32)
        at = (tags & np.uint32(len(slots) - 1)).astype(np.int64)
        held = slots[at]
        left = np.flatnonzero(held != NONE)
        held = held[left]
        while len(left):
            same = known[held] == tags[left]
            same[same] = (seen[held[same]] == rows[left[same]]).all(axis=1)
            found[left[same]] = held[same]
            left = left[~same]
            at[left] = (at[left] + 1) & (len(slots) - 1)
            held = slots[at[left]]
            there = held != NONE
            left, held = left[there], held[there]
        return found

    def _add(self, rows: Ints, tags: Tags) -> None:
        """Number these rows, none of which is known, one after the other."""
        after = self.count + len(rows)
        grow(self.rows, after)
        grow(self._tags, after)
        self.rows[self.count : after] = rows
        self._tags[self.count : after] = tags
        before, self.count = self.count, after
        if 2 * after > len(self._slots):
            room = len(self._slots)
            while 2 * after > room:
                room *= 2
            self._slots = np.empty(0, np.int32)  # the old ones are gone before the new ones come
            self._slots = np.full(room, NONE, np.int32)
            before = 0
        for first in range(before, after, AT_A_TIME):
            self._place(np.arange(first, min(first + AT_A_TIME, after), dtype=np.int32))

    def _place(self, numbers: Ints) -> None:
        """Give each of these numbers the next slot that is free."""
        slots, last = self._slots, len(self._slots) - 1
        at = (self._tags[numbers] & np.uint32(last)).astype(np.int64)
        while len(numbers):
            free = slots[at] == NONE
            slots[at[free]] = numbers[free]
            lost = slots[at] != numbers
            numbers, at = numbers[lost], (at[lost] + 1) & last


def _first_of_each(rows: Ints, hashes: Hashes) -> tuple[Places, Places]:
    """Where each distinct row stands first, in that order, and which of them each row is."""
    firsts, which = _alike(hashes)
    if not (rows[firsts[which]] == rows).all():  # two rows share a hash: as good as never
        _, firsts, which = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(firsts)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return firsts[order], rank[which.reshape(-1)]


def _alike(hashes: Hashes) -> tuple[Places, Places]:
    """Where each distinct hash stands first, and which of them each is: as `np.unique` says it, in half the time."""
    order = np.argsort(hashes)
    begins = np.ones(len(order), np.bool_)
    begins[1:] = hashes[order[1:]] != hashes[order[:-1]]
    which = np.empty(len(order), np.int64)
    which[order] = np.cumsum(begins) - 1
    return np.minimum.reduceat(order, np.flatnonzero(begins)), which


def grow(array: NDArray[KindT], count: int) -> None:
    """Make room for so many where the array stands: an eighth more than it had at least, and never twice."""
    room = len(array)
    if count > room:
        array.resize((max(count, room + room // 8), *array.shape[1:]), refcheck=False)
