"""What outsiders are shown of the cache; taking a view changes nothing.

A request that has grown too old since it was read is not shown, and one that was approved is not in the record. How
long ago something was read, and whether it could be, is told beside the list (pairing PW22).
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from kiloclaw_core.pairing.answers import (
    ApprovalAnswer,
    Approved,
    Fresh,
    NotApproved,
    NotDone,
    PairingAnswer,
    Refreshed,
    Seen,
    Unsure,
)
from kiloclaw_core.pairing.commands import PairingRefusal
from kiloclaw_core.pairing.json_values import thaw
from kiloclaw_core.pairing.record import Pairing
from kiloclaw_core.pairing.requests import ChannelRequest, DeviceRequest, Kind, PendingRequest, is_current


@frozen
class PendingView:
    """One list as it is served; moments are in milliseconds since 1970, None for never.

    A stale one may be out of date: it was never read, the last reading did not show all of it, or it is read no more.
    """

    requests: tuple[PendingRequest, ...]
    last_updated: int | None
    last_attempt: int | None
    last_success: int | None
    stale: bool


def pending_view(
    record: Pairing, kind: Kind, now_ms: int, told: PairingAnswer | PairingRefusal | None = None
) -> PendingView:
    """What is pending of this kind at this moment, for somebody who had it read anew and was told so of that.

    A list may have come to be fresh since he was told that it is not, by a reading that began before he asked.
    """
    shelf = record.shelf(kind)
    return PendingView(
        tuple(one for one in shelf.entries if is_current(one, now_ms)),
        shelf.moments.commit,
        shelf.moments.attempt,
        shelf.moments.success,
        shelf.stale or told not in (None, Refreshed(Fresh.FRESH)),
    )


def wire_request(request: PendingRequest) -> dict[str, object]:
    """The request as it stands in a reply, its hidden parts revealed (pairing 1.1); what is absent has no key."""
    match request:
        case ChannelRequest():
            meta = {} if request.meta is None else {"meta": thaw(request.meta.revealed)}
            texts = {"createdAt": request.created_at}
            named = {"code": request.code.revealed, "id": request.id.revealed, "channel": request.channel}
            return {**named, **meta, **_present(texts)}
        case DeviceRequest():
            return {
                "requestId": request.request.revealed,
                "deviceId": request.device.revealed,
                **({"roles": list(request.roles)} if request.roles else {}),
                **_present(
                    {
                        "role": request.role,
                        "platform": request.platform,
                        "clientId": request.client_id,
                        "clientMode": request.client_mode,
                        "ts": request.ts,
                    }
                ),
            }


def _present(values: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in values.items() if value is not None}


@frozen
class Said:
    """How an answer is said over HTTP: the status, and a message that holds no code and no id.

    `code` is there where somebody may want to tell the cases apart; every one is a word of ours.
    """

    status: int
    message: str
    code: str | None = None


def said(answer: ApprovalAnswer, kind: Kind) -> Said:
    """An approval's answer: a refusal by the command is the asker's to mend, all else is told apart by its code."""
    match answer:
        case Approved():
            return Said(200, "Pairing approved" if kind is Kind.CHANNELS else "Device approved")
        case NotApproved(why=why):
            return _not_done(why)
        case Unsure(seen=seen):
            return _unsure(seen)


def _not_done(why: NotDone) -> Said:
    match why:
        case NotDone.FAILED:
            return Said(400, "Not approved: the request is unknown or expired", "approval_refused")
        case NotDone.NOT_STARTED:
            return Said(500, "Not approved: the command could not be started", "command_not_started")
        case NotDone.BUSY:
            return Said(503, "Not approved: other approvals are still running", "approvals_busy")
        case NotDone.SHUTTING_DOWN:
            return Said(503, "Cache is shutting down", "shutting_down")


def _unsure(seen: Seen) -> Said:
    match seen:
        case Seen.LISTED:
            return Said(504, "Not confirmed: the request is still pending, try again", "approval_unconfirmed_listed")
        case Seen.ABSENT:
            return Said(504, "Not confirmed: approved, or expired", "approval_unconfirmed_absent")
        case Seen.UNREAD:
            return Said(504, "Not confirmed: look again later", "approval_unconfirmed")


def refusal_said(refusal: PairingRefusal) -> Said:
    """A refusal, in upstream's words where it has some (pairing 1.8)."""
    match refusal:
        case PairingRefusal.SHUTTING_DOWN:
            return _not_done(NotDone.SHUTTING_DOWN)
        case PairingRefusal.NO_CHANNEL:
            return Said(400, "Invalid channel name", "invalid_channel")
        case PairingRefusal.NO_CODE:
            return Said(400, "Invalid pairing code", "invalid_code")
        case PairingRefusal.NO_REQUEST:
            return Said(400, "Invalid request ID", "invalid_request_id")
        case PairingRefusal.BUSY:
            return _not_done(NotDone.BUSY)
