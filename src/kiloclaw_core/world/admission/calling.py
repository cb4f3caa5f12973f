"""Callers, owners and operators: what they ask, what they are answered, and how they vanish.

A question of a caller lands and is heard in one step, because whoever serves it holds nothing but what it was answered.
"""

from __future__ import annotations

from collections.abc import Iterator

from returns.result import Failure

from kiloclaw_core.explore import (
    Action,
    Move,
    When,
)
from kiloclaw_core.registry import lifecycle
from kiloclaw_core.registry.asks import (
    Answer,
    Ask,
    AskInstance,
    AskRegistry,
    InsertRow,
    LookAtRow,
    NoAnswer,
    ReadActive,
    RegistryRefused,
    Subscribe,
    Troubled,
)
from kiloclaw_core.registry.commands import Consult, DestroyIntent, OperatorRelease, RegistryCommand
from kiloclaw_core.registry.legacy import ORGANISATION
from kiloclaw_core.registry.positions import Request
from kiloclaw_core.registry.record import Registry, Unasked
from kiloclaw_core.registry.update import UpdateRequest
from kiloclaw_core.registry.views import granted
from kiloclaw_core.world.admission.calls import (
    Call,
    Dead,
    LateAsk,
    NotYet,
    Served,
    changes_anything,
    land_at_instance,
    land_at_rows,
    spelled,
)
from kiloclaw_core.world.admission.instances import Instances
from kiloclaw_core.world.admission.rows import Rows
from kiloclaw_core.world.admission.setting import (
    AdmissionBudget,
    AdmissionGhost,
    Caller,
    Outages,
    begun,
    key_of,
    spent,
    witnessed,
)


def decided(registry: Registry, command: RegistryCommand) -> tuple[Registry, Answer]:
    """A command lands at the registry."""
    outcome = lifecycle.registry_decide(registry, command)
    if isinstance(outcome, Failure):
        return registry, RegistryRefused(outcome.failure())
    after = outcome.unwrap()
    return after, granted(after, command)


# -- callers ----------------------------------------------------------------------------------------------------


def asking_registry(call: Call, registry: Registry, ghost: AdmissionGhost, *, name: str) -> Iterator[Move]:
    """A caller's question lands at the registry and is answered."""
    match call:
        case Served(asks=AskRegistry(command=command)):
            after, answer = decided(registry, command)
            writes = ((name, call.hearing(answer)), ("registry", after), ("ghost", witnessed(ghost, after)))
            yield Move(_asks(name, command, answer), When.CALM, writes)
        case NotYet() | Dead() | Served():
            return


def asking_rows(call: Call, rows: Rows, outages: Outages, *, name: str) -> Iterator[Move]:
    """A caller's question lands at the rows and is answered, unless they do not answer."""
    match call:
        case Served(asks=ReadActive() | InsertRow() | Subscribe() | LookAtRow() as question):
            after, answer = (rows, NoAnswer()) if outages.rows else land_at_rows(rows, question)
            yield Move(_asks(name, question, answer), When.CALM, ((name, call.hearing(answer)), ("rows", after)))
        case NotYet() | Dead() | Served():
            return


def asking_instance(call: Call, instances: Instances, outages: Outages, *, name: str) -> Iterator[Move]:
    """A caller's question lands at its instance and is answered, unless that does not answer."""
    match call:
        case Served(asks=AskInstance() as question):
            after, answer = (instances, NoAnswer()) if outages.instances else land_at_instance(instances, question)
            writes = ((name, call.hearing(answer)), ("instances", after))
            yield Move(_asks(name, question, answer), When.CALM, writes)
        case NotYet() | Dead() | Served():
            return


def calling(call: Call, budget: AdmissionBudget, *, caller: Caller, tries: int) -> Iterator[Move]:
    """A caller asks; one who was told nothing good, or nothing at all, asks the same once more."""
    name, first = caller.name, (caller.name, Served(begun(caller, tries)))
    if isinstance(call, NotYet):
        yield Move(Action(f"{name}: asks", name), When.FREE, (first,))
        return
    left = spent(budget, "again")
    if left is not None and (isinstance(call, Dead) or isinstance(call.reply, Troubled)):
        yield Move(Action(f"{name}: asks the same again", name), When.FREE, (first, ("budget", left)))


def unanswered(call: Call, budget: AdmissionBudget, *, name: str) -> Iterator[Move]:
    """A caller's question is not answered; it may land yet."""
    left = spent(budget, "faults")
    if left is not None and isinstance(call, Served) and call.asks is not None:
        action = Action(f"{name}: is not answered: {spelled(call.asks)}", "network")
        writes = ((name, call.hearing(NoAnswer())), ("budget", left))
        yield Move(action, When.FREE, writes, spawned=_late(call.asks))


def dying(call: Call, budget: AdmissionBudget, *, name: str) -> Iterator[Move]:
    """Whoever serves a request vanishes; what was asked may land yet."""
    left = spent(budget, "deaths")
    if left is not None and isinstance(call, Served) and call.asks is not None:
        action = Action(f"{name}: dies, asking {spelled(call.asks)}", name)
        yield Move(action, When.FREE, ((name, Dead()), ("budget", left)), spawned=_late(call.asks))


def _late(question: Ask) -> tuple[LateAsk, ...]:
    return (LateAsk(question),) if changes_anything(question) else ()


# -- owners and operators ----------------------------------------------------------------------------------------


def consulting(registry: Registry) -> Iterator[Move]:
    """Somebody wants the routes of a person."""
    if isinstance(registry.legacy, Unasked) and not registry.owner.startswith(ORGANISATION):
        after, _ = decided(registry, Consult(registry.owner))
        yield Move(Action("visitor: wants the routes", "owner"), When.FREE, (("registry", after),))


def destroying(
    registry: Registry,
    ghost: AdmissionGhost,
    budget: AdmissionBudget,
    *,
    request: Request | UpdateRequest,
    unheard: bool,
) -> Iterator[Move]:
    """An owner destroys an instance that somebody has asked for, or that nobody has heard of yet."""
    left = spent(budget, "destroys")
    known = unheard or isinstance(request, UpdateRequest) or registry.reservation(request.attempt) is not None
    if left is None or not known:
        return
    command = DestroyIntent(registry.owner, request.user, request.instance, key_of(request.instance))
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
    command = OperatorRelease(registry.owner, known.attempt, known.phase, known.fence, "olga", "looked")
    after, _ = decided(registry, command)
    writes = (("registry", after), ("ghost", witnessed(ghost, after)), ("budget", left))
    yield Move(Action(f"operator: releases {known.attempt}", "operator"), When.FREE, writes)


def _asks(name: str, what: object, answer: Answer) -> Action:
    return Action(f"{name}: {spelled(what)}: {spelled(answer)}", name)
