"""The routes of a controller as an ASGI application (pairing 2): health for everybody, all else for who has the token.

The token is looked at before the route and before the body. Whatever is not served says so with a code, because a 404
without one is taken for a controller that is too old (pairing 3.2). What is done is the desk's affair.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Final, TypeAlias

from attrs import frozen
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from kiloclaw_adapters.controller.bodies import BodyLimits, approval_body, gateway_body, pending_body, subject_in
from kiloclaw_adapters.controller.desk import Desk
from kiloclaw_adapters.controller.openapi import document
from kiloclaw_adapters.pairing.bearer import is_token
from kiloclaw_core.pairing import Kind, Said, Token
from kiloclaw_core.pairing.caller import OURS, ROUTE_UNAVAILABLE, SERVICE_STARTING
from kiloclaw_core.supervisor import SupervisorRefusal, health_words, refusal_words, serves_routes

HEALTH: Final = ("/health", "/_kilo/health")
API_VERSION: Final = 1
NOT_SETTLED: Final = 0.1
"""A load that a machine which shares its processors must be below to have settled (pairing 2.4)."""
LIMITS: Final = BodyLimits(4096, 10.0)

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


def create_app(desk: Desk, token: Token, limits: BodyLimits = LIMITS, *, shares_cpu: bool = False) -> ASGIApp:
    """The application of the controller behind this desk."""
    return Barrier(desk, token, Routes(desk, limits, shares_cpu).app())


@frozen
class Barrier:
    """Lets health through, and everything else once its routes exist and the request has brought the token."""

    desk: Desk
    token: Token
    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        if scope["type"] != "http":
            return  # no websocket is taken: the server refuses what is not accepted
        answer = self._answer(Request(scope))
        await (self.app if answer is None else answer)(scope, receive, send)

    def _answer(self, request: Request) -> Response | None:
        standing = self.desk.standing()
        if request.url.path in HEALTH and request.method in {"GET", "HEAD"}:
            return None
        if not serves_routes(standing):
            state = dict(health_words(standing))["state"]
            return JSONResponse({"error": "Service starting", "code": SERVICE_STARTING, "state": state}, 503)
        if not is_token(self.token, request.headers.get("authorization", "")):
            return JSONResponse({"error": "Unauthorized"}, 401, {"WWW-Authenticate": "Bearer"})
        return None


@frozen
class Routes:
    """Everything behind the barrier, and the health that it lets through to."""

    desk: Desk
    limits: BodyLimits
    shares_cpu: bool

    def app(self) -> Starlette:
        """The routes, each with the methods that it takes; HEAD goes with GET."""
        routes: tuple[tuple[str, str, Endpoint], ...] = (
            *(("GET", path, self.health) for path in HEALTH),
            ("GET", "/_kilo/version", self.version),
            ("GET", "/_kilo/openapi.json", self.openapi),
            ("GET", "/_kilo/pairing/channels", self.channels),
            ("GET", "/_kilo/pairing/devices", self.devices),
            ("POST", "/_kilo/pairing/channels/approve", self.approve_channel),
            ("POST", "/_kilo/pairing/devices/approve", self.approve_device),
            ("GET", "/_kilo/gateway/status", self.status),
            ("GET", "/_kilo/gateway/ready", self.ready),
            ("POST", "/_kilo/gateway/start", self.start),
            ("POST", "/_kilo/gateway/stop", self.stop),
            ("POST", "/_kilo/gateway/restart", self.restart),
        )
        app = Starlette(
            routes=[Route(path, endpoint, methods=[method]) for method, path, endpoint in routes],
            exception_handlers={404: _no_route, 405: _no_method},
        )
        app.router.redirect_slashes = False  # a slash too many is another path, and nothing to send a token after
        return app

    async def health(self, _request: Request) -> Response:
        """That the controller is there, and how far it has come up."""
        return JSONResponse({"status": "ok", **dict(health_words(self.desk.standing()))})

    async def version(self, _request: Request) -> Response:
        """Who we are, and what we can do."""
        known = {"version": version("kiloclaw"), "commit": None, "apiVersion": API_VERSION, "capabilities": list(OURS)}
        state = dict(health_words(self.desk.standing()))["state"]
        gateway = gateway_body(*self.desk.gateway())
        unknown = {"openclawVersion": None, "openclawCommit": None}
        return JSONResponse({**known, **unknown, "gateway": gateway, "controllerState": state})

    async def openapi(self, _request: Request) -> Response:
        """These routes, described."""
        return JSONResponse(document())

    # -- pairing -------------------------------------------------------------------------------------------------

    async def channels(self, request: Request) -> Response:
        """What channels have pending."""
        return await self._pending(request, Kind.CHANNELS)

    async def devices(self, request: Request) -> Response:
        """What devices have pending."""
        return await self._pending(request, Kind.DEVICES)

    async def _pending(self, request: Request, kind: Kind) -> Response:
        wishes = request.query_params.getlist("refresh")
        view = await self.desk.pending(kind, anew=wishes[:1] == ["true"])
        return JSONResponse(pending_body(view), headers={"Cache-Control": "no-store"})

    async def approve_channel(self, request: Request) -> Response:
        """Approve what a channel has pending."""
        return await self._approve(request, Kind.CHANNELS)

    async def approve_device(self, request: Request) -> Response:
        """Approve what a device has pending."""
        return await self._approve(request, Kind.DEVICES)

    async def _approve(self, request: Request, kind: Kind) -> Response:
        subject = await subject_in(request, kind, self.limits)
        said = subject if isinstance(subject, Said) else await self.desk.approve(subject)
        return JSONResponse(approval_body(said), said.status)

    # -- gateway -------------------------------------------------------------------------------------------------

    async def status(self, _request: Request) -> Response:
        """How the gateway is."""
        return JSONResponse(gateway_body(*self.desk.gateway()))

    async def ready(self, _request: Request) -> Response:
        """Whether the gateway serves, and how loaded the machine is."""
        readiness = await self.desk.readiness()
        load = os.getloadavg()
        settled = not self.shares_cpu or load[0] < NOT_SETTLED
        words = {**dict(readiness.words), "loadAverage": list(load), "settled": settled}
        return JSONResponse(words, readiness.status)

    async def start(self, _request: Request) -> Response:
        """Have a gateway."""
        return _done(await self.desk.start())

    async def stop(self, _request: Request) -> Response:
        """Have none."""
        return _done(await self.desk.stop())

    async def restart(self, _request: Request) -> Response:
        """Have another one."""
        return _done(await self.desk.restart())


def _done(refusal: SupervisorRefusal | None) -> Response:
    if refusal is None:
        return JSONResponse({"ok": True})
    return JSONResponse({"error": refusal_words(refusal), "code": refusal.name.lower()}, 409)


async def _no_route(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"error": "There is no such route", "code": ROUTE_UNAVAILABLE}, 404)


async def _no_method(_request: Request, error: Exception) -> Response:
    headers = getattr(error, "headers", None)
    return JSONResponse({"error": "That is no method of this route", "code": "method_not_allowed"}, 405, headers)
