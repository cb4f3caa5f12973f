"""The steps of a trace in numbers that stay what they were from the first step to the last.

The explorer renumbers ops and ids at every step, so that states which differ only in numbers are one. Here each
renumbering is undone again, whatever the system is.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import Final, Generic

from attrs import evolve, field, frozen

from kiloclaw_core.explore import (
    Action,
    Aspect,
    Claim,
    Joint,
    Ordered,
    Passage,
    Product,
    ProductModel,
    Pruning,
    Rule,
    Trace,
    canonical,
    renamed,
    renaming,
)
from kiloclaw_core.explore.model import SceneT

NUMBERS: Final = re.compile(r"(?<![-\w])(?<!exits with )\d+\b|(?<=\b[imv])\d+\b")
"""The numbers that an action may name: an op by itself, or a machine, volume or version after its letter.

What a child exits with is a code, and named as it is.
"""
COUNTING: Final = frozenset({"asker", "caller"})
"""The lanes of those who number what they ask, which is no op."""


@frozen
class AsItComes(Generic[SceneT]):
    """A system that renumbers nothing."""

    product: Product[SceneT]
    anchor: None = None
    claims: tuple[Claim[Joint], ...] = ()
    aspects: Mapping[str, Aspect] = field(factory=dict, eq=False)
    mirror: None = None
    allowance: None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The system's own parts."""
        return self.product.names

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The system's own rules."""
        return self.product.rules

    @property
    def pruning(self) -> Pruning | None:
        """The system's own pruning."""
        return self.product.pruning

    def initial(self) -> Joint:
        """Where the system begins."""
        return self.product.initial()

    def numbers(self, _value: Hashable, /) -> tuple[int, ...]:
        """None that is to be replaced."""
        return ()

    def renumber(self, value: Hashable, _mapping: Mapping[int, int], /) -> Hashable:
        """The value as it is."""
        return value

    def slot_key(self, slot: Hashable, /) -> Ordered:
        """Slots in the system's order."""
        return self.product.slot_key(slot)

    def scene(self, joint: Joint, /) -> Joint:
        """The joint itself."""
        return joint


def steady_passages(product: Product[SceneT], trace: Trace) -> tuple[Passage, ...]:
    """Each step of a trace with the joints before and after it, in numbers that stay."""
    model = ProductModel(AsItComes(product))
    before = model.initial()
    meant = {rank: number for number, rank in renaming(product, before).items()}
    here, passed = trace.start, []
    for step in trace.steps:
        end = model.next(here, model.actions(here)[step.index])
        ranked = renaming(product, end)
        known = meant | {number: _numbered(meant, number) for number in ranked if number not in meant}
        after = renamed(product, end, known)
        passed.append((before, _said(step.action, known), after))
        meant = {rank: known[number] for number, rank in ranked.items()}
        here, before = canonical(product, end), after
    return tuple(passed)


def _numbered(meant: Mapping[int, int], number: int) -> int:
    """What a number that is new means: as far from the last one that the record counted as it was in the search."""
    last = max((rank for rank in meant if rank < number), default=number)
    return meant.get(last, last) + number - last


def _said(action: Action, known: Mapping[int, int]) -> Action:
    """The same action, in the numbers that are meant."""
    if action.lane in COUNTING:
        return action
    return evolve(action, label=NUMBERS.sub(lambda found: _meant(found[0], known), action.label))


def _meant(number: str, known: Mapping[int, int]) -> str:
    return str(known.get(int(number), number))
