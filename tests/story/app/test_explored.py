"""Everything that can happen to one owner's app with one fault of each kind, and every claim about it.

Larger budgets are searched in tests/explore/test_app.py. A changed count is not a failure of the system but a change of
it: look at what changed, and say why in the changelog.
"""

from __future__ import annotations

import pytest

from kiloclaw_core.explore import Kind, report_naively, report_of
from kiloclaw_core.world.app_moves import AppBudget
from kiloclaw_core.world.app_system import AppSystem

WORD = {Kind.ALWAYS: "held", Kind.SOMETIMES: "witnessed", Kind.LEADS_HOME: "held"}


def test_every_claim_holds_in_every_state() -> None:
    """Every *always* holds, every *sometimes* is witnessed, and from everywhere calm leads to rest within the bound."""
    report = report_of(AppSystem(AppBudget()))
    assert (report.states, report.edges, report.complete) == (1_532, 2_347, True)
    assert [(one.claim, one.verdict) for one in report.verdicts] == [
        (one.claim, WORD[one.kind]) for one in report.verdicts
    ]
    assert [one.bound for one in report.verdicts if one.kind is Kind.LEADS_HOME] == [24]


@pytest.mark.parametrize(
    "budget",
    [AppBudget(lags=0, fates=0, doubts=2), AppBudget(lags=0, fates=0, doubts=0, refusals=1, crashes=1, early=1)],
    ids=["two lost answers", "a refusal, a crash and an early alarm"],
)
def test_the_oracle_finds_the_same(budget: AppBudget) -> None:
    """The memoised search is held to the literal one."""
    system = AppSystem(budget)
    swift, literal = report_of(system), report_naively(system)
    assert (swift.states, swift.edges, swift.depth, swift.cells) == (
        literal.states,
        literal.edges,
        literal.depth,
        literal.cells,
    )
    assert [one.verdict for one in swift.verdicts] == [one.verdict for one in literal.verdicts]
