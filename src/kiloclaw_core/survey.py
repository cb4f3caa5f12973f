"""Looking for volumes that no record remembers: before a first one is made, where ours is lost, beside kept ones.

A record that was lost must not end in an empty disk; and Fly moves machines between hosts, and their volumes with them,
under another id (fly.md 2.2): when the machine is gone before anybody looked, only a list shows where its volume went.
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core import echo, handover, provision, relocate, rest, story
from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import ListVolumes
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Failing, Instance, Note, Transition
from kiloclaw_core.ledger import Due, Role, VolumeHolding
from kiloclaw_core.machine import Data, VolumeSeen, VolumeState
from kiloclaw_core.outcomes import Outcome, Rejected, VolumesListed, Why
from kiloclaw_core.phases import Surveying
from kiloclaw_core.stories import Idle, Provisioning, Relocating, Restarting, Restoring, Starting, Stopping, Trust
from kiloclaw_core.verbs import go


def survey(instance: Instance) -> Transition:
    """Have the volumes of this sandbox listed."""
    op, who = instance.ops, instance.identity
    return go(instance, Surveying(op), ListVolumes(op, who.app, who.sandbox))


def surveying(instance: Instance, phase: Surveying, fact: Fact) -> Transition:
    """Looking for a volume that no record remembers."""
    match fact:
        case Replied(op=phase.op, outcome=VolumesListed() as listed):
            return surveyed(instance, listed)
        case Replied(op=phase.op, outcome=outcome):
            return unlisted(instance, outcome)
        case Recovered() | AlarmRang() | Woken():
            return story.onward(instance)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def unlisted(instance: Instance, outcome: Outcome) -> Transition:
    """The volumes were not listed: a story tries again, and whoever takes stock says so and goes on to its machine."""
    refusal = story.refusal_of(outcome)
    if not isinstance(instance.story, Idle) or instance.desired is Desired.GONE:
        return story.refused(instance, refusal, Failing.PROVISION)
    line = Note("volume_check_failed", (("label", refusal.why.value), ("error", refusal.text)))
    looking = rest.look(instance)
    return evolve(looking, notes=(line, *looking.notes))


def surveyed(instance: Instance, listed: VolumesListed) -> Transition:
    """The volumes are known: what is news is held, and whoever asked goes on with it."""
    instance = echo.noticed(instance, listed)
    if instance.desired is Desired.GONE:
        return story.onward(instance)
    match instance.story:
        case Idle():
            return rest.look(put_away(instance, listed))
        case Relocating(attempt=attempt) if attempt.trust is Trust.GONE:
            return relocate.looked_for(instance, listed)
        case Provisioning() | Starting() | Stopping() | Restarting() | Relocating() | Restoring():
            return chosen(instance) if instance.ledger.volume is None else story.onward(instance)


def put_away(instance: Instance, listed: VolumesListed) -> Instance:
    """At rest, with the volume in use seen to be there: any other that was found is kept, like one that was left.

    Not one that a machine has, and not one that bears the mark of the volume in use: that is where Fly moved it.
    """
    ours, seen = instance.ledger.volume, {one.volume: one for one in there(listed)}
    if ours is None or ours.volume not in seen:
        return instance
    for held in instance.ledger.volumes:
        alone = held.volume in seen and seen[held.volume].attached is None
        if held.role is Role.FOUND and alone and held.mark != ours.mark:
            instance = handover.kept_whole(handover.unproven(instance), held)
    return instance


def moved(instance: Instance, lost: VolumeHolding, listed: VolumesListed) -> VolumeHolding | None:
    """Where Fly moved the volume that is lost: there, under another id and the same name; of several nobody can say."""
    seen = {one.volume for one in there(listed)}
    kept = {Role.FOUND} if lost.mark is None else {Role.FOUND, Role.RETAINED}
    twins = [held for held in instance.ledger.volumes if held.volume in seen and held.role in kept]
    twins = [held for held in twins if held.mark == lost.mark]
    return twins[0] if len(twins) == 1 else None


def there(listed: VolumesListed) -> tuple[VolumeSeen, ...]:
    """The volumes that were listed and are not on their way out: what Fly moved leaves itself behind for a week."""
    return tuple(seen for seen in listed.seen if seen.state is not VolumeState.LEAVING)


def chosen(instance: Instance) -> Transition:
    """None is there: one is made. One is there: it is ours. Of several an operator has to say which."""
    kept = [held for held in instance.ledger.volumes if held.role in {Role.FOUND, Role.RETAINED}]
    if not kept:
        return provision.create_volume(instance)
    if len(kept) > 1:
        several = ", ".join(held.volume for held in kept)
        which = Rejected(Why.AMBIGUOUS, text=f"which volume is the one? There are {several}")
        return story.refused(instance, which, Failing.PROVISION)
    (held,) = kept
    active = evolve(held, role=Role.ACTIVE, errand=Due(), data=Data.BEARING)
    transition = story.onward(evolve(instance, ledger=instance.ledger.with_volume(active)))
    note = Note("recover_volume_from_name", (("volume_id", held.volume),))
    return evolve(transition, notes=(note, *provision.provisioned(instance), *transition.notes))
