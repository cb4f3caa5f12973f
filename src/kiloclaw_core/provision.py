"""Provisioning: who an instance is, durable before any call; then its app and its volume, so that a start finds them.

`Absent -> Ensuring -> CreatingVolume -> Stopped`, and on a later start `CheckingVolume`. A volume that is missing is
looked for twice and then told; it is never replaced by an empty one.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve
from returns.result import Failure, Result, Success

from kiloclaw_core import attempts, echo, regions, relocate, restore, settle, story, survey
from kiloclaw_core.commands import Close, Desired, Provision, Refusal
from kiloclaw_core.effects import CreateVolume, EnsureApp, GetVolume
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Absent, Failing, Instance, Note, Remembered, Transition
from kiloclaw_core.ledger import Ledger
from kiloclaw_core.machine import Spec, VolumeSeen, VolumeState
from kiloclaw_core.names import OpId, VolumeId
from kiloclaw_core.outcomes import AppReady, Rejected, VolumeMade, VolumeShown, Why
from kiloclaw_core.phases import CheckingVolume, CreatingVolume, Ensuring, Gone, Look, Sought, Stopped
from kiloclaw_core.stories import Attempt, Idle, Provisioning, Relocating, Restarting, Restoring, Starting, Trust
from kiloclaw_core.verbs import cleared, go, rest, stay

NEVER_WANTED: Final = Spec("")
"""The spec of a tombstone: nothing was ever to be run."""


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
        admission=command.admission,
        policy=absent.policy,
        provisioned_at=command.at,
    )


def close(absent: Absent, command: Close) -> Instance:
    """Asked to close what never was: a tombstone that owes nothing, so that whoever comes late finds it gone."""
    return Instance(
        phase=Gone(),
        story=Idle(),
        desired=Desired.GONE,
        ledger=Ledger(),
        ops=absent.first_op,
        asked=None,
        identity=command.identity,
        spec=NEVER_WANTED,
        granted=(Remembered(command.id, command.at),),
        admission=command.admission,
        policy=absent.policy,
    )


def configure(instance: Instance, command: Provision) -> Result[Instance, Refusal]:
    """Asked to provision what exists: the spec changes, for the next start; neither phase nor intent nor size does."""
    if command.identity != instance.identity:
        return Failure(Refusal.ANOTHER_IDENTITY)
    if command.admission not in (None, instance.admission):
        return Failure(Refusal.ANOTHER_ATTEMPT)
    match instance.desired:
        case Desired.GONE:
            return Failure(Refusal.BEING_DESTROYED)
        case Desired.RUNNING | Desired.STOPPED if command.admission is not None:
            return Success(instance)  # the attempt asks again: it has what it asked for
        case Desired.RUNNING | Desired.STOPPED:
            excluded = story.excluded(instance)
            if excluded is not None:
                return Failure(excluded)
            spec = evolve(
                command.spec,
                guest=instance.spec.guest,
                volume_gb=instance.spec.volume_gb,
                override=instance.spec.override,
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
        return ensure_app(instance)
    if volume is None:
        return survey.survey(instance)
    match attempt.trust:
        case Trust.UNSEEN:
            return check_volume(instance, volume.volume, Look.FIRST)
        case Trust.SEEN:
            return None
        case Trust.MISSED | Trust.GONE | Trust.UNHEARD:
            return relocate.lost(instance)


def ensure_app(instance: Instance) -> Transition:
    """Have the owner's app, and the version of its secrets."""
    op = instance.ops
    return go(instance, Ensuring(op), EnsureApp(op, instance.identity.app))


def ensuring(instance: Instance, phase: Ensuring, fact: Fact) -> Transition:
    """The owner's app is being had."""
    match fact:
        case Replied(op=phase.op, outcome=AppReady(secrets_version=version)):
            return story.onward(attempts.learnt(instance, lambda attempt: evolve(attempt, secrets=version)))
        case Replied(op=phase.op, outcome=Rejected() as refusal):
            return story.refused(instance, refusal, Failing.PROVISION)
        case Replied(op=phase.op):
            return story.no_answer(instance)
        case Recovered() | AlarmRang() | Woken():
            return story.onward(instance)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def provisioned(instance: Instance) -> tuple[Note, ...]:
    """The event of an instance that has its app and now its first volume: nothing lacks that a start needs."""
    if instance.has_run or instance.desired is Desired.GONE:
        return ()
    return (Note("instance.provisioned", (), instance.provisioned_at),)


def create_volume(instance: Instance) -> Transition:
    """Make the instance's volume, in the first of its regions that has room."""
    op, who, spec = instance.ops, instance.identity, instance.spec
    effect = CreateVolume(op, who.app, who.sandbox, regions.preferred(instance), spec.volume_gb, spec.size)
    return go(instance, CreatingVolume(op, Sought.VOLUME), effect)


def creating_volume(instance: Instance, phase: CreatingVolume, fact: Fact) -> Transition:
    """A create of a volume is in flight."""
    match fact:
        case Replied(op=phase.op, outcome=VolumeMade() as made):
            return settle.obtained(instance, made, phase.sought)
        case Replied(op=phase.op, outcome=Rejected() as refusal):
            return volume_refused(instance, phase.sought, refusal)
        case Replied(op=phase.op) | Recovered() | AlarmRang():
            return settle.settle(instance, phase.op, phase.sought)
        case Woken():
            return stay(instance)  # waited out, whatever is wanted now
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def volume_refused(instance: Instance, sought: Sought, refusal: Rejected) -> Transition:
    """No volume was made: the story hears why not. Of a first one every region with room was asked at once."""
    if sought is Sought.CANDIDATE:
        return relocate.copy_refused(instance, refusal)
    if not regions.is_of_region(refusal.why) or instance.desired is Desired.GONE:
        return story.refused(instance, refusal, Failing.PROVISION)
    instance, told = regions.without_room(instance, regions.preferred(instance))
    went_on = story.refused(instance, refusal, Failing.PROVISION)
    return evolve(went_on, notes=(*told, *went_on.notes))


def check_volume(instance: Instance, volume: VolumeId, look: Look) -> Transition:
    """Look whether the volume is there, the second time apart from the first."""
    op, who = instance.ops, instance.identity
    pause_s = 0.0 if look is Look.FIRST else instance.policy.look_apart_s
    return go(instance, CheckingVolume(op, volume, look), GetVolume(op, who.app, who.sandbox, volume, pause_s))


def checking_volume(instance: Instance, phase: CheckingVolume, fact: Fact) -> Transition:
    """A volume is being looked at: ours, or the one that an operator chose."""
    match fact:
        case Replied(op=phase.op, outcome=VolumeShown(seen=seen)):
            match seen.state:
                case VolumeState.LEAVING:
                    return volume_missing(instance, phase, Rejected(Why.MISSING_VOLUME, text="on its way out"))
                case VolumeState.CREATED | VolumeState.UNREADY:
                    return volume_there(instance, phase, seen)
        case Replied(op=phase.op, outcome=Rejected(why=Why.NOT_FOUND | Why.MISSING_VOLUME) as refusal):
            return volume_missing(instance, phase, evolve(refusal, why=Why.MISSING_VOLUME))
        case Replied(op=phase.op, outcome=Rejected() as refusal):
            return story.refused(instance, refusal, Failing.PROVISION)
        case Replied(op=phase.op):
            return story.no_answer(instance)
        case Recovered() | AlarmRang() | Woken():
            return story.onward(instance)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def volume_there(instance: Instance, phase: CheckingVolume, seen: VolumeSeen) -> Transition:
    """The volume is there: this attempt may rely on it. Its region is what Fly says, where it says so."""
    ours = instance.ledger.volume
    if ours is None or ours.volume != phase.volume:
        return restore.shown(instance, seen) if isinstance(instance.story, Restoring) else story.onward(instance)
    held = evolve(ours, region=seen.region or ours.region)
    instance = echo.mark_noticed(evolve(instance, ledger=instance.ledger.with_volume(held)), seen)
    return story.onward(attempts.learnt(instance, lambda attempt: evolve(attempt, trust=Trust.SEEN)))


def volume_missing(instance: Instance, phase: CheckingVolume, refusal: Rejected) -> Transition:
    """The volume was not shown: a second look decides; ours is then had from a snapshot, or told, never made empty."""
    match phase.look:
        case Look.FIRST:
            return check_volume(instance, phase.volume, Look.SECOND)
        case Look.SECOND if isinstance(instance.story, Starting | Restarting | Relocating):
            return relocate.lost(instance) if instance.desired is Desired.RUNNING else story.onward(instance)
        case Look.SECOND:
            return story.refused(instance, refusal, Failing.PROVISION)
