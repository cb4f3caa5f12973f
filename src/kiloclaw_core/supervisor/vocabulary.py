"""What is asked of a supervisor, what it wants done, and what it is told: each value names the child it is about."""

from __future__ import annotations

from enum import Enum

from attrs import field, frozen

from kiloclaw_core.facts import Woken
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing.names import AskId


class Signal(Enum):
    """What a process can be sent."""

    TERM = "SIGTERM"
    KILL = "SIGKILL"
    INT = "SIGINT"
    USR1 = "SIGUSR1"


# -- commands ----------------------------------------------------------------------------------------------------


@frozen
class StartChild:
    """Have a child; after a crash at once, without waiting for the pause."""


@frozen
class StopChild:
    """Have none, until somebody starts one; the asker is answered when it is gone."""

    ask: AskId


@frozen
class RestartChild:
    """Have another one; the asker is answered when the old one is gone."""

    ask: AskId


@frozen
class ShutDown:
    """Have none, and never again; the asker is answered when it is gone. It waits behind nothing."""

    ask: AskId


@frozen
class PassOn:
    """Send the child a signal, and see no more of it."""

    signal: Signal


SupervisorCommand = StartChild | StopChild | RestartChild | ShutDown | PassOn


class SupervisorRefusal(Enum):
    """Why a command was not granted; nothing was done."""

    ALREADY_RUNNING = "the gateway is already running or starting"
    STILL_STOPPING = "the gateway is still stopping"
    SHUTTING_DOWN = "the gateway is shutting down"
    NO_CHILD = "there is no gateway"


# -- effects -----------------------------------------------------------------------------------------------------


@frozen
class Spawn:
    """Start a child, which is called `child` from now on: `Spawned`, or else `NotSpawned`, and in the end `Exited`."""

    child: OpId


@frozen
class SendSignal:
    """Send a child a signal; SIGKILL to it and all its children. One that is being spawned gets it once it is there.

    Nothing if it is gone. A signal that could not be sent is no exit: it is not answered.
    """

    child: OpId
    signal: Signal


@frozen
class Arrived:
    """Tell the asker that the child he wanted gone is gone, or that there was none."""

    ask: AskId


SupervisorEffect = Spawn | SendSignal | Arrived


# -- facts -------------------------------------------------------------------------------------------------------


@frozen
class Exit:
    """How a process ended: a code, or the number of the signal that ended it."""

    code: int | None = None
    signal: int | None = None

    @property
    def is_clean(self) -> bool:
        """Whether it ended by itself and was content."""
        return self.code == 0 and self.signal is None


@frozen
class Spawned:
    """The child is there."""

    child: OpId
    at: int = field(default=0, eq=False)


@frozen
class NotSpawned:
    """The child could not be started; there is no process, and it counts as a crash."""

    child: OpId
    at: int = field(default=0, eq=False)


@frozen
class Exited:
    """The child is gone."""

    child: OpId
    exit: Exit
    at: int = field(default=0, eq=False)


class SupervisorAlarmName(Enum):
    """What an alarm of a supervisor is for."""

    INTENT = "intent"
    BACK_OFF = "back_off"
    SPAWN = "spawn"
    CLEAN = "clean"
    STEADY = "steady"
    ESCALATE = "escalate"
    KILL_AGAIN = "kill_again"


@frozen
class SupervisorAlarm:
    """A wish to be woken, due `patience_s` after it first appears among the record's alarms."""

    name: SupervisorAlarmName
    of: OpId
    patience_s: float


@frozen
class SupervisorRang:
    """An alarm fell due; a ring that the record does not want is dropped."""

    name: SupervisorAlarmName
    of: OpId
    at: int = field(default=0, eq=False)


SupervisorFact = Spawned | NotSpawned | Exited | SupervisorRang | Woken
