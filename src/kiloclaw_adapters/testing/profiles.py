"""How hard hypothesis tries, by name, and where it keeps what failed.

`dev` draws anew each time and keeps what failed, so that it is tried first the next time; `ci` draws the same every
time and needs to keep nothing; `nightly` draws for long, and keeps what failed in the same folder, for CI to hand on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis.database import (
    DirectoryBasedExampleDatabase,
    ExampleDatabase,
    MultiplexedDatabase,
    ReadOnlyDatabase,
)

PROFILE: Final = "HYPOTHESIS_PROFILE"
"""The variable that names the profile; without it `ci` where `CI` is set, and `dev` elsewhere."""
EXAMPLES: Final = "KILOCLAW_EXAMPLES"
"""The variable that names a folder of examples that failed elsewhere: they are tried first, and never changed."""
KEPT: Final = Path(".hypothesis") / "examples"
"""Where what failed is kept, below the folder that the tests run in."""
NIGHTLY: Final = (HealthCheck.too_slow, HealthCheck.data_too_large)
"""A night has time for what is slow."""


def database(environment: Mapping[str, str]) -> ExampleDatabase:
    """What failed here, and beside it what failed elsewhere, where a folder of that is named."""
    ours = DirectoryBasedExampleDatabase(KEPT)
    named = environment.get(EXAMPLES)
    return MultiplexedDatabase(ours, ReadOnlyDatabase(DirectoryBasedExampleDatabase(named))) if named else ours


def register_profiles(environment: Mapping[str, str] = os.environ) -> None:
    """Make `dev`, `ci` and `nightly` known to hypothesis by these names."""
    kept = database(environment)
    usual = settings.get_profile("default")  # whoever names no parent inherits what is in use: where CI is set, its own
    settings.register_profile("dev", usual, max_examples=50, deadline=None, database=kept)
    settings.register_profile("ci", usual, max_examples=100, deadline=None, derandomize=True, database=None)
    settings.register_profile(
        "nightly", usual, max_examples=5_000, deadline=None, database=kept, suppress_health_check=NIGHTLY
    )


def load_profile(environment: Mapping[str, str] = os.environ) -> None:
    """Register the profiles, and use the one that the environment asks for."""
    register_profiles(environment)
    settings.load_profile(environment.get(PROFILE) or ("ci" if environment.get("CI") else "dev"))
