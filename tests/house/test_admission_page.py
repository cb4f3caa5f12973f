"""Every weakness of upstream's admission has its evidence: a test or a mutant that is there and would fail."""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_adapters.testing.bugs.admissions import ADMISSION_MUTANTS

from .sources import PROJECT
from .test_reference import rows, section
from .test_weaknesses import functions

PAGE: Final = PROJECT / "docs" / "explanation" / "admission.md"
TOLD: Final = rows(section(PAGE, "Every weakness, and what would fail if we had it"))
SCHEDULES: Final = PROJECT / "tests" / "story" / "registry" / "test_world_schedules.py"
NAMES: Final = [*(f"GW{number}" for number in range(1, 23)), *(f"LW{number}" for number in range(40, 45))]


def test_every_weakness_has_a_row() -> None:
    """In order, and each once."""
    assert [row[0] for row in TOLD] == NAMES


@pytest.mark.parametrize("row", TOLD, ids=[row[0] for row in TOLD])
def test_what_would_fail_is_there(row: tuple[str, ...]) -> None:
    """A reason alone would be an excuse."""
    there = {*(f"mutant {one.name}" for one in ADMISSION_MUTANTS), *functions(SCHEDULES)}

    assert [evidence for evidence in row[2].split(", ") if evidence not in there] == []
