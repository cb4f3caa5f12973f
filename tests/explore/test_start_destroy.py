"""`start-destroy`, the configuration that CI searches whole, and the page of transitions that is made from it.

It takes minutes, so it is marked `slow` and runs in the nox session `explore`: `pytest tests/explore -m slow`.
When a count moves, put the new number in and say why it moved; when the page is stale, make it anew with
`kiloclaw table start-destroy > docs/reference/transitions.md`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kiloclaw_adapters.explorer import Exploration, configuration_called, run_exploration, transitions_page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "transitions.md"
STATES, EDGES = 712_058, 3_646_126

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def found() -> Exploration:
    """The configuration, searched whole, once."""
    return run_exploration(configuration_called("start-destroy"))


def test_start_destroy_has_as_many_states_as_it_had(found: Exploration) -> None:
    """A state more or less is a behaviour more or less, and somebody should say which."""
    report = found.report

    assert (report.complete, report.states, report.edges) == (True, STATES, EDGES)


def test_every_claim_of_start_destroy_holds_and_every_witness_is_seen(found: Exploration) -> None:
    """This is what the project promises."""
    assert found.failures == ()


def test_the_page_of_transitions_is_fresh(found: Exploration) -> None:
    """A reference that tells of yesterday's core misleads whoever trusts it."""
    assert PAGE.read_text(encoding="utf-8") == transitions_page(found)
