"""The one dispatch: who answers a command, whose an answer is, and what a ring or a waking means."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve
from returns.result import Failure, Success

from kiloclaw_core.commands import Command, Desired, Disown, Refusal
from kiloclaw_core.effects import (
    DeleteMachine,
    DeleteVolume,
    EnsureApp,
    GetMachine,
    Settle,
)
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Absent, Failing, FailureNote, Instance, Note, Record, Remembered, Transition
from kiloclaw_core.lifecycle import absorb, decide
from kiloclaw_core.names import CommandId, MachineId, OpId, VolumeId
from kiloclaw_core.outcomes import Done, Rejected, Why
from kiloclaw_core.phases import AlarmName, Clearing, Ensuring, Inspecting, Look, Settling, Sought, Stopped
from kiloclaw_core.policy import Policy
from kiloclaw_core.stories import Attempt, Idle, Spent, Starting

from .everywhere import EVERYWHERE, awaiting, changing, checking_volume, clearing, pausing
from .scenario import AT, SANDBOX, WHO, destroy, provision, running, start, starting, stop, stopped

APP: Final = WHO.app
OURS: Final = MachineId("m7")
VOLUME: Final = VolumeId("v3")
DISOWN: Final = Disown(CommandId("disown"), OURS, "eve", "its host is lost")
FACTS: Final = (
    Replied(OpId(0), Done()),
    AlarmRang(AlarmName.INTENT, OpId(0)),
    Woken(),
    Recovered(),
)


# -- commands ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [start(), stop(), destroy(), DISOWN])
def test_only_provision_is_granted_to_a_sandbox_that_never_was(command: Command) -> None:
    """Nothing is known that a call could be made with."""
    assert decide(Absent(SANDBOX), command) == Failure(Refusal.NOT_PROVISIONED)


@pytest.mark.parametrize("fact", FACTS)
def test_a_sandbox_that_never_was_is_told_nothing(fact: Fact) -> None:
    """A stray fact must not make a record."""
    assert absorb(Absent(SANDBOX), fact) == Transition(Absent(SANDBOX))


@pytest.mark.parametrize("command", [provision(), start(), stop(), destroy()])
def test_a_command_changes_intent_and_nothing_else(command: Command) -> None:
    """Commit first, perform afterwards: deciding sends nothing and moves no phase."""
    before = running().instance
    after = decide(before, command).unwrap()
    assert isinstance(after, Instance)
    assert (after.phase, after.ledger) == (before.phase, before.ledger)


@pytest.mark.parametrize(
    ("command", "between"),
    [(start("again"), stop()), (stop("again"), start("then")), (destroy("again"), destroy()), (provision(), destroy())],
)
def test_a_repeated_command_gets_its_first_answer(command: Command, between: Command) -> None:
    """A caller who did not hear the answer asks again, perhaps long after something else was asked."""
    scenario = running()
    scenario.ask(command)
    before = scenario.ask(between)
    assert decide(before, command) == Success(before)


def test_a_start_repeated_after_a_stop_does_not_start_again() -> None:
    """Asking twice is asking once, so the stop between the two stands."""
    scenario = running()
    scenario.ask(stop())
    assert scenario.ask(start()).desired is Desired.STOPPED


@pytest.mark.parametrize("moment", [0, AT, 9_999])
def test_the_oldest_granted_command_is_forgotten_first(moment: int) -> None:
    """A record remembers only so many answers; moments have no order, so that no clock decides which."""
    scenario = stopped(policy=Policy(answers_remembered=2))
    scenario.ask(evolve(start("second"), at=moment))
    remembered = scenario.ask(evolve(stop("a third"), at=AT)).granted
    assert remembered == (Remembered(CommandId("second")), Remembered(CommandId("a third")))


def test_equal_records_stay_equal_under_the_same_commands() -> None:
    """Moments decide nothing: two records that differ by a clock alone remember the same answers."""
    one = stopped(policy=Policy(answers_remembered=2)).instance
    other = evolve(one, granted=tuple(evolve(granted, at=9_999) for granted in one.granted))
    assert one == other
    commands = (evolve(start("x"), at=2_000), evolve(stop("y"), at=3_000))
    assert _granted(one, *commands) == _granted(other, *commands)


def test_a_refused_command_is_not_remembered() -> None:
    """It was never granted, so that it may be asked again when it can be."""
    instance = clearing().instance
    assert decide(instance, start("too late")) == Failure(Refusal.BEING_DESTROYED)
    assert CommandId("too late") not in {one.id for one in instance.granted}


# -- facts -------------------------------------------------------------------------------------------------------


def test_an_answer_to_an_errand_goes_to_its_holding_whatever_the_phase() -> None:
    """A delete runs beside the phase: its answer must not be taken for the phase's."""
    scenario = clearing()
    transition = scenario.land(DeleteMachine)
    assert transition.effects == (DeleteVolume(OpId(12), APP, VOLUME),)
    assert scenario.instance.ledger.dead_machines == (OURS,)


def test_the_intent_alarm_looks_at_the_intent() -> None:
    """The ring is as good as being woken, and leaves with the transition that absorbs it."""
    scenario = stopped()
    before = scenario.ask(start())
    transition = scenario.ring(AlarmName.INTENT)
    assert transition == Transition(
        evolve(before, asked=None, phase=Ensuring(OpId(5)), ops=OpId(6)), (EnsureApp(OpId(5), APP),)
    )


def test_a_start_that_is_out_of_time_gives_up_with_a_note() -> None:
    """A pause is not in flight: the ceiling ends it at once."""
    scenario = pausing()
    before = scenario.instance
    transition = scenario.ring(AlarmName.CEILING)
    noted = (FailureNote(Failing.START, Why.WAIT_TIMEOUT),)
    assert transition == Transition(
        evolve(before, phase=Stopped(), story=Idle(), notes=noted),
        notes=(
            Note(
                "instance.provisioning_failed",
                (("label", "starting_timeout"), ("why", "wait_timeout"), ("error", "the start took too long")),
            ),
        ),
    )


def test_a_ceiling_never_interrupts_a_request_in_flight() -> None:
    """It may have landed: it is waited out and looked for before the start gives up."""
    scenario = EVERYWHERE["CreatingMachine"]()
    before = scenario.instance
    transition = scenario.ring(AlarmName.CEILING)
    late = Starting(OpId(4), Attempt(3, 1, spent=(Spent.TIME,), trust=_attempt(before).trust))
    waiting = evolve(before, story=late, phase=Settling(OpId(8), OpId(7), Sought.MACHINE), ops=OpId(9))
    assert transition == Transition(waiting, (Settle(OpId(8), OpId(7), 75.0),))


def _granted(record: Record, *commands: Command) -> Record:
    for command in commands:
        record = decide(record, command).unwrap()
    return record


def _attempt(instance: Instance) -> Attempt:
    assert isinstance(instance.story, Starting)
    return instance.story.attempt


def test_moments_are_those_of_the_fact() -> None:
    """No decision reads a clock: what happened now happened when its fact arrived."""
    scenario = running()
    assert scenario.instance.last_started_at == AT
    scenario.ask(stop())
    scenario.wake()
    scenario.land_all()
    assert (scenario.instance.last_started_at, scenario.instance.last_stopped_at) == (AT, AT)


def test_a_note_keeps_the_moment_it_was_made() -> None:
    """What people read is when it failed, not when somebody looked at it last."""
    scenario = starting()
    scenario.answer(Rejected(Why.UNAUTHORIZED, status=401))
    scenario.tell(AlarmRang(AlarmName.RETRY, OpId(0), AT + 5))
    assert [note.at for note in scenario.instance.notes] == [AT]


# -- woken, or not -----------------------------------------------------------------------------------------------


def test_a_worker_woken_twice_waits_out_what_is_in_flight_once() -> None:
    """Being woken is no reason to send a change again, though a read may be repeated."""
    scenario = changing()
    before = scenario.instance
    assert scenario.wake() == Transition(before)
    assert awaiting().wake().effects == (GetMachine(OpId(9), APP, SANDBOX, OURS),)


def test_a_destroy_while_checking_the_volume_abandons_the_look() -> None:
    """A read changes nothing outside: there is nothing to wait out."""
    scenario = checking_volume()
    scenario.ask(destroy())
    transition = scenario.wake()
    assert (scenario.instance.phase, transition.effects) == (Clearing(), (DeleteVolume(OpId(8), APP, VOLUME),))


def test_a_start_that_hears_nothing_of_its_machine_looks_at_it() -> None:
    """The alarm of a phase means that no answer came: a read is simply made again."""
    scenario = awaiting()
    before = scenario.instance
    after = evolve(before, phase=Inspecting(OpId(9), OURS, Look.FIRST), ops=OpId(10))
    assert scenario.ring(AlarmName.PATIENCE) == Transition(after, (GetMachine(OpId(9), APP, SANDBOX, OURS),))
