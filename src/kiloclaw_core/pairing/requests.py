"""What is pending: requests of channels and of devices, how old each may be, and what names one when it is approved.

A request ages from the moment that it bears. One without a moment ages from when it was last listed, so that what
nobody lists any more is not shown for ever.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from attrs import field, frozen

from kiloclaw_core.pairing.hidden import Code, DeviceId, EntryId, Meta, RequestId
from kiloclaw_core.pairing.names import ChannelName

CHANNEL_TTL_MS: Final = 3_600_000
DEVICE_TTL_MS: Final = 300_000


class Kind(Enum):
    """Which of the two lists."""

    CHANNELS = "channels"
    DEVICES = "devices"


@frozen
class ChannelRequest:
    """Somebody messaged the bot and was given a code; `since_ms` is when it began to age."""

    channel: ChannelName
    code: Code
    id: EntryId
    created_at: str | None = None
    meta: Meta | None = None
    since_ms: int | float = field(default=0, kw_only=True)


@frozen
class DeviceRequest:
    """A client wants access to the gateway; `since_ms` is when it began to age.

    What else the store knows of it (its key, the scopes it asks for) is left out where it is read, so that it cannot
    be passed on (pairing 6.2, S12).
    """

    request: RequestId
    device: DeviceId
    role: str | None = None
    roles: tuple[str, ...] = ()
    platform: str | None = None
    client_id: str | None = None
    client_mode: str | None = None
    ts: int | float | None = None
    since_ms: int | float = field(default=0, kw_only=True)


PendingRequest = ChannelRequest | DeviceRequest


@frozen
class ChannelSubject:
    """The channel request of this code."""

    channel: ChannelName
    code: Code


@frozen
class DeviceSubject:
    """The device request of this id."""

    request: RequestId


Subject = ChannelSubject | DeviceSubject


def kind_of(subject: Subject) -> Kind:
    """Which list the subject stands in."""
    match subject:
        case ChannelSubject():
            return Kind.CHANNELS
        case DeviceSubject():
            return Kind.DEVICES


def subject_of(request: PendingRequest) -> Subject:
    """What names the request when it is approved."""
    match request:
        case ChannelRequest(channel=channel, code=code):
            return ChannelSubject(channel, code)
        case DeviceRequest(request=named):
            return DeviceSubject(named)


def is_listed(subject: Subject, requests: tuple[PendingRequest, ...]) -> bool:
    """Whether the request of this subject is on the list."""
    return any(subject_of(one) == subject for one in requests)


def is_current(request: PendingRequest, now_ms: int) -> bool:
    """Whether the request may still be approved: exactly as old as it may be is still young enough.

    One from the future is kept: clocks differ.
    """
    match request:
        case ChannelRequest(since_ms=since_ms):
            return now_ms - since_ms <= CHANNEL_TTL_MS
        case DeviceRequest(since_ms=since_ms):
            return now_ms - since_ms <= DEVICE_TTL_MS
