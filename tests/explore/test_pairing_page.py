"""The page about pairing says what there is: what it names as evidence is a test, a mutant or a claim of ours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from kiloclaw_adapters import mutants
from kiloclaw_core.world.pairing.caller.claims import CALLER_CLAIMS
from kiloclaw_core.world.pairing.claims import PAIRING_CLAIMS
from kiloclaw_core.world.supervisor.claims import SUPERVISOR_CLAIMS
from tests.house.sources import PROJECT
from tests.house.test_reference import Row, rows, section
from tests.house.test_weaknesses import functions

PAGE: Final = PROJECT / "docs" / "explanation" / "pairing.md"
FOLDERS: Final = ("story/pairing", "story/supervisor", "adapters/controller")
WEAKNESSES: Final = "Every weakness, and what would fail if we had it"
PROPERTIES: Final = "The ten properties of pairing 8.3"
SCHEDULES: Final = "The schedules of pairing 8.4"
CLAIMED: Final = [*(f"S{number}" for number in range(1, 14)), *(f"L{number}" for number in range(1, 6))]
NUMBERS: Final = {
    WEAKNESSES: [f"PW{number}" for number in range(1, 23)],
    PROPERTIES: [f"{number}" for number in range(1, 11)],
    SCHEDULES: ["W1", "W2", "W3", "W6", "W11", "W13", "W14a", "W16", "W18", "W19", "#1095"],
}
MUTANTS: Final = {f"mutant {one.name}": one.rows for one in mutants.MUTANTS}
PLACELESS: Final = {one.told_in.partition("::")[2]: one.rows for one in mutants.PLACELESS}
CLAIMS: Final = {
    *(f"claim {one.name}" for one in PAIRING_CLAIMS),
    *(f"claim {one.name}" for one in CALLER_CLAIMS),
    *(f"claim {one.name}" for one in SUPERVISOR_CLAIMS),
}


def told(heading: str) -> tuple[Row, ...]:
    """The rows of one table."""
    return rows(section(PAGE, heading))


def properties() -> tuple[Row, ...]:
    """The rows of the table of properties, which has two others below it."""
    return tuple(row for row in told("Every property, and what holds it") if row[0][0] in "SL")


def named_tests() -> set[str]:
    """Every test of pairing and of what belongs to it."""
    files = [file for folder in FOLDERS for file in (PROJECT / "tests" / folder).glob("test_*.py")]
    return {name for file in files for name in functions(file) if name.startswith("test_")}


def is_about(evidence: str, weakness: str) -> bool:
    """Whether this would fail if we had the weakness: by its rows, or by its name."""
    if evidence in named_tests() and evidence.startswith(f"test_{weakness.lower()}_"):
        return True
    return weakness in {**MUTANTS, **PLACELESS}.get(evidence, ())


@pytest.mark.parametrize("heading", NUMBERS)
def test_every_number_has_a_row(heading: str) -> None:
    """In order, and each once."""
    assert [row[0] for row in told(heading)] == NUMBERS[heading]


def test_every_property_has_a_row() -> None:
    """In order, and each once."""
    assert [row[0] for row in properties()] == CLAIMED


@pytest.mark.parametrize("row", told(WEAKNESSES), ids=[row[0] for row in told(WEAKNESSES)])
def test_what_would_fail_is_there_and_is_about_it(row: Row) -> None:
    """What is evidence of something else would not fail, and what is evidence is told."""
    evidence = row[2].split(", ")

    assert [one for one in evidence if not is_about(one, row[0])] == []
    assert {one for one, about in {**MUTANTS, **PLACELESS}.items() if row[0] in about} <= set(evidence)


@pytest.mark.parametrize("row", properties(), ids=CLAIMED)
def test_what_holds_a_property_is_there(row: Row) -> None:
    """A claim that was renamed takes its row with it."""
    assert [one for one in row[2].split(", ") if one not in CLAIMS | named_tests()] == []


@pytest.mark.parametrize("heading", [PROPERTIES, SCHEDULES])
def test_every_test_that_is_named_is_there(heading: str) -> None:
    """One that is gone proves nothing."""
    assert [one for row in told(heading) for one in row[2].split(", ") if one not in named_tests()] == []


@pytest.mark.shared
def test_the_specification_tells_of_no_others(shared: Path) -> None:
    """What the tables list is what is there."""
    text = (shared / "spec" / "pairing.md").read_text(encoding="utf-8")
    weaknesses, properties_there = (text[text.index(f"\n{one}") :] for one in ("### 6.3", "### 6.2"))

    assert re.findall(r"^\*\*W(\d+)", weaknesses, re.MULTILINE) == [one[2:] for one in NUMBERS[WEAKNESSES]]
    assert re.findall(r"^\| ([SL]\d+) \|", properties_there, re.MULTILINE) == CLAIMED
