"""Vectors of reconcile 9 that replay what upstream leaves behind or makes twice: 88 to 90 and 95 to 98.

Each tells the schedule of reconcile 8.3 as far as it can exist here, and asserts that its bad end does not come about.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import evolve

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.effects import CreateMachine, CreateVolume, UpdateMachine
from kiloclaw_core.facts import AlarmRang, Replied
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import CommandId
from kiloclaw_core.outcomes import MachineMade
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.verbs import our_volume
from kiloclaw_core.world import sights
from kiloclaw_core.world.configurations import OLD_MACHINE
from kiloclaw_core.world.landing import land
from tests.story.machines import becomes, replaced
from tests.story.scenario import AT, SANDBOX, SPEC, Scenario, asked, destroy, provision, start

from .situations import (
    BROKEN,
    MISSING,
    armed,
    before,
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
    recovered,
    recovering,
    replacing,
    roles,
    runs_on_the_data,
    settled,
    snapshot,
    status,
    there,
    until,
    up,
)
from .unknowns import OTHER, with_machine, with_volume


def test_88_a_machine_that_is_made_after_the_end_is_deleted() -> None:
    """RW16: the tombstone takes the late answer, razes what it names, and is a tombstone again."""
    scenario = until(begun(provisioned()), CreateMachine)
    (create,) = scenario.sent
    scenario.ask(destroy())
    scenario.sent = ()
    scenario.ring(AlarmName.PATIENCE)  # the create is given up for lost, settled, and lands after that
    settled(scenario)
    assert status(scenario) is None
    machine = evolve(OLD_MACHINE, mark=create.op, volume=None)
    with_machine(scenario, machine)

    scenario.tell(Replied(create.op, MachineMade(sights.machine_seen(machine, SANDBOX)), AT))

    assert (status(scenario), roles(scenario)) == ("destroying", {machine.machine: "condemned"})
    settled(scenario)
    assert (status(scenario), there(scenario)) == (None, set())


def test_89_two_recoveries_in_a_week_keep_two_volumes() -> None:
    """RW13: each has an alarm of its own, and the second does not push the first out of sight."""
    scenario = snapshot(up())
    first = our_volume(scenario.instance).volume
    settled(recovered(scenario))
    second = our_volume(scenario.instance).volume
    settled(recovered(snapshot(scenario, "s-2")))

    assert (roles(scenario)[first], roles(scenario)[second]) == ("retained", "retained")
    kept = [one for one in alarms_of(scenario.record) if one.name is AlarmName.RETENTION]
    assert [one.patience_s for one in kept] == [604_800.0, 604_800.0]
    made_whole(scenario)
    for one in kept:
        scenario.tell(AlarmRang(one.name, one.of, AT))
        settled(scenario)
    assert there(scenario) == set(before(scenario.instance))


@pytest.mark.parametrize("stage", [copying, replacing, booting, proving, recovered], ids=lambda one: one.__name__)
def test_90_a_destroy_forgets_no_volume(stage: Callable[[Scenario], Scenario]) -> None:
    """RW14: the one in use, the copy, and the ones that are kept: the ledger has them all, and all of them go."""
    scenario = snapshot(up())
    settled(recovered(scenario))
    stage(snapshot(scenario, "s-2"))

    scenario.ask(destroy())
    scenario.wake()
    settled(scenario)

    assert (status(scenario), there(scenario)) == (None, set())


def test_95_a_recovery_goes_on_after_a_take_over() -> None:
    """RW5: upstream takes the old machine for a dead replacement, and never relocates."""
    scenario = recovering(up())
    old = our_volume(scenario.instance).volume

    scenario.take_over()
    settled(scenario)

    assert (runs_on_the_data(scenario), roles(scenario)[old]) == (True, "retained")


def test_95_a_machine_that_came_back_before_the_take_over_costs_nothing() -> None:
    """RW6: the move goes on; what the machine wrote meanwhile is copied, because it is gone before the copy is made."""
    scenario = becomes(recovering(up()), MachineState.STARTING)
    scenario.arrive()

    scenario.take_over()
    settled(scenario)

    assert runs_on_the_data(scenario)


def test_96_a_machine_whose_volume_is_missing_is_gone_before_the_next_is_made() -> None:
    """RW28: whatever the code of the refusal; upstream leaves the old one alive, and the create meets its name."""
    scenario = down()
    machine, volume = before(scenario.instance)
    scenario.ask(evolve(provision(spec=evolve(SPEC, image="image-2")), id=CommandId("configure")))
    until(begun(scenario, "again"), UpdateMachine)

    scenario.answer(evolve(MISSING, status=404))
    settled(scenario)

    assert runs_on_the_data(scenario)
    assert there(scenario) == set(before(scenario.instance))
    assert (our_volume(scenario.instance).volume, machine in scenario.instance.ledger.dead) == (volume, True)


def test_97_a_volume_is_never_made_twice() -> None:
    """RW37: its create is in flight as a start is asked for, an alarm rings and the process dies; it landed once."""
    scenario = asked(provision())
    scenario.wake()
    until(scenario, CreateVolume)
    (create,) = scenario.sent
    scenario.ask(start())
    scenario.wake()
    scenario.outside, _ = land(scenario.outside, create)
    scenario.ring(AlarmName.PATIENCE)
    scenario.take_over()

    settled(scenario)

    assert runs_on_the_data(scenario)
    assert there(scenario) == set(before(scenario.instance))


def mismounted() -> Scenario:
    """A running instance whose machine mounts another volume than ours, and whose repair asks for an update."""
    scenario = with_volume(up(), OTHER)
    replaced(scenario, evolve(scenario.outside.fly.machines[0], volume=OTHER.volume))
    scenario.ring(AlarmName.STOCKTAKE)
    return until(scenario, UpdateMachine)


def test_98_a_mount_repair_that_fails_is_no_unexpected_stop() -> None:
    """RW34: the update is refused; the machine is where it was, the volumes are held, and nothing is relocated."""
    scenario = mismounted()
    machine, volume = before(scenario.instance)

    scenario.answer(BROKEN)

    assert scenario.instance.recoveries == ()
    assert roles(scenario) == {machine: "active", volume: "active", OTHER.volume: "found"}
    assert noted(scenario) == (("restart", "invalid"),)


def test_98_a_mount_repair_that_is_refused_each_time_is_not_repeated_at_once() -> None:
    """RW34: it rests with its note, and the next look is the alarm's."""
    scenario = mismounted()
    for effect in on_its_way(scenario):
        if isinstance(effect, UpdateMachine):
            scenario.answer(BROKEN)
        else:
            scenario.land()

    assert (scenario.sent, noted(scenario)) == ((), (("restart", "invalid"),))
    assert (scenario.instance.recoveries, data_is_kept(scenario)) == ((), True)
    assert set(armed(scenario)) & {AlarmName.STOCKTAKE, AlarmName.RETRY}
