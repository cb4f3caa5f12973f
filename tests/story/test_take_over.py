"""What a take-over loses and what it keeps: no answer under way is ever heard, and nothing is lost by that."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.effects import (
    CreateMachine,
    DeleteMachine,
    DeleteVolume,
    Effect,
    EnsureApp,
    GetMachine,
    GetVolume,
    ListMachines,
    ListVolumes,
    PayDebt,
    Settle,
    StopMachine,
)
from kiloclaw_core.instance import Transition
from kiloclaw_core.ledger import Asked
from kiloclaw_core.machine import Data, machine_config
from kiloclaw_core.names import MachineId, OpId, VolumeId, first_op
from kiloclaw_core.phases import (
    AlarmName,
    CheckingVolume,
    CreatingMachine,
    Ensuring,
    Gone,
    Inspecting,
    Listing,
    Look,
    Pausing,
    Phase,
    Running,
    Settling,
    Sought,
    Stopped,
    Surveying,
    Sweep,
    Sweeping,
)

from .everywhere import EVERYWHERE, clearing, settling
from .scenario import SANDBOX, SPEC, WHO, destroy, running, stop, stopped

APP: Final = WHO.app
OURS: Final = MachineId("m7")
VOLUME: Final = VolumeId("v3")


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
    "Pausing": (Pausing(OpId(6)),),
    "Ensuring": (Ensuring(OpId(6)), EnsureApp(OpId(6), APP)),
    "Surveying": (Surveying(OpId(3)), ListVolumes(OpId(3), APP, SANDBOX)),
    "CreatingVolume": settle(4, 3, Sought.VOLUME),
    "ListingSnapshots": (Surveying(OpId(21)), ListVolumes(OpId(21), APP, SANDBOX)),
    "CreatingMachine": settle(8, 7, Sought.MACHINE),
    "CheckingVolume": (CheckingVolume(OpId(7), VOLUME, Look.FIRST), GetVolume(OpId(7), APP, SANDBOX, VOLUME)),
    "Inspecting": (Running(),),
    "Changing": settle(12, 11, Sought.CHANGE),
    "Awaiting": look_at_ours(9),
    "Probing": look_at_ours(10),
    "Settling": settle(9, 7, Sought.MACHINE),
    "Listing": (
        Listing(OpId(10), OpId(7), Sought.MACHINE, Look.FIRST),
        ListMachines(OpId(10), APP, SANDBOX),
    ),
    "Sweeping": (Sweeping(OpId(16), Sweep.MACHINES_FIRST), ListMachines(OpId(16), APP, SANDBOX)),
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
    config = machine_config(SPEC, VOLUME, SANDBOX, WHO.user, WHO.org)
    assert scenario.take_over() == Transition(after, (CreateMachine(op, APP, config, volume.region, 1),))


def test_a_take_over_asks_for_every_delete_again() -> None:
    """A delete is repeatable, and nobody will hear the answer to the first."""
    scenario = clearing()
    before = scenario.instance
    condemned = before.ledger.machines[0]
    assert condemned.errand == Asked(OpId(11))
    after = evolve(before, ops=OpId(13), ledger=before.ledger.with_errand(condemned, Asked(OpId(12))))
    assert scenario.take_over() == Transition(after, (DeleteMachine(OpId(12), APP, OURS),))


def test_a_take_over_asks_for_every_payment_again() -> None:
    """The directory's marks are monotone: telling it twice tells it once."""
    scenario = clearing()
    scenario.land()
    scenario.land()
    before = scenario.instance
    assert [debt.errand for debt in before.debts] == [Asked(OpId(13)), Asked(OpId(14))]
    transition = scenario.take_over()
    again = tuple(evolve(debt, errand=Asked(OpId(15 + place))) for place, debt in enumerate(before.debts))
    assert transition == Transition(
        evolve(before, ops=OpId(17), debts=again),
        tuple(PayDebt(OpId(15 + place), debt.kind, SANDBOX, WHO.user) for place, debt in enumerate(before.debts)),
    )


def test_a_take_over_keeps_an_intent_that_nobody_looked_at() -> None:
    """The command was granted and committed: it is looked at by whoever comes next."""
    scenario = running()
    before = scenario.ask(stop())
    assert scenario.take_over() == Transition(before)
    assert scenario.ring(AlarmName.INTENT).effects == (StopMachine(OpId(11), APP, OURS),)


def test_a_restored_backup_numbers_from_its_own_first_op() -> None:
    """No op of the lost incarnation is ever given out again, so no late answer can be mistaken."""
    scenario = settling()
    first = first_op(1)
    before = scenario.instance
    after = evolve(before, phase=Settling(first, OpId(7), Sought.MACHINE), ops=OpId(first + 1))
    assert scenario.take_over(incarnation=1) == Transition(after, (Settle(first, OpId(7), 75.0),))


def test_a_take_over_of_a_resting_instance_leaves_its_intent_to_the_alarm() -> None:
    """A take-over at rest proves nothing: the destroy is looked at when its alarm rings."""
    scenario = stopped()
    before = scenario.ask(destroy())
    assert scenario.take_over() == Transition(before)
    assert scenario.ring(AlarmName.INTENT).effects == (DeleteVolume(OpId(5), APP, VOLUME),)
