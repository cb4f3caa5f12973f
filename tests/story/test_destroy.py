"""Destroying: always granted; machines, then volumes, then debts, then two empty looks round, then gone for ever."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve
from returns.result import Failure

from kiloclaw_core.commands import Desired, Refusal, Tenancy
from kiloclaw_core.effects import (
    CreateMachine,
    CreateVolume,
    DebtKind,
    DeleteMachine,
    DeleteVolume,
    ListMachines,
    ListVolumes,
    PayDebt,
)
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Failing, Instance, Note, Remembered, Transition
from kiloclaw_core.ledger import Asked, Debt, Ledger, MachineHolding, Role, VolumeHolding
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import Data
from kiloclaw_core.names import CommandId, MachineId, OpId, Region, VersionId, VolumeId
from kiloclaw_core.outcomes import Done, MachineMade, Rejected, Unknown, Why
from kiloclaw_core.phases import AlarmName, Clearing, Gone, Settling, Sought, Sweep, Sweeping
from kiloclaw_core.status import busy_with, status_of
from kiloclaw_core.stories import Idle
from kiloclaw_core.views import view
from kiloclaw_core.world.configurations import FORGOTTEN, OLD_MACHINE, OLD_VOLUME
from kiloclaw_core.world.fly import with_machine, with_volume
from kiloclaw_core.world.sights import machine_seen

from .everywhere import EVERYWHERE, clearing, creating_machine, creating_volume, gone, settling, sweeping
from .moves import until
from .scenario import AT, SANDBOX, WHO, Scenario, asked, destroy, provision, running, start, stopped

APP: Final = WHO.app
OURS: Final = MachineId("m7")
VOLUME: Final = VolumeId("v3")
OWED: Final = (Debt(DebtKind.POSTGRES_MARK), Debt(DebtKind.REGISTRY_TOMBSTONE))
NO_APP: Final = Rejected(Why.NOT_FOUND, None, 404, "app not found")
COMPLETE: Final = Note("destroy_complete", (("sandbox_id", "ki_1"),))


@pytest.mark.parametrize("phase", [name for name in EVERYWHERE if name not in {"Gone", "Clearing", "Sweeping"}])
def test_a_destroy_is_granted_in_every_phase_and_moves_none(phase: str) -> None:
    """It is intent: what is owed is written with it, nothing is sent, nothing in flight is hurried past."""
    scenario = EVERYWHERE[phase]()
    before = scenario.instance
    granted = scenario.ask(destroy())
    assert granted == evolve(
        before,
        desired=Desired.GONE,
        debts=OWED,
        asked=before.ops,
        ops=OpId(before.ops + 1),
        granted=(*before.granted, Remembered(CommandId("destroy"))),
    )
    assert granted.destroy_started_at == AT


@pytest.mark.parametrize("phase", EVERYWHERE)
def test_a_destroy_leads_to_gone_from_every_phase(phase: str) -> None:
    """With nothing but calm to come, nothing is left, and both debts are paid."""
    scenario = EVERYWHERE[phase]()
    scenario.ask(destroy("and destroy"))
    scenario.wake()
    after = _until_gone(scenario)
    assert (after.phase, after.ledger.holdings, after.debts, after.notes) == (Gone(), (), (), ())
    assert (scenario.outside.fly.machines, scenario.outside.fly.volumes) == ((), ())
    assert scenario.outside.paid == (DebtKind.POSTGRES_MARK, DebtKind.REGISTRY_TOMBSTONE)


def test_a_destroy_while_being_destroyed_changes_nothing() -> None:
    """It is granted again: gone is for ever."""
    scenario = clearing()
    before = scenario.instance
    granted = scenario.ask(destroy("again"))
    assert granted == evolve(before, granted=granted.granted)


def test_a_destroy_right_after_a_provision_makes_nothing() -> None:
    """Nothing was called yet: only the directory has to hear of it."""
    scenario = asked(provision())
    scenario.ask(destroy())
    transition = scenario.wake()
    payments = tuple(PayDebt(OpId(2 + place), debt.kind, SANDBOX, WHO.user) for place, debt in enumerate(OWED))
    assert (scenario.instance.phase, transition.effects) == (Clearing(), payments)


def test_a_destroy_deletes_machines_then_volumes_then_pays() -> None:
    """A volume that a machine may mount is not deleted, and nobody is told it is gone while something is left."""
    scenario = running()
    before = scenario.ask(destroy())
    machine = evolve(before.ledger.machines[0], role=Role.CONDEMNED, errand=Asked(OpId(11)))
    volume = evolve(before.ledger.volumes[0], role=Role.CONDEMNED)
    cleared = evolve(
        before, asked=None, story=Idle(), phase=Clearing(), ops=OpId(12), ledger=Ledger((machine,), (volume,))
    )
    assert scenario.wake() == Transition(cleared, (DeleteMachine(OpId(11), APP, OURS),))
    assert scenario.land().effects == (DeleteVolume(OpId(12), APP, VOLUME),)
    assert scenario.land().effects == (
        PayDebt(OpId(13), DebtKind.POSTGRES_MARK, SANDBOX, WHO.user),
        PayDebt(OpId(14), DebtKind.REGISTRY_TOMBSTONE, SANDBOX, WHO.user),
    )


def test_a_destroy_while_creating_waits_for_the_answer_then_razes() -> None:
    """A create that is hurried past lands when nobody looks any more."""
    scenario = creating_machine()
    before = scenario.ask(destroy())
    assert scenario.wake() == Transition(evolve(before, asked=None))
    assert scenario.land().effects == (DeleteMachine(OpId(9), APP, OURS),)


def test_a_destroy_while_creating_a_volume_waits_for_it_too() -> None:
    """It is held before it is deleted, and nobody is told that the instance is provisioned."""
    scenario = creating_volume()
    scenario.ask(destroy())
    scenario.wake()
    transition = scenario.land(CreateVolume)
    assert (transition.effects, transition.notes) == (
        (DeleteVolume(OpId(5), APP, VOLUME),),
        (Note("create_volume", (("volume_id", VOLUME),)),),
    )


def test_nobody_is_told_that_all_is_gone_while_a_create_is_in_flight() -> None:
    """An empty ledger is not nothing: what the create makes is deleted before a debt is paid."""
    scenario = creating_volume()
    before = scenario.ask(destroy())
    assert before.ledger == Ledger()
    assert scenario.wake() == Transition(evolve(before, asked=None))


def test_a_destroy_while_settling_waits_until_nothing_can_land() -> None:
    """Then it sweeps for everything, whatever the lost request made."""
    scenario = settling()
    before = scenario.ask(destroy())
    assert scenario.wake() == Transition(evolve(before, asked=None))
    assert before.phase == Settling(OpId(8), OpId(7), Sought.MACHINE)
    scenario.land()
    assert (scenario.instance.phase, scenario.sent) == (Clearing(), (DeleteVolume(OpId(10), APP, VOLUME),))


def test_a_create_that_fails_under_a_destroy_is_not_noted() -> None:
    """A failure of what nobody wants any more must not stand over the destroy."""
    scenario = creating_machine()
    scenario.ask(destroy())
    scenario.wake()
    scenario.answer(Rejected(Why.QUOTA, status=403))
    assert (scenario.instance.notes, status_of(scenario.record)) == ((), "destroying")


def test_a_start_that_failed_before_is_forgotten_once_gone() -> None:
    """Nothing is left that could still be put right."""
    scenario = creating_machine()
    scenario.answer(Rejected(Why.LIMIT, status=422))
    scenario.ask(destroy())
    scenario.wake()
    assert [note.failing for note in scenario.instance.notes] == [Failing.START]
    assert scenario.land_all().notes == ()


# -- looking round -----------------------------------------------------------------------------------------------


def test_nothing_is_said_to_be_left_before_four_looks_in_two_rounds_apart() -> None:
    """A listing may lag: a second round must not share the first one's stale view."""
    scenario = sweeping()
    first = scenario.instance
    assert first.phase == Sweeping(OpId(15), Sweep.MACHINES_FIRST)
    sent = [*scenario.sent, *(effect for _ in range(3) for effect in scenario.land().effects)]
    assert sent == [
        ListMachines(OpId(15), APP, SANDBOX),
        ListVolumes(OpId(16), APP, SANDBOX),
        ListMachines(OpId(17), APP, SANDBOX, 15.0),
        ListVolumes(OpId(18), APP, SANDBOX),
    ]
    before = scenario.instance
    assert scenario.land() == Transition(evolve(before, phase=Gone()), notes=(COMPLETE,))


def test_what_a_sweep_finds_of_ours_is_razed() -> None:
    """A machine that the record forgot, and its mount, by the machine's metadata."""
    scenario = sweeping()
    scenario.outside = evolve(scenario.outside, fly=FORGOTTEN.fly)
    before = scenario.instance
    machine = MachineHolding(
        OLD_MACHINE.machine, Role.CONDEMNED, OLD_VOLUME.volume, VersionId("i-old"), Asked(OpId(16))
    )
    volume = VolumeHolding(OLD_VOLUME.volume, Role.CONDEMNED, Data.BEARING, Region("ams"))
    ledger = evolve(before.ledger, machines=(machine,), volumes=(volume,))
    razing = evolve(before, phase=Clearing(), ledger=ledger, ops=OpId(17))
    assert scenario.land() == Transition(razing, (DeleteMachine(OpId(16), APP, OLD_MACHINE.machine),))
    scenario.land_all()
    assert (scenario.instance.phase, scenario.outside.fly.machines, scenario.outside.fly.volumes) == (Gone(), (), ())


def test_an_app_that_was_never_made_holds_nothing() -> None:
    """Nobody could make it before the destroy was asked for: as with an empty list, two rounds apart say so."""
    scenario = asked(provision())
    scenario.wake()
    scenario.answer(Rejected(Why.UNAUTHORIZED, None, 401))
    scenario.ask(destroy())
    scenario.wake()
    until(scenario, Sweeping)
    looks = [scenario.answer(NO_APP).effects for _ in Sweep]
    assert [type(effect) for effects in looks for effect in effects] == [ListVolumes, ListMachines, ListVolumes]
    assert scenario.instance.phase == Gone()
    assert scenario.outside.paid == (DebtKind.POSTGRES_MARK, DebtKind.REGISTRY_TOMBSTONE)


def test_a_sweep_that_is_not_answered_waits_for_its_patience() -> None:
    """A failed look is no look: it neither counts nor is hurried."""
    scenario = sweeping()
    before = scenario.instance
    assert scenario.answer(Unknown()) == Transition(before)
    assert scenario.wake() == Transition(before)
    again = evolve(before, phase=Sweeping(OpId(16), Sweep.MACHINES_FIRST), ops=OpId(17))
    assert scenario.ring(AlarmName.PATIENCE) == Transition(again, (ListMachines(OpId(16), APP, SANDBOX),))


def test_an_echo_while_sweeping_is_razed_too() -> None:
    """A create whose answer comes very late tells of a machine that no listing has shown."""
    scenario = sweeping()
    seen = machine_seen(OLD_MACHINE, SANDBOX)
    transition = scenario.tell(Replied(OpId(99), MachineMade(seen)))
    assert transition.effects == (DeleteMachine(OpId(16), APP, OLD_MACHINE.machine),)
    assert scenario.instance.phase == Clearing()


# -- gone --------------------------------------------------------------------------------------------------------


def test_an_instance_that_is_gone_stays_gone() -> None:
    """The record is a tombstone: no command brings it back."""
    scenario = gone()
    before = scenario.instance
    assert scenario.wake() == Transition(before)
    assert decide(before, start("later")) == Failure(Refusal.BEING_DESTROYED)


def test_a_late_create_that_is_heard_of_after_all_is_razed() -> None:
    """Gone is not a reason to leave something behind."""
    scenario = gone()
    seen = machine_seen(OLD_MACHINE, SANDBOX)
    transition = scenario.tell(Replied(OpId(99), MachineMade(seen)))
    assert (scenario.instance.phase, transition.effects) == (
        Clearing(),
        (DeleteMachine(OpId(19), APP, OLD_MACHINE.machine),),
    )


def test_an_answer_that_tells_nothing_new_does_not_disturb_the_grave() -> None:
    """It may come at any time."""
    scenario = gone()
    before = scenario.instance
    assert scenario.tell(Replied(OpId(99), Done())) == Transition(before)


def test_a_grave_in_a_shared_app_is_swept_again_and_counted() -> None:
    """Nobody else would notice what landed there."""
    scenario = _shared_grave()
    before = scenario.instance
    op = before.ops
    again = evolve(before, phase=Sweeping(op, Sweep.MACHINES_FIRST, 1), ops=OpId(op + 1))
    assert scenario.ring(AlarmName.GRAVE) == Transition(again, (ListMachines(op, APP, SANDBOX),))
    scenario.take_over()
    assert scenario.land_all().phase == Gone(1)


def test_a_grave_that_is_swept_again_stays_a_grave_to_outsiders() -> None:
    """Nothing came back because somebody looked: a status that reappears would alarm everybody who polls."""
    scenario = _shared_grave()
    scenario.ring(AlarmName.GRAVE)
    assert (status_of(scenario.record), busy_with(scenario.instance)) == (None, None)


def test_what_landed_in_a_shared_grave_is_razed() -> None:
    """By its metadata: nothing is deleted by name where the app is shared."""
    scenario = _shared_grave()
    stranger = evolve(OLD_MACHINE, machine=MachineId("m-else"), sandbox=None, user=None, name="ki_1", volume=None)
    fly = with_machine(with_machine(with_volume(scenario.outside.fly, OLD_VOLUME), OLD_MACHINE), stranger)
    scenario.outside = evolve(scenario.outside, fly=fly)
    scenario.ring(AlarmName.GRAVE)
    scenario.land_all()
    assert (scenario.instance.phase, scenario.outside.fly.machines) == (Gone(), (stranger,))


def test_the_tombstone_says_nothing_to_outsiders() -> None:
    """Where nothing is left there is no status."""
    shown = view(gone().record)
    assert (shown.status, shown.busy, shown.desired) == (None, None, "gone")


def test_nothing_is_created_after_a_destroy() -> None:
    """Once granted, no create, change or start is sent: not even by the tries that were left."""
    scenario = EVERYWHERE["Pausing"]()
    scenario.ask(destroy())
    scenario.ring(AlarmName.PAUSE)
    assert not [one for one in scenario.sent if isinstance(one, CreateMachine)]
    assert scenario.instance.phase == Clearing()


def _until_gone(scenario: Scenario) -> Instance:
    while not isinstance(scenario.land_all().phase, Gone):
        scenario.ring(AlarmName.ERRAND_RETRY)
    return scenario.instance


def _shared_grave() -> Scenario:
    scenario = stopped(identity=evolve(WHO, tenancy=Tenancy.SHARED))
    scenario.ask(destroy())
    scenario.wake()
    scenario.land_all()
    return scenario
