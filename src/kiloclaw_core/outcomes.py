"""What a request came to: applied, rejected or unknown, never just yes or no.

An outcome is applied when it carries what the answer showed; a `Rejected` says that nothing was done and why; an
`Unknown` says that it may have been done, or may yet be.
"""

from __future__ import annotations

from enum import Enum

from attrs import field, frozen

from kiloclaw_core.machine import MachineSeen, MachineState, VolumeSeen
from kiloclaw_core.names import MachineId, SnapshotId


class Why(Enum):
    """Why a request was not applied: the classes of the one total classifier (fly.md 4.2, reconcile 4.0)."""

    ALREADY_EXISTS = "already_exists"
    MISSING_VOLUME = "missing_volume"
    CAPACITY_HOST = "capacity_host"
    CAPACITY_REGION = "capacity_region"
    QUOTA = "quota"
    LIMIT = "limit"
    VOLUME_CLAIMED = "volume_claimed"
    VOLUME_BOUND = "volume_bound"
    NOT_FOUND = "not_found"
    NAME_TAKEN = "name_taken"
    VERSION_MISMATCH = "version_mismatch"
    TOO_EARLY = "too_early"
    CONFLICT = "conflict"
    RATE_LIMITED = "rate_limited"
    UNAUTHORIZED = "unauthorized"
    INVALID = "invalid"
    NOT_SENT = "not_sent"
    COLLISION = "collision"
    WAIT_TIMEOUT = "wait_timeout"
    NO_ANSWER = "no_answer"
    BOOT_FAILED = "boot_failed"
    HOST_DOWN = "host_down"
    LOOPING = "looping"
    AMBIGUOUS = "ambiguous"
    UNRECOGNISED = "unrecognised"


@frozen
class Rejected:
    """Nothing was done. `status` is the HTTP status (0 where nothing left); `text` is the whole body, for people.

    `holder` is the machine that the text names as holding what we asked for, where it names one well formed.
    """

    why: Why
    holder: MachineId | None = None
    status: int = field(default=0, eq=False)
    text: str = field(default="", eq=False)


@frozen
class Unknown:
    """It may have been done, or may yet be: settle, then look."""

    text: str = field(default="", eq=False)


@frozen
class MachineMade:
    """A create answered with the machine it made."""

    seen: MachineSeen


@frozen
class VolumeMade:
    """A create answered with the volume it made."""

    seen: VolumeSeen


@frozen
class MachineShown:
    """A get, or an update, answered with the machine as it is."""

    seen: MachineSeen


@frozen
class VolumeShown:
    """A get answered with the volume as it is."""

    seen: VolumeSeen


@frozen
class MachinesListed:
    """A listing of an app's machines, sorted by id."""

    seen: tuple[MachineSeen, ...]


@frozen
class VolumesListed:
    """A listing of an app's volumes, sorted by id."""

    seen: tuple[VolumeSeen, ...]


@frozen
class SnapshotsListed:
    """A listing of the finished snapshots of a volume, the newest first."""

    snapshots: tuple[SnapshotId, ...]


@frozen
class StateReached:
    """A wait ended in the state it waited for."""


@frozen
class StateElsewhere:
    """A wait ended without the state it waited for; this is the state Fly named instead."""

    state: MachineState


@frozen
class Healthy:
    """The machine's controller answered its health route."""


@frozen
class Unhealthy:
    """The machine's controller did not answer its health route in time, or answered badly."""

    text: str = field(default="", eq=False)


@frozen
class AppReady:
    """The owner's app exists, is ours, addressed and keyed, as of this version of its secrets."""

    secrets_version: int


@frozen
class Done:
    """It is done, or was done already (a delete of what is gone, a stop of what is stopped)."""


Applied = (
    MachineMade
    | VolumeMade
    | MachineShown
    | VolumeShown
    | MachinesListed
    | VolumesListed
    | SnapshotsListed
    | StateReached
    | StateElsewhere
    | Healthy
    | Unhealthy
    | AppReady
    | Done
)
Outcome = Applied | Rejected | Unknown


def may_pass(why: Why) -> bool:
    """Whether asking again soon may be granted; everything else ends the attempt, and people are told."""
    match why:
        case (
            Why.VOLUME_CLAIMED
            | Why.VOLUME_BOUND
            | Why.NOT_FOUND
            | Why.VERSION_MISMATCH
            | Why.TOO_EARLY
            | Why.CONFLICT
            | Why.RATE_LIMITED
            | Why.NOT_SENT
            | Why.WAIT_TIMEOUT
            | Why.NO_ANSWER
            | Why.BOOT_FAILED
            | Why.HOST_DOWN
        ):
            return True
        case (
            Why.ALREADY_EXISTS
            | Why.MISSING_VOLUME
            | Why.CAPACITY_HOST
            | Why.CAPACITY_REGION
            | Why.QUOTA
            | Why.LIMIT
            | Why.NAME_TAKEN
            | Why.UNAUTHORIZED
            | Why.INVALID
            | Why.COLLISION
            | Why.LOOPING
            | Why.AMBIGUOUS
            | Why.UNRECOGNISED
        ):
            return False
