"""Tests of this folder that wait, wait on asyncio, the only loop the adapters are built for."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The adapters are built for asyncio alone."""
    return "asyncio"
