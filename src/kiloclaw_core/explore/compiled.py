"""Rules that answer from memory: each is asked once for each distinct reading of its footprint, in ints.

What was answered is gathered once more for each vector of parts, so that a state costs one look-up for the vector, one
for its bag and one for each slot. Quiet moves are dropped where a calm one is enabled. The canonical form of the states
they lead to is left to `Components`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from operator import itemgetter
from typing import Final, Generic, NamedTuple, TypeAlias

from attrs import define, field

from kiloclaw_core.explore.bagging import bag_after_sweep, slots_asked
from kiloclaw_core.explore.components import EMPTY, NO_SLOT, Components, State
from kiloclaw_core.explore.fields import Fields
from kiloclaw_core.explore.model import Cell, Move, SceneT, When
from kiloclaw_core.explore.product import (
    EachSlot,
    Sweep,
    fields_read,
    is_quiet,
    place_of,
    places_read,
    places_written,
    read,
)

CALM: Final = When.CALM
QUIET: Final = When.QUIET
RULE: Final = itemgetter(0)
KEPT: Final = 100_000
"""How many plans are kept at a time, so that memory grows with the states and not with all that was ever gathered."""


class Known(NamedTuple):
    """A move in ints: what it writes where, and what it adds to the bag."""

    when: When
    writes: tuple[tuple[int, int], ...]
    patches: tuple[tuple[int, int], ...]
    """What the fields that a rule goes by hold afterwards, by the number of the part among those it reads by fields."""
    added: int
    rule: int
    sweeps: bool
    prunes: bool
    move: Move


Arrow: TypeAlias = tuple[Known, State]
"""A move that is enabled in a state, and the state it leads to."""

Landing: TypeAlias = tuple[Known, int]
"""A move, and the vector it makes of the one it was asked in, before anything is renumbered."""

Pending: TypeAlias = tuple[int, Known, int, int]
"""The place of a rule, a move of it, and the vector and bag it leads to, before anything is renumbered."""

Reading: TypeAlias = Callable[[Sequence[int]], Hashable]


def reading(names: tuple[str, ...], reads: tuple[str, ...]) -> Reading:
    """How to cut what is read out of the ints of all parts, followed by the int of the bag."""
    return itemgetter(*(place_of(names, name) for name in reads)) if reads else _nothing


def _nothing(_content: Sequence[int]) -> Hashable:
    return ()


@define(eq=False, init=False)
class Footprint(Generic[SceneT]):
    """What one rule answered so far: its moves for each distinct reading, and for each slot where it has one."""

    components: Components[SceneT]
    number: int
    cells: set[Cell]
    places: tuple[int, ...]
    """Where the parts stand that it reads."""
    reading: Reading
    """What it reads whole."""
    by_field: tuple[Fields[SceneT], ...]
    """The parts of which it reads some fields only."""
    _moves: dict[Hashable, tuple[Known, ...]]

    def __init__(self, components: Components[SceneT], number: int, cells: set[Cell]) -> None:
        """Begin with nothing answered; cells that are seen go into `cells`."""
        self.components, self.number, self.cells = components, number, cells
        names, reads = components.product.names, components.product.rules[number].reads
        self.places, parts = places_read(names, reads), fields_read(reads)
        self.reading = reading(names, tuple(part for part, inside in parts.items() if not inside))
        self.by_field = tuple(
            Fields(names.index(part), components.parts[names.index(part)], inside)
            for part, inside in parts.items()
            if inside
        )
        self._moves = {}

    def landings(self, state: State, slot: tuple[int, bool] | None = None) -> tuple[Landing, ...]:
        """What the rule allows in a state; `slot` and whether it is blocked, where it is asked slot by slot."""
        vectors = self.components.vectors
        content = vectors.contents[state[0]]
        key = (self.read(content), slot)
        moves = self._moves.get(key)
        if moves is None:
            moves = self._moves[key] = self.answer(content, slot)
        return tuple([(known, vectors.written(state[0], self._writes(known, content))) for known in moves])

    def read(self, content: Sequence[int]) -> Hashable:
        """What the rule goes by where the parts are these: ints of parts, and of what fields hold."""
        return self.reading(content), tuple([one.held(content[one.place]) for one in self.by_field])

    def answer(self, content: Sequence[int], slot: tuple[int, bool] | None = None) -> tuple[Known, ...]:
        """What the rule answers where the parts are these, in ints: nothing is remembered of it here."""
        parts = self.components.parts
        step = self.components.product.rules[self.number].step
        asked = () if slot is None else (self.components.slots.values[slot[0]], slot[1])
        return tuple(map(self._compiled, step(*asked, *(parts[place].values[content[place]] for place in self.places))))

    def _writes(self, known: Known, content: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
        """What a move writes where, beside these parts."""
        if not known.patches:
            return known.writes
        patched = [(self.by_field[number], held) for number, held in known.patches]
        return (*known.writes, *((one.place, one.patched(content[one.place], held)) for one, held in patched))

    def _compiled(self, move: Move) -> Known:
        """The move in ints; its cell is noted, unless it is quiet and may not be enabled."""
        components = self.components
        written = dict(places_written(components.product, self.number, move))
        patches = tuple(
            (number, one.content_of(written.pop(one.place)))
            for number, one in enumerate(self.by_field)
            if one.place in written
        )
        writes = tuple((place, components.parts[place].intern(value)) for place, value in written.items())
        if move.cell is not None and move.when is not QUIET:
            self.cells.add(move.cell)
        added = components.bags.addition((*move.kept, *move.spawned))
        sweeps = isinstance(components.product.rules[self.number], Sweep)
        pruning = components.product.pruning
        prunes = pruning is not None and (
            sweeps or added != EMPTY or any(part in pruning.reads for part, _ in move.writes)
        )
        return Known(move.when, writes, patches, added, self.number, sweeps, prunes, move)


@define(eq=False)
class Plan:
    """What may happen wherever the parts are these: without a slot, and for each entry of a bag.

    An entry is a slot and which rules find it blocked, as one int: the slot's int above one bit for each rule. What
    rules allow that are quiet is None until nothing calm is enabled somewhere.
    """

    slotless: tuple[Landing, ...]
    quiet: tuple[Landing, ...] | None = None
    by_entry: dict[int, tuple[Landing, ...]] = field(factory=dict)


@define(eq=False, init=False)
class CompiledRules(Generic[SceneT]):
    """All rules of a product, compiled, and the cells of its transition table that they have shown."""

    components: Components[SceneT]
    cells: set[Cell]
    _slot_rules: tuple[Footprint[SceneT], ...]
    _other_rules: tuple[Footprint[SceneT], ...]
    _quiet_rules: tuple[Footprint[SceneT], ...]
    _plans: dict[int, Plan]
    _entries: dict[int, tuple[tuple[int, int], ...]]
    _swept: dict[tuple[int, int], int]
    _keeps: dict[tuple[Hashable, int], bool]
    _beside: Reading

    def __init__(self, components: Components[SceneT]) -> None:
        """Begin with nothing asked of the rules of the product behind these tables."""
        self.components, self.cells = components, set()
        self._plans, self._entries, self._swept, self._keeps = {}, {}, {}, {}
        pruning = components.product.pruning
        self._beside = reading(components.product.names, () if pruning is None else pruning.reads)
        rules = components.product.rules
        footprints = [Footprint(components, number, self.cells) for number in range(len(rules))]
        self._slot_rules = tuple(one for one in footprints if isinstance(rules[one.number], EachSlot))
        others = [one for one in footprints if not isinstance(rules[one.number], EachSlot)]
        self._other_rules = tuple(one for one in others if not is_quiet(rules[one.number]))
        self._quiet_rules = tuple(one for one in others if is_quiet(rules[one.number]))

    def expand(self, state: State) -> list[Arrow]:
        """What may happen in a state, in the order of the rules; quiet moves only where no calm one is enabled."""
        vector, bag = state
        changed, settled = self.components.bags.changed, self.components.settled
        plan = self._plans.get(vector)
        if plan is None:
            if len(self._plans) >= KEPT:
                self._plans.clear()  # what is gathered can be gathered again; what a rule answered stays
            plan = self._plans[vector] = self._plan(state)
        entries = self._entries.get(bag)
        if entries is None:
            entries = self._entries[bag] = self._entries_of(bag)
        found = self._allowed(plan, entries, state)
        whens = [known.when for _, known, _, _ in found]
        if CALM not in whens and self._quiet_rules:
            quiet = self._quiet(plan, state)
            found += [(known.rule, known, written, changed(bag, NO_SLOT, known.added)) for known, written in quiet]
            whens.append(QUIET)
        found.sort(key=RULE)
        if QUIET in whens:
            found = self._quietened(found)
        return [
            (known, settled(written, self._pruned(written, after) if known.prunes else after))
            for _, known, written, after in found
        ]

    def _allowed(self, plan: Plan, entries: tuple[tuple[int, int], ...], state: State) -> list[Pending]:
        """What may happen in a state, but for what quiet rules allow."""
        bag, changed = state[1], self.components.bags.changed
        found = []
        for known, written in plan.slotless:
            base = self._bag_after_sweep(known.rule, bag) if known.sweeps else bag
            found.append((known.rule, known, written, changed(base, NO_SLOT, known.added) if known.added else base))
        for entry, slot in entries:
            landings = plan.by_entry.get(entry)
            if landings is None:
                landings = plan.by_entry[entry] = self._landings_of(entry, state)
            for known, written in landings:
                found.append((known.rule, known, written, changed(bag, slot, known.added)))
        return found

    def _pruned(self, vector: int, bag: int) -> int:
        """What is kept of a bag beside these parts, remembered slot by slot."""
        components, product = self.components, self.components.product
        pruning = product.pruning
        assert pruning is not None, "a move prunes, but the product has no pruning"
        beside = self._beside(components.vectors.contents[vector])
        kept = []
        for slot in components.bags.contents[bag]:
            key = (beside, slot)
            keeps = self._keeps.get(key)
            if keeps is None:
                values = read(product.names, components.joint_of((vector, bag)), pruning.reads)
                keeps = self._keeps[key] = pruning.keeps(components.slots.values[slot], *values)
            if keeps:
                kept.append(slot)
        return bag if len(kept) == len(components.bags.contents[bag]) else components.bags.intern(kept)

    def _quietened(self, found: list[Pending]) -> list[Pending]:
        """Without the quiet moves, where there is a calm one; else all of them, their cells noted."""
        if any(known.when is CALM for _, known, _, _ in found):
            return [pending for pending in found if pending[1].when is not QUIET]
        self.cells.update(known.move.cell for _, known, _, _ in found if known.move.cell is not None)
        return found

    def _plan(self, state: State) -> Plan:
        answers = (footprint.landings(state) for footprint in self._other_rules)
        return Plan(tuple(landing for landings in answers for landing in landings))

    def _quiet(self, plan: Plan, state: State) -> tuple[Landing, ...]:
        """What quiet rules allow, asked where nothing calm is enabled and nowhere else."""
        if plan.quiet is None:
            answers = (footprint.landings(state) for footprint in self._quiet_rules)
            plan.quiet = tuple(landing for landings in answers for landing in landings)
        return plan.quiet

    def _landings_of(self, entry: int, state: State) -> tuple[Landing, ...]:
        """What all slot rules allow for one entry."""
        slot = entry >> self._width
        answers = (
            footprint.landings(state, (slot, entry >> footprint.number & 1 == 1)) for footprint in self._slot_rules
        )
        return tuple(landing for landings in answers for landing in landings)

    def _entries_of(self, bag: int) -> tuple[tuple[int, int], ...]:
        """The entries of the distinct slots of a bag, each with its slot."""
        return tuple((slot << self._width | blocked, slot) for slot, blocked in slots_asked(self.components, bag))

    @property
    def _width(self) -> int:
        """How many bits of an entry say whom its slot is blocked for."""
        return len(self.components.product.rules)

    def _bag_after_sweep(self, number: int, bag: int) -> int:
        """What a sweep leaves of a bag, remembered."""
        swept = self._swept.get((number, bag))
        if swept is None:
            swept = self._swept[number, bag] = bag_after_sweep(self.components, number, bag)
        return swept
