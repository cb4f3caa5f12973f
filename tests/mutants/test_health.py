"""Where a mutant is searched for every claim holds of the core as it is: what catches a bug must catch nothing else."""

from __future__ import annotations

import pytest
from attrs import astuple, evolve

from kiloclaw_adapters.mutants import MUTANTS
from kiloclaw_core.explore import report_of
from kiloclaw_core.world.admission.configurations import admission_named
from kiloclaw_core.world.admission.system import AdmissionSystem
from kiloclaw_core.world.app_system import AppSystem
from kiloclaw_core.world.configurations import CONFIGURATIONS
from kiloclaw_core.world.pairing.caller.system import CallerSystem
from kiloclaw_core.world.pairing.system import PairingSystem
from kiloclaw_core.world.setting import Configuration
from kiloclaw_core.world.sizes import SizeSystem
from kiloclaw_core.world.supervisor.system import SupervisorSystem
from kiloclaw_core.world.system import System


def is_part_of(small: Configuration, named: Configuration) -> bool:
    """Whether everything that can happen in the one can happen in the other, which is searched by itself."""
    fewer = all(some <= more for some, more in zip(astuple(small.budget), astuple(named.budget), strict=True))
    like = evolve(small, name=named.name, budget=named.budget, suite=named.suite, witnesses=named.witnesses)
    return fewer and like == named


SMALL = tuple(
    {
        mutant.where: None
        for mutant in MUTANTS
        if isinstance(mutant.where, Configuration)
        and not any(is_part_of(mutant.where, named) for named in CONFIGURATIONS)
    }
)
"""Where an instance's mutants are searched for, but for the named configurations and what is a part of one."""
SUPERVISORS = {one.where.budget: one.where for one in MUTANTS if isinstance(one.where, SupervisorSystem)}
CACHES = {one.where: f"where {one.name} is" for one in MUTANTS if isinstance(one.where, PairingSystem)}
"""Where a cache's mutants are searched for, and one that is."""
CALLERS = {one.where: f"where {one.name} is" for one in MUTANTS if isinstance(one.where, CallerSystem)}
"""Where a caller's are."""


@pytest.mark.parametrize("configuration", SMALL, ids=lambda configuration: configuration.name)
def test_every_claim_of_an_instance_holds(configuration: Configuration) -> None:
    """The named configurations are pinned whole."""
    report = report_of(System(configuration))

    assert report.complete
    assert [one.claim for one in report.verdicts if one.verdict == "broken"] == []


@pytest.mark.parametrize("name", ["newcomer", "forgetful", "unheard-of"])
def test_every_claim_of_admission_holds(name: str) -> None:
    """The other configurations are pinned whole."""
    report = report_of(AdmissionSystem(admission_named(name)))

    assert report.complete
    assert [one.claim for one in report.verdicts if one.verdict == "broken"] == []


def test_every_claim_of_an_app_and_of_sizes_holds() -> None:
    """Wherever one of their bugs is searched for."""
    apps = {one.where.budget: one.where for one in MUTANTS if isinstance(one.where, AppSystem)}
    sizes = {one.where.configuration: one.where for one in MUTANTS if isinstance(one.where, SizeSystem)}
    reports = [*(report_of(one) for one in apps.values()), *(report_of(one) for one in sizes.values())]

    assert all(report.complete for report in reports)
    assert [one.claim for report in reports for one in report.verdicts if one.verdict == "broken"] == []


def test_every_claim_of_the_supervisor_holds() -> None:
    """Wherever one of its bugs is searched for."""
    reports = [report_of(system) for system in SUPERVISORS.values()]

    assert all(report.complete for report in reports)
    assert [one.claim for report in reports for one in report.verdicts if one.verdict == "broken"] == []


@pytest.mark.parametrize("system", CACHES, ids=CACHES.values())
def test_every_claim_of_a_cache_holds(system: PairingSystem) -> None:
    """A claim that the core itself breaks somewhere catches nothing there."""
    report = report_of(system)

    assert report.complete
    assert [one.claim for one in report.verdicts if one.verdict == "broken"] == []


@pytest.mark.parametrize("system", CALLERS, ids=CALLERS.values())
def test_every_claim_of_a_caller_holds(system: CallerSystem) -> None:
    """Likewise, and with as many faults as its mutants have."""
    report = report_of(system)

    assert report.complete
    assert [one.claim for one in report.verdicts if one.verdict == "broken"] == []
