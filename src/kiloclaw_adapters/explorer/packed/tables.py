"""What is known of numbers, in arrays: worked out once for each number, by the core, and looked up by the thousand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Generic

import numpy as np
from attrs import define
from numpy.typing import NDArray

from kiloclaw_adapters.explorer.packed.readings import Readings
from kiloclaw_adapters.explorer.packed.rows import SMALLEST, Ints, KindT, Marks, Places, grow

UNKNOWN: Final = np.iinfo(np.int32).min
"""What nothing is worked out to."""


@define(eq=False, init=False)
class Known:
    """An int for each number from nought on, which `work_out` gives when it is first asked for."""

    work_out: Callable[[int], int]
    _known: Ints
    _count: int

    def __init__(self, work_out: Callable[[int], int]) -> None:
        """Begin with nothing known."""
        self.work_out, self._count = work_out, 0
        self._known = np.empty(SMALLEST, np.int32)

    def of(self, numbers: Ints) -> Ints:
        """What is known of each of these numbers; of those that nobody asks about nothing is worked out."""
        most = int(numbers.max()) + 1 if len(numbers) else 0
        if most > self._count:
            grow(self._known, most)
            self._known[self._count : most] = UNKNOWN
            self._count = most
        answers: Ints = self._known[numbers]
        unknown = answers == UNKNOWN
        if unknown.any():
            for number in np.unique(numbers[unknown]).tolist():
                self._known[number] = self.work_out(number)
            answers = self._known[numbers]
        return answers


@define(eq=False, init=False)
class Mapped:
    """An int for each row of ints, which `work_out` gives for a row that nobody has asked about."""

    work_out: Callable[..., int]
    _readings: Readings
    _known: Ints

    def __init__(self, width: int, work_out: Callable[..., int]) -> None:
        """Begin with nothing known; `work_out` takes the ints of a row one by one."""
        self.work_out, self._readings = work_out, Readings(width)
        self._known = np.empty(SMALLEST, np.int32)

    def of(self, columns: Sequence[Ints]) -> Ints:
        """What is known of each row that these columns make."""
        numbers, unseen = self._readings.numbers(columns, len(columns[0]))
        if len(unseen):
            count = self._readings.count
            rows = zip(*(column[unseen].tolist() for column in columns), strict=True)
            grow(self._known, count)
            self._known[count - len(unseen) : count] = [self.work_out(*row) for row in rows]
        answers: Ints = self._known[numbers]
        return answers


@define(eq=False, init=False)
class Lists:
    """For each number from nought on a list of ints, all in one array one after the other."""

    starts: Places
    lengths: Ints
    items: Ints
    count: int
    _end: int

    def __init__(self) -> None:
        """Begin without a list."""
        self.starts, self.lengths = np.zeros(SMALLEST, np.int64), np.zeros(SMALLEST, np.int32)
        self.items = np.empty(SMALLEST, np.int32)
        self.count = self._end = 0

    def add(self, items: Sequence[int]) -> None:
        """The list of the next number."""
        after = self._end + len(items)
        grow(self.starts, self.count + 1)
        grow(self.lengths, self.count + 1)
        grow(self.items, after)
        self.starts[self.count], self.lengths[self.count] = self._end, len(items)
        self.items[self._end : after] = items
        self.count, self._end = self.count + 1, after

    def of(self, numbers: Ints) -> tuple[Places, Ints]:
        """All items of the lists of these numbers, in order, and of each whose it is: which of `numbers`."""
        lengths = self.lengths[numbers]
        before = np.cumsum(lengths, dtype=np.int64) - lengths
        whose = np.repeat(np.arange(len(numbers)), lengths)
        at = np.repeat(self.starts[numbers] - before, lengths) + np.arange(len(whose))
        items: Ints = self.items[at]
        return whose, items


@define(eq=False, init=False)
class Kept(Generic[KindT]):
    """One number after the other, in as few bytes as they take."""

    count: int
    _numbers: NDArray[KindT]

    def __init__(self, kind: type[KindT]) -> None:
        """Begin with none."""
        self._numbers, self.count = np.empty(SMALLEST, kind), 0

    def extend(self, numbers: Ints | Places | Marks) -> None:
        """Keep these as well."""
        after = self.count + len(numbers)
        grow(self._numbers, after)
        self._numbers[self.count : after] = numbers
        self.count = after

    def restore(self, numbers: NDArray[KindT]) -> None:
        """Hold these instead."""
        self._numbers, self.count = np.concatenate([numbers, np.empty(SMALLEST, numbers.dtype)]), len(numbers)

    @property
    def all(self) -> NDArray[KindT]:
        """All that are kept; nobody may hold them while more come."""
        return self._numbers[: self.count]
