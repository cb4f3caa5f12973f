"""A process dies at every request of a whole life, in every way; another takes over, and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_core.views import View

from ..interpreter.outside import CLOCK, DEATHS, SPEC, Fault, Process, World, new_store, process

pytestmark = pytest.mark.anyio

Step = Callable[[Kiloclaw], Awaitable[View]]

LIFE: tuple[Step, ...] = (
    lambda kiloclaw: kiloclaw.provision("sandbox-1", "user-1", SPEC, running=True, command_id="k1"),
    lambda kiloclaw: kiloclaw.stop("sandbox-1", command_id="k2"),
    lambda kiloclaw: kiloclaw.start("sandbox-1", command_id="k3"),
    lambda kiloclaw: kiloclaw.destroy("sandbox-1", command_id="k4"),
)
EXPECTED = ["running", "stopped", "running", None]


async def live(world: World, *, polite: bool) -> list[str | None]:
    """The life of one sandbox, each step asked again, under the same id, of the next process when one dies."""
    store = new_store()
    living = process(world, store, name="first")
    seen: list[str | None] = []
    for step in LIFE:
        task = asyncio.ensure_future(step(living.kiloclaw))
        died = asyncio.create_task(world.died.wait())
        await asyncio.wait([task, died], return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            await bury(living, task, polite=polite)
            world.died.clear()
            living = process(world, store, name="second")
            task = asyncio.ensure_future(step(living.kiloclaw))
        died.cancel()
        seen.append((await task).status)
    return seen


async def bury(dying: Process, task: asyncio.Future[View], *, polite: bool) -> None:
    """End a process: politely, by cancelling what it does, or so that nothing it still does reaches the store."""
    dying.store.dead = not polite
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("polite", [True, False], ids=["cancelled", "killed"])
@pytest.mark.parametrize("fault", DEATHS, ids=lambda fault: fault.name)
async def test_a_death_at_any_request_is_survived(fault: Fault, *, polite: bool) -> None:
    """This is the promise of the whole design: one machine at most, and after a destroy nothing at all."""
    whole = World()
    assert await live(whole, polite=polite) == EXPECTED
    for nth in range(len(whole.asked)):
        world = World(faults={nth: fault})
        assert await live(world, polite=polite) == EXPECTED, f"died at {nth}, {world.asked[nth]}"
        await CLOCK.sleep(600)
        left = (world.machines, world.volumes)
        assert (left, world.most_machines, world.faults) == (((), ()), 1, {}), f"died at {nth}, {world.asked[nth]}"


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.UNHEARD, Fault.RAISES], ids=lambda fault: fault.name)
async def test_a_doubt_at_any_request_is_cleared_up(fault: Fault) -> None:
    """An answer that does not come is neither yes nor no, whoever lost it: Fly, the network or our own performer."""
    whole = World()
    await live(whole, polite=True)
    for nth in range(len(whole.asked)):
        world = World(faults={nth: fault})
        assert await live(world, polite=True) == EXPECTED, f"in doubt at {nth}, {world.asked[nth]}"
        left = (world.machines, world.volumes)
        assert (left, world.most_machines, world.faults) == (((), ()), 1, {}), f"in doubt at {nth}, {world.asked[nth]}"
