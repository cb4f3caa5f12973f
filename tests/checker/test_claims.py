"""Each kind of claim is settled by the shortest trace, or by having seen everything."""

from __future__ import annotations

import pytest

from kiloclaw_core.explore import Kind, Progress, Report, Trace, Verdict, When, explore, replay_code, report_of
from tests.checker.paths import Paths, arrives
from tests.checker.toy import Budget, Bug, Race


def verdict_of(report: Report, claim: str) -> Verdict:
    """The verdict on one claim."""
    return next(verdict for verdict in report.verdicts if verdict.claim == claim)


def labels_of(trace: Trace | None) -> tuple[str, ...]:
    """The lines of a trace that has to be there."""
    assert trace is not None
    return trace.labels


def test_the_correct_race_keeps_every_claim() -> None:
    """The toy itself is right, so that what breaks in a variant is the variant's."""
    report = report_of(Race())

    assert (report.states, report.edges, report.depth) == (430, 941, 13)
    assert [verdict.verdict for verdict in report.verdicts] == ["held", "witnessed", "witnessed", "held"]
    assert verdict_of(report, "asking ends").bound == 13


def test_a_generous_lock_is_caught_by_the_shortest_trace() -> None:
    """Six steps, and no shorter way: both ask and both are granted."""
    verdict = verdict_of(report_of(Race(bug=Bug.GENEROUS_LOCK)), "one holder")

    assert verdict.verdict == "broken"
    assert labels_of(verdict.trace) == (
        "left: ask",
        "lock: grant 0 to left",
        "left: take 0",
        "right: ask",
        "lock: grant 1 to right",
        "right: take 1",
    )


def test_an_unnumbered_release_needs_an_early_alarm_to_do_harm() -> None:
    """The harm hides behind a budget: without early alarms the variant holds."""
    calm = report_of(Race(bug=Bug.UNNUMBERED_RELEASE))
    early = report_of(Race(bug=Bug.UNNUMBERED_RELEASE, budget=Budget(0, 0, 1)))

    assert verdict_of(calm, "one holder").verdict == "held"
    assert verdict_of(early, "one holder").verdict == "broken"


def test_what_never_happens_is_not_witnessed() -> None:
    """A missing witness says that a model is vacuous."""
    product = Paths({"start": ((When.FREE, "there"),)}, (arrives("far", Kind.SOMETIMES, "far away"),))

    assert report_of(product).verdicts == (Verdict("far", Kind.SOMETIMES, "not_witnessed"),)


def test_a_claim_broken_at_the_start_has_a_trace_without_steps() -> None:
    """The initial state is judged like any other."""
    product = Paths({}, (arrives("elsewhere", Kind.ALWAYS, "elsewhere"),))
    trace = replay_code(product, "")

    assert report_of(product).verdicts == (Verdict("elsewhere", Kind.ALWAYS, "broken", trace),)
    assert (trace.steps, trace.code) == ((), "")


def test_an_early_end_decides_only_what_was_seen() -> None:
    """What was not looked at is neither held nor missing."""
    claims = (
        arrives("stays", Kind.ALWAYS, "start", "next"),
        arrives("far", Kind.SOMETIMES, "far"),
        arrives("home", Kind.LEADS_HOME, "far"),
    )
    product = Paths({"start": ((When.CALM, "next"),), "next": ((When.CALM, "far"),)}, claims)

    assert [verdict.verdict for verdict in report_of(product, limit=1).verdicts] == ["undecided"] * 3
    assert [verdict.verdict for verdict in report_of(product).verdicts] == ["broken", "witnessed", "held"]


def test_stopping_at_the_first_broken_claim_ends_the_search() -> None:
    """A mutant is caught sooner than it is explored."""
    search = explore(Race(bug=Bug.GENEROUS_LOCK), stop_at_first=True)
    with pytest.raises(StopIteration) as finished:
        next(search)
    report = finished.value.value

    assert verdict_of(report, "one holder").verdict == "broken"
    assert (report.complete, report.states < 464) == (False, True)


def test_progress_is_told_every_five_thousand_states() -> None:
    """A long search can be watched, and what it tells only grows."""
    told = list(explore(Race(("one", "two", "three"), Budget(1, 1, 0))))

    assert told
    assert all(isinstance(progress, Progress) for progress in told)
    assert [progress.states - progress.frontier for progress in told] == [5_000 * n for n in range(1, len(told) + 1)]
