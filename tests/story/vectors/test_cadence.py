"""Vector 76 of reconcile 9: when an instance is looked at again, in every state it can rest or be under way in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.effects import DeleteMachine
from kiloclaw_core.outcomes import Unknown
from kiloclaw_core.phases import AlarmName
from tests.story.everywhere import EVERYWHERE
from tests.story.scenario import Scenario, destroy

from .situations import armed, begun, down, provisioned, recovering, renewing, status, up


def undeletable() -> Scenario:
    """An instance that is to be gone, and whose machine was not deleted when it was asked to be."""
    scenario = up()
    scenario.ask(destroy())
    scenario.wake()
    scenario.answer(Unknown("503"), DeleteMachine)
    return scenario


@pytest.mark.parametrize(
    ("begin", "outward", "name", "patience_s"),
    [
        (up, "running", AlarmName.STOCKTAKE, 300.0),
        (down, "stopped", AlarmName.STOCKTAKE, 1800.0),
        (provisioned, "provisioned", AlarmName.STOCKTAKE, 1800.0),
        (lambda: begun(provisioned()), "starting", AlarmName.CEILING, 300.0),
        (lambda: renewing(up()), "restarting", AlarmName.SOFT_CEILING, 300.0),
        (lambda: renewing(up()), "restarting", AlarmName.CEILING, 900.0),
        (lambda: recovering(up()), "recovering", AlarmName.CEILING, 600.0),
        (undeletable, "destroying", AlarmName.ERRAND_RETRY, 60.0),
    ],
    ids=[
        "running",
        "stopped",
        "provisioned",
        "starting",
        "restarting, soft",
        "restarting, hard",
        "recovering",
        "destroying",
    ],
)
def test_76_an_instance_is_looked_at_again_in_time(
    begin: Callable[[], Scenario], outward: str, name: AlarmName, patience_s: float
) -> None:
    """At rest after five minutes or thirty; under way by the time of the story, at the latest."""
    scenario = begin()

    assert (status(scenario), armed(scenario)[name]) == (outward, patience_s)


def test_76_only_what_rests_is_spread_over_a_minute() -> None:
    """Instances that rest must not all look at once; what is under way began at a time of its own."""
    spread = {(one.name, one.jitter_s) for begin in EVERYWHERE.values() for one in alarms_of(begin().record)}

    assert {name for name, jitter_s in spread if jitter_s} == {AlarmName.STOCKTAKE}
    assert {jitter_s for name, jitter_s in spread if name is AlarmName.STOCKTAKE} == {60.0}


@pytest.mark.parametrize("begin", EVERYWHERE.values(), ids=EVERYWHERE)
def test_76_what_is_under_way_has_an_alarm_whatever_it_waits_for(begin: Callable[[], Scenario]) -> None:
    """A wait ends by its answer, and an answer that never comes by its alarm; only a tombstone sleeps."""
    scenario = begin()
    asleep = status(scenario) is None

    assert (armed(scenario) == {}) == asleep
