"""Every test of this folder that asks for `store` runs against every store there is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from kiloclaw_adapters.store import Store

from .suite import OPENERS, ManualClock, ToldChance


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The stores are built for asyncio alone."""
    return "asyncio"


@pytest.fixture
def clock() -> ManualClock:
    """The clock that the stores of this test tell the time by."""
    return ManualClock()


@pytest.fixture
def chance() -> ToldChance:
    """The chance that the stores of this test draw from."""
    return ToldChance()


@pytest.fixture(params=OPENERS)
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: ManualClock, chance: ToldChance
) -> AsyncIterator[Store]:
    """An empty store of each kind."""
    opened = OPENERS[request.param](tmp_path, clock, chance)
    yield opened
    await opened.aclose()
