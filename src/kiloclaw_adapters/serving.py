"""When a command counts as served, and what its caller is told when it could not be.

A caller waits until the instance rests, not until it rests as wanted: a story that gave up has an answer too. What
changes no machine is served once it was looked at. Another command may have overtaken this one meanwhile; then there
is nothing to complain of.
"""

from __future__ import annotations

from kiloclaw_adapters.errors import (
    BadTokenError,
    FlyUnreachableError,
    KeptError,
    KiloclawError,
    LoopingError,
    NoRoomError,
    NotServedError,
    StuckError,
)
from kiloclaw_core import regions
from kiloclaw_core.commands import (
    CleanUp,
    Close,
    Command,
    Desired,
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
from kiloclaw_core.instance import Absent, Failing, FailureNote, Instance, Record
from kiloclaw_core.ledger import Asked, Due, Role, VolumeHolding
from kiloclaw_core.names import VolumeId
from kiloclaw_core.outcomes import Why
from kiloclaw_core.phases import Gone, Running, Stopped
from kiloclaw_core.stories import Idle
from kiloclaw_core.views import stuck_resources, view

KEEPING_DOWN = (Failing.START, Failing.RESTART, Failing.RECOVERY, Failing.UNEXPECTED_STOP, Failing.PROVISION)
"""What may keep an instance down that is wanted up, the likeliest first."""


def is_served(record: Record) -> bool:
    """Whether nothing is under way that was asked for: at rest, or gone, or stuck on the way to it."""
    match record:
        case Absent():
            return True
        case Instance(asked=None, desired=Desired.GONE):
            return isinstance(record.phase, Gone) or bool(stuck_resources(record))
        case Instance(asked=None):
            return isinstance(record.phase, Running | Stopped) and isinstance(record.story, Idle)
        case Instance():
            return False


def is_answerable(record: Record, command: Command) -> bool:
    """Whether whoever asked this command, which was granted, can be told what came of it."""
    match record:
        case Absent():
            return True
        case Instance():
            return _is_answerable(record, command)


def _is_answerable(instance: Instance, command: Command) -> bool:
    match command:
        case Resize() | OverrideSize():
            return instance.asked is None
        case CleanUp(volume=volume):
            return instance.asked is None and not _is_looked_for(instance, volume)
        case (
            Provision()
            | Start()
            | Stop()
            | Restart()
            | Restore()
            | Reassociate()
            | Recover()
            | Destroy()
            | Close()
            | Disown()
        ):
            return is_served(instance)


def _is_looked_for(instance: Instance, volume: VolumeId) -> bool:
    """Whether somebody is about to look if a kept volume may go: at rest alone, and at one list after the other."""
    held = _retained(instance, volume)
    if held is None:
        return False
    looking = any(isinstance(one.errand, Asked) for one in instance.ledger.volumes if one.role is Role.RETAINED)
    return isinstance(held.errand, Asked) or (isinstance(held.errand, Due) and (looking or not is_served(instance)))


def complaint(record: Record, command: Command) -> KiloclawError | None:
    """Why this command, which was granted, is not served by a record that rests; None if it is, or was overtaken."""
    match record:
        case Absent():
            return None
        case Instance(desired=Desired.GONE):
            return StuckError(view(record)) if stuck_resources(record) else None
        case Instance():
            return _kept(record, command) or _failed(record, command)


def _kept(instance: Instance, command: Command) -> KiloclawError | None:
    """A kept volume that is to go before its time stays where its successor was not shown to be whole."""
    if not isinstance(command, CleanUp) or _retained(instance, command.volume) is None:
        return None
    return KeptError(view(instance), command.volume)


def _retained(instance: Instance, volume: VolumeId) -> VolumeHolding | None:
    held = instance.ledger.holding(volume)
    return held if isinstance(held, VolumeHolding) and held.role is Role.RETAINED else None


def _failed(instance: Instance, command: Command) -> KiloclawError | None:
    note = _failure(instance, command)
    return None if note is None else _as_error(instance, note)


def _failure(instance: Instance, command: Command) -> FailureNote | None:
    """The note that says why; none where something else is wanted by now."""
    match command:
        case Provision() if instance.desired is Desired.STOPPED:
            return _noted(instance, Failing.PROVISION)
        case Stop() if instance.desired is Desired.STOPPED:
            return _noted(instance, Failing.STOP)
        case Provision(desired=Desired.RUNNING) | Start():
            return _down(instance)
        case Restart() if instance.desired is Desired.RUNNING:
            return _noted(instance, Failing.RESTART) or _down(instance)
        case Restore() | Reassociate():
            return _noted(instance, Failing.RESTORE) or _down(instance)
        case Recover():
            return _noted(instance, Failing.RECOVERY) or _down(instance)
        case Provision() | Stop() | Restart() | Resize() | OverrideSize() | CleanUp() | Destroy() | Close() | Disown():
            return None


def _down(instance: Instance) -> FailureNote | None:
    """Why the instance is down, if it is wanted up."""
    wanted = instance.desired is Desired.RUNNING and not isinstance(instance.phase, Running)
    return _noted(instance, *KEEPING_DOWN) if wanted else None


def _noted(instance: Instance, *failing: Failing) -> FailureNote | None:
    notes = {note.failing: note for note in instance.notes}
    return next((notes[one] for one in failing if one in notes), None)


def _as_error(instance: Instance, note: FailureNote) -> NotServedError:
    shown = view(instance)
    if note.why is Why.UNAUTHORIZED:
        return BadTokenError(shown, note)
    if note.why is Why.NO_ANSWER:
        return FlyUnreachableError(shown, note)
    if note.why is Why.LOOPING:
        return LoopingError(shown, note)
    if regions.is_of_host(note.why):
        return NoRoomError(shown, note)
    return NotServedError(shown, note)
