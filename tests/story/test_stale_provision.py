"""An instance that was provisioned and forgotten: it is destroyed after eight hours, if two looks show no machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import DebtKind, DeleteVolume, ListMachines
from kiloclaw_core.instance import Note, Transition
from kiloclaw_core.ledger import Asked, Debt, Role, VolumeHolding
from kiloclaw_core.machine import Data, Named, VolumeSeen, VolumeState
from kiloclaw_core.names import OpId, VolumeId
from kiloclaw_core.outcomes import MachinesListed, Outcome, Rejected, Unknown, VolumeShown, VolumesListed, Why
from kiloclaw_core.phases import Alarm, AlarmName, Clearing, Gone, Look, Running, StockTaking, Stopped, Surveying

from .moves import AMS, V3, down, until
from .scenario import AT, REAL, SANDBOX, WHO, Scenario, asked, provision, running, start, stopped
from .strays import LATE_MACHINE

APP: Final = WHO.app
V_OLD: Final = VolumeId("v-old")
STALE: Final = Alarm(AlarmName.STALE_PROVISION, OpId(0), 28_800.0)
CLEANED: Final = tuple(
    Note(name, (("label", "stale_provision_cleanup"),))
    for name in ("auto_destroy_stale_provision", "instance.destroy_started")
)


def suspected() -> Scenario:
    """A forgotten instance looks for a machine of its own, by op 4."""
    scenario = stopped()
    scenario.ring(AlarmName.STALE_PROVISION)
    return scenario


def test_a_provisioned_instance_is_looked_at_after_eight_hours() -> None:
    """Unless the policy never does so."""
    never = evolve(REAL, stale_provision_s=None)
    assert STALE in alarms_of(stopped().instance)
    assert AlarmName.STALE_PROVISION not in {alarm.name for alarm in alarms_of(stopped(policy=never).instance)}


def test_the_look_is_for_a_machine_that_no_record_knows() -> None:
    """Whoever has one is not forgotten (vector 74)."""
    scenario = stopped()
    before = scenario.instance
    assert scenario.ring(AlarmName.STALE_PROVISION) == Transition(
        evolve(before, phase=StockTaking(OpId(4), Look.FIRST, stale=True), ops=OpId(5)),
        (ListMachines(OpId(4), APP, SANDBOX),),
    )


def test_one_empty_look_is_no_proof() -> None:
    """It is repeated, apart."""
    scenario = suspected()
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(before, phase=StockTaking(OpId(5), Look.SECOND, stale=True), ops=OpId(6)),
        (ListMachines(OpId(5), APP, SANDBOX, 15.0),),
    )


def test_two_empty_looks_end_it() -> None:
    """As a destroy like any other, with upstream's line and label (vector 73)."""
    scenario = suspected()
    scenario.land()
    before = scenario.instance
    going = VolumeHolding(V3, Role.CONDEMNED, Data.FRESH, AMS, Asked(OpId(6)), mark=OpId(3))
    owed = (Debt(DebtKind.POSTGRES_MARK), Debt(DebtKind.REGISTRY_TOMBSTONE))
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=Clearing(),
            desired=Desired.GONE,
            ledger=evolve(before.ledger, volumes=(going,)),
            debts=owed,
            ops=OpId(7),
        ),
        (DeleteVolume(OpId(6), APP, V3),),
        CLEANED,
    )
    assert scenario.instance.destroy_started_at == AT
    assert (scenario.land_all().phase, scenario.outside.fly.volumes) == (Gone(), ())


@pytest.mark.parametrize("looks", [0, 1])
def test_a_machine_that_either_look_shows_keeps_it(looks: int) -> None:
    """It is found, and it is nobody's to delete."""
    scenario = suspected()
    for _ in range(looks):
        scenario.land()
    scenario.answer(MachinesListed((LATE_MACHINE,)))
    assert (scenario.instance.phase, scenario.instance.desired) == (Stopped(), Desired.STOPPED)
    assert scenario.instance.ledger.holding(LATE_MACHINE.machine) is not None


@pytest.mark.parametrize("answer", [Unknown(), Rejected(Why.UNAUTHORIZED, None, 401)])
def test_a_look_without_an_answer_keeps_it(answer: Outcome) -> None:
    """Not knowing is no reason to destroy (vector 74)."""
    scenario = suspected()
    before = scenario.instance
    assert scenario.answer(answer).record == evolve(before, phase=Stopped())


def test_a_start_between_the_looks_keeps_it() -> None:
    """Somebody has remembered it."""
    scenario = suspected()
    scenario.ask(start())
    scenario.land()
    scenario.wake()
    assert (scenario.land_all().phase, scenario.instance.desired) == (Running(), Desired.RUNNING)


def never_wanted() -> Scenario:
    """An instance that was wanted up from the beginning."""
    scenario = asked(provision(Desired.RUNNING))
    scenario.wake()
    scenario.answer(Rejected(Why.UNAUTHORIZED, None, 401))
    return scenario


@pytest.mark.parametrize("tell_of", [running, down, never_wanted])
def test_an_instance_that_ran_or_is_wanted_up_is_never_stale(tell_of: Callable[[], Scenario]) -> None:
    """A first start that failed is not forgotten (W27)."""
    assert AlarmName.STALE_PROVISION not in {alarm.name for alarm in alarms_of(tell_of().instance)}


def test_an_instance_that_found_a_volume_is_never_stale() -> None:
    """A record was lost, and what it found may be all that its user has: it is not ours to clean up."""
    scenario = asked(provision())
    scenario.wake()
    known = VolumeSeen(V_OLD, VolumeState.CREATED, Named.MARKED, None, None, AMS)
    until(scenario, Surveying).answer(VolumesListed((known,)))
    scenario.answer(VolumeShown(known))
    assert scenario.instance.phase == Stopped()
    assert AlarmName.STALE_PROVISION not in {alarm.name for alarm in alarms_of(scenario.instance)}
