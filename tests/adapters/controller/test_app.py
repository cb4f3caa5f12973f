"""The routes of a controller, over a real socket: who may ask, what is answered, and what is never said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from attrs import define, evolve, field

from kiloclaw_adapters.controller.controlling import Controller, DoStage
from kiloclaw_adapters.controller.openapi import document
from kiloclaw_adapters.controller.server import controlling, listen, url_of
from kiloclaw_adapters.controller.settings import ControllerSettings
from kiloclaw_adapters.pairing.bearer import is_token, token_of
from kiloclaw_adapters.ports import Clock
from kiloclaw_adapters.provider import SYSTEM_CLOCK
from kiloclaw_core.names import SandboxId
from kiloclaw_core.pairing import Source, Token
from kiloclaw_core.pairing.caller import (
    OURS,
    Capabilities,
    Health,
    Trouble,
    health_heard,
    is_unknown_route,
    parse_capabilities,
)
from kiloclaw_core.supervisor import Stage

from .suite import (
    BEARER,
    CODE,
    DEVICE,
    META,
    REQUEST,
    SENDER,
    TOKEN,
    Lines,
    Standing,
    channel_file,
    device_file,
    leaks,
    openclaw,
    script,
    settings,
    unheard,
    until,
)

pytestmark = pytest.mark.anyio

SLEEPS = ("/bin/sleep", "60")
CHANNELS = "/_kilo/pairing/channels"
DEVICES = "/_kilo/pairing/devices"
APPROVES = """
case "$*" in
  "pairing approve telegram C0DECANARY77 --notify") rm "$FOLDER/openclaw/credentials/telegram-pairing.json" ;;
  "devices approve 0c0ffee0-cafe-4bad-8bad-00000000feed") rm "$FOLDER/openclaw/devices/pending.json" ;;
  *) exit 1 ;;
esac
"""


@define
class Live:
    """A controller that is served, and how to ask it."""

    controller: Controller
    http: httpx.AsyncClient
    url: str
    lines: Lines = field(factory=Lines)

    async def get(self, path: str, **headers: str) -> tuple[int, object]:
        """The status and the body; with the token, unless headers are given."""
        answer = await self.http.get(path, headers=headers or BEARER)
        return answer.status_code, answer.json()

    async def post(self, path: str, body: object) -> tuple[int, object]:
        """The status and the body."""
        answer = await self.http.post(path, json=body, headers=BEARER)
        return answer.status_code, answer.json()


@asynccontextmanager
async def live(
    how: ControllerSettings, stages: dict[Stage, DoStage] | None = None, clock: Clock = SYSTEM_CLOCK
) -> AsyncIterator[Live]:
    """A controller on the loopback, for as long as the block lasts."""
    lines = Lines()
    controller = Controller(how, lines, pass_out=unheard, stages=stages or {}, clock=clock)
    async with AsyncExitStack() as stack:
        listening = stack.enter_context(listen())
        await stack.enter_async_context(controlling(controller, listening))
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url_of(listening), trust_env=False))
        yield Live(controller, http, url_of(listening), lines)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Live]:
    """A controller that has come up, with one channel request and one device request pending."""
    claw = openclaw(tmp_path, script(tmp_path / "openclaw.sh", APPROVES))
    channel_file(claw, CODE)
    device_file(claw, REQUEST)
    async with live(settings(claw, SLEEPS)) as one:
        await until(lambda: one.controller.supervised.view().state == "running")
        yield one


async def test_health_is_for_everybody_and_says_nothing_else(served: Live) -> None:
    """Fly's own check has no token."""
    async with httpx.AsyncClient(base_url=served.url, trust_env=False) as stranger:
        answers = [await stranger.get(path) for path in ("/health", "/_kilo/health")]
        head = await stranger.head("/_kilo/health")

    assert [(one.status_code, one.json()) for one in answers] == [(200, {"status": "ok", "state": "ready"})] * 2
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize(
    ("header", "let_in"),
    [
        ("Bearer {}", True),
        ("bEARER   {}", True),
        ("Bearer {} extra", True),
        ("Bearer", False),
        ("Basic {}", False),
        ("{}", False),
        ("Bearer x{}", False),
        ("Bearer {}x", False),
        ("", False),
    ],
)
def test_a_token_is_the_second_word_behind_bearer(header: str, let_in: bool) -> None:  # noqa: FBT001 (a case)
    """As upstream splits it (pairing 2.1)."""
    assert is_token(TOKEN, header.format(TOKEN.revealed)) is let_in


def test_a_header_that_begins_with_a_blank_brings_none() -> None:
    """Its first field is nothing."""
    assert not is_token(TOKEN, f" Bearer {TOKEN.revealed}")


def test_the_token_of_a_sandbox_follows_from_the_secret() -> None:
    """Worked out by hand with another tool, from pairing 2.1."""
    assert token_of("key", SandboxId("The quick brown fox jumps over the lazy dog")) == Token(
        "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
    )


@pytest.mark.parametrize("path", ["/", CHANNELS, "/_kilo/pairing", "/_kilo/none", "/_kilo/version", f"{CHANNELS}/"])
async def test_strangers_learn_nothing(path: str, served: Live) -> None:
    """Not even which routes there are; the answer has no code, as upstream's has none."""
    assert await served.get(path, Authorization="Bearer wrong") == (401, {"error": "Unauthorized"})


async def test_the_lists_are_served_from_memory_and_read_anew_when_asked(served: Live, tmp_path: Path) -> None:
    """Only `true`, in these letters, asks for that."""
    channel = {"code": CODE, "id": SENDER, "channel": "telegram", "meta": {"name": META}}
    channel["createdAt"] = "2999-01-01T00:00:00Z"
    await served.get(f"{CHANNELS}?refresh=true")
    status, first = await served.get(CHANNELS)
    channel_file(served.controller.settings.openclaw)
    _, again = await served.get(f"{CHANNELS}?refresh=True")
    _, anew = await served.get(f"{CHANNELS}?refresh=true")
    _, devices = await served.get(f"{DEVICES}?refresh=true")

    assert isinstance(first, dict)
    assert isinstance(anew, dict)
    assert isinstance(devices, dict)
    assert (status, first["requests"], again) == (200, [channel], first)
    assert first["lastUpdated"].endswith("Z")
    assert anew["requests"] == []
    assert devices["requests"] == [{"requestId": REQUEST, "deviceId": DEVICE}]


async def test_an_approval_takes_the_request_off_the_list(served: Live) -> None:
    """It is said in upstream's words."""
    await served.get(f"{DEVICES}?refresh=true")
    channel = await served.post(f"{CHANNELS}/approve", {"channel": "telegram", "code": CODE, "more": 1})
    device = await served.post(f"{DEVICES}/approve", {"requestId": REQUEST})
    _, listed = await served.get(DEVICES)

    assert channel == (200, {"success": True, "message": "Pairing approved"})
    assert device == (200, {"success": True, "message": "Device approved"})
    assert isinstance(listed, dict)
    assert listed["requests"] == []


async def test_a_refused_approval_is_the_askers_to_mend(served: Live) -> None:
    """A mistyped code is no failure of ours (pairing PW5)."""
    refused = {"success": False, "message": "Not approved: the request is unknown or expired"}

    assert await served.post(f"{CHANNELS}/approve", {"channel": "telegram", "code": "WRONG"}) == (
        400,
        {**refused, "code": "approval_refused"},
    )


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        (CHANNELS, b"{", "Invalid request body"),
        (CHANNELS, b"\xff\xfe", "Invalid request body"),
        (CHANNELS, b'{"code": NaN}', "Invalid request body"),
        (CHANNELS, b"[]", "Missing required fields: channel and code"),
        (CHANNELS, b"null", "Missing required fields: channel and code"),
        (CHANNELS, b'{"channel": "telegram", "code": 7}', "Missing required fields: channel and code"),
        (CHANNELS, b'{"channel": "", "code": "A"}', "Missing required fields: channel and code"),
        (CHANNELS, b'{"channel": "Telegram", "code": "A"}', "Invalid channel name"),
        (CHANNELS, b'{"channel": "telegram", "code": "A1\\n"}', "Invalid pairing code"),
        (CHANNELS, b'{"channel": "telegram", "code": "--all"}', "Invalid pairing code"),
        (DEVICES, b"{}", "Missing required field: requestId"),
        (DEVICES, b'{"requestId": "--all"}', "Invalid request ID"),
    ],
)
async def test_what_cannot_be_approved_is_refused_before_there_is_a_process(
    path: str, body: bytes, message: str, served: Live
) -> None:
    """And every refusal has a code."""
    answer = await served.http.post(f"{path}/approve", content=body, headers=BEARER)
    said = answer.json()

    assert (answer.status_code, said["success"], said["message"]) == (400, False, message)
    assert said["code"]


async def test_a_body_that_is_too_large_or_too_slow_is_not_read(served: Live, tmp_path: Path) -> None:
    """Even from somebody who has the token (pairing 7)."""
    large = await served.http.post(f"{CHANNELS}/approve", content=b" " * 5000, headers=BEARER)

    how = evolve(served.controller.settings, body_s=0.1)
    async with live(how) as impatient:
        await until(lambda: impatient.controller.supervised.view().state == "running")
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(impatient.url).port)
        bearer = f"Authorization: Bearer {TOKEN.revealed}\r\n"
        head = f"POST {CHANNELS}/approve HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n{bearer}\r\n"
        writer.write(head.encode() + b"{")  # and nothing more is ever sent
        slow = await reader.readuntil(b"}")
        writer.close()

    assert (large.status_code, large.json()["code"]) == (413, "body_too_large")
    assert slow.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"body_too_slow"' in slow


@pytest.mark.parametrize("path", ["/", "/_kilo/none", "/_kilo/pairing", f"{CHANNELS}/", f"{DEVICES}/none"])
async def test_a_route_that_is_not_there_says_so_with_a_code(path: str, served: Live) -> None:
    """A 404 without one is what controllers say that are too old, and gateways that know nothing of us."""
    status, body = await served.get(path)

    assert (status, body) == (404, {"error": "There is no such route", "code": "controller_route_unavailable"})
    assert is_unknown_route(status, body)


async def test_a_wrong_method_is_no_unknown_route(served: Live) -> None:
    """Upstream cannot tell the two apart (pairing 2.2)."""
    answer = await served.http.get(f"{CHANNELS}/approve", headers=BEARER)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json() == {"error": "That is no method of this route", "code": "method_not_allowed"}
    assert not is_unknown_route(answer.status_code, answer.json())


async def test_the_version_lists_what_we_can_do(served: Live) -> None:
    """In the order that callers insist on."""
    status, body = await served.get("/_kilo/version")

    assert (status, parse_capabilities(body)) == (200, Capabilities(OURS))
    assert isinstance(body, dict)
    assert (body["apiVersion"], body["controllerState"], body["gateway"]["state"]) == (1, "ready", "running")
    assert await served.get("/_kilo/openapi.json") == (200, document())


# -- the gateway -------------------------------------------------------------------------------------------------


async def test_the_gateway_is_started_stopped_and_restarted(tmp_path: Path) -> None:
    """In upstream's words (pairing 2.4)."""
    async with live(settings(openclaw(tmp_path), SLEEPS), clock=Standing()) as served:
        await until(lambda: served.controller.supervised.view().state == "running")
        pid = served.controller.supervised.pid
        running = await served.get("/_kilo/gateway/status")
        twice = await served.post("/_kilo/gateway/start", {})
        restarted = await served.post("/_kilo/gateway/restart", {})
        stopped = await served.post("/_kilo/gateway/stop", {})
        _, after = await served.get("/_kilo/gateway/status")

    assert running == (200, {"state": "running", "pid": pid, "uptime": 0, "restarts": 0, "lastExit": None})
    assert twice == (409, {"error": "Gateway already running or starting", "code": "already_running"})
    assert (restarted, stopped) == ((200, {"ok": True}), (200, {"ok": True}))
    assert isinstance(after, dict)
    assert (after["state"], after["pid"]) == ("stopped", None)


async def gateway_like(answer: bytes) -> asyncio.Server:
    """Something that listens, and answers everybody this."""

    async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if answer:
            writer.write(answer)
        else:
            await reader.read()  # until whoever asked gives up
        writer.close()

    return await asyncio.start_server(answered, "127.0.0.1", 0)


def http(status: str, body: object) -> bytes:
    """An answer on the wire."""
    text = json.dumps(body).encode()
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(text), text)


UNHEARD = {"ready": False, "error": "Failed to reach the gateway"}


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (http("200 OK", {"ready": True, "inner": {"x": 1}, "half": "\ud800"}), 200, {"ready": True}),
        (http("503 No", {"ready": False, "failing": "db"}), 503, {"ready": False, "failing": "db"}),
        (http("200 OK", {"checks": {"db": "up"}}), 200, {"ready": True}),
        (http("200 OK", {"ready": None}), 200, {"ready": False}),
        (http("503 No", {"ready": True}), 503, {"ready": False}),
        (http("200 OK", {}), 502, UNHEARD),
        (http("200 OK", []), 502, UNHEARD),
        (http("200 OK", None), 502, UNHEARD),
        (http("503 No", "busy"), 502, UNHEARD),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{", 502, UNHEARD),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<html>OpenClaw.", 502, UNHEARD),
        (b"nonsense\r\n\r\n", 502, UNHEARD),
        (b"", 502, UNHEARD),
    ],
)
async def test_ready_is_what_the_gateway_says_beside_the_load(
    answer: bytes, status: int, words: dict[str, object], tmp_path: Path
) -> None:
    """One that hangs is not waited for, and a page for people says nothing of what is ready."""
    server = await gateway_like(answer)
    port = server.sockets[0].getsockname()[1]
    ready_s = 20.0 if answer else 0.5
    how = evolve(settings(openclaw(tmp_path), SLEEPS), gateway_url=f"http://127.0.0.1:{port}", ready_s=ready_s)
    async with server, live(how) as one:
        await until(lambda: one.controller.supervised.view().state == "running")
        heard, body = await one.get("/_kilo/gateway/ready")

    assert isinstance(body, dict)
    assert len(body.pop("loadAverage")) == 3
    assert (heard, body) == (status, {**words, "settled": True})


async def test_a_page_for_people_is_not_well_to_whoever_asks_us(tmp_path: Path) -> None:
    """Whatever we add of our own to what the gateway says."""
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<html>OpenClaw."
    server = await gateway_like(page)
    port = server.sockets[0].getsockname()[1]
    how = evolve(settings(openclaw(tmp_path), SLEEPS), gateway_url=f"http://127.0.0.1:{port}")
    async with server, live(how) as one:
        await until(lambda: one.controller.supervised.view().state == "running")
        told = health_heard(Health(), *await one.get("/_kilo/gateway/ready"))

    assert told == Health(heard=Trouble.NOT_READY)


# -- up and down -------------------------------------------------------------------------------------------------


async def test_it_answers_while_it_comes_up(tmp_path: Path) -> None:
    """It listens before anything else, and says what it is doing."""
    opened, reached = asyncio.Event(), asyncio.Event()

    async def slow() -> bool:
        reached.set()
        await opened.wait()
        return True

    async with live(settings(openclaw(tmp_path), SLEEPS), {Stage.CRITICAL: slow}) as one:
        await reached.wait()
        health = await one.get("/_kilo/health")
        rest = await one.get(CHANNELS)
        opened.set()
        await until(lambda: one.controller.supervised.view().state == "running")
        after = await one.get(CHANNELS)

    assert health == (200, {"status": "ok", "state": "bootstrapping", "phase": "critical bootstrap"})
    assert rest == (503, {"error": "Service starting", "code": "service_starting", "state": "bootstrapping"})
    assert after[0] == 200


async def test_a_cache_that_reads_for_ever_keeps_nobody_from_being_answered(tmp_path: Path) -> None:
    """The first reading once kept the controller from listening (pairing 0.1)."""
    claw = openclaw(tmp_path, script(tmp_path / "openclaw.sh", "exec sleep 60"))
    how = settings(claw, SLEEPS)
    async with live(evolve(how, pairing=evolve(how.pairing, source=Source.COMMAND_LINE, list_s=30.0))) as one:
        await until(lambda: one.controller.supervised.view().state == "running")
        status, body = await one.get(CHANNELS)

    assert (status, body) == (200, {"requests": [], "lastUpdated": "", "stale": True})


async def broken() -> bool:
    """A stage that does not go well."""
    return False


async def raising() -> bool:
    """A stage that goes worse."""
    raise RuntimeError(CODE)


@pytest.mark.parametrize(
    ("stage", "do", "pairing"),
    [(Stage.CRITICAL, broken, 503), (Stage.BOOTSTRAP, raising, 200)],
)
async def test_what_fails_to_come_up_is_degraded_and_not_gone(
    stage: Stage, do: DoStage, pairing: int, tmp_path: Path
) -> None:
    """And says what failed in one general word."""
    lines: Lines
    async with live(settings(openclaw(tmp_path), SLEEPS), {stage: do}) as one:
        lines = one.lines
        await until(lambda: "controller.stage_failed" in one.lines.names)
        health = await one.get("/_kilo/health")
        status, _ = await one.get(CHANNELS)

    state = {"status": "ok", "state": "degraded", "error": f"Startup failed during {stage.value}"}
    assert (health, status) == ((200, state), pairing)
    assert leaks(lines.told) == []


async def test_it_goes_down_with_everybody_answered(tmp_path: Path) -> None:
    """An approval under way is told that it is in doubt, before the server closes."""
    claw = openclaw(tmp_path, script(tmp_path / "openclaw.sh", f"touch {tmp_path}/there; exec sleep 60"))
    async with live(settings(claw, SLEEPS)) as one:
        await until(lambda: one.controller.supervised.view().state == "running")
        asking = asyncio.create_task(one.post(f"{DEVICES}/approve", {"requestId": REQUEST}))
        await until((tmp_path / "there").exists)
        one.controller.begin_end()
        late = await one.post(f"{DEVICES}/approve", {"requestId": REQUEST})
        status, body = await asking

    assert (status, late[0]) == (504, 503)
    assert leaks(body, one.lines.told) == []
    assert one.controller.supervised.view().state == "shutting_down"
