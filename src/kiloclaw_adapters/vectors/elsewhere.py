"""Vectors of the other records: an owner's app, an owner's registry, and the supervisor of a child."""

from __future__ import annotations

from typing import Final, TypeAlias

from kiloclaw_adapters.vectors.kinds import Called, Kind, Written
from kiloclaw_adapters.vectors.policies import as_it_is, read_policy
from kiloclaw_core.app import (
    AppEffect,
    AppFact,
    AppRecord,
    AppRefusal,
    Ensure,
    app_absorb,
    app_alarms_of,
    app_decide,
    is_app_name,
)
from kiloclaw_core.codec import Of
from kiloclaw_core.facts import AlarmRang, Recovered, Woken
from kiloclaw_core.names import AppName, CommandId, UserId
from kiloclaw_core.outcomes import Rejected
from kiloclaw_core.pairing.names import AskId
from kiloclaw_core.phases import Alarm
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import (
    Occupied,
    Refused,
    Registry,
    RegistryCommand,
    RegistryEffect,
    RegistryFact,
    RegistryRefusal,
    RegistryReplied,
    registry_absorb,
    registry_alarms_of,
    registry_decide,
)
from kiloclaw_core.supervisor import (
    Exited,
    NotSpawned,
    PassOn,
    RestartChild,
    ShutDown,
    Signal,
    Spawned,
    StartChild,
    StopChild,
    Supervisor,
    SupervisorAlarm,
    SupervisorCommand,
    SupervisorEffect,
    SupervisorFact,
    SupervisorPolicy,
    SupervisorRang,
    SupervisorRefusal,
    supervisor_absorb,
    supervisor_alarms_of,
    supervisor_decide,
)
from kiloclaw_core.supervisor.record import Crashed, Down, Starting, Stopping, Up, Wish
from kiloclaw_core.world.app_moves import fact_name, phase_name
from kiloclaw_core.world.app_troubles import KEYS, NAME, ORGANISATION, OTHER, OWNER, USER

Apps: TypeAlias = Kind[AppRecord, Ensure, AppFact, AppEffect, AppRefusal, Alarm, Policy]
Registries: TypeAlias = Kind[Registry, RegistryCommand, RegistryFact, RegistryEffect, RegistryRefusal, Alarm, Policy]
Supervisors: TypeAlias = Kind[
    Supervisor,
    SupervisorCommand,
    SupervisorFact,
    SupervisorEffect,
    SupervisorRefusal,
    SupervisorAlarm,
    SupervisorPolicy,
]

ASKED: Final = CommandId("asked")
ASKER: Final = AskId("asker")


# -- an owner's app ----------------------------------------------------------------------------------------------


def asked_of_app(_: AppRecord) -> tuple[Ensure, ...]:
    """To have the app, under names that will do and under others."""
    nobody, misnamed = UserId(""), AppName("Not A Name")
    assert not is_app_name(misnamed), f"{misnamed} will do"
    return (
        Ensure(ASKED, OWNER, USER, NAME, ORGANISATION, NAME, KEYS[0]),
        Ensure(ASKED, OWNER, OTHER, NAME, ORGANISATION, NAME, KEYS[0]),
        Ensure(ASKED, OWNER, nobody, NAME, ORGANISATION, NAME, KEYS[0]),
        Ensure(ASKED, OWNER, USER, misnamed, ORGANISATION, NAME, KEYS[0]),
    )


def app_refused(refusal: AppRefusal) -> str:
    """A refusal as it is read after "because"."""
    return refusal.value


def app_policy(record: AppRecord) -> Policy:
    """The policy of its environment."""
    return record.policy


APPS: Final[Apps] = Kind(
    "app",
    app_decide,
    app_absorb,
    app_alarms_of,
    app_policy,
    read_policy,
    Written(Of[AppRecord], Of[Ensure], Of[AppFact], Of[AppEffect], Of[AppRefusal], Of[Alarm], Of[Policy]),
    Called(phase_name, fact_name, app_refused, asked_of_app, tells_effects=False),
)


# -- an owner's registry -----------------------------------------------------------------------------------------


def standing(registry: Registry) -> str:
    """How far the attempts of a registry have come, in the order of their fences."""
    return ", ".join(one.phase.value for one in registry.reservations) or "empty"


def told_registry(fact: RegistryFact) -> str:
    """A fact in a word or two."""
    match fact:
        case RegistryReplied(outcome=Rejected(why=why)):
            return f"Replied(Rejected({why.value}))"
        case RegistryReplied(outcome=outcome):
            return f"Replied({type(outcome).__name__})"
        case AlarmRang(name=name):
            return f"AlarmRang({name.value})"
        case Woken() | Recovered():
            return type(fact).__name__


def registry_refused(refusal: RegistryRefusal) -> str:
    """A refusal as it is read after "because"."""
    match refusal:
        case Refused(because=because):
            return because.value
        case Occupied():
            return "the slot is held"


def asked_of_registry(_: Registry) -> tuple[RegistryCommand, ...]:
    """No more than what callers of the world ask, each of whom knows the attempt that it speaks of."""
    return ()


def registry_policy(registry: Registry) -> Policy:
    """The policy of its environment."""
    return registry.policy


REGISTRIES: Final[Registries] = Kind(
    "registry",
    registry_decide,
    registry_absorb,
    registry_alarms_of,
    registry_policy,
    read_policy,
    Written(
        Of[Registry],
        Of[RegistryCommand],
        Of[RegistryFact],
        Of[RegistryEffect],
        Of[RegistryRefusal],
        Of[Alarm],
        Of[Policy],
    ),
    Called(standing, told_registry, registry_refused, asked_of_registry),
)


# -- the supervisor of a child -----------------------------------------------------------------------------------


def doing(record: Supervisor) -> str:
    """What the child does and, where that is not as it is, what is wanted of it."""
    wanted = "" if record.wish is Wish.UP else f", wanted {record.wish.value}"
    match record.phase:
        case Down() | Crashed() | Starting() as phase:
            return type(phase).__name__ + wanted
        case Up(age=age):
            return f"Up({age.value}){wanted}"
        case Stopping(force=force):
            return f"Stopping({force.value}){wanted}"


def told_supervisor(fact: SupervisorFact) -> str:
    """A fact in a word or two."""
    match fact:
        case Exited(exit=exit_):
            return "Exited(clean)" if exit_.is_clean else "Exited"
        case SupervisorRang(name=name):
            return f"SupervisorRang({name.value})"
        case Spawned() | NotSpawned() | Woken():
            return type(fact).__name__


def supervisor_refused(refusal: SupervisorRefusal) -> str:
    """A refusal as it is read after "because"."""
    return refusal.value


def asked_of_supervisor(_: Supervisor) -> tuple[SupervisorCommand, ...]:
    """Every command there is."""
    return StartChild(), StopChild(ASKER), RestartChild(ASKER), ShutDown(ASKER), PassOn(Signal.USR1)


def supervisor_policy(record: Supervisor) -> SupervisorPolicy:
    """Its policy."""
    return record.policy


SUPERVISORS: Final[Supervisors] = Kind(
    "supervisor",
    supervisor_decide,
    supervisor_absorb,
    supervisor_alarms_of,
    supervisor_policy,
    as_it_is,
    Written(
        Of[Supervisor],
        Of[SupervisorCommand],
        Of[SupervisorFact],
        Of[SupervisorEffect],
        Of[SupervisorRefusal],
        Of[SupervisorAlarm],
        Of[SupervisorPolicy],
    ),
    Called(doing, told_supervisor, supervisor_refused, asked_of_supervisor),
)
