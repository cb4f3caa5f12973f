"""Reads what channels have pending: which channels there are, and each one's file or command line.

One bad entry never hurts its neighbours. Keys that we do not know are left out: a future one could be sensitive
(pairing PW17).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from kiloclaw_core.pairing.hidden import Code, EntryId, Meta
from kiloclaw_core.pairing.json_values import freeze, is_truthy, list_of, object_of, spelled, text_of
from kiloclaw_core.pairing.moments import moment_of
from kiloclaw_core.pairing.names import DISCORD, SLACK, TELEGRAM, ChannelName
from kiloclaw_core.pairing.requests import ChannelRequest, is_current

KEYS: Final[tuple[tuple[ChannelName, tuple[str, ...]], ...]] = (
    (TELEGRAM, ("botToken",)),
    (DISCORD, ("token",)),
    (SLACK, ("botToken", "appToken")),
)
"""The channels that are listed, in this order, and the settings of which each needs one (pairing 1.6)."""


def detect_channels(config: object) -> tuple[ChannelName, ...]:
    """The channels that OpenClaw's configuration has enabled and given a token."""
    channels = object_of(object_of(config).get("channels"))
    return tuple(name for name, keys in KEYS if _is_set_up(object_of(channels.get(name)), keys))


def _is_set_up(settings: Mapping[str, object], keys: tuple[str, ...]) -> bool:
    return is_truthy(settings.get("enabled")) and any(is_truthy(settings.get(key)) for key in keys)


def parse_channel_file(tree: object, channel: ChannelName, now_ms: int) -> tuple[ChannelRequest, ...]:
    """The requests in a channel's file that are young enough at `now_ms`; of any other shape, none."""
    return tuple(_from_file(list_of(object_of(tree).get("requests")), channel, now_ms))


def _from_file(entries: tuple[object, ...], channel: ChannelName, now_ms: int) -> Iterator[ChannelRequest]:
    for entry in map(object_of, entries):
        code, id_, created_at = (text_of(entry.get(key)) for key in ("code", "id", "createdAt"))
        since_ms = moment_of(created_at or "")
        if code and id_ and since_ms is not None:
            request = ChannelRequest(channel, Code(code), EntryId(id_), created_at, meta_of(entry), since_ms=since_ms)
            if is_current(request, now_ms):
                yield request


def parse_channel_output(tree: object, channel: ChannelName, now_ms: int) -> tuple[ChannelRequest, ...]:
    """The requests that the command line listed for a channel; whatever is no text is read as one.

    The command leaves out what is too old. A request without a moment that can be read ages from `now_ms`.
    """
    return tuple(_from_output(list_of(object_of(tree).get("requests")), channel, now_ms))


def _from_output(entries: tuple[object, ...], channel: ChannelName, now_ms: int) -> Iterator[ChannelRequest]:
    for entry in map(object_of, entries):
        code, id_, created_at = (spelled(entry.get(key)) for key in ("code", "id", "createdAt"))
        moment = moment_of(created_at)
        since_ms = now_ms if moment is None else moment
        if code and id_:
            meta = meta_of(entry)
            yield ChannelRequest(channel, Code(code), EntryId(id_), created_at or None, meta, since_ms=since_ms)


def meta_of(entry: Mapping[str, object]) -> Meta | None:
    """What the entry says of its sender, if it says anything."""
    return Meta(freeze(entry["meta"])) if "meta" in entry else None
