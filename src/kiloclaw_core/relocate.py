"""Moving to another volume, because there is no room where ours is, because it is lost, or after an unexpected stop.

`CheckingVolume -> Clearing -> CreatingVolume -> CreatingMachine -> Awaiting -> Probing -> Running`. The old machine is
gone before its volume is copied, so that nothing is written after the copy; the copy is a candidate until a machine on
it is up; then, in one commit, it is the volume and the old one is kept. Whatever fails before that leaves the old one
what it was. A volume is replaced by an empty one only if no machine was ever sent for on it.
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core import attempts, echo, handover, inspection, moves, provision, regions, start, story, survey
from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import Content, CopyOf, CreateVolume, Empty, ListSnapshots, SnapshotOf
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import AuditNote, Failing, Instance, Note, Transition
from kiloclaw_core.ledger import Role, VolumeHolding
from kiloclaw_core.machine import Data
from kiloclaw_core.names import OpId, SnapshotId
from kiloclaw_core.outcomes import Rejected, SnapshotsListed, VolumesListed, Why
from kiloclaw_core.phases import CreatingVolume, ListingSnapshots, Look, Sought
from kiloclaw_core.stories import (
    Attempt,
    Cause,
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
from kiloclaw_core.verbs import audited, condemn_machine, go, our_volume, target_volume


def displaced(instance: Instance, refusal: Rejected) -> Transition:
    """Our machine cannot run where its volume is: whoever wants one moves, and a move goes on to somewhere else."""
    told: tuple[Note, ...] = ()
    if regions.is_of_region(refusal.why):
        instance, told = regions.without_room(instance, (target_volume(instance).region,))
    label = regions.capacity_label(refusal)
    event = Note("instance.start_capacity_recovery", (("label", label), ("error", refusal.text)))
    return _told(_moved(instance, refusal), event, *told)


def _moved(instance: Instance, refusal: Rejected) -> Transition:
    match instance.story:
        case Starting() | Restarting() if moves.are_spent(instance):
            return story.gave_up(instance, refusal)
        case Starting(attempt=attempt, reason=reason, since=since):
            return story.onward(begun(instance, Cause.START, attempt, reason, since))
        case Restarting(attempt=attempt, reason=reason, since=since):
            return story.onward(begun(instance, Cause.RESTART, attempt, reason, since))
        case Relocating() | Idle() | Provisioning() | Stopping() | Restoring():
            return moved_on(instance, refusal)


def moved_on(instance: Instance, refusal: Rejected) -> Transition:
    """There is no room where the copy is, either: it is given up, unless a machine was there that a user wrote with.

    Then a start moves on from the copy, which bears what is latest. A recovery takes no copy into use that was not seen
    well: it ends, and its note tells that the instance is back where it was.
    """
    candidate = instance.ledger.candidate
    if candidate is None or candidate.data is Data.FRESH:
        return story.again(handover.rolled_back(instance), refusal)
    if story.excluded(instance) is not None:
        return story.gave_up(instance, refusal)
    unseen = attempts.learnt(handover.committed(instance), lambda attempt: evolve(attempt, trust=Trust.UNSEEN))
    regained = attempts.learnt(unseen, lambda attempt: attempts.regain(attempt, Spent.CREATE))
    return story.again(regained, refusal)


def is_held_back(instance: Instance) -> bool:
    """Whether a move is without its copy, and it is too soon for another: trying again would only be waiting."""
    match instance.story:
        case Relocating(attempt=attempt):
            lacks = instance.ledger.candidate is None and attempt.trust is Trust.SEEN
            return lacks and moves.are_spent(instance)
        case Idle() | Provisioning() | Starting() | Stopping() | Restarting() | Restoring():
            return False


def begun(  # noqa: PLR0913, PLR0917 - what a story is told of
    instance: Instance, cause: Cause, attempt: Attempt | None, reason: str, since: int, trust: Trust = Trust.UNSEEN
) -> Instance:
    """The instance beginning to move, with every try before it; of the attempt before, only the app is remembered."""
    secrets = None if attempt is None else attempt.secrets
    fresh = evolve(attempts.new_attempt(instance), secrets=secrets, trust=trust)
    moving = Relocating(instance.ops, fresh, cause, reason, since)
    return evolve(instance, story=moving, ops=OpId(instance.ops + 1))


def proceed(instance: Instance, attempt: Attempt) -> Transition:
    """What moving still lacks: an app, a copy, a machine on it that is up."""
    if Spent.TIME in attempt.spent:
        return story.gave_up(instance, Rejected(Why.WAIT_TIMEOUT, text="the move took too long"))
    if attempt.secrets is None:
        return provision.ensure_app(instance)
    candidate, machine = instance.ledger.candidate, instance.ledger.machine
    if candidate is None:
        return make_candidate(instance, attempt)
    if machine is not None:
        return inspection.inspect(instance, machine.machine, Look.FIRST)
    return start.create_first(instance, attempt, candidate)


def make_candidate(instance: Instance, attempt: Attempt) -> Transition:
    """Our volume seen, our machine gone, then the copy: in this order nothing is written that is not copied."""
    source = our_volume(instance)
    match attempt.trust:
        case Trust.UNSEEN:
            return provision.check_volume(instance, source.volume, Look.FIRST)
        case Trust.MISSED:
            return lost(instance)
        case Trust.GONE if source.data is Data.BEARING:
            return survey.survey(instance)
        case Trust.UNHEARD if source.data is Data.BEARING:
            return list_snapshots(instance, source)
        case Trust.SEEN | Trust.GONE | Trust.UNHEARD:
            if moves.are_spent(instance):
                return story.gave_up(instance, moves.too_soon())
            instance = without_machines(instance)
            return start.once_free(instance) or copy(instance, content_of(source))


def without_machines(instance: Instance) -> Instance:
    """The instance with every machine of its own on its way out: none may write to the volume that is copied."""
    for held in instance.ledger.machines:
        if held.role is not Role.CONDEMNED:
            instance = condemn_machine(instance, held)
    return instance


def content_of(source: VolumeHolding) -> Content:
    """What goes into the new volume: everything, unless no machine was ever sent for on the old one."""
    match source.data:
        case Data.FRESH:
            return Empty()
        case Data.BEARING:
            return CopyOf(source.volume)


def copy(instance: Instance, content: Content) -> Transition:
    """Ask for a volume of this content, elsewhere if there is an elsewhere."""
    op, who, spec = instance.ops, instance.identity, instance.spec
    where = regions.away_from(instance, our_volume(instance).region)
    effect = CreateVolume(op, who.app, who.sandbox, where, spec.volume_gb, spec.size, content)
    return go(moves.counted(instance), CreatingVolume(op, Sought.CANDIDATE), effect)


def copy_refused(instance: Instance, refusal: Rejected) -> Transition:
    """There is no copy: asked for elsewhere, of a source that is looked at again, or of its newest snapshot."""
    if not isinstance(instance.story, Relocating):
        return story.refused(instance, refusal, Failing.RESTORE)
    tries, instance = instance.story.attempt.tries, moves.uncounted(instance)
    if regions.is_of_host(refusal.why):
        return no_room(instance, refusal)
    if refusal.why in {Why.MISSING_VOLUME, Why.NOT_FOUND}:
        doubting = attempts.learnt(instance, lambda attempt: evolve(attempt, trust=Trust.UNSEEN))
        return story.again(doubting, refusal)
    if refusal.why is Why.HOST_DOWN and tries == 0:
        again = instance.policy.tries
        return story.onward(
            attempts.learnt(instance, lambda attempt: evolve(attempt, trust=Trust.UNHEARD, tries=again))
        )
    return story.refused(instance, refusal, Failing.START)


def no_room(instance: Instance, refusal: Rejected) -> Transition:
    """No region that was asked had room: asked again where there was none to be asked, if there is such a region."""
    asked = regions.away_from(instance, our_volume(instance).region)
    instance, told = regions.without_room(instance, asked)
    went_on = story.again(instance, refusal) if regions.is_one_left(instance) else story.gave_up(instance, refusal)
    return _told(went_on, *told)


def lost(instance: Instance) -> Transition:
    """The volume that the next machine is to mount is gone: from a snapshot, or from the source once more.

    Our machine is asked first: Fly moves machines between hosts, and what it mounts now may be all that was lost.
    """
    machine, attempt = instance.ledger.machine, attempts.attempt_of(instance)
    asked = attempt is None or attempt.trust is Trust.GONE
    if machine is not None and instance.ledger.candidate is None and not asked:
        doubting = attempts.learnt(instance, lambda before: evolve(before, trust=Trust.MISSED))
        return inspection.inspect(doubting, machine.machine, Look.FIRST)
    missing = Rejected(Why.MISSING_VOLUME, text="the volume is gone")
    match instance.story:
        case Starting(attempt=attempt, reason=reason, since=since):
            return story.onward(begun(instance, Cause.START, attempt, reason, since, Trust.GONE))
        case Restarting(attempt=attempt, reason=reason, since=since):
            return story.onward(begun(instance, Cause.RESTART, attempt, reason, since, Trust.GONE))
        case Relocating() if instance.ledger.candidate is None:
            return story.onward(attempts.learnt(instance, lambda before: evolve(before, trust=Trust.GONE)))
        case Relocating():
            return story.again(handover.rolled_back(instance), missing)
        case Idle() | Provisioning() | Stopping() | Restoring():
            return story.refused(instance, missing, Failing.PROVISION)


def source_lost(instance: Instance) -> Transition:
    """Our machine was asked too, and knows of no other volume: ours is gone, or the copy that it was made for."""
    if instance.ledger.candidate is not None:
        return lost(instance)
    return lost(attempts.learnt(instance, lambda attempt: evolve(attempt, trust=Trust.GONE)))


def looked_for(instance: Instance, listed: VolumesListed) -> Transition:
    """Our volume was missed twice, and all were listed: it is there after all, or Fly moved it, or it is lost."""
    ours = our_volume(instance)
    if any(seen.volume == ours.volume for seen in survey.there(listed)):
        doubting = attempts.learnt(instance, lambda attempt: evolve(attempt, trust=Trust.UNSEEN))
        return story.again(doubting, Rejected(Why.MISSING_VOLUME, text="the volume was missed, and is there"))
    twin = survey.moved(instance, ours, listed)
    return list_snapshots(instance, ours) if twin is None else over_to(instance, twin)


def list_snapshots(instance: Instance, source: VolumeHolding) -> Transition:
    """Look which snapshots there are of a volume that cannot be copied, unless it is too soon for another."""
    if moves.are_spent(instance):
        return story.gave_up(instance, moves.too_soon())
    op = instance.ops
    return go(instance, ListingSnapshots(op), ListSnapshots(op, instance.identity.app, source.volume))


def listing_snapshots(instance: Instance, phase: ListingSnapshots, fact: Fact) -> Transition:
    """Our volume cannot be copied; its snapshots are being listed."""
    match fact:
        case Replied(op=phase.op) if instance.desired is not Desired.RUNNING:
            return story.onward(instance)
        case Replied(op=phase.op, outcome=SnapshotsListed(snapshots=())):
            return no_snapshots(instance)
        case Replied(op=phase.op, outcome=SnapshotsListed(snapshots=snapshots)):
            return from_snapshot(without_machines(instance), snapshots[0])
        case Replied(op=phase.op, outcome=outcome):
            return story.unshown(instance, outcome)
        case Recovered() | AlarmRang() | Woken():
            return story.onward(instance)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def no_snapshots(instance: Instance) -> Transition:
    """There is no snapshot either: it is told, and an operator may know of another volume."""
    nothing = Rejected(Why.MISSING_VOLUME, text="the volume is gone, and there is no snapshot of it")
    return story.gave_up(instance, nothing)


def over_to(instance: Instance, twin: VolumeHolding) -> Transition:
    """Fly moved our volume there: it is ours from now on, and still to be looked at; the lost id is remembered."""
    ours = our_volume(instance)
    line = Note("follow_moved_volume", (("old_volume_id", ours.volume), ("volume_id", twin.volume)))
    ledger = instance.ledger.with_volume(evolve(twin, role=Role.ACTIVE, data=Data.BEARING))
    over = handover.kept_whole(evolve(instance, ledger=ledger), ours)
    unseen = attempts.learnt(over, lambda attempt: evolve(attempt, trust=Trust.UNSEEN))
    return _told(story.onward(unseen), line)


def from_snapshot(instance: Instance, snapshot: SnapshotId) -> Transition:
    """Go back to the newest snapshot of a volume that is lost: what was written since is lost, and that is told."""
    waiting = start.once_free(instance)
    if waiting is not None:
        return waiting
    lost_volume = our_volume(instance).volume
    fields = (("data_loss", "true"), ("old_volume_id", lost_volume), ("snapshot_id", snapshot))
    did = f"went back to the snapshot {snapshot}, because {lost_volume} could not be had"
    going_back = audited(instance, AuditNote("kiloclaw", did, "the volume is lost"))
    return _told(copy(going_back, SnapshotOf(lost_volume, snapshot)), Note("replace_lost_volume", fields))


def _told(transition: Transition, *notes: Note) -> Transition:
    return evolve(transition, notes=(*notes, *transition.notes))
