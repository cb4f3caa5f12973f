"""The memoised search of the real system agrees with the naive one, which remembers nothing."""

from __future__ import annotations

import pytest

from kiloclaw_core.explore import report_naively, report_of
from kiloclaw_core.world.setting import Budget, Configuration
from kiloclaw_core.world.system import System

BUDGETS = (Budget(starts=1, destroys=1), Budget(destroys=1, crashes=1))


@pytest.mark.parametrize("budget", BUDGETS, ids=["start and destroy", "destroy and crash"])
def test_the_memoised_search_finds_what_the_naive_one_finds(budget: Budget) -> None:
    """A rule that reads more than it declares would make the fast search wrong, and quietly so."""
    system = System(Configuration("small", "A small system.", budget))
    fast, literal = report_of(system), report_naively(system)

    assert (fast.states, fast.edges, fast.depth, fast.cells) == (
        literal.states,
        literal.edges,
        literal.depth,
        literal.cells,
    )
    assert [(one.claim, one.verdict, one.bound) for one in fast.verdicts] == [
        (one.claim, one.verdict, one.bound) for one in literal.verdicts
    ]
