"""Snapshots of volumes: asked for, taken every day, finished after a while, and kept for some days (Fly: fly.md 3).

What a snapshot bears is decided by `kiloclaw_core.world.fly`; requests about them are in `snapshots`.
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_adapters.simulator.agenda import Backup, Expiry, Finish
from kiloclaw_adapters.simulator.papers import SnapshotPapers
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_core.names import SnapshotId, VolumeId
from kiloclaw_core.world import disks, fate
from kiloclaw_core.world.fly import TrueVolume


def take(stage: Stage, volume: TrueVolume) -> SnapshotId:
    """Begin a snapshot of this volume as it is now."""
    snapshot = stage.identities.snapshot()
    stage.fly = disks.take_snapshot(stage.fly, volume, snapshot)
    days = stage.volume_papers[volume.volume].retention_days
    stage.snapshot_papers[snapshot] = SnapshotPapers(volume.app, stage.now_ms(), days)
    if not stage.settings.manual:
        stage.agenda.put(Finish(snapshot), stage.now() + stage.settings.snapshot_s)
    stage.wake()
    return snapshot


def unfinished(stage: Stage, volume: VolumeId) -> SnapshotId | None:
    """The snapshot of this volume that is being taken, if one is."""
    of = (one.snapshot for one in disks.snapshots_of(stage.fly, volume))
    return next((one for one in of if not stage.snapshot_papers[one].finished), None)


def finish(stage: Stage, snapshot: SnapshotId) -> None:
    """A snapshot is finished: it can be restored, until it has been kept for long enough."""
    papers = stage.snapshot_papers[snapshot]
    papers.finished = True
    stage.agenda.drop(Finish(snapshot))
    stage.agenda.put(Expiry(snapshot), stage.now() + papers.retention_days * stage.settings.day_s)
    stage.wake()


def forget(stage: Stage, snapshot: SnapshotId) -> None:
    """A snapshot has been kept for long enough."""
    kept = tuple(one for one in stage.fly.snapshots if one.snapshot != snapshot)
    stage.fly = fate.dense(evolve(stage.fly, snapshots=kept))
    stage.snapshot_papers.pop(snapshot, None)
    stage.agenda.drop(Finish(snapshot))
    stage.agenda.drop(Expiry(snapshot))


def expect(stage: Stage, volume: VolumeId) -> None:
    """Have the next daily snapshot of this volume come in a day."""
    stage.agenda.put(Backup(volume), stage.now() + stage.settings.day_s)


def back_up(stage: Stage, volume: VolumeId) -> None:
    """A day is over: the volume is snapshot, unless it is gone, has been opted out, or is being snapshot anyway."""
    found = stage.fly.volume(volume)
    if found is None:
        return
    if stage.volume_papers[volume].backs_up and unfinished(stage, volume) is None:
        take(stage, found)
    expect(stage, volume)
