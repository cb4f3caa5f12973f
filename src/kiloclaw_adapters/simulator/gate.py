"""The way of every request: read, written down, delayed or spoiled as the faults say, landed, and answered.

Faults before the effect come in the order: delay, hold, drop, refusal; then the rate limit, the token, the lease and
the landing; then the same order again after it. A refusal or a drop after the effect hides whatever the effect was.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import httpx
from attrs import define, frozen
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kiloclaw_adapters.pairing.client import INSTANCE_HEADER
from kiloclaw_adapters.simulator import apps, leases, machines, orgs, running, snapshots, volumes, waiting
from kiloclaw_adapters.simulator.asking import ROUTES, Answer, Ask, Operation, Refused, invalid
from kiloclaw_adapters.simulator.book import Entry, kinds_of
from kiloclaw_adapters.simulator.faults import REFUSALS
from kiloclaw_adapters.simulator.kinds import Delay, Drop, Garble, Hold, Kind, Omit, Refuse, When
from kiloclaw_adapters.simulator.passing import catch_up
from kiloclaw_adapters.simulator.reading import Fields, MalformedError, read_object
from kiloclaw_adapters.simulator.requests import Asked
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_core.names import AppName

Landing: TypeAlias = Callable[[Stage, Ask, tuple[Kind, ...]], Answer]
"""What a request does: one instant on the stage. Raises `Refused` or `MalformedError`."""

Watching: TypeAlias = Callable[[Stage, Ask, tuple[Kind, ...]], Awaitable[Answer]]
"""What a request sees through time."""

LANDINGS: Final[dict[Operation, Landing]] = {
    Operation.CREATE_APP: apps.create,
    Operation.GET_APP: apps.get,
    Operation.DELETE_APP: apps.delete,
    Operation.LIST_ADDRESSES: apps.list_addresses,
    Operation.CREATE_ADDRESS: apps.create_address,
    Operation.LIST_SECRETS: apps.list_secrets,
    Operation.SET_SECRETS: apps.set_secrets,
    Operation.SET_SECRET: apps.set_secret,
    Operation.CREATE_MACHINE: machines.create,
    Operation.GET_MACHINE: machines.get,
    Operation.LIST_MACHINES: machines.list_all,
    Operation.UPDATE_MACHINE: machines.update,
    Operation.START_MACHINE: running.start,
    Operation.STOP_MACHINE: running.stop,
    Operation.SUSPEND_MACHINE: running.suspend,
    Operation.DELETE_MACHINE: machines.delete,
    Operation.EXEC_MACHINE: running.execute,
    Operation.LIST_EVENTS: machines.list_events,
    Operation.TAKE_LEASE: leases.take,
    Operation.SHOW_LEASE: leases.show,
    Operation.RELEASE_LEASE: leases.release,
    Operation.CREATE_VOLUME: volumes.create,
    Operation.GET_VOLUME: volumes.get,
    Operation.LIST_VOLUMES: volumes.list_all,
    Operation.UPDATE_VOLUME: volumes.update,
    Operation.EXTEND_VOLUME: volumes.extend,
    Operation.DELETE_VOLUME: volumes.delete,
    Operation.LIST_SNAPSHOTS: snapshots.list_all,
    Operation.CREATE_SNAPSHOT: snapshots.create,
    Operation.LIST_ORG_MACHINES: orgs.list_machines,
    Operation.LIST_ORG_VOLUMES: orgs.list_volumes,
}
WATCHINGS: Final[dict[Operation, Watching]] = {
    Operation.WAIT_MACHINE: waiting.wait,
    Operation.PROBE_HEALTH: waiting.probe,
}
HTML: Final = "<html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
REDIRECTS: Final = 300  # from here on an answer shows nothing
TOO_MANY: Final = 429
COOKIE: Final = "fly_flaps_affinity"
NONCE_HEADER: Final = "fly-machine-lease-nonce"
CLOSE: Final = "kiloclaw.close"
"""Where a server leaves the function that closes the connection of a request, in the scope's `state`."""


class Dropped(Exception):  # noqa: N818 - not a failure: what was asked for
    """The connection is to be closed without an answer."""


@frozen
class Gate:
    """The ASGI application of one operation."""

    stage: Stage
    operation: Operation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or close its connection."""
        request = Request(scope, receive)
        app, of = request.path_params.get("app", ""), request.path_params.get("of", "")
        if self.operation is Operation.PROBE_HEALTH and not of:
            of = request.headers.get(INSTANCE_HEADER, "")
        asked = self.stage.log.came(self.operation, app, of, self.stage.now_ms())
        raw = await request.body()
        try:
            answer = await _Passage(self.stage, asked, request, raw).pass_through()
        except Dropped:
            asked.ended_ms = self.stage.now_ms()
            await _close(request)
            return
        asked.answered, asked.ended_ms = answer.status, self.stage.now_ms()
        response = Response(answer.text, answer.status, media_type=answer.content_type)
        if request.method != "GET" and app:
            response.set_cookie(COOKIE, "simulated", path=f"/v1/apps/{app}")
        if answer.status == TOO_MANY and self.stage.rules.says_retry_after:
            response.headers["retry-after"] = "1"
        await response(scope, receive, send)


@define
class _Passage:
    """One request on its way through the gate."""

    stage: Stage
    asked: Asked
    request: Request
    raw: bytes
    met: tuple[Entry, ...] = ()

    async def pass_through(self) -> Answer:
        ask = self._ask({})
        self.met = self.stage.faults.met(ask)
        self.asked.faults = tuple(entry.number for entry in self.met)
        try:
            await self._suffer(When.BEFORE, ask)
            answer = await self._land()
        except Refused as refusal:
            answer = refusal.answer
        try:
            await self._suffer(When.AFTER, ask)
        except Refused as refusal:
            return refusal.answer
        return self._lacking(answer)

    def _ask(self, body: dict[str, object] | Fields, org: str = "") -> Ask:
        return Ask(
            operation=self.asked.operation,
            app=AppName(self.asked.app),
            of=self.asked.of,
            query=tuple(self.request.query_params.multi_items()),
            body=body if isinstance(body, Fields) else Fields(body, "body"),
            org=org,
            knows_front_end=COOKIE in self.request.cookies,
            nonce=self.request.headers.get(NONCE_HEADER, ""),
            path=self.request.url.path,
            authorization=self.request.headers.get("authorization", ""),
        )

    async def _land(self) -> Answer:
        operation, stage = self.asked.operation, self.stage
        catch_up(stage)
        if stage.faults.counts_requests(self._ask({})) and not stage.tally.admits(self._ask({}), stage.clock.now()):
            raise Refused(*REFUSALS["rate_limited"])
        org = "" if operation is Operation.PROBE_HEALTH else self._org()
        kinds = kinds_of(self.met)
        try:
            ask = self._ask(read_object(self.raw), org)
            if operation in WATCHINGS:
                return await WATCHINGS[operation](stage, ask, kinds)
            leases.check_lease(stage, ask)
            await leases.give_way(stage, ask)
            answer = LANDINGS[operation](stage, ask, kinds)
        except MalformedError as error:
            raise invalid(str(error)) from error
        self.asked.landed_ms = stage.now_ms()
        return answer

    def _org(self) -> str:
        scheme, _, token = self.request.headers.get("authorization", "").partition(" ")
        org = self.stage.settings.org_of(token) if scheme.lower() == "bearer" else None
        if org is None:
            raise Refused(*REFUSALS["unauthorized"])
        return org

    async def _suffer(self, when: When, ask: Ask) -> None:
        """Let the faults of this side of the effect befall the request, the slow ones first."""
        for entry in self.met:
            match entry.fault.kind:
                case Delay(before_ms=before_ms, after_ms=after_ms):
                    wait_ms = before_ms if when is When.BEFORE else after_ms
                    await self.stage.clock.until(asyncio.Event(), wait_ms / 1000)
                case Hold(when=side) if side is when:
                    await self._stand_still(entry, when)
                case _:
                    pass  # the others wait for nothing
        for kind in kinds_of(self.met):
            match kind:
                case Drop(when=side) if side is when:
                    raise Dropped
                case Refuse(status=status, text=text, when=side) if side is when:
                    raise Refused(status, text.replace("{of}", ask.of))
                case Garble(status=status, when=side) if side is when:
                    refusal = Refused(status, HTML)
                    refusal.answer = Answer(status, HTML, "text/html")
                    raise refusal
                case _:
                    pass  # the others are suffered where the request lands

    async def _stand_still(self, entry: Entry, when: When) -> None:
        entry.held += 1
        self.asked.held = when.value
        self.stage.wake()
        try:
            await entry.released.wait()
        finally:
            entry.held -= 1
            self.asked.held = None

    def _lacking(self, answer: Answer) -> Answer:
        names = {name for kind in kinds_of(self.met) if isinstance(kind, Omit) for name in kind.fields}
        if not names or answer.status >= REDIRECTS:
            return answer
        body = json.loads(answer.text)
        things = body if isinstance(body, list) else [body]
        for thing in things:
            for name in names:
                thing.pop(name, None)
        return Answer(answer.status, json.dumps(body))


def gates(stage: Stage) -> tuple[tuple[str, str, Gate], ...]:
    """The method, the path and the application of every operation."""
    return tuple((*ROUTES[operation], Gate(stage, operation)) for operation in Operation)


async def _close(request: Request) -> None:
    """Close the connection of this request, and return when it is closed.

    In process there is no connection: what httpx would raise, had it been closed, is raised through to it.
    """
    close = request.scope.get("state", {}).get(CLOSE)
    if close is None:
        raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
    close()
    await request.receive()  # the body was read: what comes next is that the connection is gone
