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
Words: TypeAlias = NDArray[np.int64]
"""Rows as they are kept and compared, a few words each."""
Marks: TypeAlias = NDArray[np.bool_]
Hashes: TypeAlias = NDArray[np.uint64]

NONE: Final = -1
KindT = TypeVar("KindT", bound=np.generic)
SMALLEST: Final = 1 << 10
MANY: Final = 1 << 20
"""So many slots, four megabytes, are made twice as many; fewer are made four times as many."""
AT_A_TIME: Final = 1 << 15
"""How many are followed at once: enough that Python is seldom asked, few enough that all fits into the cache."""
ODD: Final = np.uint64(0x9E3779B97F4A7C15)
HALF: Final = np.uint64(32)


def hashes_of(rows: Words) -> Hashes:
    """One hash for each row, its words mixed one after the other; the upper bits are the best."""
    mixed: Hashes = np.zeros(len(rows), np.uint64)
    for column in range(rows.shape[1]):
        mixed ^= rows[:, column].view(np.uint64)
        mixed *= ODD
        mixed ^= mixed >> HALF
    mixed *= ODD
    return mixed


def alike(some: Words, others: Words) -> Marks:
    """Whether each row is the same as the one beside it, word by word."""
    same: Marks = np.ones(len(some), np.bool_)
    for column in range(some.shape[1]):
        same &= some[:, column] == others[:, column]
    return same


@define(eq=False, init=False)
class Rows:
    """The distinct rows of one width, numbered from nought."""

    rows: Words
    """One row for each number; behind `count` there is room. It moves as it grows, so nobody may keep a view of it."""
    count: int
    _slots: Ints
    """The number of the row that is found there, or `NONE`; at least half of them are free."""

    def __init__(self, width: int) -> None:
        """Begin with no row."""
        self.rows = np.empty((SMALLEST, width), np.int64)
        self._slots = np.full(2 * SMALLEST, NONE, np.int32)
        self.count = 0

    def numbers(self, rows: Ints) -> tuple[Ints, Places]:
        """The number of each row, and where among them those stand that are new, in the order of their numbers."""
        return self.numbered(self.kept(rows))

    def numbered(self, rows: Words) -> tuple[Ints, Places]:
        """The same of rows as they are kept."""
        self._make_room(len(rows))
        found, at = self._found(rows)
        unseen = np.flatnonzero(found == NONE)
        if not len(unseen):
            return found, unseen
        rows = rows.take(unseen, axis=0)
        at = at[unseen]
        firsts = self._placed(rows, at, self.count)
        new = np.flatnonzero(firsts == np.arange(len(firsts)))
        numbers, after = np.empty(len(firsts), np.int32), self.count + len(new)
        numbers[new] = np.arange(self.count, after)
        found[unseen] = numbers[firsts]
        self._slots[at[new]] = numbers[new]
        grow(self.rows, after)
        self.rows[self.count : after] = rows.take(new, axis=0)
        self.count = after
        return found, unseen[new]

    def kept(self, rows: Ints) -> Words:
        """The rows as they are kept."""
        return rows.astype(np.int64)

    def closed(self) -> None:
        """Give back what finds rows: from now on they are only read."""
        self._slots = np.empty(0, np.int32)

    def _found(self, rows: Words) -> tuple[Ints, Places]:
        """The number of each row, or `NONE`; and the slot where it is found, or else the free one where it would be."""
        at = self._slots_of(rows)
        found = self._slots[at]
        there = found != NONE
        same = alike(self.rows.take(found.astype(np.int64), axis=0), rows)  # where none is found this is not looked at
        left = np.flatnonzero(there & ~same)
        while len(left):
            at[left] = here = self._after(at[left])
            found[left] = held = self._slots[here]
            there = held != NONE
            left, held = left[there], held[there].astype(np.int64)
            left = left[~alike(self.rows.take(held, axis=0), rows.take(left, axis=0))]
        return found, at

    def _placed(self, rows: Words, at: Places, first: int) -> Places:
        """Which of these rows, none of which is found, each is: of equal ones, which share a slot, it is the first.

        The slot of each holds the place of that row, `first` added; they begin with free ones, and `at` says in the end
        which they are.
        """
        slots, numbers = self._slots, np.arange(first, first + len(rows), dtype=np.int32)
        slots[at[::-1]] = numbers[::-1]  # of several for one slot the first is written last, and stays
        which = slots[at].astype(np.int64) - first
        left = np.flatnonzero(~alike(rows.take(which, axis=0), rows))
        while len(left):
            at[left] = here = self._after(at[left])
            free = np.flatnonzero(slots[here] == NONE)[::-1]
            slots[here[free]] = numbers[left[free]]
            which[left] = standing = slots[here].astype(np.int64) - first
            same = alike(rows.take(standing, axis=0, mode="clip"), rows.take(left, axis=0))
            left = left[~same | (standing < 0)]
        return which

    def _make_room(self, more: int) -> None:
        """See that at least half of all slots are free, however many of so many more rows are new."""
        room = len(self._slots)
        while 2 * (self.count + more) > room:
            room *= 2 if room >= MANY else 4  # each time all rows are placed anew
        if room > len(self._slots):
            self._slots = np.empty(0, np.int32)  # the old ones are gone before the new ones come
            self._slots = np.empty(room, np.int32)
            self._place_all()

    def _place_all(self) -> None:
        """Give every row its slot anew."""
        self._slots.fill(NONE)
        for first in range(0, self.count, AT_A_TIME):
            rows = self.rows[first : min(first + AT_A_TIME, self.count)]
            _, at = self._found(rows)
            self._placed(rows, at, first)

    def _slots_of(self, rows: Words) -> Places:
        """The slot where each row is looked for first."""
        shift = np.uint64(64 - (len(self._slots).bit_length() - 1))  # the upper bits say which
        return (hashes_of(rows) >> shift).view(np.int64)

    def _after(self, slots: Places) -> Places:
        """The slot behind each of these."""
        return (slots + 1) & (len(self._slots) - 1)


def grow(array: NDArray[KindT], count: int) -> None:
    """Make room for so many where the array stands: an eighth more than it had at least, and never twice."""
    room = len(array)
    if count > room:
        array.resize((max(count, room + room // 8), *array.shape[1:]), refcheck=False)
