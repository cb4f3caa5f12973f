"""Schedules that once went wrong, found by telling stories against the rules: each keeps its mending in place."""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.effects import EnsureApp, PayDebt
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Failing
from kiloclaw_core.machine import Data, MachineState
from kiloclaw_core.names import OpId, SandboxId
from kiloclaw_core.outcomes import (
    Done,
    Healthy,
    MachineMade,
    MachineShown,
    MachinesListed,
    StateElsewhere,
    Unknown,
)
from kiloclaw_core.phases import AlarmName, Inspecting, Running, Stopped
from kiloclaw_core.stories import Idle
from kiloclaw_core.verbs import our_machine, our_volume
from kiloclaw_core.world.configurations import FORGOTTEN, OLD_MACHINE
from kiloclaw_core.world.landing import land
from tests.story.doubts import OURS
from tests.story.everywhere import (
    changing,
    checking_volume,
    creating_machine,
    creating_volume,
    inspecting,
    settling,
)
from tests.story.machines import HINTED, HOLDER, NOT_FOUND, becomes, halted, refused
from tests.story.scenario import destroy, start, starting, stop, stopped


def test_a_machine_that_stock_taking_found_is_adopted_by_the_next_start() -> None:
    """A look round must not make the seed's rescue impossible."""
    scenario = stopped(FORGOTTEN)
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land_all()
    scenario.ask(start())
    scenario.wake()
    scenario.land_all()
    assert scenario.instance.phase == Running()
    assert our_machine(scenario.instance).machine == OLD_MACHINE.machine


def test_a_late_machine_that_stock_taking_found_is_adopted_by_the_next_start() -> None:
    """A request that outlived its settle left a machine: it is ours, and there is no second one."""
    scenario = creating_machine()
    create = scenario.sent[0]
    scenario.answer(Unknown())
    scenario.ask(stop())
    scenario.land_all()
    scenario.wake()
    scenario.outside, _ = land(scenario.outside, create)
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land_all()
    scenario.ask(start("again"))
    scenario.wake()
    scenario.land_all()
    assert scenario.instance.phase == Running()


def test_a_stop_whose_create_meets_a_stranger_rests_stopped() -> None:
    """No machine is ours, so that nothing runs, and nothing of the stop failed."""
    scenario = creating_machine()
    scenario.ask(stop())
    scenario.wake()
    scenario.answer(HINTED)
    scenario.answer(MachineShown(evolve(HOLDER, sandbox=SandboxId("ki_2"))))
    assert (scenario.instance.phase, scenario.instance.notes) == (Stopped(), ())


def test_a_stop_asked_as_the_second_look_misses_the_volume_rests_stopped() -> None:
    """The start is told by nobody any more, and the stop has not failed."""
    scenario = checking_volume()
    scenario.answer(NOT_FOUND)
    scenario.ask(stop())
    scenario.answer(NOT_FOUND)
    assert (scenario.instance.phase, scenario.instance.notes) == (Stopped(), ())


def test_a_machine_that_failed_is_as_good_as_stopped() -> None:
    """It serves nobody, and waiting would not change that."""
    scenario = changing()
    scenario.land()
    scenario.answer(StateElsewhere(MachineState.FAILED))
    assert (scenario.instance.phase, scenario.instance.notes) == (Stopped(), ())


def test_a_stop_that_is_never_answered_gives_up_when_its_tries_are_spent() -> None:
    """Every retry has a ceiling, also the one after a doubt."""
    scenario = changing()
    for _ in range(20):
        if not scenario.sent:
            if not any(one.name is AlarmName.PAUSE for one in alarms_of(scenario.record)):
                break
            scenario.ring(AlarmName.PAUSE)
            scenario.land()
        scenario.answer(Unknown())
        scenario.answer(Done())
    assert [note.failing.value for note in scenario.instance.notes] == ["stop"]


def test_a_machine_that_is_found_after_the_ceiling_is_not_waited_for_for_ever() -> None:
    """The start has had its time: it ends with a note, and the machine is looked at as any at rest."""
    scenario = settling()
    scenario.ring(AlarmName.CEILING)
    scenario.tell(Replied(OpId(7), MachineMade(OURS)))
    assert isinstance(scenario.instance.phase, Inspecting)
    assert (scenario.instance.story, [note.failing for note in scenario.instance.notes]) == (Idle(), [Failing.START])


def test_a_start_asked_while_stock_is_taken_has_the_app_first() -> None:
    """What a look round was sent for is not what a start needs."""
    scenario = halted()
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.ask(start("again"))
    assert [type(one) for one in scenario.land().effects] == [EnsureApp]


def test_a_wake_does_not_make_a_machine_run_that_the_first_look_showed_down() -> None:
    """A start asked between two looks begins, whatever the looks were for."""
    scenario = becomes(inspecting(), MachineState.STOPPED)
    scenario.land()
    scenario.ask(start("again"))
    scenario.wake()
    assert scenario.instance.phase != Running()


def test_nothing_is_told_to_the_directory_while_a_create_may_land() -> None:
    """Gone is told when nothing is left, and a create in flight is not nothing."""
    scenario = creating_volume()
    scenario.ask(destroy())
    assert not any(isinstance(one, PayDebt) for one in scenario.wake().effects)


def test_a_volume_that_an_adopted_machine_ran_on_may_bear_data() -> None:
    """It was empty when it was made, and that was before a machine had it."""
    scenario = refused()
    scenario.answer(MachineShown(evolve(HOLDER, state=MachineState.STARTED)))
    scenario.answer(Healthy())
    assert our_volume(scenario.instance).data is Data.BEARING


def test_a_hint_that_vanished_and_is_not_listed_is_told_as_vanished() -> None:
    """The refusal did name a machine: that it is not there is what people need to know."""
    scenario = refused()
    scenario.answer(NOT_FOUND)
    names = [note.name for note in scenario.answer(MachinesListed(())).notes]
    assert names == ["adopt_existing_machine_vanished", "instance.provisioning_failed"]


def test_an_empty_volume_in_doubt_does_not_beat_the_data_that_was_found() -> None:
    """A create in doubt marks v3 as bearing; that must not end with an empty disk (claim: no silent empty disk)."""
    scenario = starting(FORGOTTEN)
    scenario.land()
    scenario.land()
    scenario.answer(Unknown())
    scenario.land()
    scenario.land()
    scenario.land()
    scenario.ring(AlarmName.PAUSE)
    scenario.land_all()
    assert our_machine(scenario.instance).machine == OLD_MACHINE.machine
