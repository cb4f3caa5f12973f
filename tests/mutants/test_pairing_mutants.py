"""Every weakness PW1 to PW22 of pairing is brought back and caught, or has no place here and is told in a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiloclaw_adapters.testing import Placeless
from kiloclaw_adapters.testing.bugs.pairing import PairingMutant, pairing_trace
from kiloclaw_adapters.testing.bugs.pairings import PAIRING_MUTANTS, PAIRING_PLACELESS
from kiloclaw_core.explore import Kind, report_of
from kiloclaw_core.world.pairing.caller.claims import CALLER_CLAIMS
from kiloclaw_core.world.pairing.claims import PAIRING_CLAIMS
from kiloclaw_core.world.supervisor.claims import SUPERVISOR_CLAIMS
from kiloclaw_core.world.supervisor.system import SupervisorSystem

ROOT = Path(__file__).parents[2]
LONGEST = 30


@pytest.mark.parametrize("mutant", PAIRING_MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_caught_by_its_claim(mutant: PairingMutant) -> None:
    """A rule whose removal nobody notices is either not needed or not claimed."""
    trace = pairing_trace(mutant)

    assert trace is not None, f"{mutant.name} breaks nothing"
    assert len(trace.steps) <= LONGEST


def test_every_weakness_has_a_mutant_or_a_reason_for_none() -> None:
    """Pairing 6.3 tells of twenty-two."""
    rows = {
        *(row for one in PAIRING_MUTANTS for row in one.rows),
        *(row for one in PAIRING_PLACELESS for row in one.rows),
    }

    assert rows == {f"PW{number}" for number in range(1, 23)}


@pytest.mark.parametrize("weakness", PAIRING_PLACELESS, ids=lambda weakness: weakness.name)
def test_a_weakness_without_a_place_is_told_in_a_test(weakness: Placeless) -> None:
    """A reason alone would be an excuse."""
    file, _, name = weakness.told_in.partition("::")

    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")


def test_every_bug_has_a_name_of_its_own() -> None:
    """Docs call it by its name."""
    names = [*(one.name for one in PAIRING_MUTANTS), *(one.name for one in PAIRING_PLACELESS)]

    assert sorted(names) == sorted(set(names))


def test_every_claim_is_broken_by_some_mutant() -> None:
    """A claim that nothing can break says nothing."""
    claims = [
        *((one.name, one.kind) for one in PAIRING_CLAIMS),
        *((one.name, one.kind) for one in SUPERVISOR_CLAIMS),
        *((one.name, one.kind) for one in CALLER_CLAIMS),
    ]
    caught = {mutant.caught_by for mutant in PAIRING_MUTANTS}

    assert [name for name, kind in claims if kind is not Kind.SOMETIMES and name not in caught] == []


def test_without_a_mutant_every_claim_about_the_supervisor_holds() -> None:
    """What catches a mutant must not catch the supervisor as it is."""
    systems = {one.system.budget: one.system for one in PAIRING_MUTANTS if isinstance(one.system, SupervisorSystem)}
    reports = [report_of(system) for system in systems.values()]

    assert all(report.complete for report in reports)
    assert [one.claim for report in reports for one in report.verdicts if one.verdict == "broken"] == []
