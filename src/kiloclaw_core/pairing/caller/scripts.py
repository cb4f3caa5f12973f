"""The command lines of exec, and what the scripts print, read without a surprise (pairing 1.7, 3.3, 3.4).

What is not exactly one list of well formed requests is broken: it is neither shown as an empty list nor kept.
"""

from __future__ import annotations

from typing import Final

from kiloclaw_core.pairing.channels import meta_of
from kiloclaw_core.pairing.command_lines import approve_line
from kiloclaw_core.pairing.hidden import Code, DeviceId, EntryId, RequestId
from kiloclaw_core.pairing.json_values import number_of, object_of, text_of
from kiloclaw_core.pairing.listings import Break, Broken, Listing, Ok
from kiloclaw_core.pairing.moments import moment_of
from kiloclaw_core.pairing.names import ChannelName
from kiloclaw_core.pairing.requests import ChannelRequest, DeviceRequest, Kind, PendingRequest, Subject

AT_HOME: Final = ("/usr/bin/env", "HOME=/root")


def exec_list_line(kind: Kind) -> tuple[str, ...]:
    """Run the script that lists."""
    match kind:
        case Kind.CHANNELS:
            return (*AT_HOME, "node", "/usr/local/bin/openclaw-pairing-list.js")
        case Kind.DEVICES:
            return (*AT_HOME, "node", "/usr/local/bin/openclaw-device-pairing-list.js")


def exec_approve_line(subject: Subject) -> tuple[str, ...]:
    """Run the command that approves."""
    _, *arguments = approve_line(subject)
    return (*AT_HOME, "openclaw", *arguments)


def parse_printed(tree: object, kind: Kind, now_ms: int) -> Listing:
    """What a script printed, or a controller replied: `{"requests": [...]}`, each of them whole, or else broken."""
    listed = object_of(tree).get("requests")
    if not isinstance(listed, list):
        return Broken(Break.NOT_JSON)
    requests = [parse_one(one, kind, now_ms) for one in listed]
    whole = tuple(one for one in requests if one is not None)
    return Ok(whole) if len(whole) == len(requests) else Broken(Break.NOT_JSON)


def parse_one(tree: object, kind: Kind, now_ms: int) -> PendingRequest | None:
    """One request of a list as it stands on the wire, or None where it is none."""
    match kind:
        case Kind.CHANNELS:
            return _channel_request(tree, now_ms)
        case Kind.DEVICES:
            return _device_request(tree, now_ms)


def _channel_request(tree: object, now_ms: int) -> ChannelRequest | None:
    entry = object_of(tree)
    code, id_, channel = (text_of(entry.get(key)) for key in ("code", "id", "channel"))
    created_at = text_of(entry.get("createdAt"))
    if not code or not id_ or not channel or (created_at is None and "createdAt" in entry):
        return None
    moment = moment_of(created_at or "")
    since_ms = now_ms if moment is None else moment
    return ChannelRequest(ChannelName(channel), Code(code), EntryId(id_), created_at, meta_of(entry), since_ms=since_ms)


def _device_request(tree: object, now_ms: int) -> DeviceRequest | None:
    entry = object_of(tree)
    request, device = text_of(entry.get("requestId")), text_of(entry.get("deviceId"))
    if not request or not device:
        return None
    role, platform, client = (text_of(entry.get(key)) for key in ("role", "platform", "clientId"))
    ts = number_of(entry.get("ts"))
    since_ms = now_ms if ts is None else ts
    return DeviceRequest(RequestId(request), DeviceId(device), role, (), platform, client, None, ts, since_ms=since_ms)
