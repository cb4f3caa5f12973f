"""The JSON of a controller's answers as far as we look at it, read strictly: what is wrong is named by its place.

Nothing is coerced. Keys that we do not know are kept beside those that we do, and shown to nobody; a key of the wrong
type makes the whole answer unreadable. What is said of that holds a place and a type, and never a value (pairing 7).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar, get_origin

from attrs import evolve, field, fields, frozen
from cattrs import Converter, transform_error
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.dispatch import StructureHook
from cattrs.errors import BaseValidationError
from cattrs.gen import make_dict_structure_fn, override

from kiloclaw_core.pairing import Code, DeviceId, EntryId, Hidden, Kind, RequestId
from kiloclaw_core.pairing.json_values import FrozenObject, freeze

NOTHING: Final = FrozenObject(())


class UnreadableError(ValueError):
    """An answer is not what it should be; the text says where, and what type stands there."""


@frozen
class WireReply:
    """What every answer of a controller may hold besides: `others` are the keys that we do not know."""

    others: FrozenObject = field(default=NOTHING, kw_only=True, repr=False)


@frozen
class WireChannelRequest(WireReply):
    """A request of a channel; what is said of its sender stands among the others."""

    code: Code
    id: EntryId
    channel: str
    created_at: str = field(default="", alias="createdAt")


@frozen
class WireDeviceRequest(WireReply):
    """A request of a device."""

    request_id: RequestId = field(alias="requestId")
    device_id: DeviceId = field(alias="deviceId")
    role: str = ""
    roles: tuple[str, ...] = ()
    platform: str = ""
    client_id: str = field(default="", alias="clientId")
    client_mode: str = field(default="", alias="clientMode")
    ts: float | None = None


@frozen
class WireChannels(WireReply):
    """What channels have pending."""

    requests: tuple[WireChannelRequest, ...]
    last_updated: str = field(alias="lastUpdated")


@frozen
class WireDevices(WireReply):
    """What devices have pending."""

    requests: tuple[WireDeviceRequest, ...]
    last_updated: str = field(alias="lastUpdated")


@frozen
class WireApproval(WireReply):
    """How an approval ended."""

    success: bool
    message: str = field(repr=False)


@frozen
class WireExec(WireReply):
    """How a command ended that Fly ran on a machine. Without an exit code nobody knows."""

    exit_code: int
    exit_signal: int = 0
    stdout: str = field(default="", repr=False)
    stderr: str = field(default="", repr=False)


Shape = TypeVar("Shape", bound=WireReply)


def read_tree(tree: object, shape: type[Shape]) -> Shape:
    """What the tree shows, in this shape. Raises UnreadableError."""
    try:
        return CONVERTER.structure(tree, shape)
    except BaseValidationError as error:
        raise UnreadableError("; ".join(transform_error(error, path="body"))) from None
    except TypeError as error:
        raise UnreadableError(f"body: {error}") from None


def read_list(tree: object, kind: Kind) -> WireChannels | WireDevices:
    """What a list shows. Raises UnreadableError."""
    match kind:
        case Kind.CHANNELS:
            return read_tree(tree, WireChannels)
        case Kind.DEVICES:
            return read_tree(tree, WireDevices)


# -- reading -----------------------------------------------------------------------------------------------------

Hook = Callable[[object, type], object]


def _exactly(kind: type) -> Hook:
    def structured(value: object, _: type) -> object:
        if type(value) is not kind:  # True is no number, and null no text
            raise TypeError(f"must be {kind.__name__}, not {type(value).__name__}")
        return value

    return structured


def _number(value: object, _: type) -> object:
    if type(value) not in {int, float}:
        raise TypeError(f"must be a number, not {type(value).__name__}")
    return value


def _hidden(value: object, kind: type) -> object:
    if not isinstance(value, str):
        raise TypeError(f"must be str, not {type(value).__name__}")
    return kind(value)


def _keeping(shape: type, converter: Converter) -> StructureHook:
    """A hook that reads the fields of the shape, and keeps every other key as it is."""
    known = {one.alias for one in fields(shape)}
    inner: StructureHook = make_dict_structure_fn(shape, converter, _cattrs_use_alias=True, others=override(omit=True))

    def structured(value: object, _: type) -> object:
        if not isinstance(value, dict):
            raise TypeError(f"must be dict, not {type(value).__name__}")
        others = freeze({key: one for key, one in value.items() if key not in known})
        return evolve(inner(value, shape), others=others)

    return structured


def _listing(shape: type, converter: Converter) -> StructureHook:
    inner = homogenous_tuple_structure_factory(shape, converter)

    def structured(value: object, _: type) -> object:
        if not isinstance(value, list):
            raise TypeError(f"must be list, not {type(value).__name__}")
        return inner(value, shape)

    return structured


def _converter() -> Converter:
    converter = Converter()
    for kind in (str, int, bool):
        converter.register_structure_hook(kind, _exactly(kind))
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook_func(_is_hidden, _hidden)
    converter.register_structure_hook_factory(_is_tuple, _listing)
    converter.register_structure_hook_factory(_is_reply, _keeping)
    return converter


def _is_tuple(shape: object) -> bool:
    return get_origin(shape) is tuple


def _is_reply(shape: object) -> bool:
    return isinstance(shape, type) and issubclass(shape, WireReply)


def _is_hidden(shape: object) -> bool:
    return isinstance(shape, type) and issubclass(shape, Hidden)


CONVERTER: Final = _converter()
