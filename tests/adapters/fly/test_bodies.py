"""Request bodies, whole: Fly merges nothing, so what is not sent is taken away."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_adapters.fly.bodies import create_machine_body, create_volume_body, update_machine_body
from kiloclaw_core.effects import CreateVolume
from kiloclaw_core.machine import LABEL_KEYS
from kiloclaw_core.names import OrgId, Region, SecretRef, volume_mark, volume_name

from .suite import CONFIG, CREATE_MACHINE, CREATE_VOLUME, FORK_VOLUME, OP, RESTORE_VOLUME, SANDBOX, UPDATE_MACHINE

METADATA = {
    "kiloclaw_user_id": "t-17",
    "kiloclaw_sandbox_id": "gw-1",
    "kiloclaw_op": "4294967303",
    "kiloclaw_revision": "3",
}
CONFIG_BODY: dict[str, object] = {
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
    "metadata": METADATA,
    "restart": {"policy": "on-failure"},
}


def test_a_machine_is_made_under_its_fixed_name_and_marked() -> None:
    """The name refuses a second one, and the mark tells which request made the first."""
    assert create_machine_body(CREATE_MACHINE, {}) == {
        "name": "gw-1",
        "region": "ams",
        "config": CONFIG_BODY,
        "min_secrets_version": 4,
    }


def test_a_later_generation_has_a_name_of_its_own() -> None:
    """The first name is still held by a condemned machine on a host that does not answer."""
    first = create_machine_body(CREATE_MACHINE, {})
    assert create_machine_body(evolve(CREATE_MACHINE, generation=2), {}) == {**first, "name": "gw-1-generation-2"}


def test_a_machine_without_a_region_goes_where_its_volume_is() -> None:
    """A volume's region has been missing from answers; an empty one would be refused."""
    assert "region" not in create_machine_body(evolve(CREATE_MACHINE, region=Region("")), {})


def test_whose_a_machine_is_and_its_labels_are_in_its_metadata() -> None:
    """People list machines by them; a label that takes the name of an own key is passed over, set or not."""
    labels = (*((key, "x") for key in LABEL_KEYS), ("op", "1"), ("org_id", "theirs"))
    config = evolve(CONFIG, labels=labels, org=OrgId("org-1"))
    body = create_machine_body(evolve(CREATE_MACHINE, config=config), {})["config"]
    without = create_machine_body(evolve(CREATE_MACHINE, config=evolve(config, org=None)), {})["config"]
    shown = {
        **METADATA,
        "kiloclaw_openclaw_version": "x",
        "kiloclaw_image_variant": "x",
        "kiloclaw_dev_creator": "x",
    }
    assert body == {**CONFIG_BODY, "metadata": {**shown, "kiloclaw_org_id": "org-1"}}
    assert without == {**CONFIG_BODY, "metadata": shown}


def test_the_values_of_secrets_are_variables_like_any_other() -> None:
    """What is kept somewhere wins over what is written in the record; the reference is not sent."""
    config = evolve(CONFIG, secrets=(("B", SecretRef("env:B")), ("KEY", SecretRef("env:KEY"))))
    body = update_machine_body(evolve(UPDATE_MACHINE, config=config), {"B": "two", "KEY": "hush"})
    assert body["config"] == {**CONFIG_BODY, "env": {"A": "1", "B": "two", "KEY": "hush"}}


def test_an_update_is_fenced_by_the_version_and_has_the_machine_run() -> None:
    """Landing late, it must not undo a later one; a restart is one update, as upstream sends it."""
    assert update_machine_body(UPDATE_MACHINE, {}) == {
        "config": CONFIG_BODY,
        "current_version": "01KG4ZQ8W3V5T7B9N1M2P4R6S8",
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


@pytest.mark.parametrize(
    ("effect", "content"),
    [
        (CREATE_VOLUME, {"size_gb": 10}),
        (FORK_VOLUME, {"source_volume_id": "vol_qz81m0n4x7k2jd59"}),
        (RESTORE_VOLUME, {"snapshot_id": "vs_4kP0aaZ9", "size_gb": 10, "snapshot_retention": 5}),
    ],
)
def test_a_volume_is_made_with_its_content(effect: CreateVolume, content: dict[str, object]) -> None:
    """A copy has its source's size, and Fly refuses another; what is restored must be told one."""
    assert create_volume_body(effect) == {
        "name": volume_name(SANDBOX, OP),
        "region": "ams,fra",
        "compute": {"cpu_kind": "shared", "cpus": 2, "memory_mb": 4096},
        **content,
    }


@pytest.mark.parametrize("effect", [CREATE_VOLUME, FORK_VOLUME, RESTORE_VOLUME])
def test_a_volume_without_regions_is_left_to_fly(effect: CreateVolume) -> None:
    """An empty list would be refused."""
    assert "region" not in create_volume_body(evolve(effect, regions=()))
