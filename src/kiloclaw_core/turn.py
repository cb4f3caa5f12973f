"""What whoever performs effects must decide, and may not decide differently: the interpreter's three rules.

They are here, pure, so that the interpreter and the explored system obey the same functions, and a mutant of one is
caught by the other.
"""

from __future__ import annotations

from enum import Enum

from kiloclaw_core.policy import Policy


class AfterConflict(Enum):
    """What becomes of a fact whose commit met another commit."""

    AGAIN = "again"
    STOP = "stop"


def may_send(waited_s: float, policy: Policy) -> bool:
    """Whether a request that waited this long since its commit may still leave.

    Checked after the rate limiter, right before the write: a request sent later could land after its settle.
    """
    return waited_s <= policy.send_by_s


def after_conflict(*, lease_held: bool) -> AfterConflict:
    """A fact cannot be refused: it is absorbed again on the reloaded record, by whoever still holds the lease."""
    return AfterConflict.AGAIN if lease_held else AfterConflict.STOP
