"""Reads what approvals ask for, and writes what routes answer: the JSON of the controller (pairing 2.2).

A body is read up to its limit and for its time. Nothing of it is repeated in an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from attrs import frozen
from starlette.requests import ClientDisconnect, Request

from kiloclaw_adapters.pairing.parsing import NotJsonError, tree_of
from kiloclaw_core.pairing import (
    ChannelName,
    ChannelSubject,
    Code,
    DeviceSubject,
    Kind,
    PendingView,
    RequestId,
    Said,
    Subject,
    wire_request,
)
from kiloclaw_core.pairing.json_values import object_of
from kiloclaw_core.supervisor import SupervisorView

TOO_LARGE: Final = Said(413, "Request body too large", "body_too_large")
TOO_SLOW: Final = Said(408, "Request body took too long", "body_too_slow")
NO_JSON: Final = Said(400, "Invalid request body", "invalid_body")
LACKING: Final[Mapping[Kind, Said]] = {
    Kind.CHANNELS: Said(400, "Missing required fields: channel and code", "missing_fields"),
    Kind.DEVICES: Said(400, "Missing required field: requestId", "missing_fields"),
}


@frozen
class BodyLimits:
    """How large a body may be in bytes, and how many seconds it may take to arrive."""

    most: int
    patience_s: float


async def subject_in(request: Request, kind: Kind, limits: BodyLimits) -> Subject | Said:
    """What the request wants approved, or what is wrong with it; whether that can be is checked by the cache."""
    try:
        async with asyncio.timeout(limits.patience_s):
            raw = await _body(request, limits.most)
    except TimeoutError:
        return TOO_SLOW
    except ClientDisconnect:
        return NO_JSON  # nobody hears this
    if raw is None:
        return TOO_LARGE
    try:
        fields = object_of(tree_of(raw))
    except NotJsonError:
        return NO_JSON
    return _subject(fields, kind)


async def _body(request: Request, most: int) -> bytes | None:
    """The body, or None once it is larger than `most`."""
    kept = bytearray()
    async for chunk in request.stream():
        kept += chunk
        if len(kept) > most:
            return None
    return bytes(kept)


def _subject(fields: Mapping[str, object], kind: Kind) -> Subject | Said:
    match kind:
        case Kind.CHANNELS:
            channel, code = _text(fields, "channel"), _text(fields, "code")
            return ChannelSubject(ChannelName(channel), Code(code)) if channel and code else LACKING[kind]
        case Kind.DEVICES:
            named = _text(fields, "requestId")
            return DeviceSubject(RequestId(named)) if named else LACKING[kind]


def _text(fields: Mapping[str, object], name: str) -> str:
    found = fields.get(name)
    return found if isinstance(found, str) else ""


# -- answers -----------------------------------------------------------------------------------------------------


def approval_body(said: Said) -> dict[str, object]:
    """How an approval ended."""
    code = {} if said.code is None else {"code": said.code}
    return {"success": said.status == 200, "message": said.message, **code}  # noqa: PLR2004 - HTTP's own number


def pending_body(view: PendingView) -> dict[str, object]:
    """A list as it is served, and whether it may be out of date: hidden parts are revealed here, and nowhere else."""
    moment = "" if view.last_updated is None else iso(view.last_updated)
    requests = [wire_request(one) for one in view.requests]
    return {"requests": requests, "lastUpdated": moment, "stale": view.stale}


def iso(moment_ms: int) -> str:
    """The moment as JavaScript writes it."""
    return datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def gateway_body(view: SupervisorView, pid: int | None) -> dict[str, object]:
    """How the gateway is, in upstream's words (pairing 2.4)."""
    last = None
    if view.last_exit is not None:
        at = None if view.last_exit_at is None else iso(view.last_exit_at)
        last = {"code": view.last_exit.code, "signal": view.last_exit.signal, "at": at}
    return {"state": view.state, "pid": pid, "uptime": view.uptime, "restarts": view.restarts, "lastExit": last}
