"""Everything that can happen to the child that is watched, within several budgets, and every claim about it."""

from __future__ import annotations

import pytest

from kiloclaw_core.explore import Kind, report_naively, report_of
from kiloclaw_core.world.supervisor.setting import SupervisorBudget
from kiloclaw_core.world.supervisor.system import SupervisorSystem

WORD = {Kind.ALWAYS: "held", Kind.SOMETIMES: "witnessed", Kind.LEADS_HOME: "held"}


@pytest.mark.parametrize(
    ("budget", "states", "edges", "bound"),
    [
        pytest.param(SupervisorBudget(), 1_228, 2_610, 6, id="one of each"),
        pytest.param(SupervisorBudget(refusals=1, stuck=1), 8_016, 19_021, 6, id="a refusal, and one that is stuck"),
    ],
)
def test_every_claim_holds_in_every_state(budget: SupervisorBudget, states: int, edges: int, bound: int) -> None:
    """Every *always* holds, every *sometimes* is witnessed, and from everywhere calm leads to what is wanted."""
    report = report_of(SupervisorSystem(budget))
    assert (report.states, report.edges, report.complete) == (states, edges, True)
    assert [(one.claim, one.verdict) for one in report.verdicts] == [
        (one.claim, WORD[one.kind]) for one in report.verdicts
    ]
    assert [one.bound for one in report.verdicts if one.kind is Kind.LEADS_HOME] == [bound]


def test_the_oracle_finds_the_same() -> None:
    """The memoised search is held to the literal one."""
    system = SupervisorSystem(SupervisorBudget(restarts=0, exits=0))
    swift, literal = report_of(system), report_naively(system)
    assert (swift.states, swift.edges, swift.depth) == (literal.states, literal.edges, literal.depth)
    assert [one.verdict for one in swift.verdicts] == [one.verdict for one in literal.verdicts]
