"""Rules that answer from memory: each is asked once for each distinct reading of its footprint, in ints.

A compiled rule appends what it allows in a state to a list; `CompiledRules.expand` joins the lists of all rules and drops
quiet moves where a calm one is enabled. The canonical form of the states they lead to is left to `Components`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from operator import itemgetter
from typing import Final, Generic, NamedTuple, TypeAlias

from attrs import define, field

from kiloclaw_core.explore.components import EMPTY, NO_SLOT, Components, State
from kiloclaw_core.explore.model import Cell, Move, SceneT, When
from kiloclaw_core.explore.product import EachSlot, Local, Rule, Sweep, place_of, places_written, read

CALM: Final = When.CALM
QUIET: Final = When.QUIET


class Known(NamedTuple):
    """A move in ints: what it writes where (with the mask of the new value), what it adds to the bag."""

    when: When
    writes: tuple[tuple[int, int, int], ...]
    added: int
    rule: int
    move: Move


Arrow: TypeAlias = tuple[Known, State]
"""A move that is enabled in a state, and the state it leads to."""

Reading: TypeAlias = Callable[[State], Hashable]


def reading(names: tuple[str, ...], reads: tuple[str, ...]) -> Reading:
    """How to cut the components that are read out of a state."""
    return itemgetter(*(place_of(names, name) for name in reads)) if reads else _nothing


def _nothing(_state: State) -> Hashable:
    return ()


@define(eq=False)
class Footprint(Generic[SceneT]):
    """What all compiled rules share: the tables, the rule and its place, and the cells that were seen."""

    components: Components[SceneT]
    number: int
    cells: set[Cell]

    @property
    def rule(self) -> Rule:
        """The rule as its author wrote it."""
        return self.components.product.rules[self.number]

    def reading(self) -> Reading:
        """How to cut this rule's footprint out of a state."""
        return reading(self.components.product.names, self.rule.reads)

    def values(self, state: State) -> tuple[Hashable, ...]:
        """The values that the rule's step takes in this state."""
        return read(self.components.product.names, self.components.joint_of(state), self.rule.reads)

    def compiled(self, moves: Iterable[Move]) -> tuple[Known, ...]:
        """The moves in ints; the cells of those that are certainly enabled are noted."""
        return tuple(self._compile(move) for move in moves)

    def _compile(self, move: Move) -> Known:
        components = self.components
        writes = []
        for place, value in places_written(components.product, self.number, move):
            part = components.parts[place].intern(value)
            writes.append((place, part, components.masks[place][part]))
        if move.cell is not None and move.when is not QUIET:
            self.cells.add(move.cell)
        added = components.bags.addition((*move.kept, *move.spawned))
        return Known(move.when, tuple(writes), added, self.number, move)


@define(eq=False)
class CompiledLocal(Generic[SceneT]):
    """A rule over parts: one look-up."""

    footprint: Footprint[SceneT]
    step: Callable[..., Iterable[Move]]
    reading: Reading
    _moves: dict[Hashable, tuple[Known, ...]] = field(factory=dict)

    def extend(self, found: list[Arrow], state: State) -> None:
        """Append what the rule allows in this state."""
        key = self.reading(state)
        moves = self._moves.get(key)
        if moves is None:
            moves = self._moves[key] = self.footprint.compiled(self.step(*self.footprint.values(state)))
        if moves:
            after = self.footprint.components.after
            found.extend([(known, after(state, known.writes, NO_SLOT, known.added)) for known in moves])


@define(eq=False)
class CompiledEachSlot(Generic[SceneT]):
    """A rule over slots: one look-up for the bag, one for the parts, one for each slot.

    An entry is a slot's int and whether it is blocked, as one int: slot * 2 + blocked.
    """

    footprint: Footprint[SceneT]
    rule: EachSlot
    reading: Reading
    _entries: dict[int, tuple[int, ...]] = field(factory=dict)
    _rows: dict[Hashable, dict[int, tuple[Known, ...]]] = field(factory=dict)

    def extend(self, found: list[Arrow], state: State) -> None:
        """Append what the rule allows in this state, slot by slot in the order of the bag."""
        entries = self._entries.get(state[-1])
        if entries is None:
            entries = self._entries[state[-1]] = self._entries_of(state[-1])
        if not entries:
            return
        after = self.footprint.components.after
        row = self._rows.setdefault(self.reading(state), {})
        for entry in entries:
            moves = row.get(entry)
            if moves is None:
                moves = row[entry] = self._ask(entry, state)
            for known in moves:
                found.append((known, after(state, known.writes, entry >> 1, known.added)))

    def _entries_of(self, bag: int) -> tuple[int, ...]:
        content = self.footprint.components.bags.contents[bag]
        entries = []
        for slot in dict.fromkeys(content):
            others = list(content)
            others.remove(slot)
            entries.append(slot * 2 + self._blocked(slot, others))
        return tuple(entries)

    def _blocked(self, slot: int, others: list[int]) -> bool:
        values, blocks = self.footprint.components.slots.values, self.rule.blocks
        return blocks is not None and any(blocks(values[slot], values[other]) for other in others)

    def _ask(self, entry: int, state: State) -> tuple[Known, ...]:
        slot = self.footprint.components.slots.values[entry >> 1]
        return self.footprint.compiled(self.rule.step(slot, entry % 2 == 1, *self.footprint.values(state)))


@define(eq=False)
class CompiledSweep(Generic[SceneT]):
    """A rule over the whole bag: one look-up, and one for the swept bag."""

    footprint: Footprint[SceneT]
    rule: Sweep
    reading: Reading
    _moves: dict[Hashable, tuple[Known, ...]] = field(factory=dict)
    _swept: dict[int, int] = field(factory=dict)

    def extend(self, found: list[Arrow], state: State) -> None:
        """Append what the rule allows in this state."""
        key = self.reading(state)
        moves = self._moves.get(key)
        if moves is None:
            moves = self._moves[key] = self.footprint.compiled(self.rule.step(*self.footprint.values(state)))
        if not moves:
            return
        swept = self._swept.get(state[-1])
        if swept is None:
            swept = self._swept[state[-1]] = self._sweep(state[-1])
        components = self.footprint.components
        for known in moves:
            after = list(state)
            for place, part, _ in known.writes:
                after[place] = part
            after[-1] = components.bags.changed(swept, NO_SLOT, known.added)
            found.append((known, components.settled(after)))

    def _sweep(self, bag: int) -> int:
        bags = self.footprint.components.bags
        kept = [slot for slot in map(self.rule.each, bags.value(bag)) if slot is not None]
        return bags.changed(EMPTY, NO_SLOT, bags.addition(kept))


CompiledRule: TypeAlias = CompiledLocal[SceneT] | CompiledEachSlot[SceneT] | CompiledSweep[SceneT]


@define(eq=False, init=False)
class CompiledRules(Generic[SceneT]):
    """All rules of a product, compiled, and the cells of its transition table that they have shown."""

    cells: set[Cell]
    rules: tuple[CompiledRule[SceneT], ...]

    def __init__(self, components: Components[SceneT]) -> None:
        """Compile the rules of the product behind these tables."""
        self.cells = set()
        self.rules = tuple(
            _compiled_rule(Footprint(components, number, self.cells)) for number in range(len(components.product.rules))
        )

    def expand(self, state: State) -> list[Arrow]:
        """What may happen in a state, in the order of the rules; quiet moves only where no calm one is enabled."""
        found: list[Arrow] = []
        for rule in self.rules:
            rule.extend(found, state)
        whens = [known.when for known, _ in found]
        if QUIET not in whens:
            return found
        if CALM in whens:
            return [arrow for arrow in found if arrow[0].when is not QUIET]
        self.cells.update(known.move.cell for known, _ in found if known.move.cell is not None)
        return found


def _compiled_rule(footprint: Footprint[SceneT]) -> CompiledRule[SceneT]:
    rule = footprint.rule
    match rule:
        case Local():
            return CompiledLocal(footprint, rule.step, footprint.reading())
        case EachSlot():
            return CompiledEachSlot(footprint, rule, footprint.reading())
        case Sweep():
            return CompiledSweep(footprint, rule, footprint.reading())
