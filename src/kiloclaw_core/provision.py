"""Provisioning: who an instance is, durable before any call; then its app and its volume, so that a start finds them.

`Absent -> Ensuring -> CreatingVolume -> Stopped`, and on a later start `CheckingVolume`. A volume that is missing is
looked for twice and then told; it is never replaced by an empty one.
"""

from __future__ import annotations

from attrs import evolve
from returns.result import Failure, Result, Success

from kiloclaw_core import echo, settle, story
from kiloclaw_core.commands import Desired, Provision, Refusal
from kiloclaw_core.effects import CreateVolume, EnsureApp, GetVolume
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import (
    Absent,
    Failing,
    Instance,
    Remembered,
    Transition,
    cleared,
    go,
    our_volume,
    rest,
    stay,
)
from kiloclaw_core.ledger import Ledger, VolumeHolding
from kiloclaw_core.machine import Guest, VolumeState
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import AppReady, Rejected, VolumeMade, VolumeShown, Why
from kiloclaw_core.phases import (
    Attempt,
    CheckingVolume,
    CreatingVolume,
    Ensuring,
    Look,
    Provisioning,
    Sought,
    Starting,
    Stopped,
    Trust,
)


def provision(absent: Absent, command: Provision) -> Result[Instance, Refusal]:
    """Asked to provision what never was: identity, spec and intent are written before anything is called."""
    asked = absent.first_op
    attempt = Attempt(tries=absent.policy.tries)
    match command.desired:
        case Desired.GONE:
            return Failure(Refusal.TO_BE_GONE)
        case Desired.STOPPED:
            return Success(_written(absent, command, Provisioning(asked, attempt)))
        case Desired.RUNNING:
            return Success(_written(absent, command, Starting(asked, attempt, "initial_provision", command.at)))


def _written(absent: Absent, command: Provision, why: Provisioning | Starting) -> Instance:
    return Instance(
        phase=Stopped(),
        story=why,
        desired=command.desired,
        ledger=Ledger(),
        ops=OpId(absent.first_op + 1),
        asked=absent.first_op,
        identity=command.identity,
        spec=command.spec,
        granted=(Remembered(command.id, command.at),),
        policy=absent.policy,
        provisioned_at=command.at,
    )


def configure(instance: Instance, command: Provision) -> Result[Instance, Refusal]:
    """Asked to provision what exists: the spec changes, for the next start; neither phase nor intent nor size does."""
    if command.identity != instance.identity:
        return Failure(Refusal.ANOTHER_IDENTITY)
    match instance.desired:
        case Desired.GONE:
            return Failure(Refusal.BEING_DESTROYED)
        case Desired.RUNNING | Desired.STOPPED:
            spec = evolve(
                command.spec,
                guest=instance.spec.guest,
                volume_gb=instance.spec.volume_gb,
                revision=instance.spec.revision + 1,
            )
            return Success(evolve(instance, spec=spec))


def proceed(instance: Instance, attempt: Attempt) -> Transition:
    """What provisioning still lacks, or rest."""
    lacking = furnish(instance, attempt)
    if lacking is not None:
        return lacking
    return rest(cleared(instance, Failing.PROVISION), Stopped())


def furnish(instance: Instance, attempt: Attempt) -> Transition | None:
    """The next step towards an app and a volume that were seen in this attempt, or None when they were."""
    volume = instance.ledger.volume
    if attempt.secrets is None:
        op = instance.ops
        return go(instance, Ensuring(op), EnsureApp(op, instance.identity.app))
    if volume is None:
        return create_volume(instance)
    match attempt.trust:
        case Trust.UNSEEN:
            return check_volume(instance, volume, Look.FIRST)
        case Trust.SEEN:
            return None


def ensuring(instance: Instance, phase: Ensuring, fact: Fact) -> Transition:
    """The owner's app is being had."""
    match fact:
        case Replied(op=phase.op, outcome=AppReady(secrets_version=version)):
            return story.onward(story.learnt(instance, lambda attempt: evolve(attempt, secrets=version)))
        case Replied(op=phase.op, outcome=Rejected() as refusal):
            return story.refused(instance, refusal, Failing.PROVISION)
        case Replied(op=phase.op):
            return story.no_answer(instance)
        case Recovered() | AlarmRang() | Woken():
            return story.onward(instance)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def create_volume(instance: Instance) -> Transition:
    """Make the instance's volume, in the first of its regions that has room."""
    op, who, spec = instance.ops, instance.identity, instance.spec
    effect = CreateVolume(op, who.app, who.sandbox, spec.regions, spec.volume_gb, spec.guest or Guest())
    return go(instance, CreatingVolume(op), effect)


def creating_volume(instance: Instance, phase: CreatingVolume, fact: Fact) -> Transition:
    """A create of a volume is in flight."""
    match fact:
        case Replied(op=phase.op, outcome=VolumeMade() as made):
            return settle.obtained(instance, made)
        case Replied(op=phase.op, outcome=Rejected() as refusal):
            return story.refused(instance, refusal, Failing.PROVISION)
        case Replied(op=phase.op) | Recovered() | AlarmRang():
            return settle.settle(instance, phase.op, Sought.VOLUME)
        case Woken():
            return stay(instance)  # waited out, whatever is wanted now
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def check_volume(instance: Instance, volume: VolumeHolding, look: Look) -> Transition:
    """Look whether the volume is there, the second time apart from the first."""
    op, who = instance.ops, instance.identity
    pause_s = 0.0 if look is Look.FIRST else instance.policy.look_apart_s
    return go(instance, CheckingVolume(op, look), GetVolume(op, who.app, who.sandbox, volume.volume, pause_s))


def checking_volume(instance: Instance, phase: CheckingVolume, fact: Fact) -> Transition:
    """Our volume is being looked at."""
    match fact:
        case Replied(op=phase.op, outcome=VolumeShown(seen=seen)):
            match seen.state:
                case VolumeState.LEAVING:
                    return volume_missing(instance, phase.look, Rejected(Why.MISSING_VOLUME, text="on its way out"))
                case VolumeState.CREATED | VolumeState.UNREADY:
                    return volume_there(instance)
        case Replied(op=phase.op, outcome=Rejected(why=Why.NOT_FOUND | Why.MISSING_VOLUME) as refusal):
            return volume_missing(instance, phase.look, evolve(refusal, why=Why.MISSING_VOLUME))
        case Replied(op=phase.op, outcome=Rejected() as refusal):
            return story.refused(instance, refusal, Failing.PROVISION)
        case Replied(op=phase.op):
            return story.no_answer(instance)
        case Recovered() | AlarmRang() | Woken():
            return story.onward(instance)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def volume_there(instance: Instance) -> Transition:
    """Our volume is there: this attempt may rely on it."""
    return story.onward(story.learnt(instance, lambda attempt: evolve(attempt, trust=Trust.SEEN)))


def volume_missing(instance: Instance, look: Look, refusal: Rejected) -> Transition:
    """Our volume was not shown: a second look decides; then it is told, never replaced by an empty one."""
    match look:
        case Look.FIRST:
            return check_volume(instance, our_volume(instance), Look.SECOND)
        case Look.SECOND:
            return story.refused(instance, refusal, Failing.PROVISION)
