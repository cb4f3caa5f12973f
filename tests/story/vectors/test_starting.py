"""Vectors 11 to 19 of reconcile 9: how long a start may take, what ends it, and what is told of it."""

from __future__ import annotations

from kiloclaw_core.effects import AwaitState, CreateMachine, EnsureApp, GetMachine, Settle
from kiloclaw_core.facts import AlarmRang, Replied
from kiloclaw_core.instance import Transition
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import StateElsewhere, Unknown
from kiloclaw_core.phases import AlarmName, Pausing
from kiloclaw_core.verbs import our_machine
from kiloclaw_core.views import view
from tests.story.scenario import AT, SANDBOX, WHO, Scenario, destroy, start

from .situations import (
    BROKEN,
    armed,
    begun,
    kinds,
    lines,
    noted,
    on_its_way,
    provisioned,
    roles,
    status,
    there,
    until,
    vanishes,
)

FAILED = ["instance.provisioning_failed"]


def launching() -> Scenario:
    """A first start whose machine was made and boots."""
    return until(begun(provisioned()), AwaitState)


def test_11_a_fresh_start_without_a_machine_is_left_alone() -> None:
    """A ring that its record does not want is dropped: nothing is looked at, and nothing moves."""
    scenario = until(begun(provisioned()), CreateMachine)
    before = scenario.instance

    assert scenario.tell(AlarmRang(AlarmName.STOCKTAKE, OpId(0), AT)) == Transition(before)
    assert status(scenario) == "starting"


def test_12_a_start_that_took_too_long_without_a_machine_ends() -> None:
    """Nothing is looked at; the event says that it was the time."""
    scenario = begun(provisioned())

    transition = scenario.ring(AlarmName.CEILING)

    (event,) = transition.notes
    assert (event.name, event.fields[0]) == (FAILED[0], ("label", "starting_timeout"))
    assert (transition.effects, status(scenario)) == ((), "provisioned")
    assert noted(scenario) == (("start", "wait_timeout"),)
    assert armed(scenario) == {AlarmName.RETRY: 600.0}


def test_12_a_create_in_flight_is_waited_out_before_a_start_ends() -> None:
    """It may land yet: the start ends when that is known, and with the machine held if there is one."""
    scenario = until(begun(provisioned()), CreateMachine)

    assert kinds(scenario.ring(AlarmName.CEILING).effects) == [Settle]
    assert status(scenario) == "starting"
    told = lines(scenario.land(CreateMachine))

    assert told == ["create_machine", *FAILED]
    assert (status(scenario), our_machine(scenario.instance).machine in there(scenario)) == ("provisioned", True)


def test_13_a_machine_that_is_up_when_time_is_up_is_running() -> None:
    """The start is over, and its machine is looked at: a late boot that succeeds wins."""
    scenario = launching()
    scenario.arrive()
    held = roles(scenario)
    assert kinds(scenario.ring(AlarmName.CEILING).effects) == [GetMachine]

    scenario.land_all()

    assert (status(scenario), roles(scenario), noted(scenario)) == ("running", held, ())


def test_14_a_machine_that_is_only_created_when_time_is_up_is_kept() -> None:
    """The start ends; the id is not forgotten."""
    scenario = launching()
    held = roles(scenario)
    scenario.answer(StateElsewhere(MachineState.CREATED))

    assert lines(scenario.ring(AlarmName.CEILING)) == FAILED

    assert (status(scenario), roles(scenario)) == ("provisioned", held)
    assert view(scenario.record).machine_id == our_machine(scenario.instance).machine


def test_15_an_error_that_may_pass_ends_a_start_only_when_its_time_is_up() -> None:
    """It is asked again after a pause, for as long as there is time and a try."""
    scenario = launching()
    scenario.answer(Unknown("503"))
    assert (status(scenario), noted(scenario), armed(scenario)[AlarmName.PAUSE]) == ("starting", (), 10.0)

    assert lines(scenario.ring(AlarmName.CEILING)) == FAILED

    assert (status(scenario), noted(scenario)) == ("provisioned", (("start", "wait_timeout"),))


def test_16_a_machine_that_is_gone_while_it_boots_ends_the_start_without_one() -> None:
    """Looked for twice, then surely deleted; one create and one event for an attempt."""
    scenario = vanishes(launching())
    told: list[str] = []
    for effect in on_its_way(scenario):
        assert not isinstance(effect, CreateMachine)
        told += lines(scenario.land())

    assert told == ["destroy_machine_ok", *FAILED]
    assert (status(scenario), view(scenario.record).machine_id) == ("provisioned", None)


def test_17_a_second_start_while_one_is_under_way_changes_nothing() -> None:
    """It is granted, remembered by its id, and sends nothing; its time is that of the one under way."""
    scenario = launching()
    story, alarms = scenario.instance.story, armed(scenario)

    scenario.ask(start("again"))

    assert scenario.instance.asked is None
    assert (scenario.instance.story, armed(scenario)) == (story, alarms)


def test_17_a_start_after_one_that_took_too_long_is_a_new_attempt() -> None:
    """With a time and tries of its own."""
    scenario = launching()
    old = scenario.instance.story
    scenario.ring(AlarmName.CEILING)

    scenario.ask(start("again"))

    assert kinds(scenario.wake().effects) == [EnsureApp]
    assert scenario.instance.story != old
    assert armed(scenario)[AlarmName.CEILING] == 300.0


def test_18_a_start_that_fails_while_it_is_destroyed_leaves_the_status_alone() -> None:
    """Its create is waited out, and what it answers is told by nobody."""
    scenario = until(begun(provisioned()), CreateMachine)
    scenario.ask(destroy())
    scenario.wake()

    assert lines(scenario.answer(BROKEN)) == []

    assert (status(scenario), noted(scenario)) == ("destroying", ())


def test_18_a_start_that_fails_once_it_is_gone_leaves_the_status_alone() -> None:
    """The tombstone is written to by nobody."""
    scenario = until(begun(provisioned()), CreateMachine)
    (create,) = scenario.sent
    scenario.ask(destroy())
    scenario.wake()
    scenario.land_all()
    gone = scenario.instance
    assert (status(scenario), there(scenario)) == (None, set())

    assert scenario.tell(Replied(create.op, BROKEN, AT)) == Transition(gone)


def test_19_a_failure_before_there_is_a_machine_ends_the_start_with_a_note() -> None:
    """Upstream's word for it is the label; what was refused stands beside it."""
    scenario = until(begun(provisioned()), CreateMachine)

    (event,) = scenario.answer(BROKEN).notes
    assert (event.name, event.fields[0]) == (FAILED[0], ("label", "no_machine_created"))

    assert (status(scenario), noted(scenario)) == ("provisioned", (("start", "invalid"),))
    (error,) = view(scenario.record).errors
    assert (error.name, error.message) == ("last_start_error", BROKEN.text)


def test_19_a_failure_once_there_is_a_machine_ends_nothing_yet() -> None:
    """No note, no look at Fly, and the machine is held; the next try goes on with it."""
    scenario = launching()
    machine = our_machine(scenario.instance).machine

    assert scenario.answer(Unknown("502")).effects == ()

    assert (status(scenario), noted(scenario)) == ("starting", ())
    assert isinstance(scenario.instance.phase, Pausing)
    scenario.ring(AlarmName.PAUSE)
    assert scenario.sent[0] == GetMachine(scenario.sent[0].op, WHO.app, SANDBOX, machine)
