"""The health probe: patient while there is time, never longer, and routed to one machine."""

from __future__ import annotations

from collections.abc import Callable, Coroutine

import httpx
import pytest

from kiloclaw_adapters.health import HealthProbe
from kiloclaw_core.effects import ProbeHealth
from kiloclaw_core.names import AppName, MachineId, OpId
from kiloclaw_core.outcomes import Healthy, Outcome, Unhealthy

from .outside import CLOCK

pytestmark = pytest.mark.anyio

PROBE = ProbeHealth(OpId(1), AppName("acct-1"), MachineId("m1"), 60.0)
Answering = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]


async def probed(answering: Answering, template: str = "https://{app}.fly.dev") -> tuple[Outcome, float]:
    """What the probe came to, and how long it took."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(answering)) as client:
        began = CLOCK.monotonic()
        outcome = await HealthProbe(client, template, CLOCK).perform(PROBE, committed_at=began)
        return outcome, CLOCK.monotonic() - began


async def test_it_asks_this_machine_of_this_app() -> None:
    """The proxy would ask any machine of the app, were none named."""
    asked: list[tuple[str, str]] = []

    async def well(request: httpx.Request) -> httpx.Response:
        asked.append((str(request.url), request.headers["fly-force-instance-id"]))
        return httpx.Response(200, json={"status": "ok"})

    assert await probed(well) == (Healthy(), 0.0)
    assert await probed(well, "http://127.0.0.1:1/{app}/") == (Healthy(), 0.0)
    assert asked == [
        ("https://acct-1.fly.dev/_kilo/health", "m1"),
        ("http://127.0.0.1:1/acct-1/_kilo/health", "m1"),
    ]


async def test_it_asks_again_every_three_seconds_until_it_is_well() -> None:
    """A controller takes a while to come up, and is refused or unavailable until then."""
    heard: list[int] = [502, 503, 404]

    async def slow(request: httpx.Request) -> httpx.Response:
        if len(heard) == 1:
            heard.clear()
            raise httpx.ConnectError("refused")
        return httpx.Response(heard.pop(0) if heard else 200)

    assert await probed(slow) == (Healthy(), 9.0)


async def test_it_ends_with_its_time_and_tells_what_it_heard() -> None:
    """A time-out is an answer: the start ends with a note."""

    async def unwell(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503)

    outcome, took_s = await probed(unwell)
    assert (outcome, took_s) == (Unhealthy(), 60.0)
    assert isinstance(outcome, Unhealthy)
    assert outcome.text == "HTTP 503"


async def test_a_fetch_that_hangs_does_not_outlive_the_deadline() -> None:
    """Looking at the clock between two fetches is not enough (pairing W10)."""

    async def hangs(request: httpx.Request) -> httpx.Response:
        await CLOCK.sleep(10_000)
        return httpx.Response(200)

    outcome, took_s = await probed(hangs)
    assert (outcome, took_s) == (Unhealthy(), 60.0)
