"""Everything that can happen to one owner's app, within larger budgets, and every claim about it.

A changed count is not a failure of the system but a change of it: look at what changed, and say why in the changelog.
"""

from __future__ import annotations

import pytest

from kiloclaw_core.explore import Kind, report_of
from kiloclaw_core.world.app_moves import AppBudget
from kiloclaw_core.world.app_system import AppSystem

WORD = {Kind.ALWAYS: "held", Kind.SOMETIMES: "witnessed", Kind.LEADS_HOME: "held"}


@pytest.mark.parametrize(
    ("budget", "states", "edges", "bound"),
    [
        pytest.param(AppBudget(crashes=1, early=1), 42_245, 113_384, 27, id="a crash and an early alarm"),
        pytest.param(AppBudget(ensures=2, doubts=2, lags=2, crashes=1), 86_888, 242_663, 27, id="two of each"),
        pytest.param(AppBudget(ensures=2, refusals=1, crashes=1), 101_935, 277_923, 27, id="a refusal and a crash"),
    ],
)
def test_every_claim_holds_in_every_state(budget: AppBudget, states: int, edges: int, bound: int) -> None:
    """Every *always* holds, every *sometimes* is witnessed, and from everywhere calm leads to rest within the bound."""
    report = report_of(AppSystem(budget))
    assert (report.states, report.edges, report.complete) == (states, edges, True)
    assert [(one.claim, one.verdict) for one in report.verdicts] == [
        (one.claim, WORD[one.kind]) for one in report.verdicts
    ]
    assert [one.bound for one in report.verdicts if one.kind is Kind.LEADS_HOME] == [bound]
