"""What the rules of a product make of a bag, worked out by the slots themselves; whoever searches remembers it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kiloclaw_core.explore.components import EMPTY, NO_SLOT, Components
from kiloclaw_core.explore.model import SceneT
from kiloclaw_core.explore.product import EachSlot, Sweep, describe


def slots_asked(components: Components[SceneT], bag: int) -> tuple[tuple[int, int], ...]:
    """The distinct slots of a bag, each with one bit for every rule, by its number, that finds it blocked."""
    content = components.bags.contents[bag]
    rules = [
        (1 << number, rule.blocks)
        for number, rule in enumerate(components.product.rules)
        if isinstance(rule, EachSlot) and rule.blocks is not None
    ]
    asked = []
    for slot in dict.fromkeys(content):
        others = list(content)
        others.remove(slot)
        asked.append((slot, sum(bit for bit, blocks in rules if _is_blocked(components, blocks, slot, others))))
    return tuple(asked)


def _is_blocked(components: Components[SceneT], blocks: Callable[..., bool], slot: int, others: Sequence[int]) -> bool:
    """Whether a slot has to wait for any of these others."""
    values = components.slots.values
    return any(blocks(values[slot], values[other]) for other in others)


def bag_after_sweep(components: Components[SceneT], number: int, bag: int) -> int:
    """What the sweep of this number leaves of a bag."""
    rule, bags = components.product.rules[number], components.bags
    assert isinstance(rule, Sweep), f"{describe(components.product.rules, number)} sweeps nothing"
    kept = [slot for slot in map(rule.each, bags.value(bag)) if slot is not None]
    return bags.changed(EMPTY, NO_SLOT, bags.addition(kept))
