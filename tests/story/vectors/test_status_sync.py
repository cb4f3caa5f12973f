"""Vectors 1 to 10 of reconcile 9: what a look at our machine makes of what is said of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import evolve

from kiloclaw_core.alarms import RESTING
from kiloclaw_core.effects import AwaitState, GetMachine
from kiloclaw_core.facts import AlarmRang, Replied
from kiloclaw_core.machine import MachineState
from kiloclaw_core.outcomes import StateElsewhere
from kiloclaw_core.phases import AlarmName, Running, Stopped
from kiloclaw_core.stories import Idle
from kiloclaw_core.verbs import our_machine
from kiloclaw_core.views import view
from kiloclaw_core.world.landing import land
from tests.story.machines import becomes
from tests.story.scenario import AT, Scenario

from .situations import (
    armed,
    begun,
    booting,
    down,
    kinds,
    lines,
    noted,
    provisioned,
    quits,
    roles,
    settled,
    status,
    there,
    told_while,
    until,
    up,
    vanishes,
)


def seen_twice(scenario: Scenario) -> list[str]:
    """What is logged when a running instance takes stock, and looks once more because the first look was bad."""
    scenario.ring(AlarmName.STOCKTAKE)
    return lines(scenario.land(), scenario.land())


def test_01_running_and_stopped_recovers_at_the_second_look() -> None:
    """One look may be a stale view or a host that restarts; two, apart, of the version that we booted, are a stop."""
    scenario = quits(up())
    scenario.ring(AlarmName.STOCKTAKE)
    first = scenario.land()
    (again,) = first.effects
    assert isinstance(again, GetMachine)
    assert (again.pause_s, status(scenario), lines(first)) == (15.0, "running", [])

    told = lines(scenario.land())

    assert told == ["unexpected_stop_recovery_trigger", "instance.unexpected_stop_recovery_started"]
    assert status(scenario) == "recovering"
    assert armed(scenario)[AlarmName.CEILING] == 600.0
    assert len(scenario.instance.recoveries) == 1


def test_02_running_and_created_is_no_stop_and_is_told() -> None:
    """A machine that was never up has not stopped: nothing is relocated, and it is not left so for ever either."""
    scenario = becomes(up(), MachineState.CREATED)
    held = roles(scenario)

    assert seen_twice(scenario) == ["sync_status"]

    assert (status(scenario), noted(scenario)) == ("stopped", (("unexpected_stop", "boot_failed"),))
    assert (roles(scenario), scenario.instance.recoveries) == (held, ())
    assert armed(scenario) == {AlarmName.RETRY: 600.0}


def test_03_recovering_with_a_replacement_that_is_only_created_waits_on() -> None:
    """It boots: nothing is launched again, and the copy stays what it was."""
    scenario = booting(up())
    held, story = roles(scenario), scenario.instance.story

    transition = scenario.answer(StateElsewhere(MachineState.CREATED))

    assert kinds(transition.effects) == [AwaitState]
    assert (status(scenario), roles(scenario), scenario.instance.story) == ("recovering", held, story)
    assert sorted(held.values()) == ["active", "active", "candidate"]


def test_04_running_and_started_again_forgets_the_bad_look() -> None:
    """There is no count that a later stop would add to: each stop is seen twice by itself."""
    scenario = quits(up())
    before = scenario.instance
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land()
    becomes(scenario, MachineState.STARTED)

    scenario.land()

    assert scenario.instance == evolve(before, ops=scenario.instance.ops)


def test_05_running_and_failed_is_stopped_at_the_second_look() -> None:
    """It is told, not recovered, and no start has failed."""
    scenario = becomes(up(), MachineState.FAILED)

    assert seen_twice(scenario) == ["sync_status"]

    assert (status(scenario), scenario.instance.phase) == ("stopped", Stopped())
    assert noted(scenario) == (("unexpected_stop", "boot_failed"),)
    assert armed(scenario) == {AlarmName.RETRY: 600.0}
    assert "active" in roles(scenario).values()


def test_06_starting_and_failed_is_tried_again_and_then_told_once() -> None:
    """A boot that fails may pass; when the tries are spent there is one event, and nothing is under way."""
    scenario = until(begun(provisioned()), AwaitState)
    told = told_while(scenario, "starting", MachineState.FAILED)
    settled(becomes(scenario, MachineState.FAILED))

    assert told == ["instance.provisioning_failed"]
    assert (status(scenario), scenario.instance.story) == ("provisioned", Idle())
    assert noted(scenario) == (("start", "boot_failed"),)
    assert our_machine(scenario.instance).machine in there(scenario)


def test_07_stopped_and_failed_changes_nothing() -> None:
    """It serves nobody, as wanted."""
    scenario = becomes(down(), MachineState.FAILED)
    before = scenario.instance
    scenario.ring(AlarmName.STOCKTAKE)

    assert lines(scenario.land()) == []

    assert scenario.instance == evolve(before, ops=scenario.instance.ops)


@pytest.mark.parametrize("begin", [up, down], ids=["running", "stopped"])
def test_08_a_destroyed_machine_is_held_as_ours_no_more(begin: Callable[[], Scenario]) -> None:
    """Seen so twice it is ours no more; its delete is repeated until it is surely gone, and its name free."""
    scenario = becomes(begin(), MachineState.DESTROYED)
    machine = our_machine(scenario.instance).machine
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land()
    scenario.land()
    assert (view(scenario.record).machine_id, roles(scenario)[machine]) == (None, "condemned")

    scenario.land_all()

    assert (status(scenario), machine in there(scenario)) == ("stopped", False)
    assert machine in scenario.instance.ledger.dead


def test_09_running_and_404_is_stopped_without_a_machine() -> None:
    """Looked for twice; the volume is untouched, and nothing is recovered."""
    scenario = vanishes(up())
    volume = scenario.instance.ledger.volume

    assert seen_twice(scenario) == ["clear_stale_machine"]
    scenario.land_all()

    assert (status(scenario), view(scenario.record).machine_id) == ("stopped", None)
    assert scenario.instance.ledger.volume == volume
    assert noted(scenario) == (("unexpected_stop", "not_found"),)
    assert scenario.instance.recoveries == ()


def test_10_running_and_started_keeps_the_moment_it_was_started() -> None:
    """A look is no start."""
    scenario = up()
    scenario.tell(AlarmRang(AlarmName.STOCKTAKE, RESTING, AT + 1))
    (look,) = scenario.sent
    scenario.tell(Replied(look.op, land(scenario.outside, look)[1], AT + 2))

    assert (scenario.instance.phase, scenario.instance.last_started_at) == (Running(), AT)
