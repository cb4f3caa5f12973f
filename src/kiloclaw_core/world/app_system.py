"""The app's record and its world joined: everything that may happen, each fault within a budget."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import partial
from typing import Final

from attrs import field, frozen

from kiloclaw_core.app.effects import CreateApp
from kiloclaw_core.app.record import App, AppAbsent
from kiloclaw_core.explore import (
    Aspect,
    Claim,
    EachSlot,
    Joint,
    Label,
    Local,
    Pruning,
    Renumbering,
    Rule,
    Sweep,
)
from kiloclaw_core.names import OpId
from kiloclaw_core.policy import Policy
from kiloclaw_core.world.app_claims import APP_CLAIMS, AppScene, Fate
from kiloclaw_core.world.app_moves import (
    AppBudget,
    Asked,
    Orphan,
    Slot,
    hearing,
    is_settled_by,
    landing,
    op_of,
    ringing,
)
from kiloclaw_core.world.app_troubles import (
    NAME,
    ORGANISATION,
    befalling,
    crashing,
    doubting,
    ensuring,
    lagging,
    refusing,
    survives,
)
from kiloclaw_core.world.apps import Apps

NAMES: Final = ("record", "apps", "fate", "budget")


@frozen
class AppSystem:
    """The product of one owner's record, the apps, what befell them, and what is on its way."""

    budget: AppBudget = AppBudget()
    policy: Policy = Policy(tries=1)
    claims: tuple[Claim[AppScene], ...] = APP_CLAIMS
    names: tuple[str, ...] = NAMES
    anchor: str | None = "record"
    pruning: Pruning | None = None
    aspects: Mapping[str, Aspect] = field(factory=dict, eq=False)
    mirror: None = None
    allowance: None = None
    rules: tuple[Rule, ...] = field(init=False)
    _renumbering: Renumbering = field(init=False, factory=lambda: Renumbering({OpId: Label(int, OpId)}), eq=False)

    @rules.default
    def _rules(self) -> tuple[Rule, ...]:
        return (
            EachSlot(("apps",), landing, is_settled_by),
            EachSlot(("record",), hearing),
            Local(("record", "budget"), ringing),
            Local(("record", "budget"), partial(ensuring, ensures=self.budget.ensures)),
            Local(("apps", "fate", "budget"), befalling),
            EachSlot(("apps", "budget"), lagging),
            EachSlot(("budget",), refusing),
            EachSlot(("budget",), doubting),
            Sweep(("record", "budget"), crashing, survives),
        )

    def initial(self) -> Joint:
        """Nobody has asked for the app, and nobody has the name."""
        return Joint((AppAbsent(self.policy), Apps((ORGANISATION,)), Fate.NONE, self.budget), ())

    def numbers(self, value: Hashable, /) -> tuple[int, ...]:
        """The ops a value mentions."""
        return self._renumbering.numbers(value)

    def renumber(self, value: Hashable, mapping: Mapping[int, int], /) -> Hashable:
        """The value with its ops renumbered."""
        return self._renumbering.renumber(value, mapping)

    def slot_key(self, slot: Hashable, /) -> tuple[int, str]:
        """Slots by op; one op has at most one slot of a sort."""
        assert isinstance(slot, Slot), f"{slot} is no slot"
        return (op_of(slot), type(slot).__name__)

    def scene(self, joint: Joint, /) -> AppScene:
        """What claims look at."""
        record, apps, fate, _ = joint.parts
        assert isinstance(record, App | AppAbsent), f"{record} is no record of an app"
        assert isinstance(apps, Apps), f"{apps} are no apps"
        assert isinstance(fate, Fate), f"{fate} is no fate"
        effects = [slot.effect for slot in joint.bag if isinstance(slot, Asked | Orphan)]
        creates = tuple(effect for effect in effects if isinstance(effect, CreateApp))
        return AppScene(record, apps.app(NAME), fate, creates, not joint.bag)
