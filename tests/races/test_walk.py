"""Random walks through the configurations that CI does not search whole: the explorer's model, driven by hypothesis.

The draws of a failing walk are its replay code. Exploration proves; a walk goes where it takes too long, deep and far.
"""

from __future__ import annotations

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from kiloclaw_core.explore import Kind, ProductModel
from kiloclaw_core.world.configurations import CONFIGURATIONS
from kiloclaw_core.world.setting import Configuration, Suite
from kiloclaw_core.world.system import System

LENGTH = 60
"""No shortest way to anything in these configurations is longer."""
LARGE = [one for one in CONFIGURATIONS if one.suite is not Suite.CI]


@pytest.mark.parametrize("configuration", LARGE, ids=lambda one: one.name)
@given(draws=st.data())
def test_every_claim_holds_all_along_a_walk(configuration: Configuration, draws: st.DataObject) -> None:
    """What holds in every reachable state holds on the way to any of them."""
    system = System(configuration)
    model, always = ProductModel(system), [claim for claim in system.claims if claim.kind is Kind.ALWAYS]
    state = model.initial()
    for _ in range(LENGTH):
        choices = model.actions(state)
        choice = draws.draw(st.integers(0, len(choices) - 1)) if choices else None
        if choice is None:
            break
        note(f"{choice:2}/{len(choices)}  {choices[choice]}")
        state = model.next(state, choices[choice])
        scene = system.scene(state)
        assert [claim.name for claim in always if not claim.holds(scene)] == []
