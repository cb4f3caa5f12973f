"""How a recovery ends otherwise: refused, too late, unwell; it gives up what it made, and the source is what it was."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import (
    Awaited,
    AwaitState,
    DeleteMachine,
    DeleteVolume,
    GetMachine,
    ProbeHealth,
)
from kiloclaw_core.instance import Failing, FailureNote, Instance, Note, Transition
from kiloclaw_core.ledger import Asked, Kept, Role, Span, VolumeHolding
from kiloclaw_core.machine import Data, MachineState
from kiloclaw_core.names import OpId, VersionId
from kiloclaw_core.outcomes import StateElsewhere, Unhealthy, Unknown, Why
from kiloclaw_core.phases import (
    AlarmName,
    Awaiting,
    CheckingVolume,
    CreatingMachine,
    Inspecting,
    Look,
    Pausing,
    Probing,
    Running,
    Stopped,
)
from kiloclaw_core.stories import Attempt, Idle, Spent, Trust

from .machines import becomes
from .moves import (
    AMS,
    COPY,
    DENIED,
    FRA,
    HOME,
    M18,
    NO_ROOM,
    REPLACEMENT,
    V17,
    recovered,
    recovering,
    ride_out,
    telling,
)
from .scenario import SANDBOX, WHO

APP: Final = WHO.app
WITH_APP: Final = Attempt(3, secrets=1)
SEEN: Final = evolve(WITH_APP, trust=Trust.SEEN)
MADE: Final = evolve(SEEN, spent=(Spent.CREATE,))


# -- without success ---------------------------------------------------------------------------------------------


def gave_up(before: Instance, why: Why, text: str, label: str = "alarm_relocated") -> Transition:
    """The recovery is over, the source is what it was, and what is wanted is still wanted."""
    fields = (("label", label), ("error", text), ("durationMs", "0"))
    return Transition(
        evolve(before, phase=Stopped(), story=Idle(), notes=(FailureNote(Failing.RECOVERY, why),)),
        (),
        (Note("instance.unexpected_stop_recovery_failed", fields),),
    )


def test_a_recovery_whose_source_cannot_be_looked_at_ends_with_a_note() -> None:
    """Nothing was touched: machine and volume are where they were."""
    scenario = recovering(CheckingVolume)
    before = scenario.instance
    assert scenario.answer(DENIED) == gave_up(before, Why.UNAUTHORIZED, "unauthorized")
    assert (scenario.instance.desired, scenario.instance.ledger) == (Desired.RUNNING, before.ledger)


def test_a_recovery_past_its_ceiling_is_given_up() -> None:
    """With upstream's label for it."""
    scenario = recovering(CheckingVolume)
    before = evolve(scenario.instance, story=Idle())
    transition = scenario.ring(AlarmName.CEILING)
    assert transition == gave_up(before, Why.WAIT_TIMEOUT, "the move took too long", "alarm_timeout")


def test_a_copy_that_no_machine_was_made_on_goes_when_the_recovery_fails() -> None:
    """It is ours alone, and nobody has written to it."""
    scenario = recovering(CreatingMachine)
    before = scenario.instance
    transition = scenario.answer(DENIED)
    going = evolve(COPY, role=Role.CONDEMNED, errand=Asked(OpId(19)))
    assert transition == Transition(
        evolve(
            before,
            phase=Stopped(),
            story=Idle(),
            ledger=evolve(before.ledger, volumes=(evolve(HOME, healthy=False), going)),
            notes=(FailureNote(Failing.RECOVERY, Why.UNAUTHORIZED),),
            ops=OpId(20),
        ),
        (DeleteVolume(OpId(19), APP, V17),),
        (
            Note(
                "instance.unexpected_stop_recovery_failed",
                (("label", "alarm_relocated"), ("error", "unauthorized"), ("durationMs", "0")),
            ),
        ),
    )


def test_a_copy_that_a_machine_was_made_on_is_kept_when_the_recovery_fails() -> None:
    """It may bear something newer than the source: its machine goes, and it is kept for the whole retention."""
    scenario = recovering(Awaiting)
    before = scenario.instance
    scenario.ring(AlarmName.CEILING)
    leaving = evolve(REPLACEMENT, role=Role.CONDEMNED, errand=Asked(OpId(21)))
    kept = VolumeHolding(V17, Role.RETAINED, Data.BEARING, FRA, Kept(OpId(20), Span.LONG), counted=True, mark=OpId(17))
    assert scenario.instance.ledger == evolve(
        before.ledger, machines=(leaving,), volumes=(evolve(HOME, healthy=False), kept)
    )
    assert scenario.sent[-1] == DeleteMachine(OpId(21), APP, M18)


def test_an_instance_whose_recovery_failed_is_started_where_it_was() -> None:
    """By the slow alarm, because what is wanted is still that it runs; the note goes with its cause."""
    scenario = recovering(CreatingMachine)
    scenario.answer(DENIED)
    scenario.land_all()
    scenario.ring(AlarmName.RETRY)
    instance = scenario.land_all()
    assert (instance.phase, instance.notes) == (Running(), ())
    assert (instance.ledger.volume, instance.ledger.dead_volumes) == (HOME, (V17,))


# -- up, and not well --------------------------------------------------------------------------------------------


def test_a_recovery_is_not_committed_without_health() -> None:
    """It asks again after a pause; any other story would end here, with a note."""
    scenario = recovering(Probing)
    before = scenario.instance
    story = telling(evolve(MADE, tries=2))
    assert scenario.answer(Unhealthy("502")) == Transition(
        evolve(before, phase=Pausing(OpId(21)), story=story, ops=OpId(22))
    )
    assert scenario.ring(AlarmName.PAUSE).effects == (GetMachine(OpId(22), APP, SANDBOX, M18),)
    assert scenario.land().effects == (ProbeHealth(OpId(23), APP, SANDBOX, M18),)
    assert scenario.land_all().phase == Running()


def test_a_new_machine_that_is_never_well_fails_the_recovery() -> None:
    """With every try spent; the note says what its health route said."""
    scenario = recovering(Probing)
    for _ in range(3):
        scenario.answer(Unhealthy("502"), ProbeHealth)
        scenario.ring(AlarmName.PAUSE)
        scenario.land(GetMachine)
    scenario.answer(Unhealthy("502"), ProbeHealth)
    assert (scenario.instance.phase, scenario.instance.notes) == (
        Stopped(),
        (FailureNote(Failing.RECOVERY, Why.WAIT_TIMEOUT),),
    )
    assert scenario.instance.notes[0].text == "502"


def test_a_wait_that_ends_early_is_taken_up_again() -> None:
    """A 408 fails nothing: the next poll goes on where this one ended (vector 30)."""
    scenario = recovering(Awaiting)
    before = scenario.instance
    wait = AwaitState(OpId(20), APP, M18, Awaited.STARTED, version=VersionId("i18"))
    assert scenario.answer(StateElsewhere(MachineState.STARTING)) == Transition(
        evolve(before, phase=Awaiting(OpId(20), M18, Awaited.STARTED), ops=OpId(21)), (wait,)
    )
    assert scenario.answer(Unknown()).effects == ()
    scenario.ring(AlarmName.PAUSE)
    assert (scenario.instance.phase, scenario.land_all().phase) == (Inspecting(OpId(22), M18, Look.FIRST), Running())


@pytest.mark.parametrize("state", [MachineState.STOPPED, MachineState.FAILED, MachineState.SUSPENDED])
def test_a_new_machine_that_is_down_is_booted_again_while_there_are_tries(state: MachineState) -> None:
    """Then the recovery fails, and says how the machine was."""
    scenario = recovering(Awaiting)
    for _ in range(3):
        scenario.answer(StateElsewhere(state), AwaitState)
        becomes(scenario, state).ring(AlarmName.PAUSE)
        scenario.land(GetMachine)
        scenario.land()
    scenario.answer(StateElsewhere(state), AwaitState)
    note = FailureNote(Failing.RECOVERY, Why.BOOT_FAILED)
    assert (scenario.instance.phase, scenario.instance.notes) == (Stopped(), (note,))
    assert scenario.instance.notes[0].text == f"the machine is {state.value} instead of started"


@pytest.mark.parametrize("state", [MachineState.CREATED, MachineState.REPLACING, MachineState.OTHER])
def test_a_new_machine_that_is_on_its_way_is_waited_for(state: MachineState) -> None:
    """Only the ceiling ends that (vector 3)."""
    scenario = recovering(Awaiting)
    scenario.answer(StateElsewhere(state))
    assert scenario.instance.phase == Awaiting(OpId(20), M18, Awaited.STARTED)


def test_a_new_machine_for_which_there_is_no_room_is_given_up_with_its_copy_and_another_is_made() -> None:
    """The copy is in the wrong place, and nobody has written to it."""
    scenario = recovering(CreatingMachine)
    scenario.answer(NO_ROOM)
    assert scenario.instance.ledger.candidate is None
    ride_out(scenario)
    ledger = scenario.instance.ledger
    assert (scenario.instance.phase, ledger.dead_volumes, len(ledger.volumes)) == (Running(), (V17,), 2)


def test_the_home_of_a_recovered_instance_is_where_its_copy_was_made() -> None:
    """Region and volume change together, or not at all."""
    scenario = recovered()
    volume = scenario.instance.ledger.volume
    assert volume is not None
    assert (volume.volume, volume.region, scenario.outside.fly.machines[0].region) == (V17, FRA, FRA)
    assert HOME.region == AMS
