"""At rest: our machine is looked at, what gave up is tried again, and nothing else moves an instance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.commands import Desired, Disown
from kiloclaw_core.effects import DeleteVolume, EnsureApp, GetMachine, StopMachine
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Failing, FailureNote, Note, Transition
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import CommandId, MachineId, OpId, VolumeId
from kiloclaw_core.outcomes import Done, MachinesListed, Rejected, Why
from kiloclaw_core.phases import (
    AlarmName,
    Change,
    Changing,
    Clearing,
    Ensuring,
    Inspecting,
    Look,
    Pausing,
    Running,
    Stopped,
)
from kiloclaw_core.status import status_of
from kiloclaw_core.stories import Attempt, Idle, Provisioning, Starting, Stopping

from .everywhere import (
    EVERYWHERE,
    changing,
    clearing,
    creating_machine,
    creating_volume,
    inspecting,
    pausing,
)
from .scenario import SANDBOX, WHO, Scenario, destroy, running, start, stop
from .strays import late_volume

APP: Final = WHO.app
OURS: Final = MachineId("m7")


def test_a_running_instance_takes_stock_by_looking_at_its_machine() -> None:
    """A machine that is up leaves everything as it was."""
    scenario = running()
    before = scenario.instance
    looking = evolve(before, phase=Inspecting(OpId(10), OURS, Look.FIRST), ops=OpId(11))
    assert scenario.ring(AlarmName.STOCKTAKE) == Transition(looking, (GetMachine(OpId(10), APP, SANDBOX, OURS),))
    assert scenario.land() == Transition(evolve(looking, phase=Running()))


def test_a_machine_that_is_down_is_looked_at_twice_before_it_is_said() -> None:
    """One look may show a stale view, or the blink of a restart."""
    scenario = inspecting()
    _set_state(scenario, MachineState.STOPPED)
    before = scenario.instance
    looking = evolve(before, phase=Inspecting(OpId(11), OURS, Look.SECOND), ops=OpId(12))
    assert scenario.land() == Transition(looking, (GetMachine(OpId(11), APP, SANDBOX, OURS, 15.0),))


def test_a_machine_that_is_down_twice_is_told() -> None:
    """It is told, with what Fly said; intent stays, so that it is tried again."""
    scenario = inspecting()
    _set_state(scenario, MachineState.FAILED)
    scenario.land()
    before = scenario.instance
    noted = (FailureNote(Failing.UNEXPECTED_STOP, Why.BOOT_FAILED),)
    assert scenario.land() == Transition(
        evolve(before, phase=Stopped(), notes=noted), notes=(Note("sync_status", (("fly_state", "failed"),)),)
    )
    assert scenario.instance.notes[0].text == "the machine is failed"


def test_a_machine_that_is_up_again_at_the_second_look_never_stopped() -> None:
    """A restart that was in between is nobody's news."""
    scenario = inspecting()
    _set_state(scenario, MachineState.STOPPED)
    scenario.land()
    _set_state(scenario, MachineState.STARTED)
    before = scenario.instance
    assert scenario.land() == Transition(evolve(before, phase=Running()))


def test_a_machine_that_is_still_on_its_way_at_the_second_look_is_told_and_waited_for_by_a_start() -> None:
    """It may be stuck there: a start has a ceiling, a look at rest has none."""
    scenario = inspecting()
    _set_state(scenario, MachineState.STARTING)
    scenario.land()
    before = scenario.instance
    noted = (FailureNote(Failing.UNEXPECTED_STOP, Why.BOOT_FAILED),)
    assert scenario.land() == Transition(
        evolve(before, phase=Stopped(), notes=noted), notes=(Note("sync_status", (("fly_state", "starting"),)),)
    )
    scenario.ring(AlarmName.RETRY)
    assert (scenario.land_all().phase, scenario.instance.notes) == (Running(), ())


def test_a_machine_that_is_still_on_its_way_down_at_the_second_look_is_looked_at_later() -> None:
    """Where it comes to is seen by the next look."""
    scenario = inspecting()
    _set_state(scenario, MachineState.STOPPING)
    scenario.land()
    before = scenario.instance
    assert scenario.land() == Transition(evolve(before, phase=Running()))


def test_an_instance_whose_machine_was_found_down_is_started_again() -> None:
    """By its own alarm; the note goes when it is up."""
    scenario = inspecting()
    _set_state(scenario, MachineState.SUSPENDED)
    scenario.land()
    scenario.land()
    before = scenario.instance
    again = Starting(OpId(12), Attempt(3))
    started = evolve(before, story=again, phase=Ensuring(OpId(13)), ops=OpId(14))
    assert scenario.ring(AlarmName.RETRY) == Transition(started, (EnsureApp(OpId(13), APP),))
    assert (scenario.land_all().phase, scenario.instance.notes) == (Running(), ())


def test_a_provision_that_gave_up_is_told_from_the_beginning() -> None:
    """A stopped instance without a volume is not what was asked for."""
    scenario = creating_volume()
    scenario.answer(Rejected(Why.CAPACITY_REGION, status=409))
    before = scenario.instance
    again = evolve(before, story=Provisioning(OpId(5), Attempt(3)), phase=Ensuring(OpId(6)), ops=OpId(7))
    assert scenario.ring(AlarmName.RETRY) == Transition(again, (EnsureApp(OpId(6), APP),))
    scenario.land_all()
    assert (scenario.instance.phase, scenario.instance.notes) == (Stopped(), ())


def test_a_stop_that_gave_up_is_told_from_the_beginning() -> None:
    """With every try before it."""
    scenario = changing()
    scenario.answer(Rejected(Why.UNAUTHORIZED, status=401))
    before = scenario.instance
    phase = Changing(OpId(13), OURS, Change.STOP)
    again = evolve(before, story=Stopping(OpId(12), 3), phase=phase, ops=OpId(14))
    assert scenario.ring(AlarmName.RETRY) == Transition(again, (StopMachine(OpId(13), APP, OURS),))


def test_a_start_that_gave_up_gives_way_to_a_destroy() -> None:
    """The user's word comes before the slow alarm."""
    scenario = creating_machine()
    scenario.answer(Rejected(Why.LIMIT, status=422))
    scenario.ask(destroy())
    assert scenario.wake().effects == (DeleteVolume(OpId(9), APP, VolumeId("v3")),)


# -- woken -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", ["Stopped", "Gone"])
def test_being_woken_changes_nothing_at_rest(phase: str) -> None:
    """Nobody asked for anything new: a worker that looks in vain must leave everything as it was."""
    scenario = EVERYWHERE[phase]()
    before = scenario.instance
    assert scenario.wake() == Transition(before)


def test_being_woken_a_running_instance_looks_whether_it_is_as_it_seems() -> None:
    """Somebody asked something of it: that is worth a look, and changes nothing if it is up."""
    scenario = running()
    before = scenario.instance
    looking = evolve(before, phase=Inspecting(OpId(10), OURS, Look.FIRST), ops=OpId(11))
    assert scenario.wake() == Transition(looking, (GetMachine(OpId(10), APP, SANDBOX, OURS),))
    assert scenario.land() == Transition(evolve(looking, phase=Running()))


def test_being_woken_does_not_make_an_instance_run_that_gave_up() -> None:
    """Its start ended with a note; it is tried again by its alarm, and until then nothing is up."""
    scenario = creating_machine()
    scenario.answer(Rejected(Why.LIMIT, status=422))
    before = scenario.instance
    assert scenario.wake() == Transition(before)
    assert (before.phase, status_of(before)) == (Stopped(), "provisioned")


def test_a_disown_does_not_make_a_machine_stopped_whose_stop_gave_up() -> None:
    """An operator's word is about something else; but whoever is woken looks, and a machine that is up is stopped."""
    scenario = changing()
    scenario.tell(late_volume(VolumeId("v-late")))
    scenario.answer(Rejected(Why.UNAUTHORIZED, status=401), StopMachine)
    before = scenario.ask(Disown(CommandId("disown"), VolumeId("v-late"), "eve", "stuck"))
    assert before.phase == Running()
    looking = evolve(before, asked=None, phase=Inspecting(OpId(14), OURS, Look.FIRST), ops=OpId(15))
    assert scenario.wake() == Transition(looking, (GetMachine(OpId(14), APP, SANDBOX, OURS),))
    assert scenario.land(GetMachine).effects == (StopMachine(OpId(16), APP, OURS),)


# -- pausing and clearing ----------------------------------------------------------------------------------------


def test_a_pause_ends_when_something_else_is_wanted() -> None:
    """Nothing is in flight, so nothing has to be waited out."""
    scenario = pausing()
    before = scenario.ask(stop())
    transition = scenario.wake()
    assert transition.record == evolve(before, asked=None, phase=Stopped(), story=Idle())


@pytest.mark.parametrize("tell_of", [pausing, clearing, running])
def test_an_echo_at_rest_is_not_an_answer(tell_of: Callable[[], Scenario]) -> None:
    """Whoever waits for an alarm or an errand does not move for a stranger's answer."""
    scenario = tell_of()
    before = scenario.instance
    assert scenario.tell(Replied(OpId(99), Done())) == Transition(before)


def test_a_start_waits_until_the_name_of_the_lost_machine_is_free() -> None:
    """A machine that two looks did not show is condemned and deleted before another is made under its name."""
    scenario = _started_without_its_machine()
    before = scenario.instance
    assert before.phase == Clearing()
    assert scenario.wake() == Transition(before)
    scenario.land_all()
    assert (scenario.instance.phase, scenario.instance.ledger.dead_machines) == (Running(), (OURS,))


def test_a_stop_waits_until_a_machine_that_was_given_up_is_gone() -> None:
    """Two looks did not show it, and still it may be up: stopped is said once its delete is done."""
    scenario = _started_without_its_machine()
    before = scenario.ask(stop("then"))
    assert scenario.wake() == Transition(evolve(before, asked=None))
    assert before.phase == Clearing()
    scenario.land_all()
    assert (scenario.instance.phase, scenario.instance.story) == (Stopped(), Idle())
    assert (scenario.instance.desired, scenario.instance.ledger.machines) == (Desired.STOPPED, ())


def test_a_pause_of_a_resting_kind_survives_being_listed() -> None:
    """A listing that nobody waits for shows our machine, which is known: no news."""
    scenario = pausing()
    before = scenario.instance
    assert scenario.tell(Replied(OpId(99), MachinesListed(()))) == Transition(before)
    assert before.phase == Pausing(OpId(6))


def _set_state(scenario: Scenario, state: MachineState) -> None:
    machine = evolve(scenario.outside.fly.machines[0], state=state)
    scenario.outside = evolve(scenario.outside, fly=evolve(scenario.outside.fly, machines=(machine,)))


def _started_without_its_machine() -> Scenario:
    scenario = running()
    scenario.ask(stop())
    scenario.wake()
    scenario.land_all()
    scenario.outside = evolve(scenario.outside, fly=evolve(scenario.outside.fly, machines=()))
    scenario.ask(start("again"))
    scenario.wake()
    for _ in range(4):
        scenario.land()
    return scenario
