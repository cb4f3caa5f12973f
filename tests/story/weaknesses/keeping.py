"""An instance that keeps a volume it left, and going back to it."""

from __future__ import annotations

from typing import Final

from kiloclaw_core.commands import Reassociate
from kiloclaw_core.names import CommandId, VolumeId
from kiloclaw_core.verbs import our_volume
from tests.story.scenario import AT, Scenario, stop
from tests.story.vectors.situations import made_whole, recovered, settled, snapshot, up

WHO: Final = "ann"
WHY: Final = "the user asked"


def kept() -> tuple[Scenario, VolumeId]:
    """An instance that recovered and was then stopped, and the volume it left and keeps."""
    scenario = snapshot(up())
    volume = our_volume(scenario.instance).volume
    made_whole(settled(recovered(scenario)))
    scenario.ask(stop("rest"))
    scenario.wake()
    return settled(scenario), volume


def gone_over(scenario: Scenario, volume: VolumeId) -> Scenario:
    """The scenario once an operator had it use this volume."""
    scenario.ask(Reassociate(CommandId("reassociate"), volume, WHO, WHY, at=AT))
    scenario.wake()
    return settled(scenario)
