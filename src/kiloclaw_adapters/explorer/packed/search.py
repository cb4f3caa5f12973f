"""The packed explorer: the same search as the core's, thousands of states at a time, in arrays of numpy.

Every state is a row of ints: one for each part, one for its bag. Rules, bags, renumbering and claims answer from
tables, which the core fills, one reading at a time; nothing is decided here. What is found is the same to the last
state, in the same order, and the report is made by the core.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from typing import Final, Generic

import numpy as np
from attrs import define, frozen

from kiloclaw_adapters.explorer.keeping import Keeping
from kiloclaw_adapters.explorer.packed.answers import FREE
from kiloclaw_adapters.explorer.packed.auditing import Audited, Auditing, Content, has_room_beside
from kiloclaw_adapters.explorer.packed.covering import CoveredRows
from kiloclaw_adapters.explorer.packed.expanding import Edges, Expansion
from kiloclaw_adapters.explorer.packed.home import measured
from kiloclaw_adapters.explorer.packed.judging import Judging
from kiloclaw_adapters.explorer.packed.narrow import NarrowRows
from kiloclaw_adapters.explorer.packed.overwriting import Overwriting
from kiloclaw_adapters.explorer.packed.rows import AT_A_TIME, Ints, Marks, Places
from kiloclaw_adapters.explorer.packed.saving import check_place, go_on, keep
from kiloclaw_adapters.explorer.packed.tables import Kept
from kiloclaw_core.explore.allowance import place_of_allowance
from kiloclaw_core.explore.canonical import pruned
from kiloclaw_core.explore.components import Components
from kiloclaw_core.explore.found import Found
from kiloclaw_core.explore.home import CalmGraph
from kiloclaw_core.explore.interned import REDUCED_EVERY
from kiloclaw_core.explore.model import SceneT
from kiloclaw_core.explore.product import Joint, Product, check_product
from kiloclaw_core.explore.report import Progress, Report

MOST: Final = np.iinfo(np.int32).max


@frozen(eq=False)
class Led:
    """Where moves lead: the number of each end, which of them are new, and these as rows, each its own image or not."""

    known: Ints
    new: Places
    rows: Ints
    own: Marks
    ends: Ints
    """Those that are audited, as moves left them, and what stands for each."""
    standing: Ints


@define(eq=False, init=False)
class PackedSearch(Generic[SceneT]):
    """What has been found so far; states are numbered in the order of discovery."""

    product: Product[SceneT]
    components: Components[SceneT]
    states: NarrowRows | CoveredRows
    edges: int
    depth: int
    followed: int
    level: int
    """How deep the states lie that are being followed."""
    level_end: int
    """How many states lie no deeper than those."""
    stood_for: int
    """How many states those that were found stand for: in a mirror one may stand for two."""
    expansion: Expansion[SceneT]
    auditing: Auditing[SceneT]
    _judging: Judging[SceneT]
    overwriting: Overwriting[SceneT] | None
    """What follows moves as long as that much suffices; nothing where some states are passed over."""
    parents: Kept[np.int32]
    """From which each state was reached first."""
    homes: dict[int, Kept[np.bool_]]
    """For each claim that says where home is, whether each state is."""
    first: dict[int, int]
    calm_counts: Kept[np.uint16]
    calm_targets: Kept[np.int32]

    def __init__(self, product: Product[SceneT], *, beside: bool) -> None:
        """Begin with the initial state found and nothing followed; it may be audited beside the search."""
        check_product(product)
        self.product, self.auditing = product, Auditing(product, beside)
        self.components = components = Components(product)
        self.expansion, self._judging = Expansion(components), Judging(components)
        self.parents, self.first = Kept(np.int32), {}
        self.homes = {claim: Kept(np.bool_) for claim in self._judging.homes}
        self.calm_counts, self.calm_targets = Kept(np.uint16), Kept(np.int32)
        self.states = self._no_states()
        self.edges = self.depth = self.followed = 0
        self.level, self.level_end, self.stood_for = 0, 1, 1
        vector, bag = components.state_of(pruned(product, product.initial()))
        initial = [np.array([one], np.int32) for one in (*components.vectors.contents[vector], bag)]
        self.states.numbers(self.expansion.standing(initial)[0])
        self._note(self.states.of(np.zeros(1, np.int64)), np.zeros(1, np.int64))
        moves, states = self.expansion.moves, self.states
        self.overwriting = Overwriting(components, moves, states) if isinstance(states, NarrowRows) else None

    def _no_states(self) -> NarrowRows | CoveredRows:
        """Where states are kept, before there is any."""
        product, width = self.product, len(self.product.names) + 1
        if product.allowance is None:
            return NarrowRows(width)
        place = place_of_allowance(product)
        return CoveredRows(width, place, self.components.parts[place].values)

    def run(self, *, audit_every: int = 100) -> Generator[Progress, None, None]:
        """Follow states in the order of discovery until there is none that was not followed."""
        while self.followed < self.states.count:
            if self.followed == self.level_end:
                self.level, self.level_end = self.level + 1, self.states.count
            here = np.arange(self.followed, min(self.followed + AT_A_TIME, self.level_end))
            if self._follow(here, audit_every):
                self.depth = self.level + 1
            yield Progress(self.states.count, self.edges, self.depth, self.states.count - self.followed)
        self.auditing.settle()

    def report(self) -> Report:
        """What was found, each claim with the trace that shows it."""
        self.states.closed()
        found = Found(
            self.product,
            self._joint,
            self.parents.all.data,
            CalmGraph(self._calm_offsets(), self.calm_targets.all.data),
            self._home,
            self.first,
            self.edges,
            self.depth,
            self.expansion.cells,
            measured,
            None if self.product.mirror is None else self.stood_for,
        )
        return found.report()

    def _calm_offsets(self) -> Sequence[int]:
        """Where the calm ways of each state begin, and where the last end; in few bytes, while those are enough."""
        offsets = np.zeros(self.calm_counts.count + 1, np.int32 if self.calm_targets.count <= MOST else np.int64)
        np.cumsum(self.calm_counts.all, out=offsets[1:], dtype=offsets.dtype)
        return offsets.data

    def _home(self, claim: int) -> Sequence[bool]:
        """Whether each state is home, as the claim of this number says."""
        return self.homes[claim].all.data.cast("B").cast("?")

    def _follow(self, here: Places, audit_every: int) -> bool:
        """Follow these states, one after the other in the order of discovery; whether anything new was found."""
        columns = [np.ascontiguousarray(column) for column in self.states.of(here).T]
        edges, audited = self.expansion.edges(columns), here % audit_every == 0
        leaving = np.flatnonzero(audited[edges.state])
        overwriting = self.overwriting
        if overwriting is not None and overwriting.suffices():
            led = self._overwritten(overwriting, here, edges, leaving)
        else:
            led = self._led(columns, edges, leaving)
        self.auditing.audit(
            self._audited(here[audited], edges, leaving, led, audit_every * REDUCED_EVERY), self.followed
        )
        if len(led.new):
            self.stood_for += 2 * len(led.new) - int(led.own.sum())
            self._note(led.rows, here[edges.state[led.new]])
        calm = np.flatnonzero(edges.when != FREE)
        self.calm_targets.extend(led.known[calm])
        self.calm_counts.extend(np.bincount(edges.state[calm], minlength=len(here)))
        self.edges += len(edges.state)
        self.followed = int(here[-1]) + 1
        return len(led.new) > 0

    def _led(self, columns: list[Ints], edges: Edges, leaving: Places) -> Led:
        """Where these moves lead, part by part and bag by bag."""
        found = self.expansion.after(columns, edges)
        ends = np.stack([column[leaving] for column in found], axis=1)
        after, own = self.expansion.standing(found)
        known, new = self.states.numbers(after)
        return Led(known, new, after[new], own[new], ends, after[leaving])

    def _overwritten(self, overwriting: Overwriting[SceneT], here: Places, edges: Edges, leaving: Places) -> Led:
        """The same where that much suffices."""
        rows = overwriting.rows
        after = overwriting.after(here, edges.state, edges.move)
        known, new = rows.numbered(after)
        ends = rows.unpacked(after[leaving])
        return Led(known, new, rows.unpacked(after[new]), np.ones(len(new), np.bool_), ends, ends)

    def _note(self, rows: Ints, parents: Places) -> None:
        """Note how new states, the last that were numbered, were reached, and what they tell of the claims."""
        before, marks = self.states.count - len(rows), self._judging.marks(rows)
        together = int(np.bitwise_or.reduce(marks))
        for number in self._judging.settling(together):
            if number not in self.first:
                self.first[number] = before + int(np.argmax(marks >> np.uint64(number) & np.uint64(1)))
        self.parents.extend(parents)
        for claim, home in self.homes.items():
            home.extend((marks >> np.uint64(claim) & np.uint64(1)).astype(np.bool_))

    def _joint(self, number: int) -> Joint:
        return Joint(*self._contents(self.states.of(np.array([number])))[0])

    def _contents(self, rows: Ints) -> list[Content]:
        """The parts and slots of these rows, looked up column by column."""
        *parts, bags = (column.tolist() for column in rows.T)
        values = ([of.values[one] for one in column] for of, column in zip(self.components.parts, parts, strict=True))
        slots = {bag: self.components.bags.value(bag) for bag in set(bags)}
        return list(zip(zip(*values, strict=True), [slots[bag] for bag in bags], strict=True))

    def _audited(self, places: Places, edges: Edges, leaving: Places, led: Led, reduced_every: int) -> list[Audited]:
        """What is to be audited: these states, and what leads out of them."""
        rows, told = self.states.of(places), self.expansion.moves.told
        firsts, lasts = (
            np.searchsorted(edges.state[leaving], places - self.followed, side).tolist() for side in ("left", "right")
        )
        ends, said = self._contents(led.ends), [told[move] for move in edges.move[leaving].tolist()]
        audits = []
        for place, content, marks, first, last in zip(
            places.tolist(), self._contents(rows), self._judging.marks(rows).tolist(), firsts, lasts, strict=True
        ):
            some = slice(first, last)
            standing = self._contents(led.standing[some]) if place % reduced_every == 0 else None
            remembered = list(zip(said[some], ends[some], strict=True))
            audits.append(Audited(content, remembered, marks, standing))
        return audits


def explore_packed(
    product: Product[SceneT],
    *,
    audit_every: int = 100,
    keeping: Keeping | None = None,
    beside: bool | None = None,
) -> Generator[Progress, None, Report]:
    """Search every reachable state as `kiloclaw_core.explore.explore` does, faster where there are many.

    One followed state in `audit_every` is compared with the rules themselves: `beside` the search by another process
    once it is long, by default where a processor is left for it. A search that is kept goes on from what
    was kept of it, if anything was, and raises `KeptSearchError` where it cannot; once it is over, nothing is kept.
    """
    search = PackedSearch(product, beside=has_room_beside() if beside is None else beside)
    with closing(search.auditing):
        if keeping is not None and keeping.path.exists():
            search.auditing.begin()
            go_on(search, keeping)
        if keeping is not None:
            check_place(keeping.path)
        for progress in search.run(audit_every=audit_every):
            if keeping is not None and keeping.is_due():
                search.auditing.settle()  # nobody goes on behind what was not audited
                keep(search, keeping)
            yield progress
    report = search.report()
    if keeping is not None:
        keeping.path.unlink(missing_ok=True)
    return report
