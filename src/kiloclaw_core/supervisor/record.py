"""The supervisor of one child as one frozen record: what is wanted, and what the child is known to do.

A child is named by the op that spawned it, and everything that is told of a child names it: what comes late from one
that is gone is told apart by that (pairing PW14). Outward there are upstream's six states (pairing 4.1).
"""

from __future__ import annotations

from enum import Enum

from attrs import evolve, field, frozen

from kiloclaw_core.instance import Note
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing.names import AskId
from kiloclaw_core.supervisor.policy import SupervisorPolicy
from kiloclaw_core.supervisor.vocabulary import Exit, Signal, SupervisorEffect


class Wish(Enum):
    """What is wanted of the child."""

    DOWN = "down"
    UP = "up"
    ENDED = "ended"
    """Down, for ever: the controller is shutting down."""


# -- what the child does -----------------------------------------------------------------------------------------


@frozen
class Down:
    """There is no child."""


@frozen
class Starting:
    """The child is being spawned."""

    child: OpId


class Age(Enum):
    """How long the child has lived: it decides what its exit means."""

    NEW = "new"
    CLEAN = "clean"
    """Long enough for an exit with 0 to be no crash."""
    STEADY = "steady"
    """Long enough for crashes before it to be forgiven."""


@frozen
class Up:
    """The child is there; nothing is known of what it serves."""

    child: OpId
    age: Age = Age.NEW


class Force(Enum):
    """How the child was asked to end."""

    ASKED = "asked"
    KILLED = "killed"


@frozen
class Stopping:
    """The child was asked to end, or killed, as of `since`."""

    child: OpId
    force: Force
    since: OpId


@frozen
class Crashed:
    """There is no child, and a pause before the next one, which began as of `since`."""

    since: OpId


SupervisorPhase = Down | Starting | Up | Stopping | Crashed


@frozen
class Waiter:
    """Somebody who waits until this child is gone."""

    ask: AskId
    child: OpId


@frozen
class Seen:
    """What people are shown: moments in milliseconds and counts, which decide nothing."""

    running_since: int | None = None
    restarts: int = 0
    last_exit: Exit | None = None
    last_exit_at: int | None = None


@frozen
class Supervisor:
    """What is wanted of one child and what it does.

    `unwanted` is a child that has to go though one is wanted: a restart. `signals` are to be passed on, `arrived`
    are those who wait for nothing that is still there.
    """

    wish: Wish = Wish.DOWN
    phase: SupervisorPhase = Down()
    unwanted: OpId | None = None
    crashes: int = 0
    waiters: tuple[Waiter, ...] = ()
    arrived: tuple[AskId, ...] = ()
    signals: tuple[Signal, ...] = ()
    ops: OpId = OpId(1)
    policy: SupervisorPolicy = SupervisorPolicy()
    seen: Seen = field(default=Seen(), eq=False)

    @property
    def child(self) -> OpId | None:
        """The child that is there, or is being spawned."""
        match self.phase:
            case Starting(child=child) | Up(child=child) | Stopping(child=child):
                return child
            case Down() | Crashed():
                return None


@frozen
class SupervisorTransition:
    """The next record, the effects to perform, and lines for the log."""

    record: Supervisor
    effects: tuple[SupervisorEffect, ...] = ()
    notes: tuple[Note, ...] = ()

    def then(self, other: SupervisorTransition) -> SupervisorTransition:
        """This transition and the one that follows it as one."""
        return SupervisorTransition(other.record, (*self.effects, *other.effects), (*self.notes, *other.notes))


def numbered(record: Supervisor) -> tuple[OpId, Supervisor]:
    """The next op, and the record that has given it out."""
    return record.ops, evolve(record, ops=OpId(record.ops + 1))
