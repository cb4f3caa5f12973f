"""Random walks through the configurations that CI does not search whole: the explorer's model, driven by hypothesis.

The draws of a failing walk are its replay code. Exploration proves; a walk goes where it takes too long, deep and far.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiloclaw_adapters.explorer import opened
from kiloclaw_adapters.explorer.walking import Walks
from kiloclaw_adapters.testing.races import assert_holds, walk_by_rules, walk_by_schedule
from kiloclaw_core.world.configurations import CONFIGURATIONS
from kiloclaw_core.world.setting import Configuration, Suite
from kiloclaw_core.world.system import System

LENGTH = 60
"""No shortest way to anything in these configurations is longer."""
LARGE = [one for one in CONFIGURATIONS if one.suite is not Suite.CI]


@pytest.mark.parametrize("configuration", LARGE, ids=lambda one: one.name)
@given(draws=st.data())
def test_every_claim_holds_all_along_a_walk(configuration: Configuration, draws: st.DataObject) -> None:
    """What holds in every reachable state holds on the way to any of them: asked of the rules themselves."""
    assert_holds(configuration, walk_by_rules(System(configuration), draws, LENGTH))


@pytest.fixture(scope="module")
def walkers() -> dict[str, Walks]:
    """Those who walk by schedule, by the names of their configurations."""
    return {one.name: opened(one).walker() for one in LARGE}


@pytest.mark.parametrize("configuration", LARGE, ids=lambda one: one.name)
@given(schedule=st.binary(min_size=2 * LENGTH, max_size=2 * LENGTH))
def test_calm_leads_home_from_wherever_a_schedule_leads(
    configuration: Configuration, walkers: dict[str, Walks], schedule: bytes
) -> None:
    """Twice as far, and then home: every claim holds on both ways."""
    assert_holds(configuration, walk_by_schedule(walkers[configuration.name], schedule))
