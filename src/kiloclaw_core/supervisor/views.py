"""What outsiders are shown of a supervisor, in upstream's words (pairing 2.4, 4.1); taking a view changes nothing."""

from __future__ import annotations

from attrs import frozen

from kiloclaw_core.supervisor.record import Crashed, Down, Starting, Stopping, Supervisor, Up, Wish
from kiloclaw_core.supervisor.vocabulary import Exit, SupervisorRefusal


@frozen
class SupervisorView:
    """The state in one word, how long the child has been up in whole seconds, and how it went before."""

    state: str
    uptime: int
    restarts: int
    last_exit: Exit | None
    last_exit_at: int | None


def supervisor_view(record: Supervisor, now_ms: int) -> SupervisorView:
    """What is shown of the record at this moment."""
    seen = record.seen
    uptime = 0 if seen.running_since is None else max(0, now_ms - seen.running_since) // 1000
    return SupervisorView(state_of(record), uptime, seen.restarts, seen.last_exit, seen.last_exit_at)


def state_of(record: Supervisor) -> str:
    """One of stopped, starting, running, stopping, crashed and shutting_down."""
    if record.wish is Wish.ENDED:
        return "shutting_down"
    match record.phase:
        case Down():
            return "stopped"
        case Starting():
            return "starting"
        case Up():
            return "running"
        case Stopping():
            return "stopping"
        case Crashed():
            return "crashed"


def refusal_words(refusal: SupervisorRefusal) -> str:
    """A refusal in upstream's words (pairing 2.4)."""
    match refusal:
        case SupervisorRefusal.ALREADY_RUNNING:
            return "Gateway already running or starting"
        case SupervisorRefusal.STILL_STOPPING:
            return "Gateway is still stopping"
        case SupervisorRefusal.SHUTTING_DOWN:
            return "Gateway is shutting down"
        case SupervisorRefusal.NO_CHILD:
            return "Gateway is not running"
