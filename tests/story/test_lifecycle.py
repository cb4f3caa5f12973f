"""The one dispatch: who answers a command, whose an answer is, what a ring means, and what a take-over loses."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve
from returns.result import Failure, Success

from kiloclaw_core.commands import Command, Desired, Disown, Refusal
from kiloclaw_core.effects import (
    CreateMachine,
    DeleteMachine,
    DeleteVolume,
    Effect,
    EnsureApp,
    GetMachine,
    GetVolume,
    ListMachines,
    PayDebt,
    Settle,
    StopMachine,
)
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Absent, Failing, FailureNote, Instance, Note, Record, Remembered, Transition
from kiloclaw_core.ledger import Asked
from kiloclaw_core.lifecycle import absorb, decide
from kiloclaw_core.machine import Data, machine_config
from kiloclaw_core.names import CommandId, MachineId, OpId, VolumeId, first_op
from kiloclaw_core.outcomes import Done, Rejected, Why
from kiloclaw_core.phases import (
    AlarmName,
    Attempt,
    CheckingVolume,
    Clearing,
    CreatingMachine,
    Ensuring,
    Gone,
    Idle,
    Inspecting,
    Listing,
    Look,
    Pausing,
    Phase,
    Running,
    Settling,
    Sought,
    Spent,
    Starting,
    Stopped,
    Sweep,
    Sweeping,
)
from kiloclaw_core.policy import Policy

from .everywhere import EVERYWHERE, awaiting, changing, checking_volume, clearing, pausing, settling
from .scenario import AT, SANDBOX, SPEC, WHO, destroy, provision, running, start, starting, stop, stopped

APP: Final = WHO.app
OURS: Final = MachineId("m6")
VOLUME: Final = VolumeId("v2")
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
    assert transition.effects == (DeleteVolume(OpId(11), APP, VOLUME),)
    assert scenario.instance.ledger.dead_machines == (OURS,)


def test_the_intent_alarm_looks_at_the_intent() -> None:
    """The ring is as good as being woken, and leaves with the transition that absorbs it."""
    scenario = stopped()
    before = scenario.ask(start())
    transition = scenario.ring(AlarmName.INTENT)
    assert transition == Transition(
        evolve(before, asked=None, phase=Ensuring(OpId(4)), ops=OpId(5)), (EnsureApp(OpId(4), APP),)
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
            Note("instance.provisioning_failed", (("label", "wait_timeout"), ("error", "the start took too long"))),
        ),
    )


def test_a_ceiling_never_interrupts_a_request_in_flight() -> None:
    """It may have landed: it is waited out and looked for before the start gives up."""
    scenario = EVERYWHERE["CreatingMachine"]()
    before = scenario.instance
    transition = scenario.ring(AlarmName.CEILING)
    late = Starting(OpId(3), Attempt(3, 1, spent=(Spent.TIME,), trust=_attempt(before).trust))
    waiting = evolve(before, story=late, phase=Settling(OpId(7), OpId(6), Sought.MACHINE), ops=OpId(8))
    assert transition == Transition(waiting, (Settle(OpId(7), OpId(6), 75.0),))


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


# -- take-overs --------------------------------------------------------------------------------------------------


def settle(op: int, of: int, sought: Sought) -> tuple[Phase, Effect]:
    """A request that may have landed is waited out."""
    return Settling(OpId(op), OpId(of), sought), Settle(OpId(op), OpId(of), 75.0)


def look_at_ours(op: int) -> tuple[Phase, Effect]:
    """Our machine is looked at again."""
    return Inspecting(OpId(op), OURS, Look.FIRST), GetMachine(OpId(op), APP, SANDBOX, OURS)


TAKEN_OVER: Final[dict[str, tuple[Phase, *tuple[Effect, ...]]]] = {
    "Stopped": (Stopped(),),
    "Running": (Running(),),
    "Gone": (Gone(),),
    "Pausing": (Pausing(OpId(5)),),
    "Ensuring": (Ensuring(OpId(5)), EnsureApp(OpId(5), APP)),
    "CreatingVolume": settle(3, 2, Sought.VOLUME),
    "CreatingMachine": settle(7, 6, Sought.MACHINE),
    "CheckingVolume": (CheckingVolume(OpId(6), Look.FIRST), GetVolume(OpId(6), APP, SANDBOX, VOLUME)),
    "Inspecting": (Running(),),
    "Changing": settle(11, 10, Sought.CHANGE),
    "Awaiting": look_at_ours(8),
    "Probing": look_at_ours(9),
    "Settling": settle(8, 6, Sought.MACHINE),
    "Listing": (
        Listing(OpId(9), OpId(6), Sought.MACHINE, Look.FIRST),
        ListMachines(OpId(9), APP, SANDBOX),
    ),
    "Sweeping": (Sweeping(OpId(15), Sweep.MACHINES_FIRST), ListMachines(OpId(15), APP, SANDBOX)),
    "StockTaking": (Stopped(),),
}
"""What a take-over makes of each phase that keeps everything but its phase: where it goes and what it sends."""


@pytest.mark.parametrize("phase", TAKEN_OVER)
def test_a_take_over_waits_out_what_may_land_and_repeats_what_was_read(phase: str) -> None:
    """Every answer under way is lost; a request that changes the outside may have landed or may yet."""
    scenario = EVERYWHERE[phase]()
    before = scenario.instance
    moved, *effects = TAKEN_OVER[phase]
    after = evolve(before, phase=moved, ops=OpId(before.ops + len(effects)))
    assert scenario.take_over() == Transition(after, tuple(effects))


@pytest.mark.parametrize("phase", ["Seeking", "Verifying", "Weighing"])
def test_a_take_over_of_an_adoption_meets_the_name_again(phase: str) -> None:
    """The refusal is lost with whoever heard it; the name alone guards against a second machine."""
    scenario = EVERYWHERE[phase]()
    before = scenario.instance
    volume = before.ledger.volume
    assert volume is not None
    op = before.ops
    after = evolve(
        before,
        phase=CreatingMachine(op, Data.FRESH),
        ops=OpId(op + 1),
        ledger=before.ledger.with_volume(evolve(volume, data=Data.BEARING)),
    )
    config = machine_config(SPEC, VOLUME, SANDBOX, WHO.user)
    assert scenario.take_over() == Transition(after, (CreateMachine(op, APP, config, volume.region, 1),))


def test_a_take_over_asks_for_every_delete_again() -> None:
    """A delete is repeatable, and nobody will hear the answer to the first."""
    scenario = clearing()
    before = scenario.instance
    condemned = before.ledger.machines[0]
    assert condemned.errand == Asked(OpId(10))
    after = evolve(before, ops=OpId(12), ledger=before.ledger.with_errand(condemned, Asked(OpId(11))))
    assert scenario.take_over() == Transition(after, (DeleteMachine(OpId(11), APP, OURS),))


def test_a_take_over_asks_for_every_payment_again() -> None:
    """The directory's marks are monotone: telling it twice tells it once."""
    scenario = clearing()
    scenario.land()
    scenario.land()
    before = scenario.instance
    assert [debt.errand for debt in before.debts] == [Asked(OpId(12)), Asked(OpId(13))]
    transition = scenario.take_over()
    again = tuple(evolve(debt, errand=Asked(OpId(14 + place))) for place, debt in enumerate(before.debts))
    assert transition == Transition(
        evolve(before, ops=OpId(16), debts=again),
        tuple(PayDebt(OpId(14 + place), debt.kind, SANDBOX, WHO.user) for place, debt in enumerate(before.debts)),
    )


def test_a_take_over_keeps_an_intent_that_nobody_looked_at() -> None:
    """The command was granted and committed: it is looked at by whoever comes next."""
    scenario = running()
    before = scenario.ask(stop())
    assert scenario.take_over() == Transition(before)
    assert scenario.ring(AlarmName.INTENT).effects == (StopMachine(OpId(10), APP, OURS),)


def test_a_restored_backup_numbers_from_its_own_first_op() -> None:
    """No op of the lost incarnation is ever given out again, so no late answer can be mistaken."""
    scenario = settling()
    first = first_op(1)
    before = scenario.instance
    after = evolve(before, phase=Settling(first, OpId(6), Sought.MACHINE), ops=OpId(first + 1))
    assert scenario.take_over(incarnation=1) == Transition(after, (Settle(first, OpId(6), 75.0),))


def test_a_worker_woken_twice_waits_out_what_is_in_flight_once() -> None:
    """Being woken is no reason to send a change again, though a read may be repeated."""
    scenario = changing()
    before = scenario.instance
    assert scenario.wake() == Transition(before)
    assert awaiting().wake().effects == (GetMachine(OpId(8), APP, SANDBOX, OURS),)


def test_a_destroy_while_checking_the_volume_abandons_the_look() -> None:
    """A read changes nothing outside: there is nothing to wait out."""
    scenario = checking_volume()
    scenario.ask(destroy())
    transition = scenario.wake()
    assert (scenario.instance.phase, transition.effects) == (Clearing(), (DeleteVolume(OpId(7), APP, VOLUME),))


def test_a_take_over_of_a_resting_instance_leaves_its_intent_to_the_alarm() -> None:
    """A take-over at rest proves nothing: the destroy is looked at when its alarm rings."""
    scenario = stopped()
    before = scenario.ask(destroy())
    assert scenario.take_over() == Transition(before)
    assert scenario.ring(AlarmName.INTENT).effects == (DeleteVolume(OpId(4), APP, VOLUME),)


def test_a_start_that_hears_nothing_of_its_machine_looks_at_it() -> None:
    """The alarm of a phase means that no answer came: a read is simply made again."""
    scenario = awaiting()
    before = scenario.instance
    after = evolve(before, phase=Inspecting(OpId(8), OURS, Look.FIRST), ops=OpId(9))
    assert scenario.ring(AlarmName.PATIENCE) == Transition(after, (GetMachine(OpId(8), APP, SANDBOX, OURS),))
