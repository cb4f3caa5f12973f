"""A policy that cannot be is refused when it is made, and not found out when something waits for ever."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import asdict

from kiloclaw_core.policy import Policy

POLICY: Callable[..., Policy] = Policy
FIELDS = asdict(Policy())
DURATIONS = [name for name in FIELDS if name.endswith("_s")]
SEVERAL = [name for name in DURATIONS if isinstance(FIELDS[name], tuple)]
NONE_AT_ALL = {"tries", "recoveries_a_day", "moves_an_hour", "resolved_remembered", "jitter_s"}
"""Of which there may be nothing at all."""
OFTEN_NEVER = ["secrets_age_s", "stale_provision_s"]


@pytest.mark.parametrize("name", FIELDS)
def test_what_is_too_little_is_refused(name: str) -> None:
    """Whoever waits for no time has waited for nobody, and nothing happens less often than never."""
    least = "=" if name in NONE_AT_ALL or name not in DURATIONS else ""
    too_little = -1 if name in NONE_AT_ALL else 0

    with pytest.raises(ValueError, match=f"^'{name}' must be >{least} "):
        POLICY(**{name: (too_little,) if name in SEVERAL else too_little})


@pytest.mark.parametrize("name", FIELDS)
def test_what_is_no_number_is_refused(name: str) -> None:
    """As it may be in a file."""
    with pytest.raises(TypeError, match=f"'{name}' must be "):
        POLICY(**{name: "x"})


def test_there_is_always_a_next_probe() -> None:
    """The last wait is repeated, so that there has to be one; a grave need not be swept again."""
    with pytest.raises(ValueError, match="Length of 'probe_waits_s' must be >= 1"):
        Policy(probe_waits_s=())
    assert Policy(grave_cadences_s=()).grave_cadences_s == ()


def test_what_may_be_left_out_may_be_left_out() -> None:
    """No retry, no recovery, no move; nothing grows old, and all look at once."""
    least = {**dict.fromkeys(NONE_AT_ALL, 0), **dict.fromkeys(OFTEN_NEVER)}

    assert asdict(POLICY(**least)) == {**FIELDS, **least}
