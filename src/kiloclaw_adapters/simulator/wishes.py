"""Reads what a volume is asked to be: empty, a copy of another, or what was in one when a snapshot was taken.

What Fly would refuse is refused here; where there is room for it is decided by `placing` (Fly: fly.md 1.5, 3).
"""

from __future__ import annotations

from typing import Final

from attrs import evolve, frozen

from kiloclaw_adapters.simulator.asking import Ask, Refused, refused, rejected
from kiloclaw_adapters.simulator.faults import REFUSALS
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_core.effects import Content, CopyOf, Empty, SnapshotOf
from kiloclaw_core.names import SnapshotId, VolumeId
from kiloclaw_core.world import fly as truth

DEFAULT_GB: Final = 3
LARGEST_GB: Final = 500
LONGEST_RETENTION_DAYS: Final = 60


@frozen
class Wish:
    """A volume that is asked for: what it is to bear, how large it is, and where it may be."""

    content: Content
    size_gb: int
    region: str
    away_from: str = ""


def read_wish(stage: Stage, ask: Ask) -> Wish:
    """The volume that this request asks for; what cannot be is refused."""
    body, region = ask.body, ask.body.text("region", "")
    if body.has("source_volume_id"):
        return _read_fork(stage, ask, VolumeId(body.text("source_volume_id")), region)
    size_gb = body.number("size_gb", DEFAULT_GB)
    if not 1 <= size_gb <= LARGEST_GB:
        raise refused(422, f"Validation failed: size_gb must be between 1 and {LARGEST_GB}, not {size_gb}")
    if not body.has("snapshot_id"):
        return Wish(Empty(), size_gb, region)
    return _read_restore(stage, ask, SnapshotId(body.text("snapshot_id")), Wish(Empty(), size_gb, region))


def _read_fork(stage: Stage, ask: Ask, source: VolumeId, region: str) -> Wish:
    """A copy of a volume: beside it in its region, on another host, where nothing else is asked for."""
    found = stage.fly.volume(source)
    if found is None or found.app != ask.app:
        raise rejected(truth.volume_not_found())
    if stage.silence_of(source) is not None:
        raise Refused(*REFUSALS["fork_host_down"])
    size_gb = ask.body.number("size_gb", found.size_gb)
    if ask.body.has("size_gb") and stage.rules.fork_refuses_size:
        raise refused(422, "Validation failed: size_gb cannot be given with source_volume_id")
    if size_gb < found.size_gb:
        raise refused(422, f"Validation failed: size_gb must be greater than or equal to {found.size_gb}")
    return Wish(CopyOf(source), size_gb, region or found.region, stage.hosts.of(source).host)


def _read_restore(stage: Stage, ask: Ask, snapshot: SnapshotId, wish: Wish) -> Wish:
    """What was in a volume when the snapshot was taken; the size must be said (Fly: fly.md 1.5)."""
    papers = stage.snapshot_papers.get(snapshot)
    if papers is None or papers.app != ask.app:
        raise rejected(truth.snapshot_not_found())
    if not papers.finished:
        raise refused(412, "failed_precondition: the snapshot is not finished yet")
    if not ask.body.has("size_gb"):
        raise refused(422, "Validation failed: size_gb must be given with snapshot_id")
    of = next(one.volume for one in stage.fly.snapshots if one.snapshot == snapshot)
    return evolve(wish, content=SnapshotOf(of, snapshot))


def read_retention(ask: Ask, default: int) -> int:
    """For how many days the snapshots of a volume are kept."""
    days = ask.body.number("snapshot_retention", default)
    if not 1 <= days <= LONGEST_RETENTION_DAYS:
        text = f"snapshot_retention must be between 1 and {LONGEST_RETENTION_DAYS}, not {days}"
        raise refused(422, f"Validation failed: {text}")
    return days
