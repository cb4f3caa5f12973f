"""Starting: intent first, then whatever is lacking, one request at a time; never a second machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve
from returns.result import Failure

from kiloclaw_core.commands import Desired, Destroy, Refusal, Stop
from kiloclaw_core.effects import (
    Awaited,
    AwaitState,
    CreateMachine,
    DeleteMachine,
    EnsureApp,
    GetMachine,
    GetVolume,
    Settle,
)
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Failing, FailureNote, Instance, Note, Remembered, Transition
from kiloclaw_core.ledger import Asked, Ledger, MachineHolding, Role, VolumeHolding
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import Data, MachineConfig, machine_config
from kiloclaw_core.names import CommandId, MachineId, OpId, OrgId, Region, VersionId, VolumeId
from kiloclaw_core.outcomes import AppReady, Done, Outcome, Rejected, Unknown, Why
from kiloclaw_core.phases import (
    AlarmName,
    Awaiting,
    Clearing,
    CreatingMachine,
    Ensuring,
    Inspecting,
    Look,
    Running,
    Settling,
    Sought,
    Stopped,
)
from kiloclaw_core.stories import Attempt, Idle, Spent, Starting, Trust

from .everywhere import checking_volume, creating_machine, probing
from .machines import halted
from .scenario import AT, SANDBOX, SPEC, WHO, Scenario, destroy, running, start, starting, stop, stopped

APP: Final = WHO.app
AMS: Final = Region("ams")
V3: Final = VolumeId("v3")
M7: Final = MachineId("m7")
CONFIG: Final[MachineConfig] = machine_config(SPEC, V3, SANDBOX, WHO.user, WHO.org)
SEEN: Final = Attempt(tries=3, secrets=1, trust=Trust.SEEN)
MADE: Final = Attempt(tries=3, secrets=1, trust=Trust.SEEN, spent=(Spent.CREATE,))
FRESH: Final = Ledger(volumes=(VolumeHolding(V3, Role.ACTIVE, Data.FRESH, AMS, mark=OpId(3)),))
BEARING: Final = Ledger(volumes=(VolumeHolding(V3, Role.ACTIVE, Data.BEARING, AMS, mark=OpId(3)),))
HELD: Final = evolve(BEARING, machines=(MachineHolding(M7, Role.ACTIVE, V3, VersionId("i7"), revision=1),))
NOT_FOUND: Final = Rejected(Why.NOT_FOUND, None, 404)


def line(why: Why, text: str = "", label: str = "no_machine_created") -> Note:
    """What the log says of a start that gave up."""
    return Note("instance.provisioning_failed", (("label", label), ("why", why.value), ("error", text)))


def down(instance: Instance, why: Why) -> Instance:
    """The instance at rest, once its start gave up."""
    return evolve(instance, phase=Stopped(), story=Idle(), notes=(FailureNote(Failing.START, why),))


# -- asked -------------------------------------------------------------------------------------------------------


def test_start_of_a_stopped_instance_writes_the_intent() -> None:
    """Whoever crashes now, the wish is there, with a whole attempt before it."""
    scenario = stopped()
    before = scenario.instance
    assert scenario.ask(start()) == evolve(
        before,
        desired=Desired.RUNNING,
        story=Starting(OpId(4), Attempt(tries=3), "manual_user_request", AT),
        asked=OpId(4),
        ops=OpId(5),
        granted=(*before.granted, Remembered(CommandId("start"))),
    )


def test_start_of_a_stopped_instance_has_the_app_first() -> None:
    """The env key may have been rotated since: its version is learnt anew in every attempt."""
    scenario = stopped()
    before = scenario.ask(start())
    assert scenario.wake() == Transition(
        evolve(before, phase=Ensuring(OpId(5)), asked=None, ops=OpId(6)), (EnsureApp(OpId(5), APP),)
    )


@pytest.mark.parametrize("under_way", [running, starting, creating_machine, probing])
def test_start_of_what_is_up_or_on_its_way_is_granted_and_changes_nothing(under_way: Callable[[], Scenario]) -> None:
    """A second start must not begin a second story: that is how second machines are made."""
    scenario = under_way()
    before = scenario.instance
    again = Remembered(CommandId("again"))
    assert scenario.ask(start("again")) == evolve(before, granted=(*before.granted, again))


def test_start_after_a_start_that_gave_up_begins_a_fresh_attempt() -> None:
    """A user's command always finds a way in: he need not wait for the slow alarm (decisions 9)."""
    scenario = creating_machine()
    scenario.answer(Rejected(Why.LIMIT, None, 422))
    before = scenario.instance
    assert scenario.ask(start("again")) == evolve(
        before,
        story=Starting(OpId(8), Attempt(tries=3)),
        asked=OpId(8),
        ops=OpId(9),
        granted=(*before.granted, Remembered(CommandId("again"))),
    )


def test_start_of_what_is_being_destroyed_is_refused() -> None:
    """Destroy is for ever."""
    scenario = stopped()
    scenario.ask(destroy())
    assert decide(scenario.record, start()) == Failure(Refusal.BEING_DESTROYED)


# -- the machine is made -----------------------------------------------------------------------------------------


def test_a_start_makes_the_machine_on_its_volume() -> None:
    """From the moment it is sent for, the volume may bear data: a machine may boot though nobody hears of it."""
    scenario = checking_volume()
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=CreatingMachine(OpId(7), Data.FRESH),
            story=Starting(OpId(4), SEEN),
            ledger=BEARING,
            ops=OpId(8),
        ),
        (CreateMachine(OpId(7), APP, CONFIG, AMS, 1),),
    )


def test_a_machine_is_told_whose_it_is_and_which_secrets_it_has() -> None:
    """An organisation that has no secrets yet, as any other."""
    claws = evolve(WHO, org=OrgId("claws"))
    scenario = starting(identity=claws)
    scenario.answer(AppReady(0))
    config = machine_config(SPEC, V3, SANDBOX, claws.user, claws.org)
    assert scenario.land().effects == (CreateMachine(OpId(7), APP, config, AMS, 0),)


def test_a_machine_that_was_made_is_held_before_it_is_waited_for() -> None:
    """Its id is durable before any further call; the attempt makes no other one (lifecycle 3.2.1)."""
    scenario = creating_machine()
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=Awaiting(OpId(8), M7, Awaited.STARTED),
            story=Starting(OpId(4), MADE),
            ledger=HELD,
            ops=OpId(9),
        ),
        (AwaitState(OpId(8), APP, M7, Awaited.STARTED, version=VersionId("i7")),),
        (Note("create_machine", (("machine_id", "m7"),)),),
    )


@pytest.mark.parametrize("answer", [Unknown(), Done()])
def test_a_machine_whose_making_is_in_doubt_is_settled(answer: Outcome) -> None:
    """The most expensive mistake is to make another one now."""
    scenario = creating_machine()
    before = scenario.instance
    assert scenario.answer(answer) == Transition(
        evolve(before, phase=Settling(OpId(8), OpId(7), Sought.MACHINE), ops=OpId(9)), (Settle(OpId(8), OpId(7)),)
    )


def test_a_machine_whose_making_was_taken_over_is_settled() -> None:
    """Upstream made a second machine here (bug: start, empty list, second machine)."""
    scenario = creating_machine()
    before = scenario.instance
    assert scenario.take_over() == Transition(
        evolve(before, phase=Settling(OpId(8), OpId(7), Sought.MACHINE), ops=OpId(9)), (Settle(OpId(8), OpId(7)),)
    )


@pytest.mark.parametrize("command", [stop(), destroy()])
def test_another_wish_while_the_machine_is_made_waits_for_it(command: Destroy | Stop) -> None:
    """A create in flight cannot be called back: what it made must be known before it can be stopped or deleted."""
    scenario = creating_machine()
    before = scenario.ask(command)
    assert scenario.wake() == Transition(evolve(before, asked=None))


def test_a_machine_that_was_made_after_a_destroy_is_deleted() -> None:
    """Upstream dropped it on the floor: the branch returned without deleting it (D.5)."""
    scenario = creating_machine()
    scenario.ask(destroy())
    scenario.wake()
    assert scenario.land().effects == (DeleteMachine(OpId(9), APP, M7),)


def test_an_older_answer_does_not_stand_for_the_machine() -> None:
    """Only the op that the phase waits for steers."""
    scenario = creating_machine()
    before = scenario.instance
    assert scenario.tell(Replied(OpId(5), AppReady(9))) == Transition(before)


# -- the machine is there, or was --------------------------------------------------------------------------------


def test_a_start_with_a_machine_looks_at_it_and_makes_none() -> None:
    """What is there is launched."""
    scenario = halted()
    scenario.ask(start("again"))
    scenario.wake()
    scenario.land(EnsureApp)
    before = scenario.instance
    assert scenario.land(GetVolume) == Transition(
        evolve(
            before,
            phase=Inspecting(OpId(16), M7, Look.FIRST),
            story=Starting(OpId(13), SEEN),
            ops=OpId(17),
        ),
        (GetMachine(OpId(16), APP, SANDBOX, M7),),
    )


def lost_machine() -> Scenario:
    """A start whose machine was deleted from outside as it booted: it was looked for twice, and is condemned."""
    scenario = creating_machine()
    scenario.land()
    scenario.answer(NOT_FOUND)
    scenario.answer(NOT_FOUND)
    scenario.answer(NOT_FOUND)
    return scenario


def test_a_start_whose_machine_is_condemned_waits_until_its_name_is_free() -> None:
    """A machine that two looks miss is deleted all the same: the fence is its delete, not a clock."""
    scenario = lost_machine()
    condemned = MachineHolding(M7, Role.CONDEMNED, V3, VersionId("i7"), Asked(OpId(11)), revision=1)
    assert (scenario.instance.phase, scenario.instance.ledger, scenario.sent) == (
        Clearing(),
        evolve(BEARING, machines=(condemned,)),
        (DeleteMachine(OpId(11), APP, M7),),
    )


def test_a_start_whose_machine_is_gone_makes_no_second_one_in_the_same_attempt() -> None:
    """An attempt makes at most one machine that lands; something is wrong with this host or this config."""
    scenario = lost_machine()
    before = scenario.instance
    dead = evolve(BEARING, dead_machines=(M7,))
    assert scenario.answer(Done()) == Transition(
        evolve(down(before, Why.NOT_FOUND), ledger=dead),
        (),
        (
            Note("destroy_machine_ok", (("machine_id", "m7"),)),
            line(Why.NOT_FOUND, "the machine that was made is gone", "starting_machine_gone"),
        ),
    )


def test_a_start_that_takes_too_long_gives_up_and_looks_whether_it_came_up_late() -> None:
    """The ceiling of the story is told; a machine that is up after all is not left out (reconcile 2.4)."""
    scenario = creating_machine()
    scenario.land()
    before = scenario.instance
    assert scenario.ring(AlarmName.CEILING) == Transition(
        evolve(down(before, Why.WAIT_TIMEOUT), phase=Inspecting(OpId(9), M7, Look.FIRST), ops=OpId(10)),
        (GetMachine(OpId(9), APP, SANDBOX, M7),),
        (line(Why.WAIT_TIMEOUT, "the start took too long", "starting_timeout_with_machine"),),
    )
    scenario.arrive()
    scenario.land(GetMachine)
    assert (scenario.instance.phase, scenario.instance.has_run, scenario.instance.notes) == (Running(), True, ())


def test_a_start_that_takes_too_long_without_a_machine_gives_up_and_keeps_what_it_has() -> None:
    """There is nothing to look at, and the next attempt begins with the volume."""
    scenario = checking_volume()
    before = scenario.instance
    assert scenario.ring(AlarmName.CEILING) == Transition(
        down(before, Why.WAIT_TIMEOUT), (), (line(Why.WAIT_TIMEOUT, "the start took too long", "starting_timeout"),)
    )
