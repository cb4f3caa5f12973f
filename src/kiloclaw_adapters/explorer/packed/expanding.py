"""What may happen in thousands of states at once, and the states that it leads to."""

from __future__ import annotations

from typing import Generic

import numpy as np
from attrs import define, frozen
from numpy.typing import NDArray

from kiloclaw_adapters.explorer.packed.answers import CALM, QUIET, Group, Moves, groups_of
from kiloclaw_adapters.explorer.packed.mirroring import Mirroring
from kiloclaw_adapters.explorer.packed.rows import NONE, Ints, Marks, Places
from kiloclaw_adapters.explorer.packed.settling import Bagging, Renumbering
from kiloclaw_adapters.explorer.packed.tables import Lists, Mapped
from kiloclaw_core.explore.bagging import slots_asked
from kiloclaw_core.explore.compiled import Footprint
from kiloclaw_core.explore.components import EMPTY, NO_SLOT, Components
from kiloclaw_core.explore.images import Images
from kiloclaw_core.explore.model import Cell, SceneT


@frozen
class Edges:
    """What may happen in some states: in which, which move, of which slot, and when; that of one state in order."""

    state: Places
    move: Ints
    slot: Ints
    when: NDArray[np.int8]


@define(eq=False, init=False)
class Expansion(Generic[SceneT]):
    """All rules of a product, asked for thousands of states at once."""

    components: Components[SceneT]
    moves: Moves[SceneT]
    cells: set[Cell]
    """The cells of the transition table that the moves have shown."""
    _groups: tuple[Group[SceneT], ...]
    _goes_by_parts: bool
    """Whether no rule goes by slots and none is quiet, and each group has rules behind those of the one before."""
    _bagging: Bagging[SceneT]
    _renumbering: Renumbering[SceneT]
    _mirroring: Mirroring[SceneT] | None
    _patched: Mapped
    _asked: list[tuple[int, int]]
    """For each entry its slot, and the bits of the rules that find it blocked."""
    _entry_ids: dict[tuple[int, int], int]
    _entries: Lists

    def __init__(self, components: Components[SceneT]) -> None:
        """Begin with nothing asked."""
        rules = components.product.rules
        self.components, self.cells = components, set()
        self.moves = Moves(len(components.parts))
        footprints = [Footprint(components, number, self.cells) for number in range(len(rules))]
        self._groups = groups_of(components, self.moves, footprints)
        numbers = [one.number for group in self._groups for one in group.footprints]
        special = any(group.by_slot or group.quiet for group in self._groups)
        self._goes_by_parts = bool(self._groups) and numbers == sorted(numbers) and not special
        self._bagging, self._renumbering = Bagging(components), Renumbering(components)
        mirror = components.product.mirror
        images = None if mirror is None else Images(components, mirror)
        self._mirroring = None if images is None else Mirroring(images, self._renumbering)
        self._patched = Mapped(3, lambda which, part, held: self.moves.fields[which].patched(part, held))
        self._asked, self._entry_ids, self._entries = [], {}, Lists()

    def edges(self, columns: list[Ints]) -> Edges:
        """What may happen in these states, whose parts and bags these columns hold."""
        edges = self._at_once(columns) if self._goes_by_parts else self._allowed(columns)
        return self._calmed(edges, len(columns[-1]))

    def _allowed(self, columns: list[Ints]) -> Edges:
        """All that the rules allow, before quiet moves are dropped; quiet rules only where nothing calm is enabled."""
        bags = columns[-1]
        whose, entries = self._entries_of(bags)
        beside = [column[whose] for column in columns[:-1]]
        slots = np.array([slot for slot, _ in self._asked] or [NO_SLOT], np.int32)
        states, moves, gone = list[Places](), list[Ints](), list[Ints]()
        calm = np.zeros(len(bags), np.bool_)
        for group in self._groups:
            if group.quiet:
                still = np.flatnonzero(~calm)
                which, allowed = group.answers([column[still] for column in columns[:-1]], None, ())
                states.append(still[which])
                gone.append(np.full(len(which), NO_SLOT, np.int32))
            elif group.by_slot:
                which, allowed = group.answers(beside, entries, self._asked)
                states.append(whose[which])
                gone.append(slots[entries[which]])
            else:
                which, allowed = group.answers(columns[:-1], None, ())
                states.append(which)
                gone.append(np.full(len(which), NO_SLOT, np.int32))
            moves.append(allowed)
            calm[states[-1][self.moves.when[allowed] == CALM]] = True
        return self._in_order(np.concatenate(states), np.concatenate(moves), np.concatenate(gone))

    def _in_order(self, state: Places, move: Ints, slot: Ints) -> Edges:
        """What may happen, in the order of states, and of rules in each state."""
        order = in_order(state * len(self.components.product.rules) + self.moves.rule[move])
        move = move[order]
        return Edges(state[order], move, slot[order], self.moves.when[move])

    def _at_once(self, columns: list[Ints]) -> Edges:
        """All that the rules allow where they go by parts alone and are asked one group after the other, in order."""
        lists = np.stack([group.lists(columns[:-1], None, ()) for group in self._groups], axis=1)
        which, move = self.moves.lists.of(lists.reshape(-1))
        slot = np.full(len(move), NO_SLOT, np.int32)
        return Edges(which // len(self._groups), move, slot, self.moves.when[move])

    def _entries_of(self, bags: Ints) -> tuple[Places, Ints]:
        """The distinct slots of these bags, each as an entry: with the rules that find it blocked."""
        most = int(bags.max()) + 1
        for bag in range(self._entries.count, most):
            self._entries.add([self._entry(asked) for asked in slots_asked(self.components, bag)])
        return self._entries.of(bags)

    def _entry(self, asked: tuple[int, int]) -> int:
        known = self._entry_ids.setdefault(asked, len(self._asked))
        if known == len(self._asked):
            self._asked.append(asked)
        return known

    def _calmed(self, edges: Edges, count: int) -> Edges:
        """Without the quiet moves, where there is a calm one; the cells of those that stay are noted."""
        quiet = edges.when == QUIET
        if not quiet.any():
            return edges
        calm = np.zeros(count, np.bool_)
        calm[edges.state[edges.when == CALM]] = True
        kept = ~(quiet & calm[edges.state])
        for move in np.unique(edges.move[quiet & kept]).tolist():
            *_, cell = self.moves.told[move]
            if cell is not None:
                self.cells.add(cell)
        return Edges(edges.state[kept], edges.move[kept], edges.slot[kept], edges.when[kept])

    def after(self, columns: list[Ints], edges: Edges) -> list[Ints]:
        """The states that these moves lead to, a column for each part and one for the bags."""
        moves, after = self.moves, list[Ints]()
        for place, column in enumerate(columns[:-1]):
            writes, before = moves.writes[edges.move, place], column[edges.state]
            part = np.where(writes != NONE, writes, before)
            which = np.flatnonzero(moves.patched[edges.move, place] != NONE)
            if len(which):
                move = edges.move[which]
                part[which] = self._patched.of((moves.patched[move, place], before[which], moves.held[move, place]))
            after.append(part)
        after.append(self._bags_after(columns[-1][edges.state], edges, after))
        self._renumbering.settle(after)
        return after

    def standing(self, columns: list[Ints]) -> tuple[Ints, Marks]:
        """What stands for these states, a row for each, and whether each is its own mirror image."""
        own = np.ones(len(columns[0]), np.bool_) if self._mirroring is None else self._mirroring.standing(columns)
        return np.stack(columns).T, own

    def _bags_after(self, bags: Ints, edges: Edges, parts: list[Ints]) -> Ints:
        moves = self.moves
        sweeps = np.flatnonzero(moves.sweeps[edges.move])
        bags[sweeps] = self._bagging.swept(moves.rule[edges.move[sweeps]].astype(np.int32), bags[sweeps])
        added = moves.added[edges.move]
        changed = np.flatnonzero((added != EMPTY) | (edges.slot != NO_SLOT))
        bags[changed] = self._bagging.changed(bags[changed], edges.slot[changed], added[changed])
        prunes = np.flatnonzero(moves.prunes[edges.move])
        if len(prunes):
            bags[prunes] = self._bagging.pruned([part[prunes] for part in parts], bags[prunes])
        return bags


def in_order(keys: Places) -> Places:
    """Where these stand by size, those first of equal ones that come first: sorted together with their places."""
    bits = len(keys).bit_length()
    joined = keys << bits | np.arange(len(keys))
    joined.sort()
    return joined & ((1 << bits) - 1)
