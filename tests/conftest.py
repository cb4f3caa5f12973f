"""What every test stands on: how hard hypothesis tries, which event loop, and whether what some need is there.

The tests marked `shared` read a folder that a clone of this repository does not bring, and those marked `browser` open
pages in a browser that not every machine has. Where it is not there they are deselected, not skipped, so that a run
without it never looks as if it had run them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.adapters.explorer_page.chromium import browser_here

SHARED = "KILOCLAW_SHARED"

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True)
settings.register_profile(
    "nightly",
    max_examples=5_000,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


def pytest_configure(config: pytest.Config) -> None:
    """Refuse a shared folder that is not there, rather than run as if none had been named."""
    named = os.environ.get(SHARED)
    if named and not Path(named).is_dir():
        raise pytest.UsageError(f"{SHARED} names {named}, which is no folder")


def pytest_report_header() -> list[str]:
    """Say what is deselected because of this machine, and how to have it run."""
    return [] if browser_here() else ["browser: there is no chromium, so the tests marked `browser` are deselected"]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what needs the shared folder when nobody said where it is, and a browser where there is none."""
    missing = [] if os.environ.get(SHARED) else ["shared"]
    missing += [] if browser_here() else ["browser"]
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
