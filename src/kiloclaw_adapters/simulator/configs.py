"""Reads what a request says about a machine: its config, as far as anything depends on it, and refuses what Fly would.

The config itself is kept and echoed as it was sent.
"""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

from kiloclaw_adapters.simulator.asking import Ask, invalid, refused
from kiloclaw_adapters.simulator.reading import Fields, Json, as_object
from kiloclaw_core.machine import OP_KEY, REVISION_KEY, SANDBOX_KEY, USER_KEY, Guest
from kiloclaw_core.names import OpId, SandboxId, UserId, VolumeId

SHARED_CPUS: Final = (1, 2, 4, 6, 8)
PERFORMANCE_CPUS: Final = (1, 2, 4, 6, 8, 10, 12, 14, 16, 32, 48, 64, 128)
SIZES: Final = {"shared": (SHARED_CPUS, 256, 2048, 256), "performance": (PERFORMANCE_CPUS, 2048, 8192, 1024)}
"""For each kind: the counts of CPUs, and for each CPU the least and the most MB, and the steps (Fly: fly.md 1.4)."""
NUMBER: Final = re.compile(r"[0-9]{1,20}")


@frozen
class Wanted:
    """What a config says that the truth knows: nothing in it need be ours."""

    config: Json
    guest: Guest
    volume: VolumeId | None
    mark: OpId | None
    sandbox: SandboxId | None
    user: UserId | None
    revision: int | None


def read_config(ask: Ask, secrets_version: int) -> Wanted:
    """The config in the body of a create or an update; the app's secrets are at this version."""
    if ask.body.has("lease_ttl"):
        raise invalid("lease_ttl: this simulator keeps no leases")
    config = ask.body.inner("config")
    config.text("image")
    metadata = config.texts("metadata")
    _check_secrets(ask, secrets_version)
    return Wanted(
        config=dict(config.values),
        guest=_guest(config.inner("guest", {})),
        volume=_volume(config),
        mark=None if (mark := _number(metadata, OP_KEY)) is None else OpId(mark),
        sandbox=SandboxId(metadata[SANDBOX_KEY]) if SANDBOX_KEY in metadata else None,
        user=UserId(metadata[USER_KEY]) if USER_KEY in metadata else None,
        revision=_number(metadata, REVISION_KEY),
    )


def _guest(guest: Fields) -> Guest:
    kind = guest.text("cpu_kind", "shared")
    if kind not in SIZES:
        raise invalid(f"guest.cpu_kind: {kind!r} is none of {', '.join(SIZES)}")
    counts, least, most, step = SIZES[kind]
    cpus = guest.number("cpus", 1)
    memory_mb = guest.number("memory_mb", least * cpus)
    if cpus not in counts:
        raise invalid(f"guest.cpus: {cpus} {kind} CPUs cannot be had; there are {counts}")
    if not least * cpus <= memory_mb <= most * cpus or memory_mb % step:
        raise invalid(f"guest.memory_mb: {memory_mb} is not {least * cpus} to {most * cpus} in steps of {step}")
    return Guest(cpus, memory_mb, kind)


def _volume(config: Fields) -> VolumeId | None:
    mounts = config.entries("mounts")
    if len(mounts) > 1:
        raise invalid("config.mounts: a machine has one mount at most")
    return None if not mounts else VolumeId(as_object(mounts[0], "config.mounts[0]").text("volume"))


def _check_secrets(ask: Ask, there: int) -> None:
    wanted = ask.body.number("min_secrets_version", 0)
    if wanted > there:
        raise refused(412, f"failed_precondition: min_secrets_version {wanted} is not visible yet, only {there}")


def _number(metadata: dict[str, str], key: str) -> int | None:
    text = metadata.get(key, "")
    return int(text) if NUMBER.fullmatch(text) else None
