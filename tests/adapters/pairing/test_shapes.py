"""Lists as scripts print them and controllers answer them: one reading for both, whole or not at all."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given

from kiloclaw_adapters.pairing.shapes import printed, read_list, requests_in
from kiloclaw_adapters.strict import UnreadableError
from kiloclaw_core.pairing import (
    ChannelName,
    ChannelRequest,
    Code,
    DeviceId,
    DeviceRequest,
    EntryId,
    Kind,
    Meta,
    PendingRequest,
    RequestId,
    wire_request,
)
from tests.story.pairing.test_json_values import TREES

MOMENT = "1970-01-01T00:00:01Z"
CHANNELS = (
    ChannelRequest(ChannelName("telegram"), Code("A1"), EntryId("u"), MOMENT, Meta(None), since_ms=1_000),
    ChannelRequest(ChannelName("slack"), Code("B"), EntryId("u"), since_ms=9),
)
DEVICES = (
    DeviceRequest(RequestId("r"), DeviceId("d"), "node", ("node",), "x", "c", "cli", 5, since_ms=5),
    DeviceRequest(RequestId("r"), DeviceId("d"), since_ms=9),
)


def answered(tree: dict[str, object], kind: Kind) -> tuple[PendingRequest, ...]:
    """The same list as a controller answers it."""
    return requests_in(read_list({**tree, "lastUpdated": ""}, kind), 9)


@pytest.mark.parametrize(("kind", "requests"), [(Kind.CHANNELS, CHANNELS), (Kind.DEVICES, DEVICES)])
def test_lists_are_read_whole_whoever_says_them(kind: Kind, requests: tuple[PendingRequest, ...]) -> None:
    """Every request of them, with all that we show of one; what has no moment ages from now."""
    tree: dict[str, object] = {"requests": [{**wire_request(one), "other": 1} for one in requests]}
    assert printed(tree, kind, 9) == answered(tree, kind) == requests
    assert printed({"requests": []}, kind, 9) == answered({"requests": []}, kind) == ()


@pytest.mark.parametrize("kind", Kind)
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
        {"requests": [{"requestId": "", "deviceId": "d"}]},
        {"requests": [{"requestId": "r", "deviceId": "d", "role": 7}]},
    ],
)
def test_what_is_not_exactly_a_list_is_none(tree: object, kind: Kind) -> None:
    """It is neither shown as an empty one nor kept (PW19)."""
    with pytest.raises(UnreadableError):
        printed(tree, kind, 0)


@given(TREES)
def test_reading_is_total(tree: object) -> None:
    """Whatever a script prints is a list, or is told to be none."""
    for kind in Kind:
        for shape in (tree, {"requests": tree}, {"requests": [tree]}):
            with suppress(UnreadableError):
                assert isinstance(printed(shape, kind, 0), tuple)
