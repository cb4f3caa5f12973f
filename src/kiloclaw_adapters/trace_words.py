"""Effects, outcomes and commands in the words of `kiloclaw-trace/1`; of records, `world.scene` has the table.

Only what the format names is said. Texts that came from outside, environments and keys are never among it, because
nobody can say what they carry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from attrs import asdict

from kiloclaw_core.commands import (
    CleanUp,
    Close,
    Command,
    Destroy,
    Disown,
    OverrideSize,
    Provision,
    Reassociate,
    Recover,
    Resize,
    Restart,
    Restore,
    Start,
    Stop,
)
from kiloclaw_core.effects import (
    AwaitState,
    Content,
    CopyOf,
    CreateMachine,
    CreateVolume,
    DebtKind,
    DeleteMachine,
    DeleteVolume,
    Effect,
    Empty,
    EnsureApp,
    GetMachine,
    GetVolume,
    ListMachines,
    ListSnapshots,
    ListVolumes,
    PayDebt,
    ProbeHealth,
    Settle,
    SnapshotOf,
    StartMachine,
    StopMachine,
    UpdateMachine,
)
from kiloclaw_core.instance import Absent, Instance, Record
from kiloclaw_core.machine import MachineSeen, VolumeSeen
from kiloclaw_core.names import machine_name, volume_name
from kiloclaw_core.outcomes import (
    AppReady,
    Done,
    Healthy,
    MachineMade,
    MachineShown,
    MachinesListed,
    Outcome,
    Rejected,
    SnapshotsListed,
    StateElsewhere,
    StateReached,
    Unhealthy,
    Unknown,
    VolumeMade,
    VolumeShown,
    VolumesListed,
)

Words: TypeAlias = Mapping[str, object]
OK, UNWELL, TIMED_OUT = 200, 503, 408

PAYMENTS: Mapping[DebtKind, tuple[str, Words]] = {
    DebtKind.REGISTRY_TOMBSTONE: ("registry", {"action": "finalize"}),
    DebtKind.POSTGRES_MARK: ("mark_destroyed", {}),
}


def command_words(command: Command) -> tuple[str, Words]:
    """The `op` and the `args` of a command. To ask for a size is to provision afresh: the format has no other word."""
    match command:
        case Provision(identity=who, desired=desired):
            return "provision", {"user_id": who.user, "app": who.app, "desired": desired.value}
        case Start(reason=reason):
            return "start", {"reason": reason}
        case Stop(reason=reason):
            return "stop", {"reason": reason}
        case Restart(reason=reason):
            return "restart", {"reason": reason}
        case Destroy(reason=reason) | Close(reason=reason):
            return "destroy", {"reason": reason}
        case Recover(operator=operator):
            return "retry_recovery", {"operator": operator}
        case Restore(snapshot=snapshot, operator=operator):
            return "restore_begin", {"snapshot_id": snapshot, "operator": operator}
        case Reassociate(volume=volume, operator=operator):
            return "reassociate", {"volume_id": volume, "operator": operator}
        case CleanUp(volume=volume, operator=operator):
            return "cleanup_retained", {"volume_id": volume, "operator": operator}
        case Disown(resource=resource, operator=operator):
            return "cleanup_retained", {"resource_id": resource, "operator": operator}
        case Resize(guest=guest, volume_gb=volume_gb):
            return "provision", {"machine_size": asdict(guest), "volume_gb": volume_gb}
        case OverrideSize(guest=guest, operator=operator):
            return "provision", {"machine_size": None if guest is None else asdict(guest), "operator": operator}


def call_words(effect: Effect) -> tuple[str, Words] | None:
    """The `op` and the `args` of the request that an effect is; None for a wait, which is none."""
    match effect:
        case Settle():
            return None
        case (
            CreateMachine()
            | UpdateMachine()
            | StartMachine()
            | StopMachine()
            | DeleteMachine()
            | GetMachine()
            | AwaitState()
        ):
            return _machine_call(effect)
        case EnsureApp(app=app):
            return "registry", {"action": "ensure_app", "app": app}
        case PayDebt(kind=kind):
            return PAYMENTS[kind]
        case ProbeHealth(machine=machine):
            return "health", {"machine_id": machine}
        case CreateVolume(sandbox=sandbox, regions=regions, app=app):
            of_content = _content_words(effect.content, effect.size_gb)
            name = volume_name(sandbox, effect.op)
            return "create_volume", {"name": name, "regions": regions, **of_content, "app": app}
        case DeleteVolume(volume=volume):
            return "delete_volume", {"volume_id": volume}
        case GetVolume(volume=volume):
            return "get_volume", {"volume_id": volume}
        case ListVolumes():
            return "list_volumes", {}
        case ListSnapshots(volume=volume):
            return "list_snapshots", {"volume_id": volume}
        case ListMachines():
            return "list_machines", {"metadata": {}}


def _content_words(content: Content, size_gb: int) -> Words:
    match content:
        case Empty():
            return {"size_gb": size_gb}
        case CopyOf(volume=volume):
            return {"source_volume_id": volume}  # its size is its source's
        case SnapshotOf(snapshot=snapshot):
            return {"snapshot_id": snapshot, "size_gb": size_gb}


def _machine_call(
    effect: CreateMachine | UpdateMachine | StartMachine | StopMachine | DeleteMachine | GetMachine | AwaitState,
) -> tuple[str, Words]:
    match effect:
        case CreateMachine(app=app, config=config, region=region, generation=generation):
            return "create_machine", {
                "name": machine_name(config.sandbox, generation),
                "region": region,
                "volume_id": config.volume,
                "sandbox_id": config.sandbox,
                "app": app,
                "size": asdict(config.guest),
            }
        case UpdateMachine(machine=machine, config=config):
            size = asdict(config.guest)
            return "update_machine", {"machine_id": machine, "volume_id": config.volume, "size": size}
        case StartMachine(machine=machine):
            return "start_machine", {"machine_id": machine}
        case StopMachine(machine=machine):
            return "stop_machine", {"machine_id": machine}
        case DeleteMachine(machine=machine):
            return "destroy_machine", {"machine_id": machine, "force": True}
        case GetMachine(machine=machine):
            return "get_machine", {"machine_id": machine}
        case AwaitState(machine=machine, state=state, timeout_s=timeout_s):
            return "wait_machine", {"machine_id": machine, "state": state.value, "timeout_s": timeout_s}


def answer_words(outcome: Outcome) -> Words:
    """The `status` of an answer and what it showed, or the class of its refusal; 0 where none came or nothing left."""
    match outcome:
        case MachineMade(seen=machine) | MachineShown(seen=machine):
            return {"status": OK, "body": _machine(machine)}
        case VolumeMade(seen=volume) | VolumeShown(seen=volume):
            return {"status": OK, "body": _volume(volume)}
        case MachinesListed(seen=machines):
            return {"status": OK, "body": [_machine(one) for one in machines]}
        case VolumesListed(seen=volumes):
            return {"status": OK, "body": [_volume(one) for one in volumes]}
        case SnapshotsListed(snapshots=snapshots):
            return {"status": OK, "body": [{"id": one} for one in snapshots]}
        case StateElsewhere(state=state):
            return {"status": TIMED_OUT, "body": {"state": state.value}}
        case Unhealthy():
            return {"status": UNWELL}
        case StateReached() | Healthy() | AppReady() | Done():
            return {"status": OK}
        case Rejected(why=why, status=status):
            return {"status": status, "error": why.value}
        case Unknown():
            return {"status": 0, "error": "unknown"}


def _machine(seen: MachineSeen) -> Words:
    every: Words = {
        "id": seen.machine,
        "state": seen.state.value,
        "region": seen.region,
        "volume_id": seen.volume,
        "sandbox_id": seen.sandbox,
        "instance_id": seen.version,
        "size": None if seen.guest is None else asdict(seen.guest),
    }
    return {key: value for key, value in every.items() if value is not None}


def _volume(seen: VolumeSeen) -> Words:
    return {
        "id": seen.volume,
        "state": seen.state.value,
        "region": seen.region,
        "attached_machine_id": seen.attached,
    }


def known_world(record: Record) -> Words:
    """What the record holds outside, as far as it knows: all that a trace that begins here can say of the world."""
    match record:
        case Absent():
            return {"machines": [], "volumes": []}
        case Instance(ledger=ledger, identity=who):
            whose = {"app": who.app, "sandbox_id": who.sandbox}
            machines = [
                {"id": one.machine, "volume_id": one.volume, "instance_id": one.version, **whose}
                for one in ledger.machines
            ]
            volumes = [{"id": one.volume, "region": one.region, **whose} for one in ledger.volumes]
            return {"machines": machines, "volumes": volumes}
