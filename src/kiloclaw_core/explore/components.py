"""Parts, slots and bags as small integers, and states as tuples of them.

Values are interned by equality, each component in a table of its own, so that a state is a tuple of ints: one for each
part, then one for the bag. A component knows which numbers it mentions as a mask of bits, so that most states are seen
to be canonical by an `or`; what renumbering makes of a component is remembered for each map.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final, Generic, TypeAlias

from attrs import define, field

from kiloclaw_core.explore.canonical import one_place, ranks, renumbered
from kiloclaw_core.explore.model import SceneT
from kiloclaw_core.explore.product import Joint, Ordered, Product

State: TypeAlias = tuple[int, ...]
Live: TypeAlias = int | tuple[int, ...]
"""The numbers alive in a state: a mask where all are small, else the numbers themselves."""

WIDE: Final = -1
"""The mask of a component that mentions a number no mask should be made for."""
MASKABLE: Final = range(512)
NO_SLOT: Final = -1
EMPTY: Final = 0
"""The bag, and the addition, without slots."""


def mask_of(numbers: Iterable[int]) -> int:
    """One bit for each number, or `WIDE`."""
    mask = 0
    for number in numbers:
        if number not in MASKABLE:
            return WIDE
        mask |= 1 << number
    return mask


def numbers_in(mask: int) -> list[int]:
    """The numbers whose bits are set, ascending."""
    return [number for number in range(mask.bit_length()) if mask >> number & 1]


@define(eq=False)
class Values(Generic[SceneT]):
    """The distinct values of one part, or the distinct slots, each under an int."""

    product: Product[SceneT]
    values: list[Hashable] = field(factory=list)
    masks: list[int] = field(factory=list)
    moved: dict[tuple[int, Live], int] = field(factory=dict)
    _ids: dict[Hashable, int] = field(factory=dict)
    _by_map: dict[tuple[int, tuple[int, ...]], int] = field(factory=dict)

    def intern(self, value: Hashable) -> int:
        """The int of a value, the same for equal values."""
        known = self._ids.get(value)
        if known is None:
            known = self._ids[value] = len(self.values)
            self.values.append(value)
            self.masks.append(mask_of(self.product.numbers(value)))
        return known

    def numbers(self, part: int) -> tuple[int, ...]:
        """The numbers that a value mentions."""
        return self.product.numbers(self.values[part])

    def move(self, part: int, mapping: Mapping[int, int]) -> int:
        """The value under a map, remembered by what the map does to its own numbers."""
        key = (part, tuple(mapping[number] for number in self.numbers(part)))
        moved = self._by_map.get(key)
        if moved is None:
            moved = self._by_map[key] = self.intern(renumbered(self.product, self.values[part], mapping))
        return moved


@define(eq=False)
class Bags(Generic[SceneT]):
    """The distinct bags, each under an int: the ints of its slots, in canonical order."""

    product: Product[SceneT]
    slots: Values[SceneT]
    contents: list[tuple[int, ...]] = field(factory=list)
    masks: list[int] = field(factory=list)
    moved: dict[tuple[int, Live], int] = field(factory=dict)
    additions: list[tuple[int, ...]] = field(factory=list)
    _keys: list[Ordered] = field(factory=list)
    _ids: dict[tuple[int, ...], int] = field(factory=dict)
    _additions: dict[tuple[int, ...], int] = field(factory=dict)
    _changed: dict[tuple[int, int, int], int] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        """Give the empty bag and the empty addition their int."""
        self.intern(())
        self.addition(())

    def intern(self, slots: Iterable[int]) -> int:
        """The int of the bag with these slots, in whatever order they come."""
        content = self._in_order(slots)
        known = self._ids.get(content)
        if known is None:
            known = self._ids[content] = len(self.contents)
            self.contents.append(content)
            self.masks.append(mask_of(self._numbers(content)))
        return known

    def addition(self, slots: Sequence[Hashable]) -> int:
        """The int of slots that a move adds."""
        content = tuple(self.slots.intern(slot) for slot in slots)
        known = self._additions.get(content)
        if known is None:
            known = self._additions[content] = len(self.additions)
            self.additions.append(content)
        return known

    def changed(self, bag: int, gone: int, added: int) -> int:
        """The bag without one slot (or `NO_SLOT`) and with an addition."""
        key = (bag, gone, added)
        known = self._changed.get(key)
        if known is None:
            slots = list(self.contents[bag])
            if gone != NO_SLOT:
                slots.remove(gone)
            known = self._changed[key] = self.intern((*slots, *self.additions[added]))
        return known

    def numbers(self, bag: int) -> tuple[int, ...]:
        """The numbers that the slots of a bag mention."""
        return self._numbers(self.contents[bag])

    def move(self, bag: int, mapping: Mapping[int, int]) -> int:
        """The bag under a map, in its new order."""
        return self.intern([self.slots.move(slot, mapping) for slot in self.contents[bag]])

    def value(self, bag: int) -> tuple[Hashable, ...]:
        """The slots themselves."""
        return tuple(self.slots.values[slot] for slot in self.contents[bag])

    def _in_order(self, slots: Iterable[int]) -> tuple[int, ...]:
        """The slots sorted by their keys, each key asked for once."""
        values, keys = self.slots.values, self._keys
        keys.extend(self.product.slot_key(slot) for slot in values[len(keys) :])
        content = sorted(slots, key=keys.__getitem__)
        for one, other in pairwise(content):
            if one != other and keys[one] == keys[other]:
                raise ValueError(one_place(values[one], values[other]))
        return tuple(content)

    def _numbers(self, content: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(number for slot in content for number in self.slots.numbers(slot))


@define(eq=False, init=False)
class Components(Generic[SceneT]):
    """All tables of a product, and the canonical form of a state in ints."""

    product: Product[SceneT]
    parts: tuple[Values[SceneT], ...]
    slots: Values[SceneT]
    bags: Bags[SceneT]
    all: tuple[Values[SceneT] | Bags[SceneT], ...]
    """The tables in the order in which a state has its ints: the bags last."""
    masks: tuple[list[int], ...]
    """The masks of each of them."""

    def __init__(self, product: Product[SceneT]) -> None:
        """Begin with empty tables."""
        self.product = product
        self.parts = tuple(Values(product) for _ in product.names)
        self.slots = Values(product)
        self.bags = Bags(product, self.slots)
        self.all = (*self.parts, self.bags)
        self.masks = tuple(component.masks for component in self.all)

    def state_of(self, joint: Joint) -> State:
        """The state that stands for a joint."""
        parts = [values.intern(part) for values, part in zip(self.parts, joint.parts, strict=True)]
        return self.settled([*parts, self.bags.changed(EMPTY, NO_SLOT, self.bags.addition(joint.bag))])

    def joint_of(self, state: State) -> Joint:
        """The joint that a state stands for."""
        parts = tuple(values.values[part] for values, part in zip(self.parts, state[:-1], strict=True))
        return Joint(parts, self.bags.value(state[-1]))

    def settled(self, state: list[int]) -> State:
        """The canonical state: itself, where the live numbers are the first ones; else renumbered in place."""
        union = 0
        for masks, part in zip(self.masks, state, strict=True):
            union |= masks[part]
        if union & (union + 1) == 0 and union != WIDE:
            return tuple(state)
        live: Live = union
        first_gap = ~union & (union + 1)  # nought where the union is wide
        if union == WIDE:
            everything = zip(self.all, state, strict=True)
            live = tuple(sorted({number for component, part in everything for number in component.numbers(part)}))
        for place, component in enumerate(self.all):
            part = state[place]
            if WIDE < component.masks[part] < first_gap:
                continue  # all its numbers stand below the first gap, and keep their ranks
            moved = component.moved.get((part, live))
            if moved is None:
                mapping = ranks(numbers_in(live) if isinstance(live, int) else live)
                moved = component.moved[part, live] = component.move(part, mapping)
            state[place] = moved
        return tuple(state)

    def after(self, state: State, writes: tuple[tuple[int, int, int], ...], gone: int, added: int) -> State:
        """The canonical state after parts were written, a slot has gone and slots were added.

        `writes` has the place, the new int and its mask. As long as no component changes the numbers it mentions, the
        state stays canonical.
        """
        parts, masks = list(state), self.masks
        settled = True
        for place, part, mask in writes:
            if masks[place][parts[place]] != mask or mask == WIDE:
                settled = False
            parts[place] = part
        if gone != NO_SLOT or added != EMPTY:
            bag = parts[-1]
            parts[-1] = changed = self.bags.changed(bag, gone, added)
            mask = self.bags.masks[changed]
            if self.bags.masks[bag] != mask or mask == WIDE:
                settled = False
        return tuple(parts) if settled else self.settled(parts)
