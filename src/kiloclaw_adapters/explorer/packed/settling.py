"""What becomes of parts and bags after a move, by the thousand: pruned, and renumbered to the form that stands for all.

What the core makes of one state is remembered by the ints that it depends on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Generic

import numpy as np
from attrs import define

from kiloclaw_adapters.explorer.packed.rows import Ints
from kiloclaw_adapters.explorer.packed.tables import Known, Mapped
from kiloclaw_core.explore.bagging import bag_after_sweep
from kiloclaw_core.explore.canonical import is_identity, ranks
from kiloclaw_core.explore.components import Components
from kiloclaw_core.explore.model import SceneT

NO_NUMBERS = 0
"""What mentions no number."""


@define(eq=False, init=False)
class Bagging(Generic[SceneT]):
    """What becomes of a bag."""

    components: Components[SceneT]
    _swept: Mapped
    _changed: Mapped
    _pruned: Mapped
    _beside: tuple[int, ...]

    def __init__(self, components: Components[SceneT]) -> None:
        """Begin with nothing known."""
        self.components = components
        product = components.product
        reads = () if product.pruning is None else product.pruning.reads
        self._beside = tuple(product.names.index(part) for part in reads)
        self._swept, self._changed = Mapped(2, partial(bag_after_sweep, components)), Mapped(3, components.bags.changed)
        self._pruned = Mapped(len(self._beside) + 1, self._prune)

    def swept(self, rules: Ints, bags: Ints) -> Ints:
        """What these rules leave of the bags."""
        return self._swept.of((rules, bags))

    def changed(self, bags: Ints, slots: Ints, added: Ints) -> Ints:
        """The bags without their slot, if there is one, and with what is added."""
        return self._changed.of((bags, slots, added))

    def pruned(self, columns: Sequence[Ints], bags: Ints) -> Ints:
        """What is kept of the bags beside these parts."""
        return self._pruned.of([*(columns[place] for place in self._beside), bags])

    def _prune(self, *known: int) -> int:
        components, pruning, (*beside, bag) = self.components, self.components.product.pruning, known
        assert pruning is not None, "a move prunes, but the product has no pruning"
        values = [components.parts[place].values[part] for place, part in zip(self._beside, beside, strict=True)]
        slots = components.bags.contents[bag]
        return components.bags.intern([slot for slot in slots if pruning.keeps(components.slots.values[slot], *values)])


@define(eq=False, init=False)
class Renumbering(Generic[SceneT]):
    """The live numbers of states, replaced by their ranks."""

    components: Components[SceneT]
    _lists: list[tuple[int, ...]]
    _ids: dict[tuple[int, ...], int]
    _plans: list[dict[int, int]]
    _mentioned: tuple[Known, ...]
    """The list of numbers that each value of a part, and each bag, mentions; sorted, where they are ranked by age."""
    _union: Mapped
    _plan: Mapped
    _changes: Known
    _moved: tuple[Mapped, ...]
    _anchor: int | None

    def __init__(self, components: Components[SceneT]) -> None:
        """Begin with nothing known."""
        self.components = components
        self._lists, self._ids, self._plans = [()], {(): NO_NUMBERS}, []
        parts, bags, anchor = components.parts, components.bags, components.product.anchor
        numbers = [*(part.numbers for part in parts), bags.numbers]
        self._mentioned = tuple(Known(partial(self._mention, of)) for of in numbers)
        self._anchor = None if anchor is None else components.product.names.index(anchor)
        self._union = Mapped(2, lambda one, other: self._list((*self._lists[one], *self._lists[other])))
        self._plan = Mapped(2, self._planned)
        self._changes = Known(lambda plan: not is_identity(self._plans[plan]))
        moves = [*(part.move for part in parts), bags.move]
        self._moved = tuple(Mapped(2, partial(self._move, move)) for move in moves)

    def settle(self, columns: list[Ints]) -> None:
        """Replace parts and bags, one column for each part and the bags behind them, by their canonical form."""
        mentioned = [known.of(column) for known, column in zip(self._mentioned, columns, strict=True)]
        live = mentioned[0]
        for one in mentioned[1:]:
            beside = np.flatnonzero(one != NO_NUMBERS)
            live = live.copy()
            live[beside] = self._union.of((live[beside], one[beside]))
        if not live.any():
            return
        anchored = np.zeros(len(live), np.int32) if self._anchor is None else mentioned[self._anchor]
        plans = self._plan.of((anchored, live))
        changes = self._changes.of(plans) != 0
        for place, moved in enumerate(self._moved):
            which = np.flatnonzero(changes & (mentioned[place] != NO_NUMBERS))
            columns[place][which] = moved.of((columns[place][which], plans[which]))

    def _mention(self, numbers: Callable[[int], Iterable[int]], one: int) -> int:
        return self._list(numbers(one))

    def _move(self, move: Callable[[int, Mapping[int, int]], int], one: int, plan: int) -> int:
        return move(one, self._plans[plan])

    def _list(self, numbers: Iterable[int]) -> int:
        once = tuple(sorted(set(numbers)) if self.components.by_age else dict.fromkeys(numbers))
        known = self._ids.setdefault(once, len(self._lists))
        if known == len(self._lists):
            self._lists.append(once)
        return known

    def _planned(self, anchored: int, live: int) -> int:
        self._plans.append(ranks(self._lists[anchored], self._lists[live], by_age=self.components.by_age))
        return len(self._plans) - 1
