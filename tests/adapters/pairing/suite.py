"""A made-up outside for calls: a controller and a Fly that answer as a test says, and remember what they were asked."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
from attrs import define, field

from kiloclaw_adapters.fly import FlyClient, FlyTransport
from kiloclaw_adapters.fly import Token as FlyToken
from kiloclaw_adapters.logs import Fields
from kiloclaw_adapters.pairing import ControllerClient, Executing, PairingCalls, Target
from kiloclaw_core.names import AppName, MachineId
from kiloclaw_core.pairing import ChannelName, ChannelSubject, Code, DeviceSubject, RequestId, Token
from tests.adapters.interpreter.outside import CLOCK

BEARER = Token("t0ken-canary-1f2e3d")
CODE, SENDER, META = "C0DECANARY77", "sender-canary-ada", "meta-canary-lovelace"
REQUEST = "0c0ffee0-cafe-4bad-8bad-00000000feed"
CANARIES = (BEARER.revealed, CODE, SENDER, META, REQUEST)
TARGET = Target(AppName("acct-1"), MachineId("m1"), BEARER)
CHANNEL = ChannelSubject(ChannelName("telegram"), Code(CODE))
DEVICE = DeviceSubject(RequestId(REQUEST))
ENTRY = {"code": CODE, "id": SENDER, "channel": "telegram", "meta": {"name": META}, "future": 1}
LISTED = {"requests": [ENTRY], "lastUpdated": "", "more": {}}
CAPABLE = {"apiVersion": 1, "capabilities": ["pairing.channels", "pairing.devices"]}

Answering = Callable[[httpx.Request], Awaitable[httpx.Response]]


@define
class Outside:
    """What the controller answers by path, what Fly's exec answers, and how the machine is."""

    answers: dict[str, Answering] = field(factory=dict)
    exec_answers: list[Answering] = field(factory=list)
    state: str = "started"
    instance: str = "v1"
    asked: list[str] = field(factory=list)
    lines: list[tuple[str, Fields]] = field(factory=list)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        path = request.url.raw_path.decode()
        if request.url.host == "fly.test":
            return await self._fly(request)
        self.asked.append(f"{request.method} {path}")
        assert (request.headers["fly-force-instance-id"], request.url.host) == ("m1", "acct-1.fly.dev")
        return await self.answers[path.partition("?")[0]](request)

    async def _fly(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/exec"):
            self.asked.append(f"exec {' '.join(json.loads(request.content)['command'][2:])}")
            return await self.exec_answers.pop(0)(request)
        machine = {"id": "m1", "state": self.state, "instance_id": self.instance}
        return httpx.Response(200, json=machine) if self.state else httpx.Response(404, json={"error": "not found"})

    def log(self, name: str, fields: Fields) -> None:
        """Keep a line."""
        self.lines.append((name, fields))

    @asynccontextmanager
    async def client(self) -> AsyncIterator[ControllerClient]:
        """A client of its controller."""
        async with httpx.AsyncClient(transport=httpx.MockTransport(self)) as http:
            yield ControllerClient(http, self.log, clock=CLOCK)

    @asynccontextmanager
    async def calls(self) -> AsyncIterator[PairingCalls]:
        """Calls to its controller, and round it."""
        transport = FlyTransport(
            FlyToken("fo1_nobody"),
            "https://fly.test",
            new_client=lambda: httpx.AsyncClient(transport=httpx.MockTransport(self)),
            clock=CLOCK.monotonic,
            sleep=CLOCK.sleep,
        )
        async with self.client() as controllers, FlyClient(transport) as fly:
            yield PairingCalls(controllers, Executing(fly, CLOCK), CLOCK)


def called(name: str, answer: Answering) -> Answering:
    """The same, under a name that tells cases apart."""
    setattr(answer, "__name__", name)  # noqa: B010 (a callable may have none)
    return answer


def saying(status: int, body: object) -> Answering:
    """Answers this, whatever is asked."""

    async def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, json=body)

    return called(f"{status} {json.dumps(body)}", answer)


def texting(status: int, body: bytes) -> Answering:
    """Answers these bytes."""

    async def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=body)

    return called(f"{status} {len(body)} bytes {body[:60]!r}", answer)


def raising(error: Exception) -> Answering:
    """Answers nothing."""

    async def answer(_request: httpx.Request) -> httpx.Response:
        raise error

    return called(repr(error), answer)


async def hanging(_request: httpx.Request) -> httpx.Response:
    """Answers too late for everybody."""
    await CLOCK.sleep(100_000)
    return httpx.Response(200)


async def trickling(_request: httpx.Request) -> httpx.Response:
    """Answers at once, and never comes to an end."""

    async def body() -> AsyncIterator[bytes]:
        while True:
            await CLOCK.sleep(1.0)
            yield b" "

    return httpx.Response(200, content=body())


def leaks(*texts: object) -> list[str]:
    """The canaries that any of these shows."""
    shown = " ".join(str(text) for text in texts)
    return [canary for canary in CANARIES if canary in shown]
