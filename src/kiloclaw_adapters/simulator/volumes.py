"""What requests about volumes do when they land (Fly: fly.md 1.5, 3).

What a volume bears, and whether it may be deleted, is decided by `kiloclaw_core.world.fly`.
"""

from __future__ import annotations

import re
from typing import Final

from attrs import evolve

from kiloclaw_adapters.simulator import backups
from kiloclaw_adapters.simulator.agenda import Filling
from kiloclaw_adapters.simulator.asking import Answer, Ask, refused, rejected, shown
from kiloclaw_adapters.simulator.configs import read_guest
from kiloclaw_adapters.simulator.finding import (
    haunted,
    is_unseen,
    open_app,
    seen,
    volume_in,
    volume_reached,
)
from kiloclaw_adapters.simulator.hosts import Host, Need
from kiloclaw_adapters.simulator.kinds import Kind, Slow, Stuck, Unseen
from kiloclaw_adapters.simulator.machines import claimant
from kiloclaw_adapters.simulator.moving import bury_volume
from kiloclaw_adapters.simulator.papers import BuriedVolume, VolumePapers
from kiloclaw_adapters.simulator.placing import choose_host, no_room
from kiloclaw_adapters.simulator.reading import Json
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_adapters.simulator.views import volume_json
from kiloclaw_adapters.simulator.wishes import LARGEST_GB, Wish, read_retention, read_wish
from kiloclaw_core.effects import CopyOf, Empty, SnapshotOf
from kiloclaw_core.machine import MachineState, Named, VolumeState
from kiloclaw_core.names import Region, VolumeId
from kiloclaw_core.outcomes import Rejected
from kiloclaw_core.world import disks
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.fly import EMPTY, TrueVolume

NAME_PATTERN: Final = re.compile(r"[a-z0-9_]{1,30}")
DEFAULT_RETENTION_DAYS: Final = 5
DOING: Final = {Empty: "creating", CopyOf: "hydrating", SnapshotOf: "restoring"}
"""What Fly says of a volume that is not whole yet, by what it is to bear."""


# -- making ------------------------------------------------------------------------------------------------------


def create(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Make a volume, empty or with a content, in the first region named that has room; names are not unique."""
    app, body = open_app(stage, ask, met), ask.body
    name, wish = body.text("name"), read_wish(stage, ask)
    if NAME_PATTERN.fullmatch(name) is None:
        raise refused(422, f"Validation failed: Name {name!r} must be 1 to 30 of a-z, 0-9 and _")
    papers = VolumePapers(
        stage.now_ms(),
        retention_days=read_retention(ask, DEFAULT_RETENTION_DAYS),
        backs_up=body.truth("auto_backup_enabled", default=True),
    )
    host = _host(stage, ask, wish)
    region = Region(host.region)
    empty = TrueVolume(stage.identities.volume(), EMPTY, None, app.app, region, name, Named.FOREIGN, wish.size_gb)
    fly, volume = disks.fill(truth.with_volume(stage.fly, empty), empty, wish.content)
    if isinstance(volume, Rejected):
        raise rejected(volume)
    volume = evolve(volume, size_gb=wish.size_gb)
    stage.fly = truth.with_volume(fly, volume)
    stage.volume_papers[volume.volume] = papers
    stage.hosts.place(volume.volume, host.host)
    backups.expect(stage, volume.volume)
    _begin(stage, volume, DOING[type(wish.content)], met)
    return shown(volume_json(stage, stage.fly, volume))


def _host(stage: Stage, ask: Ask, wish: Wish) -> Host:
    """A host with room for the volume, and for a machine of the size that the request hints at."""
    guest = read_guest(ask.body.inner("compute")) if ask.body.has("compute") else None
    need = Need(0 if guest is None else guest.memory_mb, 0 if guest is None else guest.cpus, wish.size_gb)
    return choose_host(stage, ask, wish.region, need, wish.away_from)


def _begin(stage: Stage, volume: TrueVolume, doing: str, met: tuple[Kind, ...]) -> None:
    """Have a volume become whole after a while; an empty one, that nothing delays, is whole at once."""
    slow_s = sum(kind.by_ms for kind in met if isinstance(kind, Slow)) / 1000
    stuck = any(isinstance(kind, Stuck) for kind in met)
    if volume.state is VolumeState.CREATED and doing != "extending":
        if not slow_s and not stuck:
            return
        stage.fly = truth.with_volume(stage.fly, evolve(volume, state=VolumeState.UNREADY))
    else:
        slow_s += stage.settings.fill_s
    stage.volume_papers[volume.volume].doing = doing
    if not stuck and not stage.settings.manual:
        stage.agenda.put(Filling(volume.volume), stage.now() + slow_s)
    stage.wake()


# -- looking -----------------------------------------------------------------------------------------------------


def get(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Show a volume."""
    app = open_app(stage, ask, met)
    buried = stage.buried_volumes.get(VolumeId(ask.of))
    if buried is not None and buried.volume.app == app.app and haunted(stage, met, buried) is not None:
        return shown(_as_ghost(stage, buried, met))
    fly = seen(stage, met)
    found = volume_in(fly, ask)
    if is_unseen(met):
        raise rejected(truth.volume_not_found())
    return shown(volume_json(stage, fly, found))


def _as_ghost(stage: Stage, buried: BuriedVolume, met: tuple[Kind, ...]) -> Json:
    was = volume_json(stage, stage.fly, buried.volume)
    return {**was, "state": haunted(stage, met, buried) or was["state"]}


def list_all(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """List the volumes of an app."""
    app, fly = open_app(stage, ask, met), seen(stage, met)
    listed = [volume_json(stage, fly, one) for one in fly.volumes if one.app == app.app]
    there = {one["id"] for one in listed}
    for buried in stage.buried_volumes.values():
        ours = buried.volume.app == app.app and buried.volume.volume not in there
        if ours and haunted(stage, met, buried) is not None:
            listed.append(_as_ghost(stage, buried, met))
    for kind in met:
        if isinstance(kind, Unseen):
            listed = [one for one in listed if kind.missing not in {"", one["id"]}]
    return shown(listed)


# -- changing ----------------------------------------------------------------------------------------------------


def update(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Change how a volume is backed up."""
    open_app(stage, ask, met)
    found = volume_reached(stage, ask)
    papers = stage.volume_papers[found.volume]
    papers.retention_days = read_retention(ask, papers.retention_days)
    papers.backs_up = ask.body.truth("auto_backup_enabled", default=papers.backs_up)
    return shown(volume_json(stage, stage.fly, found))


def extend(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Give a volume this size, which is not below the one it has; a machine that is up sees it once it is booted."""
    open_app(stage, ask, met)
    found, size_gb = volume_reached(stage, ask), ask.body.number("size_gb")
    if not found.size_gb <= size_gb <= LARGEST_GB:
        text = f"size_gb must be between {found.size_gb} and {LARGEST_GB}, not {size_gb}"
        raise refused(422, f"Validation failed: {text}")
    if stage.hosts.shortage(stage.fly, stage.hosts.of(found.volume), Need(storage_gb=size_gb - found.size_gb)):
        raise no_room(ask, found.region)
    extended = evolve(found, size_gb=size_gb)
    stage.fly = truth.with_volume(stage.fly, extended)
    if extended != found:
        _begin(stage, extended, "extending", met)
    return shown({"volume": volume_json(stage, stage.fly, extended), "needs_restart": _runs(stage, found.volume)})


def _runs(stage: Stage, volume: VolumeId) -> bool:
    holder = stage.fly.holder(volume)
    machine = None if holder is None else stage.fly.machine(holder)
    return machine is not None and machine.state is MachineState.STARTED


def delete(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Delete a volume, unless a machine has it; the answer shows it as destroyed."""
    open_app(stage, ask, met)
    found = volume_reached(stage, ask)
    fly, refusal = disks.delete_volume(stage.fly, found.volume)
    if refusal is not None:
        raise rejected(refusal)
    if (holder := claimant(stage, found.volume, met)) is not None:
        raise refused(412, f"failed_precondition: volume is currently bound to machine: {holder}")
    last = volume_json(stage, stage.fly, found)
    stage.fly = fly
    bury_volume(stage, found)
    return shown({**last, "state": "destroyed"})
