"""Reads what Fly's answers show, and reduces it to the values that decisions look at.

The shapes of the answers are in `shapes`, what refusals mean is decided by `classify`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from kiloclaw_adapters.fly.shapes import (
    WireAcknowledgement,
    WireGuest,
    WireMachine,
    WireSnapshot,
    WireVolume,
    WireWait,
    read_shape,
)
from kiloclaw_adapters.strict import UnreadableError
from kiloclaw_core.machine import (
    OP_KEY,
    REVISION_KEY,
    ROOT,
    SANDBOX_KEY,
    USER_KEY,
    Guest,
    MachineSeen,
    MachineState,
    Named,
    VolumeSeen,
    VolumeState,
)
from kiloclaw_core.names import (
    MACHINE_PATTERN,
    VOLUME_NAME_LENGTH,
    MachineId,
    OpId,
    Region,
    SandboxId,
    SnapshotId,
    UserId,
    VersionId,
    VolumeId,
    is_machine_name,
    legacy_volume_name,
    volume_mark,
)

VOLUME_PATTERN: Final = re.compile(r"[A-Za-z0-9_]{1,64}")
SNAPSHOT_PATTERN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
COUNT_PATTERN: Final = re.compile(r"[0-9]{1,20}")
HOST_OK: Final = "ok"
FINISHED: Final = "created"
NEVER: Final = datetime.min.replace(tzinfo=UTC)
"""Older than anything; Fly's own zero time is the same moment."""
MACHINE_STATES: Final = {state.value: state for state in MachineState}
VOLUME_STATES: Final = {
    **dict.fromkeys(("created", "extending", "attached", "detached"), VolumeState.CREATED),
    **dict.fromkeys(
        (
            "scheduling_destroy",
            "pending_destroy",
            "waiting_for_detach",
            "destroying",
            "destroyed",
            "fork_cleanup",
        ),
        VolumeState.LEAVING,
    ),
}
"""Fly: fly.md 3. Every other state, those yet to be invented among them, is not whole yet.

A fork could be mounted while it is hydrating, but its data is not all there.
"""


# -- reading -----------------------------------------------------------------------------------------------------


def read_machine(body: str, sandbox: SandboxId) -> MachineSeen:
    """The machine that the body shows to this sandbox's owner. Raises UnreadableError."""
    return machine_seen(read_shape(body, WireMachine), sandbox)


def read_machines(body: str, sandbox: SandboxId) -> tuple[MachineSeen, ...]:
    """The machines that the body lists, sorted by id. Raises UnreadableError: half a listing would hide something."""
    seen = (machine_seen(one, sandbox) for one in read_shape(body, tuple[WireMachine, ...]))
    return tuple(sorted(seen, key=lambda one: one.machine))


def read_volume(body: str, sandbox: SandboxId) -> VolumeSeen:
    """The volume that the body shows to this sandbox's owner. Raises UnreadableError."""
    return volume_seen(read_shape(body, WireVolume), sandbox)


def read_volumes(body: str, sandbox: SandboxId) -> tuple[VolumeSeen, ...]:
    """The volumes that the body lists, sorted by id. Raises UnreadableError: half a listing would hide something."""
    seen = (volume_seen(one, sandbox) for one in read_shape(body, tuple[WireVolume, ...]))
    return tuple(sorted(seen, key=lambda one: one.volume))


def read_snapshots(body: str) -> tuple[SnapshotId, ...]:
    """The finished snapshots that the body lists, the newest first. Raises UnreadableError."""
    finished = [one for one in read_shape(body, tuple[WireSnapshot, ...]) if one.status == FINISHED]
    ids = sorted(((_moment(one.created_at or ""), one.id or "") for one in finished), reverse=True)
    for _, one in ids:
        if SNAPSHOT_PATTERN.fullmatch(one) is None:
            raise UnreadableError(f"{one!r} is no snapshot id")
    return tuple(SnapshotId(one) for _, one in ids)


def read_wait(body: str) -> MachineState:
    """The state in which a poll ended. Raises UnreadableError."""
    return machine_state(read_shape(body, WireWait).state)


def read_acknowledgement(body: str) -> WireAcknowledgement:
    """That a change was made: by an empty body, or by an object that does not deny it. Raises UnreadableError."""
    told = read_shape(body, WireAcknowledgement) if body.strip() else WireAcknowledgement()
    if not told.ok:
        raise UnreadableError("the answer is a success and says that it is not ok")
    return told


# -- reducing ----------------------------------------------------------------------------------------------------


def machine_state(text: str) -> MachineState:
    """The state of this name; one that is newer than we are is only waited for (Fly: fly.md 2.1)."""
    return MACHINE_STATES.get(text, MachineState.OTHER)


def machine_seen(machine: WireMachine, sandbox: SandboxId) -> MachineSeen:
    """The machine as decisions look at it. Raises UnreadableError if its id could not stand in a path."""
    if MACHINE_PATTERN.fullmatch(machine.id) is None:
        raise UnreadableError(f"{machine.id!r} is no machine id")
    configs = [one for one in (machine.config, machine.incomplete_config) if one is not None]
    metadata = next((one.metadata for one in configs if one.metadata), {})
    mounts = next((one.mounts for one in configs if one.mounts), ())
    guest = next((one.guest for one in configs if one.guest is not None), None)
    mark = _count(metadata, OP_KEY)
    return MachineSeen(
        machine=MachineId(machine.id),
        state=machine_state(machine.state),
        version=VersionId(machine.instance_id or ""),
        volume=next((VolumeId(one.volume) for one in mounts if one.volume and one.path == ROOT), None),
        mark=None if mark is None else OpId(mark),
        named_ours=is_machine_name(machine.name or "", sandbox),
        sandbox=SandboxId(metadata[SANDBOX_KEY]) if metadata.get(SANDBOX_KEY) else None,
        user=UserId(metadata[USER_KEY]) if metadata.get(USER_KEY) else None,
        revision=_count(metadata, REVISION_KEY),
        guest=None if guest is None else _guest(guest),
        region=Region(machine.region or ""),
        reachable=(machine.host_status or HOST_OK) == HOST_OK,
    )


def volume_seen(volume: WireVolume, sandbox: SandboxId) -> VolumeSeen:
    """The volume as decisions look at it. Raises UnreadableError if its id could not stand in a path."""
    if VOLUME_PATTERN.fullmatch(volume.id) is None:
        raise UnreadableError(f"{volume.id!r} is no volume id")
    named, mark = _named(volume.name or "", sandbox)
    attached = volume.attached_machine_id or ""  # Fly: seen as a row of NULs (fly.md 3)
    return VolumeSeen(
        volume=VolumeId(volume.id),
        state=VOLUME_STATES.get(volume.state, VolumeState.UNREADY),
        named=named,
        mark=mark,
        attached=MachineId(attached) if MACHINE_PATTERN.fullmatch(attached) else None,
        region=Region(volume.region or ""),
    )


def _named(name: str, sandbox: SandboxId) -> tuple[Named, OpId | None]:
    mark = volume_mark(name, sandbox) if len(name) <= VOLUME_NAME_LENGTH else None
    if mark is not None:
        return Named.MARKED, mark
    return (Named.LEGACY if name == legacy_volume_name(sandbox) else Named.FOREIGN), None


def _moment(text: str) -> datetime:
    """The moment that this says, in UTC where it names no zone; where nothing is said, before any other."""
    try:
        moment = datetime.fromisoformat(text) if text else NEVER
    except ValueError as error:
        raise UnreadableError(f"{text!r} is no moment") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _count(metadata: Mapping[str, str], key: str) -> int | None:
    text = metadata.get(key, "")
    return int(text) if COUNT_PATTERN.fullmatch(text) else None


def _guest(guest: WireGuest) -> Guest | None:
    if guest.cpus is None or guest.memory_mb is None:
        return None
    return Guest(guest.cpus, guest.memory_mb, guest.cpu_kind)
