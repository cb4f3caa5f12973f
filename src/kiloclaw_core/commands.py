"""What callers ask: wishes, in the imperative, that change intent and may be refused.

Every command carries the caller's id for it, so that asking twice is asking once, and the moment it was asked, for
people to read.
"""

from __future__ import annotations

from enum import Enum

from attrs import field, frozen

from kiloclaw_core.machine import Guest, Spec
from kiloclaw_core.names import (
    AppName,
    AttemptId,
    CommandId,
    Fence,
    MachineId,
    OrgId,
    SandboxId,
    SnapshotId,
    UserId,
    VolumeId,
)


class Tenancy(Enum):
    """Whether the app is this sandbox's alone; where it is shared, nothing is adopted or deleted by name."""

    OWN = "own"
    SHARED = "shared"


class Desired(Enum):
    """What the owner wants of the instance; only a command changes it, and gone is for ever."""

    RUNNING = "running"
    STOPPED = "stopped"
    GONE = "gone"


@frozen(cache_hash=True)
class Identity:
    """Who an instance is: durable before any call, and never derived from the environment."""

    sandbox: SandboxId
    user: UserId
    app: AppName
    org: OrgId | None = None
    tenancy: Tenancy = Tenancy.OWN


@frozen
class Admission:
    """The attempt that the registry admitted, and its fence: which of them an instance was provisioned for."""

    attempt: AttemptId
    fence: Fence


@frozen
class Provision:
    """Have an instance with this spec; on one that exists, have this spec instead (its size and phase stay).

    With an `admission` it is a fresh one: what another attempt provisioned, or closed, is not taken over.
    """

    id: CommandId
    identity: Identity
    spec: Spec
    desired: Desired = Desired.STOPPED
    at: int = field(default=0, eq=False)
    admission: Admission | None = None


@frozen
class Start:
    """Have the instance running; whether anybody waits for it is the caller's affair."""

    id: CommandId
    reason: str = "manual_user_request"
    at: int = field(default=0, eq=False)


@frozen
class Stop:
    """Have the instance stopped."""

    id: CommandId
    reason: str = "manual_user_request"
    at: int = field(default=0, eq=False)


@frozen
class Destroy:
    """Have the instance and all it holds gone: always granted, for ever."""

    id: CommandId
    reason: str = "manual_user_request"
    at: int = field(default=0, eq=False)


@frozen
class Close:
    """The registry has an attempt end: what it made is destroyed, and where it made nothing, it never will.

    On a sandbox that was never provisioned it leaves a tombstone, so that a late `Provision` of the attempt is refused.
    What another attempt or another user has is left alone, and so is what the user has in another organisation; without
    an `admission` any attempt's of the user is meant.
    """

    id: CommandId
    identity: Identity
    admission: Admission | None
    reason: str = "admission_closed"
    at: int = field(default=0, eq=False)


@frozen
class Restart:
    """Have the instance run its spec afresh, with this image from now on if one is named."""

    id: CommandId
    image: str | None = None
    reason: str = "redeploy-same-image"
    at: int = field(default=0, eq=False)


@frozen
class Resize:
    """Have machines of this size from the next start or restart on, and new volumes of that one."""

    id: CommandId
    guest: Guest
    volume_gb: int
    at: int = field(default=0, eq=False)


@frozen
class OverrideSize:
    """An operator has machines be of this size whatever the owner asked for; None ends it."""

    id: CommandId
    guest: Guest | None
    operator: str
    because: str
    at: int = field(default=0, eq=False)


@frozen
class Restore:
    """An operator has the instance go back to a snapshot of its volume; the volume it leaves is kept."""

    id: CommandId
    snapshot: SnapshotId
    operator: str
    because: str
    at: int = field(default=0, eq=False)


@frozen
class Reassociate:
    """An operator has a stopped instance use another volume of its own from now on; the one it leaves is kept."""

    id: CommandId
    volume: VolumeId
    operator: str
    because: str
    at: int = field(default=0, eq=False)


@frozen
class Recover:
    """An operator has an instance looked at, and recovered, however often it was recovered today."""

    id: CommandId
    operator: str
    because: str
    at: int = field(default=0, eq=False)


@frozen
class CleanUp:
    """An operator has a retained volume go before its time, if its successor is whole."""

    id: CommandId
    volume: VolumeId
    operator: str
    because: str
    at: int = field(default=0, eq=False)


@frozen
class Disown:
    """An operator takes a resource that cannot be deleted, or is lost, out of the ledger, and answers for it."""

    id: CommandId
    resource: MachineId | VolumeId
    operator: str
    because: str
    at: int = field(default=0, eq=False)


Command = (
    Provision
    | Start
    | Stop
    | Restart
    | Resize
    | OverrideSize
    | Restore
    | Reassociate
    | Recover
    | CleanUp
    | Destroy
    | Close
    | Disown
)


class Refusal(Enum):
    """Why a command was not granted; read it after "because"."""

    NOT_PROVISIONED = "the instance is not provisioned"
    BEING_DESTROYED = "the instance is being destroyed"
    ANOTHER_IDENTITY = "the sandbox belongs to another user, organisation or app"
    NOT_HELD = "the ledger holds no such resource"
    NOT_CONDEMNED = "the resource is in use, not on its way out"
    RECOVERING = "the instance is recovering from an unexpected stop"
    RESTORING = "the instance is being restored"
    BUSY = "the instance is busy"
    NO_MACHINE = "the instance has no machine yet"
    NO_VOLUME = "the instance has no volume yet"
    NOT_STOPPED = "the instance must be stopped first"
    NOT_RETAINED = "the volume is not one that is kept beside the one in use"
    IN_USE = "the volume is the one in use"
    ON_ITS_WAY_OUT = "the volume is on its way out, or gone"
    ANOTHER_ATTEMPT = "another attempt has provisioned or closed the sandbox"
    TO_BE_GONE = "an instance is not provisioned in order to be gone"
