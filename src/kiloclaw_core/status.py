"""How an instance is, in one word: the status that outsiders know, what it is busy with, and the name of its phase.

UI words never steer logic.
"""

from __future__ import annotations

from kiloclaw_core.commands import Desired
from kiloclaw_core.instance import Absent, Failing, Instance, Record
from kiloclaw_core.phases import (
    Awaiting,
    Change,
    Changing,
    CheckingVolume,
    Clearing,
    CreatingMachine,
    CreatingVolume,
    Ensuring,
    Gone,
    Inspecting,
    Listing,
    ListingSnapshots,
    Pausing,
    Phase,
    Probing,
    Running,
    Seeking,
    Settling,
    StockTaking,
    Stopped,
    Surveying,
    Sweeping,
    Verifying,
    Weighing,
)
from kiloclaw_core.stories import Cause, Idle, Provisioning, Relocating, Restarting, Restoring, Starting, Stopping


def status_of(record: Record) -> str | None:
    """The status that outsiders know: upstream's words, None where there is nothing (lifecycle 2.1)."""
    match record:
        case Absent():
            return None
        case Instance():
            return _status(record)


def _status(instance: Instance) -> str | None:
    if instance.desired is Desired.GONE:
        return None if _is_gone(instance.phase) else "destroying"
    match instance.story:
        case Starting() | Relocating(cause=Cause.START):
            return "starting"
        case Restarting() | Relocating(cause=Cause.RESTART):
            return "restarting"
        case Relocating():
            return "recovering"
        case Restoring():
            return "restoring"
        case Stopping() if instance.ledger.machine is not None:
            return "running"  # busy with stopping
        case Idle() | Provisioning() | Stopping():
            return _resting_status(instance, instance.phase)


def _is_gone(phase: Phase) -> bool:
    """Whether nothing is left; a grave that is swept again stays a grave."""
    return isinstance(phase, Gone) or (isinstance(phase, Sweeping) and phase.sweeps > 0)


def _resting_status(instance: Instance, phase: Phase) -> str:
    looked_at = isinstance(phase, Inspecting | Weighing | Surveying) and instance.ledger.machine is not None
    if isinstance(phase, Running) or (looked_at and is_believed_up(instance)):
        return "running"
    return "stopped" if instance.has_run else "provisioned"


def is_believed_up(instance: Instance) -> bool:
    """Whether an instance that is being looked at was up as far as anybody knows."""
    gave_up = any(note.failing is Failing.START for note in instance.notes)
    return instance.desired is Desired.RUNNING and not gave_up


def busy_with(instance: Instance) -> str | None:
    """What is under way, in one word, or None at rest."""
    if instance.desired is Desired.GONE:
        return None if _is_gone(instance.phase) else "destroying"
    match instance.story:
        case Idle():
            return None
        case Provisioning():
            return "provisioning"
        case Starting() | Relocating(cause=Cause.START):
            return "starting"
        case Restarting() | Relocating(cause=Cause.RESTART):
            return "restarting"
        case Relocating():
            return "recovering"
        case Restoring():
            return "restoring"
        case Stopping():
            return "stopping"


def phase_name(phase: Phase) -> str:
    """The phase with what it is waiting for, as people read it."""
    match phase:
        case Changing(change=Change.UPDATE | Change.START | Change.STOP as change):
            return f"Changing({change.value})"
        case Awaiting(state=state):
            return f"Awaiting({state.value})"
        case CreatingVolume(sought=sought):
            return f"CreatingVolume({sought.value})"
        case Settling(sought=sought):
            return f"Settling({sought.value})"
        case Listing(sought=sought):
            return f"Listing({sought.value})"
        case (
            Stopped()
            | Running()
            | Gone()
            | Pausing()
            | Clearing()
            | Ensuring()
            | Surveying()
            | ListingSnapshots()
            | CreatingMachine()
            | CheckingVolume()
            | Seeking()
            | Verifying()
            | Weighing()
            | Inspecting()
            | Probing()
            | Sweeping()
            | StockTaking()
        ):
            return type(phase).__name__
