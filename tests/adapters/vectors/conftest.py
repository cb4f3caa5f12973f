"""What the tests of vectors share: the lines that are shipped, read once, and virtual time for what records."""

from __future__ import annotations

import pytest

from kiloclaw_adapters.vectors import Tree, lines, tree

from ..interpreter.outside import VirtualLoop


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, object]]:
    """Asyncio, on a loop in which waiting takes no time."""
    return "asyncio", {"loop_factory": VirtualLoop}


@pytest.fixture(scope="session")
def shipped() -> tuple[Tree, ...]:
    """Every line that is shipped, the header first."""
    return tuple(tree(line) for line in lines())
