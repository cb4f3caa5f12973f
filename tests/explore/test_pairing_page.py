"""The page about pairing says what there is: every weakness has its evidence, a test or a mutant that would fail."""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_adapters.testing.bugs.pairings import PAIRING_MUTANTS, PAIRING_PLACELESS
from tests.house.sources import PROJECT
from tests.house.test_reference import rows, section

PAGE: Final = PROJECT / "docs" / "explanation" / "pairing.md"
TOLD: Final = rows(section(PAGE, "Every weakness, and what would fail if we had it"))
MUTANTS: Final = {f"mutant {one.name}": one.rows for one in PAIRING_MUTANTS}
TESTS: Final = {one.told_in.partition("::")[2]: one.rows for one in PAIRING_PLACELESS}


def test_every_weakness_has_a_row() -> None:
    """In order, and each once."""
    assert [row[0] for row in TOLD] == [f"PW{number}" for number in range(1, 23)]


@pytest.mark.parametrize("row", TOLD, ids=[row[0] for row in TOLD])
def test_what_would_fail_is_there_and_is_about_it(row: tuple[str, ...]) -> None:
    """What is evidence of something else would not fail."""
    evidence = {**MUTANTS, **TESTS}

    assert [one for one in row[2].split(", ") if row[0] not in evidence.get(one, ())] == []
