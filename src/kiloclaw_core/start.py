"""Starting: from a volume that was seen to a machine that is up and well; never to a second machine.

`Ensuring -> CheckingVolume -> CreatingMachine -> Awaiting -> Probing -> Running`; with a machine already there
`Inspecting -> Changing -> Awaiting`; on a name that is taken, adopt; on an unknown outcome, settle.
"""

from __future__ import annotations

from attrs import evolve
from returns.result import Failure, Result, Success

from kiloclaw_core import (
    adopt,
    attempts,
    echo,
    handover,
    inspection,
    provision,
    regions,
    relocate,
    settle,
    story,
)
from kiloclaw_core.commands import Desired, Refusal, Start
from kiloclaw_core.effects import CreateMachine
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Failing, Instance, Transition
from kiloclaw_core.ledger import MachineHolding, Role, VolumeHolding
from kiloclaw_core.machine import Data, machine_config
from kiloclaw_core.outcomes import MachineMade, Rejected, Why
from kiloclaw_core.phases import Clearing, CreatingMachine, Look, Running, Sought
from kiloclaw_core.stories import (
    Attempt,
    Idle,
    Provisioning,
    Relocating,
    Restarting,
    Restoring,
    Spent,
    Starting,
    Stopping,
    Trust,
)
from kiloclaw_core.verbs import go, our_volume, stay, target_volume


def start(instance: Instance, command: Start) -> Result[Instance, Refusal]:
    """Asked to start: intent, and a fresh attempt unless one is under way or the instance is believed to be up."""
    excluded = story.excluded(instance)
    if excluded is not None and instance.desired is not Desired.GONE:
        return Failure(excluded)
    match instance.desired:
        case Desired.GONE:
            return Failure(Refusal.BEING_DESTROYED)
        case Desired.STOPPED:
            return Success(_begun(instance, command))
        case Desired.RUNNING:
            return Success(instance if is_on_its_way(instance) else _begun(instance, command))


def is_on_its_way(instance: Instance) -> bool:
    """Whether the instance is believed to be up, or is under way to it."""
    match instance.story:
        case Starting() | Restarting() | Relocating():
            return True
        case Idle() | Provisioning() | Stopping() | Restoring():
            return isinstance(instance.phase, Running)


def _begun(instance: Instance, command: Start) -> Instance:
    begun = attempts.new_start(evolve(instance, desired=Desired.RUNNING), command.reason, command.at)
    return evolve(begun, asked=instance.ops)


def proceed(instance: Instance, attempt: Attempt) -> Transition:
    """What starting still lacks: an app, a volume, a machine that is up."""
    if Spent.TIME in attempt.spent:
        return ran_out(instance)
    lacking = provision.furnish(instance, attempt)
    if lacking is not None:
        return lacking
    machine = instance.ledger.machine
    if machine is not None:
        return inspection.inspect(instance, machine.machine, Look.FIRST)
    return create_first(instance, attempt, our_volume(instance))


def ran_out(instance: Instance) -> Transition:
    """The start took too long: told; but a machine that came up late is not left out, so it is looked at."""
    late = Rejected(Why.WAIT_TIMEOUT, text="the start took too long")
    gave_up = story.gave_up(instance, late)
    machine = instance.ledger.machine
    if machine is None or not isinstance(gave_up.record, Instance):
        return gave_up
    looking = inspection.inspect(gave_up.record, machine.machine, Look.FIRST)
    return evolve(looking, effects=(*gave_up.effects, *looking.effects), notes=(*gave_up.notes, *looking.notes))


def create_first(instance: Instance, attempt: Attempt, volume: VolumeHolding) -> Transition:
    """Make the machine on this volume, once its name is free, and once in an attempt."""
    waiting = once_free(instance)
    if waiting is not None:
        return waiting
    if Spent.CREATE in attempt.spent:
        return story.gave_up(instance, Rejected(Why.NOT_FOUND, text="the machine that was made is gone"))
    if any(held.volume == volume.volume for held in leaving(instance)):
        return relocate.displaced(instance, Rejected(Why.HOST_DOWN, text="the volume is held by a host that is down"))
    return create_machine(next_name(instance), attempt, volume)


def once_free(instance: Instance) -> Transition | None:
    """Wait until condemned machines have let go of their name and volume; None if nothing is to be waited for."""
    return go(instance, Clearing()) if any(not is_out_of_reach(instance, one) for one in leaving(instance)) else None


def leaving(instance: Instance) -> tuple[MachineHolding, ...]:
    """The machines on their way out."""
    return tuple(held for held in instance.ledger.machines if held.role is Role.CONDEMNED)


def is_out_of_reach(instance: Instance, held: MachineHolding) -> bool:
    """Whether a machine cannot be deleted for as long as its host does not answer: nobody waits for it any more."""
    return not held.reachable and held.errand.failures >= instance.policy.failures_before_leaving


def next_name(instance: Instance) -> Instance:
    """The instance with a name for its next machine that no machine out of reach still bears (decisions 1.9)."""
    return evolve(instance, generation=instance.generation + 1) if leaving(instance) else instance


def create_machine(instance: Instance, attempt: Attempt, volume: VolumeHolding) -> Transition:
    """Make the machine under its one name; from now on its volume may bear data."""
    op, who = instance.ops, instance.identity
    config = machine_config(instance.spec, volume.volume, who.sandbox, who.user, who.org)
    ledger = instance.ledger.with_volume(evolve(volume, data=Data.BEARING))
    effect = CreateMachine(op, who.app, config, volume.region, attempt.secrets or 0, instance.generation)
    return go(evolve(instance, ledger=ledger), CreatingMachine(op, volume.data), effect)


def creating_machine(instance: Instance, phase: CreatingMachine, fact: Fact) -> Transition:
    """A create of the machine is in flight: whatever is wanted meanwhile, its answer is waited for."""
    match fact:
        case Replied(op=phase.op, outcome=MachineMade() as made):
            return settle.obtained(instance, made, Sought.MACHINE)
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
    if refusal.why is Why.MISSING_VOLUME and isinstance(instance.story, Starting | Relocating):
        return doubted(instance, refusal)
    if refusal.why is Why.VOLUME_CLAIMED and is_claimed_for_good(instance):
        return adopt.list_holders(instance, refusal, None)
    if regions.is_of_host(refusal.why) and instance.desired is Desired.RUNNING:
        return relocate.displaced(instance, refusal)
    return story.refused(instance, refusal, Failing.START)


def is_claimed_for_good(instance: Instance) -> bool:
    """Whether our volume was still held by some machine at the last try: then it is asked by which."""
    attempt = attempts.attempt_of(instance)
    return instance.desired is Desired.RUNNING and attempt is not None and attempt.tries == 0


def doubted(instance: Instance, refusal: Rejected) -> Transition:
    """Fly says that the volume is missing: a start looks for it, a move makes another copy."""
    if isinstance(instance.story, Relocating):
        return story.again(handover.rolled_back(instance), refusal)
    return story.again(attempts.learnt(instance, lambda attempt: evolve(attempt, trust=Trust.UNSEEN)), refusal)


def as_before(instance: Instance, phase: CreatingMachine) -> Instance:
    """No machine was made, for certain: the volume is what it was before one was sent for."""
    volume = evolve(target_volume(instance), data=phase.before)
    return evolve(instance, ledger=instance.ledger.with_volume(volume))
