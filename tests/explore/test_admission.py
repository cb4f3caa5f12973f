"""Admission searched whole: its configurations of CI, their pinned size, every claim, and the bound of the lock-out.

All of CI takes half a minute, so that it is marked `slow`; a few answer at once. When a count moves, admission moved:
say why in the changelog, or in the change itself where no user will notice.
"""

from __future__ import annotations

from typing import Final

import pytest
from attrs import frozen

from kiloclaw_core.explore import Kind, Report, report_of
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import probe_wait_s
from kiloclaw_core.world.admission.configurations import ADMISSIONS, admission_named
from kiloclaw_core.world.admission.setting import ANN, BOB, AdmissionBudget, AdmissionConfiguration
from kiloclaw_core.world.admission.system import AdmissionSystem
from kiloclaw_core.world.setting import Suite


@frozen
class Pin:
    """The size of a configuration, the longest calm way home, and the most probes that a slot takes."""

    states: int
    edges: int
    home: int
    lockout: int | None


PINS: Final = {
    "one-attempt": Pin(7_894, 20_419, 30, 4),
    "in-doubt": Pin(2_965, 6_311, 27, 3),
    "asked-again": Pin(13_331, 40_100, 29, 3),
    "patient": Pin(3_214, 10_036, 27, 4),
    "hardly-heard": Pin(1_001, 2_149, 26, 2),
    "destroyed": Pin(8_879, 24_109, 29, 4),
    "unheard-of": Pin(7_253, 18_875, 21, 3),
    "answered-for": Pin(9_715, 27_976, 29, 3),
    "out-of-order": Pin(4_676, 7_851, 28, None),
    "taken-over": Pin(5_119, 16_383, 29, 3),
    "two-attempts": Pin(1_344, 2_794, 27, 3),
    "forgetful": Pin(1_340, 2_794, 27, 3),
    "two-and-a-destroy": Pin(7_616, 18_346, 30, 2),
    "two-and-a-release": Pin(8_560, 23_418, 27, 0),
    "two-users": Pin(8_310, 24_224, 36, 2),
    "updated": Pin(7_425, 24_157, 26, 3),
    "older-than-we": Pin(40_564, 135_858, 15, None),
    "newcomer": Pin(1_809, 4_788, 13, 1),
}
QUICK: Final = ("one-attempt", "in-doubt", "hardly-heard", "two-attempts", "newcomer")
"""What is searched in a few seconds."""
OF_CI: Final = tuple(one for one in ADMISSIONS if one.suite is Suite.CI)


def pin_of(configuration: AdmissionConfiguration, report: Report) -> Pin:
    """The size of a search."""
    (home,) = (one.bound for one in report.verdicts if one.kind is Kind.LEADS_HOME)
    assert home is not None, "not every way leads home"
    return Pin(report.states, report.edges, home, configuration.lockout)


def failures(configuration: AdmissionConfiguration, report: Report) -> tuple[str, ...]:
    """Every claim that does not hold, and every witness that must be seen and was not."""
    missing = {*configuration.witnesses, *(() if configuration.lockout is None else ("the bound is met",))}
    broken = [one.claim for one in report.verdicts if one.verdict == "broken"]
    unseen = [one.claim for one in report.verdicts if one.verdict == "not_witnessed" and one.claim in missing]
    return (*broken, *unseen)


def check(configuration: AdmissionConfiguration) -> Report:
    """Search a configuration whole; every claim holds, and what must be seen is."""
    report = report_of(AdmissionSystem(configuration))
    assert report.complete
    assert failures(configuration, report) == ()
    return report


@pytest.mark.parametrize("name", QUICK)
def test_a_configuration_holds_and_is_as_large_as_it_was(name: str) -> None:
    """A state more or less is a behaviour more or less, and somebody should say which."""
    configuration = admission_named(name)
    assert pin_of(configuration, check(configuration)) == PINS[name]


@pytest.mark.slow
def test_every_configuration_of_ci_holds_and_every_witness_is_seen_somewhere() -> None:
    """This is what the project promises of admission, and the probes that a locked-out caller may have to wait for."""
    seen: set[str] = set()
    claimed: set[str] = set()
    for configuration in OF_CI:
        report = check(configuration)
        assert pin_of(configuration, report) == PINS[configuration.name]
        claimed |= {one.claim for one in report.verdicts if one.kind is Kind.SOMETIMES}
        seen |= {one.claim for one in report.verdicts if one.verdict == "witnessed"}
        print(f"{configuration.name}: {report.states} states, a slot is free after {configuration.lockout} probes")  # noqa: T201
    assert claimed - seen == set()


def test_every_configuration_of_ci_is_pinned_and_no_other() -> None:
    """A count of a configuration that was renamed would guard nothing."""
    assert tuple(PINS) == tuple(one.name for one in OF_CI)


def test_everything_at_once_may_be_asked_for() -> None:
    """Two attempts, one destroy, one release, two faults, one death of each kind: for one slot, and for two users."""
    budget = AdmissionBudget(destroys=1, releases=1, faults=2, deaths=1, crashes=1)
    asked = [one for one in ADMISSIONS if one.budget == budget]
    assert [[each.request.user for each in one.callers] for one in asked] == [[ANN, ANN], [ANN, BOB]]
    assert [one.suite for one in asked] == [Suite.NIGHTLY, Suite.ASKED]
    assert [one for one in ADMISSIONS if one.suite is Suite.ASKED] == asked[1:]


def test_the_bound_of_the_lock_out_in_minutes() -> None:
    """The bound is in probes, and the policy alone makes minutes of it: five where an attempt is merely abandoned.

    That takes two probes that leave it unresolved, and the third ends it; whatever else goes wrong may add two.
    """
    most = max(pin.lockout for pin in PINS.values() if pin.lockout is not None)
    waits = [probe_wait_s(probes, Policy()) for probes in range(most + 1)]
    assert (most, sum(waits[:3]) / 60, sum(waits) / 60) == (4, 5.0, 17.0)
