"""Serves a simulator over HTTP: for as long as a block lasts, or until the process is told to end.

A fault that closes a connection closes it for real here.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from kiloclaw_adapters.simulator.app import Simulator
from kiloclaw_adapters.simulator.gate import CLOSE
from kiloclaw_adapters.simulator.settings import Settings
from kiloclaw_adapters.simulator.stage import Stage

LOOPBACK: Final = "127.0.0.1"
GRACE_S: Final = 1
"""How long requests that are under way may take to end when the server stops."""
KEPT_S: Final = 60
"""How long an idle connection is kept: longer than httpx would, or a request may be sent just as it is closed."""


class LettingGo(uvicorn.Server):
    """A server that lets go whom its simulator holds, before it waits for them."""

    def __init__(self, config: uvicorn.Config, stage: Stage) -> None:
        super().__init__(config)
        self._stage = stage

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop serving, once every request has been answered."""
        self._stage.close()
        await super().shutdown(sockets)


class ClosingProtocol(H11Protocol):
    """HTTP whose requests carry the means to close their connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Leave the transport's close where the gate finds it."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, CLOSE: transport.close}


def listen(port: int = 0) -> socket.socket:
    """A socket that listens on the loopback; port 0 takes a free one. Raises OSError if the port is taken."""
    opened = socket.create_server((LOOPBACK, port))
    opened.setblocking(False)
    return opened


def url_of(listening: socket.socket) -> str:
    """Where a client reaches whoever serves this socket."""
    return f"http://{LOOPBACK}:{listening.getsockname()[1]}"


@asynccontextmanager
async def serving(simulator: Simulator, port: int = 0) -> AsyncIterator[str]:
    """Serve this simulator on the running event loop, and give its URL; leaving the block releases holds and stops."""
    with listen(port) as listening:
        server = _server(simulator)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield url_of(listening)
        finally:
            server.should_exit = True
            await running


def serve(port: int, settings: Settings, ready: Callable[[str], None]) -> None:
    """Serve a new simulator until SIGINT or SIGTERM; `ready` is told its URL once connections are taken.

    Raises OSError if the port is taken.
    """
    with listen(port) as listening:
        ready(url_of(listening))
        with suppress(KeyboardInterrupt):  # what SIGINT becomes once the server has stopped
            _server(Simulator(settings)).run(sockets=[listening])


def _server(simulator: Simulator) -> uvicorn.Server:
    config = uvicorn.Config(
        simulator.app,
        http=ClosingProtocol,
        ws="none",
        lifespan="off",
        log_level="critical",
        access_log=False,
        timeout_keep_alive=KEPT_S,
        timeout_graceful_shutdown=GRACE_S,
    )
    simulator.stage.closing = False  # the same simulator may be served again
    return LettingGo(config, simulator.stage)
