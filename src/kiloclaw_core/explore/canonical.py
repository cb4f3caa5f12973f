"""One representative for all states that differ only in the numbers they use and the order of their slots.

The live numbers of a joint are replaced by their ranks, which keeps their order, and the bag is then sorted. What the
numbers of a value are is the product's to say; `renumbering.py` has a way to read them off field annotations.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from itertools import pairwise
from operator import itemgetter

from kiloclaw_core.explore.model import SceneT
from kiloclaw_core.explore.product import Joint, Product


def ranks(numbers: Iterable[int]) -> dict[int, int]:
    """Each number with its rank among them, from nought."""
    return {number: rank for rank, number in enumerate(sorted(set(numbers)))}


def is_identity(mapping: Mapping[int, int]) -> bool:
    """Whether a mapping leaves every number as it is."""
    return all(number == rank for number, rank in mapping.items())


def in_order(product: Product[SceneT], slots: Iterable[Hashable]) -> tuple[Hashable, ...]:
    """The slots sorted by their keys; two different slots that share a key raise a `ValueError` naming both."""
    keyed = sorted(((product.slot_key(slot), slot) for slot in slots), key=itemgetter(0))
    for (one_key, one), (other_key, other) in pairwise(keyed):
        if one_key == other_key and one != other:
            raise ValueError(one_place(one, other))
    return tuple(slot for _, slot in keyed)


def one_place(one: Hashable, other: Hashable) -> str:
    """Say that two slots cannot be told apart, so that their order would depend on history."""
    return f"slot_key gives {one} and {other} the same place"


def canonical(product: Product[SceneT], joint: Joint) -> Joint:
    """The representative of a joint: live numbers by rank, slots in order."""
    values = (*joint.parts, *joint.bag)
    mapping = ranks(number for value in values for number in product.numbers(value))
    if is_identity(mapping):
        return Joint(joint.parts, in_order(product, joint.bag))
    return Joint(
        tuple(renumbered(product, part, mapping) for part in joint.parts),
        in_order(product, (renumbered(product, slot, mapping) for slot in joint.bag)),
    )


def renumbered(product: Product[SceneT], value: Hashable, mapping: Mapping[int, int]) -> Hashable:
    """A part or slot under the mapping restricted to its own numbers; itself where that changes nothing."""
    own = {number: mapping[number] for number in product.numbers(value)}
    return value if is_identity(own) else product.renumber(value, own)
