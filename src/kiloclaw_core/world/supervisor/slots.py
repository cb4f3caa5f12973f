"""What is on its way between the supervisor and its child: the child itself, signals, and what is told of it."""

from __future__ import annotations

from attrs import frozen

from kiloclaw_core.names import OpId
from kiloclaw_core.pairing.names import AskId
from kiloclaw_core.supervisor.record import Supervisor
from kiloclaw_core.supervisor.vocabulary import (
    Arrived,
    Exited,
    NotSpawned,
    SendSignal,
    Signal,
    Spawn,
    Spawned,
    SupervisorEffect,
)


@frozen
class Coming:
    """A child is being spawned."""

    child: OpId


@frozen
class Alive:
    """A child is there; a stubborn one does not end when it is asked, one that is stuck not even when it is killed."""

    child: OpId
    stubborn: bool = False
    stuck: bool = False


@frozen
class Sent:
    """A signal on its way to a child."""

    child: OpId
    signal: Signal


@frozen
class Fact:
    """Something that is to be told of a child."""

    fact: Spawned | NotSpawned | Exited


@frozen
class Told:
    """Somebody was told that a child is gone; this is never forgotten."""

    ask: AskId


Slot = Coming | Alive | Sent | Fact | Told


def key_of(slot: Slot) -> tuple[int, str, str]:
    """Where a slot stands: by child, by sort, and by what else tells it from its like."""
    sort = type(slot).__name__
    match slot:
        case Coming(child=child) | Alive(child=child):
            return child, sort, ""
        case Sent(child=child, signal=signal):
            return child, sort, signal.value
        case Fact(fact=fact):
            return fact.child, sort, type(fact).__name__
        case Told(ask=ask):
            return 0, sort, ask


def as_slot(effect: SupervisorEffect) -> Slot:
    """What an effect puts on its way."""
    match effect:
        case Spawn(child=child):
            return Coming(child)
        case SendSignal(child=child, signal=signal):
            return Sent(child, signal)
        case Arrived(ask=ask):
            return Told(ask)


def is_fatal(slot: Slot, other: Slot) -> bool:
    """Whether the other is a signal of which this child dies."""
    if not isinstance(slot, Alive) or not isinstance(other, Sent) or slot.child != other.child:
        return False
    return other.signal is Signal.KILL or not slot.stubborn


def is_told_before(slot: Slot, other: Slot) -> bool:
    """Whether the other is that the child came, and the slot something else of the same child."""
    if not isinstance(slot, Fact) or not isinstance(other, Fact) or isinstance(slot.fact, Spawned):
        return False
    return isinstance(other.fact, Spawned) and other.fact.child == slot.fact.child


def is_kept(slot: Slot, record: Supervisor) -> bool:
    """Whether the slot can still have an effect: a signal to a child that is gone has none."""
    return not isinstance(slot, Sent) or record.child == slot.child
