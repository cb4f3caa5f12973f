"""Our volume: made once, looked at before it is relied on, and made anew only if it was never used and is gone."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import CreateMachine, CreateVolume, DeleteMachine, Empty, GetVolume, Settle
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Failing, FailureNote, FullRegion, Moves, Note, Transition
from kiloclaw_core.ledger import Ledger, Role, VolumeHolding
from kiloclaw_core.machine import Data, Named, VolumeSeen, VolumeState
from kiloclaw_core.names import MachineId, OpId, Region, VolumeId
from kiloclaw_core.outcomes import AppReady, Done, Rejected, SnapshotsListed, Unknown, VolumeShown, Why
from kiloclaw_core.phases import AlarmName, CheckingVolume, CreatingVolume, Look, Pausing, Settling, Sought, Stopped
from kiloclaw_core.policy import Policy
from kiloclaw_core.stories import Attempt, Cause, Idle, Relocating, Starting, Trust

from .everywhere import checking_volume, creating_volume, listing_snapshots
from .machines import halted
from .moves import until
from .scenario import SANDBOX, SPEC, WHO, asked, destroy, provision, start, starting, stop

APP: Final = WHO.app
AMS: Final = Region("ams")
V3: Final = VolumeId("v3")
MADE: Final = Ledger(volumes=(VolumeHolding(V3, Role.ACTIVE, Data.FRESH, AMS, mark=OpId(3)),))
MISSING: Final = Rejected(Why.NOT_FOUND, None, 404, '{"error":"volume not found"}')


def shown(state: VolumeState) -> VolumeShown:
    """Our volume, as a get shows it."""
    return VolumeShown(VolumeSeen(V3, state, Named.MARKED, OpId(3), None, AMS))


# -- the volume --------------------------------------------------------------------------------------------------


def test_a_volume_that_was_made_is_held_and_the_instance_rests() -> None:
    """It is fresh: no machine that mounts it was ever sent for."""
    scenario = creating_volume()
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(before, phase=Stopped(), story=Idle(), ledger=MADE),
        (),
        (Note("create_volume", (("volume_id", "v3"),)), Note("instance.provisioned", (("durationMs", "0"),))),
    )


def test_a_volume_that_a_first_start_has_just_made_is_relied_on() -> None:
    """It was made by Fly's own word: the start does not look at it, and goes on to its machine."""
    scenario = asked(provision(Desired.RUNNING))
    scenario.wake()
    until(scenario, CreatingVolume).land()
    assert [type(one) for one in scenario.sent] == [CreateMachine]
    assert scenario.instance.story == Starting(OpId(0), Attempt(3, secrets=1, trust=Trust.SEEN))


def test_a_region_without_room_ends_the_provision_at_rest_with_nothing_lost() -> None:
    """Every region was tried: only time or people help (reconcile 4.4)."""
    scenario = creating_volume()
    before = scenario.instance
    full = Rejected(Why.CAPACITY_REGION, None, 409, '{"error":"no capacity"}')
    note = FailureNote(Failing.PROVISION, Why.CAPACITY_REGION)
    line = Note(
        "instance.provisioning_failed",
        (("label", "no_machine_created"), ("why", "capacity_region"), ("error", '{"error":"no capacity"}')),
    )
    remembered = (FullRegion(AMS, OpId(4)),)
    assert scenario.answer(full) == Transition(
        evolve(before, phase=Stopped(), story=Idle(), ops=OpId(5), notes=(note,), full_regions=remembered),
        (),
        (Note("region.capacity_eviction", (("flyRegion", "ams"), ("label", "evicted"))), line),
    )


def test_a_provision_that_gave_up_is_tried_again_and_its_note_cleared() -> None:
    """The note goes exactly when its cause is resolved: a volume is there."""
    scenario = creating_volume()
    scenario.answer(Rejected(Why.CAPACITY_REGION))
    scenario.ring(AlarmName.RETRY)
    scenario.land_all()
    assert (scenario.instance.notes, scenario.instance.ledger.volume) == (
        (),
        VolumeHolding(VolumeId("v8"), Role.ACTIVE, Data.FRESH, AMS, mark=OpId(8)),
    )


def test_a_volume_whose_making_is_in_doubt_is_settled() -> None:
    """Volumes have no fence: a second create before the first is settled could make two."""
    scenario = creating_volume()
    before = scenario.instance
    assert scenario.answer(Unknown()) == Transition(
        evolve(before, phase=Settling(OpId(4), OpId(3), Sought.VOLUME), ops=OpId(5)), (Settle(OpId(4), OpId(3)),)
    )


def test_a_volume_whose_making_was_taken_over_is_settled() -> None:
    """The process that asked is gone, the request may yet land."""
    scenario = creating_volume()
    before = scenario.instance
    assert scenario.take_over() == Transition(
        evolve(before, phase=Settling(OpId(4), OpId(3), Sought.VOLUME), ops=OpId(5)), (Settle(OpId(4), OpId(3)),)
    )


def test_a_volume_whose_making_takes_too_long_is_settled() -> None:
    """An alarm wakes, it never proves that the request cannot land."""
    scenario = creating_volume()
    assert scenario.ring(AlarmName.PATIENCE).effects == (Settle(OpId(4), OpId(3)),)


def test_a_start_asked_while_the_volume_is_made_waits_for_it() -> None:
    """One mutating request at a time: the answer is on its way."""
    scenario = creating_volume()
    before = scenario.instance
    assert scenario.wake() == Transition(before)


def test_an_older_answer_does_not_stand_for_the_volume() -> None:
    """Only the answer to the op that the phase waits for steers."""
    scenario = creating_volume()
    before = scenario.instance
    assert scenario.tell(Replied(OpId(1), AppReady(9))) == Transition(before)


def test_a_volume_that_was_made_after_a_stop_was_asked_is_held_for_the_next_start() -> None:
    """There is no attempt any more, but what we made is ours to keep."""
    scenario = creating_volume()
    scenario.answer(Rejected(Why.CAPACITY_REGION))
    scenario.ask(start())
    scenario.wake()
    scenario.land()
    scenario.land()
    scenario.ask(stop())
    scenario.land()
    held = VolumeHolding(VolumeId("v8"), Role.ACTIVE, Data.FRESH, AMS, mark=OpId(8))
    assert (scenario.instance.phase, scenario.instance.ledger) == (Stopped(), Ledger(volumes=(held,)))


# -- looking at the volume ---------------------------------------------------------------------------------------


def test_a_start_looks_at_its_volume_before_it_makes_a_machine() -> None:
    """A machine on a volume that is gone would be refused, or worse, boot without the data (reconcile 4.1.5)."""
    scenario = starting()
    before = scenario.instance
    story = Starting(OpId(4), Attempt(tries=3, secrets=1))
    assert scenario.land() == Transition(
        evolve(before, phase=CheckingVolume(OpId(6), V3, Look.FIRST), story=story, ops=OpId(7)),
        (GetVolume(OpId(6), APP, SANDBOX, V3),),
    )


@pytest.mark.parametrize("state", [VolumeState.CREATED, VolumeState.UNREADY])
def test_a_volume_that_is_there_is_relied_on_for_this_attempt(state: VolumeState) -> None:
    """Also while it is not ready: it exists, and Fly says when it can be mounted."""
    scenario = checking_volume()
    transition = scenario.answer(shown(state))
    (effect,) = transition.effects
    assert isinstance(effect, CreateMachine)
    assert scenario.instance.story == Starting(OpId(4), Attempt(tries=3, secrets=1, trust=Trust.SEEN))


@pytest.mark.parametrize("answer", [MISSING, Rejected(Why.MISSING_VOLUME, None, 404), shown(VolumeState.LEAVING)])
def test_a_volume_that_is_not_shown_is_looked_for_again_apart(answer: VolumeShown | Rejected) -> None:
    """One look may share a stale view: a stale 404 once replaced a user's disk (W09)."""
    scenario = checking_volume()
    before = scenario.instance
    assert scenario.answer(answer) == Transition(
        evolve(before, phase=CheckingVolume(OpId(7), V3, Look.SECOND), ops=OpId(8)),
        (GetVolume(OpId(7), APP, SANDBOX, V3, pause_s=15.0),),
    )


def test_a_volume_that_was_never_used_and_that_two_looks_miss_is_made_anew() -> None:
    """No machine was ever sent for on it, so that an empty one in its place loses nothing."""
    scenario = checking_volume()
    scenario.answer(MISSING)
    before = scenario.instance
    story = Relocating(OpId(8), Attempt(tries=3, secrets=1, trust=Trust.GONE), Cause.START)
    moves = Moves(1, OpId(9))
    assert scenario.answer(MISSING) == Transition(
        evolve(before, phase=CreatingVolume(OpId(9), Sought.CANDIDATE), story=story, moves=moves, ops=OpId(10)),
        (CreateVolume(OpId(9), APP, SANDBOX, (AMS,), 10, SPEC.size, Empty()),),
    )


def test_a_volume_that_may_bear_data_and_that_two_looks_miss_is_never_made_anew() -> None:
    """An empty disk in its place would be silent data loss: its snapshots are looked for, and else it is told."""
    scenario = listing_snapshots()
    before = scenario.instance
    note = FailureNote(Failing.START, Why.MISSING_VOLUME)
    gone = "the volume is gone, and there is no snapshot of it"
    label = ("label", "starting_timeout_with_machine")
    told = (label, ("why", "missing_volume"), ("error", gone), ("durationMs", "0"))
    line = Note("instance.provisioning_failed", told)
    assert scenario.answer(SnapshotsListed(())) == Transition(
        evolve(before, phase=Stopped(), story=Idle(), notes=(note,)), (), (line,)
    )


def test_a_destroy_does_not_ask_where_a_missing_volume_went() -> None:
    """A start would ask its machine next."""
    scenario = halted()
    scenario.ask(start("again"))
    scenario.wake()
    until(scenario, CheckingVolume).answer(MISSING)
    scenario.ask(destroy())
    assert scenario.answer(MISSING).effects == (DeleteMachine(OpId(18), APP, MachineId("m7")),)


def test_a_volume_that_the_second_look_shows_is_there() -> None:
    """The first look was stale."""
    scenario = checking_volume()
    scenario.answer(MISSING)
    assert [type(one) for one in scenario.land().effects] == [CreateMachine]


def test_a_volume_that_may_not_be_looked_at_ends_the_attempt() -> None:
    """A token that is refused says nothing about the volume."""
    scenario = checking_volume()
    before = scenario.instance
    note = FailureNote(Failing.START, Why.UNAUTHORIZED)
    line = Note(
        "instance.provisioning_failed", (("label", "no_machine_created"), ("why", "unauthorized"), ("error", ""))
    )
    assert scenario.answer(Rejected(Why.UNAUTHORIZED, None, 401)) == Transition(
        evolve(before, phase=Stopped(), story=Idle(), notes=(note,)), (), (line,)
    )


@pytest.mark.parametrize("answer", [Unknown(), Done()])
def test_a_look_at_the_volume_without_an_answer_is_repeated_after_a_pause(answer: Unknown | Done) -> None:
    """Never is no answer taken for no volume."""
    scenario = checking_volume()
    before = scenario.instance
    story = Starting(OpId(4), Attempt(tries=2, secrets=1))
    assert scenario.answer(answer) == Transition(evolve(before, phase=Pausing(OpId(7)), story=story, ops=OpId(8)))


def test_a_look_at_the_volume_that_is_never_answered_is_told_so() -> None:
    """After the last try."""
    scenario = starting(policy=Policy(tries=0))
    scenario.land()
    scenario.answer(Unknown())
    assert scenario.instance.notes == (FailureNote(Failing.START, Why.NO_ANSWER),)
    assert scenario.instance.notes[0].text == "no answer"


def test_a_look_at_the_volume_that_was_taken_over_is_repeated() -> None:
    """A read may be repeated at will, and the attempt remembers what it had."""
    scenario = checking_volume()
    before = scenario.instance
    assert scenario.take_over() == Transition(
        evolve(before, phase=CheckingVolume(OpId(7), V3, Look.FIRST), ops=OpId(8)),
        (GetVolume(OpId(7), APP, SANDBOX, V3),),
    )


def test_a_volume_that_is_there_after_a_stop_was_asked_moves_on_to_the_stop() -> None:
    """There is no attempt any more that would rely on it."""
    scenario = checking_volume()
    scenario.ask(stop())
    before = scenario.instance
    assert scenario.land().record == evolve(before, phase=Stopped(), story=Idle())


def test_an_answer_that_nobody_waits_for_does_not_stand_for_the_volume() -> None:
    """The first look's answer, come late, must not end the second look."""
    scenario = checking_volume()
    scenario.answer(MISSING)
    before = scenario.instance
    assert scenario.tell(Replied(OpId(6), MISSING)) == Transition(before)
    assert scenario.tell(Replied(OpId(5), AppReady(9))) == Transition(before)


def test_a_destroy_during_the_second_look_is_never_noted_over() -> None:
    """A start that fails after a destroy was granted has nothing to tell (seed #1183)."""
    scenario = checking_volume()
    scenario.answer(MISSING)
    scenario.ask(destroy())
    scenario.answer(MISSING)
    assert (scenario.instance.desired, scenario.instance.notes) == (Desired.GONE, ())
