"""Serves a controller: it listens before anything else, until it is told to end, and ends in order.

SIGTERM and SIGINT are ours and not the server's, because the gateway goes down before the server does.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from kiloclaw_adapters.controller.app import create_app
from kiloclaw_adapters.controller.bodies import BodyLimits
from kiloclaw_adapters.controller.controlling import Controller
from kiloclaw_adapters.controller.outlets import children_heard

LOOPBACK: Final = "127.0.0.1"
BACKLOG: Final = 128
MOST_AT_ONCE: Final = 256
"""How many connections there are at most, idle ones too; a request on one more is answered 503 (uvicorn)."""
MOST_HEAD: Final = 16_384
"""How long a request's line and headers may be, in bytes."""
KEPT_S: Final = 10
"""How long an idle connection is kept: longer than httpx would, or a request may be sent just as it is closed."""


class QuietServer(uvicorn.Server):
    """A server that leaves signals to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def listen(host: str = LOOPBACK, port: int = 0) -> socket.socket:
    """A socket that listens; port 0 takes a free one. Raises OSError if the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.create_server((host, port), family=family, backlog=BACKLOG)
    opened.setblocking(False)
    return opened


def url_of(listening: socket.socket) -> str:
    """Where a client of this machine reaches whoever serves this socket."""
    host, port = listening.getsockname()[:2]
    here = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(host, host)  # noqa: S104 - it is recognised, not listened on
    return f"http://[{here}]:{port}" if ":" in here else f"http://{here}:{port}"


@asynccontextmanager
async def serving(app: ASGIApp, listening: socket.socket, closing_s: float) -> AsyncIterator[None]:
    """Serve an application on this socket for as long as the block lasts, and `closing_s` for what is under way."""
    server = QuietServer(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_level="critical",
            access_log=False,
            server_header=False,
            limit_concurrency=MOST_AT_ONCE,
            h11_max_incomplete_event_size=MOST_HEAD,
            timeout_keep_alive=KEPT_S,
            timeout_graceful_shutdown=round(closing_s),
        )
    )
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def controlling(controller: Controller, listening: socket.socket) -> AsyncIterator[None]:
    """Have a controller for as long as the block lasts: it answers from the start, and comes up by itself."""
    settings = controller.settings
    limits = BodyLimits(settings.most_body, settings.body_s)
    app = create_app(controller, settings.token, limits, shares_cpu=settings.shares_cpu)
    async with serving(app, listening, settings.closing_s):
        rising = asyncio.create_task(controller.come_up())
        try:
            yield
        finally:
            controller.begin_end()
            await asyncio.wait([rising], timeout=settings.closing_s)
            rising.cancel()
            await controller.go_down()


async def control(controller: Controller, listening: socket.socket, ready: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is told the URL once connections are taken."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    with children_heard():
        async with controlling(controller, listening):
            ready(url_of(listening))
            await told.wait()
