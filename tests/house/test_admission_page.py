"""Every weakness of upstream's admission has its evidence: a test or a mutant that is there and would fail."""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_adapters.explorer import World
from kiloclaw_adapters.mutants import PLACELESS, mutants_of

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
    brought_back = [f"mutant {one.name}" for one in mutants_of(World.ADMISSION) if row[0] in one.rows]
    without_a_place = [f"no mutant: {one.because}" for one in PLACELESS if row[0] in one.rows]
    schedules = {one for one in functions(SCHEDULES) if row[0].lower() in one.split("_")}
    bugs = brought_back or without_a_place
    told = row[2].split(", ")

    assert bugs
    assert told[: len(bugs)] == bugs
    assert told[len(bugs) :]
    assert set(told[len(bugs) :]) <= schedules
