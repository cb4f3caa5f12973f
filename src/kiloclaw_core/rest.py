"""At rest: stock is taken, what gave up is tried again, and drift is put right.

Running and stopped instances wait for an alarm or a command; pausing and clearing ones for an alarm or for their
errands. Alarms wake; they never prove anything.
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core import echo, launch, stop, story
from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import ListMachines
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Instance, Transition, go, stay
from kiloclaw_core.ledger import Role
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import MachinesListed
from kiloclaw_core.phases import (
    AlarmName,
    Clearing,
    Idle,
    Look,
    Pausing,
    Provisioning,
    Running,
    StockTaking,
    Stopped,
)


def resting(instance: Instance, fact: Fact) -> Transition:
    """Stopped or running: woken by a new intent, or by an alarm to look or to try again."""
    match fact:
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)
        case AlarmRang() | Woken() if not is_idle(instance):
            return story.onward(instance)
        case AlarmRang(name=AlarmName.RETRY):
            return retry(instance)
        case AlarmRang():
            return take_stock(instance)
        case Woken() | Recovered():
            return stay(instance)


def is_idle(instance: Instance) -> bool:
    """Whether nothing new is wanted: what rests unfulfilled waits for its alarm, not for any waking."""
    return isinstance(instance.story, Idle) and instance.desired is not Desired.GONE


def unfulfilled(instance: Instance) -> bool:
    """Whether the instance rests in something else than what is wanted: a story gave up."""
    match instance.desired:
        case Desired.RUNNING:
            return not isinstance(instance.phase, Running)
        case Desired.STOPPED:
            return not isinstance(instance.phase, Stopped) or instance.ledger.volume is None
        case Desired.GONE:
            return False


def retry(instance: Instance) -> Transition:
    """A story gave up a while ago: it is told from the beginning."""
    if instance.desired is Desired.RUNNING:
        return story.onward(story.new_start(instance))
    if isinstance(instance.phase, Running):
        return story.onward(stop.new_stop(instance))
    provisioning = Provisioning(instance.ops, story.new_attempt(instance))
    return story.onward(evolve(instance, story=provisioning, ops=OpId(instance.ops + 1)))


def take_stock(instance: Instance) -> Transition:
    """Look at our machine; without one, whether there is one after all."""
    instance = recognised(instance)
    machine = instance.ledger.machine
    if machine is not None:
        return launch.inspect(instance, machine.machine, Look.FIRST)
    op, who = instance.ops, instance.identity
    return go(instance, StockTaking(op), ListMachines(op, who.app, who.sandbox))


def recognised(instance: Instance) -> Instance:
    """The instance with a machine it found as its own, if it has none and that one mounts its volume."""
    ledger, volume = instance.ledger, instance.ledger.volume
    if ledger.machine is not None or volume is None:
        return instance
    ours = [held for held in ledger.machines if held.role is Role.FOUND and held.volume == volume.volume]
    return evolve(instance, ledger=ledger.with_machine(evolve(ours[0], role=Role.ACTIVE))) if ours else instance


def stock_taking(instance: Instance, phase: StockTaking, fact: Fact) -> Transition:
    """At rest without a machine, listing: what is ours is found, and stays found until somebody wants it or us gone."""
    match fact:
        case Replied(op=phase.op, outcome=MachinesListed() as listed):
            return go(echo.noticed(instance, listed), Stopped())
        case Replied(op=phase.op) | Recovered() | AlarmRang():
            return go(instance, Stopped())
        case Woken():
            return story.onward(instance)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def pausing(instance: Instance, _: Pausing, fact: Fact) -> Transition:
    """Waiting for better times, until the alarm rings or something else is wanted."""
    match fact:
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)
        case AlarmRang() | Woken():
            return story.onward(instance)
        case Recovered():
            return stay(instance)


def clearing(instance: Instance, _: Clearing, fact: Fact) -> Transition:
    """Waiting for errands; each of them goes on by itself."""
    match fact:
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)
        case AlarmRang() | Woken() | Recovered():
            return story.onward(instance)
