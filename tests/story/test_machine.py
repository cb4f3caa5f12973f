"""What is sent for what the owner asked for."""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.machine import Guest, MachineConfig, Spec, machine_config
from kiloclaw_core.names import OrgId, SandboxId, SecretRef, UserId, VolumeId

SPEC = Spec(
    "image-1",
    Guest(2, 4096, "shared"),
    environment=(("KEY", "hush"),),
    secrets=(("TOKEN", SecretRef("vault:token")),),
    labels=(("image_variant", "full"),),
    revision=4,
)
CONFIG = MachineConfig(
    "image-1",
    Guest(2, 4096, "shared"),
    VolumeId("v1"),
    SandboxId("ki_1"),
    UserId("ann"),
    4,
    (("KEY", "hush"),),
    OrgId("claws"),
    (("TOKEN", SecretRef("vault:token")),),
    (("image_variant", "full"),),
)


def test_a_config_says_everything_that_the_spec_does() -> None:
    """Fly merges nothing: what a config leaves out is lost."""
    assert machine_config(SPEC, VolumeId("v1"), SandboxId("ki_1"), UserId("ann"), OrgId("claws")) == CONFIG


def test_a_size_that_nobody_knows_becomes_the_default_one() -> None:
    """A legacy record whose machine is gone has no size to keep, and a machine needs one."""
    unknown = evolve(SPEC, guest=None)
    expected = evolve(CONFIG, guest=Guest())
    assert machine_config(unknown, VolumeId("v1"), SandboxId("ki_1"), UserId("ann"), OrgId("claws")) == expected


def test_a_size_that_an_operator_gave_wins_over_the_owners() -> None:
    """What the owner pays for stays written beside it, for when the override ends."""
    overridden = evolve(SPEC, override=Guest(8, 16_384))
    expected = evolve(CONFIG, guest=Guest(8, 16_384))
    assert machine_config(overridden, VolumeId("v1"), SandboxId("ki_1"), UserId("ann"), OrgId("claws")) == expected


def test_what_is_printed_shows_no_secret() -> None:
    """Records and effects end up in logs and traces; an environment holds keys."""
    config = machine_config(SPEC, VolumeId("v1"), SandboxId("ki_1"), UserId("ann"), OrgId("claws"))
    assert "hush" not in repr((SPEC, config))
