"""The JSON of Fly's answers as far as we look at it, read strictly: nothing is coerced, and what is wrong is named.

Fly leaves out what it does not know (a host that does not answer, a volume's region) and adds what it likes, so fields
may be missing and strange ones are passed over; a field of the wrong type makes the whole answer unreadable, for
nothing is concluded from half an answer. What the shapes mean is decided by `wire`.
"""

from __future__ import annotations

import json
from typing import Final

from attrs import frozen, has
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn

from kiloclaw_adapters.strict import Shape, UnreadableError, shaped, strict_converter, structured


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
        tree = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"body: {error}") from error
    return structured(CONVERTER, tree, shape)


def _converter() -> Converter:
    converter = strict_converter()
    converter.register_structure_hook_factory(has, shaped(dict, make_dict_structure_fn))
    return converter


CONVERTER: Final = _converter()
