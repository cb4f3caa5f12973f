"""What a service without mistakes does raises no alarm: walks through the explored model, judged as traces."""

from __future__ import annotations

from typing import Final

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from kiloclaw_adapters.testing import overridden
from kiloclaw_core import moves
from kiloclaw_core.instance import Instance
from kiloclaw_core.rules import check
from kiloclaw_core.world.configurations import CONFIGURATIONS, configuration_named
from kiloclaw_core.world.setting import SMALL, Budget, Configuration

from .walking import by_chance, walked

LENGTH: Final = 60
AT_NIGHT: Final = 10_000
"""So many walks where hypothesis tries for long."""
EXAMPLES: Final = AT_NIGHT if settings().max_examples > 100 else 30
DYING: Final = evolve(configuration_named("loops"), budget=Budget(quits=6), policy=evolve(SMALL, recoveries_a_day=3))
"""A machine that may stop as often as it likes, under the production's number of recoveries."""


@settings(max_examples=EXAMPLES)
@given(configuration=st.sampled_from(CONFIGURATIONS), seed=st.integers(0, 2**32))
def test_a_walk_of_the_model_breaks_no_rule(configuration: Configuration, seed: int) -> None:
    """Faults, crashes and late answers included; and no rule but that of signatures goes unjudged for long."""
    lines = walked(configuration, by_chance(seed), LENGTH)
    broken = [(one.rule.name, one.line, one.message) for one in check(lines) if one.verdict == "broken"]
    assert broken == []


def dying_at_once() -> tuple[str, ...]:
    """The trace of a machine that stops whenever it has come up, and whose alarms ring when they are due."""
    return walked(DYING, lambda _: 0, LENGTH * 3, punctual=True)


def broken_in(lines: tuple[str, ...]) -> list[str]:
    """The rules that a trace breaks."""
    return [one.rule.name for one in check(lines) if one.verdict == "broken"]


def test_a_machine_that_dies_again_and_again_is_not_moved_again_and_again() -> None:
    """Three moves within an hour that no user asked for are broken: here two are made, and the third waits."""

    def never_enough(_: Instance) -> bool:
        """However often it moved, it moves once more."""
        return False

    assert broken_in(dying_at_once()) == []
    with overridden(moves, "are_spent", never_enough):
        assert broken_in(dying_at_once()) == ["bounded-retry"]
