"""Every rule is needed: a core without it is caught, by a claim, in few steps."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import astuple, evolve

from kiloclaw_adapters.testing import MUTANTS, PLACELESS, Mutant, Placeless, mutated, search_for
from kiloclaw_core.claims import CLAIMS
from kiloclaw_core.explore import Kind, report_of
from kiloclaw_core.world.configurations import CONFIGURATIONS
from kiloclaw_core.world.setting import Configuration
from kiloclaw_core.world.system import System

ROOT = Path(__file__).parents[2]


def is_part_of(small: Configuration, named: Configuration) -> bool:
    """Whether everything that can happen in the one can happen in the other, which is searched by itself."""
    fewer = all(some <= more for some, more in zip(astuple(small.budget), astuple(named.budget), strict=True))
    like = evolve(small, name=named.name, budget=named.budget, suite=named.suite, witnesses=named.witnesses)
    return fewer and like == named


SMALL = tuple(
    {
        mutant.configuration: None
        for mutant in MUTANTS
        if not any(is_part_of(mutant.configuration, named) for named in CONFIGURATIONS)
    }
)
"""Where mutants are searched for, but for the named configurations and what is a part of one."""
ROWS = {*(row for one in MUTANTS for row in one.rows), *(row for one in PLACELESS for row in one.rows)}
LONGEST = 60
"""No bug of this list takes a longer story to show: this one takes two recoveries."""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_caught_by_its_claim(mutant: Mutant) -> None:
    """A rule whose removal nobody notices is either not needed or not claimed."""
    caught = search_for(mutant)

    assert caught.trace is not None, f"{mutant.name} breaks nothing in {caught.states} states"
    assert len(caught.trace.steps) <= LONGEST


@pytest.mark.parametrize("configuration", SMALL, ids=lambda configuration: configuration.name)
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


def test_what_a_healthy_search_has_worked_out_does_not_hide_a_mutant() -> None:
    """What a record comes to is remembered, and a bug may be in what it comes to."""
    (mutant,) = (one for one in MUTANTS if one.name == "no-alarm")
    healthy = report_of(System(mutant.configuration))

    assert [one.claim for one in healthy.verdicts if one.verdict == "broken"] == []
    assert search_for(mutant).trace is not None
    assert report_of(System(mutant.configuration)) == healthy


@pytest.mark.parametrize("kind", [Kind.ALWAYS, Kind.LEADS_HOME], ids=lambda kind: kind.value)
def test_every_claim_is_broken_by_some_mutant(kind: Kind) -> None:
    """A claim that nothing can break says nothing."""
    caught = {mutant.caught_by for mutant in MUTANTS}

    assert [one.name for one in CLAIMS if one.kind is kind and one.name not in caught] == []


def test_every_rule_that_the_design_marks_has_a_mutant() -> None:
    """The rules that search found necessary (decisions 1) and the seeds of the bug corpus are all there."""
    wanted = {
        *(f"rule {number}" for number in (1, 3, 4, 5, 7, 8, 13)),
        "C.3",
        *("I1", "I4", "I5", "I6", "I7"),
        *("B01", "B02", "B03", "B32", "B45", "B47", "B57"),
    }

    assert wanted <= ROWS


def test_every_regression_has_a_mutant_or_a_reason_for_none() -> None:
    """Vectors 77 to 98 of reconcile 9 are weaknesses of upstream: each is brought back, or has no place here."""
    assert [number for number in range(77, 99) if f"vector {number}" not in ROWS] == []


def test_every_bug_has_a_name_of_its_own() -> None:
    """Traces and docs call it by its name."""
    names = [*(one.name for one in MUTANTS), *(one.name for one in PLACELESS)]

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("weakness", PLACELESS, ids=lambda weakness: weakness.name)
def test_a_weakness_without_a_place_is_told_in_a_test(weakness: Placeless) -> None:
    """A reason alone would be an excuse."""
    file, _, name = weakness.told_in.partition("::")

    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")
