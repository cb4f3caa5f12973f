"""Leads home: no calm way may end or go round before it is home, and its longest is the bound."""

from __future__ import annotations

from kiloclaw_core.explore import Kind, Verdict, When, replay_code, report_of
from kiloclaw_core.explore.home import Bound, CalmGraph, DeadEnd, Round, homeward
from tests.checker.paths import Arrows, Paths, arrives
from tests.checker.toy import Bug, Race


def going_home(arrows: Arrows) -> tuple[Paths, Verdict]:
    """A walk whose only claim is that calm leads to "home", and its verdict."""
    product = Paths(arrows, (arrives("home", Kind.LEADS_HOME, "home"),))
    (verdict,) = report_of(product).verdicts
    return product, verdict


def test_the_longest_calm_way_is_the_bound() -> None:
    """Of two ways home, the longer one is promised."""
    _, verdict = going_home(
        {
            "start": ((When.CALM, "home"), (When.CALM, "detour")),
            "detour": ((When.CALM, "on"), (When.CALM, "home")),
            "on": ((When.CALM, "home"),),
        }
    )

    assert verdict == Verdict("home", Kind.LEADS_HOME, "held", bound=3)


def test_a_dead_end_is_shown_by_the_way_to_it() -> None:
    """A fault may lead where nothing calm leads on: a lost wake-up."""
    product, verdict = going_home({"start": ((When.CALM, "home"), (When.FREE, "lost")), "lost": ((When.FREE, "home"),)})

    assert verdict == Verdict("home", Kind.LEADS_HOME, "broken", replay_code(product, "1"))


def test_a_cycle_is_shown_by_the_way_into_it_and_once_round() -> None:
    """The reader sees where the round begins, and that it ends where it began."""
    product, verdict = going_home(
        {
            "start": ((When.CALM, "one"),),
            "one": ((When.CALM, "home"), (When.CALM, "two")),
            "two": ((When.FREE, "one"), (When.CALM, "one")),
        }
    )

    assert verdict == Verdict("home", Kind.LEADS_HOME, "broken", replay_code(product, "0/1/1"), round_from=1)


def test_a_round_at_home_is_no_harm() -> None:
    """Home may be lively: what happens there is not looked at, and faults may lead away from it."""
    _, verdict = going_home({"start": ((When.CALM, "home"),), "home": ((When.CALM, "home"), (When.FREE, "start"))})

    assert (verdict.verdict, verdict.bound) == ("held", 1)


def test_a_quiet_move_waits_until_nothing_calm_is_enabled() -> None:
    """The alarm cannot ring while a delivery is due, so the round through it is no calm way."""
    arrows = {
        "start": ((When.QUIET, "start"), (When.CALM, "on"), (When.FREE, "away")),
        "on": ((When.QUIET, "home"), (When.FREE, "start")),
        "away": ((When.QUIET, "home"),),
    }
    product, verdict = going_home(arrows)

    assert (verdict.verdict, verdict.bound, report_of(product).edges) == ("held", 2, 5)


def test_a_lost_wake_up_in_the_race_is_a_dead_end() -> None:
    """Nobody asks again after a loss: two steps show it."""
    verdict = report_of(Race(bug=Bug.NO_ALARM)).verdicts[-1]

    assert verdict.trace is not None
    assert verdict.trace.labels == ("left: ask", "network: lose request 0")
    assert (verdict.verdict, verdict.round_from) == ("broken", None)


def test_a_dropped_grant_makes_the_race_go_round() -> None:
    """The lock waits for a client that is gone while the other asks for ever."""
    verdict = report_of(Race(bug=Bug.STALE_GRANT_KEPT)).verdicts[-1]

    assert verdict.trace is not None
    assert verdict.round_from == 6
    assert verdict.trace.labels[6:] == ("lock: refuse 2 of right", "left: give back 0", "right: ask again")


def test_an_alarm_as_calm_as_a_delivery_makes_the_race_go_round() -> None:
    """That is what QUIET is for; even a search that was cut short can tell."""
    verdict = report_of(Race(bug=Bug.HASTY_ALARM), limit=3_000).verdicts[-1]

    assert (verdict.verdict, verdict.round_from) == ("broken", 2)


def test_states_that_were_not_followed_break_nothing() -> None:
    """In a graph of three states, of which one was followed, a round or dead end must be seen to count."""
    assert homeward(CalmGraph([0, 2], [1, 2]), [False, False, True]) == Bound(1)
    assert homeward(CalmGraph([0, 1], [0]), [False, False]) == Round((0,))
    assert homeward(CalmGraph([0, 1, 1], [1]), [False, False]) == DeadEnd(1)


def test_a_way_that_was_measured_is_not_walked_again() -> None:
    """Two ways share an end, which is measured once: 0 leads to 1 and 2, and 1 to 2."""
    assert homeward(CalmGraph([0, 2, 3, 4], [1, 2, 2, 3]), [False, False, False, True]) == Bound(3)
