"""Rules that answer for thousands of states at once: asked once for each distinct reading, looked up for all others.

Rules of one sort that go by the same parts are asked together. Their moves stand in one long table; an answer is a list
of places in it.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final, Generic, TypeAlias

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from kiloclaw_adapters.explorer.packed.readings import Readings
from kiloclaw_adapters.explorer.packed.rows import NONE, SMALLEST, Ints, Places, grow
from kiloclaw_adapters.explorer.packed.tables import Kept, Known, Lists
from kiloclaw_core.explore.compiled import Footprint
from kiloclaw_core.explore.compiled import Known as Compiled
from kiloclaw_core.explore.components import Components
from kiloclaw_core.explore.fields import Fields
from kiloclaw_core.explore.interned import Said, said_of
from kiloclaw_core.explore.model import SceneT, When
from kiloclaw_core.explore.product import EachSlot, Rule, fields_read, is_quiet

Answered: TypeAlias = tuple[Places, Ints]
"""For each move whose it is, and its number."""

CALM: Final = 0
QUIET: Final = 1
FREE: Final = 2
WHENS: Final = {When.CALM: CALM, When.QUIET: QUIET, When.FREE: FREE}


@define(eq=False, init=False)
class Moves(Generic[SceneT]):
    """Every move that any rule answered, by number: when it may happen and what it does, a column for each."""

    told: list[Said]
    fields: list[Fields[SceneT]]
    """Those that moves patch."""
    when: NDArray[np.int8]
    rule: NDArray[np.int16]
    added: Ints
    sweeps: NDArray[np.bool_]
    prunes: NDArray[np.bool_]
    writes: Ints
    """One column for each part: what is written, or `NONE`."""
    patched: Ints
    """One column for each part: which fields are patched, or `NONE`; and what they hold then."""
    held: Ints
    lists: Lists
    """For each answer the numbers of its moves."""
    _said: dict[Said, Said]
    """Of what many moves say alike one is kept, and nothing of what they write."""

    def __init__(self, parts: int) -> None:
        """Begin with no move."""
        self.told, self.fields, self._said, self.lists = [], [], {}, Lists()
        self.when, self.rule = np.empty(SMALLEST, np.int8), np.empty(SMALLEST, np.int16)
        self.added = np.empty(SMALLEST, np.int32)
        self.sweeps, self.prunes = np.empty(SMALLEST, np.bool_), np.empty(SMALLEST, np.bool_)
        self.writes, self.patched, self.held = (np.empty((SMALLEST, parts), np.int32) for _ in range(3))

    def add(self, move: Compiled, by_field: Sequence[Fields[SceneT]]) -> int:
        """Number a move of a rule that goes by these fields."""
        number, said = len(self.told), said_of(move.rule, move.move)
        for column in (self.when, self.rule, self.added, self.sweeps, self.prunes):
            grow(column, number + 1)
        for columns in (self.writes, self.patched, self.held):
            grow(columns, number + 1)
        self.told.append(self._said.setdefault(said, said))
        self.when[number], self.rule[number], self.added[number] = WHENS[move.when], move.rule, move.added
        self.sweeps[number], self.prunes[number] = move.sweeps, move.prunes
        self.writes[number] = self.patched[number] = self.held[number] = NONE
        for place, part in move.writes:
            self.writes[number, place] = part
        for which, held in move.patches:
            one = by_field[which]
            self.patched[number, one.place], self.held[number, one.place] = self._number_of(one), held
        return number

    def _number_of(self, one: Fields[SceneT]) -> int:
        for number, known in enumerate(self.fields):
            if known is one:
                return number
        self.fields.append(one)
        return len(self.fields) - 1


@define(eq=False)
class Group(Generic[SceneT]):
    """Rules of one sort that go by the same parts, and what they answered so far."""

    components: Components[SceneT]
    moves: Moves[SceneT]
    footprints: tuple[Footprint[SceneT], ...]
    whole: tuple[int, ...]
    """The places of the parts that are read whole; of others only fields are."""
    by_field: tuple[tuple[int, Known], ...]
    by_slot: bool
    quiet: bool
    """Whether they are asked only where nothing calm is enabled."""
    narrower: frozenset[int]
    """The numbers of those rules that go by fewer fields than all of them together."""
    _readings: Readings = field(init=False)
    _answers: Kept[np.int32] = field(init=False, factory=lambda: Kept(np.int32))
    """Which list of moves was answered for each reading."""
    _known: dict[Hashable, list[int]] = field(init=False, factory=dict)
    """What each of the narrower rules answered."""

    def __attrs_post_init__(self) -> None:
        """Begin with nothing answered."""
        self._readings = Readings(len(self.whole) + len(self.by_field) + self.by_slot)

    def answers(self, columns: Sequence[Ints], entries: Ints | None, asked: Sequence[tuple[int, int]]) -> Answered:
        """The moves of each state whose parts these columns hold, or of each slot that stands beside them.

        `asked` has for each entry the int of its slot and the bits of the rules that find it blocked.
        """
        return self.moves.lists.of(self.lists(columns, entries, asked))

    def lists(self, columns: Sequence[Ints], entries: Ints | None, asked: Sequence[tuple[int, int]]) -> Ints:
        """The same as numbers of lists of moves."""
        read = [columns[place] for place in self.whole]
        read += [known.of(columns[place]) for place, known in self.by_field]
        read += [] if entries is None else [entries]
        numbers, unseen = self._readings.numbers(read, len(columns[0]))
        lists = self.moves.lists
        self._answers.extend(np.arange(lists.count, lists.count + len(unseen)))
        contents = zip(*(column[unseen].tolist() for column in columns), strict=True)
        for place, content in zip(unseen.tolist(), contents, strict=True):
            lists.add(self._asked(content, None if entries is None else asked[entries[place]]))
        return self._answers.all[numbers]

    def _asked(self, content: tuple[int, ...], slot: tuple[int, int] | None) -> list[int]:
        """Every move of these rules where the parts are these, by number."""
        moves = []
        for one in self.footprints:
            beside = None if slot is None else (slot[0], slot[1] >> one.number & 1 == 1)
            moves += (
                self._own(one, content, beside) if one.number in self.narrower else self._moves_of(one, content, beside)
            )
        return moves

    def _own(self, one: Footprint[SceneT], content: tuple[int, ...], slot: tuple[int, bool] | None) -> list[int]:
        """Every move of a rule that reads less than all of them together, asked once for what it reads itself."""
        key = (one.number, one.read(content), slot)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._moves_of(one, content, slot)
        return known

    def _moves_of(self, one: Footprint[SceneT], content: tuple[int, ...], slot: tuple[int, bool] | None) -> list[int]:
        return [self.moves.add(move, one.by_field) for move in one.answer(content, slot)]


def groups_of(
    components: Components[SceneT], moves: Moves[SceneT], footprints: Sequence[Footprint[SceneT]]
) -> tuple[Group[SceneT], ...]:
    """All rules of a product, those together that are asked together, and those last that are quiet."""
    product = components.product
    together: dict[tuple[bool, bool, frozenset[str]], list[Footprint[SceneT]]] = {}
    for one in footprints:
        rule = product.rules[one.number]
        key = (is_quiet(rule), isinstance(rule, EachSlot), frozenset(fields_read(rule.reads)))
        together.setdefault(key, []).append(one)
    in_order = sorted(together.items(), key=lambda one: one[0][0])
    return tuple(
        _group(components, moves, tuple(ones), by_slot=by_slot, quiet=quiet) for (quiet, by_slot, _), ones in in_order
    )


def _group(
    components: Components[SceneT],
    moves: Moves[SceneT],
    footprints: tuple[Footprint[SceneT], ...],
    *,
    by_slot: bool,
    quiet: bool,
) -> Group[SceneT]:
    names, rules = components.product.names, components.product.rules
    fields: dict[str, set[str] | None] = {}
    for one in footprints:
        for part, inside in fields_read(_rule(rules, one).reads).items():
            known = fields.setdefault(part, set())
            fields[part] = None if known is None or not inside else known | set(inside)
    whole = tuple(names.index(part) for part, inside in fields.items() if inside is None)
    by_field = tuple(
        (
            names.index(part),
            Known(Fields(names.index(part), components.parts[names.index(part)], tuple(sorted(inside))).held),
        )
        for part, inside in fields.items()
        if inside is not None
    )
    narrower = frozenset(
        one.number
        for one in footprints
        for part, inside in fields_read(_rule(rules, one).reads).items()
        if fields[part] != (set(inside) or None)
    )
    return Group(components, moves, footprints, whole, by_field, by_slot, quiet, narrower)


def _rule(rules: tuple[Rule, ...], one: Footprint[SceneT]) -> Rule:
    return rules[one.number]
