"""What every test stands on: how hard hypothesis tries, which event loop, and whether what some need is there.

The tests marked `shared` read a folder that a clone of this repository does not bring, those marked `browser` open a
page in a browser that not every machine has, and those marked `ray` need Ray, which is no dependency of ours. Where it
is not there they are deselected, not skipped, so that a run without it never looks as if it had run them.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from kiloclaw_adapters.testing.profiles import load_profile
from tests.adapters.explorer_page.chromium import browser_here

SHARED = "KILOCLAW_SHARED"
RAY_HERE = find_spec("ray") is not None

load_profile()


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a shared folder that is not there, rather than run as if none had been named."""
    named = os.environ.get(SHARED)
    if named and not Path(named).is_dir():
        raise pytest.UsageError(f"{SHARED} names {named}, which is no folder")


def pytest_report_header() -> list[str]:
    """Say what is deselected because of this machine, and how to have it run."""
    told = [] if browser_here() else ["browser: there is no chromium, so the tests marked `browser` are deselected"]
    return told if RAY_HERE else [*told, "ray: it is not installed, so the tests marked `ray` are deselected"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what needs the shared folder when nobody said where it is, and a browser or Ray where there is none."""
    missing = [] if os.environ.get(SHARED) else ["shared"]
    missing += [] if browser_here() else ["browser"]
    missing += [] if RAY_HERE else ["ray"]
    needy = [item for item in items if any(item.get_closest_marker(marker) for marker in missing)]
    if needy:
        items[:] = [item for item in items if item not in needy]
        config.hook.pytest_deselected(items=needy)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared folder; only tests marked `shared` may ask for it."""
    return Path(os.environ[SHARED])


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The adapters are built for asyncio alone."""
    return "asyncio"
