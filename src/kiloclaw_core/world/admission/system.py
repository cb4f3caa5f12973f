"""One owner's registry and its world joined: everything that may happen, each fault within a budget.

A question of a caller lands and is heard in one step, because whoever serves it holds nothing but what it was answered;
the registry's own questions land and are heard apart, because its record may change between. Whatever nobody hears any
more may land yet, or never.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from functools import partial
from typing import Final

from attrs import evolve, field, frozen
from returns.result import Failure, Success

from kiloclaw_core.explore import (
    Action,
    Claim,
    EachSlot,
    Joint,
    Label,
    Local,
    Move,
    Pruning,
    Renumbering,
    Rule,
    Sweep,
    When,
)
from kiloclaw_core.facts import AlarmRang, Recovered
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Unknown
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.registry import lifecycle
from kiloclaw_core.registry.alarms import registry_alarms_of
from kiloclaw_core.registry.asks import (
    Answer,
    AskInstance,
    AskRegistry,
    Destroying,
    NoAnswer,
    Provisioned,
    RegistryRefused,
    Troubled,
)
from kiloclaw_core.registry.commands import Destroyed, DestroyIntent, OperatorRelease, RegistryCommand
from kiloclaw_core.registry.effects import OrderDestroy, ReadLegacy, ReadRow, ReadVerdict
from kiloclaw_core.registry.facts import RegistryFact, RegistryReplied
from kiloclaw_core.registry.flow import Request, asked, heard
from kiloclaw_core.registry.record import Registry
from kiloclaw_core.registry.views import granted
from kiloclaw_core.world.admission import instances as truth
from kiloclaw_core.world.admission import rows as postgres
from kiloclaw_core.world.admission.calls import (
    Answered,
    Call,
    Dead,
    LateAsk,
    LateEffect,
    NotYet,
    Place,
    Sent,
    Served,
    Slot,
    changes_anything,
    effect_at_instance,
    effect_at_rows,
    land_at_instance,
    land_at_rows,
    place_of_ask,
    place_of_effect,
)
from kiloclaw_core.world.admission.claims import AdmissionScene, claims_for
from kiloclaw_core.world.admission.instances import Attempted, Instances, Making, Owing, Wanted
from kiloclaw_core.world.admission.rows import Rows
from kiloclaw_core.world.admission.setting import (
    OWNER,
    AdmissionBudget,
    AdmissionConfiguration,
    AdmissionGhost,
    Outages,
    begun,
    spent,
    witnessed,
)

SHARED: Final = ("registry", "rows", "instances", "outages", "ghost", "budget")
REACHED: Final = (Troubled, Provisioned, Destroying)


def decided(registry: Registry, command: RegistryCommand) -> tuple[Registry, Answer]:
    """A command lands at the registry."""
    match lifecycle.registry_decide(registry, command):
        case Success(after):
            return after, granted(after, command)
        case Failure(refusal):
            return registry, RegistryRefused(refusal)
        case other:
            raise AssertionError(f"{other} is neither granted nor refused")


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


def op_of(slot: Slot) -> int:
    """The op that a slot is about; a caller's question has none."""
    match slot:
        case Sent(effect=effect) | LateEffect(effect=effect):
            return effect.op
        case Answered(op=op):
            return op
        case LateAsk():
            return -1


# -- callers -----------------------------------------------------------------------------------------------------


def waiting_for(call: Call, place: Place) -> bool:
    """Whether the call has a question on its way to this place."""
    if not isinstance(call, Served):
        return False
    question = asked(call.flow)
    return not isinstance(question, REACHED) and place_of_ask(question) is place


def asking_registry(call: Call, registry: Registry, ghost: AdmissionGhost, *, name: str) -> Iterator[Move]:
    """A caller's question lands at the registry and is answered."""
    if not isinstance(call, Served) or not waiting_for(call, Place.REGISTRY):
        return
    question = asked(call.flow)
    assert isinstance(question, AskRegistry), f"{question} is not the registry's"
    after, answer = decided(registry, question.command)
    writes = ((name, Served(heard(call.flow, answer))), ("registry", after), ("ghost", witnessed(ghost, after)))
    yield Move(_asks(name, question.command, answer), When.CALM, writes)


def asking_rows(call: Call, rows: Rows, outages: Outages, *, name: str) -> Iterator[Move]:
    """A caller's question lands at the rows and is answered, unless they do not answer."""
    if not isinstance(call, Served) or not waiting_for(call, Place.ROWS):
        return
    question = asked(call.flow)
    assert not isinstance(question, REACHED), f"{question} is a reply"
    after, answer = (rows, NoAnswer()) if outages.rows else land_at_rows(rows, question)
    writes = ((name, Served(heard(call.flow, answer))), ("rows", after))
    yield Move(_asks(name, question, answer), When.CALM, writes)


def asking_instance(call: Call, instances: Instances, outages: Outages, *, name: str) -> Iterator[Move]:
    """A caller's question lands at its instance and is answered, unless that does not answer."""
    if not isinstance(call, Served) or not waiting_for(call, Place.INSTANCE):
        return
    question = asked(call.flow)
    assert isinstance(question, AskInstance), f"{question} is not an instance's"
    after, answer = (instances, NoAnswer()) if outages.instances else land_at_instance(instances, question)
    writes = ((name, Served(heard(call.flow, answer))), ("instances", after))
    yield Move(_asks(name, question, answer), When.CALM, writes)


def calling(call: Call, budget: AdmissionBudget, *, name: str, request: Request, tries: int) -> Iterator[Move]:
    """A caller asks; one who was told nothing good, or nothing at all, asks the same once more."""
    if isinstance(call, NotYet):
        yield Move(Action(f"{name}: asks", name), When.FREE, ((name, Served(begun(request, tries))),))
        return
    left = spent(budget, "again")
    if left is not None and _may_ask_again(call):
        writes = ((name, Served(begun(request, tries))), ("budget", left))
        yield Move(Action(f"{name}: asks the same again", name), When.FREE, writes)


def _may_ask_again(call: Call) -> bool:
    return isinstance(call, Dead) or (isinstance(call, Served) and isinstance(asked(call.flow), Troubled))


def unanswered(call: Call, budget: AdmissionBudget, *, name: str) -> Iterator[Move]:
    """A caller's question is not answered; it may land yet."""
    left = spent(budget, "faults")
    if left is None or not isinstance(call, Served):
        return
    question = asked(call.flow)
    if isinstance(question, REACHED):
        return
    writes = ((name, Served(heard(call.flow, NoAnswer()))), ("budget", left))
    late = (LateAsk(question),) if changes_anything(question) else ()
    yield Move(Action(f"{name}: is not answered: {_spelled(question)}", "network"), When.FREE, writes, spawned=late)


def dying(call: Call, budget: AdmissionBudget, *, name: str) -> Iterator[Move]:
    """Whoever serves a request vanishes; what was asked may land yet."""
    left = spent(budget, "deaths")
    if left is None or not isinstance(call, Served):
        return
    question = asked(call.flow)
    if isinstance(question, REACHED):
        return
    late = (LateAsk(question),) if changes_anything(question) else ()
    writes = ((name, Dead()), ("budget", left))
    yield Move(Action(f"{name}: dies, asking {_spelled(question)}", name), When.FREE, writes, spawned=late)


# -- owners and operators ----------------------------------------------------------------------------------------


def destroying(
    registry: Registry, ghost: AdmissionGhost, budget: AdmissionBudget, *, request: Request
) -> Iterator[Move]:
    """An owner destroys an instance that somebody has asked for."""
    left = spent(budget, "destroys")
    if left is None or registry.reservation(request.attempt) is None:
        return
    command = DestroyIntent(OWNER, request.user, request.instance, request.instance)
    after, _ = decided(registry, command)
    if after != registry:
        writes = (("registry", after), ("ghost", witnessed(ghost, after)), ("budget", left))
        yield Move(Action(f"owner: destroys {request.instance}", "owner"), When.FREE, writes)


def releasing(
    registry: Registry, ghost: AdmissionGhost, budget: AdmissionBudget, *, request: Request
) -> Iterator[Move]:
    """An operator releases a reservation as they see it."""
    left, known = spent(budget, "releases"), registry.reservation(request.attempt)
    if left is None or known is None or not known.unresolved or known.asserted:
        return
    command = OperatorRelease(OWNER, known.attempt, known.phase, known.fence, "olga", "looked")
    after, _ = decided(registry, command)
    writes = (("registry", after), ("ghost", witnessed(ghost, after)), ("budget", left))
    yield Move(Action(f"operator: releases {known.attempt}", "operator"), When.FREE, writes)


# -- instances ---------------------------------------------------------------------------------------------------


def going_on(instances: Instances, outages: Outages) -> Iterator[Move]:
    """Instances do what is wanted of them, as far as they and the provider answer."""
    if outages.instances or outages.provider:
        return
    for one in instances.instances:
        for what, after in truth.steps(one):
            action = Action(f"instance {one.instance}: {what}", "instance")
            yield Move(action, When.CALM, (("instances", instances.having(after)),))


def refusing(instances: Instances, budget: AdmissionBudget) -> Iterator[Move]:
    """The provider refuses a create; the instance tries again by itself."""
    left = spent(budget, "refusals")
    for one in instances.instances if left is not None else ():
        if one.making is Making.SENT:
            after = instances.having(evolve(one, making=Making.NOT))
            action = Action(f"provider: refuses the create of {one.instance}", "provider")
            yield Move(action, When.FREE, (("instances", after), ("budget", left)))


def crashing(instances: Instances, budget: AdmissionBudget) -> Iterator[Move]:
    """An instance's process dies while its create is in flight."""
    left = spent(budget, "crashes")
    for one in instances.instances if left is not None else ():
        if one.making is Making.SENT:
            after = instances.having(evolve(one, making=Making.DOUBTED))
            action = Action(f"instance {one.instance}: crashes, its create in flight", "instance")
            yield Move(action, When.FREE, (("instances", after), ("budget", left)))


def owes(one: Attempted, debt: Owing) -> bool:
    """Whether an instance that is to be gone has nothing left, and is about to pay this."""
    return one.wanted is Wanted.GONE and one.traceless and one.owing is debt


def marking(instances: Instances, rows: Rows, outages: Outages) -> Iterator[Move]:
    """An instance that has nothing left has its row say so."""
    if outages.instances or outages.rows:
        return
    for one in instances.instances:
        if owes(one, Owing.MARK):
            after = instances.having(evolve(one, owing=Owing.TOMBSTONE))
            writes = (("instances", after), ("rows", postgres.marked(rows, one.instance)))
            yield Move(Action(f"instance {one.instance}: marks its row", "instance"), When.CALM, writes)


def burying(
    instances: Instances, registry: Registry, ghost: AdmissionGhost, outages: Outages, *, request: Request
) -> Iterator[Move]:
    """An instance that has nothing left tells the registry, and is gone."""
    one = instances.of(request.instance)
    if outages.instances or not owes(one, Owing.TOMBSTONE):
        return
    after, _ = decided(registry, Destroyed(OWNER, request.user, one.instance, one.instance))
    writes = (
        ("instances", instances.having(evolve(one, owing=Owing.NOTHING))),
        ("registry", after),
        ("ghost", witnessed(ghost, after)),
    )
    yield Move(Action(f"instance {one.instance}: tells the registry that it is gone", "instance"), When.CALM, writes)


# -- the registry's own questions --------------------------------------------------------------------------------


def effect_on_rows(slot: Slot, _blocked: bool, rows: Rows, outages: Outages) -> Iterator[Move]:  # noqa: FBT001
    """An effect lands at the rows."""
    match slot:
        case Sent(effect=effect) if place_of_effect(effect) is Place.ROWS:
            after, outcome = (rows, Unknown()) if outages.rows else effect_at_rows(rows, effect)
            answer = Answered(effect.op, outcome)
            yield Move(_lands(slot, answer), When.CALM, (("rows", after),), (answer,))
        case LateEffect(effect=effect) if place_of_effect(effect) is Place.ROWS:
            after, _ = effect_at_rows(rows, effect)
            yield Move(Action(f"late: {_spelled(effect)} lands", "network"), When.CALM, (("rows", after),))
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
            yield Move(Action(f"late: {_spelled(effect)} lands", "network"), When.CALM, (("instances", after),))
        case Sent() | LateEffect() | Answered() | LateAsk():
            return


def hearing(slot: Slot, _blocked: bool, registry: Registry, ghost: AdmissionGhost) -> Iterator[Move]:  # noqa: FBT001
    """An answer reaches the registry."""
    if isinstance(slot, Answered):
        move = told(registry, ghost, RegistryReplied(slot.op, slot.outcome))
        yield evolve(move, action=Action(f"registry: hears {slot.op}: {_spelled(slot.outcome)}", "registry"))


def ringing(registry: Registry, ghost: AdmissionGhost, budget: AdmissionBudget) -> Iterator[Move]:
    """What is due is begun; other alarms ring when nothing else can happen, or early."""
    for alarm in registry_alarms_of(registry):
        move = told(registry, ghost, AlarmRang(alarm.name, alarm.of))
        rings = Action(f"registry: {alarm.name.value} {alarm.of} rings", "registry")
        if alarm.name is AlarmName.INTENT:
            yield evolve(move, action=rings)
            continue
        yield evolve(move, action=rings, when=When.QUIET)
        left = spent(budget, "early")
        if left is not None:
            early = Action(f"registry: {alarm.name.value} {alarm.of} rings early", "registry")
            yield evolve(move, action=early, when=When.FREE, writes=(*move.writes, ("budget", left)))


def doubting(slot: Slot, _blocked: bool, budget: AdmissionBudget) -> Iterator[Move]:  # noqa: FBT001
    """The answer to one of the registry's questions is lost, and it is told so, or is not; it may land yet."""
    left = spent(budget, "faults")
    if left is None:
        return
    match slot:
        case Sent(effect=effect):
            late = () if isinstance(effect, ReadRow | ReadVerdict | ReadLegacy) else (LateEffect(effect),)
            answer = Answered(effect.op, Unknown())
            action = Action(f"network: {_spelled(effect)} is not answered", "network")
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
        yield Move(Action(f"late: {_spelled(what)} never lands", "network"), When.CALM)


def late_at_registry(slot: Slot, _blocked: bool, registry: Registry, ghost: AdmissionGhost) -> Iterator[Move]:  # noqa: FBT001
    """A command lands whose caller is gone."""
    if isinstance(slot, LateAsk) and isinstance(slot.ask, AskRegistry):
        after, _ = decided(registry, slot.ask.command)
        writes = (("registry", after), ("ghost", witnessed(ghost, after)))
        yield Move(Action(f"late: {_spelled(slot.ask.command)} lands", "network"), When.CALM, writes)


def late_at_rows(slot: Slot, _blocked: bool, rows: Rows) -> Iterator[Move]:  # noqa: FBT001
    """A question about rows lands whose caller is gone."""
    if isinstance(slot, LateAsk) and place_of_ask(slot.ask) is Place.ROWS:
        after, _ = land_at_rows(rows, slot.ask)
        yield Move(Action(f"late: {_spelled(slot.ask)} lands", "network"), When.CALM, (("rows", after),))


def late_at_instance(slot: Slot, _blocked: bool, instances: Instances) -> Iterator[Move]:  # noqa: FBT001
    """An instance is asked by somebody who is gone."""
    if isinstance(slot, LateAsk) and isinstance(slot.ask, AskInstance):
        after, _ = land_at_instance(instances, slot.ask)
        yield Move(Action(f"late: {_spelled(slot.ask)} lands", "network"), When.CALM, (("instances", after),))


# -- outages -----------------------------------------------------------------------------------------------------


def failing(outages: Outages, budget: AdmissionBudget) -> Iterator[Move]:
    """Something stops answering, or answers again."""
    for name, down in (("rows", outages.rows), ("instances", outages.instances), ("provider", outages.provider)):
        after = Outages(
            rows=outages.rows ^ (name == "rows"),
            instances=outages.instances ^ (name == "instances"),
            provider=outages.provider ^ (name == "provider"),
        )
        left = budget if down else spent(budget, "outages")
        if left is not None:
            how = "answer again" if down else "stop answering"
            yield Move(Action(f"outage: {name} {how}", "outage"), When.FREE, (("outages", after), ("budget", left)))


def _asks(name: str, what: object, answer: Answer) -> Action:
    return Action(f"{name}: {_spelled(what)}: {_spelled(answer)}", name)


def _lands(slot: Sent, answer: Answered) -> Action:
    effect = slot.effect
    return Action(f"{_spelled(effect)} {effect.op} lands: {_spelled(answer.outcome)}", "network")


def _spelled(what: object) -> str:
    """A value in a word or two."""
    if isinstance(what, AskRegistry):
        return _spelled(what.command)
    for name in ("row", "verdict", "refusal", "phase", "because"):
        inner = getattr(what, name, None)
        if inner is not None:
            return f"{type(what).__name__}({getattr(inner, 'value', None) or _spelled(inner)})"
    return type(what).__name__


@frozen
class AdmissionSystem:
    """The product of one owner's registry, the calls, and everything they ask."""

    configuration: AdmissionConfiguration
    claims: tuple[Claim[AdmissionScene], ...] = field()
    names: tuple[str, ...] = field(init=False)
    rules: tuple[Rule, ...] = field(init=False)
    anchor: str | None = "registry"
    pruning: Pruning | None = None
    _renumbering: Renumbering = field(init=False, factory=lambda: Renumbering({OpId: Label(int, OpId)}), eq=False)

    @claims.default
    def _claims(self) -> tuple[Claim[AdmissionScene], ...]:
        return claims_for(self.configuration)

    @names.default
    def _names(self) -> tuple[str, ...]:
        return (*SHARED, *(request.attempt for request in self.configuration.requests))

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
            Local(("registry", "ghost", "budget"), ringing),
        ]
        for request in self.configuration.requests:
            rules += self._rules_of(request)
        return (
            *rules,
            Local(("outages", "budget"), failing),
            Local(("instances", "budget"), refusing),
            Local(("instances", "budget"), crashing),
            EachSlot(("budget",), doubting),
            Sweep(("registry", "ghost", "budget"), taking_over, survives),
        )

    def _rules_of(self, request: Request) -> list[Rule]:
        name, tries = request.attempt, self.configuration.tries
        return [
            Local((name, "registry", "ghost"), partial(asking_registry, name=name)),
            Local((name, "rows", "outages"), partial(asking_rows, name=name)),
            Local((name, "instances", "outages"), partial(asking_instance, name=name)),
            Local(("instances", "registry", "ghost", "outages"), partial(burying, request=request)),
            Local((name, "budget"), partial(calling, name=name, request=request, tries=tries)),
            Local(("registry", "ghost", "budget"), partial(destroying, request=request)),
            Local(("registry", "ghost", "budget"), partial(releasing, request=request)),
            Local((name, "budget"), partial(unanswered, name=name)),
            Local((name, "budget"), partial(dying, name=name)),
        ]

    def initial(self) -> Joint:
        """Nobody has asked for anything."""
        requests = self.configuration.requests
        instances = Instances(tuple(Attempted(name) for name in sorted({one.instance for one in requests})))
        shared = (
            Registry(OWNER, policy=self.configuration.policy),
            Rows(),
            instances,
            Outages(),
            AdmissionGhost(),
            self.configuration.budget,
        )
        return Joint((*shared, *(NotYet() for _ in requests)), ())

    def numbers(self, value: Hashable, /) -> tuple[int, ...]:
        """The ops a value mentions."""
        return self._renumbering.numbers(value)

    def renumber(self, value: Hashable, mapping: Mapping[int, int], /) -> Hashable:
        """The value with its ops renumbered."""
        return self._renumbering.renumber(value, mapping)

    def slot_key(self, slot: Hashable, /) -> tuple[int, str]:
        """Slots by op; a caller's question by what it says."""
        assert isinstance(slot, Slot), f"{slot} is no slot"
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
        requests = self.configuration.requests
        return AdmissionScene(
            registry, rows, instances, outages, ghost, tuple(zip(requests, served, strict=True)), not joint.bag
        )
