"""A mount that differs where ours was never used, and where it is a copy that a move has made."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.instance import Note
from kiloclaw_core.ledger import Role
from kiloclaw_core.machine import MachineSeen
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import MachineShown
from kiloclaw_core.phases import Awaiting, Look, Running, Weighing
from kiloclaw_core.world import sights

from .machines import volume_shown
from .moves import (
    FRA,
    HOME,
    M7,
    M18,
    NOT_FOUND,
    STRANGE,
    V3,
    V17,
    V_NEW,
    provisioned,
    recovering,
    remounted,
    ride_out,
    until,
)
from .scenario import SANDBOX, Scenario, start

REPAIR: Final = Note("repair_mount", (("machine_id", "m7"), ("volume_id", "v3")))


def seen(scenario: Scenario) -> MachineSeen:
    """The machine as a look shows it."""
    return sights.machine_seen(scenario.outside.fly.machines[0], SANDBOX)


# -- ours was never used -----------------------------------------------------------------------------------------


def unused() -> Scenario:
    """A first start whose machine was made, and mounts another volume before it ever was up; that one is looked at."""
    scenario = provisioned()
    scenario.ask(start())
    scenario.wake()
    remounted(until(scenario, Awaiting)).take_over()
    scenario.land()
    return scenario


def test_of_a_volume_that_was_never_used_the_other_one_decides() -> None:
    """It may have the data, if it is there."""
    scenario = unused()
    assert scenario.instance.phase == Weighing(OpId(10), None, seen(scenario), V_NEW, Look.FIRST)


def test_an_unused_volume_gives_way_to_what_the_machine_mounts() -> None:
    """A machine was sent for on it, so it is kept and not deleted."""
    scenario = unused()
    scenario.answer(volume_shown(V_NEW))
    ledger = scenario.instance.ledger
    assert (ledger.volume, ledger.holding(V3)) == (
        evolve(STRANGE, role=Role.ACTIVE),
        evolve(HOME, role=Role.RETAINED, healthy=False),
    )


def test_an_unused_volume_is_mounted_where_the_other_one_is_gone() -> None:
    """It is all there is."""
    scenario = unused()
    scenario.answer(NOT_FOUND)
    assert scenario.answer(NOT_FOUND).notes == (REPAIR,)
    ride_out(scenario)
    assert (scenario.instance.phase, scenario.outside.fly.machines[0].volume) == (Running(), V3)


# -- on a move ---------------------------------------------------------------------------------------------------


def moving() -> Scenario:
    """A recovery whose new machine mounts another volume than the copy: the copy is looked at."""
    scenario = remounted(recovering(Awaiting))
    scenario.take_over()
    scenario.land()
    return scenario


def test_on_a_move_the_copy_is_what_the_machine_should_mount() -> None:
    """Repaired to the copy, never back to the source."""
    scenario = moving()
    assert scenario.land().notes == (Note("repair_mount", (("machine_id", "m18"), ("volume_id", "v17"))),)
    ride_out(scenario)
    assert (scenario.instance.phase, scenario.outside.fly.machines[0].volume) == (Running(), V17)


def test_on_a_move_whose_copy_is_gone_the_mount_is_the_candidate() -> None:
    """Fly moved it meanwhile; the source is what it was until the move is committed."""
    scenario = moving()
    scenario.answer(NOT_FOUND)
    scenario.answer(NOT_FOUND)
    ledger = scenario.instance.ledger
    assert (ledger.candidate, ledger.volume) == (evolve(STRANGE, role=Role.CANDIDATE, region=FRA), HOME)
    assert (scenario.land_all().phase, scenario.instance.ledger.volume) == (
        Running(),
        evolve(STRANGE, role=Role.ACTIVE, region=FRA, healthy=True),
    )


def test_on_a_move_whose_machine_mounts_nothing_and_whose_copy_is_gone_another_is_made() -> None:
    """The candidate is given up with its machine; the source is what it was."""
    scenario = remounted(recovering(Awaiting), None)
    scenario.take_over()
    scenario.land()
    scenario.answer(NOT_FOUND)
    scenario.answer(NOT_FOUND)
    scenario.answer(MachineShown(seen(scenario)))
    ride_out(scenario)
    ledger = scenario.instance.ledger
    assert (scenario.instance.phase, ledger.dead_machines, ledger.candidate) == (Running(), (M7, M18), None)
