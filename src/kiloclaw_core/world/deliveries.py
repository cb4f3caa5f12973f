"""What happens by itself: requests land, answers are heard, machines arrive, wakes and alarms ring.

Each rule describes moves and makes none; the explorer decides which is followed.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kiloclaw_core import lifecycle, turn
from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.effects import (
    AwaitState,
    Effect,
    Settle,
)
from kiloclaw_core.explore.model import Action, Move, When
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Instance, Record
from kiloclaw_core.machine import VolumeState
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import (
    Rejected,
    Why,
)
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.status import phase_name
from kiloclaw_core.world import fate
from kiloclaw_core.world.landing import Outside, land, must_wait
from kiloclaw_core.world.setting import SMALL, Ghost
from kiloclaw_core.world.slots import Answered, Orphan, Sent, Slot, Stalled
from kiloclaw_core.world.witnesses import sent_of, told_of


def op_of(slot: Slot) -> OpId:
    """The op that a slot is about."""
    match slot:
        case Answered(op=op):
            return op
        case Sent(effect=effect) | Orphan(effect=effect) | Stalled(effect=effect):
            return effect.op


def told(action: Action, when: When, record: Record, ghost: Ghost, fact: Fact) -> Move:
    """The record absorbs a fact and commits; its effects leave."""
    transition = lifecycle.absorb(record, fact)
    after = transition.record
    ghost = told_of(sent_of(ghost, after, transition.effects), record, after, fact)
    return Move(
        action,
        when,
        writes=(("record", after), ("ghost", ghost)),
        spawned=tuple(Sent(effect) for effect in transition.effects),
        cell=(phase_of(record), fact_name(fact), " + ".join((phase_of(after), *_names(transition.effects)))),
    )


def _names(effects: tuple[Effect, ...]) -> tuple[str, ...]:
    return tuple(type(effect).__name__ for effect in effects)


def phase_of(record: Record) -> str:
    """The phase of a record by name."""
    return phase_name(record.phase) if isinstance(record, Instance) else "Absent"


def fact_name(fact: Fact) -> str:
    """A fact as a column of the transition table."""
    match fact:
        case Replied(outcome=Rejected(why=why)):
            return f"Replied(Rejected({why.value}))"
        case Replied(outcome=outcome):
            return f"Replied({type(outcome).__name__})"
        case AlarmRang(name=name):
            return f"AlarmRang({name.value})"
        case Woken() | Recovered():
            return type(fact).__name__


def hear(slot: Slot, _blocked: bool, record: Record, ghost: Ghost) -> Iterator[Move]:  # noqa: FBT001
    """An answer reaches the record."""
    if isinstance(slot, Answered):
        action = Action(f"hear {slot.op}: {short(slot)}", "in flight")
        yield told(action, When.CALM, record, ghost, Replied(slot.op, slot.outcome))


def land_request(slot: Slot, blocked: bool, outside: Outside) -> Iterator[Move]:  # noqa: FBT001
    """A request lands, heard or not; one that nobody hears may also be lost for good."""
    match slot:
        case Sent(effect=effect):
            if blocked or (isinstance(effect, AwaitState) and must_wait(outside.fly, effect)):
                return
            after, outcome = land(outside, effect)
            answer = Answered(effect.op, outcome)
            yield Move(
                Action(f"land {spell(effect)}: {short(answer)}", "fly"), When.CALM, (("outside", after),), (answer,)
            )
        case Orphan(effect=effect):
            after, outcome = land(outside, effect)
            yield Move(
                Action(f"land late {spell(effect)}: {type(outcome).__name__}", "fly"),
                When.CALM,
                (("outside", after),),
            )
            yield Move(Action(f"lost for good {spell(effect)}", "in flight"), When.CALM)
        case Stalled(effect=effect):
            yield _send_late(effect, outside)
        case Answered():
            return


def _send_late(effect: Effect, outside: Outside) -> Move:
    if turn.may_send(float("inf"), SMALL):
        after, outcome = land(outside, effect)
        answer = Answered(effect.op, outcome)
        return Move(Action(f"send too late {spell(effect)}", "in flight"), When.CALM, (("outside", after),), (answer,))
    answer = Answered(effect.op, Rejected(Why.NOT_SENT))
    return Move(Action(f"do not send {spell(effect)}", "in flight"), When.CALM, (), (answer,))


def must_settle(slot: Slot, other: Slot) -> bool:
    """Whether `slot` is a settle that must wait for `other`."""
    if not isinstance(slot, Sent) or not isinstance(slot.effect, Settle):
        return False
    return isinstance(other, Sent | Orphan) and other.effect.op == slot.effect.of


def go_on(outside: Outside) -> Iterator[Move]:
    """Machines that are on their way arrive, and volumes that are being filled become whole."""
    for volume in outside.fly.volumes:
        if volume.state is VolumeState.UNREADY:
            whole = fate.becomes_whole(outside.fly, volume)
            yield Move(
                Action(f"volume {volume.volume} is whole", "fly"), When.CALM, (("outside", evolve(outside, fly=whole)),)
            )
    for machine in outside.fly.machines:
        if machine.reachable and fate.is_moving(machine.state):
            fly = fate.advance(outside.fly, machine)
            arrived = fly.machine(machine.machine)
            state = "gone" if arrived is None else arrived.state.value
            action = Action(f"machine {machine.machine} is {state}", "fly")
            yield Move(action, When.CALM, (("outside", evolve(outside, fly=fly)),))


def wake(record: Record, ghost: Ghost) -> Iterator[Move]:
    """A worker looks at a new intent."""
    if isinstance(record, Instance) and record.asked is not None:
        fact = AlarmRang(AlarmName.INTENT, record.asked)
        yield told(Action("wake", "instance"), When.CALM, record, ghost, fact)


def ring(record: Record, ghost: Ghost) -> Iterator[Move]:
    """An alarm rings because nothing else can; while a new intent waits to be looked at, a worker can do that."""
    if isinstance(record, Instance) and record.asked is None:
        for alarm in alarms_of(record):
            action = Action(f"alarm {alarm.name.value}", "instance")
            yield told(action, When.QUIET, record, ghost, AlarmRang(alarm.name, alarm.of))


def spell(effect: Effect) -> str:
    """A request in one word and its number."""
    return f"{type(effect).__name__} {effect.op}"


def short(answer: Answered) -> str:
    """An answer in a word."""
    outcome = answer.outcome
    return outcome.why.value if isinstance(outcome, Rejected) else type(outcome).__name__
