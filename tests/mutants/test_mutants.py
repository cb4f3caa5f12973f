"""Every rule is needed: a core without it is caught, by a claim, in few steps."""

from __future__ import annotations

import pytest

from kiloclaw_adapters.testing import MUTANTS, Mutant, mutated, search_for
from kiloclaw_core.explore import report_of
from kiloclaw_core.world.setting import Configuration
from kiloclaw_core.world.system import System

CONFIGURATIONS = {
    mutant.configuration.name + repr(mutant.configuration.budget): mutant.configuration for mutant in MUTANTS
}
LONGEST = 25
"""No bug of this list takes a longer story to show."""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_caught_by_its_claim(mutant: Mutant) -> None:
    """A rule whose removal nobody notices is either not needed or not claimed."""
    caught = search_for(mutant)

    assert caught.trace is not None, f"{mutant.name} breaks nothing in {caught.states} states"
    assert len(caught.trace.steps) <= LONGEST


@pytest.mark.parametrize("configuration", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_without_a_mutant_every_claim_holds(configuration: Configuration) -> None:
    """What catches a mutant must not catch the core as it is."""
    report = report_of(System(configuration))

    assert report.complete
    assert [one.claim for one in report.verdicts if one.verdict == "broken"] == []


def test_a_mutant_leaves_no_trace_behind() -> None:
    """The function that was replaced is back, afterwards."""
    mutant = MUTANTS[0]
    original = getattr(mutant.module, mutant.function)

    with mutated(mutant):
        assert getattr(mutant.module, mutant.function) is mutant.override

    assert getattr(mutant.module, mutant.function) is original


def test_every_rule_that_the_design_marks_has_a_mutant() -> None:
    """The rules that search found necessary (decisions 1) and the seeds of the bug corpus are all there."""
    rows = {row for mutant in MUTANTS for row in mutant.rows}

    assert rows == {
        *(f"rule {number}" for number in (1, 3, 4, 5, 7, 8, 13)),
        "C.3",
        *("I1", "I4", "I5", "I6", "I7"),
        *("B01", "B02", "B03", "B32", "B45", "B47", "B57"),
    }
