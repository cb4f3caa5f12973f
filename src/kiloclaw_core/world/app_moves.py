"""What happens by itself to an app's record and its world: requests land, answers are heard, alarms ring.

A request is asked, lands and is answered; any of the three may fail to come.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from attrs import evolve, frozen

from kiloclaw_core.app.alarms import app_alarms_of
from kiloclaw_core.app.effects import AppChanging, AppEffect
from kiloclaw_core.app.facts import AppFact, AppReplied
from kiloclaw_core.app.lifecycle import app_absorb
from kiloclaw_core.app.outcomes import AppOutcome
from kiloclaw_core.app.record import App, AppRecord
from kiloclaw_core.effects import Settle
from kiloclaw_core.explore import Action, Move, When
from kiloclaw_core.facts import AlarmRang, Recovered, Woken
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Rejected
from kiloclaw_core.phases import Alarm, AlarmName
from kiloclaw_core.world.apps import Apps, land


@frozen
class Asked:
    """A request on its way: it lands and is answered, unless something befalls it."""

    effect: AppEffect


@frozen
class Orphan:
    """A change whose asker is gone: it may land yet, or never, and nobody will hear."""

    effect: AppChanging


@frozen
class Answer:
    """An answer on its way."""

    op: OpId
    outcome: AppOutcome


Slot = Asked | Orphan | Answer


@frozen
class AppBudget:
    """How often each thing may still happen.

    `doubts` are answers that get lost, `lags` stale views, `refusals` requests refused out of the blue, `fates` what
    others do, `early` alarms that ring before their time.
    """

    ensures: int = 1
    doubts: int = 1
    lags: int = 1
    refusals: int = 0
    fates: int = 1
    crashes: int = 0
    early: int = 0


def op_of(slot: Slot) -> OpId:
    """The op that a slot is about."""
    match slot:
        case Asked(effect=effect):
            return effect.op
        case Orphan(effect=change):
            return change.op
        case Answer(op=op):
            return op


def move_of(record: AppRecord, fact: AppFact, action: Action, when: When, *, budget: AppBudget | None = None) -> Move:
    """The move of a record that absorbs this fact: what it sends is on its way once the record is durable."""
    transition = app_absorb(record, fact)
    writes: tuple[tuple[str, Hashable], ...] = (("record", transition.record),)
    if budget is not None:
        writes = (*writes, ("budget", budget))
    spawned = tuple(Asked(effect) for effect in transition.effects)
    return Move(action, when, writes, (), spawned, (phase_name(record), fact_name(fact), phase_name(transition.record)))


def phase_name(record: AppRecord) -> str:
    """The phase as a row of the transition table."""
    return type(record.phase).__name__ if isinstance(record, App) else "Absent"


def fact_name(fact: AppFact) -> str:
    """The fact as a column of the transition table."""
    match fact:
        case AppReplied(outcome=Rejected(why=why)):
            return f"Rejected {why.value}"
        case AppReplied(outcome=outcome):
            return type(outcome).__name__
        case AlarmRang(name=name):
            return f"{name.value} rang"
        case Woken() | Recovered():
            return type(fact).__name__


def landing(slot: Slot, blocked: bool, apps: Apps) -> Iterator[Move]:  # noqa: FBT001 - the explorer's signature
    """A request lands and is answered; an orphan lands unheard, or never."""
    match slot:
        case Asked(effect=effect) if not blocked:
            after, outcome = land(apps, effect)
            answer = Answer(effect.op, outcome)
            yield Move(at("fly", effect, "lands"), When.CALM, (("apps", after),), kept=(answer,))
        case Orphan(effect=change):
            after, _ = land(apps, change)
            yield Move(at("fly", change, "lands unheard"), When.CALM, (("apps", after),))
            yield Move(at("fly", change, "never lands"), When.CALM)
        case Asked() | Answer():
            return


def is_settled_by(slot: Slot, other: Slot) -> bool:
    """Whether the slot is a settle, and the other may still land the request that it waits out."""
    match slot:
        case Asked(effect=Settle(of=of)):
            return not isinstance(other, Answer) and op_of(other) == of
        case Asked() | Orphan() | Answer():
            return False


def hearing(slot: Slot, _blocked: bool, record: AppRecord) -> Iterator[Move]:  # noqa: FBT001 - the explorer's signature
    """An answer arrives."""
    match slot:
        case Answer(op=op, outcome=outcome):
            fact = AppReplied(op, outcome)
            yield move_of(record, fact, Action(f"us: hear {op} {fact_name(fact)}", "us"), When.CALM)
        case Asked() | Orphan():
            return


def ringing(record: AppRecord, budget: AppBudget) -> Iterator[Move]:
    """An alarm rings: a new intent at once, any other when nothing else can happen, or early."""
    for alarm in app_alarms_of(record):
        fact = AlarmRang(alarm.name, alarm.of)
        if alarm.name is AlarmName.INTENT:
            yield move_of(record, fact, _ring(alarm, "rings"), When.CALM)
            continue
        yield move_of(record, fact, _ring(alarm, "rings"), When.QUIET)
        if budget.early:
            paid = evolve(budget, early=budget.early - 1)
            yield move_of(record, fact, _ring(alarm, "rings early"), When.FREE, budget=paid)


def at(lane: str, effect: AppEffect, what: str) -> Action:
    """What somebody does about the request of this effect."""
    return Action(f"{lane}: {type(effect).__name__} {effect.op} {what}", lane)


def _ring(alarm: Alarm, how: str) -> Action:
    return Action(f"alarm: {alarm.name.value} {alarm.of} {how}", "alarm")
