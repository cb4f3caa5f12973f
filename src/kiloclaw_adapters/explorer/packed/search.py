"""The packed explorer: the same search as the core's, thousands of states at a time, in arrays of numpy.

Every state is a row of ints: one for each part, one for its bag. Rules, bags, renumbering and claims answer from
tables, which the core fills, one reading at a time; nothing is decided here. What is found is the same to the last
state, in the same order, and the report is made by the core.
"""

from __future__ import annotations

from array import array
from collections.abc import Generator
from typing import Final, Generic

import numpy as np
from attrs import define, frozen
from numpy.typing import NDArray

from kiloclaw_adapters.explorer.packed.answers import CALM, FREE, QUIET, Group, Moves, groups_of, joint_of
from kiloclaw_adapters.explorer.packed.home import measured
from kiloclaw_adapters.explorer.packed.rows import NONE, SMALLEST, Ints, Places, Rows, grown
from kiloclaw_adapters.explorer.packed.settling import Bagging, Renumbering
from kiloclaw_adapters.explorer.packed.tables import Known, Lists, Mapped
from kiloclaw_core.explore.canonical import pruned
from kiloclaw_core.explore.compiled import Footprint
from kiloclaw_core.explore.components import EMPTY, NO_SLOT, Components
from kiloclaw_core.explore.found import Found
from kiloclaw_core.explore.home import CalmGraph
from kiloclaw_core.explore.interned import audit, told
from kiloclaw_core.explore.judge import Judge, Readers, marks_of
from kiloclaw_core.explore.model import Cell, Claim, SceneT
from kiloclaw_core.explore.product import EachSlot, Joint, Product, check_product, place_of
from kiloclaw_core.explore.report import Progress, Report

AT_A_TIME: Final = 1 << 14
"""How many states are followed at once: enough that Python is seldom asked, few enough that all fits into the cache."""
AUDITED: Final = 2_000
"""After so many audits they become rarer, so that a long search is not one long audit."""


@frozen
class Edges:
    """What may happen in some states: in which of them, which move, of which slot; the choices of a state in order."""

    state: Places
    move: Ints
    slot: Ints


@define(eq=False, init=False)
class PackedSearch(Generic[SceneT]):
    """What has been found so far; states are numbered in the order of discovery."""

    product: Product[SceneT]
    components: Components[SceneT]
    moves: Moves[SceneT]
    cells: set[Cell]
    states: Rows
    edges: int
    depth: int
    followed: int
    _groups: tuple[Group[SceneT], ...]
    _bagging: Bagging[SceneT]
    _renumbering: Renumbering[SceneT]
    _judging: Judging[SceneT]
    _patched: Mapped
    _asked: list[tuple[int, int]]
    """For each entry its slot, and the bits of the rules that find it blocked."""
    _entry_ids: dict[tuple[int, int], int]
    _entries: Lists
    _parents: list[Ints]
    _choices: list[Ints]
    _marks: NDArray[np.uint64]
    _first: dict[int, int]
    _calm_counts: list[Places]
    _calm_targets: list[Ints]

    def __init__(self, product: Product[SceneT]) -> None:
        """Begin with the initial state found and nothing followed."""
        check_product(product)
        self.product, self.cells = product, set()
        self.components = components = Components(product)
        self.moves = Moves(len(product.names))
        footprints = [Footprint(components, number, self.cells) for number in range(len(product.rules))]
        self._groups = groups_of(components, self.moves, footprints)
        self._bagging, self._renumbering = Bagging(components), Renumbering(components)
        self._judging = Judging(components)
        self._patched = Mapped(3, lambda which, part, held: self.moves.fields[which].patched(part, held))
        self._asked, self._entry_ids, self._entries = [], {}, Lists()
        self._parents, self._choices, self._first = [], [], {}
        self._marks = np.empty(SMALLEST, np.uint64)
        self._calm_counts, self._calm_targets = [], []
        self.states = Rows(len(product.names) + 1)
        self.edges = self.depth = self.followed = 0
        vector, bag = components.state_of(pruned(product, product.initial()))
        initial = np.array([[*components.vectors.contents[vector], bag]], np.int32)
        self.states.numbers(initial)
        self._note(initial, np.zeros(1, np.int64), np.zeros(1, np.int64))

    def run(self, *, audit_every: int = 100) -> Generator[Progress, None, None]:
        """Follow states in the order of discovery until there is none that was not followed."""
        level_end, level = 1, 0
        while self.followed < self.states.count:
            if self.followed == level_end:
                level, level_end = level + 1, self.states.count
            here = np.arange(self.followed, min(self.followed + AT_A_TIME, level_end))
            if self._follow(here, audit_every):
                self.depth = level + 1
            yield Progress(self.states.count, self.edges, self.depth, self.states.count - self.followed)

    def report(self) -> Report:
        """What was found, each claim with the trace that shows it."""
        offsets = np.cumsum(np.concatenate([np.zeros(1, np.int64), *self._calm_counts]))
        marks = self._marks[: self.states.count]
        found = Found(
            self.product,
            self._joint,
            ints(np.concatenate(self._parents)),
            ints(np.concatenate(self._choices)),
            CalmGraph(ints(offsets), ints(np.concatenate(self._calm_targets))),
            lambda claim: (marks >> np.uint64(claim) & np.uint64(1)).astype(np.bool_).tolist(),
            self._first,
            self.edges,
            self.depth,
            self.cells,
            measured,
        )
        return found.report()

    def _follow(self, here: Places, audit_every: int) -> bool:
        """Follow these states, one after the other in the order of discovery; whether anything new was found."""
        columns = [np.ascontiguousarray(column) for column in self.states.rows[here[0] : here[-1] + 1].T]
        edges = self._calmed(self._edges(columns), len(here))
        after = self._after(columns, edges)
        known, new = self.states.numbers(after)
        counts = np.bincount(edges.state, minlength=len(here))
        choices = np.arange(len(edges.state)) - np.repeat(np.cumsum(counts) - counts, counts)
        if len(new):
            self._note(after[new], here[edges.state[new]], choices[new])
        calm = self.moves.when[edges.move] != FREE
        self._calm_targets.append(known[calm])
        self._calm_counts.append(np.bincount(edges.state[calm], minlength=len(here)))
        every = audit_every * (1 + self.followed // (audit_every * AUDITED)) ** 2
        for place in np.flatnonzero(here % every == 0).tolist():
            which = np.flatnonzero(edges.state == place)
            self._audit(int(here[place]), edges.move[which], known[which])
        self.edges += len(edges.state)
        self.followed = int(here[-1]) + 1
        return len(new) > 0

    def _edges(self, columns: list[Ints]) -> Edges:
        """All that the rules allow in these states, before quiet moves are dropped."""
        bags = columns[-1]
        whose, entries = self._entries_of(bags)
        beside = [column[whose] for column in columns[:-1]]
        slots = np.array([slot for slot, _ in self._asked] or [NO_SLOT], np.int32)
        states, moves, gone = list[Places](), list[Ints](), list[Ints]()
        for group in self._groups:
            if group.by_slot:
                which, allowed = group.answers(beside, entries, self._asked)
                states.append(whose[which])
                gone.append(slots[entries[which]])
            else:
                which, allowed = group.answers(columns[:-1], None, ())
                states.append(which)
                gone.append(np.full(len(which), NO_SLOT, np.int32))
            moves.append(allowed)
        state, move, slot = np.concatenate(states), np.concatenate(moves), np.concatenate(gone)
        order = np.argsort(state * len(self.product.rules) + self.moves.rule[move], kind="stable")
        return Edges(state[order], move[order], slot[order])

    def _entries_of(self, bags: Ints) -> tuple[Places, Ints]:
        """The distinct slots of these bags, each as an entry: with the slot rules that find it blocked."""
        most = int(bags.max()) + 1
        for bag in range(self._entries.count, most):
            self._entries.add([self._entry(slot, others) for slot, others in self._slots_of(bag)])
        return self._entries.of(bags)

    def _slots_of(self, bag: int) -> list[tuple[int, list[int]]]:
        content = self.components.bags.contents[bag]
        distinct = list(dict.fromkeys(content))
        return [(slot, [*content[: (at := content.index(slot))], *content[at + 1 :]]) for slot in distinct]

    def _entry(self, slot: int, others: list[int]) -> int:
        values, bits = self.components.slots.values, 0
        for number, rule in enumerate(self.product.rules):
            blocks = rule.blocks if isinstance(rule, EachSlot) else None
            if blocks is not None and any(blocks(values[slot], values[other]) for other in others):
                bits |= 1 << number
        known = self._entry_ids.setdefault((slot, bits), len(self._asked))
        if known == len(self._asked):
            self._asked.append((slot, bits))
        return known

    def _calmed(self, edges: Edges, count: int) -> Edges:
        """Without the quiet moves, where there is a calm one; the cells of those that stay are noted."""
        when = self.moves.when[edges.move]
        quiet = when == QUIET
        if not quiet.any():
            return edges
        calm = np.zeros(count, np.bool_)
        calm[edges.state[when == CALM]] = True
        kept = ~(quiet & calm[edges.state])
        for move in np.unique(edges.move[quiet & kept]).tolist():
            cell = self.moves.compiled[move].move.cell
            if cell is not None:
                self.cells.add(cell)
        return Edges(edges.state[kept], edges.move[kept], edges.slot[kept])

    def _after(self, columns: list[Ints], edges: Edges) -> Ints:
        """The states that these moves lead to."""
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
        return np.stack(after, axis=1)

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

    def _note(self, rows: Ints, parents: Places, choices: Places) -> None:
        """Note how new states, the last that were numbered, were reached, and what they tell of the claims."""
        before = self.states.count - len(rows)
        marks = self._judging.marks(rows)
        together = int(np.bitwise_or.reduce(marks)) & ~self._judging.homes
        for number in range(together.bit_length()):
            if together >> number & 1 and number not in self._first:
                self._first[number] = before + int(np.argmax(marks >> np.uint64(number) & np.uint64(1)))
        if self.states.count > len(self._marks):
            self._marks = grown(self._marks, before, max(self.states.count, 2 * len(self._marks)))
        self._marks[before : self.states.count] = marks
        self._parents.append(parents.astype(np.int32))
        self._choices.append(choices.astype(np.int32))

    def _joint(self, number: int) -> Joint:
        *parts, bag = self.states.rows[number].tolist()
        return joint_of(self.components, parts, bag)

    def _audit(self, here: int, moves: Ints, ends: Ints) -> None:
        """Expand and judge a state by the rules and claims themselves, and compare."""
        known = [self.moves.compiled[move] for move in moves.tolist()]
        remembered = [told(one.rule, one.move, self._joint(end)) for one, end in zip(known, ends.tolist(), strict=True)]
        audit(self.product, self._joint(here), remembered, int(self._marks[here]))


@define(eq=False, init=False)
class Judging(Generic[SceneT]):
    """All claims of a product, judged once for each distinct look at what they read."""

    components: Components[SceneT]
    homes: int
    _looks: dict[int, Known]
    _readers: tuple[tuple[tuple[int, ...], Rows, Readers[SceneT]], ...]
    _said: list[NDArray[np.uint64]]
    """What the claims of each of those said of each reading."""

    def __init__(self, components: Components[SceneT]) -> None:
        """Begin with nothing judged."""
        judge, names = Judge(components), components.product.names
        self.components, self.homes = components, judge.homes
        self._looks = {look.place: Known(look.of) for look in judge.looks}
        places = [tuple(place_of(names, name) for name in group.claims[0][1].reads) for group in judge.readers]
        self._readers = tuple((one, Rows(len(one)), group) for one, group in zip(places, judge.readers, strict=True))
        self._said = [np.empty(SMALLEST, np.uint64) for _ in self._readers]

    def marks(self, rows: Ints) -> NDArray[np.uint64]:
        """The bits of the claims that each of these states tells something about."""
        marks = np.zeros(len(rows), np.uint64)
        seen = {place: look.of(np.ascontiguousarray(rows[:, place])) for place, look in self._looks.items()}
        for which, (places, readings, group) in enumerate(self._readers):
            columns = [seen.get(place, rows[:, place]) for place in places]
            read = np.stack(columns, axis=1) if columns else np.empty((len(rows), 0), np.int32)
            numbers, unseen = readings.numbers(read)
            if len(unseen):
                self._judge(which, readings.count, group.claims, rows[unseen])
            marks |= self._said[which][numbers]
        return marks

    def _judge(self, which: int, count: int, claims: tuple[tuple[int, Claim[SceneT]], ...], rows: Ints) -> None:
        """Judge the last of `count` readings by the claims themselves, each in a state that shows it."""
        before, scene = count - len(rows), self.components.product.scene
        if count > len(self._said[which]):
            self._said[which] = grown(self._said[which], before, max(count, 2 * len(self._said[which])))
        for number, (*parts, bag) in enumerate(rows.tolist(), before):
            self._said[which][number] = marks_of(claims, scene(joint_of(self.components, parts, bag)))


def ints(numbers: NDArray[np.int32] | NDArray[np.int64]) -> array[int]:
    """The same numbers as the core takes them."""
    kept = array("q")
    kept.frombytes(numbers.astype(np.int64).tobytes())
    return kept


def explore_packed(product: Product[SceneT], *, audit_every: int = 100) -> Generator[Progress, None, Report]:
    """Search every reachable state as `kiloclaw_core.explore.explore` does, faster where there are many.

    One followed state in `audit_every` is compared with the rules themselves, and fewer once many were.
    """
    search = PackedSearch(product)
    yield from search.run(audit_every=audit_every)
    return search.report()
