"""Sends one request to Fly and brings back what came of it: an answer, none, or that it was never sent.

Here are the token, the connections, the time a request may take and the few repeats that are safe (Fly: fly.md 1.0,
4.3). What an answer means is decided by `classify` and `wire`; which requests there are, by `client`.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias
from urllib.parse import urlsplit
from zlib import crc32

import httpx
from attrs import Attribute, define, field, frozen

from kiloclaw_adapters.fly.limit import MaySend, Monotonic, RateLimiter, Sleep, any_time

PUBLIC_URL: Final = "https://api.machines.dev"
SHARDS: Final = 16  # httpx looks at every pooled connection at every request: several small pools beat a big one
PAUSES_S: Final = (0.25, 1.0)
"""What is waited before the second try of a request, and before the third and last."""
LONGEST_RETRY_AFTER_S: Final = 10.0
"""A server that asks for more patience than this gets no second try; the core waits better than we do."""
TOO_MANY: Final = 429
SERVER_FAULTS: Final = range(500, 600)
SHORTEST_SECRET: Final = 8
"""A shorter token, such as a simulator's, guards nothing, and taking it out would garble words that it occurs in."""
SENDABLE: Final = re.compile(r"[!-~](?:[ -~]*[!-~])?")
SECONDS: Final = re.compile(r"[0-9]{1,6}")

Json: TypeAlias = Mapping[str, object]
"""The body of a request."""


def _is_sendable(token: Token, _attribute: Attribute[str], text: str) -> None:
    if SENDABLE.fullmatch(text) is None:
        raise ValueError(f"{token}: must be printable ASCII without spaces around it, and not empty")


@frozen
class Token:
    """An access token, which shows itself to Fly and to nobody else. Raises ValueError if no header could carry it."""

    _text: str = field(repr=False, validator=_is_sendable)

    def header(self) -> str:
        """The value of the Authorization header."""
        return f"Bearer {self._text}"

    def removed_from(self, text: str) -> str:
        """The text without the token, should a server or a library have repeated it."""
        return text.replace(self._text, "[token]") if len(self._text) >= SHORTEST_SECRET else text


def _is_origin(_transport: FlyTransport, _attribute: Attribute[str], url: str) -> None:
    parts = urlsplit(url)
    if "@" in url:
        raise ValueError("base_url: must not carry a user or a password")  # nor is it shown
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise ValueError(f"base_url: must be like {PUBLIC_URL}, not {url!r}")


@frozen
class Call:
    """One request: the action and the thing it is counted under, and what goes on the wire.

    `timeout_s` bounds all tries together, from the first write to the last byte of the answer.
    """

    action: str
    app: str
    of: str
    method: str
    path: str
    timeout_s: float
    query: Mapping[str, str] = field(factory=dict)
    body: Json | None = field(default=None, repr=False)


@frozen
class Answer:
    """Fly answered. `retry_after_s` is how long it asked us to wait, if it did in seconds."""

    status: int
    body: str
    retry_after_s: float | None = None


@frozen
class NoAnswer:
    """The request may have left, and no answer came; `text` says why, for people."""

    text: str


@frozen
class NotSent:
    """The request did not leave; `why` says why, for people."""

    why: str


Reply: TypeAlias = Answer | NoAnswer | NotSent


@define
class FlyTransport:
    """The connections to one Fly, a few apps to each, so that every app's cookie comes back (read-your-writes).

    `new_client` makes the clients; `clock`, `sleep` and `limiter` are given by tests. Raises ValueError for a base URL
    that is none. Close it with `aclose`.
    """

    token: Token
    base_url: str = field(default=PUBLIC_URL, validator=_is_origin)
    new_client: Callable[[], httpx.AsyncClient] = httpx.AsyncClient
    clock: Monotonic = time.monotonic
    sleep: Sleep = asyncio.sleep
    limiter: RateLimiter = field(factory=RateLimiter)
    connect_s: float = 5.0
    _clients: dict[int, httpx.AsyncClient] = field(init=False, factory=dict, repr=False)

    async def ask(self, call: Call, may_send: MaySend = any_time) -> Reply:
        """Send the call when the rate limit grants it and `may_send` still says yes; repeat it only where that is safe.

        Total: whatever goes wrong after the write began is `NoAnswer`. Only cancellation escapes.
        """
        if not await self.limiter.wait(call.action, call.of, may_send):
            return _too_late(call)
        ends_at = self.clock() + call.timeout_s
        for pause_s in PAUSES_S:
            reply = await self._send(call, may_send, ends_at)
            wait_s = _wait_before_repeating(call, reply, pause_s)
            if wait_s is None or self.clock() + wait_s >= ends_at:
                return reply
            await self.sleep(wait_s)
            if not await self.limiter.wait(call.action, call.of, may_send):
                return _too_late(call)
        return await self._send(call, may_send, ends_at)

    async def aclose(self) -> None:
        """Close every connection."""
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.aclose()

    async def _send(self, call: Call, may_send: MaySend, ends_at: float) -> Reply:
        left_s = max(0.0, ends_at - self.clock())
        if not may_send(0.0):
            return _too_late(call)
        try:
            async with asyncio.timeout(left_s):  # httpx bounds each step of a request, never the whole
                response = await self._client(call.app).request(
                    call.method,
                    f"{self.base_url.rstrip('/')}/v1{call.path}",
                    params=call.query,
                    content=None if call.body is None else json.dumps(call.body),
                    headers={"Authorization": self.token.header(), "Content-Type": "application/json"},
                    timeout=httpx.Timeout(left_s, connect=min(left_s, self.connect_s)),
                    follow_redirects=False,
                )
            return Answer(response.status_code, self.token.removed_from(response.text), _retry_after_s(response))
        except Exception as error:  # noqa: BLE001 - whatever it was, the request may have landed
            return NoAnswer(self.token.removed_from(f"{call.action}: {type(error).__name__}: {error}"))

    def _client(self, app: str) -> httpx.AsyncClient:
        shard = crc32(app.encode()) % SHARDS
        if shard not in self._clients:
            self._clients[shard] = self.new_client()
        return self._clients[shard]


def _too_late(call: Call) -> NotSent:
    return NotSent(f"{call.action}: too late by the time it was its turn")


def _wait_before_repeating(call: Call, reply: Reply, pause_s: float) -> float | None:
    match reply:
        case Answer(status=status, retry_after_s=asked_s) if status == TOO_MANY:  # refused, so nothing was applied
            longer_s = max(pause_s, asked_s or 0.0)
            return longer_s if longer_s <= LONGEST_RETRY_AFTER_S else None
        case Answer(status=status) if status not in SERVER_FAULTS:
            return None
        case Answer() | NoAnswer():
            return pause_s if call.method == "GET" else None
        case NotSent():
            return None


def _retry_after_s(response: httpx.Response) -> float | None:
    text = response.headers.get("retry-after", "")
    return float(text) if SECONDS.fullmatch(text) else None
