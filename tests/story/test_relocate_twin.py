"""A lost volume: our machine is asked where it went, and one that was found is not passed over."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.effects import GetMachine, GetVolume, ListSnapshots, ListVolumes
from kiloclaw_core.instance import Failing
from kiloclaw_core.ledger import Kept, Role, VolumeHolding
from kiloclaw_core.machine import Data
from kiloclaw_core.names import OpId, VolumeId
from kiloclaw_core.phases import CheckingVolume, Inspecting, ListingSnapshots, Look, Running, Stopped, Surveying
from kiloclaw_core.stories import Relocating, Trust
from kiloclaw_core.world import fly as truth

from .moves import V3, down, lost, recovering, ride_out, until
from .scenario import SANDBOX, WHO, Scenario, start

TWIN: Final = VolumeId("v-twin")


def with_twin(mark: OpId) -> Scenario:
    """A stopped instance that lost its machine and its volume, and once found a machine of its own on another."""
    scenario = down()
    volume = scenario.outside.fly.volume(V3)
    assert volume is not None
    fly = truth.with_volume(scenario.outside.fly, evolve(volume, volume=TWIN, mark=mark))
    scenario.outside = evolve(scenario.outside, fly=evolve(fly, machines=()))
    found = VolumeHolding(TWIN, Role.FOUND, Data.BEARING, volume.region)
    scenario.record = evolve(scenario.instance, ledger=scenario.instance.ledger.with_volume(found))
    scenario = lost(scenario)
    scenario.ask(start("again"))
    scenario.wake()
    return until(scenario, Surveying)


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


def test_a_volume_that_bears_the_name_of_the_lost_one_is_the_lost_one() -> None:
    """Fly moved it: it is looked at before it is relied on, and goes on being ours."""
    scenario = with_twin(OpId(3))
    transition = scenario.land(ListVolumes)

    ledger = scenario.instance.ledger
    assert {held.volume: (held.role, held.mark) for held in ledger.volumes} == {
        TWIN: (Role.ACTIVE, OpId(3)),
        V3: (Role.RETAINED, OpId(3)),
    }
    phase = scenario.instance.phase
    assert isinstance(phase, CheckingVolume)
    assert transition.effects == (GetVolume(phase.op, WHO.app, SANDBOX, TWIN),)

    ride_out(scenario)
    assert scenario.instance.phase == Running()


def test_the_one_that_is_gone_is_kept_by_name_all_the_same() -> None:
    """Two looks that did not show it are no reason to forget it: its retention runs like any other's."""
    scenario = with_twin(OpId(3))
    scenario.land(ListVolumes)

    (gone,) = (held for held in scenario.instance.ledger.volumes if held.volume == V3)
    assert isinstance(gone.errand, Kept)


def test_a_volume_that_bears_another_name_is_not_the_lost_one() -> None:
    """It was left over by something else, and may be older than any snapshot: an operator may go over to it."""
    scenario = with_twin(OpId(2))
    scenario.land(ListVolumes)
    scenario.land(ListSnapshots)

    assert {held.volume: held.role for held in scenario.instance.ledger.volumes} == {
        TWIN: Role.FOUND,
        V3: Role.ACTIVE,
    }
    (note,) = scenario.instance.notes
    assert (scenario.instance.phase, note.failing, note.text) == (
        Stopped(),
        Failing.START,
        "the volume is gone, and there is no snapshot of it",
    )


def test_of_two_that_bear_the_name_of_the_lost_one_nobody_can_say_which() -> None:
    """Neither is taken for it."""
    scenario = with_twin(OpId(3))
    twin = scenario.outside.fly.volume(TWIN)
    assert twin is not None
    scenario.outside = evolve(
        scenario.outside, fly=truth.with_volume(scenario.outside.fly, evolve(twin, volume=VolumeId("v-triplet")))
    )
    scenario.land(ListVolumes)

    assert isinstance(scenario.instance.phase, ListingSnapshots)
