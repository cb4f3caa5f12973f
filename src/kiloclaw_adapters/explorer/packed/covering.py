"""States that differ only in how much may still happen: what has less left than one that was found is passed over.

The rest of a state, all but its allowance, is numbered like any row; the states of one rest stand in a chain, the
newest first. What is passed over is what the core passes over, in the same order.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from attrs import define, evolve

from kiloclaw_adapters.explorer.packed.narrow import KeptRows, NarrowRows
from kiloclaw_adapters.explorer.packed.rows import NONE, SMALLEST, Ints, Marks, Places, grow
from kiloclaw_adapters.explorer.packed.tables import Kept
from kiloclaw_core.explore.allowance import amounts_of


@define(eq=False, init=False)
class CoveredRows:
    """The distinct rows none of which is covered by one before it, numbered from nought."""

    _rests: NarrowRows
    _rest_of: Kept[np.int32]
    _lefts: Kept[np.int32]
    """The allowance of each state."""
    _before: Kept[np.int32]
    """The state of the same rest that came before each, or `NONE`."""
    _newest: Ints
    """The newest state of each rest, or `NONE`."""
    _place: int
    _allowances: Sequence[Hashable]
    _amounts: Ints

    def __init__(self, width: int, place: int, allowances: Sequence[Hashable]) -> None:
        """Begin with no row; the allowance, one of these, stands at this place."""
        self._place, self._allowances = place, allowances
        self._rests = NarrowRows(width - 1)
        self._rest_of, self._lefts, self._before = Kept(np.int32), Kept(np.int32), Kept(np.int32)
        self._newest = np.full(SMALLEST, NONE, np.int32)
        self._amounts = np.empty((0, 0), np.int32)

    @property
    def count(self) -> int:
        """How many there are."""
        return self._rest_of.count

    def numbers(self, rows: Ints) -> tuple[Ints, Places]:
        """The number of what covers each row, which may be itself, and where those stand that are new, in order."""
        rests, _ = self._rests.numbers(np.delete(rows, self._place, axis=1))
        lefts = np.ascontiguousarray(rows[:, self._place])
        self._make_room()
        found = self._covering(rests, lefts)
        unseen = np.flatnonzero(found == NONE)
        if not len(unseen):
            return found, unseen
        rounds, standing = self._rounds(unseen, rests, lefts)
        new = np.sort(np.concatenate(rounds))
        found[unseen] = self.count + np.searchsorted(new, standing)
        self._rest_of.extend(rests[new])
        self._lefts.extend(lefts[new])
        self._before.extend(np.full(len(new), NONE, np.int32))
        for some in rounds:
            self._chain(rests[some], found[some])
        return found, new

    def of(self, numbers: Places | Ints) -> Ints:
        """The rows of these numbers."""
        return np.insert(self._rests.of(self._rest_of.all[numbers]), self._place, self._lefts.all[numbers], axis=1)

    def closed(self) -> None:
        """Give back what finds rows: from now on they are only read."""
        self._rests.closed()
        self._before, self._newest = Kept(np.int32), np.empty(0, np.int32)

    def keeping(self) -> KeptRows:
        """All that there is to these rows, to be restored from."""
        return evolve(self._rests.keeping(), rest_of=self._rest_of.all, lefts=self._lefts.all)

    def restore(self, kept: KeptRows) -> None:
        """Hold these rows, and find them again."""
        self._rests.restore(kept)
        self._rest_of.restore(kept.rest_of)
        self._lefts.restore(kept.lefts)
        self._before.restore(np.full(len(kept.lefts), NONE, np.int32))
        self._make_room()
        order = np.argsort(kept.rest_of, kind="stable")
        alike = kept.rest_of[order[1:]] == kept.rest_of[order[:-1]]
        self._before.all[order[1:][alike]] = order[:-1][alike]
        self._newest[kept.rest_of[order]] = order  # of one rest the last is the newest

    def _make_room(self) -> None:
        """Know what every allowance counts, and of every rest that it has no state yet."""
        if len(self._amounts) < len(self._allowances):
            self._amounts = np.array([amounts_of(one) for one in self._allowances], np.int32)
        room = len(self._newest)
        grow(self._newest, self._rests.count)
        self._newest[room:] = NONE

    def _covering(self, rests: Ints, lefts: Ints) -> Ints:
        """The newest state of the same rest that has as much left, or more; or `NONE`."""
        found, at = np.full(len(rests), NONE, np.int32), self._newest[rests]
        waiting = np.flatnonzero(at != NONE)
        while len(waiting):
            here = at[waiting]
            covered = self._covers(self._lefts.all[here], lefts[waiting])
            found[waiting[covered]] = here[covered]
            waiting = waiting[~covered]
            at[waiting] = self._before.all[at[waiting]]
            waiting = waiting[at[waiting] != NONE]
        return found

    def _rounds(self, unseen: Places, rests: Ints, lefts: Ints) -> tuple[list[Places], Places]:
        """Which of these rows are new, those of one rest each in a round of its own; and what covers each of all."""
        rounds, standing, waiting = list[Places](), unseen.copy(), np.arange(len(unseen))
        while len(waiting):
            _, firsts, which = np.unique(rests[unseen[waiting]], return_index=True, return_inverse=True)
            heads = unseen[waiting[firsts]]
            rounds.append(heads)
            head = heads[which.reshape(-1)]
            covered = self._covers(lefts[head], lefts[unseen[waiting]])
            standing[waiting[covered]] = head[covered]
            waiting = waiting[~covered]
        return rounds, standing

    def _covers(self, more: Ints, less: Ints) -> Marks:
        """Whether each of these allowances leaves as much as the one beside it, or more."""
        covered: Marks = np.asarray((self._amounts[more] >= self._amounts[less]).all(axis=1))
        return covered

    def _chain(self, rests: Ints, numbers: Ints) -> None:
        """Put each of these states, no two of one rest, before all others of its rest."""
        self._before.all[numbers] = self._newest[rests]
        self._newest[rests] = numbers
