"""Provisioning: everything is written before anything is called; then the app and the volume are had."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve
from returns.result import Failure, Success

from kiloclaw_core.commands import Desired, Refusal
from kiloclaw_core.effects import CreateMachine, CreateVolume, EnsureApp, GetVolume, Settle
from kiloclaw_core.facts import Replied, Woken
from kiloclaw_core.instance import Absent, Failing, FailureNote, Instance, Note, Remembered, Transition
from kiloclaw_core.ledger import Ledger, Role, VolumeHolding
from kiloclaw_core.lifecycle import absorb, decide
from kiloclaw_core.machine import Data, Guest, Named, VolumeSeen, VolumeState
from kiloclaw_core.names import CommandId, OpId, Region, UserId, VolumeId
from kiloclaw_core.outcomes import AppReady, Done, Rejected, Unknown, VolumeShown, Why
from kiloclaw_core.phases import (
    AlarmName,
    Attempt,
    CheckingVolume,
    CreatingVolume,
    Ensuring,
    Idle,
    Look,
    Pausing,
    Provisioning,
    Settling,
    Sought,
    Starting,
    Stopped,
    Trust,
)

from .everywhere import checking_volume, creating_volume
from .scenario import AT, SANDBOX, SPEC, WHO, Scenario, asked, destroy, provision, starting, stop, stopped

APP: Final = WHO.app
AMS: Final = Region("ams")
V2: Final = VolumeId("v2")
GUEST: Final = Guest(2, 4096, "shared")
WRITTEN: Final = Instance(
    phase=Stopped(),
    story=Provisioning(OpId(0), Attempt(tries=3)),
    desired=Desired.STOPPED,
    ledger=Ledger(),
    ops=OpId(1),
    asked=OpId(0),
    identity=WHO,
    spec=SPEC,
    granted=(Remembered(CommandId("provision")),),
)
"""What a command to provision writes down."""
MADE: Final = Ledger(volumes=(VolumeHolding(V2, Role.ACTIVE, Data.FRESH, AMS),))
MISSING: Final = Rejected(Why.NOT_FOUND, None, 404, '{"error":"volume not found"}')


def shown(state: VolumeState) -> VolumeShown:
    """Our volume, as a get shows it."""
    return VolumeShown(VolumeSeen(V2, state, Named.MARKED, OpId(2), None, AMS))


# -- asked -------------------------------------------------------------------------------------------------------


def test_provision_of_what_never_was_writes_everything_and_sends_nothing() -> None:
    """Upstream writes after it called: a crash between loses the volume (lifecycle 3.1)."""
    granted = decide(Absent(SANDBOX), provision())
    assert granted == Success(WRITTEN)
    written = granted.unwrap()
    assert isinstance(written, Instance)
    assert (written.provisioned_at, written.granted[0].at) == (AT, AT)


def test_provision_of_an_instance_to_run_starts_it() -> None:
    """A start that follows by itself is the same start: the first thing it has is the app and the volume."""
    story = Starting(OpId(0), Attempt(tries=3), "initial_provision", AT)
    assert asked(provision(Desired.RUNNING)).instance == evolve(WRITTEN, story=story, desired=Desired.RUNNING)


def test_provision_in_order_to_be_gone_is_refused() -> None:
    """Nobody can mean that; granting it would write a record that nothing is behind."""
    assert decide(Absent(SANDBOX), provision(Desired.GONE)) == Failure(Refusal.TO_BE_GONE)


@pytest.mark.parametrize("rest", [stopped, starting])
def test_provision_of_what_exists_changes_the_spec_and_neither_phase_nor_size(rest: type[Scenario]) -> None:
    """A user pays for the size, so that only asking for a size may change it; the config is pushed by the next start."""
    scenario = rest()
    before = scenario.instance
    spec = evolve(SPEC, image="image-2", guest=Guest(8), volume_gb=99, environment=(("KEY", "new"),))
    after = scenario.ask(evolve(provision(spec=spec), id=CommandId("again")))
    assert after == evolve(
        before,
        spec=evolve(SPEC, image="image-2", environment=(("KEY", "new"),), revision=2),
        granted=(Remembered(CommandId("again")), *before.granted),
    )


def test_provision_by_another_user_is_refused() -> None:
    """The identity is durable and never changes under a live machine (W27)."""
    stranger = evolve(provision(identity=evolve(WHO, user=UserId("user-2"))), id=CommandId("again"))
    assert decide(stopped().record, stranger) == Failure(Refusal.ANOTHER_IDENTITY)


def test_provision_of_what_is_being_destroyed_is_refused() -> None:
    """Destroy is for ever."""
    scenario = stopped()
    scenario.ask(destroy())
    again = evolve(provision(), id=CommandId("again"))
    assert decide(scenario.record, again) == Failure(Refusal.BEING_DESTROYED)


# -- the app -----------------------------------------------------------------------------------------------------


def test_a_written_intent_has_the_app_first() -> None:
    """Without an owner's app there is nowhere to make anything."""
    scenario = asked(provision())
    assert scenario.wake() == Transition(
        evolve(WRITTEN, phase=Ensuring(OpId(1)), ops=OpId(2), asked=None), (EnsureApp(OpId(1), APP),)
    )


def test_provision_whose_app_is_ready_makes_the_volume() -> None:
    """In the owner's regions, sized for the machine that will mount it."""
    scenario = asked(provision())
    before = scenario.wake().record
    assert isinstance(before, Instance)
    story = Provisioning(OpId(0), Attempt(tries=3, secrets=7))
    assert scenario.answer(AppReady(7)) == Transition(
        evolve(before, phase=CreatingVolume(OpId(2)), story=story, ops=OpId(3)),
        (CreateVolume(OpId(2), APP, SANDBOX, (AMS,), 10, GUEST),),
    )


def test_a_volume_for_a_machine_of_unknown_size_is_placed_for_the_default_one() -> None:
    """The compute hint must name some size; a legacy record's is only known from its machine."""
    scenario = asked(provision(spec=evolve(SPEC, guest=None)))
    scenario.wake()
    assert scenario.land().effects == (CreateVolume(OpId(2), APP, SANDBOX, (AMS,), 10, Guest()),)


def test_provision_whose_app_is_somebody_elses_gives_up_and_tells() -> None:
    """A collision does not mend by asking; the note keeps all that was said, for people."""
    scenario = asked(provision())
    before = scenario.wake().record
    assert isinstance(before, Instance)
    note = FailureNote(Failing.PROVISION, Why.COLLISION)
    said = "the app app-1 holds a machine of user-2" + "!" * 5_000
    transition = scenario.answer(Rejected(Why.COLLISION, text=said))
    line = Note("provision_failed", (("why", "collision"), ("text", said)))
    assert transition == Transition(evolve(before, phase=Stopped(), story=Idle(), notes=(note,)), (), (line,))
    assert [(one.text, one.at) for one in scenario.instance.notes] == [(said, AT)]


def test_an_app_that_does_not_answer_is_asked_again_after_a_pause() -> None:
    """Ensuring is idempotent, so that a doubt needs no settling."""
    scenario = asked(provision())
    before = scenario.wake().record
    assert isinstance(before, Instance)
    story = Provisioning(OpId(0), Attempt(tries=2))
    paused = evolve(before, phase=Pausing(OpId(2)), story=story, ops=OpId(3))
    assert scenario.answer(Unknown()) == Transition(paused)
    assert scenario.ring(AlarmName.PAUSE) == Transition(
        evolve(paused, phase=Ensuring(OpId(3)), ops=OpId(4)), (EnsureApp(OpId(3), APP),)
    )


def test_an_app_that_never_answers_ends_the_provision_when_its_tries_are_spent() -> None:
    """Every retry has a ceiling and an escalation (decisions 12)."""
    scenario = asked(provision())
    scenario.wake()
    for _ in range(3):
        scenario.answer(Unknown())
        scenario.ring(AlarmName.PAUSE)
    scenario.answer(Unknown())
    assert scenario.instance == evolve(
        WRITTEN,
        story=Idle(),
        asked=None,
        ops=OpId(8),
        notes=(FailureNote(Failing.PROVISION, Why.NO_ANSWER),),
    )


def test_an_app_whose_having_was_taken_over_is_had_again() -> None:
    """Asking again changes nothing outside, and the answer under way is lost."""
    scenario = asked(provision())
    before = scenario.wake().record
    assert isinstance(before, Instance)
    assert scenario.take_over() == Transition(
        evolve(before, phase=Ensuring(OpId(2)), ops=OpId(3)), (EnsureApp(OpId(2), APP),)
    )


def test_an_older_answer_does_not_stand_for_the_app() -> None:
    """The app's secrets may have changed since: only the answer to this request counts."""
    scenario = asked(provision())
    scenario.wake()
    scenario.take_over()
    before = scenario.instance
    assert scenario.tell(Replied(OpId(1), AppReady(9))) == Transition(before)


def test_an_app_that_is_ready_after_a_stop_was_asked_moves_on_to_the_stop() -> None:
    """The answer to an older wish is heard, and what is wanted now decides."""
    scenario = starting()
    scenario.ask(stop())
    before = scenario.instance
    transition = scenario.answer(AppReady(1))
    assert transition == Transition(
        evolve(before, phase=Stopped(), story=Idle()),
        (),
        (Note("instance.stopped", (("label", "manual_user_request"),)),),
    )


# -- the volume --------------------------------------------------------------------------------------------------


def test_a_volume_that_was_made_is_held_and_the_instance_rests() -> None:
    """It is fresh: no machine that mounts it was ever sent for."""
    scenario = creating_volume()
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(before, phase=Stopped(), story=Idle(), ledger=MADE),
        (),
        (Note("create_volume", (("volume_id", "v2"),)),),
    )


def test_a_region_without_room_ends_the_provision_at_rest_with_nothing_lost() -> None:
    """Every region was tried: only time or people help (reconcile 4.4)."""
    scenario = creating_volume()
    before = scenario.instance
    full = Rejected(Why.CAPACITY_REGION, None, 409, '{"error":"no capacity"}')
    note = FailureNote(Failing.PROVISION, Why.CAPACITY_REGION)
    line = Note("provision_failed", (("why", "capacity_region"), ("text", '{"error":"no capacity"}')))
    assert scenario.answer(full) == Transition(
        evolve(before, phase=Stopped(), story=Idle(), notes=(note,)), (), (line,)
    )


def test_a_provision_that_gave_up_is_tried_again_and_its_note_cleared() -> None:
    """The note goes exactly when its cause is resolved: a volume is there."""
    scenario = creating_volume()
    scenario.answer(Rejected(Why.CAPACITY_REGION))
    scenario.ring(AlarmName.RETRY)
    scenario.land_all()
    assert (scenario.instance.notes, scenario.instance.ledger.volume) == (
        (),
        VolumeHolding(VolumeId("v5"), Role.ACTIVE, Data.FRESH, AMS),
    )


def test_a_volume_whose_making_is_in_doubt_is_settled() -> None:
    """Volumes have no fence: a second create before the first is settled could make two."""
    scenario = creating_volume()
    before = scenario.instance
    assert scenario.answer(Unknown()) == Transition(
        evolve(before, phase=Settling(OpId(3), OpId(2), Sought.VOLUME), ops=OpId(4)), (Settle(OpId(3), OpId(2)),)
    )


def test_a_volume_whose_making_was_taken_over_is_settled() -> None:
    """The process that asked is gone, the request may yet land."""
    scenario = creating_volume()
    before = scenario.instance
    assert scenario.take_over() == Transition(
        evolve(before, phase=Settling(OpId(3), OpId(2), Sought.VOLUME), ops=OpId(4)), (Settle(OpId(3), OpId(2)),)
    )


def test_a_volume_whose_making_takes_too_long_is_settled() -> None:
    """An alarm wakes, it never proves that the request cannot land."""
    scenario = creating_volume()
    assert scenario.ring(AlarmName.PATIENCE).effects == (Settle(OpId(3), OpId(2)),)


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


# -- looking at the volume ---------------------------------------------------------------------------------------


def test_a_start_looks_at_its_volume_before_it_makes_a_machine() -> None:
    """A machine on a volume that is gone would be refused, or worse, boot without the data (reconcile 4.1.5)."""
    scenario = starting()
    before = scenario.instance
    story = Starting(OpId(3), Attempt(tries=3, secrets=1))
    assert scenario.land() == Transition(
        evolve(before, phase=CheckingVolume(OpId(5), Look.FIRST), story=story, ops=OpId(6)),
        (GetVolume(OpId(5), APP, SANDBOX, V2),),
    )


@pytest.mark.parametrize("state", [VolumeState.CREATED, VolumeState.UNREADY])
def test_a_volume_that_is_there_is_relied_on_for_this_attempt(state: VolumeState) -> None:
    """Also while it is not ready: it exists, and Fly says when it can be mounted."""
    scenario = checking_volume()
    transition = scenario.answer(shown(state))
    (effect,) = transition.effects
    assert isinstance(effect, CreateMachine)
    assert scenario.instance.story == Starting(OpId(3), Attempt(tries=3, secrets=1, trust=Trust.SEEN))


@pytest.mark.parametrize("answer", [MISSING, Rejected(Why.MISSING_VOLUME, None, 404), shown(VolumeState.LEAVING)])
def test_a_volume_that_is_not_shown_is_looked_for_again_apart(answer: VolumeShown | Rejected) -> None:
    """One look may share a stale view: a stale 404 once replaced a user's disk (W09)."""
    scenario = checking_volume()
    before = scenario.instance
    assert scenario.answer(answer) == Transition(
        evolve(before, phase=CheckingVolume(OpId(6), Look.SECOND), ops=OpId(7)),
        (GetVolume(OpId(6), APP, SANDBOX, V2, pause_s=15.0),),
    )


def test_a_volume_that_two_looks_miss_is_told_and_never_replaced() -> None:
    """An empty disk in its place would be silent data loss; what we held we hold."""
    scenario = checking_volume()
    scenario.answer(MISSING)
    before = scenario.instance
    note = FailureNote(Failing.START, Why.MISSING_VOLUME)
    line = Note("start_failed", (("why", "missing_volume"), ("text", '{"error":"volume not found"}')))
    assert scenario.answer(MISSING) == Transition(
        evolve(before, phase=Stopped(), story=Idle(), notes=(note,)), (), (line,)
    )


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
    line = Note("start_failed", (("why", "unauthorized"), ("text", "")))
    assert scenario.answer(Rejected(Why.UNAUTHORIZED, None, 401)) == Transition(
        evolve(before, phase=Stopped(), story=Idle(), notes=(note,)), (), (line,)
    )


@pytest.mark.parametrize("answer", [Unknown(), Done()])
def test_a_look_at_the_volume_without_an_answer_is_repeated_after_a_pause(answer: Unknown | Done) -> None:
    """Never is no answer taken for no volume."""
    scenario = checking_volume()
    before = scenario.instance
    story = Starting(OpId(3), Attempt(tries=2, secrets=1))
    assert scenario.answer(answer) == Transition(evolve(before, phase=Pausing(OpId(6)), story=story, ops=OpId(7)))


def test_a_look_at_the_volume_that_was_taken_over_is_repeated() -> None:
    """A read may be repeated at will, and the attempt remembers what it had."""
    scenario = checking_volume()
    before = scenario.instance
    assert scenario.take_over() == Transition(
        evolve(before, phase=CheckingVolume(OpId(6), Look.FIRST), ops=OpId(7)), (GetVolume(OpId(6), APP, SANDBOX, V2),)
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
    assert scenario.tell(Replied(OpId(5), MISSING)) == Transition(before)
    assert scenario.tell(Replied(OpId(4), AppReady(9))) == Transition(before)


def test_a_destroy_during_the_second_look_is_never_noted_over() -> None:
    """A start that fails after a destroy was granted has nothing to tell (seed #1183)."""
    scenario = checking_volume()
    scenario.answer(MISSING)
    scenario.ask(destroy())
    scenario.answer(MISSING)
    assert (scenario.instance.desired, scenario.instance.notes) == (Desired.GONE, ())


def test_facts_about_what_never_was_change_nothing() -> None:
    """A wake for a record that is not there is nobody's."""
    assert absorb(Absent(SANDBOX), Woken()) == Transition(Absent(SANDBOX))
