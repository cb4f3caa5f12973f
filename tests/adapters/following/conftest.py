"""Everything in this folder runs in virtual time."""

from __future__ import annotations

import pytest

from ..interpreter.outside import VirtualLoop


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, object]]:
    """Asyncio, on a loop in which waiting takes no time."""
    return "asyncio", {"loop_factory": VirtualLoop}
