"""Which refusals are worth asking again, and what counts when outcomes are compared."""

from __future__ import annotations

from kiloclaw_core.outcomes import Rejected, Unknown, Why, may_pass

PASSING = {
    Why.VOLUME_CLAIMED,
    Why.VOLUME_BOUND,
    Why.NOT_FOUND,
    Why.VERSION_MISMATCH,
    Why.TOO_EARLY,
    Why.CONFLICT,
    Why.RATE_LIMITED,
    Why.NOT_SENT,
    Why.WAIT_TIMEOUT,
    Why.NO_ANSWER,
    Why.BOOT_FAILED,
    Why.HOST_DOWN,
}


def test_only_refusals_that_may_pass_are_asked_again() -> None:
    """Capacity, quota and bad requests do not mend by asking: the attempt ends and people are told."""
    assert {why for why in Why if may_pass(why)} == PASSING


def test_refusals_for_one_reason_are_one_refusal_whatever_their_text() -> None:
    """Texts are for people: were they compared, every wording of Fly would be another state."""
    assert Rejected(Why.QUOTA, None, 403, "over the allowed quota") == Rejected(Why.QUOTA)
    assert Unknown("connection reset") == Unknown()
