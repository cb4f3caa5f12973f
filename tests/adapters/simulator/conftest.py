"""Every test of this folder has a simulator of its own, on virtual time: one wait, and the machine is there."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from kiloclaw_adapters.simulator import Settings, Simulator, VirtualClock

from .suite import Wire, client


@pytest.fixture
def simulator() -> Simulator:
    """A simulator with nothing in it."""
    return Simulator(Settings(), VirtualClock())


@pytest.fixture
async def bare(simulator: Simulator) -> AsyncIterator[Wire]:
    """A wire to the simulator, in which there is not even an app."""
    async with client(httpx.ASGITransport(simulator.app)) as http:
        yield Wire(http)


@pytest.fixture
async def wire(bare: Wire) -> Wire:
    """A wire to the simulator, in which there is one app."""
    body = {"app_name": "inst-1", "org_slug": "personal", "network": "inst-1"}
    assert (await bare.post("/v1/apps", body))[0] == 201
    return bare
