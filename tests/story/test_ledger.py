"""The ledger: every resource by its role, sorted, and the memory of the dead."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.effects import DebtKind
from kiloclaw_core.ledger import (
    Asked,
    Debt,
    Due,
    Errand,
    Failed,
    Ledger,
    MachineHolding,
    Role,
    VolumeHolding,
    failed,
    revived,
)
from kiloclaw_core.machine import Data
from kiloclaw_core.names import MachineId, OpId, Region, VersionId, VolumeId
from kiloclaw_core.verbs import condemn_machine, with_debt, without_debt

from .scenario import running, stopped

ONE: Final = MachineHolding(MachineId("m1"), Role.ACTIVE, VolumeId("v1"), VersionId("i1"))
TWO: Final = MachineHolding(MachineId("m2"), Role.CONDEMNED, None, VersionId("i2"), Asked(OpId(5), 2))
DISK: Final = VolumeHolding(VolumeId("v1"), Role.ACTIVE, Data.BEARING, Region("ams"))
SPARE: Final = VolumeHolding(VolumeId("v2"), Role.RETAINED, Data.BEARING, Region("ams"), Failed(OpId(6), 1))
FULL: Final = Ledger((ONE, TWO), (DISK, SPARE), (MachineId("m0"),), (VolumeId("v0"),))


def test_holdings_are_sorted_whatever_the_order_they_came_in() -> None:
    """Two ledgers that hold the same are the same, byte for byte."""
    backwards = Ledger().with_volume(SPARE).with_machine(TWO).with_volume(DISK).with_machine(ONE)
    forwards = Ledger().with_machine(ONE).with_machine(TWO).with_volume(DISK).with_volume(SPARE)
    assert backwards == forwards == Ledger((ONE, TWO), (DISK, SPARE))


def test_a_resource_is_held_once() -> None:
    """Holding it again replaces what was known of it."""
    assert FULL.with_machine(evolve(ONE, role=Role.FOUND)).machines == (evolve(ONE, role=Role.FOUND), TWO)
    assert FULL.with_volume(evolve(DISK, role=Role.FOUND)).volumes == (evolve(DISK, role=Role.FOUND), SPARE)


def test_the_active_ones_are_the_machine_and_the_volume() -> None:
    """No other field of a record names one."""
    assert (FULL.machine, FULL.volume) == (ONE, DISK)
    assert (Ledger().machine, Ledger().volume) == (None, None)


@pytest.mark.parametrize(("resource", "held"), [(TWO.machine, TWO), (SPARE.volume, SPARE)])
def test_what_is_held_is_known(resource: MachineId | VolumeId, held: MachineHolding | VolumeHolding) -> None:
    """No answer about it is news."""
    assert (FULL.holding(resource), FULL.knows(resource)) == (held, True)


@pytest.mark.parametrize("resource", [MachineId("m0"), VolumeId("v0")])
def test_what_is_dead_is_known_and_not_held(resource: MachineId | VolumeId) -> None:
    """A lagging view that shows it is no news either."""
    assert (FULL.holding(resource), FULL.knows(resource)) == (None, True)


def test_anything_else_is_news() -> None:
    """It enters the ledger if it is ours."""
    assert (FULL.holding(MachineId("m9")), FULL.knows(MachineId("m9"))) == (None, False)


def test_what_is_buried_is_held_no_more_and_known_for_dead() -> None:
    """Its id is never adopted again."""
    assert FULL.buried(TWO, 8) == evolve(FULL, machines=(ONE,), dead_machines=(MachineId("m0"), TWO.machine))
    assert FULL.buried(SPARE, 8) == evolve(FULL, volumes=(DISK,), dead_volumes=(VolumeId("v0"), SPARE.volume))


def test_only_so_many_dead_are_remembered() -> None:
    """The oldest is forgotten first."""
    assert FULL.buried(TWO, 1).dead_machines == (TWO.machine,)
    assert FULL.buried(SPARE, 1).dead_volumes == (SPARE.volume,)


def test_condemning_everything_keeps_the_errands_that_are_under_way() -> None:
    """A delete that was asked for is not asked for twice at once."""
    doomed = evolve(SPARE, role=Role.CONDEMNED, errand=Asked(OpId(6)))
    assert Ledger((ONE, TWO), (DISK, doomed)).condemned() == Ledger(
        (evolve(ONE, role=Role.CONDEMNED, errand=Due()), TWO),
        (evolve(DISK, role=Role.CONDEMNED, errand=Due()), doomed),
    )


def test_nothing_is_under_way_after_a_take_over() -> None:
    """What was asked for is asked for again, and remembers how often it failed."""
    assert FULL.revived() == FULL.with_machine(evolve(TWO, errand=Due(2)))


@pytest.mark.parametrize(
    ("errand", "after"), [(Due(1), Due(1)), (Asked(OpId(3), 1), Due(1)), (Failed(OpId(3), 1), Failed(OpId(3), 1))]
)
def test_a_take_over_only_loses_answers(errand: Errand, after: Errand) -> None:
    """What failed waits for its alarm as before."""
    assert revived(errand) == after


def test_an_errand_fails_up_to_its_ceiling() -> None:
    """There it counts as stuck, and its count stays."""
    assert [failed(Due(count), OpId(7), 2) for count in (0, 1, 2)] == [
        Failed(OpId(7), 1),
        Failed(OpId(7), 2),
        Failed(OpId(7), 2),
    ]


def test_an_empty_ledger_remembers_the_dead() -> None:
    """Nothing is held, though something was."""
    assert (evolve(FULL, machines=(), volumes=()).empty, FULL.empty) == (True, False)
    assert FULL.dead == ("m0", "v0")
    assert FULL.holdings == (ONE, TWO, DISK, SPARE)


def test_a_machine_is_condemned_with_an_errand_that_is_due() -> None:
    """Whatever errand it had was another's."""
    instance = running().instance
    ours = instance.ledger.machines[0]
    assert condemn_machine(instance, ours).ledger.machines == (evolve(ours, role=Role.CONDEMNED, errand=Due()),)
    assert (FULL.condemned_machines, instance.ledger.condemned_machines) == (True, False)


def test_a_debt_is_owed_once_of_its_kind() -> None:
    """What is owed is sorted, and replaced by kind."""
    tombstone, mark = Debt(DebtKind.REGISTRY_TOMBSTONE), Debt(DebtKind.POSTGRES_MARK)
    owing = with_debt(with_debt(stopped().instance, tombstone), mark)
    assert owing.debts == (mark, tombstone)
    assert with_debt(owing, evolve(mark, errand=Asked(OpId(3)))).debts == (
        evolve(mark, errand=Asked(OpId(3))),
        tombstone,
    )
    assert without_debt(owing, mark).debts == (tombstone,)
