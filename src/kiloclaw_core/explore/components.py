"""Parts, slots, vectors and bags as small integers, and states as pairs of them.

Values are interned by equality, each component in a table of its own. The ints of all parts make a vector, those of the
slots a bag; both are interned again, so that a state is a pair of ints. Vectors and bags know the numbers they mention
as a mask of bits, so that a canonical state is seen by an `or`; what renumbering makes of them is remembered.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final, Generic, TypeAlias

from attrs import define, field

from kiloclaw_core.explore.canonical import numbers_of, one_place, ranks
from kiloclaw_core.explore.model import SceneT
from kiloclaw_core.explore.product import Joint, Ordered, Product

State: TypeAlias = tuple[int, int]
"""The int of a vector and the int of a bag."""
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
    _ids: dict[Hashable, int] = field(factory=dict)
    _numbers: list[tuple[int, ...]] = field(factory=list)
    _by_map: dict[tuple[int, tuple[int, ...]], int] = field(factory=dict)

    def intern(self, value: Hashable, numbers: tuple[int, ...] | None = None) -> int:
        """The int of a value, the same for equal values; `numbers` are those that it mentions, where they are known."""
        known = self._ids.get(value)
        if known is None:
            known = self._ids[value] = len(self.values)
            self.values.append(value)
            self._numbers.append(self.product.numbers(value) if numbers is None else numbers)
        return known

    def value(self, part: int) -> Hashable:
        """The value behind an int."""
        return self.values[part]

    def numbers(self, part: int) -> tuple[int, ...]:
        """The numbers that a value mentions."""
        return self._numbers[part]

    def move(self, part: int, mapping: Mapping[int, int]) -> int:
        """The value under a map, remembered by what the map does to its own numbers."""
        own = self._numbers[part]
        after = tuple([mapping[number] for number in own])
        if own == after:
            return part
        moved = self._by_map.get((part, after))
        if moved is None:
            value = self.product.renumber(self.values[part], dict(zip(own, after, strict=True)))
            moved = self._by_map[part, after] = self.intern(value, after)
        return moved


@define(eq=False)
class Vectors(Generic[SceneT]):
    """The distinct vectors of parts, each under an int: one int for each part, in the order of their names."""

    parts: tuple[Values[SceneT], ...]
    anchor: int | None
    """The place of the part whose numbers come first."""
    contents: list[tuple[int, ...]] = field(factory=list)
    anchors: list[int] = field(factory=list)
    masks: list[int] = field(factory=list)
    moved: dict[tuple[int, tuple[int, int]], int] = field(factory=dict)
    _ids: dict[tuple[int, ...], int] = field(factory=dict)

    def intern(self, content: tuple[int, ...]) -> int:
        """The int of the vector with these parts."""
        known = self._ids.get(content)
        if known is None:
            known = self._ids[content] = len(self.contents)
            self.contents.append(content)
            self.masks.append(mask_of(self.numbers(known)))
            self.anchors.append(mask_of(self.anchored(known)))
        return known

    def anchored(self, vector: int) -> tuple[int, ...]:
        """The numbers that the anchor of a vector mentions."""
        if self.anchor is None:
            return ()
        return self.parts[self.anchor].numbers(self.contents[vector][self.anchor])

    def written(self, vector: int, writes: tuple[tuple[int, int], ...]) -> int:
        """The vector with some places written."""
        content = list(self.contents[vector])
        for place, part in writes:
            content[place] = part
        return self.intern(tuple(content))

    def numbers(self, vector: int) -> tuple[int, ...]:
        """The numbers that the parts of a vector mention."""
        content = zip(self.parts, self.contents[vector], strict=True)
        return tuple(number for values, part in content for number in values.numbers(part))

    def move(self, vector: int, mapping: Mapping[int, int]) -> int:
        """The vector under a map."""
        content = zip(self.parts, self.contents[vector], strict=True)
        return self.intern(tuple(values.move(part, mapping) for values, part in content))

    def value(self, vector: int) -> tuple[Hashable, ...]:
        """The parts themselves."""
        return tuple(values.values[part] for values, part in zip(self.parts, self.contents[vector], strict=True))


@define(eq=False)
class Bags(Generic[SceneT]):
    """The distinct bags, each under an int: the ints of its slots, in canonical order."""

    product: Product[SceneT]
    slots: Values[SceneT]
    contents: list[tuple[int, ...]] = field(factory=list)
    masks: list[int] = field(factory=list)
    moved: dict[tuple[int, tuple[int, int]], int] = field(factory=dict)
    additions: list[tuple[int, ...]] = field(factory=list)
    _keys: list[Ordered] = field(factory=list)
    _ids: dict[tuple[int, ...], int] = field(factory=dict)
    _addition_ids: dict[tuple[int, ...], int] = field(factory=dict)
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
            self.masks.append(mask_of(self.numbers(known)))
        return known

    def addition(self, slots: Sequence[Hashable]) -> int:
        """The int of slots that a move adds."""
        content = tuple(self.slots.intern(slot) for slot in slots)
        known = self._addition_ids.get(content)
        if known is None:
            known = self._addition_ids[content] = len(self.additions)
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
        return numbers_of(self.product, self.value(bag))

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


@define(eq=False, init=False)
class Components(Generic[SceneT]):
    """All tables of a product, and the canonical form of a state in ints."""

    product: Product[SceneT]
    parts: tuple[Values[SceneT], ...]
    slots: Values[SceneT]
    vectors: Vectors[SceneT]
    bags: Bags[SceneT]
    by_age: bool
    """Whether numbers are ranked by their age, as everywhere but in a mirror."""
    _plans: dict[tuple[int, int], tuple[dict[int, int], int]]

    def __init__(self, product: Product[SceneT]) -> None:
        """Begin with empty tables."""
        self._plans = {}
        self.product, self.by_age = product, product.mirror is None
        self.parts = tuple(Values(product) for _ in product.names)
        self.slots = Values(product)
        self.vectors = Vectors(self.parts, None if product.anchor is None else product.names.index(product.anchor))
        self.bags = Bags(product, self.slots)

    def state_of(self, joint: Joint) -> State:
        """The state that stands for a joint."""
        vector = tuple(values.intern(part) for values, part in zip(self.parts, joint.parts, strict=True))
        bag = self.bags.changed(EMPTY, NO_SLOT, self.bags.addition(joint.bag))
        return self.settled(self.vectors.intern(vector), bag)

    def joint_of(self, state: State) -> Joint:
        """The joint that a state stands for."""
        return Joint(self.vectors.value(state[0]), self.bags.value(state[1]))

    def settled(self, vector: int, bag: int) -> State:
        """The canonical state: as it is, where the live numbers are the first ones; else renumbered."""
        vectors, bags = self.vectors, self.bags
        key = (vectors.anchors[vector], vectors.masks[vector] | bags.masks[bag])
        if WIDE in key or not self.by_age:
            return self._settled_wide(vector, bag)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plans[key] = plan_of(numbers_in(key[0]), numbers_in(key[1]))
        mapping, changed = plan
        if not changed:
            return vector, bag
        return _moved(vectors, vector, key, mapping, changed), _moved(bags, bag, key, mapping, changed)

    def _settled_wide(self, vector: int, bag: int) -> State:
        """The same where a mask does not say enough: of a number that is too large, or of the order of some."""
        anchored = self.vectors.anchored(vector)
        others = (*self.vectors.numbers(vector), *self.bags.numbers(bag))
        mapping = ranks(anchored, others, by_age=self.by_age)
        return self.vectors.move(vector, mapping), self.bags.move(bag, mapping)


def plan_of(anchored: list[int], live: list[int]) -> tuple[dict[int, int], int]:
    """How the live numbers are renumbered, and a mask of those that change."""
    mapping = ranks(anchored, live)
    return mapping, mask_of(number for number, rank in mapping.items() if number != rank)


def _moved(
    table: Vectors[SceneT] | Bags[SceneT], content: int, key: tuple[int, int], mapping: Mapping[int, int], changed: int
) -> int:
    """A vector or bag with the live numbers renumbered, itself where none of its own changes."""
    if not table.masks[content] & changed:
        return content
    moved = table.moved.get((content, key))
    if moved is None:
        moved = table.moved[content, key] = table.move(content, mapping)
    return moved
