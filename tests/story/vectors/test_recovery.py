"""Vectors 28 to 36 of reconcile 9: a recovery commits when the next machine is well, and what was left is kept."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_core.commands import CleanUp
from kiloclaw_core.effects import (
    AwaitState,
    CopyOf,
    CreateVolume,
    DeleteMachine,
    DeleteVolume,
    ListMachines,
    ListVolumes,
)
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import CommandId, SandboxId, UserId, VolumeId
from kiloclaw_core.outcomes import StateElsewhere
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.verbs import our_machine, our_volume
from kiloclaw_core.views import view
from tests.story.scenario import AT, Scenario

from .situations import (
    FRA,
    IAD,
    WIDE,
    armed,
    asked_until_rest,
    before,
    booting,
    copying,
    kinds,
    made_whole,
    noted,
    recovered,
    roles,
    snapshot,
    status,
    there,
    told_until_rest,
    up,
    vanishes,
)
from .unknowns import HIDDEN, with_machine

SUCCEEDED = "instance.unexpected_stop_recovery_succeeded"
FAILED = "instance.unexpected_stop_recovery_failed"


def kept() -> tuple[Scenario, VolumeId]:
    """An instance that recovered, and the volume it left: kept for seven days, because it has a snapshot."""
    scenario = snapshot(up())
    volume = our_volume(scenario.instance).volume
    recovered(scenario).land_all()
    assert armed(scenario)[AlarmName.RETENTION] == 604_800.0
    return made_whole(scenario), volume


def test_28_a_recovery_moves_elsewhere_and_keeps_what_it_left() -> None:
    """Among three regions the old one is not asked; with snapshots the old volume is kept for seven days."""
    scenario = snapshot(up(WIDE))
    machine, volume = before(scenario.instance)
    copying(scenario)
    (copy,) = scenario.sent
    assert isinstance(copy, CreateVolume)
    assert (copy.regions, copy.content) == ((FRA, IAD), CopyOf(our_volume(scenario.instance).volume))

    scenario.land_all()

    now = before(scenario.instance)
    assert (status(scenario), our_volume(scenario.instance).region) == ("running", FRA)
    assert roles(scenario) == {now[0]: "active", now[1]: "active", volume: "retained"}
    assert there(scenario) == {*now, volume}
    assert machine in scenario.instance.ledger.dead
    assert armed(scenario)[AlarmName.RETENTION] == 604_800.0


def test_29_without_snapshots_the_old_volume_goes_once_its_copy_is_whole() -> None:
    """A copy that is still being filled is no copy: until then the old one is all there is."""
    scenario = up()
    volume = our_volume(scenario.instance).volume
    recovered(scenario).land_all()
    assert (roles(scenario)[volume], AlarmName.RETENTION in armed(scenario)) == ("retained", False)

    made_whole(scenario).ring(AlarmName.STOCKTAKE)
    scenario.land_all()

    assert roles(scenario) == dict.fromkeys(before(scenario.instance), "active")
    assert there(scenario) == set(before(scenario.instance))


def test_30_a_wait_that_ends_too_early_leaves_the_recovery_under_way() -> None:
    """The next machine is held, the old volume is still ours, the copy is a candidate; nothing was deleted but it."""
    scenario = booting(up())
    volume = our_volume(scenario.instance).volume
    held = roles(scenario)

    transition = scenario.answer(StateElsewhere(MachineState.STARTING))

    shown = view(scenario.record)
    assert kinds(transition.effects) == [AwaitState]
    assert (status(scenario), shown.machine_id) == ("recovering", our_machine(scenario.instance).machine)
    assert (shown.volume_id, roles(scenario), noted(scenario)) == (volume, held, ())
    assert sorted(held.values()) == ["active", "active", "candidate"]


def test_31_a_machine_that_is_seen_up_later_completes_the_recovery() -> None:
    """Whoever looks next goes on; here a process that took over, and heard no answer."""
    scenario = booting(up())
    volume = our_volume(scenario.instance).volume
    scenario.arrive()
    scenario.take_over()

    told = told_until_rest(scenario)

    assert (told[0], status(scenario), roles(scenario)[volume]) == (SUCCEEDED, "running", "retained")


def test_32_a_replacement_that_is_gone_fails_the_recovery() -> None:
    """The copy it may have written to is kept for the whole retention; ours is the old volume, as before."""
    scenario = booting(up())
    volume = our_volume(scenario.instance).volume
    copy = our_machine(scenario.instance).volume
    assert copy is not None
    vanishes(scenario)

    told = told_until_rest(scenario)

    assert FAILED in told
    assert (status(scenario), view(scenario.record).machine_id) == ("stopped", None)
    assert roles(scenario) == {volume: "active", copy: "retained"}
    assert [failing for failing, _ in noted(scenario)] == ["recovery"]


def test_33_a_recovery_that_takes_too_long_is_given_up() -> None:
    """The next machine goes, its copy is kept, and what was ours is ours."""
    scenario = booting(up())
    volume = our_volume(scenario.instance).volume
    copy = our_machine(scenario.instance).volume
    assert copy is not None

    failed = scenario.ring(AlarmName.CEILING)
    scenario.land_all()

    (event,) = failed.notes
    assert (event.name, event.fields[0]) == (FAILED, ("label", "alarm_timeout"))
    assert (status(scenario), noted(scenario)) == ("stopped", (("recovery", "wait_timeout"),))
    assert roles(scenario) == {volume: "active", copy: "retained"}
    assert there(scenario) == {volume, copy}


def test_34_a_volume_whose_time_is_up_goes_with_the_machine_of_ours_that_has_it() -> None:
    """All volumes are listed first; then the machine that was forgotten on the old one goes, then that."""
    scenario, volume = kept()
    with_machine(scenario, evolve(HIDDEN, volume=volume))
    scenario.ring(AlarmName.RETENTION)
    assert asked_until_rest(scenario) == [ListVolumes, DeleteVolume, ListMachines, DeleteMachine]

    scenario.ring(AlarmName.ERRAND_RETRY)
    scenario.land_all()

    assert there(scenario) == set(before(scenario.instance)) == set(roles(scenario))


def test_35_an_operator_has_a_kept_volume_go_before_its_time() -> None:
    """Of the volume that was asked for, and as carefully; what they did stays in the record."""
    scenario, volume = kept()
    scenario.ask(CleanUp(CommandId("clean-up"), volume, "ann", "it is paid for twice", at=AT))
    scenario.wake()
    scenario.land_all()

    assert there(scenario) == set(before(scenario.instance)) == set(roles(scenario))
    assert [note.did for note in scenario.instance.audit] == [f"cleaned up {volume}"]


@pytest.mark.parametrize("why", ["sandbox", "user"])
def test_36_a_machine_of_somebody_else_is_left_alone(why: str) -> None:
    """The volume stays in the ledger, on its way out, and is tried again: it is nobody's to free but its holder's."""
    scenario, volume = kept()
    foreign = evolve(HIDDEN, volume=volume)
    foreign = evolve(foreign, sandbox=SandboxId("ki_2")) if why == "sandbox" else evolve(foreign, user=UserId("eve"))
    with_machine(scenario, foreign).ring(AlarmName.RETENTION)
    assert DeleteMachine not in asked_until_rest(scenario)

    assert there(scenario) == {*before(scenario.instance), volume, foreign.machine}
    assert (roles(scenario)[volume], foreign.machine in roles(scenario)) == ("condemned", False)
    assert armed(scenario)[AlarmName.ERRAND_RETRY] == 60.0
