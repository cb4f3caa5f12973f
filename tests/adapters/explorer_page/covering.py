"""The page of coverage and its two pictures, made of the searches that the table of transitions is made of.

`.venv/bin/python -m tests.explore.pins` searches the suite `ci`, which takes minutes, and writes them too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from kiloclaw_adapters.explorer import Exploration
from kiloclaw_adapters.explorer.coverage import (
    COVERAGE,
    LIFECYCLE,
    coverage_page,
    coverage_picture,
    lifecycle_picture,
    never_reached,
)

PAGE: Final = Path(__file__).parents[3] / "docs" / "reference" / "coverage.md"


def covered(found: Sequence[Exploration], suite: str, command: str) -> Mapping[Path, str]:
    """What these searches cover: each file, and what is to stand in it."""
    never = never_reached(found)
    return {
        PAGE: coverage_page(found, suite, command, never),
        PAGE.with_name(COVERAGE): coverage_picture(found, never),
        PAGE.with_name(LIFECYCLE): lifecycle_picture(found, never),
    }
