"""Reads what devices have pending, from OpenClaw's file or from its command line.

Keys that we do not know are left out, so that keys and scopes never leave the machine (pairing 1.5). An entry with a
known key of the wrong type is no entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kiloclaw_core.pairing.hidden import DeviceId, RequestId
from kiloclaw_core.pairing.json_values import list_of, number_of, object_of, spelled, text_of
from kiloclaw_core.pairing.requests import DeviceRequest, is_current

TEXTS = ("role", "platform", "clientId", "clientMode")


def parse_device_file(tree: object, now_ms: int) -> tuple[DeviceRequest, ...]:
    """The requests in the file that are young enough at `now_ms`, the newest first; of any other shape, none."""
    found = (_from_file(object_of(entry), now_ms) for entry in object_of(tree).values())
    return newest_first(one for one in found if one is not None and is_current(one, now_ms))


def _from_file(entry: Mapping[str, object], now_ms: int) -> DeviceRequest | None:
    request, device = text_of(entry.get("requestId")), text_of(entry.get("deviceId"))
    texts = {key: text_of(entry[key]) for key in TEXTS if key in entry}
    roles = tuple(text_of(role) for role in list_of(entry.get("roles")))
    ts = number_of(entry.get("ts"))
    if not request or not device or None in texts.values() or None in roles:
        return None
    if ("roles" in entry and not isinstance(entry["roles"], list)) or ("ts" in entry and ts is None):
        return None
    return DeviceRequest(
        RequestId(request),
        DeviceId(device),
        texts.get("role"),
        tuple(role for role in roles if role is not None),
        texts.get("platform"),
        texts.get("clientId"),
        texts.get("clientMode"),
        ts,
        since_ms=now_ms if ts is None else ts,
    )


def parse_device_output(tree: object, now_ms: int) -> tuple[DeviceRequest, ...]:
    """The requests that the command line listed, the newest first; whatever is no text is read as one.

    The command leaves out what is too old, and tells neither roles nor the client's mode (pairing 1.7).
    """
    return newest_first(_from_output(list_of(object_of(tree).get("pending")), now_ms))


def _from_output(entries: tuple[object, ...], now_ms: int) -> Iterator[DeviceRequest]:
    for entry in map(object_of, entries):
        request, device = spelled(entry.get("requestId")), spelled(entry.get("deviceId"))
        role, platform, client = (spelled(entry.get(key)) or None for key in ("role", "platform", "clientId"))
        ts = number_of(entry.get("ts"))
        if request and device:
            since_ms = now_ms if ts is None else ts
            yield DeviceRequest(
                RequestId(request), DeviceId(device), role, (), platform, client, None, ts, since_ms=since_ms
            )


def newest_first(requests: Iterable[DeviceRequest]) -> tuple[DeviceRequest, ...]:
    """The requests by their moment, those without one last; equals keep their order."""
    return tuple(sorted(requests, key=lambda one: one.ts or 0, reverse=True))
