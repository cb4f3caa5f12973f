"""What channels have pending, out of their files and off the command line, one bad entry at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloclaw_core.pairing import (
    ChannelName,
    ChannelRequest,
    Code,
    EntryId,
    Meta,
    detect_channels,
    parse_channel_file,
    parse_channel_output,
)
from kiloclaw_core.pairing.json_values import freeze
from tests.story.pairing.test_json_values import TREES

TELEGRAM = ChannelName("telegram")
AT = "1970-01-01T02:00:00Z"
AT_MS = 7_200_000
HOUR_MS = 3_600_000
GOOD = {"code": "A1", "id": "u1", "createdAt": AT}
REQUEST = ChannelRequest(TELEGRAM, Code("A1"), EntryId("u1"), AT, since_ms=AT_MS)


def filed(*entries: object, now_ms: int = AT_MS) -> tuple[ChannelRequest, ...]:
    """What a file with these entries says."""
    return parse_channel_file({"requests": list(entries)}, TELEGRAM, now_ms)


def printed(*entries: object) -> tuple[ChannelRequest, ...]:
    """What the command line with these entries says."""
    return parse_channel_output({"requests": list(entries)}, TELEGRAM, AT_MS)


def test_a_request_is_read() -> None:
    """With what is told of its sender, whatever that is."""
    assert filed(GOOD, {**GOOD, "meta": None}, {**GOOD, "meta": {"a": [1]}}) == (
        REQUEST,
        ChannelRequest(TELEGRAM, Code("A1"), EntryId("u1"), AT, Meta(None), since_ms=AT_MS),
        ChannelRequest(TELEGRAM, Code("A1"), EntryId("u1"), AT, Meta(freeze({"a": [1]})), since_ms=AT_MS),
    )


def test_what_is_not_known_is_not_read() -> None:
    """A key that OpenClaw may have one day could be sensitive (PW17), and the channel is the file's (pairing 1.4)."""
    assert filed({**GOOD, "secret": "x", "channel": "slack"}) == (REQUEST,)


@pytest.mark.parametrize("tree", [None, [], "x", {}, {"requests": {}}, {"requests": None}, {"requests": []}])
def test_a_file_of_another_shape_has_nothing_pending(tree: object) -> None:
    """It was read, and there is nothing in it (pairing 1.4)."""
    assert parse_channel_file(tree, TELEGRAM, AT_MS) == parse_channel_output(tree, TELEGRAM, AT_MS) == ()


@pytest.mark.parametrize(
    "bad",
    [
        None,
        [],
        {"code": "A1", "createdAt": AT},
        {**GOOD, "code": 1},
        {**GOOD, "id": None},
        {**GOOD, "code": ""},
        {**GOOD, "id": ""},
        {"code": "A1", "id": "u1"},
        {**GOOD, "createdAt": None},
        {**GOOD, "createdAt": ""},
        {**GOOD, "createdAt": "yesterday"},
        {**GOOD, "code": "\ud800"},
    ],
)
def test_a_bad_entry_hurts_no_neighbour(bad: object) -> None:
    """It alone is left out."""
    assert filed(GOOD, bad, GOOD) == (REQUEST, REQUEST)


def test_a_request_is_kept_for_an_hour_and_not_longer() -> None:
    """Property 9: exactly an hour is kept, and so is the future."""
    kept = [bool(filed(GOOD, now_ms=AT_MS + age)) for age in (-HOUR_MS, 0, HOUR_MS, HOUR_MS + 1)]
    assert kept == [True, True, True, False]


def test_the_command_line_leaves_out_what_is_too_old_itself() -> None:
    """What has no moment ages from now; what has no text is given one (pairing 1.7)."""
    assert printed({"code": 7, "id": True}, {"code": "B", "id": "u", "createdAt": 5}, {"id": "u"}, 3) == (
        ChannelRequest(TELEGRAM, Code("7"), EntryId("true"), since_ms=AT_MS),
        ChannelRequest(TELEGRAM, Code("B"), EntryId("u"), "5", since_ms=AT_MS),
    )
    assert printed(GOOD) == (REQUEST,)


def configured(**channels: object) -> tuple[ChannelName, ...]:
    """The channels that this configuration sets up."""
    return detect_channels({"channels": channels})


def test_channels_are_detected_in_one_order() -> None:
    """Enabled, and with a token of their own; slack with either of two."""
    on = {"enabled": True, "botToken": "t", "token": "t"}
    assert configured(slack=on, telegram=on, discord=on, irc=on) == ("telegram", "discord", "slack")
    assert configured(slack={"enabled": 1, "appToken": "a"}) == ("slack",)
    assert configured(telegram={"enabled": "false", "botToken": {}}) == ("telegram",)


@pytest.mark.parametrize("tree", [None, [], {"channels": []}, {"channels": {"telegram": "on"}}])
def test_what_is_no_object_sets_up_nothing(tree: object) -> None:
    """It is treated as absent (pairing 1.6)."""
    assert detect_channels(tree) == ()


@pytest.mark.parametrize("settings", [{"botToken": "t"}, {"enabled": 0, "botToken": "t"}, {"enabled": True}])
def test_a_channel_that_is_off_or_has_no_token_is_not_set_up(settings: object) -> None:
    """Both are needed."""
    assert configured(telegram=settings) == ()


@given(TREES, st.integers())
def test_reading_is_total(tree: object, now_ms: int) -> None:
    """Whatever is in the files."""
    for found in (parse_channel_file(tree, TELEGRAM, now_ms), parse_channel_output(tree, TELEGRAM, now_ms)):
        assert all(one.code.revealed and one.id.revealed for one in found)
    detect_channels(tree)
