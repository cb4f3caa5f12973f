"""What is shown of an instance beyond its record: when its alarms will ring, and where a volume would be had.

A record has no clock; the store knows when each alarm falls due. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import evolve, frozen

from kiloclaw_adapters.store import DueAt
from kiloclaw_core import regions
from kiloclaw_core.instance import Instance
from kiloclaw_core.ledger import Asked, Due, Errand, Failed, Kept, Unbinding
from kiloclaw_core.names import AppName, MachineId, SandboxId
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.views import DebugView, debug_view

OF_ERRANDS: Final = {one.value for one in (AlarmName.ERRAND_PATIENCE, AlarmName.ERRAND_RETRY, AlarmName.RETENTION)}
"""The alarms that belong to one resource of the ledger each."""


@frozen
class Whereabouts:
    """Where the controller of a sandbox is: its app, and its machine if it has one."""

    sandbox: SandboxId
    app: AppName
    machine: MachineId | None


@frozen
class RegionView:
    """A region as an operator sees it: whether it had no room lately, and in how many seconds it is asked again."""

    region: str
    full: bool
    again_in_s: float | None


@frozen
class RegionsView:
    """Where the volume of an instance is, and the regions where another would be had, the likeliest first.

    Those that had no room are asked again, last, if no other has any.
    """

    sandbox_id: str
    volume_id: str | None
    region: str | None
    regions: tuple[RegionView, ...]


@frozen
class Moments:
    """When each alarm of one sandbox falls due, by name and `of`, and what the time is, on the store's clock."""

    due_ms: Mapping[tuple[str, int], int]
    now_ms: int

    @classmethod
    def of(cls, alarms: tuple[DueAt, ...], now_ms: int) -> Moments:
        """The moments of these alarms."""
        return cls({(one.name, one.of): one.due_ms for one in alarms}, now_ms)

    def in_s(self, name: str, of: int) -> float | None:
        """In how many seconds this alarm rings, less than 0 if it should have; None if it is not kept."""
        due_ms = self.due_ms.get((name, of))
        return None if due_ms is None else (due_ms - self.now_ms) / 1000


def timed_debug_view(instance: Instance, moments: Moments) -> DebugView:
    """The instance as an operator sees it, with the time until each alarm rings."""
    shown = debug_view(instance)
    alarms = tuple(evolve(one, due_in_s=moments.in_s(one.name, one.of)) for one in shown.alarms)
    in_s: dict[int | None, float | None] = {one.of: one.due_in_s for one in alarms if one.name in OF_ERRANDS}
    pairs = zip(shown.ledger, instance.ledger.holdings, strict=True)
    ledger = tuple(evolve(one, due_in_s=in_s.get(_op(held.errand))) for one, held in pairs)
    return evolve(shown, alarms=alarms, ledger=ledger)


def _op(errand: Errand) -> int | None:
    """The op that an errand's alarm is for."""
    match errand:
        case Due():
            return None
        case Asked(op=op) | Failed(op=op) | Unbinding(op=op) | Kept(op=op):
            return op


def regions_view(instance: Instance, moments: Moments) -> RegionsView:
    """The regions of the instance in order of preference, those that had no room behind the others."""
    volume = instance.ledger.volume
    full = {one.region: moments.in_s(AlarmName.FULL_REGION.value, one.op) for one in instance.full_regions}
    order = dict.fromkeys((*regions.preferred(instance), *instance.spec.regions, *full))
    return RegionsView(
        sandbox_id=instance.identity.sandbox,
        volume_id=None if volume is None else volume.volume,
        region=None if volume is None else volume.region,
        regions=tuple(RegionView(one, one in full, full.get(one)) for one in order),
    )
