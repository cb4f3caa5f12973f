"""What the world tells the cache: answers to its ops, alarms that rang, and that the gateway spoke of pairing."""

from __future__ import annotations

from enum import Enum

from attrs import field, frozen

from kiloclaw_core.facts import Woken
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing.listings import Listing
from kiloclaw_core.pairing.names import ChannelName


class PairingAlarmName(Enum):
    """What an alarm of the cache is for; with its `of` it identifies the alarm."""

    INTENT = "intent"
    PERIODIC = "periodic"
    DEBOUNCE = "debounce"
    BACK_OFF = "back_off"
    READ_PATIENCE = "read_patience"
    COMMAND_PATIENCE = "command_patience"
    KILL_PATIENCE = "kill_patience"
    KILL_AGAIN = "kill_again"
    QUEUE_PATIENCE = "queue_patience"
    LOOK_PATIENCE = "look_patience"
    AUTO_PAUSE = "auto_pause"


@frozen
class PairingAlarm:
    """A wish to be woken, due `patience_s` after it first appears among the record's alarms."""

    name: PairingAlarmName
    of: OpId
    patience_s: float


@frozen
class ConfigRead:
    """These channels are set up, in the order in which they are listed."""

    channels: tuple[ChannelName, ...] = ()


class CommandEnd(Enum):
    """How a command that approves ended; its process is gone."""

    SUCCEEDED = "it exited with 0, whatever was done to it before"
    FAILED = "it exited by itself with another code"
    NOT_STARTED = "there was never a process"
    KILLED = "it was ended, or nobody saw how it ended"


PairingOutcome = ConfigRead | Listing | CommandEnd


@frozen
class PairingReplied:
    """What the op asked for is answered."""

    op: OpId
    outcome: PairingOutcome
    at: int = field(default=0, eq=False)


@frozen
class PairingRang:
    """An alarm fell due; a ring that the record does not want is dropped."""

    name: PairingAlarmName
    of: OpId
    at: int = field(default=0, eq=False)


@frozen
class LineSeen:
    """The gateway wrote a line that tells of pairing, to either of its outputs; what it says is not passed on."""

    at: int = field(default=0, eq=False)


PairingFact = PairingReplied | PairingRang | LineSeen | Woken
