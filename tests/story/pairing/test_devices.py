"""What devices have pending, out of OpenClaw's file and off its command line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloclaw_core.pairing import DeviceId, DeviceRequest, RequestId, parse_device_file, parse_device_output
from tests.story.pairing.test_json_values import TREES

NOW_MS = 1_000_000
TTL_MS = 300_000
GOOD = {"requestId": "r1", "deviceId": "d1"}
REQUEST = DeviceRequest(RequestId("r1"), DeviceId("d1"), since_ms=NOW_MS)


def filed(*entries: object, now_ms: int = NOW_MS) -> tuple[DeviceRequest, ...]:
    """What a file with these entries says, whatever their keys."""
    return parse_device_file({str(place): entry for place, entry in enumerate(entries)}, now_ms)


def test_a_request_is_read_with_all_that_is_shown_of_it() -> None:
    """Its key and its scopes never leave the machine (S12)."""
    whole = {
        **GOOD,
        "role": "operator",
        "roles": ["node", "operator"],
        "platform": "linux",
        "clientId": "gateway-client",
        "clientMode": "cli",
        "ts": 999_999.5,
        "publicKey": "k",
        "scopes": ["operator.admin"],
    }
    assert filed(whole) == (
        DeviceRequest(
            RequestId("r1"),
            DeviceId("d1"),
            "operator",
            ("node", "operator"),
            "linux",
            "gateway-client",
            "cli",
            999_999.5,
            since_ms=999_999.5,
        ),
    )


@pytest.mark.parametrize(
    "bad",
    [
        None,
        {"requestId": "r2"},
        {**GOOD, "requestId": ""},
        {**GOOD, "deviceId": 1},
        {**GOOD, "role": None},
        {**GOOD, "platform": 1},
        {**GOOD, "roles": "operator"},
        {**GOOD, "roles": [1]},
        {**GOOD, "ts": True},
        {**GOOD, "ts": None},
        {**GOOD, "ts": float("inf")},
    ],
)
def test_a_known_key_of_the_wrong_type_makes_it_no_entry(bad: object) -> None:
    """Its neighbours stay (pairing 1.5)."""
    assert filed(GOOD, bad) == (REQUEST,)


@pytest.mark.parametrize("tree", [None, [], "x", 1, {}])
def test_a_file_of_another_shape_has_nothing_pending(tree: object) -> None:
    """It was read, and there is nothing in it."""
    assert parse_device_file(tree, NOW_MS) == parse_device_output(tree, NOW_MS) == ()


def test_a_request_is_kept_for_five_minutes_and_not_longer() -> None:
    """Property 9: exactly that is kept, the future is, and what has no moment is."""
    ages = (-TTL_MS, TTL_MS, TTL_MS + 1)
    assert [bool(filed({**GOOD, "ts": NOW_MS - age})) for age in ages] == [True, True, False]
    assert filed(GOOD) == (REQUEST,)


def test_the_newest_comes_first() -> None:
    """What has no moment comes last, and equals keep their order."""
    entries = [{**GOOD, "requestId": name, "ts": NOW_MS - age} for name, age in (("b", 2), ("a", 1), ("c", 2))]
    assert [one.request.revealed for one in filed(GOOD, *entries)] == ["a", "b", "c", "r1"]


def test_the_command_line_lists_them_under_another_name() -> None:
    """What is no text is given one, and null is absent (pairing 1.7)."""
    pending = [
        {"requestId": 7, "deviceId": "d", "role": None, "platform": "x", "ts": "1"},
        {"requestId": "r", "deviceId": "d", "clientId": "c", "ts": 5},
        {"requestId": "r"},
    ]
    assert parse_device_output({"pending": pending}, NOW_MS) == (
        DeviceRequest(RequestId("r"), DeviceId("d"), client_id="c", ts=5, since_ms=5),
        DeviceRequest(RequestId("7"), DeviceId("d"), platform="x", since_ms=NOW_MS),
    )


@given(TREES, st.integers())
def test_reading_is_total(tree: object, now_ms: int) -> None:
    """Whatever is in the file."""
    for found in (parse_device_file(tree, now_ms), parse_device_output(tree, now_ms)):
        assert all(one.request.revealed and one.device.revealed for one in found)
