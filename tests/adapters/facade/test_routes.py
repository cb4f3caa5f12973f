"""Where a user's requests are routed: never to what is about to go, and never to what nobody has paid for."""

from __future__ import annotations

import asyncio

import pytest

from kiloclaw_adapters.registry.routing import RoutesView
from kiloclaw_core.names import Fence, OwnerKey, SandboxId, UserId

from ..interpreter.outside import CLOCK, SPEC, Process, World, new_store, process
from .test_admission import Failing, failing

pytestmark = pytest.mark.anyio

OWNER, USER, OLD = OwnerKey("user:user-1"), UserId("user-1"), SandboxId("sandbox-1")


async def worked(one: Process) -> None:
    """Have a worker work for two minutes."""
    worker = one.kiloclaw.worker()
    working = asyncio.create_task(worker.run())
    await CLOCK.sleep(120)
    worker.stop()
    await working


async def older(world: World, *, subscribed: bool) -> None:
    """Have a row be there that is older than the registry."""
    await world.directory.insert_row(OWNER, USER, OLD, Fence(1))
    if subscribed:
        await world.directory.subscribe_row(OWNER, USER, OLD, None)


async def test_a_user_is_routed_to_their_instance_until_it_is_to_go() -> None:
    """A request that came later than a destroy would wake what is being razed."""
    one = process(World(), new_store())
    nothing = await one.kiloclaw.routes("user-1")
    await one.kiloclaw.provision("sandbox-1", "user-1", SPEC)
    there = await one.kiloclaw.routes("user-1")
    await one.kiloclaw.destroy("sandbox-1", wait=False)

    assert (nothing, there) == (RoutesView((), complete=True), RoutesView(("sandbox-1",), complete=True))
    assert await one.kiloclaw.routes("user-1") == RoutesView((), complete=True)


async def test_everybody_is_routed_to_their_own_in_each_context() -> None:
    """A member of an organisation is not routed to another's, nor to what they have as a person."""
    one = process(World(), new_store())
    for sandbox, user in (("sandbox-1", "user-1"), ("sandbox-2", "user-2")):
        await one.kiloclaw.provision(sandbox, user, SPEC, org_id="acme", wait=False)

    assert await one.kiloclaw.routes("user-1", org_id="acme") == RoutesView(("sandbox-1",), complete=True)
    assert await one.kiloclaw.routes("user-1") == RoutesView((), complete=True)


async def test_what_is_older_than_the_registry_is_found_when_somebody_asks() -> None:
    """Its row is all that there is of it (registry 1.6)."""
    world = World()
    one = process(world, new_store())
    await older(world, subscribed=True)

    assert await one.kiloclaw.routes("user-1") == RoutesView(("sandbox-1",), complete=True)


async def test_an_older_row_without_a_subscription_is_not_routed_to() -> None:
    """A row alone is no access; explicit recovery may yet subscribe it (S5)."""
    world = World()
    one = process(world, new_store())
    await older(world, subscribed=False)

    assert await one.kiloclaw.routes("user-1") == RoutesView((), complete=True)


async def test_while_the_rows_do_not_answer_nobody_is_told_that_there_is_nothing_else() -> None:
    """Silence is no proof; once they answer, a worker brings over what is there."""
    world = World()
    one = failing(world)
    await older(world, subscribed=True)
    assert isinstance(world.directory, Failing)
    world.directory.failing = {"active_row": 1}
    unsure = await one.kiloclaw.routes("user-1")
    again = await one.kiloclaw.routes("user-1")
    await worked(one)

    assert (unsure, again) == (RoutesView((), complete=False),) * 2
    assert await one.kiloclaw.routes("user-1") == RoutesView(("sandbox-1",), complete=True)
