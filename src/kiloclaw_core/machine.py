"""What a machine should be, and what Fly shows of machines and volumes.

A spec is what the owner asked for, a config is what is sent for it, and `Seen` values are what came back, already
reduced to what decisions look at. Reading a config back and comparing it to the one sent is not one of them: Fly
echoes it differently (Fly: fly.md 1.4), so a config carries its revision as metadata.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from attrs import field, frozen

from kiloclaw_core.names import (
    MachineId,
    OpId,
    OrgId,
    Region,
    SandboxId,
    SecretRef,
    UserId,
    VersionId,
    VolumeId,
)

ROOT: Final = "/root"
CONTROLLER_PORT: Final = 18789
SANDBOX_KEY: Final = "kiloclaw_sandbox_id"
USER_KEY: Final = "kiloclaw_user_id"
ORG_KEY: Final = "kiloclaw_org_id"
OP_KEY: Final = "kiloclaw_op"
REVISION_KEY: Final = "kiloclaw_revision"
LABEL_KEYS: Final = ("openclaw_version", "image_variant", "dev_creator")
"""What a spec may label its machines with; on the wire each begins with `kiloclaw_` (reconcile 1.4)."""


class MachineState(Enum):
    """The states of a Fly machine (Fly: fly.md 2.1); anything newer is OTHER and only waited for."""

    CREATED = "created"
    STARTING = "starting"
    STARTED = "started"
    STOPPING = "stopping"
    STOPPED = "stopped"
    SUSPENDED = "suspended"
    REPLACING = "replacing"
    UPDATING = "updating"
    FAILED = "failed"
    DESTROYING = "destroying"
    DESTROYED = "destroyed"
    OTHER = "other"


class VolumeState(Enum):
    """What matters of a volume's state: whether it can be mounted, and whether it is on its way out (fly.md 3)."""

    CREATED = "created"
    UNREADY = "unready"
    LEAVING = "leaving"


class Data(Enum):
    """Whether a volume may bear a user's data: from the moment a machine that mounts it is sent for."""

    FRESH = "fresh"
    BEARING = "bearing"


class Named(Enum):
    """What a volume's name says: marked by one of our ops, upstream's name for this sandbox, or somebody else's."""

    MARKED = "marked"
    LEGACY = "legacy"
    FOREIGN = "foreign"


@frozen
class Guest:
    """The size of a machine: what a user pays for, so it changes only when asked."""

    cpus: int = 1
    memory_mb: int = 3072
    cpu_kind: str = "performance"

    @property
    def words(self) -> str:
        """The size as people are told it."""
        return f"{self.cpus} x {self.cpu_kind}, {self.memory_mb} MB"


@frozen(cache_hash=True)
class Spec:
    """What the owner asked for. A `guest` of None is a legacy record whose size is learnt from its machine.

    `override` is an operator's size, which wins over the owner's until a resize. `secrets` are variables whose values
    only the adapter can look up; `labels` are for people who list machines. `revision` counts what a machine runs.
    """

    image: str
    guest: Guest | None = Guest()
    volume_gb: int = 10
    regions: tuple[Region, ...] = (Region("eu"), Region("us"))
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    secrets: tuple[tuple[str, SecretRef], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    override: Guest | None = None
    revision: int = 1

    @property
    def size(self) -> Guest:
        """The size that a machine is given: an operator's, the owner's, or the default for one nobody knows."""
        return self.override or self.guest or Guest()


@frozen
class MachineConfig:
    """The whole config of a machine, as it is sent: Fly merges nothing (fly.md 1.4)."""

    image: str
    guest: Guest
    volume: VolumeId
    sandbox: SandboxId
    user: UserId
    revision: int
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    org: OrgId | None = None
    secrets: tuple[tuple[str, SecretRef], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()


def machine_config(spec: Spec, volume: VolumeId, sandbox: SandboxId, user: UserId, org: OrgId | None) -> MachineConfig:
    """The config that the spec asks for on this volume: the one place where one is made (reconcile 1.5)."""
    return MachineConfig(
        image=spec.image,
        guest=spec.size,
        volume=volume,
        sandbox=sandbox,
        user=user,
        revision=spec.revision,
        environment=spec.environment,
        org=org,
        secrets=spec.secrets,
        labels=spec.labels,
    )


@frozen
class MachineSeen:
    """One machine as a Fly answer shows it; None where the answer said nothing (an unreachable host, a foreign one)."""

    machine: MachineId
    state: MachineState
    version: VersionId
    volume: VolumeId | None
    mark: OpId | None
    named_ours: bool
    sandbox: SandboxId | None
    user: UserId | None
    revision: int | None
    guest: Guest | None
    region: Region = field(default=Region(""))
    reachable: bool = True
    """Whether its host answers (Fly: `host_status`); if not, the state is the last known one (fly.md 2.3)."""


@frozen
class VolumeSeen:
    """One volume as a Fly answer shows it; its name is already read for the mark it may carry."""

    volume: VolumeId
    state: VolumeState
    named: Named
    mark: OpId | None
    attached: MachineId | None
    region: Region = field(default=Region(""))
