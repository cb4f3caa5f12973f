"""The largest configurations of the cache: three refreshes, one approve, a stop, and one command that is wedged.

Issue 5 asks for exactly this; the smaller ones are searched beside the stories, and the nightly ones by the suite.
"""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_core.explore import Kind, report_of
from kiloclaw_core.pairing.listings import Source
from kiloclaw_core.pairing.requests import Kind as ListKind
from kiloclaw_core.world.pairing.configurations import PAIRING_CONFIGURATIONS, pairing_configuration
from kiloclaw_core.world.pairing.setting import PairingBudget
from kiloclaw_core.world.pairing.truth import MESSAGE
from kiloclaw_core.world.setting import Suite
from tests.story.pairing.test_explored import SIZES

LARGE: Final = {"wedged": (15_848, 36_642, 15), "wedged-command-line": (11_083, 23_292, 13)}
"""The states, the edges and the longest calm way home."""
WANTED: Final = PairingBudget(refreshes=(ListKind.CHANNELS,) * 3, approves=(MESSAGE,), stops=1, stucks=1)


@pytest.mark.parametrize("name", LARGE)
def test_every_claim_holds_wherever_it_is_wedged(name: str) -> None:
    """From every state of it, everybody is answered."""
    report = report_of(pairing_configuration(name).system)

    (home,) = [one for one in report.verdicts if one.kind is Kind.LEADS_HOME]
    assert (report.complete, report.states, report.edges, home.bound) == (True, *LARGE[name])
    assert [one.claim for one in report.verdicts if one.kind is not Kind.SOMETIMES and one.verdict != "held"] == []


def test_they_are_what_was_to_be_searched() -> None:
    """Two refreshes, one that is forced, one approve, a stop, one wedged command: of files and of the command line."""
    found = [pairing_configuration(name) for name in LARGE]

    assert [one.budget for one in found] == [WANTED, WANTED]
    assert [one.record.policy.source for one in found] == list(Source)


def test_every_configuration_of_ci_is_searched_here_or_beside_the_stories() -> None:
    """One that is nowhere would be believed."""
    named = [one.name for one in PAIRING_CONFIGURATIONS if one.suite is Suite.CI]

    assert sorted(named) == sorted([*SIZES, *LARGE])
