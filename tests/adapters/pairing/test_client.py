"""What a controller's answer means to its client: a verdict, in its time, with nothing told that was not asked for."""

from __future__ import annotations

import httpx
import pytest

from kiloclaw_adapters.pairing.bearer import token_of
from kiloclaw_adapters.pairing.parsing import tree_of
from kiloclaw_adapters.pairing.shapes import WireChannelRequest, WireDevices, read_list, read_tree
from kiloclaw_adapters.strict import UnreadableError
from kiloclaw_core.names import SandboxId
from kiloclaw_core.pairing import ChannelName, ChannelRequest, Code, EntryId, Kind, Meta, Seen
from kiloclaw_core.pairing.caller import Capabilities, Granted, Listed, Miss, Told, Turned, Unconfirmed
from kiloclaw_core.pairing.json_values import FrozenObject, freeze
from tests.adapters.interpreter.outside import CLOCK

from .suite import (
    CAPABLE,
    CHANNEL,
    CODE,
    DEVICE,
    ENTRY,
    LISTED,
    META,
    SENDER,
    TARGET,
    Answering,
    Outside,
    hanging,
    leaks,
    raising,
    saying,
    texting,
    trickling,
)

pytestmark = pytest.mark.anyio

CHANNELS = "/_kilo/pairing/channels"
APPROVE = f"{CHANNELS}/approve"
WRONG = "invalid value for type, expected"
ROUTE = {"error": "Unauthorized", "code": "controller_route_unavailable"}


def refused() -> Answering:
    """Nothing listens."""
    return raising(httpx.ConnectError("refused"))


def lost() -> Answering:
    """The connection is gone before an answer is there."""
    return raising(httpx.ReadError("reset"))


async def listed(answer: Answering) -> tuple[object, Outside, float]:
    """What a list comes to, and how long it takes."""
    outside = Outside({CHANNELS: answer})
    async with outside.client() as client:
        began_s = CLOCK.monotonic()
        verdict = await client.pending(TARGET, Kind.CHANNELS, 30.0, anew=True)
        return verdict, outside, CLOCK.monotonic() - began_s


async def test_a_list_is_read_whole() -> None:
    """Asked once, of this machine, with its token."""
    verdict, outside, _ = await listed(saying(200, LISTED))
    assert isinstance(verdict, Listed)
    since_ms = verdict.requests[0].since_ms
    meta = Meta(freeze({"name": META}))

    assert verdict == Listed(
        (ChannelRequest(ChannelName("telegram"), Code(CODE), EntryId(SENDER), None, meta, since_ms=since_ms),)
    )
    assert outside.asked == [f"GET {CHANNELS}?refresh=true"]
    assert outside.lines == []


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (saying(404, {"error": "x"}), Miss.ROUTE_UNKNOWN),
        (texting(404, b"not found"), Miss.ROUTE_UNKNOWN),
        (saying(401, ROUTE), Miss.ROUTE_UNKNOWN),
        (saying(404, {"code": "file_not_found"}), Miss.UNAVAILABLE),
        (saying(401, {"error": "Unauthorized"}), Miss.DENIED),
        (saying(503, {"error": "Service starting"}), Miss.UNAVAILABLE),
        (saying(302, {}), Miss.UNAVAILABLE),
        (saying(200, ROUTE), Miss.INVALID),
        (texting(200, b"<html>"), Miss.INVALID),
        (texting(200, b""), Miss.INVALID),
        (texting(200, b'{"requests": [], "lastUpdated": "", "x": NaN}'), Miss.INVALID),
        (texting(200, b" " * (1 << 20) + b"{}"), Miss.INVALID),
        (refused(), Miss.UNAVAILABLE),
        (lost(), Miss.AMBIGUOUS),
    ],
)
async def test_what_is_no_list_is_never_an_empty_one(answer: Answering, verdict: Miss) -> None:
    """And only what proves that the route is missing says so (pairing 6.2, S11)."""
    assert (await listed(answer))[0] is verdict


@pytest.mark.parametrize("answer", [hanging, trickling])
async def test_an_answer_that_does_not_end_is_none_in_time(answer: Answering) -> None:
    """The whole of it counts, the body too (pairing PW10)."""
    verdict, _, took_s = await listed(answer)

    assert (verdict, took_s) == (Miss.AMBIGUOUS, 30.0)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ([], "body: must be dict, not list"),
        ({"lastUpdated": ""}, "required field missing @ body.requests"),
        ({"requests": {}, "lastUpdated": ""}, f"{WRONG} tuple @ body.requests"),
        (
            {"requests": [META], "lastUpdated": ""},
            f"{WRONG} WireChannelRequest @ body.requests[0]",
        ),
        (
            {"requests": [ENTRY, {**ENTRY, "code": 7}], "lastUpdated": ""},
            f"{WRONG} Code @ body.requests[1].code",
        ),
        (
            {"requests": [{**ENTRY, "createdAt": None}], "lastUpdated": ""},
            f"{WRONG} str @ body.requests[0].created_at",
        ),
        ({"requests": [{**ENTRY, "code": ""}], "lastUpdated": ""}, "a request that is none @ body.requests[0]"),
    ],
)
async def test_a_wrong_type_is_told_by_its_place_and_never_its_value(body: object, why: str) -> None:
    """Upstream logged the first 1024 characters of it (pairing 7)."""
    verdict, outside, _ = await listed(saying(200, body))

    assert verdict is Miss.INVALID
    assert outside.lines == [("controller.unreadable", {"route": CHANNELS, "why": why})]
    assert leaks(outside.lines) == []


def test_unknown_keys_are_kept_and_not_shown() -> None:
    """A later release may know them."""
    request = read_tree(ENTRY, WireChannelRequest)

    assert request.others == FrozenObject((("meta", FrozenObject((("name", META),))), ("future", 1)))
    assert leaks(request) == []


def test_a_device_is_read_strictly() -> None:
    """A boolean is no number, and a role no list."""
    entry = {"requestId": "r", "deviceId": "d", "roles": ["operator"], "ts": 1.5}
    whole = read_list({"requests": [entry], "lastUpdated": ""}, Kind.DEVICES)
    wrong = {"requests": [{**entry, "ts": True, "roles": "operator"}], "lastUpdated": ""}

    assert isinstance(whole, WireDevices)
    assert (whole.requests[0].ts, whole.requests[0].roles) == (1.5, ("operator",))
    with pytest.raises(UnreadableError, match=r"roles; .*requests\[0\]\.ts"):
        read_list(wrong, Kind.DEVICES)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (saying(200, CAPABLE), Told(Capabilities(("pairing.channels", "pairing.devices")))),
        (saying(200, {"apiVersion": 1}), Told(None)),
        (saying(200, {"capabilities": ["b", "a"]}), Miss.INVALID),
        (saying(404, {}), Miss.ROUTE_UNKNOWN),
        (refused(), Miss.UNAVAILABLE),
    ],
)
async def test_a_version_says_what_a_controller_can_do(answer: Answering, verdict: object) -> None:
    """Or that it does not say."""
    outside = Outside({"/_kilo/version": answer})
    async with outside.client() as client:
        assert await client.version(TARGET, 10.0) == verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (saying(200, {"success": True, "message": "Pairing approved"}), Granted()),
        (saying(200, {"success": False, "message": "no"}), Turned()),
        (saying(200, {"success": "yes", "message": "no"}), Miss.AMBIGUOUS),
        (saying(200, {"success": True}), Miss.AMBIGUOUS),
        (texting(200, b""), Miss.AMBIGUOUS),
        (saying(400, {"success": False, "message": "no", "code": "approval_refused"}), Turned()),
        (saying(504, {"success": False, "code": "approval_unconfirmed_listed"}), Unconfirmed(Seen.LISTED)),
        (saying(503, {"success": False, "code": "approvals_busy"}), Miss.UNAVAILABLE),
        (saying(503, {"error": "Service starting", "code": "service_starting"}), Miss.UNAVAILABLE),
        (saying(500, {"success": False, "message": f"Command failed: openclaw {CODE}"}), Miss.AMBIGUOUS),
        (saying(404, {}), Miss.ROUTE_UNKNOWN),
        (refused(), Miss.UNAVAILABLE),
        (lost(), Miss.AMBIGUOUS),
        (hanging, Miss.AMBIGUOUS),
    ],
)
async def test_an_approval_is_certain_only_where_the_answer_is(answer: Answering, verdict: object) -> None:
    """It is sent once, and neither its code nor its token is told to anybody."""
    outside = Outside({APPROVE: answer})
    async with outside.client() as client:
        found = await client.approve(TARGET, CHANNEL, 200.0)

    assert found == verdict
    assert outside.asked == [f"POST {APPROVE}"]
    assert leaks(outside.lines, found, CHANNEL, DEVICE, TARGET, client) == []


async def test_only_we_are_asked_for_nothing_else() -> None:
    """The body is what upstream's controller reads, and the token goes nowhere but there."""
    bodies: list[object] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        bodies.append((tree_of(request.content), request.headers["authorization"]))
        return httpx.Response(307, headers={"location": "https://elsewhere.test/"})

    outside = Outside({APPROVE: answer, "/_kilo/pairing/devices/approve": answer})
    async with outside.client() as client:
        await client.approve(TARGET, CHANNEL, 9.0)
        await client.approve(TARGET, DEVICE, 9.0)

    bearer = f"Bearer {TARGET.token.revealed}"
    assert bodies == [
        ({"channel": "telegram", "code": CODE}, bearer),
        ({"requestId": DEVICE.request.revealed}, bearer),
    ]


def test_tokens_of_two_sandboxes_differ() -> None:
    """Though one secret makes them."""
    assert token_of("secret", SandboxId("one")) != token_of("secret", SandboxId("two"))
