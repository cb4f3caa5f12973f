"""A whole life through the façade: what callers see, and what is left outside at the end."""

from __future__ import annotations

import pytest

from ..interpreter.outside import SPEC, World, new_store, process

pytestmark = pytest.mark.anyio


async def test_a_life_leaves_nothing_behind() -> None:
    """What a user pays for must be what he has, from the first call to the last."""
    world = World()
    kiloclaw = process(world, new_store()).kiloclaw
    seen = [await kiloclaw.provision("sandbox-1", "user-1", SPEC)]
    seen.append(await kiloclaw.start("sandbox-1"))
    seen.append(await kiloclaw.stop("sandbox-1"))
    seen.append(await kiloclaw.start("sandbox-1"))
    seen.append(await kiloclaw.destroy("sandbox-1"))
    assert [one.status for one in seen] == ["provisioned", "running", "stopped", "running", None]
    assert (world.machines, world.volumes, world.most_machines) == ((), (), 1)
