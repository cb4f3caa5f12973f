"""Round the controller: the command lines of exec, and what the scripts print."""

from __future__ import annotations

import pytest
from hypothesis import given

from kiloclaw_core.pairing import (
    Break,
    Broken,
    ChannelName,
    ChannelRequest,
    Code,
    DeviceId,
    DeviceRequest,
    EntryId,
    Kind,
    Meta,
    Ok,
    RequestId,
)
from kiloclaw_core.pairing.caller import exec_approve_line, exec_list_line, parse_printed
from tests.story.pairing.telling import DEVICE, SUBJECT, UUID
from tests.story.pairing.test_json_values import TREES

ENV = ("/usr/bin/env", "HOME=/root")
NOT_JSON = Broken(Break.NOT_JSON)


def test_the_lines_that_exec_runs() -> None:
    """Arguments, in the home of root (pairing 3.3, 3.4)."""
    assert exec_list_line(Kind.CHANNELS) == (*ENV, "node", "/usr/local/bin/openclaw-pairing-list.js")
    assert exec_list_line(Kind.DEVICES) == (*ENV, "node", "/usr/local/bin/openclaw-device-pairing-list.js")
    assert exec_approve_line(SUBJECT) == (*ENV, "openclaw", "pairing", "approve", "telegram", "A1", "--notify")
    assert exec_approve_line(DEVICE) == (*ENV, "openclaw", "devices", "approve", UUID.format(1))


def test_lists_are_read_whole() -> None:
    """Every request of them."""
    channel = {"code": "A1", "id": "u", "channel": "telegram", "createdAt": "1970-01-01T00:00:01Z", "meta": None}
    bare = {"code": "B", "id": "u", "channel": "slack", "other": 1}
    assert parse_printed({"requests": [channel, bare]}, Kind.CHANNELS, 9) == Ok(
        (
            ChannelRequest(
                ChannelName("telegram"), Code("A1"), EntryId("u"), "1970-01-01T00:00:01Z", Meta(None), since_ms=1_000
            ),
            ChannelRequest(ChannelName("slack"), Code("B"), EntryId("u"), since_ms=9),
        )
    )
    device = {"requestId": "r", "deviceId": "d", "role": "node", "platform": "x", "clientId": "c", "ts": 5}
    assert parse_printed({"requests": [device, {"requestId": "r", "deviceId": "d"}]}, Kind.DEVICES, 9) == Ok(
        (
            DeviceRequest(RequestId("r"), DeviceId("d"), "node", (), "x", "c", None, 5, since_ms=5),
            DeviceRequest(RequestId("r"), DeviceId("d"), since_ms=9),
        )
    )
    assert parse_printed({"requests": []}, Kind.DEVICES, 9) == Ok()


@pytest.mark.parametrize(
    "tree",
    [
        None,
        [],
        {},
        {"requests": {}},
        {"requests": [None]},
        {"requests": [{"code": "A", "id": "u"}]},
        {"requests": [{"code": "A", "id": "u", "channel": "x", "createdAt": 5}]},
    ],
)
def test_what_is_not_exactly_a_list_is_broken(tree: object) -> None:
    """It is neither shown as an empty one nor kept (PW19)."""
    assert parse_printed(tree, Kind.CHANNELS, 0) == parse_printed(tree, Kind.DEVICES, 0) == NOT_JSON


@given(TREES)
def test_reading_is_total(tree: object) -> None:
    """Whatever a script prints."""
    for kind in Kind:
        for shape in (tree, {"requests": tree}, {"requests": [tree]}):
            assert isinstance(parse_printed(shape, kind, 0), Ok | Broken)
