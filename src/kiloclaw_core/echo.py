"""What an answer that nobody waits for may still tell: an echo never steers, but what it shows is not forgotten.

A resource that a late create reports was never wanted twice, so it enters the ledger as condemned; what a read shows
as ours enters as found. Nothing is ours by its name alone in an app that is not ours alone.
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core import story
from kiloclaw_core.commands import Desired, Tenancy
from kiloclaw_core.instance import Instance, Transition
from kiloclaw_core.ledger import Ledger, Role, VolumeHolding
from kiloclaw_core.machine import Data, MachineSeen, MachineState, Named, VolumeSeen, VolumeState
from kiloclaw_core.names import VolumeId
from kiloclaw_core.outcomes import (
    AppReady,
    Done,
    Healthy,
    MachineMade,
    MachineShown,
    MachinesListed,
    Outcome,
    Rejected,
    SnapshotsListed,
    StateElsewhere,
    StateReached,
    Unhealthy,
    Unknown,
    VolumeMade,
    VolumeShown,
    VolumesListed,
)
from kiloclaw_core.verbs import hold_machine, hold_volume, stay


def echo(instance: Instance, outcome: Outcome) -> Transition:
    """An answer that nobody waits for. An instance that is to be gone razes what it learns of, even once gone."""
    before = instance.ledger
    instance = _heard(instance, outcome)
    if instance.desired is Desired.GONE and _news(before, instance.ledger):
        return story.onward(instance)
    return stay(instance)


def _heard(instance: Instance, outcome: Outcome) -> Instance:
    match outcome:
        case MachineMade(seen=seen):
            return instance if instance.ledger.knows(seen.machine) else hold_machine(instance, seen, Role.CONDEMNED)
        case VolumeMade(seen=seen):
            if instance.ledger.knows(seen.volume):
                return instance
            return hold_volume(instance, seen, Role.CONDEMNED, Data.FRESH)
        case MachineShown(seen=seen):
            return noticed(instance, MachinesListed((seen,)))
        case VolumeShown(seen=seen):
            return noticed(instance, VolumesListed((seen,)))
        case MachinesListed() | VolumesListed():
            return noticed(instance, outcome)
        case StateReached() | StateElsewhere() | Healthy() | Unhealthy() | AppReady() | Done() | Rejected() | Unknown():
            return instance
        case SnapshotsListed():
            return instance


def _news(before: Ledger, after: Ledger) -> bool:
    return (before.machines, before.volumes) != (after.machines, after.volumes)


def noticed(instance: Instance, listed: MachinesListed | VolumesListed) -> Instance:
    """The instance holding as found whatever a read shows as ours and the ledger does not know."""
    match listed:
        case MachinesListed(seen=machines):
            for machine in machines:
                instance = _notice_machine(instance, machine)
            return instance
        case VolumesListed(seen=volumes):
            for volume in volumes:
                instance = _notice_volume(instance, volume)
            return instance


def _notice_machine(instance: Instance, seen: MachineSeen) -> Instance:
    if is_dead(seen) or instance.ledger.knows(seen.machine) or not is_ours(instance, seen):
        return instance
    return mount_noticed(hold_machine(instance, seen, Role.FOUND), seen)


def mount_noticed(instance: Instance, seen: MachineSeen) -> Instance:
    """The instance holding as found the volume that this machine of ours mounts, if it is news."""
    if seen.volume is None or instance.ledger.knows(seen.volume):
        return instance
    mount = VolumeHolding(seen.volume, Role.FOUND, Data.BEARING, seen.region)
    return evolve(instance, ledger=instance.ledger.with_volume(mount))


def _notice_volume(instance: Instance, seen: VolumeSeen) -> Instance:
    if seen.state is VolumeState.LEAVING or not _is_our_volume(instance, seen):
        return instance
    if instance.ledger.knows(seen.volume):
        return mark_noticed(instance, seen)
    return hold_volume(instance, seen, Role.FOUND, Data.BEARING)


def mark_noticed(instance: Instance, seen: VolumeSeen) -> Instance:
    """The instance knowing the mark of a volume that it held by its id alone, because a machine mounts it."""
    held = instance.ledger.holding(seen.volume)
    if not isinstance(held, VolumeHolding) or held.mark is not None or seen.mark is None:
        return instance
    return evolve(instance, ledger=instance.ledger.with_volume(evolve(held, mark=seen.mark)))


def is_dead(seen: MachineSeen) -> bool:
    """Whether the machine is on its way out or gone: never a machine to adopt or to delete again."""
    return seen.state in {MachineState.DESTROYING, MachineState.DESTROYED}


def is_ours(instance: Instance, seen: MachineSeen) -> bool:
    """Whether the machine is this sandbox's: by its metadata, by a volume we hold, or by name in an app of our own."""
    who = instance.identity
    if is_foreign(instance, seen):
        return False
    if seen.sandbox == who.sandbox or _holds_volume(instance, seen.volume):
        return True
    match who.tenancy:
        case Tenancy.OWN:
            return seen.named_ours
        case Tenancy.SHARED:
            return False


def is_foreign(instance: Instance, seen: MachineSeen) -> bool:
    """Whether the machine's metadata names another sandbox or another user."""
    who = instance.identity
    return seen.sandbox not in {None, who.sandbox} or seen.user not in {None, who.user}


def _holds_volume(instance: Instance, volume: VolumeId | None) -> bool:
    return any(held.volume == volume for held in instance.ledger.volumes)


def _is_our_volume(instance: Instance, seen: VolumeSeen) -> bool:
    match seen.named:
        case Named.MARKED:
            return True
        case Named.LEGACY:
            return instance.identity.tenancy is Tenancy.OWN
        case Named.FOREIGN:
            return any(held.machine == seen.attached for held in instance.ledger.machines)
