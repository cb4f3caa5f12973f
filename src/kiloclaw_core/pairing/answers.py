"""What askers are answered, in words that name no code and no request.

An approval ends in one of three ways. One in doubt is looked for: whether the request is still listed tells whether it
may be tried again (pairing 1.8).
"""

from __future__ import annotations

from enum import Enum

from attrs import frozen


class Fresh(Enum):
    """Whether a list was read since it was asked for."""

    FRESH = "fresh"
    PARTLY = "partly: of some channels only what was known before"
    STALE = "stale: it could not be read, or not in time"


class NotDone(Enum):
    """Why nothing was approved."""

    FAILED = "the command refused or failed"
    NOT_STARTED = "the command could not be started"
    BUSY = "other approvals took too long"
    SHUTTING_DOWN = "the cache is shutting down"


class Seen(Enum):
    """What a look after an approval in doubt showed."""

    LISTED = "it is still pending: it may be tried again"
    ABSENT = "it is no longer pending: approved, or expired"
    UNREAD = "nobody knows"


@frozen
class Refreshed:
    """The list was read, or was not."""

    fresh: Fresh


@frozen
class Approved:
    """It is approved."""


@frozen
class NotApproved:
    """It is not approved, and will not be by this request."""

    why: NotDone


@frozen
class Unsure:
    """It may have been approved; it is not tried again by itself."""

    seen: Seen


ApprovalAnswer = Approved | NotApproved | Unsure
PairingAnswer = Refreshed | ApprovalAnswer
