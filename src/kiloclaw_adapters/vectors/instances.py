"""Vectors of instances: cells as the table of transitions calls them, and every command asked in every phase."""

from __future__ import annotations

from typing import Final, TypeAlias

from attrs import evolve

from kiloclaw_adapters.vectors.kinds import Called, Kind, Written
from kiloclaw_adapters.vectors.policies import read_policy
from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.codec import Of
from kiloclaw_core.commands import (
    Admission,
    CleanUp,
    Close,
    Command,
    Desired,
    Destroy,
    Disown,
    Identity,
    OverrideSize,
    Provision,
    Reassociate,
    Recover,
    Refusal,
    Resize,
    Restart,
    Restore,
    Start,
    Stop,
)
from kiloclaw_core.effects import Effect
from kiloclaw_core.facts import Fact
from kiloclaw_core.instance import Absent, Instance, Record
from kiloclaw_core.lifecycle import absorb, decide
from kiloclaw_core.machine import Guest
from kiloclaw_core.names import AttemptId, CommandId, Fence, MachineId, SnapshotId, UserId, VolumeId
from kiloclaw_core.phases import Alarm
from kiloclaw_core.policy import Policy
from kiloclaw_core.world.deliveries import fact_name, phase_of
from kiloclaw_core.world.setting import IDENTITY, SPEC

Instances: TypeAlias = Kind[Record, Command, Fact, Effect, Refusal, Alarm, Policy]

ASKED: Final = CommandId("asked")
WHO: Final = "operator"
WHY: Final = "because"
LARGE: Final = Guest(4, 8192)
NOBODYS: Final = VolumeId("v-nobodys")
ANOTHERS: Final = evolve(IDENTITY, user=UserId("user-2"))
ATTEMPT: Final = Admission(AttemptId("attempt-1"), Fence(1))


def asked(record: Record) -> tuple[Command, ...]:
    """Every command there is; what names a resource names each that is held, and one that is nobody's."""
    match record:
        case Absent():
            return (*_of_user(IDENTITY), *_of_operator((), (NOBODYS,)))
        case Instance(ledger=ledger):
            machines = tuple(one.machine for one in ledger.machines)
            volumes = tuple(one.volume for one in ledger.volumes)
            again = tuple(Start(one.id) for one in record.granted[:1])
            return (*_of_user(record.identity), *again, *_of_operator(machines, (*volumes, NOBODYS)))


def _of_user(identity: Identity) -> tuple[Command, ...]:
    return (
        Provision(ASKED, identity, SPEC),
        Provision(ASKED, ANOTHERS, SPEC),
        Provision(ASKED, identity, SPEC, admission=ATTEMPT),
        Provision(ASKED, identity, SPEC, Desired.GONE),
        Start(ASKED),
        Stop(ASKED),
        Restart(ASKED),
        Restart(ASKED, "image-2"),
        Resize(ASKED, LARGE, 20),
        Destroy(ASKED),
        Close(ASKED, identity, None),
        Close(ASKED, identity, ATTEMPT),
        Close(ASKED, ANOTHERS, None),
    )


def _of_operator(machines: tuple[MachineId, ...], volumes: tuple[VolumeId, ...]) -> tuple[Command, ...]:
    return (
        OverrideSize(ASKED, LARGE, WHO, WHY),
        OverrideSize(ASKED, None, WHO, WHY),
        Restore(ASKED, SnapshotId("s-1"), WHO, WHY),
        Recover(ASKED, WHO, WHY),
        *(Reassociate(ASKED, one, WHO, WHY) for one in volumes),
        *(CleanUp(ASKED, one, WHO, WHY) for one in volumes),
        *(Disown(ASKED, one, WHO, WHY) for one in machines),
        *(Disown(ASKED, one, WHO, WHY) for one in volumes),
    )


def refusal_said(refusal: Refusal) -> str:
    """A refusal as it is read after "because"."""
    return refusal.value


def policy_of(record: Record) -> Policy:
    """The policy of its environment."""
    return record.policy


INSTANCES: Final[Instances] = Kind(
    "instance",
    decide,
    absorb,
    alarms_of,
    policy_of,
    read_policy,
    Written(Of[Record], Of[Command], Of[Fact], Of[Effect], Of[Refusal], Of[Alarm], Of[Policy]),
    Called(phase_of, fact_name, refusal_said, asked),
)
