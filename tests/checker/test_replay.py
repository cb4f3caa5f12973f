"""A trace can be followed again, by its code and by its labels, or the step that fails is named."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiloclaw_core.explore import (
    Action,
    Local,
    Move,
    ReplayError,
    When,
    passages,
    replay_code,
    replay_labels,
    report_of,
)
from tests.checker.counters import Counters
from tests.checker.toy import Bug, Race

BROKEN = Race(bug=Bug.GENEROUS_LOCK)


def test_every_trace_of_a_report_replays_both_ways() -> None:
    """Code and labels are two spellings of the same path."""
    traces = [verdict.trace for verdict in report_of(BROKEN).verdicts if verdict.trace is not None]

    assert len(traces) == 3
    assert traces == [replay_code(BROKEN, trace.code) for trace in traces]
    assert traces == [replay_labels(BROKEN, trace.labels) for trace in traces]


def test_labels_survive_a_change_in_the_order_of_choices() -> None:
    """In the correct race the same words lead on, although the choices are others."""
    labels = ("left: ask", "network: lose request 0", "left: ask again")

    assert replay_labels(Race(), labels).code == "0/2/0"
    assert replay_labels(Race(bug=Bug.HASTY_ALARM), labels).labels == labels


def test_passages_join_one_after_another() -> None:
    """Each step begins where the last one ended."""
    trace = replay_code(BROKEN, "0/0/0")
    steps = passages(BROKEN, trace)

    assert [before for before, _, _ in steps] == [trace.start, *(after for _, _, after in steps[:-1])]
    assert steps[-1][2] == trace.end


@pytest.mark.parametrize("wish", ["7", "-1", "x", "", "01"])
def test_a_choice_that_is_not_there_is_named(wish: str) -> None:
    """The message has the step, the wish and what was possible."""
    with pytest.raises(ReplayError) as refused:
        replay_code(Race(), f"0/{wish}")

    assert str(refused.value) == (
        f"step 2 asked for choice {wish!r}; possible: 0 'lock: grant 0 to left', 1 'right: ask', "
        "2 'network: lose request 0', 3 'network: crash'"
    )


def test_a_label_that_is_not_possible_is_named() -> None:
    """A saved trace that a new rule forbids should say where."""
    with pytest.raises(ReplayError, match=r"step 1 asked for 'left: finish'; possible: 0 'left: ask', 1 'right: ask'"):
        replay_labels(Race(), ["left: finish"])


def test_nothing_is_possible_after_the_end() -> None:
    """Where nothing may happen, the message says so."""
    with pytest.raises(ReplayError, match=r"step 1 asked for choice '0'; possible: nothing"):
        replay_code(Counters(()), "0")


def test_a_label_that_means_two_things_is_refused() -> None:
    """Two ends under one name: guessing would replay another trace."""

    def fork(left: int) -> Iterator[Move]:
        if left == 0:
            yield from (Move(Action("go"), When.CALM, (("left", to),)) for to in (1, 2))

    with pytest.raises(ReplayError, match=r"step 1 asked for 'go', which means 2 things; possible: 0 'go', 1 'go'"):
        replay_labels(Counters((Local(("left",), fork),)), ["go"])
