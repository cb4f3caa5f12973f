"""The controller's cache and its world joined: everything that may happen, each trouble within a budget.

A step of a reading is answered with what is true when it lands. A command acts, exits and is answered; it may be
killed before or after it acts, and one may be stuck, so that not even killing ends it. Alarms ring when nothing else
can happen, the oldest first: which is fair, and early ones are a trouble of their own.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final

from attrs import field, frozen

from kiloclaw_core.explore import Aspect, Claim, EachSlot, Joint, Label, Local, Pruning, Renumbering, Rule
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing.record import Pairing
from kiloclaw_core.world.pairing.claims import PAIRING_CLAIMS
from kiloclaw_core.world.pairing.happening import asking, hearing, landing, ringing
from kiloclaw_core.world.pairing.scene import PairingScene
from kiloclaw_core.world.pairing.setting import FRESH, PairingBudget
from kiloclaw_core.world.pairing.slots import (
    Process,
    Slipped,
    Slot,
    Step,
    Told,
    is_kept,
    is_killed_by,
    is_under_way,
    key_of,
)
from kiloclaw_core.world.pairing.troubles import arriving, breaking, killing, loosening, muting, ringing_early
from kiloclaw_core.world.pairing.truth import OpenClaw

NAMES: Final = ("record", "outside", "asked", "budget")


@frozen
class PairingSystem:
    """The product of the cache, the truth, who asked, what slipped, and what is on its way."""

    budget: PairingBudget = PairingBudget()
    record: Pairing = FRESH
    outside: OpenClaw = OpenClaw()
    claims: tuple[Claim[PairingScene], ...] = PAIRING_CLAIMS
    names: tuple[str, ...] = NAMES
    anchor: str | None = "record"
    pruning: Pruning | None = Pruning(("record",), is_kept)
    aspects: Mapping[str, Aspect] = field(factory=dict, eq=False)
    mirror: None = None
    allowance: None = None
    rules: tuple[Rule, ...] = field(init=False)
    _renumbering: Renumbering = field(init=False, factory=lambda: Renumbering({OpId: Label(int, OpId)}), eq=False)

    @rules.default
    def _rules(self) -> tuple[Rule, ...]:
        return (
            EachSlot(("outside",), landing, is_killed_by),
            EachSlot(("record",), hearing),
            Local(("record",), ringing, quiet=True),
            Local(("record", "asked", "budget"), asking),
            Local(("outside", "budget"), arriving),
            EachSlot((), loosening),
            EachSlot(("budget",), muting),
            EachSlot(("budget",), breaking),
            EachSlot(("budget",), killing),
            Local(("record", "budget"), ringing_early),
        )

    def initial(self) -> Joint:
        """The cache as it is given, and nobody has asked for anything."""
        return Joint((self.record, self.outside, (), self.budget), ())

    def numbers(self, value: Hashable, /) -> tuple[int, ...]:
        """The ops a value mentions."""
        return self._renumbering.numbers(value)

    def renumber(self, value: Hashable, mapping: Mapping[int, int], /) -> Hashable:
        """The value with its ops renumbered."""
        return self._renumbering.renumber(value, mapping)

    def slot_key(self, slot: Hashable, /) -> tuple[int, str, str]:
        """Slots by op and sort; lines, replies and slips by what they say."""
        assert isinstance(slot, Slot), f"{slot} is no slot"
        return key_of(slot)

    def scene(self, joint: Joint, /) -> PairingScene:
        """What claims look at."""
        record, outside, asked, _ = joint.parts
        assert isinstance(record, Pairing), f"{record} is no cache"
        assert isinstance(outside, OpenClaw), f"{outside} is no truth"
        assert isinstance(asked, tuple), f"{asked} are no askers"
        slots = [slot for slot in joint.bag if isinstance(slot, Slot)]
        return PairingScene(
            record,
            outside,
            asked,
            tuple(slot.reply for slot in slots if isinstance(slot, Told)),
            tuple(slot.slip for slot in slots if isinstance(slot, Slipped)),
            tuple(slot.effect for slot in slots if isinstance(slot, Step)),
            tuple(slot.effect for slot in slots if isinstance(slot, Process)),
            not any(is_under_way(slot) for slot in slots),
        )
