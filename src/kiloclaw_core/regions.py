"""Where a volume is asked for: the owner's regions in order, without those that had no room lately.

Which regions had no room is remembered in the record and forgotten by an alarm, so that no list is shared, none is
changed under anybody else, and none stays short for ever (reconcile 4.7, RW38).
"""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.instance import FullRegion, Instance, Note
from kiloclaw_core.names import OpId, Region
from kiloclaw_core.outcomes import Rejected, Why

KINDS: Final = ("insufficient_memory", "no_capacity", "insufficient_resources")
FEW: Final = 2
"""With so few regions the one to avoid is asked last; with more it is not asked at all."""


def preferred(instance: Instance) -> tuple[Region, ...]:
    """The regions for a new volume, the likeliest first; where all had no room, all of them again."""
    full = {one.region for one in instance.full_regions}
    roomy = tuple(one for one in instance.spec.regions if one not in full)
    return roomy or instance.spec.regions


def away_from(instance: Instance, region: Region) -> tuple[Region, ...]:
    """The regions for a copy of a volume in this region: elsewhere if there is an elsewhere."""
    return deprioritized(preferred(instance), region)


def deprioritized(regions: tuple[Region, ...], region: Region) -> tuple[Region, ...]:
    """These regions with one avoided: last among few, left out among many, and where it stands if it is alone."""
    others = tuple(one for one in regions if one != region)
    if not others or len(others) == len(regions):
        return regions
    return (*others, region) if len(set(regions)) <= FEW else others


def without_room(instance: Instance, regions: tuple[Region, ...]) -> tuple[Instance, tuple[Note, ...]]:
    """The instance remembering that these regions had no room, and what is told of each that is news."""
    known = {one.region for one in instance.full_regions}
    news = tuple(one for one in dict.fromkeys(regions) if one and one not in known)
    full = tuple(FullRegion(region, OpId(instance.ops + n)) for n, region in enumerate(news))
    remembering = evolve(instance, full_regions=(*instance.full_regions, *full), ops=OpId(instance.ops + len(news)))
    told = tuple(Note("region.capacity_eviction", (("flyRegion", one), ("label", "evicted"))) for one in news)
    return remembering, told


def has_room_again(instance: Instance, op: OpId) -> Instance:
    """The instance once it may ask again in the region that this op found full."""
    return evolve(instance, full_regions=tuple(one for one in instance.full_regions if one.op != op))


def is_one_left(instance: Instance) -> bool:
    """Whether there is a region that is not known to be full."""
    full = {one.region for one in instance.full_regions}
    return any(one not in full for one in instance.spec.regions)


def capacity_label(refusal: Rejected) -> str:
    """Upstream's word for a refusal for want of room: the status, and what the text speaks of (reconcile 4.0)."""
    kind = next((name for name in KINDS if name.replace("_", " ") in refusal.text.lower()), None)
    quota = "quota_exceeded" if refusal.why is Why.QUOTA else "capacity_recovery"
    return f"fly_{refusal.status}_{kind or quota}"


def is_of_host(why: Why) -> bool:
    """Whether a refusal says that there is no room where the volume is, so that only a move helps (fly.md 4.2)."""
    return why in {Why.CAPACITY_HOST, Why.CAPACITY_REGION, Why.QUOTA}


def is_of_region(why: Why) -> bool:
    """Whether a refusal says that a whole region has no room for us."""
    return why in {Why.CAPACITY_REGION, Why.QUOTA}
