"""What an instance waits for or rests in, and which alarms there are; why it waits is the story's to say.

A phase of waiting carries the op it waits for; a phase of rest is an adjective or a participle.
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen

from kiloclaw_core.effects import Awaited
from kiloclaw_core.machine import Data, MachineSeen
from kiloclaw_core.names import MachineId, OpId, VolumeId
from kiloclaw_core.outcomes import Rejected


class AlarmName(Enum):
    """What an alarm is for; with its `of` it identifies the alarm."""

    INTENT = "intent"
    PATIENCE = "patience"
    CEILING = "ceiling"
    SOFT_CEILING = "soft_ceiling"
    PAUSE = "pause"
    STOCKTAKE = "stocktake"
    RETRY = "retry"
    ERRAND_PATIENCE = "errand_patience"
    ERRAND_RETRY = "errand_retry"
    GRAVE = "grave"
    RETENTION = "retention"
    RECOVERY_MEMORY = "recovery_memory"
    MOVE_MEMORY = "move_memory"
    FULL_REGION = "full_region"
    STALE_PROVISION = "stale_provision"
    SECRETS_AGE = "secrets_age"
    PROBE = "probe"


@frozen
class Alarm:
    """A wish to be woken: due `patience_s`, and up to `jitter_s` more, after it first appears, on the store's clock."""

    name: AlarmName
    of: OpId
    patience_s: float
    jitter_s: float = 0.0


class Look(Enum):
    """The first look, or the second one, apart from it, that makes an absence conclusive."""

    FIRST = "first"
    SECOND = "second"


# -- resting -----------------------------------------------------------------------------------------------------


@frozen
class Stopped:
    """At rest, not serving."""


@frozen
class Running:
    """At rest, serving as far as we know."""


@frozen
class Gone:
    """Nothing is left; the record stays as a tombstone. `sweeps` counts the sweeps of a grave in a shared app."""

    sweeps: int = 0


@frozen
class Pausing:
    """A refusal that may pass: nothing is in flight until the alarm rings."""

    op: OpId


@frozen
class Clearing:
    """Waiting for condemned holdings to go, or for debts to be paid; they carry their own ops."""


# -- waiting -----------------------------------------------------------------------------------------------------


@frozen
class Ensuring:
    """Waiting for the owner's app."""

    op: OpId


class Sought(Enum):
    """What the request that is being settled would have brought about."""

    VOLUME = "volume"
    CANDIDATE = "candidate"
    MACHINE = "machine"
    CHANGE = "change"


@frozen
class Surveying:
    """Listing, before a first volume is made: there may be one that no record remembers."""

    op: OpId


@frozen
class CreatingVolume:
    """A create of a volume is in flight: of the active one, or of a candidate."""

    op: OpId
    sought: Sought


@frozen
class ListingSnapshots:
    """Our volume cannot be copied: looking for its newest snapshot."""

    op: OpId


@frozen
class CreatingMachine:
    """A create of the machine is in flight; its volume may bear data from now on, and was like `before`."""

    op: OpId
    before: Data


@frozen
class CheckingVolume:
    """Looking whether a volume is there."""

    op: OpId
    volume: VolumeId
    look: Look


@frozen
class Seeking:
    """A create was refused because its name is taken: listing, to find who holds it (reconcile 4.6.2 b).

    `missing` is a machine that was looked for and is not there.
    """

    op: OpId
    refusal: Rejected
    missing: MachineId | None


class Source(Enum):
    """How the machine to adopt was found (reconcile 4.6.9)."""

    HINT = "hint"
    NAME = "name"
    METADATA = "metadata"


@frozen
class Verifying:
    """Looking at the machine that holds our name: whose it is and what it mounts (reconcile 4.6.3, 4.6.4)."""

    op: OpId
    refusal: Rejected
    machine: MachineId
    source: Source


@frozen
class Weighing:
    """A machine mounts another volume than ours: looking which of the two is there.

    It holds our name, so that our create was refused; or, without a refusal, it is our own.
    """

    op: OpId
    refusal: Rejected | None
    seen: MachineSeen
    volume: VolumeId
    look: Look


@frozen
class Inspecting:
    """Looking at our machine."""

    op: OpId
    machine: MachineId
    look: Look


class Change(Enum):
    """What is being done to our machine."""

    UPDATE = "update"
    START = "start"
    STOP = "stop"


@frozen
class Changing:
    """A change of our machine is in flight."""

    op: OpId
    machine: MachineId
    change: Change


@frozen
class Awaiting:
    """Our machine is on its way to a state."""

    op: OpId
    machine: MachineId
    state: Awaited


@frozen
class Probing:
    """Our machine is up; its controller is asked whether it is well."""

    op: OpId
    machine: MachineId


@frozen
class Settling:
    """The outcome of `of` is unknown: waiting until it can no longer land."""

    op: OpId
    of: OpId
    sought: Sought


@frozen
class Listing:
    """The create `of` can no longer land: listing, to see whether it did."""

    op: OpId
    of: OpId
    sought: Sought
    look: Look


class Sweep(Enum):
    """The listings that must all be empty before an instance is gone, in order, or a look round at rest."""

    MACHINES_FIRST = "machines_first"
    VOLUMES_FIRST = "volumes_first"
    MACHINES_SECOND = "machines_second"
    VOLUMES_SECOND = "volumes_second"


@frozen
class Sweeping:
    """Listing what is left of an instance that should be gone."""

    op: OpId
    sweep: Sweep
    sweeps: int = 0


@frozen
class StockTaking:
    """At rest without a machine: listing, in case there is one after all. `stale` asks whether to destroy, twice."""

    op: OpId
    look: Look = Look.FIRST
    stale: bool = False


Phase = (
    Stopped
    | Running
    | Gone
    | Pausing
    | Clearing
    | Ensuring
    | Surveying
    | CreatingVolume
    | CreatingMachine
    | CheckingVolume
    | ListingSnapshots
    | Seeking
    | Verifying
    | Weighing
    | Inspecting
    | Changing
    | Awaiting
    | Probing
    | Settling
    | Listing
    | Sweeping
    | StockTaking
)
