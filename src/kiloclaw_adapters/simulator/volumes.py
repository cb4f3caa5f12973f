"""What requests about volumes do when they land (Fly: fly.md 1.5, 3).

Whether a volume may be deleted is decided by `kiloclaw_core.world.fly`. Forks and snapshots are not simulated, and
are refused by name.
"""

from __future__ import annotations

import re
from typing import Final

from kiloclaw_adapters.simulator.apps import open_app
from kiloclaw_adapters.simulator.asking import Answer, Ask, Operation, Refused, invalid, refused, rejected, shown
from kiloclaw_adapters.simulator.faults import Full, Ghost, Kind, OverQuota, Unseen
from kiloclaw_adapters.simulator.settings import codes_of
from kiloclaw_adapters.simulator.stage import Buried, Stage
from kiloclaw_adapters.simulator.views import volume_json
from kiloclaw_core.machine import Named
from kiloclaw_core.names import Region, VolumeId
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.fly import EMPTY, TrueVolume

NAME_PATTERN: Final = re.compile(r"[a-z0-9_]{1,30}")
DEFAULT_GB: Final = 3
LARGEST_GB: Final = 500


def create(stage: Stage, ask: Ask, _met: tuple[Kind, ...]) -> Answer:
    """Make an empty volume in the first region named that has room; names are not unique."""
    app, body = open_app(stage, ask), ask.body
    for absent in ("source_volume_id", "snapshot_id"):
        if body.has(absent):
            raise invalid(f"{absent}: this simulator makes empty volumes only")
    name, size_gb = body.text("name"), body.number("size_gb", DEFAULT_GB)
    if NAME_PATTERN.fullmatch(name) is None:
        raise refused(422, f"Validation failed: Name {name!r} must be 1 to 30 of a-z, 0-9 and _")
    if not 1 <= size_gb <= LARGEST_GB:
        raise refused(422, f"Validation failed: size_gb must be between 1 and {LARGEST_GB}, not {size_gb}")
    region = choose_region(stage, ask, body.text("region", ""))
    volume = TrueVolume(stage.identities.volume(), EMPTY, None, app.app, region, name, Named.FOREIGN, size_gb)
    stage.fly = truth.with_volume(stage.fly, volume)
    stage.made_ms[volume.volume] = stage.now_ms()
    return shown(volume_json(stage, volume))


def choose_region(stage: Stage, ask: Ask, wanted: str) -> Region:
    """The first region of the list that is neither full nor over quota; if none is left, the last refusal."""
    codes = codes_of(wanted)
    if codes is None:
        raise invalid(f"target region {wanted!r} not found")
    refusal = None
    for code in codes:
        match stage.faults.shut(ask, code):
            case None:
                return Region(code)
            case Full():
                refusal = _no_room(ask, code)
            case OverQuota():
                refusal = over_quota(ask, code)
    assert refusal is not None, f"the preference list {wanted!r} names no region"
    raise refusal


def over_quota(ask: Ask, code: str) -> Refused:
    """The refusal of more in a region where the organisation has all it may have."""
    text = f'organization "{ask.org}" is using 204800 MB of memory in {code} which is over the allowed quota'
    return refused(403, text)


def _no_room(ask: Ask, code: str) -> Refused:
    if ask.operation is Operation.CREATE_VOLUME:
        return refused(400, "no capacity")
    return refused(422, f"could not find a candidate host in {code}", "insufficient_capacity")


def get(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """Show a volume."""
    app = open_app(stage, ask)
    buried = stage.buried_volumes.get(VolumeId(ask.of))
    if buried is not None and buried.app == app.app and any(isinstance(kind, Ghost) for kind in met):
        return shown(buried.shown)
    found = _there(stage, ask)
    if any(isinstance(kind, Unseen) for kind in met):
        raise rejected(truth.volume_not_found())
    return shown(volume_json(stage, found))


def list_all(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Answer:
    """List the volumes of an app."""
    app = open_app(stage, ask)
    listed = [volume_json(stage, one) for one in stage.fly.volumes if one.app == app.app]
    if any(isinstance(kind, Ghost) for kind in met):
        listed += [one.shown for one in stage.buried_volumes.values() if one.app == app.app]
    for kind in met:
        if isinstance(kind, Unseen):
            listed = [one for one in listed if kind.missing not in {"", one["id"]}]
    return shown(listed)


def delete(stage: Stage, ask: Ask, _met: tuple[Kind, ...]) -> Answer:
    """Delete a volume, unless a machine has it; the answer shows it as destroyed."""
    open_app(stage, ask)
    found = _there(stage, ask)
    last = volume_json(stage, found)
    fly, refusal = truth.delete_volume(stage.fly, found.volume)
    if refusal is not None:
        raise rejected(refusal)
    stage.fly = fly
    stage.buried_volumes[found.volume] = Buried(ask.app, last)
    return shown({**last, "state": "destroyed"})


def _there(stage: Stage, ask: Ask) -> TrueVolume:
    """The volume that the request is about, if it is there, in this app."""
    found = stage.fly.volume(VolumeId(ask.of))
    if found is None or found.app != ask.app:
        raise rejected(truth.volume_not_found())
    return found
