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
from kiloclaw_core.ledger import Due, Role
from kiloclaw_core.machine import Data, VolumeState
from kiloclaw_core.names import VolumeId
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
    if isinstance(instance.story, Idle) and instance.desired is not Desired.GONE:
        refusal = outcome if isinstance(outcome, Rejected) else Rejected(Why.NO_ANSWER, text="no answer")
        line = Note("volume_check_failed", (("label", refusal.why.value), ("error", refusal.text)))
        looking = rest.look(instance)
        return evolve(looking, notes=(line, *looking.notes))
    if isinstance(outcome, Rejected):
        return story.refused(instance, outcome, Failing.PROVISION)
    return story.no_answer(instance)


def surveyed(instance: Instance, listed: VolumesListed) -> Transition:
    """The volumes are known: what is news is held, and whoever asked goes on with it."""
    known = echo.noticed(instance, listed)
    if instance.desired is Desired.GONE:
        return story.onward(known)
    match instance.story:
        case Idle():
            return rest.look(put_away(instance, listed))
        case Relocating(attempt=attempt) if attempt.trust is Trust.GONE:
            return relocate.looked_for(known, there(listed))
        case Provisioning() | Starting() | Stopping() | Restarting() | Relocating() | Restoring():
            return chosen(known) if known.ledger.volume is None else story.onward(known)


def put_away(instance: Instance, listed: VolumesListed) -> Instance:
    """At rest, with the volume in use seen to be there: whatever is news beside it is kept, like any that was left."""
    known, ours = echo.noticed(instance, listed), instance.ledger.volume
    if ours is None or ours.volume not in there(listed):
        return known
    for held in known.ledger.volumes:
        if instance.ledger.holding(held.volume) is None:
            known = handover.kept_whole(known, held)
    return known


def there(listed: VolumesListed) -> frozenset[VolumeId]:
    """The volumes that were listed and are not on their way out: what Fly moved leaves itself behind for a week."""
    return frozenset(seen.volume for seen in listed.seen if seen.state is not VolumeState.LEAVING)


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
