"""Provisioning: everything is written before anything is called; then the app and the volume are had."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve
from returns.result import Failure, Success

from kiloclaw_core.commands import Desired, Refusal
from kiloclaw_core.effects import CreateVolume, EnsureApp, ListVolumes
from kiloclaw_core.facts import Replied, Woken
from kiloclaw_core.instance import Absent, Failing, FailureNote, Instance, Note, Remembered, Transition
from kiloclaw_core.ledger import Ledger
from kiloclaw_core.lifecycle import absorb, decide
from kiloclaw_core.machine import Guest
from kiloclaw_core.names import CommandId, OpId, Region, UserId
from kiloclaw_core.outcomes import AppReady, Rejected, Unknown, VolumesListed, Why
from kiloclaw_core.phases import AlarmName, CreatingVolume, Ensuring, Pausing, Sought, Stopped, Surveying
from kiloclaw_core.stories import Attempt, Idle, Provisioning, Starting

from .everywhere import surveying
from .scenario import AT, SANDBOX, SPEC, WHO, Scenario, asked, destroy, provision, starting, stop, stopped

APP: Final = WHO.app
AMS: Final = Region("ams")
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
def test_provision_of_what_exists_changes_the_spec_and_neither_phase_nor_size(rest: Callable[[], Scenario]) -> None:
    """A user pays for the size, so that only asking for it may change it; the next start pushes the config."""
    scenario = rest()
    before = scenario.instance
    spec = evolve(SPEC, image="image-2", guest=Guest(8), volume_gb=99, environment=(("KEY", "new"),))
    after = scenario.ask(evolve(provision(spec=spec), id=CommandId("again")))
    assert after == evolve(
        before,
        spec=evolve(SPEC, image="image-2", environment=(("KEY", "new"),), revision=2),
        granted=(*before.granted, Remembered(CommandId("again"))),
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


def test_provision_whose_app_is_ready_looks_whether_there_is_a_volume_already() -> None:
    """A record that was lost must not end in an empty disk beside the one with the data."""
    scenario = asked(provision())
    before = scenario.wake().record
    assert isinstance(before, Instance)
    story = Provisioning(OpId(0), Attempt(tries=3, secrets=7))
    assert scenario.answer(AppReady(7)) == Transition(
        evolve(before, phase=Surveying(OpId(2)), story=story, ops=OpId(3)), (ListVolumes(OpId(2), APP, SANDBOX),)
    )


def test_provision_that_finds_no_volume_makes_one() -> None:
    """In the owner's regions, sized for the machine that will mount it."""
    scenario = surveying()
    before = scenario.instance
    assert scenario.answer(VolumesListed(())) == Transition(
        evolve(before, phase=CreatingVolume(OpId(3), Sought.VOLUME), ops=OpId(4)),
        (CreateVolume(OpId(3), APP, SANDBOX, (AMS,), 10, GUEST),),
    )


def test_a_volume_for_a_machine_of_unknown_size_is_placed_for_the_default_one() -> None:
    """The compute hint must name some size; a legacy record's is only known from its machine."""
    scenario = asked(provision(spec=evolve(SPEC, guest=None)))
    scenario.wake()
    scenario.land()
    assert scenario.land().effects == (CreateVolume(OpId(3), APP, SANDBOX, (AMS,), 10, Guest()),)


def test_provision_whose_app_is_somebody_elses_gives_up_and_tells() -> None:
    """A collision does not mend by asking; the note keeps all that was said, for people."""
    scenario = asked(provision())
    before = scenario.wake().record
    assert isinstance(before, Instance)
    note = FailureNote(Failing.PROVISION, Why.COLLISION)
    said = "the app app-1 holds a machine of user-2" + "!" * 5_000
    transition = scenario.answer(Rejected(Why.COLLISION, text=said))
    line = Note(
        "instance.provisioning_failed", (("label", "no_machine_created"), ("why", "collision"), ("error", said))
    )
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


def test_facts_about_what_never_was_change_nothing() -> None:
    """A wake for a record that is not there is nobody's."""
    assert absorb(Absent(SANDBOX), Woken()) == Transition(Absent(SANDBOX))
