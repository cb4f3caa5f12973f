"""What requests about volumes and their snapshots do at Fly, each at the moment it lands."""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.effects import Content, CopyOf, Empty, SnapshotOf
from kiloclaw_core.machine import Named, VolumeState
from kiloclaw_core.names import (
    AppName,
    OpId,
    Region,
    SnapshotId,
    VolumeId,
)
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.world import fate
from kiloclaw_core.world.fly import (
    EMPTY,
    Fly,
    TrueSnapshot,
    TrueVolume,
    host_down,
    is_out_of_hearing,
    snapshot_not_found,
    volume_not_found,
    with_volume,
    without_copies,
    without_volume,
)


def create_volume(  # noqa: PLR0913, PLR0917 - what a request names
    fly: Fly, app: AppName, region: Region, mark: OpId | None, fresh: str, name: str = "", size_gb: int = 10
) -> tuple[Fly, TrueVolume]:
    """Make an empty volume; names are not unique, so every landing makes another."""
    named = Named.FOREIGN if mark is None else Named.MARKED
    volume = TrueVolume(VolumeId(f"v{fresh}"), EMPTY, mark, app, region, name, named, size_gb)
    return with_volume(fly, volume), volume


def fill(fly: Fly, volume: TrueVolume, content: Content) -> tuple[Fly, TrueVolume | Rejected]:
    """The volume that was just made, with its content; without a source there is none of it.

    A copy has its source's size, and is not whole before Fly has moved everything; what is restored needs at least
    the size that its volume had (fly.md 3).
    """
    match content:
        case Empty():
            return fly, volume
        case CopyOf(volume=source):
            copied = fly.volume(source)
            if copied is None or copied.state is VolumeState.LEAVING:
                return without_volume(fly, volume), volume_not_found()
            holder = fly.holder(source)
            if holder is not None and is_out_of_hearing(fly, holder):
                return without_volume(fly, volume), host_down()
            filled = evolve(volume, data=copied.data, size_gb=copied.size_gb, state=VolumeState.UNREADY, source=source)
            return with_volume(fly, filled), filled
        case SnapshotOf(snapshot=snapshot):
            found = next((one for one in fly.snapshots if one.snapshot == snapshot), None)
            if found is None:
                return without_volume(fly, volume), snapshot_not_found()
            if volume.size_gb < found.size_gb:
                text = f'{{"error":"Validation failed: size_gb must be at least the {found.size_gb} of the snapshot"}}'
                return without_volume(fly, volume), Rejected(Why.INVALID, None, 422, text)
            restored = evolve(volume, data=found.data, state=VolumeState.UNREADY)
            return with_volume(fly, restored), restored


def snapshots_of(fly: Fly, volume: VolumeId) -> tuple[TrueSnapshot, ...]:
    """The snapshots of a volume, the newest first, whether the volume is still there or not."""
    return tuple(sorted((one for one in fly.snapshots if one.volume == volume), key=lambda one: -one.data))


def take_snapshot(fly: Fly, volume: TrueVolume, snapshot: SnapshotId) -> Fly:
    """Fly with a snapshot of this volume as it is now."""
    taken = TrueSnapshot(snapshot, volume.volume, volume.data, volume.size_gb)
    others = (one for one in fly.snapshots if one.snapshot != snapshot)
    return evolve(fly, snapshots=tuple(sorted((*others, taken), key=lambda one: one.snapshot)))


def delete_volume(fly: Fly, volume: VolumeId) -> tuple[Fly, Rejected | None]:
    """Delete a volume, unless a machine has it, running or not."""
    holder = fly.holder(volume)
    if holder is not None:
        text = f'{{"error":"failed_precondition: volume is currently bound to machine: {holder}"}}'
        return fly, Rejected(Why.VOLUME_BOUND, None, 412, text)
    left = evolve(fly, volumes=tuple(one for one in fly.volumes if one.volume != volume))
    return fate.dense(without_copies(left, volume)), None
