"""What a service without mistakes does raises no alarm: walks through the explored model, judged as traces."""

from __future__ import annotations

from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from kiloclaw_core.rules import check
from kiloclaw_core.world.configurations import CONFIGURATIONS
from kiloclaw_core.world.setting import Configuration

from .walking import by_chance, walked

LENGTH: Final = 60
AT_NIGHT: Final = 10_000
"""So many walks where hypothesis tries for long."""
EXAMPLES: Final = AT_NIGHT if settings().max_examples > 100 else 30


@settings(max_examples=EXAMPLES)
@given(configuration=st.sampled_from(CONFIGURATIONS), seed=st.integers(0, 2**32))
def test_a_walk_of_the_model_breaks_no_rule(configuration: Configuration, seed: int) -> None:
    """Faults, crashes and late answers included; and no rule but that of signatures goes unjudged for long."""
    lines = walked(configuration, by_chance(seed), LENGTH)
    broken = [(one.rule.name, one.line, one.message) for one in check(lines) if one.verdict == "broken"]
    assert broken == []
