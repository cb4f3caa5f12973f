"""An idle connection is given up by whoever asks, never by a server of ours: its close would meet a request."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import ModuleType
from typing import TypeAlias

import anyio
import httpx
import pytest
from starlette.responses import Response

from kiloclaw_adapters.controller import server as controller
from kiloclaw_adapters.simulator import Simulator
from kiloclaw_adapters.simulator import server as simulator

pytestmark = pytest.mark.anyio

Served: TypeAlias = AbstractAsyncContextManager[str]


@asynccontextmanager
async def controlled() -> AsyncIterator[str]:
    """The URL of a controller's server, with an empty answer to everything."""
    with controller.listen() as listening:
        async with controller.serving(Response(), listening, closing_s=1.0):
            yield controller.url_of(listening)


def simulated() -> Served:
    """The URL of a simulated Fly."""
    return simulator.serving(Simulator())


@pytest.mark.parametrize("server", [controller, simulator])
def test_a_client_gives_an_idle_connection_up_first(server: ModuleType) -> None:
    """Ours are all of httpx, with its own limit."""
    limit_s = httpx.Limits().keepalive_expiry
    assert limit_s is not None
    assert 2 * limit_s <= server.KEPT_S


@pytest.mark.parametrize(("server", "served"), [(controller, controlled), (simulator, simulated)])
async def test_a_server_closes_an_idle_connection_in_the_end(
    server: ModuleType, served: Callable[[], Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here it keeps none for a moment, and is waited for no longer than uvicorn would keep it by itself."""
    monkeypatch.setattr(server, "KEPT_S", 0)
    async with served() as url:
        base = httpx.URL(url)
        async with await anyio.connect_tcp(base.host, base.port or 0) as stream:
            await stream.send(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
            with anyio.fail_after(4):
                answer = b"".join([part async for part in stream])
    assert answer.startswith(b"HTTP/1.1 ")
