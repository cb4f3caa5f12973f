"""Everything that can happen to the cache and to a caller, within named configurations, and every claim about them.

A changed count is not a failure of the system but a change of it: look at what changed, and say why in the changelog.
"""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.explore import Kind, Report, report_naively, report_of
from kiloclaw_core.pairing.caller import Kept
from kiloclaw_core.pairing.requests import Kind as ListKind
from kiloclaw_core.world.pairing.caller.claims import CALLER_CLAIMS, CALLER_WITNESSES
from kiloclaw_core.world.pairing.caller.scene import Controller
from kiloclaw_core.world.pairing.caller.system import CallerSystem
from kiloclaw_core.world.pairing.claims import PAIRING_CLAIMS
from kiloclaw_core.world.pairing.configurations import SHELL, WAITING, pairing_configuration
from kiloclaw_core.world.pairing.setting import PairingBudget
from kiloclaw_core.world.pairing.system import PairingSystem
from kiloclaw_core.world.pairing.truth import MESSAGE

SIZES: Final = {
    "warm-up": (815, 1_540, 15),
    "asked-twice": (494, 855, 13),
    "killed": (3_581, 6_833, 15),
    "started": (13_589, 35_836, 22),
    "command-line": (5_972, 10_849, 16),
    "two-channels": (2_774, 4_727, 21),
    "own-device": (1_047, 2_236, 29),
    "own-device-in-vain": (325, 672, 40),
}
"""The states, the edges and the longest calm way home of each; those of the largest are in `tests/explore`."""
CALLS: Final = {
    Controller.CURRENT: (404, 14),
    Controller.SILENT: (500, 14),
    Controller.CODED: (1_185, 24),
    Controller.UNCODED: (1_168, 24),
    Controller.WITHOUT: (869, 20),
    Controller.BARE: (144, 10),
    Controller.STARTING: (140, 10),
    Controller.DOWN: (32, 6),
}
"""The states and the longest calm way home of both calls before each sort of controller."""
TWICE: Final = {Controller.CURRENT: (1_221, 14), Controller.SILENT: (1_851, 14)}
"""The same with two faults, where there are routes: two strangers may say that there are none."""


def broken(report: Report) -> list[str]:
    """The claims that do not hold."""
    return [one.claim for one in report.verdicts if one.kind is not Kind.SOMETIMES and one.verdict != "held"]


def bound(report: Report) -> int | None:
    """The longest calm way home."""
    (found,) = [one.bound for one in report.verdicts if one.kind is Kind.LEADS_HOME]
    return found


def test_every_claim_about_the_cache_holds_in_every_state_and_every_danger_was_there() -> None:
    """S1 to S9, and from everywhere the lists come to be true; an *always* is worth little if nothing ever happens."""
    reports = {name: report_of(pairing_configuration(name).system) for name in SIZES}
    assert [(name, claim) for name, report in reports.items() for claim in broken(report)] == []
    assert {name: (one.states, one.edges, bound(one)) for name, one in reports.items() if one.complete} == SIZES
    seen = {one.claim for report in reports.values() for one in report.verdicts if one.verdict == "witnessed"}
    assert seen == {one.name for one in PAIRING_CLAIMS if one.kind is Kind.SOMETIMES}


def test_a_command_that_lists_may_be_wedged_beside_one_that_approves() -> None:
    """A small piece of what is searched at length in `tests/explore`."""
    budget = PairingBudget(refreshes=(ListKind.CHANNELS,), approves=(MESSAGE,), stops=1, stucks=1)
    report = report_of(PairingSystem(budget, SHELL, WAITING))
    assert (report.states, report.edges, report.complete, broken(report)) == (1_249, 2_330, True, [])


@pytest.mark.parametrize("controller", Controller, ids=lambda one: one.name.lower())
def test_every_claim_about_a_caller_holds_before_every_controller(controller: Controller) -> None:
    """With one fault, wherever it falls."""
    report = report_of(CallerSystem(controller))
    assert (report.complete, broken(report)) == (True, [])
    assert (report.states, bound(report)) == CALLS[controller]


@pytest.mark.parametrize("controller", TWICE, ids=lambda one: one.name.lower())
def test_every_claim_about_a_caller_holds_when_two_things_go_wrong(controller: Controller) -> None:
    """Strangers who answer 404 to both questions of a call lead to exec, and nobody less than they (pairing PW9)."""
    report = report_of(CallerSystem(controller, faults=2))
    assert (report.complete, broken(report)) == (True, [])
    assert (report.states, bound(report)) == TWICE[controller]


def test_every_danger_to_a_caller_was_there_somewhere() -> None:
    """With what was kept before, too."""
    seen: set[str] = set()
    systems = [*(CallerSystem(controller) for controller in Controller)]
    systems.append(CallerSystem(Controller.CODED, kept=Kept(0, (MESSAGE,), 2)))
    for system in systems:
        report = report_of(evolve(system, claims=(*CALLER_CLAIMS, *CALLER_WITNESSES)))
        assert broken(report) == []
        seen |= {one.claim for one in report.verdicts if one.verdict == "witnessed"}
    assert [one.name for one in CALLER_WITNESSES if one.name not in seen] == []


def test_the_oracle_finds_the_same() -> None:
    """The memoised search is held to the literal one."""
    systems = [
        PairingSystem(PairingBudget(refreshes=(ListKind.CHANNELS,), approves=(MESSAGE,), stops=1), outside=WAITING)
    ]
    systems += [pairing_configuration("own-device-in-vain").system]
    for system in systems:
        swift, literal = report_of(system), report_naively(system)
        assert (swift.states, swift.edges, swift.depth) == (literal.states, literal.edges, literal.depth)
        assert [one.verdict for one in swift.verdicts] == [one.verdict for one in literal.verdicts]


def test_the_oracle_of_a_caller_finds_the_same() -> None:
    """Likewise."""
    system = CallerSystem(Controller.WITHOUT)
    swift, literal = report_of(system), report_naively(system)
    assert (swift.states, swift.edges, swift.depth) == (literal.states, literal.edges, literal.depth)
