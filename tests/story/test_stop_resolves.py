"""A stop that is done resolves what only a machine that should be up can have: nobody reads of it any more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import evolve

from kiloclaw_core.instance import Failing
from kiloclaw_core.machine import MachineState
from kiloclaw_core.phases import AlarmName

from .machines import becomes, replaced
from .scenario import Scenario, running, stop


def on_a_silent_host() -> Scenario:
    """A machine whose host did not answer when stock was taken, and does by now."""
    scenario = running()
    ours = scenario.outside.fly.machines[0]
    replaced(scenario, evolve(ours, reachable=False))
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land_all()
    return replaced(scenario, ours)


def found_down() -> Scenario:
    """A machine that was found failed, twice looked, though nobody had asked it to stop."""
    scenario = becomes(running(), MachineState.FAILED)
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land_all()
    return scenario


@pytest.mark.parametrize(
    ("before", "failing"),
    [(on_a_silent_host, Failing.HOST), (found_down, Failing.UNEXPECTED_STOP)],
    ids=["its host did not answer", "it was down unasked"],
)
def test_what_was_told_of_a_machine_that_should_be_up_goes_with_the_stop(
    before: Callable[[], Scenario], failing: Failing
) -> None:
    """A note that outlives its cause is a lie."""
    scenario = before()
    assert [note.failing for note in scenario.instance.notes] == [failing]

    scenario.ask(stop())
    scenario.wake()

    assert scenario.land_all().notes == ()
