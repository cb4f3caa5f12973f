"""Two processes with different hash seeds find the same report by the packed explorer, letter by letter."""

from __future__ import annotations

from tests.checker.test_determinism import found_under

PROGRAM = """
from attrs import evolve
from kiloclaw_core.world.admission.configurations import admission_named
from kiloclaw_core.world.admission.setting import AdmissionBudget
from kiloclaw_core.world.admission.system import AdmissionSystem
from tests.checker.toy import Bug, Race
from tests.explore.packing import searched
two_users = evolve(admission_named("two-users"), budget=AdmissionBudget(crashes=1), mirrored=True)
print(searched(Race(bug=Bug.NO_ALARM)), searched(AdmissionSystem(two_users)))
"""


def test_the_hash_seed_changes_nothing_in_a_mirror_either() -> None:
    """Which of two images stands for both must not depend on it, nor the number of any state."""
    first = found_under("1", PROGRAM)

    assert "stood_for=1693" in first
    assert first == found_under("2", PROGRAM)
