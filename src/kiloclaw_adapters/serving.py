"""When a command counts as served, and what its caller is told when it could not be.

A caller waits until the instance rests, not until it rests as wanted: a story that gave up has an answer too. Another
command may have overtaken this one meanwhile; then there is nothing to complain of.
"""

from __future__ import annotations

from kiloclaw_adapters.errors import BadTokenError, FlyUnreachableError, KiloclawError, NotServedError, StuckError
from kiloclaw_core.commands import Command, Desired, Destroy, Disown, Provision, Start, Stop
from kiloclaw_core.instance import Absent, Failing, FailureNote, Instance, Record
from kiloclaw_core.outcomes import Why
from kiloclaw_core.phases import Gone, Idle, Running, Stopped
from kiloclaw_core.views import stuck_resources, view


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


def complaint(record: Record, command: Command) -> KiloclawError | None:
    """Why this command, which was granted, is not served by a record that rests; None if it is, or was overtaken."""
    match record:
        case Absent():
            return None
        case Instance():
            if stuck_resources(record):
                return StuckError(view(record))
            note = _failure(record, command)
            return None if note is None else _as_error(record, note)


def _failure(instance: Instance, command: Command) -> FailureNote | None:
    """The note that says why; none where something else is wanted by now."""
    match command:
        case Provision(desired=Desired.RUNNING) | Start() if instance.desired is Desired.RUNNING:
            return _noted(instance, Failing.START, Failing.PROVISION)
        case Provision() if instance.desired is Desired.STOPPED:
            return _noted(instance, Failing.PROVISION)
        case Stop() if instance.desired is Desired.STOPPED:
            return _noted(instance, Failing.STOP)
        case Provision() | Start() | Stop() | Destroy() | Disown():
            return None


def _noted(instance: Instance, *failing: Failing) -> FailureNote | None:
    return next((note for note in instance.notes if note.failing in failing), None)


def _as_error(instance: Instance, note: FailureNote) -> NotServedError:
    shown = view(instance)
    if note.why is Why.UNAUTHORIZED:
        return BadTokenError(shown, note)
    if note.why is Why.NO_ANSWER:
        return FlyUnreachableError(shown, note)
    return NotServedError(shown, note)
