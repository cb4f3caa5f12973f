"""Moves that are overtaken, late, or in the way of an old name: what is given up, what is kept, and what is ours."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.commands import Destroy, Stop
from kiloclaw_core.effects import DeleteVolume, GetMachine, ListSnapshots, ProbeHealth
from kiloclaw_core.instance import Failing, FailureNote, Note, Remembered
from kiloclaw_core.ledger import Asked, Role, VolumeHolding
from kiloclaw_core.machine import Data, MachineState
from kiloclaw_core.names import CommandId, MachineId, OpId, VolumeId
from kiloclaw_core.outcomes import MachineShown, Rejected, Why
from kiloclaw_core.phases import (
    AlarmName,
    Awaiting,
    CheckingVolume,
    Clearing,
    CreatingMachine,
    CreatingVolume,
    Ensuring,
    Pausing,
    Phase,
    Probing,
    Running,
    Stopped,
)
from kiloclaw_core.stories import Idle
from kiloclaw_core.verbs import our_machine, our_volume

from .machines import HOLDER, OLD
from .moves import FRA, M7, V3, displaced, ousted, ride_out, until
from .scenario import SANDBOX, WHO, destroy, provision, start, stop

APP: Final = WHO.app
V10: Final = VolumeId("v10")
V21: Final = VolumeId("v21")
MOVE: Final[dict[str, type[Phase]]] = {
    "the source": CheckingVolume,
    "the old machine": Clearing,
    "the copy": CreatingVolume,
    "the new machine": CreatingMachine,
    "its boot": Awaiting,
    "its health": Probing,
}
"""What a move of a used volume waits for, step by step."""


@pytest.mark.parametrize("phase", MOVE.values(), ids=MOVE)
def test_a_stop_at_any_step_of_a_move_leaves_no_machine_up_and_no_candidate(phase: type[Phase]) -> None:
    """What a machine was sent for on is ours from then on, and what it was made from is kept."""
    scenario = ousted(phase=phase)
    scenario.ask(stop("then"))
    scenario.wake()
    scenario.land_all()
    assert (scenario.instance.phase, scenario.instance.story, scenario.instance.ledger.candidate) == (
        Stopped(),
        Idle(),
        None,
    )
    assert not [one for one in scenario.outside.fly.machines if one.state is MachineState.STARTED]
    assert V3 in {volume.volume for volume in scenario.outside.fly.volumes}


@pytest.mark.parametrize(("command", "op"), [(stop("then"), OpId(23)), (destroy("then"), OpId(24))])
def test_a_copy_that_nobody_wants_any_more_when_it_comes_goes_at_once(command: Stop | Destroy, op: OpId) -> None:
    """No machine was ever sent for on it, and it carries on from nothing."""
    scenario = ousted(phase=CreatingVolume)
    scenario.ask(command)
    scenario.wake()
    transition = scenario.land()
    going = VolumeHolding(V21, Role.CONDEMNED, Data.FRESH, FRA, Asked(op), mark=OpId(21))
    assert scenario.instance.ledger.holding(V21) == going
    assert transition.effects[-1] == DeleteVolume(op, APP, V21)


@pytest.mark.parametrize("phase", MOVE.values(), ids=MOVE)
def test_a_start_after_a_stop_in_a_move_runs_on_one_volume(phase: type[Phase]) -> None:
    """Whichever it is, no machine is left behind on another."""
    scenario = ousted(phase=phase)
    for command in (stop("then"), start("after all")):
        scenario.ask(command)
        scenario.wake()
        scenario.land_all()
    active = scenario.instance.ledger.volume
    assert active is not None
    assert [machine.volume for machine in scenario.outside.fly.machines] == [active.volume]
    assert scenario.instance.phase == Running()


@pytest.mark.parametrize("phase", MOVE.values(), ids=MOVE)
def test_a_start_during_a_move_is_the_same_wish(phase: type[Phase]) -> None:
    """It is under way; asking again changes nothing."""
    scenario = ousted(phase=phase)
    before = scenario.instance
    remembered = (*before.granted, Remembered(CommandId("impatient")))
    assert scenario.ask(start("impatient")) == evolve(before, granted=remembered)


def test_a_start_that_follows_a_stop_before_anybody_looked_goes_on_where_the_user_may_have_written() -> None:
    """The move was given up by the stop; a machine was sent for on its copy, and may have been up by then."""
    scenario = ousted(phase=Awaiting)
    scenario.take_over()
    scenario.ask(stop("then"))
    scenario.ask(start("after all"))
    scenario.land()
    roles = {held.volume: held.role for held in scenario.instance.ledger.volumes}
    assert roles == {V21: Role.ACTIVE, V3: Role.RETAINED}
    ride_out(scenario)
    assert (scenario.instance.phase, [one.volume for one in scenario.outside.fly.machines]) == (Running(), [V21])


def test_a_start_after_a_stop_that_is_refused_at_once_leaves_no_candidate_either() -> None:
    """The refusal is of the move that nobody wants any more, and the start gives up: it rests on one volume."""
    scenario = ousted(phase=CreatingMachine)
    scenario.ask(stop("then"))
    scenario.ask(start("after all"))
    scenario.answer(Rejected(Why.INVALID, text="no such image"))
    roles = {held.volume: held.role for held in scenario.instance.ledger.volumes}
    assert (scenario.instance.phase, scenario.instance.story, roles) == (
        Stopped(),
        Idle(),
        {V21: Role.ACTIVE, V3: Role.RETAINED},
    )


def test_a_start_after_a_stop_in_a_move_is_not_there_before_its_volume_is() -> None:
    """The machine is well on a copy that nobody had committed: it is ours first, and then it is looked at."""
    scenario = ousted(phase=Probing)
    scenario.ask(stop("then"))
    scenario.ask(start("after all"))
    assert scenario.land().notes == ()
    roles = {held.volume: held.role for held in scenario.instance.ledger.volumes}
    assert (type(scenario.instance.phase), roles) == (Ensuring, {V21: Role.ACTIVE, V3: Role.RETAINED})


def test_a_start_after_a_stop_in_a_move_that_takes_too_long_looks_after_what_it_left() -> None:
    """The volume that was moved from is kept from now on, and the machine on the copy may have come up late."""
    scenario = ousted(phase=Awaiting)
    scenario.ask(stop("then"))
    scenario.ask(start("after all"))
    op = scenario.instance.ops
    sent = (ListSnapshots(op, APP, V3), GetMachine(OpId(op + 1), APP, SANDBOX, MachineId("m22")))
    assert scenario.ring(AlarmName.CEILING).effects == sent


def test_a_stop_in_a_move_from_an_unused_volume_stays_where_the_user_may_have_written() -> None:
    """The machine was up on the new one for all we know; the old one is empty for certain."""
    scenario = until(displaced(), Awaiting)
    scenario.arrive()
    scenario.ask(stop("then"))
    scenario.wake()
    scenario.land_all()
    active = scenario.instance.ledger.volume
    assert active is not None
    assert (active.volume, scenario.instance.ledger.dead_volumes) == (V10, (V3,))


def test_a_move_from_a_volume_that_was_sent_for_and_never_seen_up_stays_where_the_user_may_have_written() -> None:
    """A machine was asked for on the old one and never found: so it may bear data, but the new one is likelier to."""
    scenario = until(displaced(), Awaiting)
    scenario.arrive()
    ours = evolve(our_volume(scenario.instance), data=Data.BEARING)
    scenario.record = evolve(scenario.instance, ledger=scenario.instance.ledger.with_volume(ours))
    scenario.ring(AlarmName.CEILING)
    ledger = scenario.instance.ledger
    assert [(one.volume, one.role) for one in ledger.volumes] == [(V3, Role.RETAINED), (V10, Role.ACTIVE)]


def test_a_move_past_its_ceiling_is_given_up() -> None:
    """A start is what its caller waits for, so that is what failed."""
    scenario = ousted(phase=CreatingVolume)
    scenario.ring(AlarmName.CEILING)
    ride_out(scenario)
    assert (scenario.instance.phase, scenario.instance.notes) == (
        Stopped(),
        (FailureNote(Failing.START, Why.WAIT_TIMEOUT),),
    )
    assert scenario.instance.ledger.dead_volumes == (V21,)


def test_a_name_that_the_old_machine_still_holds_is_waited_for() -> None:
    """Its delete was answered before the name was free: the create is repeated, and nobody is adopted (W10)."""
    scenario = ousted(phase=CreatingMachine)
    scenario.answer(Rejected(Why.ALREADY_EXISTS, M7, 409, "already_exists"))
    assert isinstance(scenario.instance.phase, Pausing)
    assert ride_out(scenario).instance.phase == Running()


def test_a_machine_that_turns_up_under_our_name_on_a_move_goes_and_the_move_goes_on() -> None:
    """It is the one that the move leaves: its volume is kept, and it is not adopted (4.6.5)."""
    scenario = ousted(phase=CreatingMachine)
    stray = evolve(HOLDER, volume=V3)
    scenario.answer(Rejected(Why.ALREADY_EXISTS, OLD, 409, "already_exists"))
    told = (("machine_id", OLD), ("found_volume_id", V3))
    assert scenario.answer(MachineShown(stray)).notes[0] == Note("adopt_existing_machine_volume_mismatch", told)
    assert [one.machine for one in scenario.instance.ledger.machines if one.role is Role.CONDEMNED] == [OLD]
    ride_out(scenario)
    assert (scenario.instance.phase, scenario.instance.ledger.dead_machines) == (Running(), (M7, OLD))


def test_a_config_that_changes_during_a_move_waits_for_the_next_restart() -> None:
    """The machine on the copy came up with the one that was current: a move is no reason to boot it once more."""
    scenario = ousted(phase=Probing)
    scenario.ask(evolve(provision(), id=CommandId("revise")))
    scenario.take_over()
    scenario.land()
    assert [type(effect) for effect in scenario.sent] == [ProbeHealth]
    scenario.land()
    instance = scenario.instance
    assert (instance.phase, our_machine(instance).revision, instance.spec.revision) == (Running(), 1, 2)
