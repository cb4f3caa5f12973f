"""Writes machines, volumes and apps as Fly's answers show them (Fly: fly.md 1.4, 1.5, 2.3, Appendix A).

What an answer leaves out or shows wrongly is a fault, and added by whoever answers.
"""

from __future__ import annotations

from datetime import UTC, datetime

from kiloclaw_adapters.simulator.reading import Json
from kiloclaw_adapters.simulator.stage import Papers, Stage
from kiloclaw_core.names import AppName
from kiloclaw_core.world.apps import TrueApp
from kiloclaw_core.world.fly import TrueMachine, TrueVolume

EVENTS_SHOWN = 20


def moment_text(moment_ms: int) -> str:
    """A moment in milliseconds since 1970, as RFC 3339 writes it."""
    return datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def machine_json(stage: Stage, machine: TrueMachine, *, echo_differs: bool = False) -> Json:
    """The machine; while its host does not answer, without the config that was sent (Fly: fly.md 2.3)."""
    papers = stage.papers[machine.machine]
    shown: Json = {
        "id": machine.machine,
        "name": machine.name,
        "state": machine.state.value,
        "region": machine.region,
        "instance_id": machine.version,
        "private_ip": papers.private_ip,
        "created_at": moment_text(papers.created_ms),
        "updated_at": moment_text(papers.updated_ms),
        "image_ref": image_ref(papers),
        "events": papers.events[:EVENTS_SHOWN],
        "checks": [],
    }
    if stage.faults.is_unreachable(machine.machine):
        rebuilt = {name: papers.config[name] for name in ("image", "metadata") if name in papers.config}
        return {**shown, "host_status": "unreachable", "incomplete_config": rebuilt}
    config = differing(papers.config) if echo_differs else papers.config
    return {**shown, "host_status": "ok", "config": config}


def image_ref(papers: Papers) -> Json:
    """The image of a machine, taken apart; a name without a registry is Docker's."""
    image = str(papers.config["image"])
    name, _, digest = image.partition("@")
    path, _, tag = name.partition(":") if "/" not in name.rpartition(":")[2] else (name, "", "")
    registry, slash, repository = path.partition("/")
    if not slash or "." not in registry:
        registry, repository = "registry-1.docker.io", path
    return {"registry": registry, "repository": repository, "tag": tag or "latest", "digest": digest}


def differing(config: Json) -> Json:
    """The config as Fly may echo it: `autostop` as a boolean, and defaults filled in (Fly: fly.md 1.4)."""
    services = config.get("services")
    echoed: Json = {"init": {}, "restart": {"policy": "on-failure", "max_retries": 10}, **config}
    if isinstance(services, list):
        echoed["services"] = [
            {**one, "autostop": one["autostop"] != "off"} if isinstance(one, dict) and "autostop" in one else one
            for one in services
        ]
    return echoed


def volume_json(stage: Stage, volume: TrueVolume) -> Json:
    """The volume; free, its `attached_machine_id` is null."""
    return {
        "id": volume.volume,
        "name": volume.name,
        "state": "created",
        "size_gb": volume.size_gb,
        "region": volume.region,
        "zone": "7c1e",
        "encrypted": True,
        "fstype": "ext4",
        "attached_machine_id": stage.fly.holder(volume.volume),
        "attached_alloc_id": None,
        "created_at": moment_text(stage.made_ms[volume.volume]),
        "snapshot_retention": 5,
        "auto_backup_enabled": True,
        "host_status": "ok",
    }


def app_json(stage: Stage, app: TrueApp) -> Json:
    """The app and how much is in it."""
    machines = sum(one.app == app.app for one in stage.fly.machines)
    return {
        "id": stage.app_ids[app.app],
        "internal_numeric_id": list(stage.app_ids).index(app.app) + 1,
        "name": app.app,
        "status": "deployed" if machines else "pending",
        "network": app.network,
        "machine_count": machines,
        "volume_count": sum(one.app == app.app for one in stage.fly.volumes),
        "organization": {"name": app.org_slug, "slug": app.org_slug},
    }


def secret_json(stage: Stage, app: AppName, name: str, digest: str) -> Json:
    """A secret, without its value: Fly gives none back (Fly: fly.md 1.3)."""
    created_ms, updated_ms = stage.secrets_ms[app, name]
    moments: Json = {"created_at": moment_text(created_ms), "updated_at": moment_text(updated_ms)}
    return {"name": name, "digest": digest, **moments}
