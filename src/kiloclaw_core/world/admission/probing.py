"""The registry's own questions: they land and are heard apart, because its record may change between.

Whatever nobody hears any more, a caller's question as well, may land yet, or never.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kiloclaw_core.explore import (
    Action,
    Move,
    When,
)
from kiloclaw_core.facts import AlarmRang, Recovered
from kiloclaw_core.outcomes import Unknown
from kiloclaw_core.phases import Alarm, AlarmName
from kiloclaw_core.registry import lifecycle
from kiloclaw_core.registry.alarms import registry_alarms_of
from kiloclaw_core.registry.asks import (
    AskInstance,
    AskRegistry,
)
from kiloclaw_core.registry.effects import OrderDestroy, ReadLegacy, ReadRow, ReadVerdict
from kiloclaw_core.registry.facts import RegistryFact, RegistryReplied
from kiloclaw_core.registry.lifecycle import registry_awaited
from kiloclaw_core.registry.record import Registry
from kiloclaw_core.world.admission.calling import decided
from kiloclaw_core.world.admission.calls import (
    Answered,
    LateAsk,
    LateEffect,
    Place,
    Sent,
    Slot,
    effect_at_instance,
    effect_at_rows,
    land_at_instance,
    land_at_rows,
    place_of_ask,
    place_of_effect,
    spelled,
)
from kiloclaw_core.world.admission.instances import Instances
from kiloclaw_core.world.admission.rows import Rows
from kiloclaw_core.world.admission.setting import (
    AdmissionBudget,
    AdmissionGhost,
    Outages,
    spent,
    witnessed,
)


def told(registry: Registry, ghost: AdmissionGhost, fact: RegistryFact) -> Move:
    """The registry absorbs a fact and commits; its effects leave."""
    transition = lifecycle.registry_absorb(registry, fact)
    after = transition.record
    return Move(
        Action(""),
        When.CALM,
        (("registry", after), ("ghost", witnessed(ghost, after))),
        spawned=tuple(Sent(effect) for effect in transition.effects),
    )


def effect_on_rows(slot: Slot, _blocked: bool, rows: Rows, outages: Outages) -> Iterator[Move]:  # noqa: FBT001
    """An effect lands at the rows."""
    match slot:
        case Sent(effect=effect) if place_of_effect(effect) is Place.ROWS:
            after, outcome = (rows, Unknown()) if outages.rows else effect_at_rows(rows, effect)
            answer = Answered(effect.op, outcome)
            yield Move(_lands(slot, answer), When.CALM, (("rows", after),), (answer,))
        case LateEffect(effect=effect) if place_of_effect(effect) is Place.ROWS:
            after, _ = effect_at_rows(rows, effect)
            yield Move(Action(f"late: {spelled(effect)} lands", "network"), When.CALM, (("rows", after),))
        case Sent() | LateEffect() | Answered() | LateAsk():
            return


def effect_on_instance(
    slot: Slot,
    _blocked: bool,  # noqa: FBT001 - the explorer's signature
    instances: Instances,
    outages: Outages,
) -> Iterator[Move]:
    """An effect lands at an instance."""
    match slot:
        case Sent(effect=ReadVerdict() | OrderDestroy() as effect):
            after, outcome = (instances, Unknown()) if outages.instances else effect_at_instance(instances, effect)
            answer = Answered(effect.op, outcome)
            yield Move(_lands(slot, answer), When.CALM, (("instances", after),), (answer,))
        case LateEffect(effect=OrderDestroy() as effect):
            after, _ = effect_at_instance(instances, effect)
            yield Move(Action(f"late: {spelled(effect)} lands", "network"), When.CALM, (("instances", after),))
        case Sent() | LateEffect() | Answered() | LateAsk():
            return


def hearing(slot: Slot, _blocked: bool, registry: Registry, ghost: AdmissionGhost) -> Iterator[Move]:  # noqa: FBT001
    """An answer reaches the registry."""
    if isinstance(slot, Answered):
        move = told(registry, ghost, RegistryReplied(slot.op, slot.outcome))
        yield evolve(move, action=Action(f"registry: hears {slot.op}: {spelled(slot.outcome)}", "registry"))


def beginning(registry: Registry, ghost: AdmissionGhost) -> Iterator[Move]:
    """What is due is begun at once."""
    for alarm in registry_alarms_of(registry):
        if alarm.name is AlarmName.INTENT:
            yield _rung(registry, ghost, alarm, "rings", When.CALM)


def ringing(registry: Registry, ghost: AdmissionGhost) -> Iterator[Move]:
    """An alarm of what is not due yet rings when nothing else can happen."""
    for alarm in registry_alarms_of(registry):
        if alarm.name is not AlarmName.INTENT:
            yield _rung(registry, ghost, alarm, "rings", When.QUIET)


def ringing_early(registry: Registry, ghost: AdmissionGhost, budget: AdmissionBudget) -> Iterator[Move]:
    """An alarm of what is not due yet rings before its time."""
    left = spent(budget, "early")
    for alarm in registry_alarms_of(registry) if left is not None else ():
        if alarm.name is not AlarmName.INTENT:
            move = _rung(registry, ghost, alarm, "rings early", When.FREE)
            yield evolve(move, writes=(*move.writes, ("budget", left)))


def _rung(registry: Registry, ghost: AdmissionGhost, alarm: Alarm, how: str, when: When) -> Move:
    move = told(registry, ghost, AlarmRang(alarm.name, alarm.of))
    return evolve(move, action=Action(f"registry: {alarm.name.value} {alarm.of} {how}", "registry"), when=when)


def doubting(slot: Slot, _blocked: bool, budget: AdmissionBudget) -> Iterator[Move]:  # noqa: FBT001
    """The answer to one of the registry's questions is lost, and it is told so, or is not; it may land yet."""
    left = spent(budget, "faults")
    if left is None:
        return
    match slot:
        case Sent(effect=effect):
            late = () if isinstance(effect, ReadRow | ReadVerdict | ReadLegacy) else (LateEffect(effect),)
            answer = Answered(effect.op, Unknown())
            action = Action(f"network: {spelled(effect)} is not answered", "network")
            yield Move(action, When.FREE, (("budget", left),), (answer, *late))
        case Answered(op=op):
            action = Action(f"network: the answer to {op} is swallowed", "network")
            yield Move(action, When.FREE, (("budget", left),))
        case LateEffect() | LateAsk():
            return


def taking_over(registry: Registry, ghost: AdmissionGhost, budget: AdmissionBudget) -> Iterator[Move]:
    """The registry's process dies and another takes the record over."""
    left = spent(budget, "takeovers")
    if left is not None:
        move = told(registry, ghost, Recovered())
        writes = (*move.writes, ("budget", left))
        yield evolve(move, action=Action("registry: is taken over", "registry"), when=When.FREE, writes=writes)


def matters(slot: Slot, registry: Registry) -> bool:
    """Whether anybody waits for what a slot brings, or it changes something."""
    match slot:
        case Answered(op=op) | Sent(effect=ReadRow(op=op) | ReadVerdict(op=op) | ReadLegacy(op=op)):
            return op in registry_awaited(registry)
        case Sent() | LateEffect() | LateAsk():
            return True


def survives(slot: Slot) -> Slot | None:
    """What a take-over leaves: what was sent and changes something, without anybody who would hear."""
    match slot:
        case Sent(effect=ReadRow() | ReadVerdict() | ReadLegacy()) | Answered():
            return None
        case Sent(effect=effect):
            return LateEffect(effect)
        case LateEffect() | LateAsk():
            return slot


# -- late landings -----------------------------------------------------------------------------------------------


def lost(slot: Slot, _blocked: bool) -> Iterator[Move]:  # noqa: FBT001 - the explorer's signature
    """What nobody hears may never land."""
    if isinstance(slot, LateAsk | LateEffect):
        what = slot.ask if isinstance(slot, LateAsk) else slot.effect
        yield Move(Action(f"late: {spelled(what)} never lands", "network"), When.CALM)


def late_at_registry(slot: Slot, _blocked: bool, registry: Registry, ghost: AdmissionGhost) -> Iterator[Move]:  # noqa: FBT001
    """A command lands whose caller is gone."""
    if isinstance(slot, LateAsk) and isinstance(slot.ask, AskRegistry):
        after, _ = decided(registry, slot.ask.command)
        writes = (("registry", after), ("ghost", witnessed(ghost, after)))
        yield Move(Action(f"late: {spelled(slot.ask.command)} lands", "network"), When.CALM, writes)


def late_at_rows(slot: Slot, _blocked: bool, rows: Rows) -> Iterator[Move]:  # noqa: FBT001
    """A question about rows lands whose caller is gone."""
    if isinstance(slot, LateAsk) and place_of_ask(slot.ask) is Place.ROWS:
        after, _ = land_at_rows(rows, slot.ask)
        yield Move(Action(f"late: {spelled(slot.ask)} lands", "network"), When.CALM, (("rows", after),))


def late_at_instance(slot: Slot, _blocked: bool, instances: Instances) -> Iterator[Move]:  # noqa: FBT001
    """An instance is asked by somebody who is gone."""
    if isinstance(slot, LateAsk) and isinstance(slot.ask, AskInstance):
        after, _ = land_at_instance(instances, slot.ask)
        yield Move(Action(f"late: {spelled(slot.ask)} lands", "network"), When.CALM, (("instances", after),))


def _lands(slot: Sent, answer: Answered) -> Action:
    effect = slot.effect
    return Action(f"{spelled(effect)} {effect.op} lands: {spelled(answer.outcome)}", "network")
