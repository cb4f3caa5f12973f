"""Moves that find no room in the new place either, no copy, or no source: what is tried, and where it ends."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import CopyOf, CreateVolume, DeleteVolume, GetVolume, ListSnapshots
from kiloclaw_core.instance import Failing, FailureNote, FullRegion, Note, Transition
from kiloclaw_core.ledger import Asked, Role, VolumeHolding
from kiloclaw_core.machine import Data, MachineState
from kiloclaw_core.names import OpId, VolumeId
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.phases import (
    AlarmName,
    Awaiting,
    Changing,
    CheckingVolume,
    CreatingMachine,
    CreatingVolume,
    Pausing,
    Running,
    Stopped,
)
from kiloclaw_core.stories import Attempt, Cause, Idle, Relocating, Trust

from .machines import becomes
from .moves import (
    AMS,
    DENIED,
    FRA,
    FULL,
    HOME,
    IAD,
    MISSING,
    NO_ROOM,
    NOT_FOUND,
    V3,
    ousted,
    recovering,
    restarting,
    ride_out,
    until,
)
from .scenario import SANDBOX, WHO, Scenario

APP: Final = WHO.app
SEEN: Final = Attempt(3, secrets=1, trust=Trust.SEEN)
BUSY: Final = Rejected(Why.RATE_LIMITED, None, 429)
UNHEARD: Final = Rejected(Why.HOST_DOWN, None, 503, "host unavailable")
UNSEEN: Final = Attempt(3, secrets=1)


def moving(op: int, attempt: Attempt, cause: Cause = Cause.START) -> Relocating:
    """The story of a move that has come so far."""
    return Relocating(OpId(op), attempt, cause)


# -- no room there either ----------------------------------------------------------------------------------------


def test_a_new_place_without_room_is_given_up_and_another_is_looked_for() -> None:
    """The copy goes: nobody wrote to it. One try is spent, and the region is remembered."""
    scenario = ousted(phase=CreatingMachine)
    before = scenario.instance
    going = VolumeHolding(VolumeId("v21"), Role.CONDEMNED, Data.FRESH, FRA, Asked(OpId(25)), V3, mark=OpId(21))
    transition = scenario.answer(FULL)
    assert transition.effects == (DeleteVolume(OpId(25), APP, VolumeId("v21")),)
    assert transition.record == evolve(
        before,
        phase=Pausing(OpId(24)),
        story=moving(18, evolve(SEEN, tries=2)),
        ledger=evolve(before.ledger, volumes=(evolve(HOME, healthy=False), going)),
        full_regions=(FullRegion(FRA, OpId(23)),),
        ops=OpId(26),
    )
    scenario.land_all()
    scenario.ring(AlarmName.PAUSE)
    (effect,) = scenario.sent
    assert isinstance(effect, CreateVolume)
    assert effect.regions == (IAD, AMS)


def test_a_move_that_finds_no_room_anywhere_gives_up_with_the_volume_where_it_was() -> None:
    """Every region is remembered; the slow alarm asks all of them again."""
    scenario = ousted(phase=CreatingVolume)
    scenario.answer(FULL)
    scenario.ring(AlarmName.PAUSE)
    before = scenario.instance
    evicted = Note("region.capacity_eviction", (("flyRegion", "ams"), ("label", "evicted")))
    gave_up = Note(
        "instance.provisioning_failed",
        (
            ("label", "no_machine_created"),
            ("why", "capacity_region"),
            ("error", "no capacity in region"),
            ("durationMs", "0"),
        ),
    )
    assert scenario.answer(FULL) == Transition(
        evolve(
            before,
            phase=Stopped(),
            story=Idle(),
            moves=None,
            full_regions=(*before.full_regions, FullRegion(AMS, OpId(26))),
            notes=(FailureNote(Failing.START, Why.CAPACITY_REGION),),
            ops=OpId(27),
        ),
        (),
        (evicted, gave_up),
    )
    assert (scenario.instance.ledger.volume, scenario.instance.desired) == (HOME, Desired.RUNNING)


def test_a_copy_that_is_refused_for_good_is_never_replaced_by_an_empty_volume() -> None:
    """The move is over, and everything is where it was (vector 48)."""
    scenario = ousted(phase=CreatingVolume)
    scenario.answer(DENIED)
    assert (scenario.instance.phase, scenario.instance.ledger.volumes) == (Stopped(), (HOME,))
    assert scenario.instance.notes == (FailureNote(Failing.START, Why.UNAUTHORIZED),)


def test_a_restart_whose_move_fails_says_so_as_a_restart() -> None:
    """Under the name that its caller looks for."""
    scenario = restarting(Changing)
    scenario.answer(NO_ROOM)
    until(scenario, CreatingVolume)
    fields = (("label", "unauthorized"), ("error", "unauthorized"), ("durationMs", "0"))
    assert scenario.answer(DENIED).notes == (Note("restarting_max_timeout", fields),)
    assert scenario.instance.notes == (FailureNote(Failing.RESTART, Why.UNAUTHORIZED),)


@pytest.mark.parametrize("refusal", [MISSING, NOT_FOUND])
def test_a_source_that_the_copy_does_not_find_is_looked_at_again(refusal: Rejected) -> None:
    """One answer is no proof that it is gone."""
    scenario = ousted(phase=CreatingVolume)
    scenario.answer(refusal)
    assert scenario.instance.story == moving(18, evolve(UNSEEN, tries=2))
    assert scenario.ring(AlarmName.PAUSE).effects == (GetVolume(OpId(23), APP, SANDBOX, V3),)


def test_a_new_machine_whose_copy_is_missing_has_another_made() -> None:
    """The candidate is given up, and only the candidate."""
    scenario = ousted(phase=CreatingMachine)
    scenario.answer(MISSING)
    assert (scenario.instance.phase, scenario.instance.ledger.candidate) == (Pausing(OpId(23)), None)
    ride_out(scenario)
    assert (scenario.instance.phase, scenario.instance.ledger.dead_volumes) == (Running(), (VolumeId("v21"),))


def test_a_second_copy_that_is_missing_ends_the_move_with_what_fly_said() -> None:
    """A third is not made within the hour."""
    scenario = ousted(phase=CreatingMachine)
    for _ in range(2):
        until(scenario, CreatingMachine).answer(MISSING)
        scenario.land_all()
        if isinstance(scenario.instance.phase, Pausing):
            scenario.ring(AlarmName.PAUSE)
    told = FailureNote(Failing.START, Why.MISSING_VOLUME)
    assert (scenario.instance.phase, scenario.instance.notes) == (Stopped(), (told,))
    assert scenario.instance.notes[0].text == MISSING.text


def test_a_copy_that_is_there_is_tried_on_however_many_were_made() -> None:
    """Only where none is there would trying again be waiting for the hour to pass."""
    scenario = ousted(phase=CreatingMachine)
    scenario.record = evolve(scenario.instance, policy=evolve(scenario.instance.policy, moves_an_hour=1))
    scenario.answer(BUSY)
    assert isinstance(scenario.instance.phase, Pausing)


def test_a_source_that_was_not_seen_is_looked_at_again_however_many_copies_were_made() -> None:
    """It is not a copy that is waited for."""
    scenario = ousted(phase=CheckingVolume)
    scenario.record = evolve(scenario.instance, policy=evolve(scenario.instance.policy, moves_an_hour=0))
    scenario.answer(BUSY)
    assert isinstance(scenario.instance.phase, Pausing)


def test_a_copy_is_asked_for_to_the_last_try_where_the_host_of_its_source_is_silent() -> None:
    """Only then is a snapshot gone back to: what was written since would be lost."""
    scenario = ousted(phase=CreatingVolume)
    for _ in range(3):
        scenario.answer(UNHEARD)
        assert [type(one) for one in scenario.ring(AlarmName.PAUSE).effects] == [CreateVolume]
    assert [type(one) for one in scenario.answer(UNHEARD).effects] == [ListSnapshots]


# -- no room there any more, for a machine that was up on the copy -----------------------------------------------


def gone_down(scenario: Scenario) -> Scenario:
    """A move whose machine was up on the copy and is down again: it is asked to start there."""
    scenario.arrive()
    becomes(scenario, MachineState.STOPPED)
    scenario.wake()
    return until(scenario, Changing)


def test_a_start_moves_on_from_the_copy_on_which_a_user_wrote() -> None:
    """The old volume has not what was written since; it is kept, and the next copy is of this one."""
    scenario = gone_down(ousted(phase=Awaiting))
    copied = scenario.instance.ledger.candidate
    assert copied is not None
    scenario.answer(NO_ROOM)
    assert isinstance(scenario.ring(AlarmName.PAUSE).effects[0], GetVolume)
    until(scenario, CreatingVolume)
    ledger = scenario.instance.ledger
    roles = {one.volume: one.role for one in ledger.volumes}
    (sent,) = scenario.sent
    assert isinstance(sent, CreateVolume)
    assert (roles, sent.content) == ({V3: Role.RETAINED, copied.volume: Role.ACTIVE}, CopyOf(copied.volume))


def test_a_recovery_that_cannot_go_on_on_its_copy_ends_with_a_note() -> None:
    """It was never seen well there; what a user wrote is kept for the whole retention, and that it failed is told."""
    scenario = gone_down(recovering(Awaiting))
    copied = scenario.instance.ledger.candidate
    assert copied is not None
    scenario.answer(NO_ROOM)
    roles = {one.volume: one.role for one in scenario.instance.ledger.volumes}
    assert (roles, scenario.instance.phase) == ({V3: Role.ACTIVE, copied.volume: Role.RETAINED}, Stopped())
    assert [one.failing for one in scenario.instance.notes] == [Failing.RECOVERY]
