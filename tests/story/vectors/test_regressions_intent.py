"""Vectors of reconcile 9 that replay how upstream loses what somebody asked for: 85 to 87 and 91 to 94.

Each tells the schedule of reconcile 8.3 as far as it can exist here, and asserts that its bad end does not come about.
"""

from __future__ import annotations

import pytest
from returns.result import Failure

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.commands import Refusal, Restore
from kiloclaw_core.effects import (
    AwaitState,
    CreateMachine,
    CreateVolume,
    DeleteVolume,
    Effect,
    EnsureApp,
    GetMachine,
    GetVolume,
    ProbeHealth,
)
from kiloclaw_core.facts import Replied
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import CommandId, SnapshotId
from kiloclaw_core.outcomes import Rejected, StateElsewhere, Unknown, Why
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.verbs import our_machine
from kiloclaw_core.world.landing import land
from tests.story.machines import becomes
from tests.story.scenario import AT, Scenario, destroy, start, stop

from .situations import (
    BROKEN,
    NOT_FOUND,
    armed,
    begun,
    down,
    kinds,
    lines,
    noted,
    on_its_way,
    provisioned,
    quits,
    recovering,
    restart,
    roles,
    runs_on_the_data,
    settled,
    snapshot,
    status,
    there,
    told_until_rest,
    until,
    up,
)

BOUND = Rejected(Why.VOLUME_BOUND, None, 412, "volume is bound")


def stopping() -> Scenario:
    """A running instance whose machine has been asked to stop, and is waited for."""
    scenario = up()
    scenario.ask(stop())
    scenario.wake()
    return until(scenario, AwaitState)


def restoring() -> Scenario:
    """A running instance that goes back to a snapshot: its machine is being stopped."""
    scenario = snapshot(up())
    scenario.ask(Restore(CommandId("restore"), SnapshotId("s-1"), "ann", "the user asked", at=AT))
    scenario.wake()
    return scenario


def test_85_a_stop_that_times_out_is_not_undone() -> None:
    """RW11: upstream fails the call, stays `running`, and takes the stop that comes later for an accident."""
    scenario = stopping()
    held = roles(scenario)
    for effect in on_its_way(scenario):
        if isinstance(effect, AwaitState):
            scenario.answer(StateElsewhere(MachineState.STOPPING))
        else:
            scenario.land()
    assert (noted(scenario), scenario.instance.desired.value) == ((("stop", "wait_timeout"),), "stopped")

    quits(scenario)
    scenario.ring(AlarmName.RETRY)
    settled(scenario)

    assert (status(scenario), noted(scenario), roles(scenario)) == ("stopped", (), held)
    assert scenario.instance.recoveries == ()


def test_86_a_stop_does_not_end_a_destroy() -> None:
    """RW12: it waited while the destroy deleted the machine; its 404 comes when a delete of the volume has failed."""
    scenario = stopping()
    (wait,) = scenario.sent
    scenario.ask(destroy())
    scenario.wake()
    until(scenario, DeleteVolume)
    scenario.answer(BOUND)

    scenario.tell(Replied(wait.op, NOT_FOUND, AT))

    assert status(scenario) == "destroying"
    settled(scenario)
    scenario.ring(AlarmName.ERRAND_RETRY)
    settled(scenario)
    assert (status(scenario), there(scenario)) == (None, set())


@pytest.mark.parametrize("look", [GetMachine, GetVolume], ids=["our machine", "our volume"])
def test_87_a_look_that_finds_nothing_does_not_end_a_destroy(look: type[Effect]) -> None:
    """RW21: it was under way as the destroy began, and shows what the destroy has done."""
    scenario = until(begun(down(), "again"), look)
    (asked,) = scenario.sent
    scenario.ask(destroy())
    scenario.wake()
    scenario.sent = tuple(one for one in scenario.sent if one is not asked)
    until(scenario, DeleteVolume)

    scenario.tell(Replied(asked.op, NOT_FOUND, AT))

    assert (status(scenario), {CreateVolume, CreateMachine} & set(kinds(scenario.sent))) == ("destroying", set())
    settled(scenario)
    assert (status(scenario), there(scenario)) == (None, set())


def test_91_a_start_after_one_that_failed_is_begun_at_once() -> None:
    """RW18: nothing that was looked up lately keeps a user waiting for half an hour."""
    scenario = until(begun(provisioned()), CreateMachine)
    scenario.answer(BROKEN)
    assert status(scenario) == "provisioned"

    scenario.ask(start("again"))

    assert kinds(scenario.wake().effects) == [EnsureApp]
    assert runs_on_the_data(settled(scenario))


@pytest.mark.parametrize("failing", [GetVolume, CreateVolume, CreateMachine, AwaitState, ProbeHealth])
def test_92_a_recovery_leaves_an_alarm_wherever_it_fails(failing: type[Effect]) -> None:
    """RW20: upstream falls asleep for ever when completing fails."""
    scenario = recovering(up())
    for effect in on_its_way(scenario):
        assert alarms_of(scenario.record) != ()
        if isinstance(effect, failing):
            scenario.answer(Unknown("503"))
        else:
            scenario.land()

    assert (status(scenario), [failing for failing, _ in noted(scenario)]) == ("stopped", ["recovery"])
    assert AlarmName.RETRY in armed(scenario)


def test_93_a_restore_is_not_overtaken_by_a_start() -> None:
    """RW22: it is refused, with the reason, and the restore ends on the restored volume."""
    scenario = restoring()
    assert decide(scenario.record, start("over it")) == Failure(Refusal.RESTORING)
    assert status(scenario) == "restoring"

    told = told_until_rest(scenario)

    assert ("instance.restore_completed" in told, runs_on_the_data(scenario)) == (True, True)


@pytest.mark.parametrize("woken", [True, False], ids=["after a worker looked", "before a worker looked"])
def test_94_a_look_that_was_under_way_does_not_end_a_restart(woken: bool) -> None:  # noqa: FBT001
    """RW23: it shows the machine up, with the config it had; the restart has not begun to change that."""
    scenario = up()
    scenario.ring(AlarmName.STOCKTAKE)
    (look,) = scenario.sent
    scenario.ask(restart(image="image-2"))
    if woken:
        scenario.wake()
        scenario.sent = tuple(one for one in scenario.sent if one is not look)
    else:
        scenario.sent = ()
    seen = our_machine(scenario.instance)
    before = scenario.instance.story

    scenario.tell(Replied(look.op, land(scenario.outside, look)[1], AT))

    assert (status(scenario), scenario.instance.story) == ("restarting", before)
    settled(scenario)
    assert runs_on_the_data(scenario)
    assert (our_machine(scenario.instance).revision, seen.revision) == (2, 1)


def test_94_a_look_does_not_end_a_start_either() -> None:
    """RW23: `failed`, seen before the start began, is no failure of that start."""
    scenario = becomes(down(), MachineState.FAILED)
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.ask(start("again"))

    assert lines(scenario.land()) == []

    assert status(scenario) == "starting"
    assert runs_on_the_data(settled(scenario))
