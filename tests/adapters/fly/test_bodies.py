"""Request bodies, whole: Fly merges nothing, so what is not sent is taken away."""

from __future__ import annotations

from attrs import evolve

from kiloclaw_adapters.fly.bodies import create_machine_body, create_volume_body, update_machine_body
from kiloclaw_core.names import Region, volume_mark

from .suite import CREATE_MACHINE, CREATE_VOLUME, OP, SANDBOX, UPDATE_MACHINE

CONFIG_BODY = {
    "image": "registry.example/gw@sha256:00ab",
    "env": {"A": "1", "B": "zwei"},
    "guest": {"cpu_kind": "shared", "cpus": 2, "memory_mb": 4096},
    "services": [
        {
            "protocol": "tcp",
            "internal_port": 18789,
            "ports": [{"port": 443, "handlers": ["tls", "http"]}],
            "autostart": False,
            "autostop": "off",
        }
    ],
    "checks": {
        "controller": {
            "type": "http",
            "method": "GET",
            "port": 18789,
            "path": "/_kilo/health",
            "interval": "30s",
            "timeout": "5s",
            "grace_period": "120s",
        }
    },
    "mounts": [{"volume": "vol_qz81m0n4x7k2jd59", "path": "/root"}],
    "metadata": {
        "kiloclaw_user_id": "t-17",
        "kiloclaw_sandbox_id": "gw-1",
        "kiloclaw_op": "4294967303",
        "kiloclaw_revision": "3",
    },
    "restart": {"policy": "on-failure"},
}


def test_a_machine_is_made_under_its_fixed_name_and_marked() -> None:
    """The name refuses a second one, and the mark tells which request made the first."""
    assert create_machine_body(CREATE_MACHINE) == {
        "name": "gw-1",
        "region": "ams",
        "config": CONFIG_BODY,
        "min_secrets_version": 4,
    }


def test_a_machine_without_a_region_goes_where_its_volume_is() -> None:
    """A volume's region has been missing from answers; an empty one would be refused."""
    assert "region" not in create_machine_body(evolve(CREATE_MACHINE, region=Region("")))


def test_an_update_is_fenced_by_the_version_and_launches_nothing() -> None:
    """Landing late, it must not undo a later one, nor start what was stopped."""
    assert update_machine_body(UPDATE_MACHINE) == {
        "config": CONFIG_BODY,
        "current_version": "01KG4ZQ8W3V5T7B9N1M2P4R6S8",
        "skip_launch": True,
        "min_secrets_version": 4,
    }


def test_a_volume_is_made_where_the_machine_would_fit_in_the_first_region_with_room() -> None:
    """Its name is the only place where the op can be kept."""
    body = create_volume_body(CREATE_VOLUME)
    assert body == {
        "name": body["name"],
        "region": "ams,fra",
        "size_gb": 10,
        "compute": {"cpu_kind": "shared", "cpus": 2, "memory_mb": 4096},
    }
    assert volume_mark(str(body["name"]), SANDBOX) == OP


def test_a_volume_without_regions_is_left_to_fly() -> None:
    """An empty list would be refused."""
    assert "region" not in create_volume_body(evolve(CREATE_VOLUME, regions=()))
