"""Writes the bodies of the requests that make and change machines and volumes (Fly: fly.md 1.4, 1.5).

Nothing is decided here: an effect says everything, and Fly merges nothing, so every config is sent whole.
"""

from __future__ import annotations

from typing import Final

from kiloclaw_adapters.fly.transport import Json
from kiloclaw_core.effects import CreateMachine, CreateVolume, UpdateMachine
from kiloclaw_core.machine import (
    CONTROLLER_PORT,
    OP_KEY,
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


def create_machine_body(effect: CreateMachine) -> Json:
    """The body that makes the sandbox's machine under its fixed name."""
    body: dict[str, object] = {
        "name": machine_name(effect.config.sandbox),
        "config": config_body(effect.config, effect.op),
        "min_secrets_version": effect.secrets_version,
    }
    return {**body, "region": effect.region} if effect.region else body


def update_machine_body(effect: UpdateMachine) -> Json:
    """The body that gives a machine of this version a config, and does not launch it."""
    return {
        "config": config_body(effect.config, effect.op),
        "current_version": effect.version,
        "skip_launch": True,
        "min_secrets_version": effect.secrets_version,
    }


def create_volume_body(effect: CreateVolume) -> Json:
    """The body that makes an empty volume, where a machine of this size would fit, in the first region with room."""
    body: dict[str, object] = {
        "name": volume_name(effect.sandbox, effect.op),
        "size_gb": effect.size_gb,
        "compute": guest_body(effect.guest),
    }
    return {**body, "region": ",".join(effect.regions)} if effect.regions else body


def config_body(config: MachineConfig, op: OpId) -> Json:
    """The whole config of a machine, marked with the op that sends it (reconcile 1.5)."""
    return {
        "image": config.image,
        "env": dict(config.environment),
        "guest": guest_body(config.guest),
        "services": [SERVICE],
        "checks": {"controller": CHECK},
        "mounts": [{"volume": config.volume, "path": ROOT}],
        "metadata": {
            USER_KEY: config.user,
            SANDBOX_KEY: config.sandbox,
            OP_KEY: str(op),
            REVISION_KEY: str(config.revision),
        },
        "restart": RESTART,
    }


def guest_body(guest: Guest) -> Json:
    """The size of a machine."""
    return {"cpu_kind": guest.cpu_kind, "cpus": guest.cpus, "memory_mb": guest.memory_mb}
