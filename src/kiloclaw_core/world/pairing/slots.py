"""What is on its way between the cache and the outside: steps, processes, answers and lines."""

from __future__ import annotations

from attrs import frozen

from kiloclaw_core.names import OpId
from kiloclaw_core.pairing.effects import (
    KillCommand,
    ListChannel,
    ListDevices,
    PairingEffect,
    ReadConfig,
    Reply,
    RunApprove,
)
from kiloclaw_core.pairing.facts import CommandEnd, PairingOutcome
from kiloclaw_core.pairing.listings import Source
from kiloclaw_core.pairing.record import Pairing
from kiloclaw_core.world.pairing.scene import Slip


@frozen
class Step:
    """A step of a reading is under way; a stuck one is never answered."""

    effect: ReadConfig | ListChannel | ListDevices
    stuck: bool = False


@frozen
class Process:
    """A command is alive: `done` is what it did, or None while it has not acted. A stuck one does not exit."""

    effect: ListChannel | ListDevices | RunApprove
    done: CommandEnd | None = None
    stuck: bool = False


@frozen
class Answer:
    """An answer on its way."""

    op: OpId
    outcome: PairingOutcome


@frozen
class Line:
    """The gateway has written a line about this."""

    about: str


@frozen
class Kill:
    """The command of this op was told to end."""

    of: OpId


@frozen
class Told:
    """Somebody was answered; this is never forgotten."""

    reply: Reply


@frozen
class Slipped:
    """A move did what none may do; this is never forgotten."""

    slip: Slip


Slot = Step | Process | Answer | Line | Kill | Told | Slipped


def key_of(slot: Slot) -> tuple[int, str, str]:
    """Where a slot stands: by op, by sort, and by what else tells it from its like."""
    sort = type(slot).__name__
    match slot:
        case Step(effect=effect) | Process(effect=effect):
            return effect.op, sort, ""
        case Answer(op=op) | Kill(of=op):
            return op, sort, ""
        case Line(about=about):
            return 0, sort, about
        case Told(reply=reply):
            return 0, sort, f"{reply.ask} {reply.answer}"
        case Slipped(slip=slip):
            return 0, sort, slip.name


def as_slot(effect: PairingEffect) -> Slot:
    """What an effect puts on its way: a process where it runs a command."""
    match effect:
        case ReadConfig():
            return Step(effect)
        case ListChannel(source=Source.FILES) | ListDevices(source=Source.FILES):
            return Step(effect)
        case ListChannel() | ListDevices() | RunApprove():
            return Process(effect)
        case KillCommand(of=of):
            return Kill(of)
        case Reply():
            return Told(effect)


def is_killed_by(slot: Slot, other: Slot) -> bool:
    """Whether the slot is a command, and the other tells it to end."""
    return isinstance(slot, Process) and other == Kill(slot.effect.op)


def is_kept(slot: Slot, record: Pairing) -> bool:
    """Whether the slot can still have an effect: a command that has ended cannot be killed."""
    return not isinstance(slot, Kill) or (record.command is not None and record.command.op == slot.of)


def is_under_way(slot: Slot) -> bool:
    """Whether something may yet come of the slot by itself."""
    match slot:
        case Step(stuck=stuck) | Process(stuck=stuck):
            return not stuck
        case Answer() | Line():
            return True
        case Kill() | Told() | Slipped():
            return False
