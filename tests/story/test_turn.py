"""The rules that whoever performs effects must obey, and the durations that they rest on."""

from __future__ import annotations

from kiloclaw_core.policy import Policy
from kiloclaw_core.turn import AfterConflict, after_conflict, may_send

POLICY = Policy()


def test_a_request_leaves_until_its_time_is_up() -> None:
    """Exactly `send_by_s` is still in time; the settle reckons with it."""
    assert may_send(POLICY.send_by_s, POLICY)


def test_a_request_that_waited_too_long_does_not_leave() -> None:
    """It could land after its settle, when nobody looks for it any more."""
    assert not may_send(POLICY.send_by_s + 0.001, POLICY)


def test_after_a_conflict_the_lease_holder_absorbs_the_fact_again() -> None:
    """A fact has happened; losing it would leave its phase waiting for what already came."""
    assert after_conflict(lease_held=True) is AfterConflict.AGAIN


def test_after_a_conflict_without_the_lease_the_worker_stops() -> None:
    """Somebody else has the record; he absorbed a take-over and will ask for himself."""
    assert after_conflict(lease_held=False) is AfterConflict.STOP


def test_a_settle_outlasts_the_latest_send_and_the_longest_request() -> None:
    """Otherwise a request that was waited out could still land."""
    assert POLICY.settle_s > POLICY.send_by_s + POLICY.request_s


def test_an_answer_is_waited_for_longer_than_a_request_can_take() -> None:
    """Patience that ends before the answer can come would settle every slow success."""
    assert POLICY.answer_patience_s > POLICY.send_by_s + POLICY.request_s


def test_a_start_has_time_for_a_doubt_and_a_boot() -> None:
    """One lost answer, settled and listed twice, must not by itself end the start."""
    doubt = POLICY.settle_s + POLICY.look_apart_s
    assert POLICY.starting_ceiling_s > doubt + POLICY.state_wait_s + POLICY.health_wait_s
