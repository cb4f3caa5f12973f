"""One scenario for each phase that an instance can be in, so that a test can ask the same question of all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import evolve

from kiloclaw_core.effects import DeleteMachine, DeleteVolume, PayDebt
from kiloclaw_core.outcomes import Rejected, Unknown, VolumesListed, Why
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.configurations import OLD_MACHINE, OLD_VOLUME
from kiloclaw_core.world.landing import Outside

from .scenario import Scenario, asked, destroy, provision, running, start, starting, stop, stopped


def pausing() -> Scenario:
    """A start whose app is busy: it is tried again after a pause."""
    scenario = starting()
    scenario.answer(Rejected(Why.RATE_LIMITED, status=429))
    return scenario


def surveying() -> Scenario:
    """Before a volume is made, it is looked whether there is one."""
    scenario = asked(provision())
    scenario.wake()
    scenario.land()
    return scenario


def creating_volume() -> Scenario:
    """A create of the volume is in flight."""
    scenario = surveying()
    scenario.land()
    return scenario


def listing_snapshots() -> Scenario:
    """A start finds that its volume is gone, which may have borne data, and nowhere else: no machine mounts another."""
    scenario = running()
    scenario.ask(stop())
    scenario.wake()
    scenario.land_all()
    scenario.ask(start("again"))
    scenario.wake()
    scenario.land()
    scenario.answer(Rejected(Why.NOT_FOUND, status=404))
    scenario.answer(Rejected(Why.NOT_FOUND, status=404))
    scenario.land()
    scenario.answer(VolumesListed(()))
    return scenario


def checking_volume() -> Scenario:
    """A start looks at the volume."""
    scenario = starting()
    scenario.land()
    return scenario


def creating_machine() -> Scenario:
    """A create of the machine is in flight."""
    scenario = checking_volume()
    scenario.land()
    return scenario


def forgotten(outside: Outside) -> Outside:
    """The outside with a machine beside ours that bears our name, on a volume that nobody remembers either."""
    fly = truth.with_volume(truth.with_machine(outside.fly, OLD_MACHINE), OLD_VOLUME)
    return evolve(outside, fly=evolve(fly, written=1, latest=1))


def seeking() -> Scenario:
    """The machine's name is taken, the refusal does not say by whom."""
    scenario = creating_machine()
    scenario.answer(Rejected(Why.ALREADY_EXISTS, None, 409, "already_exists"))
    return scenario


def verifying() -> Scenario:
    """The machine's name is taken, and the machine that has it is looked at."""
    scenario = starting()
    scenario.outside = forgotten(scenario.outside)
    scenario.land()
    scenario.land()
    scenario.land()
    return scenario


def weighing() -> Scenario:
    """The machine that has our name mounts another volume, which is looked at."""
    scenario = verifying()
    scenario.land()
    return scenario


def awaiting() -> Scenario:
    """The machine was made and boots."""
    scenario = creating_machine()
    scenario.land()
    return scenario


def probing() -> Scenario:
    """The machine is up and is asked whether it is well."""
    scenario = awaiting()
    scenario.land()
    return scenario


def inspecting() -> Scenario:
    """A running instance takes stock."""
    scenario = running()
    scenario.ring(AlarmName.STOCKTAKE)
    return scenario


def changing() -> Scenario:
    """A running instance is being stopped."""
    scenario = running()
    scenario.ask(stop())
    scenario.wake()
    return scenario


def settling() -> Scenario:
    """A create of the machine was not answered."""
    scenario = creating_machine()
    scenario.answer(Unknown())
    return scenario


def listing() -> Scenario:
    """A create of the machine that was not answered can no longer land."""
    scenario = settling()
    scenario.land()
    return scenario


def clearing() -> Scenario:
    """A running instance is destroyed: its machine is being deleted."""
    scenario = running()
    scenario.ask(destroy())
    scenario.wake()
    return scenario


def sweeping() -> Scenario:
    """A destroyed instance holds nothing any more, owes nothing, and looks round."""
    scenario = clearing()
    scenario.land(DeleteMachine)
    scenario.land(DeleteVolume)
    scenario.land(PayDebt)
    scenario.land(PayDebt)
    return scenario


def gone() -> Scenario:
    """A destroyed instance of which nothing is left."""
    scenario = clearing()
    scenario.land_all()
    return scenario


def stock_taking() -> Scenario:
    """A stopped instance without a machine takes stock."""
    scenario = stopped()
    scenario.ring(AlarmName.STOCKTAKE)
    return scenario


EVERYWHERE: Final[dict[str, Callable[[], Scenario]]] = {
    "Stopped": stopped,
    "Running": running,
    "Gone": gone,
    "Pausing": pausing,
    "Clearing": clearing,
    "Ensuring": starting,
    "Surveying": surveying,
    "CreatingVolume": creating_volume,
    "ListingSnapshots": listing_snapshots,
    "CreatingMachine": creating_machine,
    "CheckingVolume": checking_volume,
    "Seeking": seeking,
    "Verifying": verifying,
    "Weighing": weighing,
    "Inspecting": inspecting,
    "Changing": changing,
    "Awaiting": awaiting,
    "Probing": probing,
    "Settling": settling,
    "Listing": listing,
    "Sweeping": sweeping,
    "StockTaking": stock_taking,
}
"""A scenario in each phase, by the phase's name."""
