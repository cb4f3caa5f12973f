"""What requests about snapshots do when they land (Fly: fly.md 1.5, 3).

When a snapshot is finished and forgotten is decided by `backups`.
"""

from __future__ import annotations

from kiloclaw_adapters.simulator import backups
from kiloclaw_adapters.simulator.asking import Answer, Ask, refused, rejected, shown
from kiloclaw_adapters.simulator.finding import is_unseen, open_app, volume_reached
from kiloclaw_adapters.simulator.kinds import Kind
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_adapters.simulator.views import moment_text, snapshot_json
from kiloclaw_core.names import VolumeId
from kiloclaw_core.world import disks
from kiloclaw_core.world import fly as truth


def list_all(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """List the snapshots of a volume, also of one that is gone, the newest first."""
    app, volume = open_app(stage, ask, met), VolumeId(ask.of)
    snapshots = [
        one for one in disks.snapshots_of(stage.fly, volume) if stage.snapshot_papers[one.snapshot].app == app.app
    ]
    found, buried = stage.fly.volume(volume), stage.buried_volumes.get(volume)
    known = snapshots or (found is not None and found.app == app.app)
    known = known or (buried is not None and buried.volume.app == app.app)
    if not known:
        raise rejected(truth.volume_not_found())
    return shown([] if is_unseen(met) else [snapshot_json(stage, one) for one in snapshots])


def create(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Take a snapshot of a volume, unless one is being taken; it is finished later."""
    open_app(stage, ask, met)
    volume = volume_reached(stage, ask)
    taking = backups.unfinished(stage, volume.volume)
    if taking is not None:
        since = moment_text(stage.snapshot_papers[taking].taken_ms)
        raise refused(412, f"failed_precondition: snapshot is already scheduled at {since}")
    snapshot = backups.take(stage, volume)
    backup = {"id": volume.volume, "state": "pending", "graph_id": snapshot}
    return shown({"Msg": {"backup": backup}})
