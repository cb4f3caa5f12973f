"""What the suite says when a claim breaks: enough to understand it without another command."""

from __future__ import annotations

from kiloclaw_adapters.explorer import configuration_called, failure_text, run_exploration
from kiloclaw_adapters.mutants import mutants_called, mutated

from .telling import told

(HURRIED,) = mutants_called(["hurried-destroy"])


def test_every_claim_that_broke_is_named_with_where_and_the_shortest_way_is_shown() -> None:
    """Which race, which claim, in lanes, and the command that follows it again."""
    with mutated(HURRIED):
        found = run_exploration(configuration_called("one-each"))
        shortest = min(found.failures, key=lambda one: len(one.trace.steps) if one.trace else 0)
        text, way = told([found]), failure_text(found.configuration, shortest)

    lines = text.splitlines()
    assert lines[0] == "these claims do not hold"
    assert lines[1 : len(found.failures) + 1] == [f"{one.claim}: not in one-each" for one in found.failures]
    assert text.endswith(f"\nthe shortest way there:\n{way}")


def test_where_everything_holds_nothing_is_said() -> None:
    """There is nothing to read."""
    assert told([run_exploration(configuration_called("call-down"))]) == ""
