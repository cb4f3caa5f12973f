"""The small configurations, searched whole: their pinned size, and every claim.

When a count moves, the system moved: put in the new number, which `kiloclaw explore NAME` prints, and say why it moved:
in CHANGELOG.md, or in the change itself where no user will notice.
"""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_adapters.explorer import Exploration, configuration_called, run_exploration
from kiloclaw_core.world.configurations import CONFIGURATIONS

COUNTS: Final = {
    "one-each": (498, 1_490),
    "one-trouble": (30_836, 132_883),
    "resurrected": (2_174, 7_030),
    "shared-app": (5_417, 16_453),
    "stranger": (8_055, 28_047),
}
"""States and edges of each configuration that is searched in a few seconds."""


@pytest.fixture(scope="module", params=COUNTS)
def found(request: pytest.FixtureRequest) -> Exploration:
    """One configuration, searched whole."""
    return run_exploration(configuration_called(request.param))


def test_a_configuration_has_as_many_states_as_it_had(found: Exploration) -> None:
    """A state more or less is a behaviour more or less, and somebody should say which."""
    report = found.report

    assert (report.complete, report.states, report.edges) == (True, *COUNTS[found.configuration.name])


def test_every_claim_holds_in_every_state(found: Exploration) -> None:
    """What is claimed of the design is searched here, not argued."""
    assert found.failures == ()


def test_every_witness_is_seen_somewhere_in_the_small_configurations() -> None:
    """An *always* is worth little if what it speaks of never happens."""
    reports = [run_exploration(configuration_called(name)).report for name in ("one-each", "shared-app")]
    seen = {one.claim for report in reports for one in report.verdicts if one.verdict == "witnessed"}

    assert {one.claim for one in reports[0].verdicts if one.kind.value == "sometimes"} - seen == set()


def test_every_pinned_configuration_is_one_that_there_is() -> None:
    """A count of a configuration that was renamed would guard nothing."""
    assert set(COUNTS) <= {one.name for one in CONFIGURATIONS}
