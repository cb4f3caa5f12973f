"""What an instance wants done outside: frozen descriptions, each with everything needed to perform it.

One effect is one request on the wire, numbered by its `op` and answered exactly once. Names are imperative. Reads
may be repeated at will; what changes the outside is fenced as decisions 1.4 says.
"""

from __future__ import annotations

from enum import Enum

from attrs import field, frozen

from kiloclaw_core.machine import Guest, MachineConfig
from kiloclaw_core.names import (
    AppName,
    MachineId,
    OpId,
    OrgId,
    Region,
    SandboxId,
    SnapshotId,
    UserId,
    VersionId,
    VolumeId,
)


class DebtKind(Enum):
    """What is owed to the directory once nothing is left: the route's tombstone and the row's mark."""

    REGISTRY_TOMBSTONE = "registry_tombstone"
    POSTGRES_MARK = "postgres_mark"


class Awaited(Enum):
    """The states that are waited for."""

    STARTED = "started"
    STOPPED = "stopped"


@frozen
class EnsureApp:
    """Have the owner's app exist, be ours, addressed and keyed; asking again changes nothing."""

    op: OpId
    app: AppName


@frozen
class Empty:
    """Nothing is in the volume."""


@frozen
class CopyOf:
    """What is in that volume now is in this one (Fly: a fork; its size is the source's)."""

    volume: VolumeId


@frozen
class SnapshotOf:
    """What was in that volume when the snapshot was taken is in this one."""

    volume: VolumeId
    snapshot: SnapshotId


Content = Empty | CopyOf | SnapshotOf


@frozen
class CreateVolume:
    """Make a volume with this content, whose name carries this op, in the first of these regions that has room."""

    op: OpId
    app: AppName
    sandbox: SandboxId
    regions: tuple[Region, ...]
    size_gb: int
    guest: Guest
    content: Content = Empty()


@frozen
class CreateMachine:
    """Make the sandbox's machine under its fixed name, on the volume of the config."""

    op: OpId
    app: AppName
    config: MachineConfig
    region: Region
    secrets_version: int
    generation: int = 0


@frozen
class UpdateMachine:
    """Give a machine this config and launch it, if it is still of this version."""

    op: OpId
    app: AppName
    machine: MachineId
    version: VersionId
    config: MachineConfig
    secrets_version: int


@frozen
class StartMachine:
    """Start a machine that is down."""

    op: OpId
    app: AppName
    machine: MachineId


@frozen
class StopMachine:
    """Ask a machine to stop; being stopped is waited for separately."""

    op: OpId
    app: AppName
    machine: MachineId


@frozen
class DeleteMachine:
    """Delete a machine, running or not."""

    op: OpId
    app: AppName
    machine: MachineId


@frozen
class DeleteVolume:
    """Delete a volume."""

    op: OpId
    app: AppName
    volume: VolumeId


@frozen
class GetMachine:
    """Look at one machine, not before `pause_s` after the commit (a second look must not share a stale view)."""

    op: OpId
    app: AppName
    sandbox: SandboxId
    machine: MachineId
    pause_s: float = 0.0


@frozen
class GetVolume:
    """Look at one volume, not before `pause_s` after the commit."""

    op: OpId
    app: AppName
    sandbox: SandboxId
    volume: VolumeId
    pause_s: float = 0.0


@frozen
class ListMachines:
    """List the machines of the app, not before `pause_s` after the commit."""

    op: OpId
    app: AppName
    sandbox: SandboxId
    pause_s: float = 0.0


@frozen
class ListVolumes:
    """List the volumes of the app, not before `pause_s` after the commit."""

    op: OpId
    app: AppName
    sandbox: SandboxId
    pause_s: float = 0.0


@frozen
class ListSnapshots:
    """List the snapshots of a volume, which outlive it (fly.md 3)."""

    op: OpId
    app: AppName
    volume: VolumeId


@frozen
class AwaitState:
    """Wait until this machine is in that state, in this version if one is named, or until the poll ends."""

    op: OpId
    app: AppName
    machine: MachineId
    state: Awaited
    timeout_s: float = 60.0
    version: VersionId | None = None


@frozen
class ProbeHealth:
    """Ask the machine's controller whether its gateway serves, until it does or the time is up.

    The controller's token follows from the sandbox.
    """

    op: OpId
    app: AppName
    sandbox: SandboxId
    machine: MachineId
    timeout_s: float = 60.0


@frozen
class Settle:
    """Wait until the request `of` can no longer land: the performer's own monotonic wait, whole after a take-over."""

    op: OpId
    of: OpId
    wait_s: float = 75.0


@frozen
class PayDebt:
    """Tell the directory that the sandbox is gone; monotone, and an absent row counts as marked."""

    op: OpId
    kind: DebtKind
    sandbox: SandboxId
    user: UserId
    org: OrgId | None = field(default=None)


Creating = CreateVolume | CreateMachine
Changing = UpdateMachine | StartMachine | StopMachine
Deleting = DeleteMachine | DeleteVolume
Reading = GetMachine | GetVolume | ListMachines | ListVolumes | ListSnapshots | AwaitState | ProbeHealth
Effect = Creating | Changing | Deleting | Reading | EnsureApp | Settle | PayDebt
