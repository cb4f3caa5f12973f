"""Everything that can go wrong at once, each with the same small chance: for soak tests.

What needs a name is left out: a host that does not answer, a request that is held, a region that is full.
"""

from __future__ import annotations

from typing import Final

from kiloclaw_adapters.simulator.asking import Operation
from kiloclaw_adapters.simulator.faults import Fault, refuse
from kiloclaw_adapters.simulator.kinds import (
    Befall,
    ClaimLingers,
    Cold,
    Delay,
    Drop,
    EchoDiffers,
    Garble,
    Ghost,
    Happening,
    ImageMissing,
    Kind,
    Lag,
    Launches,
    NameLingers,
    Omit,
    SecretsLag,
    Slow,
    TooEarly,
    Unseen,
    When,
)

SOON_MS: Final = 500
LOOKS: Final = (Operation.GET_MACHINE, Operation.LIST_MACHINES, Operation.GET_VOLUME, Operation.LIST_VOLUMES)
REFUSED: Final = {
    Operation.CREATE_VOLUME: ("no_capacity", "quota"),
    Operation.CREATE_MACHINE: ("capacity_host", "capacity_region", "capacity_memory", "host_disabled", "quota"),
    Operation.UPDATE_MACHINE: ("capacity_memory", "concurrent_update", "lease_held"),
    Operation.START_MACHINE: ("capacity_memory", "still_active", "still_attempting", "lease_held"),
    Operation.DELETE_VOLUME: ("volume_bound",),
}
"""What Fly says to such requests now and then though nothing in the truth says so."""
BEFALLING: Final = {
    Operation.CREATE_MACHINE: (Happening.EXIT, Happening.OUT_OF_MEMORY, Happening.MIGRATE),
    Operation.START_MACHINE: (Happening.EXIT, Happening.RESTART, Happening.FAIL),
    Operation.STOP_MACHINE: (Happening.WAKE,),
}
ANYWHERE: Final[tuple[Kind, ...]] = (
    *(kind for when in When for kind in (Drop(when), Garble(520, when))),
    *(refuse(name, when) for when in When for name in ("timed_out", "unavailable")),
    refuse("rate_limited"),
    Delay(before_ms=SOON_MS),
    Delay(after_ms=SOON_MS),
    Slow(SOON_MS),
    ClaimLingers(SOON_MS, nul=True),
    NameLingers(SOON_MS),
    TooEarly(SOON_MS),
    ImageMissing(SOON_MS),
    SecretsLag(SOON_MS),
    Launches(),
    Cold(),
    EchoDiffers(),
)
LOOKING: Final[tuple[Kind, ...]] = (Unseen(), Lag(SOON_MS), Ghost(for_ms=SOON_MS), Omit(("region",)))


def everything_at(chance: float) -> tuple[Fault, ...]:
    """A fault of every kind that needs no name, each with this chance at each request that it can befall."""
    refusals = ((operation, name) for operation, names in REFUSED.items() for name in names)
    befalling = ((operation, what) for operation, whats in BEFALLING.items() for what in whats)
    return (
        *(Fault(kind, chance=chance) for kind in ANYWHERE),
        *(Fault(kind, operation=operation, chance=chance) for operation in LOOKS for kind in LOOKING),
        *(Fault(refuse(name), operation=operation, chance=chance) for operation, name in refusals),
        *(Fault(Befall(what, SOON_MS), operation=operation, chance=chance) for operation, what in befalling),
    )
