"""What is searched for minutes is marked `slow` and left out of a plain run; `--slow` asks for it and nothing else."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run ask for the slow searches."""
    parser.addoption("--slow", action="store_true", help="run the searches that take minutes, and only those")


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the marker."""
    config.addinivalue_line("markers", "slow: searches for minutes; deselected unless --slow is given")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the slow tests, or the others."""
    wanted = bool(config.getoption("--slow"))
    others = [item for item in items if (item.get_closest_marker("slow") is not None) is not wanted]
    if others:
        items[:] = [item for item in items if item not in others]
        config.hook.pytest_deselected(items=others)
