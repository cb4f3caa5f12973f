"""The page of coverage and its two pictures, and how they are made anew.

`.venv/bin/python -m tests.adapters.explorer_page.covering` searches the suite `ci`, which takes minutes, and writes
them. `tests.explore.pins` makes the table of transitions of the same searches, which a test holds the page to.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from kiloclaw_adapters.explorer import Exploration
from kiloclaw_adapters.explorer.coverage import (
    COVERAGE,
    LIFECYCLE,
    coverage_page,
    coverage_picture,
    lifecycle_picture,
)
from tests.explore.pins import SUITE, searched

PAGE: Final = Path(__file__).parents[3] / "docs" / "reference" / "coverage.md"
COMMAND: Final = f"python -m {__spec__.name}"


def write(found: Sequence[Exploration]) -> None:
    """Write what these searches cover."""
    PAGE.write_text(coverage_page(found, SUITE, COMMAND), encoding="utf-8")
    PAGE.with_name(COVERAGE).write_text(coverage_picture(found), encoding="utf-8")
    PAGE.with_name(LIFECYCLE).write_text(lifecycle_picture(found), encoding="utf-8")


if __name__ == "__main__":
    write(searched())
