"""Writes the bodies of the requests that make and change machines and volumes (Fly: fly.md 1.4, 1.5).

Nothing is decided here: an effect says everything but the values of secrets, which are given beside it, and Fly merges
nothing, so every config is sent whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kiloclaw_adapters.fly.transport import Json
from kiloclaw_core.effects import (
    Content,
    CopyOf,
    CreateMachine,
    CreateVolume,
    Empty,
    SnapshotOf,
    UpdateMachine,
)
from kiloclaw_core.machine import (
    CONTROLLER_PORT,
    OP_KEY,
    ORG_KEY,
    REVISION_KEY,
    ROOT,
    SANDBOX_KEY,
    USER_KEY,
    Guest,
    MachineConfig,
)
from kiloclaw_core.names import OpId, machine_name, volume_name

HEALTH_PATH: Final = "/_kilo/health"
CHECK: Final[Json] = {
    "type": "http",
    "method": "GET",
    "port": CONTROLLER_PORT,
    "path": HEALTH_PATH,
    "interval": "30s",
    "timeout": "5s",
    "grace_period": "120s",
}
SERVICE: Final[Json] = {
    "protocol": "tcp",
    "internal_port": CONTROLLER_PORT,
    "ports": [{"port": 443, "handlers": ["tls", "http"]}],
    "autostart": False,  # else Fly's proxy starts what we have just stopped (Fly: fly.md 2.4)
    "autostop": "off",
}
RESTART: Final[Json] = {"policy": "on-failure"}  # Fly: its own default, up to ten times in five minutes (fly.md 2.4)
RETENTION_DAYS: Final = 5  # Fly: its own default, said where a volume comes from a snapshot (reconcile 2.9)
LABEL_PREFIX: Final = "kiloclaw_"


def create_machine_body(effect: CreateMachine, values: Mapping[str, str]) -> Json:
    """The body that makes the sandbox's machine under the name of its generation, with these values of secrets."""
    body: dict[str, object] = {
        "name": machine_name(effect.config.sandbox, effect.generation),
        "config": config_body(effect.config, effect.op, values),
        "min_secrets_version": effect.secrets_version,
    }
    return {**body, "region": effect.region} if effect.region else body


def update_machine_body(effect: UpdateMachine, values: Mapping[str, str]) -> Json:
    """The body that gives a machine of this version a config, and has it run."""
    return {
        "config": config_body(effect.config, effect.op, values),
        "current_version": effect.version,
        "min_secrets_version": effect.secrets_version,
    }


def create_volume_body(effect: CreateVolume) -> Json:
    """The body that makes a volume, where a machine of this size would fit, in the first region with room."""
    body: dict[str, object] = {
        "name": volume_name(effect.sandbox, effect.op),
        "compute": guest_body(effect.guest),
        **_content_body(effect.content, effect.size_gb),
    }
    return {**body, "region": ",".join(effect.regions)} if effect.regions else body


def _content_body(content: Content, size_gb: int) -> Json:
    match content:
        case Empty():
            return {"size_gb": size_gb}
        case CopyOf(volume=volume):
            return {
                "source_volume_id": volume
            }  # Fly: a size beside it has been refused; without one it is the source's
        case SnapshotOf(snapshot=snapshot):
            return {"snapshot_id": snapshot, "size_gb": size_gb, "snapshot_retention": RETENTION_DAYS}


def config_body(config: MachineConfig, op: OpId, values: Mapping[str, str]) -> Json:
    """The whole config of a machine, marked with the op that sends it (reconcile 1.5).

    A secret wins over a plain variable of the same name.
    """
    return {
        "image": config.image,
        "env": {**dict(config.environment), **values},
        "guest": guest_body(config.guest),
        "services": [SERVICE],
        "checks": {"controller": CHECK},
        "mounts": [{"volume": config.volume, "path": ROOT}],
        "metadata": metadata_body(config, op),
        "restart": RESTART,
    }


def metadata_body(config: MachineConfig, op: OpId) -> Json:
    """What a machine says of itself; a label never says whose it is, nor which request made it."""
    own = {
        USER_KEY: config.user,
        SANDBOX_KEY: config.sandbox,
        OP_KEY: str(op),
        REVISION_KEY: str(config.revision),
        ORG_KEY: config.org,
    }
    labels = {f"{LABEL_PREFIX}{name}": text for name, text in config.labels}
    return {key: text for key, text in {**labels, **own}.items() if text is not None}


def guest_body(guest: Guest) -> Json:
    """The size of a machine."""
    return {"cpu_kind": guest.cpu_kind, "cpus": guest.cpus, "memory_mb": guest.memory_mb}
