"""A volume that is shown without its region: what was known of it stays known, and its machine is made there."""

from __future__ import annotations

from kiloclaw_core.effects import CreateMachine, GetVolume
from kiloclaw_core.machine import Named, VolumeSeen, VolumeState
from kiloclaw_core.names import Region
from kiloclaw_core.outcomes import VolumeShown

from .scenario import Scenario, provision, start


def test_a_volume_that_does_not_say_where_it_is_is_where_it_was() -> None:
    """B115: an empty region is no news, and no machine is made wherever that may be."""
    scenario = Scenario()
    scenario.ask(provision())
    scenario.wake()
    volume = scenario.land_all().ledger.volume
    assert volume is not None
    scenario.ask(start())
    scenario.wake()
    scenario.land()

    nowhere = VolumeSeen(volume.volume, VolumeState.CREATED, Named.MARKED, volume.mark, None)
    transition = scenario.answer(VolumeShown(nowhere), GetVolume)
    held = scenario.instance.ledger.volume

    assert held is not None
    assert held.region == Region("ams")
    assert [one.region for one in transition.effects if isinstance(one, CreateMachine)] == [Region("ams")]
