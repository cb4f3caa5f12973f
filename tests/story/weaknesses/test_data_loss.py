"""Weaknesses of lifecycle 7 B and reconcile 8.3 A and C: a volume that upstream loses, or forgets that it has."""

from __future__ import annotations

import pytest
from attrs import evolve
from returns.result import Failure

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.commands import CleanUp, Refusal, Restore
from kiloclaw_core.effects import (
    AwaitState,
    CreateMachine,
    CreateVolume,
    DeleteMachine,
    DeleteVolume,
    Effect,
    EnsureApp,
    GetVolume,
    ProbeHealth,
    StartMachine,
)
from kiloclaw_core.facts import AlarmRang, Fact, Replied
from kiloclaw_core.instance import Transition
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import CommandId, MachineId, SnapshotId
from kiloclaw_core.outcomes import Healthy, Unknown
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.verbs import our_volume
from kiloclaw_core.world.landing import land
from tests.story.machines import replaced
from tests.story.scenario import AT, Scenario
from tests.story.vectors.situations import (
    BROKEN,
    FULL_HOST,
    NOT_FOUND,
    WIDE,
    armed,
    before,
    begun,
    booting,
    copying,
    data_is_kept,
    down,
    lines,
    loses_volume,
    noted,
    on_its_way,
    proving,
    recovering,
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
from tests.story.weaknesses.keeping import WHO, WHY, gone_over, kept


def ringing(scenario: Scenario, name: AlarmName) -> AlarmRang:
    """The alarm of this name, as it would ring now."""
    return next(AlarmRang(one.name, one.of, AT) for one in alarms_of(scenario.record) if one.name is name)


def taken_over(scenario: Scenario) -> Scenario:
    """The scenario once its process is gone, and another has taken over."""
    scenario.take_over()
    return scenario


def test_lw09_a_look_at_the_old_volume_is_not_taken_for_the_new_one() -> None:
    """Its 404 comes when the instance has moved: what it was about is named by its op, and nobody waits for that."""
    scenario = until(begun(down(WIDE), "again"), GetVolume)
    (look,) = scenario.sent
    until(scenario, StartMachine)
    scenario.answer(FULL_HOST)
    settled(scenario)
    moved = scenario.instance

    assert scenario.tell(Replied(look.op, NOT_FOUND, AT)) == Transition(moved)

    assert runs_on_the_data(scenario)


def test_lw09_a_look_at_the_old_machine_is_not_taken_for_the_new_one() -> None:
    """The same for machines: `running` always names the one that runs."""
    scenario = up()
    scenario.ring(AlarmName.STOCKTAKE)
    (look,) = scenario.sent
    scenario.take_over()
    settled(recovering(scenario))
    moved = scenario.instance

    assert scenario.tell(Replied(look.op, NOT_FOUND, AT)) == Transition(moved)

    assert runs_on_the_data(scenario)


STEPS = (EnsureApp, GetVolume, DeleteMachine, CreateVolume, CreateMachine, AwaitState, ProbeHealth)


@pytest.mark.parametrize("step", STEPS, ids=lambda one: one.__name__)
@pytest.mark.parametrize("landed", [True, False], ids=["landed", "not landed"])
def test_lw11c_a_recovery_that_is_given_up_at_any_step_costs_no_volume(step: type[Effect], landed: bool) -> None:  # noqa: FBT001
    """Its time is up while a request is slow; that is waited out, and what it made is held, whatever becomes of it."""
    scenario = until(recovering(up()), step)
    (slow,) = scenario.sent
    late = land(scenario.outside, slow)
    if landed:
        scenario.outside = late[0]
    scenario.ring(AlarmName.CEILING)
    scenario.sent = tuple(one for one in scenario.sent if one is not slow)
    settled(scenario)
    assert (status(scenario), [failing for failing, _ in noted(scenario)]) == ("stopped", ["recovery"])

    if landed:
        scenario.tell(Replied(slow.op, late[1], AT))
    for name in (AlarmName.ERRAND_PATIENCE, AlarmName.RETRY):
        if name in armed(scenario):
            scenario.ring(name)
            settled(scenario)

    assert data_is_kept(scenario)
    assert there(scenario) <= set(roles(scenario))


@pytest.mark.parametrize("healthy_first", [True, False], ids=["committed first", "given up first"])
def test_lw11d_a_recovery_ends_once(healthy_first: bool) -> None:  # noqa: FBT001
    """Its last answer and its time come together: whichever is heard first ends it, and the other finds nothing."""
    scenario = proving(up())
    (probe,) = scenario.sent
    old = our_volume(scenario.instance).volume
    facts: list[Fact] = [Replied(probe.op, Healthy(), AT), ringing(scenario, AlarmName.CEILING)]
    scenario.sent = ()

    told = lines(*[scenario.tell(one) for one in (facts if healthy_first else facts[::-1])])
    told += told_until_rest(scenario)

    ends = [one for one in told if one.startswith("instance.unexpected_stop_recovery_")]
    assert ends == [f"instance.unexpected_stop_recovery_{'succeeded' if healthy_first else 'failed'}"]
    assert (roles(scenario)[old], data_is_kept(scenario)) == ("retained" if healthy_first else "active", True)


def test_lw12_a_volume_that_was_gone_back_to_is_not_deleted_when_its_time_is_up() -> None:
    """It is the one in use again: no alarm is about it, and no operator may clean it up."""
    scenario, volume = kept()
    ring = ringing(scenario, AlarmName.RETENTION)
    gone_over(scenario, volume)
    assert our_volume(scenario.instance).volume == volume
    settled(begun(scenario, "again"))

    scenario.tell(ring)
    settled(scenario)

    clean_up = CleanUp(CommandId("clean-up"), volume, WHO, WHY)
    assert decide(scenario.record, clean_up) == Failure(Refusal.NOT_RETAINED)
    assert (status(scenario), volume in there(scenario), roles(scenario)[volume]) == ("running", True, "active")


def test_rw15_a_volume_that_is_on_its_way_out_is_not_forgotten_when_a_recovery_begins() -> None:
    """Its delete failed: it is held as condemned beside whatever else is under way, and tried again."""
    scenario, volume = kept()
    settled(begun(scenario, "again"))
    scenario.ask(CleanUp(CommandId("clean-up"), volume, WHO, WHY))
    scenario.wake()
    until(scenario, DeleteVolume)
    scenario.answer(BROKEN)
    assert roles(scenario)[volume] == "condemned"
    scenario.sent = ()

    scenario.take_over()
    settled(recovering(scenario))
    assert roles(scenario)[volume] == "condemned"
    scenario.ring(AlarmName.ERRAND_RETRY)
    settled(scenario)

    assert volume not in there(scenario)


def test_rw15_a_copy_whose_answer_is_lost_is_found_by_its_mark() -> None:
    """The process dies between the create and its commit: there is no second copy."""
    scenario = copying(up())
    (copy,) = scenario.sent
    old = our_volume(scenario.instance).volume
    scenario.outside, _ = land(scenario.outside, copy)

    assert runs_on_the_data(settled(taken_over(scenario)))
    assert len([one for one in scenario.outside.fly.volumes if one.volume != old]) == 1


def test_rw15_a_restore_that_fails_forgets_no_volume() -> None:
    """Its time is up when the volume is made: that was never used, and goes; ours is ours."""
    scenario = snapshot(up())
    old = our_volume(scenario.instance).volume
    scenario.ask(Restore(CommandId("restore"), SnapshotId("s-1"), WHO, WHY, at=AT))
    scenario.wake()
    until(scenario, CreateVolume)
    scenario.ring(AlarmName.CEILING)
    settled(scenario)

    assert ("restore", "wait_timeout") in noted(scenario)
    assert our_volume(scenario.instance).volume == old
    assert there(scenario) <= set(roles(scenario))
    assert runs_on_the_data(scenario)


def test_rw31_a_loss_is_told_even_if_what_comes_after_it_fails() -> None:
    """The line and the audit are written when the snapshot is chosen, before anything is made of it."""
    scenario = begun(loses_volume(snapshot(down())), "again")
    lost = our_volume(scenario.instance).volume
    told: list[str] = []
    for effect in on_its_way(scenario):
        told += lines(scenario.answer(BROKEN) if isinstance(effect, CreateVolume) else scenario.land())

    assert "replace_lost_volume" in told
    assert any(lost in one.did for one in scenario.instance.audit)
    assert noted(scenario) == (("start", "invalid"),)


def test_rw42_a_machine_that_was_given_up_never_comes_back() -> None:
    """Its delete failed and it came up: it is condemned for ever, and the next start makes another."""
    scenario = booting(up())
    machine = before(scenario.instance)[0]
    scenario.ring(AlarmName.CEILING)
    until(scenario, DeleteMachine)
    scenario.answer(Unknown("503"))
    found = scenario.outside.fly.machine(MachineId(machine))
    assert found is not None
    replaced(scenario, evolve(found, state=MachineState.STARTED))
    assert (status(scenario), roles(scenario)[machine]) == ("stopped", "condemned")

    scenario.ring(AlarmName.RETRY)
    settled(scenario)
    assert roles(scenario)[machine] == "condemned"
    scenario.ring(AlarmName.ERRAND_RETRY)
    settled(scenario)

    assert machine in scenario.instance.ledger.dead
    assert before(scenario.instance)[0] != machine
    assert runs_on_the_data(scenario)
