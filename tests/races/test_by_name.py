"""The same walks by rules that have names: what a failing one prints is a story that can be read and told again."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from kiloclaw_adapters.testing.races import by_name
from kiloclaw_adapters.testing.races.named import FEW
from kiloclaw_core.world.configurations import configuration_named

LENGTH = 60
"""As long as the walks that draw numbers."""
TOLD = ("start-destroy-deep", "loops", "overstayed", "dead-host-recovered", "migrated-and-restored")
"""Together they let happen whatever may happen."""


@pytest.mark.parametrize("name", TOLD)
def test_every_claim_holds_whatever_happens_by_name_and_calm_leads_home(name: str) -> None:
    """A fifth as often as the walks, each as long."""
    often = max(1, settings().max_examples // 5)
    hard = settings(max_examples=often, stateful_step_count=LENGTH, suppress_health_check=FEW)
    run_state_machine_as_test(by_name(configuration_named(name)), settings=hard)
