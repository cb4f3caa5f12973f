"""Starting: from a volume that was seen to a machine that is up and well; never to a second machine.

`Ensuring -> CheckingVolume -> CreatingMachine -> Awaiting -> Probing -> Running`; with a machine already there
`Inspecting -> Changing -> Awaiting`; on a name that is taken, adopt; on an unknown outcome, settle.
"""

from __future__ import annotations

from attrs import evolve
from returns.result import Failure, Result, Success

from kiloclaw_core import adopt, echo, launch, provision, settle, story
from kiloclaw_core.commands import Desired, Refusal, Start
from kiloclaw_core.effects import CreateMachine
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Failing, Instance, Transition, go, our_volume, stay
from kiloclaw_core.ledger import VolumeHolding
from kiloclaw_core.machine import Data, machine_config
from kiloclaw_core.outcomes import MachineMade, Rejected, Why
from kiloclaw_core.phases import (
    Attempt,
    Clearing,
    CreatingMachine,
    Look,
    Running,
    Sought,
    Spent,
    Starting,
    Trust,
)


def start(instance: Instance, command: Start) -> Result[Instance, Refusal]:
    """Asked to start: intent, and a fresh attempt unless one is under way or the instance is believed to be up."""
    match instance.desired:
        case Desired.GONE:
            return Failure(Refusal.BEING_DESTROYED)
        case Desired.STOPPED:
            return Success(_begun(instance, command))
        case Desired.RUNNING:
            if isinstance(instance.story, Starting) or isinstance(instance.phase, Running):
                return Success(instance)  # already on its way, or there
            return Success(_begun(instance, command))


def _begun(instance: Instance, command: Start) -> Instance:
    begun = story.new_start(evolve(instance, desired=Desired.RUNNING), command.reason, command.at)
    return evolve(begun, asked=instance.ops)


def proceed(instance: Instance, attempt: Attempt) -> Transition:
    """What starting still lacks: an app, a volume, a machine that is up."""
    if Spent.TIME in attempt.spent:
        return story.gave_up(instance, Rejected(Why.WAIT_TIMEOUT, text="the start took too long"))
    lacking = provision.furnish(instance, attempt)
    if lacking is not None:
        return lacking
    machine = instance.ledger.machine
    if machine is not None:
        return launch.inspect(instance, machine.machine, Look.FIRST)
    if instance.ledger.condemned_machines:
        return go(instance, Clearing())  # its name and its volume must be free first
    if Spent.CREATE in attempt.spent:
        return story.gave_up(instance, Rejected(Why.NOT_FOUND, text="the machine that was made is gone"))
    return create_machine(instance, attempt, our_volume(instance))


def create_machine(instance: Instance, attempt: Attempt, volume: VolumeHolding) -> Transition:
    """Make the machine under its one name; from now on its volume may bear data."""
    op, who = instance.ops, instance.identity
    config = machine_config(instance.spec, volume.volume, who.sandbox, who.user)
    ledger = instance.ledger.with_volume(evolve(volume, data=Data.BEARING))
    effect = CreateMachine(op, who.app, config, volume.region, attempt.secrets or 0)
    return go(evolve(instance, ledger=ledger), CreatingMachine(op, volume.data), effect)


def creating_machine(instance: Instance, phase: CreatingMachine, fact: Fact) -> Transition:
    """A create of the machine is in flight: whatever is wanted meanwhile, its answer is waited for."""
    match fact:
        case Replied(op=phase.op, outcome=MachineMade() as made):
            return settle.obtained(instance, made)
        case Replied(op=phase.op, outcome=Rejected() as refusal):
            return machine_refused(as_before(instance, phase), refusal)
        case Replied(op=phase.op) | Recovered() | AlarmRang():
            return settle.settle(instance, phase.op, Sought.MACHINE)
        case Woken():
            return stay(instance)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def machine_refused(instance: Instance, refusal: Rejected) -> Transition:
    """No machine was made: the name is taken, the volume is doubted, or the start hears why not."""
    if refusal.why is Why.ALREADY_EXISTS and instance.desired is not Desired.GONE:
        return adopt.seek(instance, refusal)
    if refusal.why is Why.MISSING_VOLUME and isinstance(instance.story, Starting):
        doubting = story.learnt(instance, lambda attempt: evolve(attempt, trust=Trust.UNSEEN))
        return story.again(doubting, refusal)
    return story.refused(instance, refusal, Failing.START)


def as_before(instance: Instance, phase: CreatingMachine) -> Instance:
    """No machine was made, for certain: the volume is what it was before one was sent for."""
    volume = evolve(our_volume(instance), data=phase.before)
    return evolve(instance, ledger=instance.ledger.with_volume(volume))
