"""How a restore ends otherwise: taken over, overtaken by a destroy, refused, too late; and what it leaves as it was."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.commands import Desired, Disown
from kiloclaw_core.effects import AwaitState, CreateVolume, DeleteMachine, DeleteVolume, EnsureApp, Settle, StopMachine
from kiloclaw_core.instance import Failing, FailureNote, Note, Transition
from kiloclaw_core.ledger import Role, VolumeHolding
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import CommandId, OpId
from kiloclaw_core.outcomes import StateElsewhere, VolumeShown, VolumesListed, Why
from kiloclaw_core.phases import AlarmName, Awaiting, Changing, CreatingVolume, Ensuring, Gone, Phase, Running, Stopped
from kiloclaw_core.stories import Attempt, Starting

from .machines import becomes
from .moves import (
    DENIED,
    FULL,
    HOME,
    NO_ROOM,
    NOT_FOUND,
    RESTORE,
    V3,
    V15,
    down,
    land_unheard,
    lost,
    photographed,
    reassociate,
    restore,
    restoring,
    ride_out,
    until,
)
from .scenario import AT, WHO, destroy, start, stop
from .strays import LATE_VOLUME, echo

APP: Final = WHO.app


@pytest.mark.parametrize("landed", [False, True])
@pytest.mark.parametrize("phase", RESTORE.values(), ids=RESTORE)
def test_a_restore_that_was_taken_over_comes_to_the_same_end(phase: type[Phase], *, landed: bool) -> None:
    """At whatever step the process died: one machine, on one volume from the snapshot, and the old one kept."""
    scenario = restoring(phase)
    if landed:
        land_unheard(scenario)
    scenario.take_over()
    ride_out(scenario)
    ledger, fly = scenario.instance.ledger, scenario.outside.fly
    assert (scenario.instance.phase, scenario.instance.notes) == (Running(), ())
    assert [held.role for held in ledger.volumes] == [Role.RETAINED, Role.ACTIVE]
    assert [volume.volume for volume in fly.volumes] == [held.volume for held in ledger.volumes]
    assert [machine.volume for machine in fly.machines] == [ledger.volumes[1].volume]


@pytest.mark.parametrize("landed", [False, True])
@pytest.mark.parametrize("heard", [False, True])
@pytest.mark.parametrize("phase", RESTORE.values(), ids=RESTORE)
def test_a_destroy_at_any_step_of_a_restore_leaves_nothing(phase: type[Phase], *, landed: bool, heard: bool) -> None:
    """Neither the old volume nor the new one, whether or not anybody heard of it."""
    scenario = restoring(phase)
    if landed:
        land_unheard(scenario)
        scenario.take_over()
    scenario.ask(destroy())
    if heard:
        scenario.land_all()
    scenario.wake()
    ride_out(scenario)
    assert (scenario.instance.phase, scenario.outside.fly.machines, scenario.outside.fly.volumes) == (Gone(), (), ())


# -- without success ---------------------------------------------------------------------------------------------


def failed(why: Why, error: str) -> Note:
    """What is told of a restore that failed."""
    return Note("instance.restore_failed", (("label", why.value), ("error", error), ("durationMs", "0")))


def test_a_restore_whose_stop_is_refused_leaves_everything_as_it_was() -> None:
    """The machine runs on, and a start makes sure of it."""
    scenario = restoring(Changing)
    before = scenario.instance
    assert scenario.answer(DENIED) == Transition(
        evolve(
            before,
            phase=Ensuring(OpId(14)),
            story=Starting(OpId(13), Attempt(3)),
            notes=(FailureNote(Failing.RESTORE, Why.UNAUTHORIZED),),
            ops=OpId(15),
        ),
        (EnsureApp(OpId(14), APP),),
        (failed(Why.UNAUTHORIZED, "unauthorized"),),
    )
    assert scenario.instance.notes[0].text == "unauthorized"
    assert (scenario.land_all().phase, scenario.instance.ledger.volumes) == (Running(), (HOME,))


def test_a_restore_does_not_move_because_there_is_no_room_to_stop() -> None:
    """Such a refusal is of the stop, whatever it says."""
    scenario = restoring(Changing)
    assert scenario.answer(NO_ROOM).notes == (failed(Why.CAPACITY_HOST, NO_ROOM.text),)


def test_a_snapshot_that_cannot_be_had_leaves_the_volume_what_it_was() -> None:
    """The machine is made again, on the volume that there is."""
    scenario = restoring(CreatingVolume)
    assert scenario.answer(FULL).notes == (failed(Why.CAPACITY_REGION, "no capacity in region"),)
    assert (scenario.land_all().phase, scenario.instance.ledger.volumes) == (Running(), (HOME,))
    assert scenario.instance.notes == (FailureNote(Failing.RESTORE, Why.CAPACITY_REGION),)


def test_a_failed_restore_of_a_stopped_instance_leaves_it_stopped() -> None:
    """What is wanted is what was wanted."""
    scenario = photographed(down())
    scenario.ask(restore())
    scenario.wake()
    until(scenario, CreatingVolume)
    scenario.answer(FULL)
    assert (scenario.land_all().phase, scenario.instance.desired) == (Stopped(), Desired.STOPPED)


def test_a_machine_that_never_stops_ends_the_restore() -> None:
    """With every try spent; it may be restored again."""
    scenario = restoring(Awaiting)
    for _ in range(3):
        scenario.answer(StateElsewhere(MachineState.STARTED), AwaitState)
        scenario.ring(AlarmName.PAUSE)
        scenario.land(StopMachine)
    transition = scenario.answer(StateElsewhere(MachineState.STARTED), AwaitState)
    assert transition.notes == (failed(Why.WAIT_TIMEOUT, "the machine is started instead of stopped"),)


def test_a_restore_past_its_ceiling_is_given_up() -> None:
    """Half an hour is upstream's bound (2.1)."""
    scenario = restoring(Awaiting)
    assert scenario.ring(AlarmName.CEILING).notes == (failed(Why.WAIT_TIMEOUT, "the restore took too long"),)
    assert scenario.instance.notes == (FailureNote(Failing.RESTORE, Why.WAIT_TIMEOUT),)


def test_a_volume_that_comes_after_the_ceiling_goes_again() -> None:
    """The create was in flight when the restore was given up: it is waited out, and nobody wants what it made."""
    scenario = restoring(CreatingVolume)
    scenario.ring(AlarmName.CEILING)
    scenario.land(Settle)
    scenario.land(CreateVolume)
    ride_out(scenario)
    ledger = scenario.instance.ledger
    assert (scenario.instance.phase, ledger.volume, ledger.dead_volumes) == (Running(), HOME, (V15,))


def test_a_volume_that_is_answered_after_the_ceiling_goes_at_once() -> None:
    """It was made, and the restore is over: nobody was ever on it."""
    scenario = restoring(CreatingVolume)
    scenario.ring(AlarmName.CEILING)
    transition = scenario.land(CreateVolume)
    assert failed(Why.WAIT_TIMEOUT, "the restore took too long") in transition.notes
    assert DeleteVolume(OpId(19), APP, V15) in transition.effects
    assert scenario.instance.ledger.volume == evolve(HOME, healthy=False)


def test_the_note_of_a_failed_restore_goes_with_the_next_one() -> None:
    """Its cause is resolved."""
    scenario = restoring(CreatingVolume)
    scenario.answer(FULL)
    scenario.land_all()
    scenario.ask(restore("again"))
    scenario.wake()
    assert (scenario.land_all().phase, scenario.instance.notes) == (Running(), ())


# -- the machine is not where it was thought ---------------------------------------------------------------------


@pytest.mark.parametrize("state", [MachineState.STOPPED, MachineState.STARTED])
def test_a_stop_that_did_not_find_the_machine_leads_to_a_look(state: MachineState) -> None:
    """It lagged: what is down has ended its work, what is up is asked to stop again."""
    scenario = restoring(Changing)
    scenario.answer(NOT_FOUND)
    becomes(scenario, state)
    assert [type(one) for one in scenario.land().effects] == [
        DeleteMachine if state is MachineState.STOPPED else StopMachine
    ]
    assert (scenario.land_all().phase, scenario.instance.notes) == (Running(), ())


def test_a_reassociation_of_an_instance_without_a_volume_may_fail_too() -> None:
    """The volume was lost and disowned; the machine does not go in time, and the chosen volume is kept."""
    scenario = lost(down())
    scenario.ask(start("again"))
    scenario.wake()
    scenario.land_all()
    scenario.ask(Disown(CommandId("disown"), V3, "eve", "it is lost", AT))
    scenario.ask(stop("then"))
    scenario.wake()
    scenario.land_all()
    scenario.tell(echo(VolumesListed((LATE_VOLUME,))))
    scenario.ask(reassociate(LATE_VOLUME.volume))
    scenario.wake()
    scenario.answer(VolumeShown(LATE_VOLUME))
    scenario.ring(AlarmName.CEILING)
    held = scenario.instance.ledger.holding(LATE_VOLUME.volume)
    assert isinstance(held, VolumeHolding)
    assert (scenario.instance.phase, held.role, scenario.instance.ledger.volume) == (Stopped(), Role.RETAINED, None)
