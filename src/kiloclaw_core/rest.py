"""At rest: stock is taken, what gave up is tried again, and drift is put right.

Running and stopped instances wait for an alarm or a command; pausing and clearing ones for an alarm or for their
errands. Alarms wake; they never prove anything.
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core import attempts, destroy, echo, inspection, restore, stop, story, survey
from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import ListMachines
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import NOW, Instance, Note, Transition
from kiloclaw_core.ledger import Role
from kiloclaw_core.machine import Data
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import MachinesListed
from kiloclaw_core.phases import AlarmName, Clearing, Look, Pausing, Running, StockTaking, Stopped
from kiloclaw_core.stories import Idle, Provisioning
from kiloclaw_core.verbs import condemn_machine, go, our_volume, rest, stay


def resting(instance: Instance, fact: Fact) -> Transition:
    """Stopped or running: woken by a new intent, or by an alarm to look or to try again."""
    match fact:
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)
        case AlarmRang() | Woken() if not is_idle(instance):
            return story.onward(instance)
        case AlarmRang(name=AlarmName.RETRY):
            return retry(instance)
        case AlarmRang(name=AlarmName.STALE_PROVISION):
            return list_machines(instance, Look.FIRST, stale=True)
        case AlarmRang():
            return take_stock(instance)
        case Woken() if isinstance(instance.phase, Running):
            return take_stock(instance)  # somebody asked something of it: is it as it seems?
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
        return story.onward(attempts.new_start(instance))
    if isinstance(instance.phase, Running):
        return story.onward(stop.new_stop(instance))
    provisioning = Provisioning(instance.ops, attempts.new_attempt(instance))
    return story.onward(evolve(instance, story=provisioning, ops=OpId(instance.ops + 1)))


def take_stock(instance: Instance) -> Transition:
    """Look what we have: for volumes that Fly may have moved with a machine that is gone, then at our machine."""
    instance = recognised(instance)
    return survey.survey(instance) if has_left(instance) else look(instance)


def has_left(instance: Instance) -> bool:
    """Whether a volume of ours was left by its machine: one that is kept, or ours while we have no machine."""
    kept = any(held.role is Role.RETAINED for held in instance.ledger.volumes)
    return kept or (instance.ledger.machine is None and instance.has_run)


def look(instance: Instance) -> Transition:
    """Look at our machine; without one, whether there is one after all."""
    machine = instance.ledger.machine
    if machine is not None:
        return inspection.inspect(instance, machine.machine, Look.FIRST)
    return list_machines(instance, Look.FIRST, stale=False)


def list_machines(instance: Instance, look: Look, *, stale: bool) -> Transition:
    """List our machines, the second time apart from the first; `stale` says that none means an end of the instance."""
    op, who = instance.ops, instance.identity
    pause_s = 0.0 if look is Look.FIRST else instance.policy.look_apart_s
    return go(instance, StockTaking(op, look, stale), ListMachines(op, who.app, who.sandbox, pause_s))


def recognised(instance: Instance) -> Instance:
    """The instance with a machine it found as its own, if it has none and that one mounts its volume.

    Any other it found is a stray, and goes, unless ours was never used: then the stray may have the data.
    """
    ledger, volume = instance.ledger, our_volume(instance)
    found = [held for held in ledger.machines if held.role is Role.FOUND]
    ours = [held for held in found if held.volume == volume.volume]
    if ledger.machine is None and ours:
        return evolve(instance, ledger=ledger.with_machine(evolve(ours[0], role=Role.ACTIVE)))
    if instance.has_run and volume.data is Data.BEARING:
        for stray in found:
            instance = condemn_machine(instance, stray)
    return instance


def is_stale(instance: Instance) -> bool:
    """Whether this instance was provisioned and then forgotten: nothing it holds was ever used, and nobody wants it."""
    fresh = all(held.data is Data.FRESH for held in instance.ledger.volumes) and not instance.ledger.machines
    never_used = fresh and not instance.has_run
    return never_used and instance.desired is Desired.STOPPED and isinstance(instance.story, Idle)


def stock_taking(instance: Instance, phase: StockTaking, fact: Fact) -> Transition:
    """At rest without a machine, listing: what is ours is found, and stays found until somebody wants it or us gone."""
    match fact:
        case Replied(op=phase.op, outcome=MachinesListed() as listed):
            return taken_stock(echo.noticed(instance, listed), phase)
        case Replied(op=phase.op) | Recovered() | AlarmRang():
            return go(instance, Stopped())
        case Woken():
            return story.onward(instance)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def taken_stock(instance: Instance, phase: StockTaking) -> Transition:
    """Stock is taken. A stale instance of which there is no machine, twice looked, is destroyed (reconcile 2.7)."""
    if not isinstance(instance.story, Idle):
        return go(instance, Stopped())  # something was asked meanwhile, and is looked at next
    if not phase.stale or not is_stale(instance):
        return rest(instance, Stopped())
    match phase.look:
        case Look.FIRST:
            return list_machines(instance, Look.SECOND, stale=True)
        case Look.SECOND:
            razing = story.onward(destroy.granted(instance, NOW))
            label = (("label", "stale_provision_cleanup"),)
            told = (Note("auto_destroy_stale_provision", label), Note("instance.destroy_started", label))
            return evolve(razing, notes=(*told, *razing.notes))


def pausing(instance: Instance, _: Pausing, fact: Fact) -> Transition:
    """Waiting for better times, until the alarm rings or something else is wanted."""
    match fact:
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)
        case AlarmRang() | Woken():
            onward = story.onward(instance)
            return evolve(onward, notes=(*restore.attempted(instance), *onward.notes))
        case Recovered():
            return stay(instance)


def clearing(instance: Instance, _: Clearing, fact: Fact) -> Transition:
    """Waiting for errands; each of them goes on by itself."""
    match fact:
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)
        case AlarmRang() | Woken() | Recovered():
            return story.onward(instance)
