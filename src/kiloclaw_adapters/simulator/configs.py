"""Reads what a request says about a machine: its config, as far as anything depends on it, and refuses what Fly would.

The config itself is kept and echoed as it was sent.
"""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

from kiloclaw_adapters.simulator.asking import Ask, Refused, invalid, refused
from kiloclaw_adapters.simulator.faults import REFUSALS
from kiloclaw_adapters.simulator.kinds import ImageMissing, Kind, SecretsLag
from kiloclaw_adapters.simulator.papers import keep_newest
from kiloclaw_adapters.simulator.reading import Fields, Json, as_object
from kiloclaw_adapters.simulator.stage import Stage
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


def read_config(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> Wanted:
    """The config in the body of a create or an update; its image and its app's secrets must be visible by now."""
    config = ask.body.inner("config")
    image = config.text("image")
    metadata = config.texts("metadata")
    _check_secrets(stage, ask, met)
    _check_image(stage, image, met)
    return Wanted(
        config=dict(config.values),
        guest=read_guest(config.inner("guest", {})),
        volume=_volume(config),
        mark=None if (mark := _number(metadata, OP_KEY)) is None else OpId(mark),
        sandbox=SandboxId(metadata[SANDBOX_KEY]) if SANDBOX_KEY in metadata else None,
        user=UserId(metadata[USER_KEY]) if USER_KEY in metadata else None,
        revision=_number(metadata, REVISION_KEY),
    )


def read_guest(guest: Fields) -> Guest:
    """The size that this object describes."""
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


def _check_secrets(stage: Stage, ask: Ask, met: tuple[Kind, ...]) -> None:
    """Refuse a machine that must not boot with older secrets than its host has (Fly: fly.md 1.3)."""
    lag_ms = max((kind.by_ms for kind in met if isinstance(kind, SecretsLag)), default=0)
    there = stage.app_papers[ask.app].visible_version(stage.now_ms() - lag_ms)
    wanted = ask.body.number("min_secrets_version", 0)
    if wanted > there:
        text = f"min_secrets_version {wanted} is not visible yet, only {there}"
        late = stage.rules.secrets_time_out
        raise refused(408, f"deadline_exceeded: {text}") if late else refused(412, f"failed_precondition: {text}")


def _check_image(stage: Stage, image: str, met: tuple[Kind, ...]) -> None:
    """Refuse an image that was pushed only just now (Fly: fly.md 1.4)."""
    first_ms = stage.images_ms.setdefault(image, stage.now_ms())
    keep_newest(stage.images_ms)
    missing_ms = max((kind.for_ms for kind in met if isinstance(kind, ImageMissing)), default=0)
    if stage.now_ms() - first_ms < missing_ms:
        raise Refused(*REFUSALS["image_missing"])


def _number(metadata: dict[str, str], key: str) -> int | None:
    text = metadata.get(key, "")
    return int(text) if NUMBER.fullmatch(text) else None
