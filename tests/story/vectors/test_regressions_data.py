"""Vectors of reconcile 9 that replay how upstream loses data: 77 to 84.

Each tells the schedule of reconcile 8.3 as far as it can exist here, and asserts that its bad end does not come about.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import evolve
from returns.result import Failure

from kiloclaw_core.commands import Refusal, Tenancy
from kiloclaw_core.effects import CopyOf, CreateMachine, CreateVolume, Effect, StartMachine, UpdateMachine
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Transition
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import MachineState, Named
from kiloclaw_core.names import OpId, SandboxId, UserId, VolumeId, legacy_volume_name
from kiloclaw_core.outcomes import Healthy, MachineShown, StateReached
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.verbs import our_machine, our_volume
from kiloclaw_core.views import debug_view, view
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world import sights
from kiloclaw_core.world.configurations import FORGOTTEN, OLD_MACHINE, OLD_VOLUME
from kiloclaw_core.world.fly import TrueVolume
from kiloclaw_core.world.landing import Outside
from tests.story.scenario import AT, SANDBOX, WHO, Scenario, destroy, start, stop

from .situations import (
    AMS,
    FULL_HOST,
    MISSING,
    WIDE,
    armed,
    begun,
    booting,
    copying,
    data_is_kept,
    down,
    made_whole,
    noted,
    on_its_way,
    proving,
    provisioned,
    quits,
    recovering,
    replacing,
    roles,
    runs_on_the_data,
    settled,
    status,
    there,
    told_while,
    until,
    up,
)
from .unknowns import with_machine, with_volume

LONG_AGO = OpId(1)
"""The op of a request that was answered before anything here began."""


def test_77_a_replacement_that_crashes_in_a_loop_costs_no_volume() -> None:
    """RW1: its health was still being waited for as it was seen down; upstream then deletes both volumes."""
    scenario = proving(up())
    (probe,) = scenario.sent
    old = our_volume(scenario.instance).volume
    told_while(scenario, "recovering", MachineState.STOPPED)
    settled(scenario)
    failed = scenario.instance

    assert scenario.tell(Replied(probe.op, Healthy(), AT)) == Transition(failed)

    assert (status(scenario), roles(scenario)[old], data_is_kept(scenario)) == ("stopped", "active", True)
    made_whole(scenario).ring(AlarmName.RETENTION)
    settled(scenario)
    assert (old in there(scenario), data_is_kept(scenario)) == (True, True)


def test_78_a_start_cannot_finish_over_a_recovery() -> None:
    """RW2a: a start meant for the machine that stopped may not end a recovery, nor begin during one."""
    scenario = recovering(up())
    old = our_volume(scenario.instance).volume
    assert decide(scenario.record, start("over it")) == Failure(Refusal.RECOVERING)

    settled(scenario)

    assert (runs_on_the_data(scenario), roles(scenario)[old]) == (True, "retained")
    assert "candidate" not in roles(scenario).values()


def test_78_no_recovery_begins_over_a_start() -> None:
    """RW2a: while a start is changing the machine, that it is down is no news and nobody's alarm asks."""
    scenario = until(begun(down(), "again"), StartMachine)

    assert AlarmName.STOCKTAKE not in armed(scenario)
    settled(scenario)

    assert (runs_on_the_data(scenario), scenario.instance.recoveries) == (True, ())


def test_79_no_recovery_begins_over_a_stop() -> None:
    """RW2b: the machine is seen stopped while the stop still waits for it: that is what was asked for."""
    scenario = up()
    held = roles(scenario)
    scenario.ask(stop())
    scenario.wake()
    scenario.land()
    quits(scenario)
    assert AlarmName.STOCKTAKE not in armed(scenario)

    settled(scenario)
    scenario.ring(AlarmName.STOCKTAKE)
    settled(scenario)

    assert (status(scenario), roles(scenario), scenario.instance.recoveries) == ("stopped", held, ())
    assert data_is_kept(scenario)


def test_79_a_stop_cannot_finish_over_a_recovery() -> None:
    """RW2b: it is refused, with the reason, and the recovery ends as it would have."""
    scenario = recovering(up())
    assert decide(scenario.record, stop("over it")) == Failure(Refusal.RECOVERING)

    assert runs_on_the_data(settled(scenario))


def test_80_a_wait_that_is_answered_late_writes_nothing() -> None:
    """RW3: another had completed the recovery by then; upstream writes the old volume back over the new one."""
    scenario = booting(up())
    (wait,) = scenario.sent
    scenario.arrive()
    scenario.take_over()
    settled(scenario)
    committed = scenario.instance

    assert scenario.tell(Replied(wait.op, StateReached(), AT)) == Transition(committed)

    assert runs_on_the_data(scenario)


@pytest.mark.parametrize("stage", [recovering, copying, replacing, booting, proving], ids=lambda one: one.__name__)
def test_81_a_poll_in_the_middle_of_a_recovery_changes_nothing(stage: Callable[[Scenario], Scenario]) -> None:
    """RW4: neither a view that is taken, nor an old look that is answered `stopped` only now."""
    scenario = up()
    halted = evolve(scenario.outside.fly.machines[0], state=MachineState.STOPPED)
    under_way = stage(scenario).instance
    assert view(scenario.record).status == debug_view(scenario.record).view.status == "recovering"

    late = scenario.tell(Replied(LONG_AGO, MachineShown(sights.machine_seen(halted, SANDBOX)), AT))

    assert late == Transition(under_way)
    assert runs_on_the_data(settled(scenario))


FORGOTTEN_VOLUME = evolve(FORGOTTEN, fly=evolve(FORGOTTEN.fly, machines=()))
"""A volume with data that no record remembers; its machine is gone."""


@pytest.mark.parametrize(
    ("outside", "refused"),
    [(FORGOTTEN, UpdateMachine), (FORGOTTEN_VOLUME, CreateMachine)],
    ids=["with its machine", "without a machine"],
)
def test_82_a_record_that_was_wiped_does_not_take_an_old_volume_for_an_unused_one(
    outside: Outside, refused: type[Effect]
) -> None:
    """RW7: provisioned anew over what it had, it meets a host without room: it moves with a copy, and keeps the old."""
    scenario = until(begun(provisioned(WIDE, outside)), refused)
    assert our_volume(scenario.instance).volume == OLD_VOLUME.volume

    scenario.answer(FULL_HOST)
    until(scenario, CreateVolume)

    (copy,) = scenario.sent
    assert isinstance(copy, CreateVolume)
    assert copy.content == CopyOf(OLD_VOLUME.volume)
    settled(scenario)
    assert (runs_on_the_data(scenario), roles(scenario)[OLD_VOLUME.volume]) == (True, "retained")


def test_83_fly_saying_that_a_volume_is_missing_is_not_believed_without_a_look() -> None:
    """RW8: the create is refused so each time, each look shows the volume; no empty one takes its place."""
    scenario = vanished_machine()
    asked: list[type[Effect]] = []
    for effect in on_its_way(scenario):
        asked.append(type(effect))
        if isinstance(effect, CreateMachine):
            scenario.answer(MISSING)
        else:
            scenario.land()

    assert (CreateVolume in asked, asked.count(CreateMachine)) == (False, 4)
    assert (status(scenario), list(roles(scenario).values())) == ("stopped", ["active"])
    assert ("start", "missing_volume") in noted(scenario)
    assert data_is_kept(scenario)


def vanished_machine() -> Scenario:
    """An instance with data whose machine is gone, at the create of the next."""
    scenario = begun(down(), "again")
    scenario.outside = evolve(
        scenario.outside, fly=truth.delete_machine(scenario.outside.fly, our_machine(scenario.instance).machine)
    )
    return until(scenario, CreateMachine)


def test_84_a_neighbour_whose_volume_bears_our_name_loses_nothing() -> None:
    """RW9: in a shared app a cut name is two users' name; neither the volume nor the machine that has it is ours."""
    name = legacy_volume_name(SANDBOX)
    alone = TrueVolume(VolumeId("v-alone"), 1, None, WHO.app, AMS, name, Named.LEGACY)
    mounted = evolve(alone, volume=VolumeId("v-mounted"))
    neighbour = evolve(OLD_MACHINE, sandbox=SandboxId("ki_2"), user=UserId("eve"), volume=mounted.volume, name="")
    scenario = provisioned(identity=evolve(WHO, tenancy=Tenancy.SHARED))
    for volume in (alone, mounted):
        with_volume(scenario, volume)
    settled(begun(with_machine(scenario, neighbour)))

    scenario.ask(destroy())
    scenario.wake()
    settled(scenario)
    for _ in scenario.instance.policy.grave_cadences_s:
        scenario.ring(AlarmName.GRAVE)
        settled(scenario)
    assert armed(scenario) == {}

    assert (status(scenario), there(scenario)) == (None, {alone.volume, mounted.volume, neighbour.machine})
