"""A caller that lists and one that approves, before a controller of any age, with one fault: every order of events.

What is asked lands at one instant and is answered at another. A fault is an answer that is lost, a stranger's 404, a
command that is killed before or after it acted, or a cache that fails.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final

from attrs import field, frozen

from kiloclaw_core.explore import Aspect, Claim, EachSlot, Joint, Local, Pruning, Rule
from kiloclaw_core.pairing.caller.flow import ApproveCall, ListCall
from kiloclaw_core.pairing.caller.keeping import Kept
from kiloclaw_core.pairing.requests import Kind, subject_of
from kiloclaw_core.world.pairing.caller.claims import CALLER_CLAIMS
from kiloclaw_core.world.pairing.caller.moves import Outbound, Slot, beginning, hearing, landing
from kiloclaw_core.world.pairing.caller.scene import CallerScene, Controller, Truth
from kiloclaw_core.world.pairing.truth import MESSAGE

LISTING: Final = ListCall(Kind.CHANNELS)
APPROVING: Final = ApproveCall(subject_of(MESSAGE))
PARTS: Final = ("controller", "listing", "approving", "truth", "kept", "dropped", "misled", "faults", "begun")


@frozen
class CallerSystem:
    """The product of two calls, the controller, the truth, the cache, and what is on its way."""

    controller: Controller = Controller.CURRENT
    faults: int = 1
    listing: ListCall = LISTING
    kept: Kept = Kept()
    claims: tuple[Claim[CallerScene], ...] = CALLER_CLAIMS
    names: tuple[str, ...] = PARTS
    anchor: str | None = None
    pruning: Pruning | None = None
    aspects: Mapping[str, Aspect] = field(factory=dict, eq=False)
    mirror: None = None
    allowance: None = None
    rules: tuple[Rule, ...] = field(init=False)

    @rules.default
    def _rules(self) -> tuple[Rule, ...]:
        return (
            Local(("listing", "approving", "begun"), beginning),
            EachSlot(("listing", "approving"), hearing),
            EachSlot(("controller", "truth", "kept", "dropped", "misled", "faults"), landing),
        )

    def initial(self) -> Joint:
        """Nobody has called."""
        return Joint((self.controller, self.listing, APPROVING, Truth(), self.kept, False, (), self.faults, ()), ())

    def numbers(self, value: Hashable, /) -> tuple[int, ...]:
        """There are no numbers: a call has one thing under way."""
        del value
        return ()

    def renumber(self, value: Hashable, mapping: Mapping[int, int], /) -> Hashable:
        """The value, for it has no numbers."""
        del mapping
        return value

    def slot_key(self, slot: Hashable, /) -> tuple[str, str, str]:
        """Slots by call; a call has one at most."""
        assert isinstance(slot, Slot), f"{slot} is no slot"
        return slot.of, type(slot).__name__, repr(slot)

    def scene(self, joint: Joint, /) -> CallerScene:
        """What claims look at."""
        controller, listing, approving, truth, kept, was_dropped, misled, faults, _ = joint.parts
        assert isinstance(controller, Controller), f"{controller} is no controller"
        assert isinstance(listing, ListCall), f"{listing} is no call for a list"
        assert isinstance(approving, ApproveCall), f"{approving} is no call that approves"
        assert isinstance(truth, Truth), f"{truth} is no truth"
        assert isinstance(kept, Kept), f"{kept} is not kept"
        assert isinstance(misled, tuple), f"{misled} are no calls"
        under_way = tuple((slot.of, slot.effect) for slot in joint.bag if isinstance(slot, Outbound))
        lapses = (was_dropped is True, faults != self.faults, misled)
        return CallerScene(controller, listing, approving, truth, kept, under_way, *lapses)
