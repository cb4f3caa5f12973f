"""Reads what Fly's answers show, and reduces it to the values that decisions look at.

Fly leaves out what it does not know (a host that does not answer, a volume's region) and adds what it likes, so fields
may be missing and strange ones are passed over; a field of the wrong type makes the whole answer unreadable, for
nothing is concluded from half an answer. What refusals mean is decided by `classify`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, TypeVar, get_origin

from attrs import frozen, has
from cattrs import Converter, transform_error
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.dispatch import StructureHook
from cattrs.errors import BaseValidationError
from cattrs.gen import make_dict_structure_fn

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
    UserId,
    VersionId,
    VolumeId,
    legacy_volume_name,
    machine_name,
    volume_mark,
)

Shape = TypeVar("Shape")
HookFactory: TypeAlias = Callable[[type, Converter], StructureHook]

VOLUME_PATTERN: Final = re.compile(r"[A-Za-z0-9_]{1,64}")
COUNT_PATTERN: Final = re.compile(r"[0-9]{1,20}")
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
"""Fly: fly.md 3. Every other state, those yet to be invented among them, cannot be mounted yet."""


class UnreadableError(ValueError):
    """An answer that should have shown something cannot be read; the message says what was wrong and where."""


# -- what is on the wire -----------------------------------------------------------------------------------------


@frozen
class WireGuest:
    """The size of a machine. Without a kind it is a shared one (reconcile 1.5)."""

    cpus: int | None = None
    memory_mb: int | None = None
    cpu_kind: str = "shared"


@frozen
class WireMount:
    """A volume in a machine, and where."""

    volume: str | None = None
    path: str | None = None


@frozen
class WireConfig:
    """What we look at of a machine's config."""

    metadata: dict[str, str] | None = None
    mounts: tuple[WireMount, ...] | None = None
    guest: WireGuest | None = None


@frozen
class WireMachine:
    """A machine. While its host does not answer, `incomplete_config` stands in for `config` (Fly: fly.md 2.3)."""

    id: str
    state: str
    name: str | None = None
    instance_id: str | None = None
    region: str | None = None
    config: WireConfig | None = None
    incomplete_config: WireConfig | None = None


@frozen
class WireVolume:
    """A volume. Its region has been missing in the past (Fly: fly.md 1.5)."""

    id: str
    state: str
    name: str | None = None
    region: str | None = None
    attached_machine_id: str | None = None


@frozen
class WireWait:
    """The end of a poll that was not a time-out."""

    state: str


@frozen
class WireAcknowledgement:
    """The answer to a change that shows nothing; `ok` is false where it was not made after all."""

    ok: bool = True


# -- reading -----------------------------------------------------------------------------------------------------


def read_machine(body: str, sandbox: SandboxId) -> MachineSeen:
    """The machine that the body shows to this sandbox's owner. Raises UnreadableError."""
    return machine_seen(_read(body, WireMachine), sandbox)


def read_machines(body: str, sandbox: SandboxId) -> tuple[MachineSeen, ...]:
    """The machines that the body lists, sorted by id. Raises UnreadableError: half a listing would hide something."""
    seen = (machine_seen(one, sandbox) for one in _read(body, tuple[WireMachine, ...]))
    return tuple(sorted(seen, key=lambda one: one.machine))


def read_volume(body: str, sandbox: SandboxId) -> VolumeSeen:
    """The volume that the body shows to this sandbox's owner. Raises UnreadableError."""
    return volume_seen(_read(body, WireVolume), sandbox)


def read_volumes(body: str, sandbox: SandboxId) -> tuple[VolumeSeen, ...]:
    """The volumes that the body lists, sorted by id. Raises UnreadableError: half a listing would hide something."""
    seen = (volume_seen(one, sandbox) for one in _read(body, tuple[WireVolume, ...]))
    return tuple(sorted(seen, key=lambda one: one.volume))


def read_wait(body: str) -> MachineState:
    """The state in which a poll ended. Raises UnreadableError."""
    return machine_state(_read(body, WireWait).state)


def read_acknowledgement(body: str) -> None:
    """Find that a change was made: by an empty body, or by an object that does not deny it. Raises UnreadableError."""
    if body.strip() and not _read(body, WireAcknowledgement).ok:
        raise UnreadableError("the answer is a success and says that it is not ok")


def _read(body: str, shape: type[Shape]) -> Shape:
    try:
        return CONVERTER.structure(json.loads(body), shape)
    except BaseValidationError as error:
        raise UnreadableError("; ".join(transform_error(error, path="body"))) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise UnreadableError(f"body: {error}") from error


def _exactly(kind: type[Shape]) -> Callable[[object, type[Shape]], Shape]:
    def structured(value: object, _kind: type[Shape]) -> Shape:
        if type(value) is not kind:  # cattrs would turn 1.9 into 1 and null into "None"; True is no number either
            raise TypeError(f"must be {kind.__name__}, not {type(value).__name__}")
        return value

    return structured


def _shaped(kind: type, factory: HookFactory) -> HookFactory:
    """A factory whose hooks take this JSON shape alone: cattrs would read an object as a list, and the reverse."""

    def made(shape: type, converter: Converter) -> StructureHook:
        inner = factory(shape, converter)

        def structured(value: object, shape: type) -> object:
            if type(value) is not kind:
                raise TypeError(f"must be {kind.__name__}, not {type(value).__name__}")
            return inner(value, shape)

        return structured

    return made


def _converter() -> Converter:
    converter = Converter()
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, _exactly(kind))
    converter.register_structure_hook_factory(has, _shaped(dict, make_dict_structure_fn))
    converter.register_structure_hook_factory(_is_tuple, _shaped(list, homogenous_tuple_structure_factory))
    return converter


def _is_tuple(shape: object) -> bool:
    return get_origin(shape) is tuple


CONVERTER: Final = _converter()


# -- reducing ----------------------------------------------------------------------------------------------------


def machine_state(text: str) -> MachineState:
    """The state of this name; one that is newer than we are is only waited for (Fly: fly.md 2.1)."""
    return MACHINE_STATES.get(text, MachineState.OTHER)


def machine_seen(machine: WireMachine, sandbox: SandboxId) -> MachineSeen:
    """The machine as decisions look at it. Raises UnreadableError if its id could not stand in a path."""
    if MACHINE_PATTERN.fullmatch(machine.id) is None:
        raise UnreadableError(f"{machine.id!r} is no machine id")
    configs = [one for one in (machine.config, machine.incomplete_config) if one is not None]
    metadata = next((one.metadata for one in configs if one.metadata is not None), {})
    mounts = next((one.mounts for one in configs if one.mounts is not None), ())
    guest = next((one.guest for one in configs if one.guest is not None), None)
    mark = _count(metadata, OP_KEY)
    return MachineSeen(
        machine=MachineId(machine.id),
        state=machine_state(machine.state),
        version=VersionId(machine.instance_id or ""),
        volume=next((VolumeId(one.volume) for one in mounts if one.volume and one.path == ROOT), None),
        mark=None if mark is None else OpId(mark),
        named_ours=machine.name == machine_name(sandbox),
        sandbox=SandboxId(metadata[SANDBOX_KEY]) if metadata.get(SANDBOX_KEY) else None,
        user=UserId(metadata[USER_KEY]) if metadata.get(USER_KEY) else None,
        revision=_count(metadata, REVISION_KEY),
        guest=None if guest is None else _guest(guest),
        region=Region(machine.region or ""),
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


def _count(metadata: Mapping[str, str], key: str) -> int | None:
    text = metadata.get(key, "")
    return int(text) if COUNT_PATTERN.fullmatch(text) else None


def _guest(guest: WireGuest) -> Guest | None:
    if guest.cpus is None or guest.memory_mb is None:
        return None
    return Guest(guest.cpus, guest.memory_mb, guest.cpu_kind)
