"""A lost volume: our machine is asked where it went, and one that was found is not passed over."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.effects import GetMachine, GetVolume, ListSnapshots, ListVolumes
from kiloclaw_core.ledger import Kept, Role, VolumeHolding
from kiloclaw_core.machine import Data
from kiloclaw_core.names import VolumeId
from kiloclaw_core.outcomes import VolumesListed
from kiloclaw_core.phases import CheckingVolume, Inspecting, Look, Running, Surveying
from kiloclaw_core.stories import Relocating, Trust
from kiloclaw_core.world import fly as truth

from .moves import V3, down, lost, recovering, ride_out, until
from .scenario import SANDBOX, WHO, Scenario, start

TWIN: Final = VolumeId("v-twin")


def with_twin() -> Scenario:
    """A stopped instance that lost its machine and its volume, and once found another volume of its own."""
    scenario = down()
    volume = scenario.outside.fly.volume(V3)
    assert volume is not None
    fly = truth.with_volume(scenario.outside.fly, evolve(volume, volume=TWIN))
    scenario.outside = evolve(scenario.outside, fly=evolve(fly, machines=()))
    found = VolumeHolding(TWIN, Role.FOUND, Data.BEARING, volume.region)
    scenario.record = evolve(scenario.instance, ledger=scenario.instance.ledger.with_volume(found))
    return lost(scenario)


def test_a_wake_is_not_the_machine_s_answer() -> None:
    """A move whose volume was missed twice asks our machine; asked for something meanwhile, it asks again."""
    scenario = until(lost(recovering(CheckingVolume)), Inspecting)
    transition = scenario.wake()

    assert isinstance(scenario.instance.story, Relocating)
    assert scenario.instance.story.attempt.trust is Trust.MISSED
    phase = scenario.instance.phase
    assert isinstance(phase, Inspecting)
    assert phase.look is Look.FIRST
    assert transition.effects == (GetMachine(phase.op, WHO.app, SANDBOX, phase.machine),)


def test_without_a_snapshot_the_volume_that_was_found_is_the_one() -> None:
    """It may be the one that Fly moved, though a list did not show it: it is looked at before it is relied on."""
    scenario = with_twin()
    scenario.ask(start("again"))
    scenario.wake()
    until(scenario, Surveying).answer(VolumesListed(()), ListVolumes)
    transition = scenario.land(ListSnapshots)

    ledger = scenario.instance.ledger
    assert {held.volume: held.role for held in ledger.volumes} == {TWIN: Role.ACTIVE, V3: Role.RETAINED}
    phase = scenario.instance.phase
    assert isinstance(phase, CheckingVolume)
    assert transition.effects == (GetVolume(phase.op, WHO.app, SANDBOX, TWIN),)

    ride_out(scenario)
    assert scenario.instance.phase == Running()


def test_the_one_that_is_gone_is_kept_by_name_all_the_same() -> None:
    """Two looks that did not show it are no reason to forget it: its retention runs like any other's."""
    scenario = with_twin()
    scenario.ask(start("again"))
    scenario.wake()
    until(scenario, Surveying).answer(VolumesListed(()), ListVolumes)
    scenario.land(ListSnapshots)

    (gone,) = (held for held in scenario.instance.ledger.volumes if held.volume == V3)
    assert isinstance(gone.errand, Kept)
