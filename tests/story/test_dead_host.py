"""A host that does not answer: told, healed, or left behind, with its machine, its name and what it still holds."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.effects import CopyOf, CreateMachine, CreateVolume, DeleteMachine
from kiloclaw_core.instance import AuditNote, Failing, FailureNote, Instance, Note, Remembered, Transition
from kiloclaw_core.ledger import MachineHolding, Role
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import CommandId, OpId, machine_name
from kiloclaw_core.outcomes import Done, Rejected, Why
from kiloclaw_core.phases import AlarmName, Clearing, CreatingMachine, Running
from kiloclaw_core.policy import Policy
from kiloclaw_core.stories import Attempt, Cause, Relocating

from .machines import replaced
from .moves import FRA, M7, NOT_FOUND, OURS, V3, down, photographed, recover, unreachable, until, wide
from .scenario import REAL, SANDBOX, WHO, Scenario, start

APP: Final = WHO.app
AUDIT: Final = AuditNote("eve", "asked for recovery", "it is down")
AWAY: Final = FailureNote(Failing.HOST, Why.HOST_DOWN)
UNHEARD: Final = Rejected(Why.HOST_DOWN, None, 503, "host unavailable")
CLAIMED: Final = Rejected(Why.VOLUME_CLAIMED, None, 412, "volume already claimed by machine m7")


def granted(before: Instance) -> Instance:
    """The instance once it was asked, without anything that follows from how it is."""
    return evolve(
        before,
        asked=before.ops,
        ops=OpId(before.ops + 1),
        audit=(*before.audit, AUDIT),
        granted=(*before.granted, Remembered(CommandId("recover"))),
    )


def test_a_machine_whose_host_does_not_answer_is_told_and_left_alone() -> None:
    """Its state is the last known one: nothing follows from it (fly.md 2.3)."""
    scenario = wide()
    replaced(scenario, evolve(scenario.outside.fly.machines[0], reachable=False, state=MachineState.STOPPED))
    scenario.ring(AlarmName.STOCKTAKE)
    before = scenario.instance
    held = evolve(OURS, reachable=False)
    assert scenario.land() == Transition(
        evolve(before, phase=Running(), ledger=evolve(before.ledger, machines=(held,)), notes=(AWAY,))
    )
    assert scenario.instance.notes[0].text == "the host of the machine does not answer"


def test_a_host_that_answers_again_heals_it() -> None:
    """The note goes with its cause."""
    scenario = unreachable(wide())
    replaced(scenario, evolve(scenario.outside.fly.machines[0], reachable=True))
    scenario.ring(AlarmName.STOCKTAKE)
    instance = scenario.land_all()
    assert (instance.notes, instance.ledger.machine) == ((), OURS)


def test_an_operator_has_it_moved_away_from_that_host() -> None:
    """Nobody else may say that the host will not come back."""
    scenario = unreachable(wide())
    before = scenario.instance
    moving = Relocating(OpId(before.ops + 1), Attempt(3), Cause.UNEXPECTED_STOP)
    assert scenario.ask(recover()) == evolve(granted(before), story=moving, ops=OpId(before.ops + 2))


@pytest.mark.parametrize(("accepted", "names"), [(False, (1,)), (True, (0, 0, 0, 0, 1))])
def test_it_moves_to_its_newest_snapshot_under_the_next_name(*, accepted: bool, names: tuple[int, ...]) -> None:
    """Nothing is heard of that host: its machine keeps the name, and its volume cannot be copied (decisions 1.9).

    Whether Fly refuses to delete the machine, or accepts it and never does: then the name is tried as often as may be.
    """
    scenario = unreachable(photographed(wide()))
    scenario.ask(recover())
    scenario.wake()
    assert _ride_out_with_a_dead_host(scenario, accepted=accepted) == names
    instance, volume = scenario.instance, scenario.instance.ledger.volume
    assert volume is not None
    assert (instance.phase, instance.generation, volume.region, volume.parent) == (Running(), 1, FRA, None)
    assert [one.name for one in scenario.outside.fly.machines] == [machine_name(SANDBOX), machine_name(SANDBOX, 1)]
    assert instance.audit[-1].did == "went back to the snapshot s-v3, because v3 could not be had"


def vanished(policy: Policy = REAL) -> Scenario:
    """The host did not answer, and then its machine was not shown any more: it is to go, under op 13, unheard."""
    scenario = unreachable(photographed(wide(policy=policy)))
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.answer(NOT_FOUND)
    scenario.answer(NOT_FOUND)
    scenario.answer(UNHEARD)
    return scenario


def test_a_machine_that_cannot_be_deleted_is_waited_for_at_first() -> None:
    """Its name and its volume are not free, and the host may come back."""
    scenario = vanished()
    scenario.ring(AlarmName.RETRY)
    scenario.land_all()
    assert (scenario.instance.phase, scenario.instance.generation) == (Clearing(), 0)


def test_a_machine_that_never_can_be_deleted_is_left_behind_and_its_snapshot_restored() -> None:
    """After five deletes that nobody heard (decisions 1.9): it stays condemned, and is asked to go for ever."""
    scenario = vanished()
    for _ in range(4):
        scenario.ring(AlarmName.ERRAND_RETRY)
        scenario.answer(UNHEARD)
    scenario.ring(AlarmName.RETRY)
    scenario.land()
    text = "the volume is held by a host that is down"
    told = Note("instance.start_capacity_recovery", (("label", "fly_0_capacity_recovery"), ("error", text)))
    assert scenario.land().notes == (told,)
    _ride_out_with_a_dead_host(scenario, accepted=False)
    instance, going = scenario.instance, scenario.instance.ledger.holding(M7)
    assert isinstance(going, MachineHolding)
    assert (instance.phase, instance.generation, going.role, going.reachable) == (Running(), 1, Role.CONDEMNED, False)
    assert AlarmName.ERRAND_RETRY in {alarm.name for alarm in alarms_of(instance)}


def test_a_start_beside_a_machine_left_behind_says_that_its_host_is_down_when_it_may_not_move() -> None:
    """Two copies within the hour did not help: the reason is the host's, and not the hour's."""
    scenario = vanished(evolve(REAL, moves_an_hour=0))
    for _ in range(4):
        scenario.ring(AlarmName.ERRAND_RETRY)
        scenario.answer(UNHEARD)
    scenario.ring(AlarmName.RETRY)
    scenario.land_all()
    assert FailureNote(Failing.START, Why.HOST_DOWN) in scenario.instance.notes


def test_a_volume_that_is_claimed_to_the_last_try_is_copied_elsewhere() -> None:
    """Its machine is gone for us, and for Fly it is not: waiting longer would not help."""
    scenario = down()
    scenario.outside = evolve(scenario.outside, fly=evolve(scenario.outside.fly, machines=()))
    scenario.ask(start("again"))
    scenario.wake()
    until(scenario, CreatingMachine)
    for _ in range(3):
        scenario.answer(CLAIMED)
        scenario.ring(AlarmName.PAUSE)
    scenario.answer(CLAIMED)
    scenario.land_all()
    active = scenario.instance.ledger.volume
    assert active is not None
    assert (scenario.instance.phase, active.parent, active.region) == (Running(), V3, FRA)


def test_such_a_volume_stays_where_it_is_if_it_may_not_be_copied() -> None:
    """It is told as a host that is down: that is what holds it."""
    scenario = down()
    scenario.record = evolve(scenario.instance, policy=evolve(REAL, moves_an_hour=0, tries=0))
    scenario.outside = evolve(scenario.outside, fly=evolve(scenario.outside.fly, machines=()))
    scenario.ask(start("again"))
    scenario.wake()
    until(scenario, CreatingMachine).answer(CLAIMED)
    scenario.land_all()
    assert scenario.instance.notes == (FailureNote(Failing.START, Why.HOST_DOWN),)


def _ride_out_with_a_dead_host(scenario: Scenario, *, accepted: bool) -> tuple[int, ...]:
    """The scenario goes on until it rests, and whatever is asked of m7 or v3 is refused, or accepted and not done.

    Answers under which names a machine was asked for.
    """
    names: list[int] = []
    for _ in range(200):
        if isinstance(scenario.instance.phase, Running):
            return tuple(names)
        if not scenario.sent:
            _ring_on(scenario)
            continue
        match scenario.sent[0]:
            case DeleteMachine(machine=machine) if machine == M7:
                scenario.answer(Done() if accepted else UNHEARD)
            case CreateVolume(content=CopyOf()):
                scenario.answer(UNHEARD)
            case CreateMachine(generation=generation):
                names.append(generation)
                scenario.land()
            case _:
                scenario.land()
    raise AssertionError(scenario.instance)


def _ring_on(scenario: Scenario) -> None:
    wanted = {alarm.name for alarm in alarms_of(scenario.instance)}
    for name in (AlarmName.PAUSE, AlarmName.ERRAND_RETRY, AlarmName.RETRY):
        if name in wanted:
            scenario.ring(name)
            return
    raise AssertionError(wanted)
