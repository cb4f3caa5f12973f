"""A machine that mounts another volume than ours: the one place of the repair policy.

A mount that differs is evidence, not an error. Whichever volume may bear the data is looked at, twice if it is not
shown; if ours is there, the machine is given it; if it is gone, what the machine mounts is ours from now on, because
Fly moves machines between hosts and their volumes with them (fly.md 2.2).
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core import adopt, attempts, handover, launch, relocate, restart, start, story
from kiloclaw_core.instance import NOW, Instance, Note, Transition
from kiloclaw_core.ledger import VolumeHolding
from kiloclaw_core.machine import Data, MachineSeen
from kiloclaw_core.names import Region, VolumeId
from kiloclaw_core.outcomes import Rejected
from kiloclaw_core.phases import Look, Weighing
from kiloclaw_core.stories import Idle, Provisioning, Relocating, Restarting, Restoring, Starting, Stopping, Trust
from kiloclaw_core.verbs import condemn_machine, our_machine, target_volume


def reconcile_machine_mount(instance: Instance, seen: MachineSeen) -> Transition | None:
    """The look that a differing mount calls for, or None if it is right.

    Whoever asks has seen to it that the host answers: one that does not shows no mount (fly.md 2.3).
    """
    ours = target_volume(instance)
    if seen.volume == ours.volume:
        return None
    return adopt.weigh(instance, None, seen, adopt.deciding(instance, seen) or ours.volume, Look.FIRST)


def weighed_there(instance: Instance, phase: Weighing) -> Transition:
    """The deciding volume is there: an unused one of ours gives way to the mount, any other is put in its place."""
    if phase.volume == phase.seen.volume:
        return story.onward(mount_adopted(instance, phase.volume, phase.seen.region))
    return repaired(instance, phase.seen)


def weighed_gone(instance: Instance, phase: Weighing) -> Transition:
    """The deciding volume is gone, twice looked: the other one is all there is."""
    if phase.volume == phase.seen.volume:
        return repaired(instance, phase.seen)
    if phase.seen.volume is None:
        return relocate.source_lost(instance)
    return story.onward(mount_adopted(instance, phase.seen.volume, phase.seen.region))


def repaired(instance: Instance, seen: MachineSeen) -> Transition:
    """Give the machine our volume: at once where a story wants it up, by a restart of its own at rest."""
    line = Note("repair_mount", (("machine_id", seen.machine), ("volume_id", target_volume(instance).volume)))
    transition = _repair(instance, seen)
    return evolve(transition, notes=(line, *transition.notes))


def _repair(instance: Instance, seen: MachineSeen) -> Transition:
    match instance.story:
        case Starting() | Restarting() | Relocating():
            return launch.update(instance, seen)
        case Idle():
            return story.onward(restart.new_restart(instance, "repair_mount", NOW, repairing=True))
        case Provisioning() | Stopping() | Restoring():
            return story.onward(instance)


def refused(instance: Instance, refusal: Rejected) -> Transition:
    """Fly itself says that the volume our machine was to have is gone: the one it mounts is ours, if it is another."""
    machine, ours = our_machine(instance), target_volume(instance)
    if machine.volume in {None, ours.volume}:
        return start.doubted(condemn_machine(instance, machine), refusal)
    return story.onward(mount_adopted(instance, machine.volume, ours.region))


def mount_adopted(instance: Instance, volume: VolumeId, region: Region) -> Instance:
    """The instance with the machine's mount as the volume it had in mind; the one it held is kept, unless unused."""
    ours, known = target_volume(instance), instance.ledger.holding(volume)
    mark = known.mark if isinstance(known, VolumeHolding) else None
    mount = VolumeHolding(volume, ours.role, Data.BEARING, region or ours.region, mark=mark)
    moved = handover.left(evolve(instance, ledger=instance.ledger.with_volume(mount)), ours)
    return attempts.learnt(moved, lambda attempt: evolve(attempt, trust=Trust.UNSEEN))
