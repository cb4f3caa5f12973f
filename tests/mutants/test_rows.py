"""Every weakness that the design or a specification marks is brought back, or has no place here, with its reason."""

from __future__ import annotations

from collections.abc import Iterable

from kiloclaw_adapters.mutants import MUTANTS, PLACELESS

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
