"""Every test of this folder that asks for `directory` runs against every directory there is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from kiloclaw_adapters.directory import FileDirectory, MemoryDirectory
from kiloclaw_adapters.registry.port import CompanyDirectory

OPENERS: dict[str, Callable[[Path], CompanyDirectory]] = {
    "memory": lambda _: MemoryDirectory(),
    "file": lambda folder: FileDirectory(folder / "directory.db"),
}


@pytest.fixture(params=OPENERS)
async def directory(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[CompanyDirectory]:
    """An empty directory of each kind."""
    opened = OPENERS[request.param](tmp_path)
    yield opened
    await opened.aclose()
