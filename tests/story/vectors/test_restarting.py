"""Vectors 20 to 27 of reconcile 9: a restart is done when the new version runs, and not before."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from returns.result import Failure

from kiloclaw_core.commands import Refusal
from kiloclaw_core.effects import AwaitState, StartMachine, UpdateMachine
from kiloclaw_core.facts import Replied
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import MachineState
from kiloclaw_core.outcomes import Healthy, StateElsewhere, Unknown
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.verbs import our_machine
from kiloclaw_core.views import view
from tests.story.everywhere import clearing
from tests.story.machines import becomes
from tests.story.scenario import AT, Scenario

from .situations import (
    BROKEN,
    armed,
    asked_until_rest,
    begun,
    down,
    kinds,
    lines,
    noted,
    provisioned,
    renewing,
    restart,
    restarted,
    roles,
    settled,
    status,
    told_while,
    until,
    up,
)


def slow() -> Scenario:
    """A restart past its soft ceiling: told, and still under way."""
    scenario = renewing(up())
    assert lines(scenario.ring(AlarmName.SOFT_CEILING)) == ["restarting_timeout_transient"]
    return scenario


def test_20_started_after_the_update_is_a_restart_that_succeeded() -> None:
    """The note of an earlier one goes; the moment it was started is this one's."""
    scenario = slow()
    assert noted(scenario) == (("restart", "wait_timeout"),)
    scenario.land()
    (probe,) = scenario.sent
    ended = scenario.tell(Replied(probe.op, Healthy(), AT + 7))

    assert lines(ended) == ["restart_self_healed"]
    assert (status(scenario), noted(scenario)) == ("running", ())
    assert scenario.instance.last_started_at == AT + 7
    assert armed(scenario) == {AlarmName.STOCKTAKE: 300.0}


def test_21_started_before_the_update_is_no_success() -> None:
    """What runs is the old config: it is updated now, and the restart goes on."""
    scenario = until(restarted(up()), UpdateMachine)
    version = our_machine(scenario.instance).version

    (update,) = scenario.sent

    assert isinstance(update, UpdateMachine)
    assert (status(scenario), update.version) == ("restarting", version)


def test_22_stopped_after_the_update_is_started_again() -> None:
    """The machine did not come up by itself: it is asked to."""
    scenario = renewing(up())
    scenario.answer(StateElsewhere(MachineState.STOPPED))
    becomes(scenario, MachineState.STOPPED).ring(AlarmName.PAUSE)

    assert kinds(scenario.land().effects) == [StartMachine]
    assert status(scenario) == "restarting"


def test_22_stopped_before_the_update_is_updated_first() -> None:
    """The old config is not started once more for a restart that asked for a new one."""
    scenario = becomes(restarted(up()), MachineState.STOPPED)

    asked = asked_until_rest(scenario)

    assert (asked.count(UpdateMachine), StartMachine in asked, status(scenario)) == (1, False, "running")


def test_22_stopped_past_the_soft_ceiling_is_left_down() -> None:
    """Nothing is started, and the note names the state it was found in; what is wanted is tried again later."""
    scenario = slow()
    scenario.answer(StateElsewhere(MachineState.STOPPED))
    becomes(scenario, MachineState.STOPPED).ring(AlarmName.PAUSE)
    assert StartMachine not in asked_until_rest(scenario)

    assert (status(scenario), noted(scenario)) == (
        "stopped",
        (("restart", "boot_failed"), ("unexpected_stop", "boot_failed")),
    )
    assert [one.message for one in view(scenario.record).errors][1] == "the machine is stopped"
    assert armed(scenario) == {AlarmName.RETRY: 600.0}


@pytest.mark.parametrize("state", [MachineState.REPLACING, MachineState.UPDATING])
def test_23_on_its_way_past_the_soft_ceiling_is_waited_for(state: MachineState) -> None:
    """Fly may take that long: people are told."""
    scenario = slow()

    assert kinds(scenario.answer(StateElsewhere(state)).effects) == [AwaitState]

    assert (status(scenario), noted(scenario)) == ("restarting", (("restart", "wait_timeout"),))


@pytest.mark.parametrize("state", [MachineState.REPLACING, MachineState.UPDATING])
def test_23_on_its_way_past_the_hard_ceiling_ends_the_restart(state: MachineState) -> None:
    """It is told; the machine is looked at, twice, and is not up; what is wanted is tried again later."""
    scenario = becomes(slow(), state)
    scenario.sent = ()

    assert lines(scenario.ring(AlarmName.CEILING)) == ["restarting_max_timeout"]

    scenario.land_all()
    assert (status(scenario), armed(scenario)) == ("stopped", {AlarmName.RETRY: 600.0})
    assert noted(scenario) == (("restart", "wait_timeout"), ("unexpected_stop", "boot_failed"))


def test_24_failed_ends_the_restart_with_its_own_note() -> None:
    """The reason that is told is the last one, which is why it ended."""
    scenario = slow()
    told = told_while(scenario, "restarting", MachineState.FAILED)
    settled(becomes(scenario, MachineState.FAILED))

    assert told == ["restarting_max_timeout"]
    assert status(scenario) == "stopped"
    assert noted(scenario) == (("restart", "boot_failed"), ("unexpected_stop", "boot_failed"))


def test_25_a_wait_that_ends_too_early_is_begun_again() -> None:
    """One poll has sixty seconds and the restart has fifteen minutes: nothing has failed."""
    scenario = renewing(up())

    assert kinds(scenario.answer(StateElsewhere(MachineState.REPLACING)).effects) == [AwaitState]

    assert (status(scenario), noted(scenario)) == ("restarting", ())


def test_26_an_update_that_may_have_been_made_is_settled_and_looked_for() -> None:
    """An error of the server is no refusal: no note yet, and no second update beside the first."""
    scenario = until(restarted(up()), UpdateMachine)
    scenario.answer(Unknown("500"))
    scenario.land()

    assert (status(scenario), noted(scenario)) == ("restarting", ())
    scenario.ring(AlarmName.PAUSE)
    assert kinds(scenario.land().effects) == [UpdateMachine]


def test_26_an_update_that_is_refused_ends_the_restart_and_the_machine_runs_on() -> None:
    """With its note; the machine is looked at, and it is up with the config it had."""
    scenario = until(restarted(up()), UpdateMachine)
    held = roles(scenario)

    assert lines(scenario.answer(BROKEN)) == ["restarting_max_timeout"]

    scenario.land_all()
    assert (status(scenario), roles(scenario), noted(scenario)) == ("running", held, (("restart", "invalid"),))


def test_27_a_stopped_instance_with_a_machine_is_restarted() -> None:
    """It is given the new config and started: a restart means that it should run."""
    scenario = restarted(down(), image="image-2")
    scenario.land_all()

    assert (status(scenario), scenario.instance.desired.value) == ("running", "running")
    assert our_machine(scenario.instance).revision == scenario.instance.spec.revision == 2


@pytest.mark.parametrize(
    ("begin", "refusal"),
    [
        (provisioned, Refusal.NO_MACHINE),
        (lambda: begun(provisioned()), Refusal.BUSY),
        (lambda: restarted(up()), Refusal.BUSY),
        (clearing, Refusal.BEING_DESTROYED),
    ],
    ids=["provisioned", "starting", "restarting", "destroying"],
)
def test_27_a_restart_is_refused_with_the_reason(begin: Callable[[], Scenario], refusal: Refusal) -> None:
    """Without a machine there is nothing to restart; what is under way is not disturbed."""
    assert decide(begin().record, restart("another")) == Failure(refusal)
