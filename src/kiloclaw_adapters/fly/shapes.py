"""The JSON of Fly's answers as far as we look at it, read strictly: nothing is coerced, and what is wrong is named.

Fly leaves out what it does not know (a host that does not answer, a volume's region) and adds what it likes, so fields
may be missing and strange ones are passed over; a field of the wrong type makes the whole answer unreadable, for
nothing is concluded from half an answer. What the shapes mean is decided by `wire`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final, TypeAlias, TypeVar, get_origin

from attrs import frozen, has
from cattrs import Converter, transform_error
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.dispatch import StructureHook
from cattrs.errors import BaseValidationError
from cattrs.gen import make_dict_structure_fn

Shape = TypeVar("Shape")
HookFactory: TypeAlias = Callable[[type, Converter], StructureHook]


class UnreadableError(ValueError):
    """An answer that should have shown something cannot be read; the message says what was wrong and where."""


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
    host_status: str | None = None
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
class WireSnapshot:
    """A snapshot of a volume. One that is not finished may lack anything, or have a zero time (Fly: fly.md 3)."""

    id: str | None = None
    status: str | None = None
    created_at: str | None = None


@frozen
class WireWait:
    """The end of a poll that was not a time-out."""

    state: str


@frozen
class WireAcknowledgement:
    """The answer to a change that shows nothing; `ok` is false where it was not made after all."""

    ok: bool = True


# -- reading -----------------------------------------------------------------------------------------------------


def read_shape(body: str, shape: type[Shape]) -> Shape:
    """What the body shows, in this shape. Raises UnreadableError, which says what was wrong and where."""
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
