"""Restoring: back to a snapshot, or over to another volume of the instance's own; an operator asks for it.

`Changing (stop) -> Awaiting -> Clearing -> CreatingVolume -> committed`, and with a snapshot a start follows. Nothing
but a destroy is granted meanwhile. The machine is stopped before it is deleted, so that it can end its work; the volume
that is left is kept. A restore that fails leaves the volume, and what was wanted, as they were.
"""

from __future__ import annotations

from attrs import evolve
from returns.result import Failure, Result, Success

from kiloclaw_core import attempts, echo, handover, provision, regions, start, stop, story
from kiloclaw_core.commands import Desired, Reassociate, Refusal, Restore
from kiloclaw_core.effects import CreateVolume, SnapshotOf
from kiloclaw_core.instance import AuditNote, Failing, FailureNote, Instance, Note, Transition
from kiloclaw_core.ledger import Due, Role, VolumeHolding
from kiloclaw_core.machine import Data, VolumeSeen
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Rejected, VolumesListed, Why
from kiloclaw_core.phases import CreatingVolume, Look, Sought, Stopped
from kiloclaw_core.stories import Another, Relocating, Restoring, Spent, Trust, Wish
from kiloclaw_core.verbs import audited, cleared, condemn_machine, go, hold_volume, noted, our_volume, rest

# -- commands ----------------------------------------------------------------------------------------------------


def restore(instance: Instance, command: Restore) -> Result[Instance, Refusal]:
    """Asked to go back to a snapshot: it will run again afterwards, whatever was wanted before."""
    volume = instance.ledger.volume
    refusal = _not_now(instance)
    if refusal is not None or volume is None:
        return Failure(refusal or Refusal.NO_VOLUME)
    note = AuditNote(command.operator, f"restored {command.snapshot}", command.because, command.at)
    wish = SnapshotOf(volume.volume, command.snapshot)
    return Success(_begun(audited(instance, note), wish, Desired.RUNNING, command.at))


def reassociate(instance: Instance, command: Reassociate) -> Result[Instance, Refusal]:
    """Asked to use another volume: only of an instance that is stopped, and for its next start."""
    ours, held = instance.ledger.volume, instance.ledger.holding(command.volume)
    refusal = _not_now(instance)
    if refusal is not None:
        return Failure(refusal)
    if instance.desired is not Desired.STOPPED or not isinstance(instance.phase, Stopped):
        return Failure(Refusal.NOT_STOPPED)
    if ours is None and held is None:
        return Failure(Refusal.NO_VOLUME)
    if held is not None and held == ours:
        return Failure(Refusal.IN_USE)
    if command.volume in instance.ledger.dead or (held is not None and held.role is Role.CONDEMNED):
        return Failure(Refusal.ON_ITS_WAY_OUT)
    note = AuditNote(command.operator, f"went over to {command.volume}", command.because, command.at)
    return Success(_begun(audited(instance, note), Another(command.volume), Desired.STOPPED, command.at))


def _not_now(instance: Instance) -> Refusal | None:
    return Refusal.BEING_DESTROYED if instance.desired is Desired.GONE else story.engaged(instance)


def _begun(instance: Instance, wish: Wish, desired: Desired, at: int) -> Instance:
    op = instance.ops
    story_of_it = Restoring(OpId(op + 1), attempts.new_attempt(instance), wish, instance.desired, at)
    return evolve(instance, story=story_of_it, desired=desired, asked=op, ops=OpId(op + 2))


# -- what is told of it ------------------------------------------------------------------------------------------


def begun(instance: Instance) -> tuple[Note, ...]:
    """The event of a restore that is looked at for the first time, if that is what was asked last."""
    under_way = instance.story
    if instance.asked is None or not isinstance(under_way, Restoring) or under_way.op < instance.asked:
        return ()
    return attempted(instance)


def attempted(instance: Instance) -> tuple[Note, ...]:
    """The event of another try of a restore, counted from one."""
    if not isinstance(instance.story, Restoring) or instance.desired is Desired.GONE:
        return ()
    n = instance.policy.tries - instance.story.attempt.tries + 1
    return (Note("instance.restore_started", (("label", f"attempt_{n}"), ("value", str(n)))),)


def rescheduled(instance: Instance, refusal: Rejected) -> tuple[Note, ...]:
    """The event of a restore that will be tried again."""
    if not isinstance(instance.story, Restoring):
        return ()
    fields = (("label", refusal.why.value), ("error", refusal.text))
    return (Note("instance.restore_retry_scheduled", fields),)


# -- the story ---------------------------------------------------------------------------------------------------


def proceed(instance: Instance, restoring: Restoring) -> Transition:
    """What restoring still lacks: the volume it goes over to seen, our machine stopped and gone, the volume had."""
    if Spent.TIME in restoring.attempt.spent:
        return story.gave_up(instance, Rejected(Why.WAIT_TIMEOUT, text="the restore took too long"))
    match restoring.wish:
        case Another(volume=volume) if restoring.attempt.trust is not Trust.SEEN:
            return provision.check_volume(instance, volume, Look.FIRST)
        case Another() | SnapshotOf():
            return without_machine(instance, restoring) or with_volume(instance, restoring)


def without_machine(instance: Instance, restoring: Restoring) -> Transition | None:
    """The next step until our machine is gone: stopped, so that it can end its work, then deleted."""
    machine = instance.ledger.machine
    if machine is None:
        return start.once_free(instance)
    if restoring.before is Desired.RUNNING and Spent.HALT not in restoring.attempt.spent:
        return stop.send_stop(instance, machine.machine)
    return start.once_free(condemn_machine(instance, machine))


def halted(instance: Instance) -> Transition:
    """Our machine has ended its work."""
    return story.onward(attempts.learnt(instance, lambda attempt: attempts.spend(attempt, Spent.HALT)))


def with_volume(instance: Instance, restoring: Restoring) -> Transition:
    """The volume is had, from the snapshot or as it is, and becomes ours in one commit."""
    match restoring.wish:
        case SnapshotOf() as content if instance.ledger.candidate is None:
            op, who, spec = instance.ops, instance.identity, instance.spec
            where = (our_volume(instance).region, *regions.preferred(instance))
            effect = CreateVolume(
                op, who.app, who.sandbox, tuple(dict.fromkeys(where)), spec.volume_gb, spec.size, content
            )
            return go(instance, CreatingVolume(op, Sought.CANDIDATE), effect)
        case SnapshotOf() | Another():
            return finished(handover.committed(instance, handover.kept_whole), restoring)


def finished(instance: Instance, restoring: Restoring) -> Transition:
    """It is ours; from a snapshot a start follows."""
    line = Note("instance.restore_completed", (("status", "stopped"),), restoring.since)
    instance = cleared(evolve(instance, has_run=True), Failing.RESTORE, Failing.PROVISION)
    return _told(_after(instance, restoring), line)


def _after(instance: Instance, restoring: Restoring) -> Transition:
    match restoring.wish:
        case SnapshotOf():
            return story.onward(attempts.new_start(instance, "snapshot_restore", restoring.since))
        case Another():
            return rest(instance, Stopped())


def shown(instance: Instance, seen: VolumeSeen) -> Transition:
    """The volume to go over to is there: if it is ours, it is the candidate from now on."""
    known = echo.noticed(instance, VolumesListed((seen,)))
    held = known.ledger.holding(seen.volume)
    if not isinstance(held, VolumeHolding):
        return story.gave_up(instance, Rejected(Why.COLLISION, text="the volume is not this sandbox's"))
    if held.role is Role.CONDEMNED:
        return story.gave_up(instance, Rejected(Why.CONFLICT, text="the volume is on its way out"))
    chosen = evolve(held, role=Role.CANDIDATE, errand=Due(), data=Data.BEARING, counted=False)
    chosen_instance = evolve(known, ledger=known.ledger.with_volume(chosen))
    return story.onward(attempts.learnt(chosen_instance, lambda attempt: evolve(attempt, trust=Trust.SEEN)))


def failed(instance: Instance, restoring: Restoring, refusal: Rejected) -> Transition:
    """A restore is over without success: the volume is what it was, and so is what is wanted."""
    instance = without_candidate(instance)
    instance = evolve(instance, desired=restoring.before)
    instance = noted(instance, FailureNote(Failing.RESTORE, refusal.why, refusal.text))
    line = Note("instance.restore_failed", (("label", refusal.why.value), ("error", refusal.text)), restoring.since)
    wanted = restoring.before is Desired.RUNNING
    return _told(story.onward(attempts.new_start(instance)) if wanted else rest(instance, Stopped()), line)


def without_candidate(instance: Instance) -> Instance:
    """The instance without a volume on its way to be ours: an unused one goes, any other is kept for its time."""
    candidate = instance.ledger.candidate
    if candidate is None:
        return instance
    staying = instance if instance.ledger.volume is None else handover.unproven(instance)
    return handover.kept_whole(staying, candidate)


def _told(transition: Transition, note: Note) -> Transition:
    return evolve(transition, notes=(note, *transition.notes))


def candidate_made(instance: Instance, seen: VolumeSeen) -> Instance:
    """The instance with the volume that a move or a restore asked for; whoever no longer wants it is rid of it."""
    if not story.wants_candidate(instance):
        return hold_volume(instance, seen, Role.CONDEMNED, Data.FRESH)
    copied = isinstance(instance.story, Relocating) and instance.story.attempt.trust is Trust.SEEN
    parent = our_volume(instance).volume if copied else None  # what comes from a snapshot does not carry on
    made = VolumeHolding(seen.volume, Role.CANDIDATE, Data.FRESH, seen.region, parent=parent, mark=seen.mark)
    return evolve(instance, ledger=instance.ledger.with_volume(made))
