"""The small configurations, searched whole: their pinned size, every claim, every witness.

When a count moves, the system moved: put the new number in, and say in CHANGELOG.md or in the change itself why it did.
`kiloclaw explore NAME` prints the numbers.
"""

from __future__ import annotations

import pytest

from kiloclaw_adapters.explorer import configuration_called, run_exploration

COUNTS = {
    "one-each": (0, 0),
    "resurrected": (0, 0),
    "shared-app": (0, 0),
    "stranger": (0, 0),
}
"""States and edges of each configuration that is searched in a few seconds."""


@pytest.mark.parametrize("name", COUNTS)
def test_a_small_configuration_is_as_large_as_it_was_and_breaks_no_claim(name: str) -> None:
    """A state more or less is a behaviour more or less, and somebody should say which."""
    found = run_exploration(configuration_called(name))

    assert (found.report.complete, found.failures) == (True, ())
    assert (found.report.states, found.report.edges) == COUNTS[name]
