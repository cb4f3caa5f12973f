"""The JSON of controllers and of scripts as far as we look at it, read strictly: what is wrong is named by its place.

Nothing is coerced. Keys that we do not know are kept beside those that we do, and shown to nobody; a key of the wrong
type makes the whole answer unreadable. What is said of that holds a place and a type, and never a value (pairing 7).
"""

from __future__ import annotations

from typing import Final

from attrs import evolve, field, fields, frozen
from cattrs import Converter
from cattrs.dispatch import StructureHook
from cattrs.gen import make_dict_structure_fn, override

from kiloclaw_adapters.strict import Shape, UnreadableError, shaped, strict_converter, structured
from kiloclaw_core.pairing import (
    ChannelName,
    ChannelRequest,
    Code,
    DeviceId,
    DeviceRequest,
    EntryId,
    Hidden,
    Kind,
    Meta,
    PendingRequest,
    RequestId,
)
from kiloclaw_core.pairing.json_values import FrozenObject, freeze, number_of, text_of
from kiloclaw_core.pairing.moments import moment_of

NOTHING: Final = FrozenObject(())


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
class WireChannelList(WireReply):
    """What channels have pending, as a script prints it (pairing 1.7)."""

    requests: tuple[WireChannelRequest, ...]


@frozen
class WireDeviceList(WireReply):
    """What devices have pending, likewise."""

    requests: tuple[WireDeviceRequest, ...]


@frozen
class WireChannels(WireChannelList):
    """The same as a controller answers it, with how old it is."""

    last_updated: str = field(alias="lastUpdated")
    stale: bool | None = None
    """Whether it may be out of date; None of a controller that does not say, as those older than ours."""


@frozen
class WireDevices(WireDeviceList):
    """Likewise."""

    last_updated: str = field(alias="lastUpdated")
    stale: bool | None = None


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


def read_tree(tree: object, shape: type[Shape]) -> Shape:
    """What the tree shows, in this shape. Raises UnreadableError."""
    return structured(CONVERTER, tree, shape)


def read_list(tree: object, kind: Kind) -> WireChannels | WireDevices:
    """The list that a controller answers. Raises UnreadableError."""
    match kind:
        case Kind.CHANNELS:
            return read_tree(tree, WireChannels)
        case Kind.DEVICES:
            return read_tree(tree, WireDevices)


# -- what was read -----------------------------------------------------------------------------------------------


def printed(tree: object, kind: Kind, now_ms: int) -> tuple[PendingRequest, ...]:
    """The requests that a script printed, each of them whole, those without a moment as of `now_ms`.

    Raises UnreadableError for what is not exactly a list of such: it is neither shown as an empty one nor kept.
    """
    match kind:
        case Kind.CHANNELS:
            return requests_in(read_tree(tree, WireChannelList), now_ms)
        case Kind.DEVICES:
            return requests_in(read_tree(tree, WireDeviceList), now_ms)


def requests_in(listed: WireChannelList | WireDeviceList, now_ms: int) -> tuple[PendingRequest, ...]:
    """The requests of a list, those without a moment as of `now_ms`. Raises UnreadableError where one is none."""
    match listed:
        case WireChannelList(requests=requests):
            return tuple(_of_channel(one, place, now_ms) for place, one in enumerate(requests))
        case WireDeviceList(requests=requests):
            return tuple(_of_device(one, place, now_ms) for place, one in enumerate(requests))


def _of_channel(one: WireChannelRequest, place: int, now_ms: int) -> ChannelRequest:
    if not one.code.revealed or not one.id.revealed or not one.channel:
        raise UnreadableError(f"a request that is none @ body.requests[{place}]")
    moment, others = moment_of(one.created_at), dict(one.others.items)
    return ChannelRequest(
        ChannelName(one.channel),
        one.code,
        one.id,
        one.created_at or None,
        Meta(others["meta"]) if "meta" in others else None,
        since_ms=now_ms if moment is None else moment,
    )


def _of_device(one: WireDeviceRequest, place: int, now_ms: int) -> DeviceRequest:
    if not one.request_id.revealed or not one.device_id.revealed:
        raise UnreadableError(f"a request that is none @ body.requests[{place}]")
    return DeviceRequest(
        one.request_id,
        one.device_id,
        one.role or None,
        one.roles,
        one.platform or None,
        one.client_id or None,
        one.client_mode or None,
        one.ts,
        since_ms=now_ms if one.ts is None else one.ts,
    )


# -- reading -----------------------------------------------------------------------------------------------------


def _number(value: object, _: type) -> object:
    if number_of(value) is None:
        raise TypeError(f"must be a number, not {type(value).__name__}")
    return value


def _text(value: object, _: type) -> str:
    text = text_of(value)
    if text is None:
        raise TypeError(f"must be a text that can be written down, not {type(value).__name__}")
    return text


def _hidden(value: object, kind: type) -> object:
    return kind(_text(value, str))


def _keeping(shape: type, converter: Converter) -> StructureHook:
    """A hook that reads the fields of the shape, and keeps every other key as it is."""
    known = {one.alias for one in fields(shape)}
    inner: StructureHook = make_dict_structure_fn(shape, converter, _cattrs_use_alias=True, others=override(omit=True))

    def read(value: dict[str, object], _: type) -> object:
        others = freeze({key: one for key, one in value.items() if key not in known})
        return evolve(inner(value, shape), others=others)

    return read


def _converter() -> Converter:
    converter = strict_converter()
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook_func(_is_hidden, _hidden)
    converter.register_structure_hook_factory(_is_reply, shaped(dict, _keeping))
    return converter


def _is_reply(shape: object) -> bool:
    return isinstance(shape, type) and issubclass(shape, WireReply)


def _is_hidden(shape: object) -> bool:
    return isinstance(shape, type) and issubclass(shape, Hidden)


CONVERTER: Final = _converter()
