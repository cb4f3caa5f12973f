"""Two callers who may be exchanged are searched with and without their mirror: what is found is the same."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_adapters.cli.verdicts import states_found
from kiloclaw_adapters.explorer import Exploration, findings_json
from kiloclaw_core.explore import Mirror, Report, replay_code, report_naively, report_of
from kiloclaw_core.world.admission.configurations import ADMISSIONS, admission_named
from kiloclaw_core.world.admission.setting import AdmissionBudget, AdmissionConfiguration
from kiloclaw_core.world.admission.system import AdmissionSystem
from tests.checker.test_mirror import words
from tests.explore.packing import searched

ALONE: Final = Mirror((), lambda value: value)
"""A mirror that shows everything itself: ops are mere names as in any, and every state stands for itself alone."""


def two_users(**budget: int) -> AdmissionConfiguration:
    """Two users, and how often what may happen besides."""
    name = f"two users and {budget or 'no trouble'}"
    return evolve(admission_named("two-users"), name=name, lockout=None, budget=AdmissionBudget(**budget))


SMALL: Final = (
    two_users(),
    two_users(deaths=1),
    two_users(crashes=1),
    two_users(refusals=1),
    two_users(takeovers=1),
    *(admission_named(name) for name in ("two-attempts", "forgetful", "two-and-a-destroy")),
)


def mirrored(configuration: AdmissionConfiguration) -> AdmissionSystem:
    """The system in its mirror."""
    return AdmissionSystem(evolve(configuration, mirrored=True))


@pytest.mark.parametrize("configuration", SMALL, ids=lambda one: one.name)
def test_one_state_stands_for_two_and_nothing_else_changes(configuration: AdmissionConfiguration) -> None:
    """As many states as there are without are stood for exactly, and every claim is judged alike."""
    _, whole = searched(AdmissionSystem(configuration, mirror=ALONE))
    _, half = searched(mirrored(configuration), audit_every=25)
    _, aged = searched(AdmissionSystem(configuration))
    assert (half.stood_for, half.depth, half.complete) == (whole.states, whole.depth, aged.complete)
    assert words(half) == words(whole) == words(aged)
    assert half.states < whole.states <= aged.states


def test_the_core_finds_as_much_in_a_mirror() -> None:
    """Which of two images stands for both is its own choice, so that traces may pass the other."""
    core, (_, packed) = report_of(mirrored(two_users())), searched(mirrored(two_users()))
    assert (core.states, core.edges, core.stood_for) == (packed.states, packed.edges, packed.stood_for)
    assert words(core) == words(packed)


def test_the_oracle_is_not_reduced() -> None:
    """It finds one by one what is stood for."""
    literal, (_, half) = report_naively(mirrored(two_users())), searched(mirrored(two_users()))
    assert (literal.states, [one.verdict for one in literal.verdicts]) == (half.stood_for, verdicts(half))


def verdicts(report: Report) -> list[str]:
    """What became of each claim."""
    return [one.verdict for one in report.verdicts]


def test_every_trace_is_of_what_can_happen() -> None:
    """It is followed by the rules themselves, not by what stood for the states that it passes."""
    system = mirrored(admission_named("two-and-a-destroy"))
    _, report = searched(system)
    traces = [one.trace for one in report.verdicts if one.trace is not None]
    assert [replay_code(system, one.code) for one in traces] == traces
    assert len(traces) > 8


def test_what_is_searched_in_a_mirror_says_so() -> None:
    """The largest two; all others are small enough to be searched one state at a time."""
    assert [one.name for one in ADMISSIONS if one.mirrored] == ["everything", "everything-for-two"]


def test_how_many_states_were_stood_for_is_told() -> None:
    """In JSON and to people; where there is no mirror nothing is said of it."""
    plain, (_, half) = report_of(AdmissionSystem(two_users())), searched(mirrored(two_users()))
    found = Exploration(evolve(two_users(), mirrored=True), half, 1.0)
    assert findings_json(found)["stood_for"] == half.stood_for
    assert "stood_for" not in findings_json(Exploration(two_users(), plain, 1.0))
    assert states_found(half) == f"{half.states:,} states for {half.stood_for:,}"
    assert states_found(plain) == f"{plain.states:,} states"
