"""What a restart may find: a machine on its way, down, on the old config, gone; and no room, or no volume."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import Awaited, AwaitState, GetMachine, ProbeHealth, StartMachine, UpdateMachine
from kiloclaw_core.instance import Failing, FailureNote, Transition
from kiloclaw_core.machine import MachineState, machine_config
from kiloclaw_core.names import OpId, VersionId
from kiloclaw_core.outcomes import Rejected, StateElsewhere, Unhealthy, Why
from kiloclaw_core.phases import AlarmName, Awaiting, Changing, Inspecting, Look, Probing, Running
from kiloclaw_core.stories import Attempt, Cause, Relocating, Starting

from .machines import becomes
from .moves import M7, NO_ROOM, NOT_FOUND, V3, WIDE, followed, land_unheard, restarting
from .scenario import SANDBOX, WHO

APP: Final = WHO.app
SECOND: Final = evolve(WIDE, revision=2)
"""What the machine is to run from the restart on."""
CONFIG: Final = machine_config(SECOND, V3, SANDBOX, WHO.user, None)
GET: Final = GetMachine(OpId(12), APP, SANDBOX, M7)


# -- what may be found -------------------------------------------------------------------------------------------


def test_an_update_that_landed_unheard_is_not_sent_again() -> None:
    """The machine bears the revision, so that nothing is left to do but to see it up and well."""
    scenario = land_unheard(restarting(Changing))
    scenario.take_over()
    scenario.land_all()
    scenario.ring(AlarmName.PAUSE)
    assert [type(one) for one in followed(scenario)] == [GetMachine, GetMachine, AwaitState, ProbeHealth]
    assert (scenario.instance.phase, scenario.instance.spec) == (Running(), SECOND)


@pytest.mark.parametrize(
    "state",
    [MachineState.REPLACING, MachineState.UPDATING, MachineState.STARTING, MachineState.CREATED, MachineState.OTHER],
)
def test_a_machine_on_its_way_is_waited_for(state: MachineState) -> None:
    """A poll that ends is followed by another: only the ceiling says that it takes too long (2.5)."""
    scenario = restarting(Awaiting)
    before = scenario.instance
    assert scenario.answer(StateElsewhere(state)) == Transition(
        evolve(before, phase=Awaiting(OpId(15), M7, Awaited.STARTED), ops=OpId(16)),
        (AwaitState(OpId(15), APP, M7, Awaited.STARTED, version=VersionId("i13")),),
    )


def test_a_machine_that_is_up_in_another_version_is_looked_at() -> None:
    """The wait was for the version of our update: somebody has changed it since."""
    scenario = restarting(Awaiting)
    before = scenario.instance
    assert scenario.answer(StateElsewhere(MachineState.STARTED)) == Transition(
        evolve(before, phase=Inspecting(OpId(15), M7, Look.FIRST), ops=OpId(16)), (evolve(GET, op=OpId(15)),)
    )


def test_a_machine_that_came_up_on_the_old_config_is_updated() -> None:
    """It was on its way when the restart looked, with the config of before (2.5: started, not sent)."""
    scenario = becomes(restarting(Inspecting), MachineState.STARTING)
    scenario.land()
    assert scenario.land().effects == (evolve(GET, op=OpId(14)),)
    assert scenario.land().effects == (UpdateMachine(OpId(15), APP, M7, VersionId("i7"), CONFIG, 1),)
    assert scenario.land_all().phase == Running()


@pytest.mark.parametrize("state", [MachineState.STOPPED, MachineState.FAILED, MachineState.SUSPENDED])
def test_a_machine_that_is_down_after_the_update_is_booted_once_more(state: MachineState) -> None:
    """While the restart has patience (2.5: stopped, sent, in time)."""
    scenario = restarting(Awaiting)
    scenario.answer(StateElsewhere(state))
    scenario.ring(AlarmName.PAUSE)
    assert becomes(scenario, state).land().effects == (StartMachine(OpId(17), APP, M7),)
    assert scenario.land_all().phase == Running()


def test_a_machine_that_is_stopping_is_left_to_stop() -> None:
    """Fly refuses to start it now: it is looked at again after a pause."""
    scenario = becomes(restarting(Inspecting), MachineState.STOPPING)
    scenario.land()
    scenario.ring(AlarmName.PAUSE)
    scenario.arrive()
    assert scenario.land().effects == (UpdateMachine(OpId(15), APP, M7, VersionId("i7"), CONFIG, 1),)


def test_an_unwell_machine_ends_a_restart_with_a_note() -> None:
    """It runs what was asked for; whether it is well is told apart."""
    scenario = restarting(Probing)
    scenario.answer(Unhealthy("502"))
    note = FailureNote(Failing.HEALTH, Why.WAIT_TIMEOUT, "502")
    assert (scenario.instance.phase, scenario.instance.notes) == (Running(), (note,))


def test_a_restart_for_which_there_is_no_room_becomes_a_move() -> None:
    """No nesting: the restart is a move from now on, because of a restart (decisions 1.2)."""
    scenario = restarting(Changing)
    scenario.answer(NO_ROOM)
    moving = Attempt(3, secrets=1)
    assert scenario.instance.story == Relocating(OpId(14), moving, Cause.RESTART)


def test_a_restart_whose_machine_refers_to_a_lost_volume_goes_on_as_a_start() -> None:
    """The machine is useless: it goes, and the start of the same attempt looks for the volume."""
    scenario = restarting(Changing)
    scenario.answer(Rejected(Why.MISSING_VOLUME, None, 404, "volume not found"))
    scenario.land_all()
    transition = scenario.ring(AlarmName.PAUSE)
    assert scenario.instance.story == Starting(OpId(10), Attempt(2, secrets=1))
    assert [type(one).__name__ for one in transition.effects] == ["GetVolume"]
    scenario.land_all()
    assert (scenario.instance.phase, scenario.instance.desired) == (Running(), Desired.RUNNING)


def test_a_machine_that_two_looks_miss_is_made_again_by_a_start() -> None:
    """There is none left to restart: the start of the same attempt makes one, with the new config (vector 27)."""
    scenario = restarting(Inspecting)
    scenario.answer(NOT_FOUND)
    scenario.answer(NOT_FOUND)
    assert scenario.instance.story == Starting(OpId(10), Attempt(3, secrets=1))
    scenario.land_all()
    assert (scenario.instance.phase, scenario.outside.fly.machines[0].revision) == (Running(), 2)
