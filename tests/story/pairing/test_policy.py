"""No duration is none, and so a command ends before its controller answers, whatever both are set to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import asdict
from hypothesis import given
from hypothesis import strategies as st

from kiloclaw_core.pairing import PairingPolicy, Source

DURATIONS = [name for name in asdict(PairingPolicy()) if name.endswith("_s")]
POLICY: Callable[..., PairingPolicy] = PairingPolicy
SECONDS = st.floats(0.001, 1_000_000)


def test_these_are_all_durations() -> None:
    """Each is called one by its name."""
    assert [name for name, value in asdict(PairingPolicy()).items() if isinstance(value, float)] == DURATIONS


@pytest.mark.parametrize("duration", [0.0, -52.0, float("nan")])
@pytest.mark.parametrize("name", DURATIONS)
def test_a_duration_that_is_none_or_less_is_refused(name: str, duration: float) -> None:
    """Whoever waits for no time has waited for nobody."""
    with pytest.raises(ValueError, match=f"^'{name}' must be > 0"):
        POLICY(**{name: duration})


@given(st.sampled_from(Source), st.lists(SECONDS, min_size=len(DURATIONS), max_size=len(DURATIONS)))
def test_a_command_ends_before_its_controller_answers(source: Source, seconds: list[float]) -> None:
    """Of every policy (PW4): the controller's time is made of the command's, and more."""
    policy = POLICY(source=source, **dict(zip(DURATIONS, seconds, strict=True)))

    assert policy.approve_s + policy.kill_grace_s < policy.approval_ends_s < policy.caller_approve_s
    if source is Source.COMMAND_LINE:
        assert policy.list_s + policy.kill_grace_s < policy.listing_ends_s < policy.caller_list_s
