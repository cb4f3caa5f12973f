"""Every weakness that the design or a specification marks is brought back, or has no place here, with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from kiloclaw_adapters.mutants import MUTANTS, PLACELESS
from kiloclaw_adapters.mutants.corpus import INVARIANTS, RESERVES, SEEDS
from kiloclaw_adapters.mutants.untold import ELSEWHERE, TOLD_IN_TESTS
from kiloclaw_core.explore import Kind

from .claimed import KINDS

ROOT = Path(__file__).parents[1]
ALL = 176
"""How many rows the corpus has."""
BROUGHT_BACK = {row for one in MUTANTS for row in one.rows}
WITHOUT_A_PLACE = {row for one in PLACELESS for row in one.rows}


def untold(rows: Iterable[str]) -> list[str]:
    """Those of these rows that nothing brings back, and that have no reason."""
    return [row for row in rows if row not in BROUGHT_BACK | WITHOUT_A_PLACE]


def numbered(letters: str, last: int, first: int = 1) -> list[str]:
    """The rows of one table, by their numbers."""
    return [f"{letters}{number}" for number in range(first, last + 1)]


def test_every_rule_that_the_design_marks_has_a_mutant() -> None:
    """The rules that search found necessary (decisions 1) are all there."""
    wanted = {*(f"rule {number}" for number in (1, 3, 4, 5, 7, 8, 13)), "C.3", *("I1", "I4", "I5", "I6", "I7")}

    assert sorted(wanted - BROUGHT_BACK) == []


def test_every_regression_is_told() -> None:
    """Vectors 77 to 98 of reconcile 9 are weaknesses of upstream."""
    assert untold(numbered("vector ", 98, 77)) == []


def test_every_schedule_by_which_admission_failed_is_told() -> None:
    """GW1 to GW22 of registry 7.1, LW40 to LW44 of lifecycle 7: each is either the one or the other."""
    schedules = [*numbered("GW", 22), *numbered("LW", 44, 40)]

    assert untold(schedules) == []
    assert [row for row in schedules if row in BROUGHT_BACK & WITHOUT_A_PLACE] == []


def test_every_safety_rule_of_admission_has_a_mutant_but_the_one_that_no_reply_has_room_to_break() -> None:
    """S1 to S15 of registry 6."""
    assert [row for row in numbered("S", 15) if row not in BROUGHT_BACK] == ["S15"]
    assert "S15" in WITHOUT_A_PLACE


def test_every_weakness_of_pairing_is_told() -> None:
    """Pairing 6.3 tells of twenty-two."""
    told = {row for row in BROUGHT_BACK | WITHOUT_A_PLACE if row.startswith("PW")}

    assert told == set(numbered("PW", 22))


def test_every_marked_row_of_the_corpus_is_told() -> None:
    """The twenty seeds and the fifteen reserves; all but those that have no place here are brought back."""
    marked = [*SEEDS, *RESERVES]

    assert untold(marked) == []
    assert [row for row in marked if row not in BROUGHT_BACK] == ["B99", "B115", "B124"]


def test_sixty_rows_of_the_corpus_and_more_are_brought_back() -> None:
    """A search that notices few kinds of mistakes is no evidence."""
    assert len([row for row in BROUGHT_BACK if re.fullmatch(r"B\d+", row)]) >= 60


def test_every_row_of_the_corpus_is_brought_back_or_told_or_has_no_story_here() -> None:
    """Each in one way: a row that is passed over in silence would look as if it were covered."""
    told = {row for row in BROUGHT_BACK | WITHOUT_A_PLACE if re.fullmatch(r"B\d+", row)}
    others = [*TOLD_IN_TESTS, *(row for one in ELSEWHERE for row in one.rows)]

    assert sorted((*told, *others), key=number_of) == [f"B{number:02}" for number in range(1, ALL + 1)]


@pytest.mark.parametrize(("row", "told_in"), TOLD_IN_TESTS.items(), ids=TOLD_IN_TESTS)
def test_a_row_that_is_no_mutant_is_told_in_a_test(row: str, told_in: str) -> None:
    """The page names the test, which is there."""
    file, _, name = told_in.partition("::")

    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), row


def test_every_invariant_of_the_corpus_has_a_claim_or_a_reason_for_none() -> None:
    """I1 to I22, each by claims that there are."""
    assert list(INVARIANTS) == numbered("I", 22)
    for one in INVARIANTS.values():
        assert bool(one.claims) is not bool(one.instead)
        for world, claims in one.claims.items():
            assert [claim for claim in claims if KINDS[world].get(claim, Kind.SOMETIMES) is Kind.SOMETIMES] == []


@pytest.mark.shared
def test_the_corpus_marks_no_other_row(shared: Path) -> None:
    """What is listed is what is marked there."""
    text = (shared / "spec" / "bugs.md").read_text(encoding="utf-8")
    marked = [(row, mark) for row, mark in re.findall(r"^\| (B\d+)([★☆]) \|", text, re.MULTILINE)]

    assert re.findall(r"^\| (B\d+)[★☆]? \|", text, re.MULTILINE)[-1] == f"B{ALL}"
    assert [row for row, mark in marked if mark == "★"] == sorted(SEEDS, key=number_of)
    assert [row for row, mark in marked if mark == "☆"] == sorted(RESERVES, key=number_of)


def number_of(row: str) -> int:
    """The number of a row of the corpus."""
    return int(row[1:])
