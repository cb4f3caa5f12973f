"""The only dispatch for a registry: `registry_decide` for commands, `registry_absorb` for facts.

A command writes how far an attempt has come, or that something is to be found out; what is asked outside is decided by
facts alone. Each command has one function; each answer belongs to the reservation that waits for it.
"""

from __future__ import annotations

from attrs import evolve
from returns.result import Failure, Result

from kiloclaw_core.facts import AlarmRang, Recovered, Woken
from kiloclaw_core.names import OpId, first_op
from kiloclaw_core.outcomes import Unknown
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.registry import admit, legacy, probe, resolve
from kiloclaw_core.registry.alarms import registry_alarms_of
from kiloclaw_core.registry.commands import (
    Because,
    Begin,
    Commit,
    Consult,
    Destroyed,
    DestroyIntent,
    FailedClean,
    FailedDirty,
    Hurry,
    OperatorRelease,
    PrepareCommit,
    Publish,
    Refused,
    RegistryCommand,
    RegistryRefusal,
    WorkStarted,
)
from kiloclaw_core.registry.facts import RegistryFact, RegistryReplied
from kiloclaw_core.registry.inquiries import Due, Waiting
from kiloclaw_core.registry.outcomes import RegistryOutcome
from kiloclaw_core.registry.record import (
    ImportDue,
    Importing,
    Registry,
    RegistryTransition,
    at_once,
    numbered,
)


def registry_decide(registry: Registry, command: RegistryCommand) -> Result[Registry, RegistryRefusal]:
    """Whether a command is granted, and the registry with what it says; it asks nothing outside.

    A command that was granted before changes nothing and is granted again.
    """
    if command.owner != registry.owner:
        return Failure(Refused(Because.ANOTHER_OWNER))
    match command:
        case Begin():
            return admit.begin(registry, command)
        case WorkStarted():
            return admit.work_started(registry, command)
        case PrepareCommit():
            return admit.prepare_commit(registry, command)
        case Commit():
            return admit.commit(registry, command)
        case FailedClean():
            return admit.failed_clean(registry, command)
        case FailedDirty():
            return admit.failed_dirty(registry, command)
        case Publish():
            return admit.publish(registry, command)
        case DestroyIntent():
            return resolve.destroy_intent(registry, command)
        case Destroyed():
            return resolve.destroyed(registry, command)
        case OperatorRelease():
            return resolve.operator_release(registry, command)
        case Hurry():
            return resolve.hurry(registry, command)
        case Consult():
            return legacy.consult(registry, command)


def registry_absorb(registry: Registry, fact: RegistryFact) -> RegistryTransition:
    """What a fact moves, and what is to be found out next."""
    match fact:
        case RegistryReplied(op=op, outcome=outcome):
            return _heard(registry, op, outcome, fact.at)
        case AlarmRang():
            return _ring(registry, fact)
        case Woken():
            return attend(registry, fact.at)
        case Recovered(incarnation=incarnation):
            return attend(_taken_over(registry, incarnation), fact.at)


def _ring(registry: Registry, fact: AlarmRang) -> RegistryTransition:
    """A ring that is not wanted is dropped; one that is comes due, or says that no answer will come."""
    if not any((alarm.name, alarm.of) == (fact.name, fact.of) for alarm in registry_alarms_of(registry)):
        return RegistryTransition(registry)
    if fact.name is AlarmName.PATIENCE:
        return _heard(registry, fact.of, Unknown("no answer"), fact.at)
    if fact.name is AlarmName.PAUSE:
        return legacy.look(registry)
    for known in registry.reservations:
        if known.inquiry == Waiting(fact.of):
            registry = at_once(registry, known)
    return attend(registry, fact.at)


def attend(registry: Registry, at: int) -> RegistryTransition:
    """Begin whatever is due."""
    went = RegistryTransition(registry)
    for known in registry.reservations:
        if isinstance(known.inquiry, Due):
            went = _then(went, probe.begin(went.record, known, at))
    return _then(went, legacy.look(went.record)) if isinstance(registry.legacy, ImportDue) else went


def _then(first: RegistryTransition, second: RegistryTransition) -> RegistryTransition:
    return RegistryTransition(second.record, (*first.effects, *second.effects), (*first.notes, *second.notes))


def _heard(registry: Registry, op: OpId, outcome: RegistryOutcome, at: int) -> RegistryTransition:
    """An answer goes to whoever waits for it; any other is of no use, for whatever it says may be said again."""
    for known in registry.reservations:
        if probe.op_awaited(known.inquiry) == op:
            return probe.answered(registry, known, outcome, at)
    if registry.legacy == Importing(op):
        return legacy.answered(registry, outcome, at)
    return RegistryTransition(registry)


def _taken_over(registry: Registry, incarnation: int) -> Registry:
    """After a take-over every answer under way is lost: whoever waited for one begins again."""
    registry = evolve(registry, ops=OpId(max(registry.ops, first_op(incarnation))))
    for known in registry.reservations:
        if probe.op_awaited(known.inquiry) is not None:
            registry = at_once(registry, known)
    if isinstance(registry.legacy, Importing):
        registry, op = numbered(registry)
        registry = evolve(registry, legacy=ImportDue(op))
    return registry


def registry_awaited(registry: Registry) -> frozenset[OpId]:
    """The ops whose answers the registry still waits for."""
    of_import = {registry.legacy.op} if isinstance(registry.legacy, Importing) else set()
    asked = {probe.op_awaited(one.inquiry) for one in registry.reservations}
    return frozenset(of_import | {op for op in asked if op is not None})


def is_blank(registry: Registry) -> bool:
    """Whether nothing was ever written into the registry, so that there is nothing to keep."""
    return registry == Registry(registry.owner, registry.ops, policy=registry.policy)
