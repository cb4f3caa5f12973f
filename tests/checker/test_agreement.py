"""The memoised explorer finds what the oracle finds, whole report by whole report."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_core.explore import Kind, Report, When, explore_naively, report_naively, report_of
from tests.checker.paths import Paths
from tests.checker.toy import Budget, Bug, Race

RACES = [
    *(Race(bug=bug) for bug in Bug if bug is not Bug.HASTY_ALARM),
    Race(budget=Budget(0, 0, 2)),
    Race(budget=Budget(1, 0, 1), bug=Bug.UNNUMBERED_RELEASE),
    Race(("one", "two", "three"), Budget(1, 0, 0)),
    Race(budget=Budget(2, 1, 0), bug=Bug.NO_ALARM, numbered=False),
]


def without_ways_home(report: Report) -> Report:
    """The report without the traces that the oracle does not draw."""
    verdicts = (
        evolve(verdict, trace=None, round_from=None) if verdict.kind is Kind.LEADS_HOME else verdict
        for verdict in report.verdicts
    )
    return evolve(report, verdicts=tuple(verdicts))


@pytest.mark.parametrize("race", RACES, ids=lambda race: f"{race.bug.name}-{race.budget}-{len(race.clients)}")
def test_both_explorers_give_the_same_report(race: Race) -> None:
    """States, edges, depth, verdicts, shortest traces and cells: memory changes nothing."""
    report = report_of(race, audit_every=5)

    assert report.complete
    assert report_naively(race) == without_ways_home(report)


@pytest.mark.parametrize("limit", [1, 50, 2_000])
def test_both_explorers_stop_at_the_same_limit(limit: int) -> None:
    """A search that was cut short says so, and says no more than it saw."""
    race = Race(bug=Bug.HASTY_ALARM)
    report = report_of(race, limit=limit)

    assert not report.complete
    assert report_naively(race, limit=limit) == without_ways_home(report)


def test_the_naive_explorer_walks_any_model() -> None:
    """It needs no product: here the model counts down and up again."""

    class Hours:
        def initial(self) -> int:
            return 0

        def actions(self, _state: int, /) -> tuple[str, ...]:
            return ("on", "back")

        def next(self, state: int, action: str, /) -> int:
            return (state + (1 if action == "on" else -1)) % 12

    explored = explore_naively(Hours())

    assert (len(explored.states), max(explored.depths)) == (12, 6)
    assert explored.path(explored.states.index(2)) == ((0, 0), (1, 0))
    assert explored.arrows[0] == (("on", 1), ("back", 2))


def test_a_limit_that_the_model_just_keeps_is_complete() -> None:
    """A limit is only met by one state too many."""
    product = Paths({"start": ((When.CALM, "end"),)})

    assert report_of(product, limit=2).complete
    assert not report_of(product, limit=1).complete
