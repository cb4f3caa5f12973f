"""What a controller's answer means: total functions over a status and a body, whatever they are.

Whether a route is unknown is decided as pairing 3.2 has it, cell by cell. Whether an approval may have been made is
decided the other way round: only an answer that says that nothing was done is taken for that.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from attrs import frozen

from kiloclaw_core.pairing.answers import Seen
from kiloclaw_core.pairing.caller.capabilities import Capabilities
from kiloclaw_core.pairing.json_values import object_of
from kiloclaw_core.pairing.requests import PendingRequest

ROUTE_UNAVAILABLE: Final = "controller_route_unavailable"
NOT_FOUND: Final = 404
BAD_REQUEST: Final = 400
REFUSALS: Final = frozenset({401, 403, 405, 406, 411, 413, 414, 415, 422, 429, 431})
"""Statuses by which an approval is refused before anything is run."""
SERVICE_STARTING: Final = "service_starting"
NOT_RUN: Final = frozenset({SERVICE_STARTING, "approvals_busy", "shutting_down", "command_not_started"})
"""Words of our controller that say so beside any status."""
UNCONFIRMED: Final = {
    "approval_unconfirmed": Seen.UNREAD,
    "approval_unconfirmed_listed": Seen.LISTED,
    "approval_unconfirmed_absent": Seen.ABSENT,
}


def is_success(status: int) -> bool:
    """Whether the status is one of the two hundreds."""
    return 200 <= status < 300  # noqa: PLR2004 - HTTP's own numbers


def code_of(body: object) -> str | None:
    """The body's code, if it is a text that says something; a body that is no object has none."""
    code = object_of(body).get("code")
    return code if isinstance(code, str) and code else None


def is_unknown_route(status: int, body: object) -> bool:
    """Whether the answer says that the controller has no such route, exactly as pairing 3.2 has it.

    The code says so beside any status that is no success; a 404 says so unless it has a code of its own.
    """
    if is_success(status):
        return False
    code = code_of(body)
    return code == ROUTE_UNAVAILABLE or (status == NOT_FOUND and code is None)


# -- what is concluded -------------------------------------------------------------------------------------------


@frozen
class Listed:
    """The list, as it was answered."""

    requests: tuple[PendingRequest, ...]
    stale: bool | None = None
    """Whether the controller says that it may be out of date; None of an older one, which does not say."""


@frozen
class Told:
    """What the controller can do; None where it does not say."""

    capabilities: Capabilities | None


@frozen
class Granted:
    """It is approved."""


@frozen
class Turned:
    """It is not approved, says the controller, and nothing will come of it."""


@frozen
class Unconfirmed:
    """The controller does not know whether it is approved."""

    seen: Seen


class Miss(Enum):
    """Why an answer is none."""

    ROUTE_UNKNOWN = "the controller has no such route"
    DENIED = "the controller does not know our token, or is too old to say"
    UNAVAILABLE = "the controller cannot be reached, or is not ready; nothing was done"
    INVALID = "the controller's answer is none"
    AMBIGUOUS = "the request was sent, and nobody knows what became of it"


ListVerdict = Listed | Miss
VersionVerdict = Told | Miss
ApproveVerdict = Granted | Turned | Unconfirmed | Miss


def missed(status: int, body: object) -> Miss:
    """Why a question was not answered; asking it again is harmless."""
    if is_unknown_route(status, body):
        return Miss.ROUTE_UNKNOWN
    if status in {401, 403}:
        return Miss.DENIED
    return Miss.INVALID if is_success(status) else Miss.UNAVAILABLE


def approve_verdict(status: int, body: object) -> ApproveVerdict:
    """What an answer to an approval means; one that says nothing certain is ambiguous.

    An old controller answers 500 for a command that failed and for one that it gave up (pairing 1.8), so that is not
    certain either.
    """
    code = code_of(body)
    if is_success(status):
        return _said(object_of(body).get("success"))
    if is_unknown_route(status, body):
        return Miss.ROUTE_UNKNOWN
    if code in UNCONFIRMED:
        return Unconfirmed(UNCONFIRMED[code])
    if status == BAD_REQUEST:
        return Turned()
    if status in REFUSALS:
        return Miss.DENIED
    return Miss.UNAVAILABLE if code in NOT_RUN else Miss.AMBIGUOUS


def _said(success: object) -> ApproveVerdict:
    if success is True:
        return Granted()
    return Turned() if success is False else Miss.AMBIGUOUS


def unanswered(*, sent: bool) -> Miss:
    """What no answer means: that nothing was done only where nothing was sent."""
    return Miss.AMBIGUOUS if sent else Miss.UNAVAILABLE
