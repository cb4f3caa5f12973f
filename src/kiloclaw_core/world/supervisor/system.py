"""The supervisor and the processes that it watches, joined: every order in which they come, end, and do not end.

A child comes or cannot be started, ends cleanly or not, and dies of signals; a stubborn one outlives being asked, and
one that is stuck outlives being killed, until it does not.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from attrs import field, frozen

from kiloclaw_core.explore import Aspect, Claim, EachSlot, Joint, Label, Local, Pruning, Renumbering, Rule
from kiloclaw_core.names import OpId
from kiloclaw_core.supervisor.record import Supervisor
from kiloclaw_core.world.supervisor.claims import SUPERVISOR_CLAIMS
from kiloclaw_core.world.supervisor.moves import asking, coming, dying, hearing, ringing
from kiloclaw_core.world.supervisor.setting import SupervisorBudget, SupervisorScene
from kiloclaw_core.world.supervisor.slots import (
    Alive,
    Coming,
    Sent,
    Slot,
    Told,
    is_fatal,
    is_kept,
    is_told_before,
    key_of,
)


@frozen
class SupervisorSystem:
    """The product of the supervisor, who asked, and the children and signals that are on their way."""

    budget: SupervisorBudget = SupervisorBudget()
    record: Supervisor = Supervisor()
    claims: tuple[Claim[SupervisorScene], ...] = SUPERVISOR_CLAIMS
    names: tuple[str, ...] = ("record", "asked", "budget")
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
            EachSlot(("budget",), coming),
            EachSlot(("budget",), dying, is_fatal),
            EachSlot(("record",), hearing, is_told_before),
            Local(("record",), ringing, quiet=True),
            Local(("record", "asked", "budget"), asking),
        )

    def initial(self) -> Joint:
        """There is no child and none is wanted."""
        return Joint((self.record, (), self.budget), ())

    def numbers(self, value: Hashable, /) -> tuple[int, ...]:
        """The ops a value mentions."""
        return self._renumbering.numbers(value)

    def renumber(self, value: Hashable, mapping: Mapping[int, int], /) -> Hashable:
        """The value with its ops renumbered."""
        return self._renumbering.renumber(value, mapping)

    def slot_key(self, slot: Hashable, /) -> tuple[int, str, str]:
        """Slots by child and sort."""
        assert isinstance(slot, Slot), f"{slot} is no slot"
        return key_of(slot)

    def scene(self, joint: Joint, /) -> SupervisorScene:
        """What claims look at."""
        record, asked, budget = joint.parts
        assert isinstance(record, Supervisor), f"{record} is no supervisor"
        assert isinstance(asked, tuple), f"{asked} are no askers"
        assert isinstance(budget, SupervisorBudget), f"{budget} is no budget"
        slots = [slot for slot in joint.bag if isinstance(slot, Slot)]
        alive = tuple(slot for slot in slots if isinstance(slot, Alive))
        return SupervisorScene(
            record,
            asked,
            tuple(slot.ask for slot in slots if isinstance(slot, Told)),
            tuple(slot.child for slot in slots if isinstance(slot, Coming)),
            alive,
            all(isinstance(slot, Told | Alive | Sent) for slot in slots),
            budget.shutdowns < self.budget.shutdowns,
        )
