"""A start that is refused its machine: it moves, tries again or gives up, and people are told at once why."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.effects import EnsureApp, GetVolume
from kiloclaw_core.instance import Failing, FailureNote, FullRegion, Instance, Note, Transition
from kiloclaw_core.ledger import Asked, Ledger, Role, VolumeHolding
from kiloclaw_core.machine import Data
from kiloclaw_core.names import OpId, Region, VolumeId
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.phases import AlarmName, CheckingVolume, Clearing, Ensuring, Look, Pausing, Running, Stopped
from kiloclaw_core.stories import Attempt, Cause, Idle, Relocating, Starting, Trust
from kiloclaw_core.views import NoteView, debug_view, view

from .everywhere import creating_machine
from .scenario import AT, SANDBOX, WHO, destroy, start

APP: Final = WHO.app
AMS: Final = Region("ams")
V3: Final = VolumeId("v3")
SEEN: Final = Attempt(tries=3, secrets=1, trust=Trust.SEEN)
FRESH: Final = Ledger(volumes=(VolumeHolding(V3, Role.ACTIVE, Data.FRESH, AMS, mark=OpId(3)),))
BEARING: Final = Ledger(volumes=(VolumeHolding(V3, Role.ACTIVE, Data.BEARING, AMS, mark=OpId(3)),))
NOT_FOUND: Final = Rejected(Why.NOT_FOUND, None, 404)


def line(why: Why, text: str = "", label: str = "no_machine_created") -> Note:
    """What the log says of a start that gave up."""
    return Note("instance.provisioning_failed", (("label", label), ("why", why.value), ("error", text)))


def down(instance: Instance, why: Why) -> Instance:
    """The instance at rest, once its start gave up."""
    return evolve(instance, phase=Stopped(), story=Idle(), notes=(FailureNote(Failing.START, why),))


def test_a_machine_that_finds_no_room_on_its_volumes_host_moves_to_another_volume() -> None:
    """Only a move helps, and no machine was made for certain, so that the volume is as empty as it was."""
    scenario = creating_machine()
    before = scenario.instance
    moving = Relocating(OpId(8), Attempt(tries=3, secrets=1), Cause.START)
    event = Note(
        "instance.start_capacity_recovery",
        (("label", "fly_412_insufficient_resources"), ("error", '{"error":"insufficient resources"}')),
    )
    assert scenario.answer(Rejected(Why.CAPACITY_HOST, None, 412, '{"error":"insufficient resources"}')) == Transition(
        evolve(before, phase=CheckingVolume(OpId(9), V3, Look.FIRST), story=moving, ledger=FRESH, ops=OpId(10)),
        (GetVolume(OpId(9), APP, SANDBOX, V3),),
        (event,),
    )


@pytest.mark.parametrize(
    ("why", "label"),
    [(Why.CAPACITY_REGION, "fly_403_capacity_recovery"), (Why.QUOTA, "fly_403_quota_exceeded")],
)
def test_a_machine_that_finds_no_room_in_its_region_moves_and_remembers_the_region(why: Why, label: str) -> None:
    """The region is asked last from now on, until its own alarm rings (reconcile 4.7)."""
    scenario = creating_machine()
    before = scenario.instance
    moving = Relocating(OpId(9), Attempt(tries=3, secrets=1), Cause.START)
    event = Note("instance.start_capacity_recovery", (("label", label), ("error", "no room")))
    evicted = Note("region.capacity_eviction", (("flyRegion", "ams"), ("label", "evicted")))
    assert scenario.answer(Rejected(why, None, 403, "no room")) == Transition(
        evolve(
            before,
            phase=CheckingVolume(OpId(10), V3, Look.FIRST),
            story=moving,
            ledger=FRESH,
            ops=OpId(11),
            full_regions=(FullRegion(AMS, OpId(8)),),
        ),
        (GetVolume(OpId(10), APP, SANDBOX, V3),),
        (event, evicted),
    )


def test_a_machine_that_may_not_be_made_ends_the_start_at_rest_with_nothing_lost() -> None:
    """No machine was made for certain, so that the volume is as empty as it was, and still there."""
    scenario = creating_machine()
    before = scenario.instance
    assert scenario.answer(Rejected(Why.LIMIT, None, 422, "too many machines")) == Transition(
        evolve(down(before, Why.LIMIT), ledger=FRESH), (), (line(Why.LIMIT, "too many machines"),)
    )


def test_a_start_that_failed_is_noted_at_once_with_the_full_body() -> None:
    """Upstream said nothing for five minutes (seed #1183); people need Fly's own words, uncut."""
    scenario = creating_machine()
    body = '{"error":"' + "too many machines in the app " * 300 + '"}'
    scenario.answer(Rejected(Why.LIMIT, None, 422, body))
    assert debug_view(scenario.record).notes == (NoteView("last_start_error", "limit", body, AT),)
    assert view(scenario.record).because == "start: limit"


def test_a_start_that_succeeds_clears_the_note_of_the_last_one() -> None:
    """The note goes exactly when its cause is resolved."""
    scenario = creating_machine()
    scenario.answer(Rejected(Why.LIMIT, None, 422))
    scenario.ask(start("again"))
    scenario.wake()
    assert scenario.land_all().notes == ()
    assert scenario.instance.phase == Running()


def test_a_start_that_fails_after_a_destroy_is_not_noted() -> None:
    """A failure note must never be written over a destroy (seed #1183, W16)."""
    scenario = creating_machine()
    scenario.ask(destroy())
    before = scenario.instance
    transition = scenario.answer(Rejected(Why.LIMIT, None, 422))
    assert transition.record == evolve(
        before,
        phase=Clearing(),
        story=Idle(),
        ledger=Ledger(volumes=(VolumeHolding(V3, Role.CONDEMNED, Data.FRESH, AMS, Asked(OpId(9)), mark=OpId(3)),)),
        ops=OpId(10),
    )
    assert transition.notes == ()


def test_a_start_that_gave_up_is_tried_again_by_its_alarm() -> None:
    """Giving up never changes what is wanted (decisions 9)."""
    scenario = creating_machine()
    scenario.answer(Rejected(Why.LIMIT, None, 422))
    before = scenario.instance
    assert scenario.ring(AlarmName.RETRY) == Transition(
        evolve(before, phase=Ensuring(OpId(9)), story=Starting(OpId(8), Attempt(tries=3)), ops=OpId(10)),
        (EnsureApp(OpId(9), APP),),
    )


def test_a_refusal_that_may_pass_is_tried_again_after_a_pause() -> None:
    """A claimed volume will be free once the machine that has it is gone."""
    scenario = creating_machine()
    before = scenario.instance
    assert scenario.answer(Rejected(Why.VOLUME_CLAIMED, None, 412)) == Transition(
        evolve(
            before,
            phase=Pausing(OpId(8)),
            story=Starting(OpId(4), evolve(SEEN, tries=2)),
            ledger=FRESH,
            ops=OpId(9),
        )
    )


def test_a_refusal_that_does_not_pass_ends_the_start_when_its_tries_are_spent() -> None:
    """Every retry has a ceiling and an escalation."""
    scenario = creating_machine()
    for _ in range(3):
        scenario.answer(Rejected(Why.RATE_LIMITED, None, 429))
        scenario.ring(AlarmName.PAUSE)
    before = scenario.instance
    transition = scenario.answer(Rejected(Why.RATE_LIMITED, None, 429))
    assert transition == Transition(evolve(down(before, Why.RATE_LIMITED), ledger=FRESH), (), (line(Why.RATE_LIMITED),))


def test_a_missing_volume_sends_the_start_back_to_look_at_it() -> None:
    """A refusal's text is not evidence enough to say that a disk is gone."""
    scenario = creating_machine()
    before = scenario.instance
    story = Starting(OpId(4), Attempt(tries=2, secrets=1))
    paused = evolve(before, phase=Pausing(OpId(8)), story=story, ledger=FRESH, ops=OpId(9))
    assert scenario.answer(Rejected(Why.MISSING_VOLUME, None, 400)) == Transition(paused)
    assert scenario.ring(AlarmName.PAUSE) == Transition(
        evolve(paused, phase=CheckingVolume(OpId(9), V3, Look.FIRST), ops=OpId(10)),
        (GetVolume(OpId(9), APP, SANDBOX, V3),),
    )
