"""What callers ask: wishes, in the imperative, that change intent and may be refused.

Every command carries the caller's id for it, so that asking twice is asking once, and the moment it was asked, for
people to read.
"""

from __future__ import annotations

from enum import Enum

from attrs import field, frozen

from kiloclaw_core.machine import Spec
from kiloclaw_core.names import AppName, CommandId, MachineId, OrgId, SandboxId, UserId, VolumeId


class Tenancy(Enum):
    """Whether the app is this sandbox's alone; where it is shared, nothing is adopted or deleted by name."""

    OWN = "own"
    SHARED = "shared"


class Desired(Enum):
    """What the owner wants of the instance; only a command changes it, and gone is for ever."""

    RUNNING = "running"
    STOPPED = "stopped"
    GONE = "gone"


@frozen
class Identity:
    """Who an instance is: durable before any call, and never derived from the environment."""

    sandbox: SandboxId
    user: UserId
    app: AppName
    org: OrgId | None = None
    tenancy: Tenancy = Tenancy.OWN


@frozen
class Provision:
    """Have an instance with this spec; on one that exists, have this spec instead (its size and phase stay)."""

    id: CommandId
    identity: Identity
    spec: Spec
    desired: Desired = Desired.STOPPED
    at: int = field(default=0, eq=False)


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
class Disown:
    """An operator takes a resource that cannot be deleted out of the ledger, and answers for it."""

    id: CommandId
    resource: MachineId | VolumeId
    operator: str
    because: str
    at: int = field(default=0, eq=False)


Command = Provision | Start | Stop | Destroy | Disown


class Refusal(Enum):
    """Why a command was not granted; read it after "because"."""

    NOT_PROVISIONED = "the instance is not provisioned"
    BEING_DESTROYED = "the instance is being destroyed"
    ANOTHER_IDENTITY = "the sandbox belongs to another user, organisation or app"
    NOT_HELD = "the ledger holds no such resource"
    NOT_CONDEMNED = "the resource is in use, not on its way out"
    TO_BE_GONE = "an instance is not provisioned in order to be gone"
