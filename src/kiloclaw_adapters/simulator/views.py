"""Writes machines, volumes and apps as Fly's answers show them (Fly: fly.md 1.4, 1.5, 2.3, Appendix A).

What an answer leaves out or shows wrongly is a fault, and added by whoever answers.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Final

from kiloclaw_adapters.simulator.kinds import EchoDiffers, Kind
from kiloclaw_adapters.simulator.reading import Json
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_core.machine import VolumeState
from kiloclaw_core.names import AppName
from kiloclaw_core.world.apps import TrueApp
from kiloclaw_core.world.fly import Fly, TrueMachine, TrueSnapshot, TrueVolume

EVENTS_SHOWN: Final = 20
ZERO_TIME: Final = "0001-01-01T00:00:00Z"
"""The moment of what has not happened yet, as Go writes it."""


def moment_text(moment_ms: int) -> str:
    """A moment in milliseconds since 1970, as RFC 3339 writes it."""
    return datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def machine_json(stage: Stage, machine: TrueMachine, met: tuple[Kind, ...] = (), behind_ms: int = 0) -> Json:
    """The machine, of so long ago; while its host does not answer, without the config that was sent (fly.md 2.3)."""
    papers, until_ms = stage.papers_of(machine.machine), stage.now_ms() - behind_ms
    events = [one for one in papers.events if int(str(one["timestamp"])) <= until_ms]
    config = papers.configs.get(machine.version) or next(reversed(papers.configs.values()))
    updated_ms = int(str(events[0]["timestamp"])) if events else papers.created_ms
    shown: Json = {
        "id": machine.machine,
        "name": machine.name,
        "state": machine.state.value,
        "region": machine.region,
        "instance_id": machine.version,
        "private_ip": papers.private_ip,
        "created_at": moment_text(papers.created_ms),
        "updated_at": moment_text(updated_ms),
        "image_ref": image_ref(str(config["image"])),
        "events": events[:EVENTS_SHOWN],
        "checks": [],
    }
    if stage.silence(machine) is not None:
        rebuilt = {name: config[name] for name in ("image", "metadata") if name in config}
        return {**shown, "host_status": "unreachable", "incomplete_config": rebuilt}
    echo_differs = any(isinstance(kind, EchoDiffers) for kind in met)
    return {**shown, "host_status": "ok", "config": differing(config) if echo_differs else config}


def image_ref(image: str) -> Json:
    """An image, taken apart; a name without a registry is Docker's."""
    name, _, digest = image.partition("@")
    path, _, tag = name.partition(":") if "/" not in name.rpartition(":")[2] else (name, "", "")
    registry, slash, repository = path.partition("/")
    if not slash or "." not in registry:
        registry, repository = "registry-1.docker.io", path
    return {"registry": registry, "repository": repository, "tag": tag or "latest", "digest": digest}


def differing(config: Json) -> Json:
    """The config as Fly may echo it: `autostop` as a boolean, defaults filled in, the image pinned (fly.md 1.4)."""
    services, image = config.get("services"), str(config["image"])
    echoed: Json = {"init": {}, "restart": {"policy": "on-failure", "max_retries": 10}, **config}
    if "@" not in image:
        echoed["image"] = f"{image}@sha256:{hashlib.sha256(image.encode()).hexdigest()}"
    if isinstance(services, list):
        echoed["services"] = [
            {**one, "autostop": one["autostop"] != "off"} if isinstance(one, dict) and "autostop" in one else one
            for one in services
        ]
    return echoed


def volume_json(stage: Stage, fly: Fly, volume: TrueVolume) -> Json:
    """The volume as this truth has it; free, its `attached_machine_id` is null."""
    papers = stage.volume_papers_of(volume.volume)
    doing = papers.doing or ("created" if volume.state is VolumeState.CREATED else "hydrating")
    return {
        "id": volume.volume,
        "name": volume.name,
        "state": doing,
        "size_gb": volume.size_gb,
        "region": volume.region,
        "zone": stage.hosts.of(volume.volume).zone,
        "encrypted": True,
        "fstype": "ext4",
        "attached_machine_id": fly.holder(volume.volume),
        "attached_alloc_id": None,
        "created_at": moment_text(papers.created_ms),
        "snapshot_retention": papers.retention_days,
        "auto_backup_enabled": papers.backs_up,
        "host_status": "ok" if stage.silence_of(volume.volume) is None else "unreachable",
    }


def snapshot_json(stage: Stage, snapshot: TrueSnapshot) -> Json:
    """The snapshot; until it is finished without a size and a moment (Fly: fly.md 3)."""
    papers = stage.snapshot_papers[snapshot.snapshot]
    size = snapshot.size_gb << 20 if papers.finished else 0
    return {
        "id": snapshot.snapshot,
        "size": size,
        "volume_size": snapshot.size_gb,
        "digest": hashlib.sha256(snapshot.snapshot.encode()).hexdigest(),
        "created_at": moment_text(papers.taken_ms) if papers.finished else ZERO_TIME,
        "status": "created" if papers.finished else "running",
        "retention_days": papers.retention_days,
    }


def app_json(stage: Stage, app: TrueApp) -> Json:
    """The app and how much is in it."""
    machines = sum(one.app == app.app for one in stage.fly.machines)
    return {
        "id": stage.app_papers[app.app].id,
        "internal_numeric_id": list(stage.app_papers).index(app.app) + 1,
        "name": app.app,
        "status": "deployed" if machines else "pending",
        "network": app.network,
        "machine_count": machines,
        "volume_count": sum(one.app == app.app for one in stage.fly.volumes),
        "organization": {"name": app.org_slug, "slug": app.org_slug},
    }


def secret_json(stage: Stage, app: AppName, name: str, digest: str) -> Json:
    """A secret, without its value: Fly gives none back (Fly: fly.md 1.3)."""
    created_ms, updated_ms = stage.app_papers[app].secrets_ms[name]
    moments: Json = {"created_at": moment_text(created_ms), "updated_at": moment_text(updated_ms)}
    return {"name": name, "digest": digest, **moments}
