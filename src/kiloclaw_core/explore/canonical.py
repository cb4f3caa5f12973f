"""One representative for all states that differ only in the numbers they use and the order of their slots.

The live numbers of a joint are replaced by their ranks, the anchor's first, and the bag is then sorted. What the
numbers of a value are is the product's to say; `renumbering.py` has a way to read them off field annotations.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from itertools import pairwise
from operator import itemgetter
from typing import Final

from kiloclaw_core.explore.model import SceneT
from kiloclaw_core.explore.product import Joint, Mirror, Product, read

ASIDE: Final = 128
"""The first rank of a number that the anchor does not mention."""


def ranks(anchored: Iterable[int], others: Iterable[int], *, by_age: bool = True) -> dict[int, int]:
    """Each number with its rank: those of the anchor from nought, the others from `ASIDE`, or all from nought.

    The older comes first, or, unless by age, the one that is mentioned first. A number that stood aside until now is
    older than all that the anchor mentions, so that what it counts next is new. Raises a `ValueError` when the anchor
    mentions so many that two numbers would get one rank.
    """
    first, rest = list(dict.fromkeys(anchored)), dict.fromkeys(others)
    if by_age:
        first.sort(key=lambda number: (number < ASIDE, number))
        rest = dict.fromkeys(sorted(rest))
    if len(first) > ASIDE:
        msg = f"the anchor mentions {len(first)} numbers, but has room for {ASIDE}"
        raise ValueError(msg)
    known = {number: rank for rank, number in enumerate(first)}
    aside = (number for number in rest if number not in known)
    return known | {number: rank for rank, number in enumerate(aside, ASIDE if first else 0)}


def is_identity(mapping: Mapping[int, int]) -> bool:
    """Whether a mapping leaves every number as it is."""
    return all(number == rank for number, rank in mapping.items())


def in_order(product: Product[SceneT], slots: Iterable[Hashable]) -> tuple[Hashable, ...]:
    """The slots sorted by their keys; two different slots that share a key raise a `ValueError` naming both."""
    every = tuple(slots)
    if len(every) <= 1:
        return every
    keyed = sorted(((product.slot_key(slot), slot) for slot in every), key=itemgetter(0))
    for (one_key, one), (other_key, other) in pairwise(keyed):
        if one_key == other_key and one != other:
            raise ValueError(one_place(one, other))
    return tuple(slot for _, slot in keyed)


def one_place(one: Hashable, other: Hashable) -> str:
    """Say that two slots cannot be told apart, so that their order would depend on history."""
    return f"slot_key gives {one} and {other} the same place"


def renaming(product: Product[SceneT], joint: Joint) -> dict[int, int]:
    """The live numbers of a joint, each with the one that stands for it in the joint's representative."""
    anchored = () if product.anchor is None else product.numbers(joint.parts[product.names.index(product.anchor)])
    beside = [number for part in joint.parts for number in product.numbers(part)]
    live = (*beside, *numbers_of(product, joint.bag))
    return ranks(anchored, live, by_age=product.mirror is None) if live else {}


def numbers_of(product: Product[SceneT], slots: Iterable[Hashable]) -> tuple[int, ...]:
    """The numbers that slots mention; where there is a mirror, in an order that does not depend on what they are."""
    slots = tuple(slots)
    if product.mirror is not None and len(slots) > 1:
        slots = sorted(slots, key=lambda slot: product.slot_key(_nameless(product, slot)))
    return tuple([number for slot in slots for number in product.numbers(slot)])


def _nameless(product: Product[SceneT], slot: Hashable) -> Hashable:
    """A slot all of whose numbers are alike."""
    return product.renumber(slot, dict.fromkeys(product.numbers(slot), 0))


def canonical(product: Product[SceneT], joint: Joint) -> Joint:
    """The representative of a joint: live numbers by rank, slots in order."""
    mapping = renaming(product, joint)
    if is_identity(mapping):
        slots = in_order(product, joint.bag)
        return joint if slots == joint.bag else Joint(joint.parts, slots)
    return renamed(product, joint, mapping)


def renamed(product: Product[SceneT], joint: Joint, mapping: Mapping[int, int]) -> Joint:
    """A joint under a mapping of its numbers, its slots in order."""
    return Joint(
        tuple(renumbered(product, part, mapping) for part in joint.parts),
        in_order(product, (renumbered(product, slot, mapping) for slot in joint.bag)),
    )


def renumbered(product: Product[SceneT], value: Hashable, mapping: Mapping[int, int]) -> Hashable:
    """A part or slot under the mapping restricted to its own numbers; itself where that changes nothing."""
    own = {number: mapping[number] for number in product.numbers(value)}
    return value if is_identity(own) else product.renumber(value, own)


def pruned(product: Product[SceneT], joint: Joint) -> Joint:
    """The joint without the slots that need not be kept."""
    pruning = product.pruning
    if pruning is None:
        return joint
    values = read(product.names, joint, pruning.reads)
    return Joint(joint.parts, tuple(slot for slot in joint.bag if pruning.keeps(slot, *values)))


def image(product: Product[SceneT], mirror: Mirror, joint: Joint) -> Joint:
    """The mirror image of a joint."""
    parts = [mirror.image(part) for part in joint.parts]
    for one, other in mirror.swaps:
        here, there = product.names.index(one), product.names.index(other)
        parts[here], parts[there] = parts[there], parts[here]
    return canonical(product, Joint(tuple(parts), tuple(mirror.image(slot) for slot in joint.bag)))


def is_image(product: Product[SceneT], one: Joint, other: Joint) -> bool:
    """Whether a joint is the mirror image of another; without a mirror none is."""
    return product.mirror is not None and image(product, product.mirror, one) == other
