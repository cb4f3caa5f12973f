"""Every rule of admission is needed: without it a claim is broken, in few steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiloclaw_adapters.testing import Placeless
from kiloclaw_adapters.testing.bugs.admission import AdmissionMutant, admission_search
from kiloclaw_adapters.testing.bugs.admissions import ADMISSION_MUTANTS, ADMISSION_PLACELESS
from kiloclaw_core.explore import Kind, report_of
from kiloclaw_core.world.admission.claims import claims_for
from kiloclaw_core.world.admission.configurations import ADMISSIONS, admission_named
from kiloclaw_core.world.admission.system import AdmissionSystem

ROOT = Path(__file__).parents[2]
LONGEST = 40
"""No bug of this list takes a longer story to show."""
CLAIMS = {claim.name: claim.kind for one in ADMISSIONS for claim in claims_for(one)}
ROWS = {row for one in ADMISSION_MUTANTS for row in one.rows}


@pytest.mark.parametrize("mutant", ADMISSION_MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_caught_by_its_claim(mutant: AdmissionMutant) -> None:
    """A rule whose removal nobody notices is either not needed or not claimed."""
    trace = admission_search(mutant)

    assert trace is not None, f"{mutant.name} breaks nothing"
    assert len(trace.steps) <= LONGEST


@pytest.mark.parametrize("name", ["newcomer", "forgetful", "unheard-of"])
def test_without_a_bug_every_claim_holds(name: str) -> None:
    """What catches a bug must not catch the core as it is; the other configurations are pinned whole."""
    report = report_of(AdmissionSystem(admission_named(name)))

    assert report.complete
    assert [one.claim for one in report.verdicts if one.verdict == "broken"] == []


@pytest.mark.parametrize("kind", [Kind.ALWAYS, Kind.LEADS_HOME], ids=lambda kind: kind.value)
def test_every_claim_is_broken_by_some_mutant(kind: Kind) -> None:
    """A claim that nothing can break says nothing."""
    caught = {mutant.caught_by for mutant in ADMISSION_MUTANTS}

    assert sorted(name for name, what in CLAIMS.items() if what is kind and name not in caught) == []


def test_every_safety_rule_has_a_mutant_but_the_one_that_no_reply_has_room_to_break() -> None:
    """S1 to S14 of registry 6, by their own name or by the schedule that breaks them; S15 is told in a test."""
    told = {"S3", "S4", "S7", "S11", "S12", "S13"} | ROWS
    placeless = {row for one in ADMISSION_PLACELESS for row in one.rows}

    assert [f"S{number}" for number in range(1, 16) if f"S{number}" not in told] == ["S15"]
    assert "S15" in placeless


def test_every_schedule_by_which_upstream_failed_has_a_mutant_or_a_reason_for_none() -> None:
    """GW1 to GW22 of registry 7.1 and LW40 to LW44 of lifecycle 7: each is brought back, or has no place here."""
    wanted = [*(f"GW{number}" for number in range(1, 23)), *(f"LW{number}" for number in range(40, 45))]
    placeless = {row for one in ADMISSION_PLACELESS for row in one.rows}

    assert [name for name in wanted if name not in ROWS | placeless] == []
    assert placeless & ROWS == set()


@pytest.mark.parametrize("weakness", ADMISSION_PLACELESS, ids=lambda weakness: weakness.name)
def test_a_weakness_without_a_place_is_told_in_a_test(weakness: Placeless) -> None:
    """A reason alone would be an excuse."""
    file, _, name = weakness.told_in.partition("::")

    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")


def test_every_bug_has_a_name_of_its_own() -> None:
    """Traces and docs call it by its name."""
    assert len({one.name for one in ADMISSION_MUTANTS}) == len(ADMISSION_MUTANTS)
