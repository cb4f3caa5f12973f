"""Weaknesses of lifecycle 7 A: a destroy of upstream's that loses something, or is not final."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import evolve
from returns.result import Failure, Success

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.commands import Refusal
from kiloclaw_core.effects import (
    AwaitState,
    CreateMachine,
    CreateVolume,
    Effect,
    GetMachine,
    ListMachines,
    ListVolumes,
    ProbeHealth,
    StartMachine,
    UpdateMachine,
)
from kiloclaw_core.facts import Replied, Woken
from kiloclaw_core.instance import Transition
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import MachineShown, Outcome, Rejected, StateReached, Unknown, Why
from kiloclaw_core.phases import Alarm, AlarmName
from kiloclaw_core.views import debug_view
from kiloclaw_core.world import sights
from kiloclaw_core.world.configurations import OLD_MACHINE, OLD_VOLUME
from tests.story.scenario import AT, SANDBOX, WHO, Scenario, destroy, provision, start, stop
from tests.story.vectors.situations import (
    BROKEN,
    MISSING,
    NOT_FOUND,
    armed,
    asked_until_rest,
    begun,
    down,
    kinds,
    noted,
    on_its_way,
    provisioned,
    restart,
    restarted,
    settled,
    status,
    there,
    until,
    up,
)
from tests.story.vectors.unknowns import with_machine, with_volume

MAKING = {CreateMachine, CreateVolume, StartMachine, UpdateMachine}
"""What is never asked for an instance that is to be gone."""


def going(scenario: Scenario) -> Scenario:
    """The scenario whose user wants it gone, and a worker has looked."""
    scenario.ask(destroy())
    scenario.wake()
    return scenario


@pytest.mark.parametrize("outcome", [None, MISSING, Unknown("504")], ids=["made", "volume missing", "no answer"])
def test_lw01_a_create_that_a_destroy_meets_makes_nothing_afterwards(outcome: Outcome | None) -> None:
    """Whatever it comes to: nothing is made anew, and never in another app than the record's."""
    scenario = going(until(begun(provisioned()), CreateMachine))
    asked: list[Effect] = []
    if outcome is not None:
        scenario.answer(outcome)
    for effect in on_its_way(scenario):
        asked.append(effect)
        scenario.land()

    assert not MAKING & {type(one) for one in asked[outcome is None :]}
    assert {one.app for one in asked if isinstance(one, ListMachines | ListVolumes)} == {WHO.app}
    assert (status(scenario), there(scenario)) == (None, set())


def stopping() -> Scenario:
    """An instance whose machine is being stopped."""
    scenario = up()
    scenario.ask(stop())
    scenario.wake()
    return scenario


@pytest.mark.parametrize(
    "outcome", [BROKEN, NOT_FOUND, Unknown("500"), StateReached()], ids=["refused", "not found", "no answer", "reached"]
)
@pytest.mark.parametrize(
    "under_way",
    [lambda: until(begun(provisioned()), CreateMachine), stopping, lambda: until(restarted(up()), UpdateMachine)],
    ids=["start", "stop", "restart"],
)
def test_lw02_nothing_is_written_into_a_tombstone(under_way: Callable[[], Scenario], outcome: Outcome) -> None:
    """A start's failure, a stop's end, a restart's pointers, a second delete's 404: all come too late."""
    scenario = under_way()
    ops = range(scenario.instance.ops)
    settled(going(scenario))
    gone = scenario.instance
    assert status(scenario) is None

    assert [scenario.tell(Replied(OpId(op), outcome, AT)) for op in ops] == [Transition(gone)] * len(ops)


def test_lw05_a_restart_does_not_end_a_destroy() -> None:
    """Its update was in flight; what it answers is waited for, and changes nothing of what is wanted."""
    scenario = until(restarted(up()), UpdateMachine)
    going(scenario)
    assert status(scenario) == "destroying"

    assert not MAKING & set(kinds(scenario.land().effects))

    assert status(scenario) == "destroying"
    assert decide(scenario.record, restart("once more")) == Failure(Refusal.BEING_DESTROYED)
    assert (status(settled(scenario)), there(scenario)) == (None, set())


def test_lw06_a_look_does_not_hide_that_it_is_destroyed() -> None:
    """Neither a poll nor an old answer that shows the machine stopped; the deletes go on in their own time."""
    scenario = up()
    halted = evolve(scenario.outside.fly.machines[0], state=MachineState.STOPPED)
    going(scenario)
    scenario.answer(Unknown("503"))
    failed = scenario.instance

    assert debug_view(scenario.record).view.status == "destroying"
    late = scenario.tell(Replied(OpId(1), MachineShown(sights.machine_seen(halted, SANDBOX)), AT))

    assert late == Transition(failed)
    assert armed(scenario) == {AlarmName.ERRAND_RETRY: 60.0}


@pytest.mark.parametrize("kind", [GetMachine, StartMachine, AwaitState, ProbeHealth])
def test_lw07_a_start_makes_no_second_machine_while_it_is_destroyed(kind: type[Effect]) -> None:
    """Its look, its wait or its probe finds nothing, because the destroy has deleted the machine."""
    scenario = until(begun(down(), "again"), kind)
    going(scenario)
    assert not {CreateMachine, CreateVolume} & set(asked_until_rest(scenario))

    assert (status(scenario), there(scenario), noted(scenario)) == (None, set(), ())


def test_lw10_a_new_config_does_not_bring_a_destroyed_instance_back() -> None:
    """While it is destroyed and ever after: the key is not used again."""
    scenario = going(up())
    again = evolve(provision(), id=start("again").id)
    assert decide(scenario.record, again) == Failure(Refusal.BEING_DESTROYED)

    settled(scenario)

    assert decide(scenario.record, again) == Failure(Refusal.BEING_DESTROYED)
    assert status(scenario) is None


def test_lw15_a_second_destroy_after_the_end_is_granted_and_changes_nothing() -> None:
    """Who comes too late hears that it is as asked."""
    scenario = settled(going(up()))
    gone = scenario.instance

    granted = decide(scenario.record, destroy("again"))

    assert isinstance(granted, Success)
    assert granted.unwrap() == evolve(gone, granted=scenario.ask(destroy("again")).granted)
    assert scenario.tell(Woken(AT)).effects == ()
    assert status(scenario) is None


def test_lw16_a_destroy_is_prompt_even_if_nobody_looks() -> None:
    """The process dies right after the intent is durable: its alarm, due at once, was in the same commit."""
    scenario = down()
    granted = scenario.ask(destroy())
    assert granted.asked is not None

    assert Alarm(AlarmName.INTENT, granted.asked, 0.0) in alarms_of(granted)

    scenario.ring(AlarmName.INTENT)
    assert (status(settled(scenario)), there(scenario)) == (None, set())


@pytest.mark.parametrize("kind", [ListMachines, ListVolumes])
def test_lw18_a_listing_that_fails_does_not_end_a_destroy(kind: type[Effect]) -> None:
    """What was not seen is not gone: the look round begins again when its patience is spent."""
    scenario = until(going(up()), kind)
    scenario.answer(Rejected(Why.UNRECOGNISED, None, 500, "internal"))

    assert (scenario.sent, status(scenario)) == ((), "destroying")
    scenario.ring(AlarmName.PATIENCE)
    assert kinds(scenario.sent) == [ListMachines]
    assert status(settled(scenario)) is None


def test_lw18_a_machine_and_a_volume_that_no_record_names_go_as_well() -> None:
    """Both pointers were lost: the look round finds them."""
    scenario = provisioned()
    with_machine(with_volume(scenario, OLD_VOLUME), OLD_MACHINE)

    assert (status(settled(going(scenario))), there(scenario)) == (None, set())
