"""What is told of a command that was granted, once its intent is durable: the events of that very moment.

Names and labels are upstream's (reconcile 6.3). A command that was granted before, or that changes nothing, is told
nothing of; what operators took upon themselves is told for as long as logs are kept, whatever the record forgets.
"""

from __future__ import annotations

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
from kiloclaw_core.instance import Absent, Instance, Note, Record
from kiloclaw_core.phases import Running
from kiloclaw_core.stories import Relocating


def announced(before: Record, command: Command, granted: Record) -> tuple[Note, ...]:
    """The events of a command that turned this record into that one."""
    match before, granted:
        case Instance(), Instance() if before != granted:
            return (*_audit(before, granted), *_events(before, command, granted))
        case ((Instance() | Absent()), (Instance() | Absent())):
            return ()  # granted before; or new, and told of once it has a volume


def _events(before: Instance, command: Command, granted: Instance) -> tuple[Note, ...]:
    match command:
        case Provision():
            return (Note("instance.provisioned", (("label", "configured"),)),)
        case Restart(reason=reason):
            return (Note("instance.restarting", (("label", reason),)),)
        case Restore():
            return (Note("instance.restore_enqueued", (("label", "admin_snapshot_restore"),)),)
        case Reassociate():
            return (Note("instance.restore_enqueued", (("label", "admin_reassociation"),)),)
        case Recover():
            return _recovery(before, granted)
        case Destroy() | Close() if granted.desired is before.desired:
            return ()  # asked before, or not this one's to close
        case Destroy() | Close():
            return (_destroy(before, command),)
        case Start() | Stop() | Resize() | OverrideSize() | CleanUp() | Disown():
            return ()


def _recovery(before: Instance, granted: Instance) -> tuple[Note, ...]:
    """An operator's wish begins a recovery at once where the host of the machine does not answer."""
    if granted.story == before.story or not isinstance(granted.story, Relocating):
        return ()
    fields = (("label", "admin_request"), ("value", str(len(granted.recoveries) + 1)))
    return (Note("instance.unexpected_stop_recovery_started", fields),)


def _destroy(before: Instance, command: Destroy | Close) -> Note:
    """That an instance is to be gone, and how long it was up, in milliseconds, where it is."""
    label, since = ("label", command.reason), before.last_started_at
    if since is None or not isinstance(before.phase, Running):
        return Note("instance.destroy_started", (label,))
    return Note("instance.destroy_started", (label, ("value", str(command.at - since))))


def _audit(before: Instance, granted: Instance) -> tuple[Note, ...]:
    """What an operator took upon themselves just now."""
    if granted.audit == before.audit:
        return ()
    last = granted.audit[-1]
    return (Note("audit", (("operator", last.operator), ("did", last.did), ("because", last.because))),)
