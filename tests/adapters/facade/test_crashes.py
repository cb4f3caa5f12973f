"""A process dies at every request of a whole life, in every way; another takes over, and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from attrs import evolve, frozen

from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_core.views import View
from kiloclaw_core.world.fate import halt

from ..interpreter.outside import CLOCK, DEATHS, SPEC, Fault, Process, World, new_store, process

pytestmark = pytest.mark.anyio

Step = Callable[[Kiloclaw], Awaitable[View]]


@frozen
class Life:
    """What is asked of one sandbox, in order; what callers see; and before which step its machine stops by itself."""

    steps: tuple[Step, ...]
    expected: tuple[str | None, ...]
    stops_before: int | None = None


USUAL = Life(
    (
        lambda kiloclaw: kiloclaw.provision("sandbox-1", "user-1", SPEC, running=True, command_id="k1"),
        lambda kiloclaw: kiloclaw.stop("sandbox-1", command_id="k2"),
        lambda kiloclaw: kiloclaw.start("sandbox-1", command_id="k3"),
        lambda kiloclaw: kiloclaw.restart("sandbox-1", image="img:2", command_id="k4"),
        lambda kiloclaw: kiloclaw.destroy("sandbox-1", command_id="k5"),
    ),
    ("running", "stopped", "running", "running", None),
)
MENDED = Life(
    (
        lambda kiloclaw: kiloclaw.provision("sandbox-1", "user-1", SPEC, running=True, command_id="k1"),
        lambda kiloclaw: kiloclaw.recover("sandbox-1", operator="ann", because="it is down", command_id="k2"),
        lambda kiloclaw: kiloclaw.destroy("sandbox-1", command_id="k3"),
    ),
    ("running", "running", None),
    stops_before=1,
)


async def live(life: Life, world: World, *, polite: bool) -> tuple[str | None, ...]:
    """The life of one sandbox, each step asked again, under the same id, of the next process when one dies."""
    store = new_store()
    living = process(world, store, name="first")
    seen: list[str | None] = []
    for number, step in enumerate(life.steps):
        if number == life.stops_before:
            stop_by_itself(world)
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
    return tuple(seen)


def stop_by_itself(world: World) -> None:
    """Every machine there is stops, though nobody asked."""
    for app, outside in world.outsides.items():
        for machine in outside.fly.machines:
            world.outsides[app] = evolve(outside, fly=halt(outside.fly, machine))


async def bury(dying: Process, task: asyncio.Future[View], *, polite: bool) -> None:
    """End a process: politely, by cancelling what it does, or so that nothing it still does reaches the store."""
    dying.store.dead = not polite
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(
    ("life", "polite"),
    [(USUAL, True), (USUAL, False), (MENDED, False)],
    ids=["cancelled", "killed", "killed while it recovers"],
)
@pytest.mark.parametrize("fault", DEATHS, ids=lambda fault: fault.name)
async def test_a_death_at_any_request_is_survived(fault: Fault, life: Life, *, polite: bool) -> None:
    """This is the promise of the whole design: one machine at most, and after a destroy nothing at all."""
    whole = World()
    assert await live(life, whole, polite=polite) == life.expected
    for nth in range(len(whole.asked)):
        world = World(faults={nth: fault})
        assert await live(life, world, polite=polite) == life.expected, f"died at {nth}, {world.asked[nth]}"
        await CLOCK.sleep(600)
        left = (world.machines, world.volumes)
        assert (left, world.most_machines, world.faults) == (((), ()), 1, {}), f"died at {nth}, {world.asked[nth]}"


@pytest.mark.parametrize("life", [USUAL, MENDED], ids=["usual", "mended"])
@pytest.mark.parametrize("fault", [Fault.LOST, Fault.UNHEARD, Fault.RAISES], ids=lambda fault: fault.name)
async def test_a_doubt_at_any_request_is_cleared_up(fault: Fault, life: Life) -> None:
    """An answer that does not come is neither yes nor no, whoever lost it: Fly, the network or our own performer."""
    whole = World()
    await live(life, whole, polite=True)
    for nth in range(len(whole.asked)):
        world = World(faults={nth: fault})
        assert await live(life, world, polite=True) == life.expected, f"in doubt at {nth}, {world.asked[nth]}"
        left = (world.machines, world.volumes)
        assert (left, world.most_machines, world.faults) == (((), ()), 1, {}), f"in doubt at {nth}, {world.asked[nth]}"
