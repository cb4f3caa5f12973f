"""One simulated Fly for all kills, and the calm life that tells which effects there are."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from kiloclaw_adapters.simulator import Settings, Simulator, serving

from .outliving import Effects, Fly, effects_of_a_life


@pytest.fixture(scope="module")
async def fly() -> AsyncIterator[Fly]:
    """A simulated Fly on the loopback."""
    quick = Simulator(Settings(boot_s=0.05, stop_s=0.05))
    async with serving(quick) as base, httpx.AsyncClient(base_url=base, timeout=60.0) as client:
        yield Fly(base, client)


@pytest.fixture(scope="module")
async def effects(fly: Fly, tmp_path_factory: pytest.TempPathFactory) -> Effects:
    """The names of all effects of a life in which nobody dies, by operation."""
    return await effects_of_a_life(tmp_path_factory.mktemp("calm"), fly)
