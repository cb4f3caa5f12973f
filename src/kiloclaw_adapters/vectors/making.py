"""Makes the vectors anew: every world that has a kind of them is searched, and what that shows becomes lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from kiloclaw_adapters.explorer import AnyConfiguration, World, world_of
from kiloclaw_adapters.vectors.caches import CACHES
from kiloclaw_adapters.vectors.collection import FORMAT
from kiloclaw_adapters.vectors.elsewhere import APPS, REGISTRIES, SUPERVISORS
from kiloclaw_adapters.vectors.gathering import Gathering, Policies, Worldly, calmest_first
from kiloclaw_adapters.vectors.instances import INSTANCES
from kiloclaw_adapters.vectors.kinds import Tree
from kiloclaw_core import lifecycle
from kiloclaw_core.codec.text import spell
from kiloclaw_core.pairing import lifecycle as pairing_lifecycle
from kiloclaw_core.registry import lifecycle as registry_lifecycle
from kiloclaw_core.supervisor import lifecycle as supervisor_lifecycle
from kiloclaw_core.world import app_moves, app_troubles
from kiloclaw_core.world.pairing import happening, troubles
from kiloclaw_core.world.supervisor import moves as supervisor_moves

Watch = Callable[[str], None]
"""Whoever is told the name of each configuration before it is searched."""


class Shows(Protocol):
    """The searches of one world, whatever its records are."""

    def search(self, configuration: AnyConfiguration, /) -> None:
        """Search a configuration of the world whole."""
        ...

    def ask(self) -> None:
        """Ask all there is to ask."""
        ...

    def vectors(self, policies: Policies, /) -> Iterable[Tree]:
        """All that was shown."""
        ...


def gatherings() -> dict[World, Shows]:
    """Nothing gathered yet, of each world that has vectors."""
    return {
        World.INSTANCE: Gathering(Worldly(INSTANCES, ((lifecycle, "absorb"),), ((lifecycle, "decide"),))),
        World.APP: Gathering(Worldly(APPS, ((app_moves, "app_absorb"),), ((app_troubles, "app_decide"),))),
        World.ADMISSION: Gathering(
            Worldly(REGISTRIES, ((registry_lifecycle, "registry_absorb"),), ((registry_lifecycle, "registry_decide"),))
        ),
        World.SUPERVISOR: Gathering(
            Worldly(
                SUPERVISORS,
                ((supervisor_moves, "supervisor_absorb"), (supervisor_lifecycle, "supervisor_absorb")),
                ((supervisor_lifecycle, "supervisor_decide"),),
            )
        ),
        World.CACHE: Gathering(
            Worldly(
                CACHES,
                tuple((module, "pairing_absorb") for module in (pairing_lifecycle, happening, troubles)),
                ((pairing_lifecycle, "pairing_decide"),),
                tells_cells=False,
            )
        ),
    }


def made(configurations: Iterable[AnyConfiguration], watch: Watch) -> tuple[str, ...]:
    """The lines that the searches of these come to; those of worlds without vectors are left out."""
    gathered = gatherings()
    for one in calmest_first(configurations):
        if world_of(one) in gathered:
            watch(one.name)
            gathered[world_of(one)].search(one)
    for shows in gathered.values():
        shows.ask()
    return written(gathered.values())


def written(gathered: Iterable[Shows]) -> tuple[str, ...]:
    """The lines of all that was gathered, the header first."""
    policies = Policies()
    vectors = [spell(vector) for shows in gathered for vector in shows.vectors(policies)]
    return (spell({"format": FORMAT, "policies": policies.trees}), *vectors)
