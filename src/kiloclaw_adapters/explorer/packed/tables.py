"""What is known of numbers, in arrays: worked out once for each number, by the core, and looked up by the thousand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from attrs import define

from kiloclaw_adapters.explorer.packed.rows import SMALLEST, Ints, Places, Rows, grown


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
        """What is known of each of these numbers; all up to the largest are worked out."""
        most = int(numbers.max()) + 1 if len(numbers) else 0
        if most > self._count:
            if most > len(self._known):
                self._known = grown(self._known, self._count, max(most, 2 * len(self._known)))
            for number in range(self._count, most):
                self._known[number] = self.work_out(number)
            self._count = most
        answers: Ints = self._known[numbers]
        return answers


@define(eq=False, init=False)
class Mapped:
    """An int for each row of ints, which `work_out` gives for a row that nobody has asked about."""

    work_out: Callable[..., int]
    _rows: Rows
    _known: Ints

    def __init__(self, width: int, work_out: Callable[..., int]) -> None:
        """Begin with nothing known; `work_out` takes the ints of a row one by one."""
        self.work_out, self._rows = work_out, Rows(width)
        self._known = np.empty(SMALLEST, np.int32)

    def of(self, columns: Sequence[Ints]) -> Ints:
        """What is known of each row that these columns make."""
        rows = np.stack(columns, axis=1)
        numbers, unseen = self._rows.numbers(rows)
        if len(unseen):
            before = self._rows.count - len(unseen)
            if self._rows.count > len(self._known):
                self._known = grown(self._known, before, max(self._rows.count, 2 * len(self._known)))
            self._known[before : self._rows.count] = [self.work_out(*row) for row in rows[unseen].tolist()]
        answers: Ints = self._known[numbers]
        return answers


@define(eq=False, init=False)
class Lists:
    """For each number from nought on a list of ints, all in one array one after the other."""

    starts: Places
    lengths: Places
    items: Ints
    count: int
    _end: int

    def __init__(self) -> None:
        """Begin without a list."""
        self.starts, self.lengths = np.zeros(SMALLEST, np.int64), np.zeros(SMALLEST, np.int64)
        self.items = np.empty(SMALLEST, np.int32)
        self.count = self._end = 0

    def add(self, items: Sequence[int]) -> None:
        """The list of the next number."""
        if self.count == len(self.starts):
            self.starts = grown(self.starts, self.count, 2 * self.count)
            self.lengths = grown(self.lengths, self.count, 2 * self.count)
        after = self._end + len(items)
        if after > len(self.items):
            self.items = grown(self.items, self._end, max(after, 2 * len(self.items)))
        self.starts[self.count], self.lengths[self.count] = self._end, len(items)
        self.items[self._end : after] = items
        self.count, self._end = self.count + 1, after

    def of(self, numbers: Ints) -> tuple[Places, Ints]:
        """All items of the lists of these numbers, in order, and of each whose it is: which of `numbers`."""
        lengths = self.lengths[numbers]
        whose = np.repeat(np.arange(len(numbers)), lengths)
        ends = np.cumsum(lengths)
        within = np.arange(len(whose)) - np.repeat(ends - lengths, lengths)
        items: Ints = self.items[self.starts[numbers][whose] + within]
        return whose, items
