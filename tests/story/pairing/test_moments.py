"""Moments are texts of RFC 3339 and nothing else; each is the same one on every machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloclaw_core.pairing import moment_of

ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:01.5z", 1_500),
        ("1970-01-01 00:00:00.123456789+00:00", 123),
        ("2026-06-07T12:00:00-02:30", 1_780_842_600_000),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ("1900-03-01T00:00:00Z", -2_203_891_200_000),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000),
    ],
)
def test_a_moment_is_read(text: str, moment: int) -> None:
    """With or without a fraction, in any zone."""
    assert moment_of(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-06-07",
        "2026-06-07T12:00:00",
        "2026-06-07T12:00:00Z\n",
        "Sun, 07 Jun 2026 12:00:00 GMT",
        "1780833000000",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2026-01-00T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z",
        "2026-01-01T00:00:00+24:00",
        "٢٠٢٦-01-01T00:00:00Z",
    ],
)
def test_what_is_no_moment_is_none(text: str) -> None:
    """JavaScript takes some of these, as another moment on another machine (pairing 1.11)."""
    assert moment_of(text) is None


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES))  # noqa: DTZ001 - the zone is drawn
def test_every_moment_is_the_one_that_python_reads(moment: datetime) -> None:
    """To the millisecond."""
    assert moment_of(moment.isoformat()) == (moment - EPOCH) // timedelta(milliseconds=1)
