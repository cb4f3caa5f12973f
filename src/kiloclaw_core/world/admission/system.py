"""One owner's registry and its world joined: everything that may happen, each fault within a budget.

A question of a caller lands and is heard in one step, because whoever serves it holds nothing but what it was answered;
the registry's own questions land and are heard apart, because its record may change between. Whatever nobody hears any
more may land yet, or never.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import partial
from typing import Final

from attrs import field, frozen

from kiloclaw_core.explore import (
    BAG,
    Aspect,
    Claim,
    EachSlot,
    Joint,
    Label,
    Local,
    Mirror,
    Pruning,
    Renumbering,
    Rule,
    Sweep,
)
from kiloclaw_core.names import OpId
from kiloclaw_core.registry.asks import Reply
from kiloclaw_core.registry.positions import Request
from kiloclaw_core.registry.record import Registry
from kiloclaw_core.registry.update import UpdateRequest
from kiloclaw_core.world.admission.calling import (
    asking_instance,
    asking_registry,
    asking_rows,
    calling,
    consulting,
    destroying,
    dying,
    releasing,
    unanswered,
)
from kiloclaw_core.world.admission.calls import (
    Answered,
    Call,
    LateAsk,
    LateEffect,
    NotYet,
    Sent,
    Served,
    Slot,
)
from kiloclaw_core.world.admission.claims import claims_for
from kiloclaw_core.world.admission.instances import Attempted, Instances
from kiloclaw_core.world.admission.living import burying, crashing, failing, going_on, marking, refusing
from kiloclaw_core.world.admission.mirror import mirror_of
from kiloclaw_core.world.admission.probing import (
    beginning,
    doubting,
    effect_on_instance,
    effect_on_rows,
    hearing,
    late_at_instance,
    late_at_registry,
    late_at_rows,
    lost,
    matters,
    ringing,
    ringing_early,
    survives,
    taking_over,
)
from kiloclaw_core.world.admission.rows import Rows
from kiloclaw_core.world.admission.scene import AdmissionScene
from kiloclaw_core.world.admission.setting import (
    OLD,
    OLD_INSTANCE,
    OLD_ROW,
    AdmissionConfiguration,
    AdmissionGhost,
    Caller,
    Outages,
)

SHARED: Final = ("registry", "rows", "instances", "outages", "ghost", "budget")


def told_of(call: Call) -> tuple[type[Call], Reply | None]:
    """All that claims see of a call: whether it is served, and what its caller was told."""
    return type(call), call.reply if isinstance(call, Served) else None


def op_of(slot: Slot) -> int:
    """The op that a slot is about; a caller's question has none."""
    match slot:
        case Sent(effect=effect) | LateEffect(effect=effect):
            return effect.op
        case Answered(op=op):
            return op
        case LateAsk():
            return -1


def burials_of(request: Request | UpdateRequest) -> Rule:
    """The instance of this request tells the registry that it is gone."""
    return Local(("instances", "registry", "ghost", "outages"), partial(burying, request=request))


def destroys_of(request: Request | UpdateRequest, *, unheard: bool) -> Rule:
    """Its owner destroys it."""
    return Local(("registry", "ghost", "budget.destroys"), partial(destroying, request=request, unheard=unheard))


@frozen
class AdmissionSystem:
    """The product of one owner's registry, the calls, and everything they ask."""

    configuration: AdmissionConfiguration
    claims: tuple[Claim[AdmissionScene], ...] = field()
    mirror: Mirror | None = field(kw_only=True, eq=False)
    names: tuple[str, ...] = field(init=False)
    rules: tuple[Rule, ...] = field(init=False)
    anchor: str | None = "registry"
    pruning: Pruning | None = Pruning(("registry",), matters)
    aspects: Mapping[str, Aspect] = field(init=False, eq=False)
    _renumbering: Renumbering = field(init=False, factory=lambda: Renumbering({OpId: Label(int, OpId)}), eq=False)

    @claims.default
    def _claims(self) -> tuple[Claim[AdmissionScene], ...]:
        return claims_for(self.configuration)

    @names.default
    def _names(self) -> tuple[str, ...]:
        return (*SHARED, *(caller.name for caller in self.configuration.callers))

    @aspects.default
    def _aspects(self) -> Mapping[str, Aspect]:
        """Of what is under way claims see only whether there is any."""
        return {BAG: bool, **{caller.name: told_of for caller in self.configuration.callers}}

    @mirror.default
    def _mirror(self) -> Mirror | None:
        return mirror_of(self.configuration)

    @property
    def allowance(self) -> str | None:
        """What may happen besides, where its configuration has what is left with less of it passed over."""
        return "budget" if self.configuration.covering else None

    @rules.default
    def _rules(self) -> tuple[Rule, ...]:
        rules: list[Rule] = [
            EachSlot(("rows", "outages"), effect_on_rows),
            EachSlot(("instances", "outages"), effect_on_instance),
            EachSlot(("registry", "ghost"), hearing),
            Local(("instances", "outages"), going_on),
            Local(("instances", "rows", "outages"), marking),
            EachSlot(("registry", "ghost"), late_at_registry),
            EachSlot(("rows",), late_at_rows),
            EachSlot(("instances",), late_at_instance),
            EachSlot((), lost),
            Local(("registry", "ghost"), beginning),
            Local(("registry", "ghost"), ringing, quiet=True),
            Local(("registry", "ghost", "budget.early"), ringing_early),
            Local(("registry",), consulting),
        ]
        for caller in self.configuration.callers:
            rules += self._rules_of(caller)
        return (
            *rules,
            Local(("outages", "budget.outages"), failing),
            Local(("instances", "budget.refusals"), refusing),
            Local(("instances", "budget.crashes"), crashing),
            EachSlot(("budget.faults",), doubting),
            Sweep(("registry", "ghost", "budget.takeovers"), taking_over, survives),
        )

    def _rules_of(self, caller: Caller) -> list[Rule]:
        name, tries = caller.name, self.configuration.tries
        rules: list[Rule] = [
            Local((name, "registry", "ghost"), partial(asking_registry, name=name)),
            Local((name, "rows", "outages"), partial(asking_rows, name=name)),
            Local((name, "instances", "outages"), partial(asking_instance, name=name)),
            Local((name, "budget.again"), partial(calling, caller=caller, tries=tries)),
            Local((name, "budget.faults"), partial(unanswered, name=name)),
            Local((name, "budget.deaths"), partial(dying, name=name)),
        ]
        match caller.request:
            case Request() as request:
                releases = Local(("registry", "ghost", "budget.releases"), partial(releasing, request=request))
                return [burials_of(request), *rules, destroys_of(request, unheard=self.configuration.unheard), releases]
            case UpdateRequest() as request if request.instance == OLD:
                return [burials_of(request), *rules, destroys_of(request, unheard=self.configuration.unheard)]
            case UpdateRequest():
                return rules

    def initial(self) -> Joint:
        """Nobody has asked for anything; where there is an old instance, the registry has not heard of it."""
        callers, old = self.configuration.callers, self.configuration.old
        named = sorted({one.request.instance for one in callers} - {OLD})
        known = (OLD_INSTANCE,) if old else ()
        instances = Instances((*known, *(Attempted(name) for name in named)))
        shared = (
            Registry(callers[0].request.owner, policy=self.configuration.policy),
            Rows((OLD_ROW,)) if old else Rows(),
            instances,
            Outages(),
            AdmissionGhost(),
            self.configuration.budget,
        )
        return Joint((*shared, *(NotYet() for _ in callers)), ())

    def numbers(self, value: Hashable, /) -> tuple[int, ...]:
        """The ops a value mentions; in a mirror those of a registry reservation by reservation, the next one last."""
        numbers = self._renumbering.numbers
        if self.mirror is None or not isinstance(value, Registry):
            return numbers(value)
        asked = [op for one in value.reservations for op in numbers(one)]
        return (*asked, *numbers(value.legacy), value.ops)

    def renumber(self, value: Hashable, mapping: Mapping[int, int], /) -> Hashable:
        """The value with its ops renumbered."""
        return self._renumbering.renumber(value, mapping)

    def slot_key(self, slot: Hashable, /) -> tuple[int, str]:
        """Slots by op; a caller's question by what it says, and where ops are mere names, all slots by that as well."""
        assert isinstance(slot, Slot), f"{slot} is no slot"
        if self.mirror is not None:
            return (op_of(slot), repr(slot))
        said = repr(slot.ask) if isinstance(slot, LateAsk) else type(slot).__name__
        return (op_of(slot), said)

    def scene(self, joint: Joint, /) -> AdmissionScene:
        """What claims look at."""
        registry, rows, instances, outages, ghost, _, *calls = joint.parts
        assert isinstance(registry, Registry), f"{registry} is no registry"
        assert isinstance(rows, Rows), f"{rows} are no rows"
        assert isinstance(instances, Instances), f"{instances} are no instances"
        assert isinstance(outages, Outages), f"{outages} are no outages"
        assert isinstance(ghost, AdmissionGhost), f"{ghost} is no ghost"
        served = tuple(call for call in calls if isinstance(call, Call))
        named = tuple(zip(self.configuration.callers, served, strict=True))
        return AdmissionScene(registry, rows, instances, outages, ghost, named, not joint.bag)
