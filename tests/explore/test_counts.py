"""Some small configurations, searched whole: their pinned size, and every claim.

They are of the suite `ci`, which the nox session `explore` searches whole; these few answer within seconds. When a
count moves, the system moved: make the table anew as `pins.toml` says, and say why it moved: in CHANGELOG.md, or in the
change itself where no user will notice.
"""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_adapters.explorer import Exploration, World, configuration_called, run_exploration, suite_called

from .pins import SHIPPED, SUITE, pin_of, pinned, shipped_of, table_of

QUICK: Final = ("one-each", "resurrected", "provision-and-poll", "start-and-poll", "start-and-stop")
"""What is searched in a few seconds."""


@pytest.fixture(scope="module", params=QUICK)
def found(request: pytest.FixtureRequest) -> Exploration:
    """One configuration, searched whole."""
    return run_exploration(configuration_called(request.param))


def test_a_configuration_is_as_large_as_it_was(found: Exploration) -> None:
    """A state more or less is a behaviour more or less, and somebody should say which."""
    assert found.report.complete
    assert pin_of(found) == pinned()[found.configuration.name]


def test_every_claim_holds_in_every_state(found: Exploration) -> None:
    """What is claimed of the design is searched here, not argued."""
    assert found.failures == ()


def test_every_configuration_of_ci_is_pinned_and_no_other() -> None:
    """A count of a configuration that was renamed would guard nothing."""
    assert list(pinned()) == [one.name for one in suite_called(SUITE, World.INSTANCE)]


def test_what_is_shipped_of_the_table_is_what_it_says() -> None:
    """A search whose end is foretold by a table of long ago is foretold wrongly."""
    assert SHIPPED.read_text(encoding="utf-8") == shipped_of(pinned())


def test_the_table_that_is_written_is_the_one_that_is_read(found: Exploration) -> None:
    """A table that is made anew by hand is made wrongly one day."""
    *comments, row = table_of((found,)).splitlines()
    pin = pin_of(found)

    assert all(line.startswith("# ") for line in comments)
    assert row == f"{found.configuration.name} = {{ states = {pin.states}, edges = {pin.edges}, home = {pin.home} }}"
