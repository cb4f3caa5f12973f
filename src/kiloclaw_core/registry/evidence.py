"""What is known of an attempt's traces outside, and what the two witnesses say: its row, and its instance.

A reservation is resolved by evidence, never by age. Who asks for it, and when, is decided in `probe`.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from attrs import frozen

from kiloclaw_core.names import OwnerKey, SandboxId, UserId


class Evidence(Enum):
    """What traces an attempt may have left: it only ever moves on, in this order."""

    NONE = "none"
    """It was never allowed to begin its work."""
    POSSIBLE = "possible"
    RECORDED = "recorded"
    CONFIRMED_ABSENT = "confirmed_absent"


class Failure(Enum):
    """Why an attempt is cleaned up, the first three in upstream's words (registry 1.2)."""

    PROVIDER = "provider_provision_failed"
    ROW = "instance_record_insert_failed"
    SUBSCRIPTION = "subscription_bootstrap_failed"
    STALLED = "stalled"
    INCONSISTENT = "inconsistent"
    DESTROYED = "instance_destroyed"
    OPERATOR = "manual_admin_release"
    IMPORTED = "imported_failure"


class RowState(Enum):
    """What the row of an instance says; canonical is an active one with a subscription (registry 1.6)."""

    NONE = "none"
    UNSUBSCRIBED = "unsubscribed"
    CANONICAL = "canonical"
    DESTROYED = "destroyed"


# -- what the instance says --------------------------------------------------------------------------------------


@frozen
class NeverSeen:
    """The instance has heard nothing of the attempt, and may yet."""


@frozen
class InFlight:
    """It is at work for the attempt; `progress` grows with every step of it."""

    progress: int


@frozen
class Live:
    """It is at rest, and looks after itself."""


@frozen
class Remaining:
    """It is being destroyed, and nothing more is made; something may be left."""


@frozen
class ConfirmedAbsent:
    """Nothing is left, and nothing can come any more: the attempt is fenced for ever."""


Verdict = NeverSeen | InFlight | Live | Remaining | ConfirmedAbsent


@frozen
class Proof:
    """Rows that were read say that this instance is the active one of the context, and subscribed.

    Only an answer about rows makes one: whoever completes an attempt has to have looked.
    """

    owner: OwnerKey
    user: UserId
    instance: SandboxId


def is_alive(verdict: Verdict) -> bool:
    """Whether the instance goes on with the attempt, or has come to rest with it."""
    match verdict:
        case InFlight() | Live():
            return True
        case NeverSeen() | Remaining() | ConfirmedAbsent():
            return False


AT_REST: Final = -1
"""How far an instance has come that gets no further by itself; its looks round are no progress."""


def progress_of(verdict: Verdict) -> int | None:
    """How far the instance has come, where it is alive."""
    match verdict:
        case InFlight(progress=progress):
            return progress
        case Live():
            return AT_REST
        case NeverSeen() | Remaining() | ConfirmedAbsent():
            return None
