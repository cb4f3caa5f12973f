"""The oldest instances: their record is called as their user was, and their row has an id of its own (GW17)."""

from __future__ import annotations

import asyncio

import pytest
from attrs import evolve

from kiloclaw_adapters.arguments import app_named
from kiloclaw_adapters.directory import MemoryDirectory
from kiloclaw_adapters.registry.routing import RoutesView
from kiloclaw_core.commands import Identity, Provision
from kiloclaw_core.names import CommandId, OwnerKey, SandboxId, UserId
from kiloclaw_core.registry import LegacyRow, RowState

from ..interpreter.outside import CLOCK, SPEC, Process, World, new_store, process

pytestmark = pytest.mark.anyio

OWNER, ANN = OwnerKey("user:ann"), UserId("ann")
OLD, KEY = SandboxId("ki-uuid"), SandboxId("ann-as-she-was-called")


class Oldest(MemoryDirectory):
    """A directory with a row whose instance's record is called otherwise."""

    async def active_row(self, owner: OwnerKey, user: UserId | None) -> LegacyRow | None:
        """The row, with the name of the record."""
        row = await super().active_row(owner, user)
        is_old = row is not None and row.instance == OLD
        return evolve(row, key=KEY, keyed_by_instance=False) if row is not None and is_old else row


async def born_long_ago(world: World) -> Process:
    """A process that finds an instance of the oldest sort, and its row."""
    world.directory = Oldest(new_store())
    one = process(world, new_store())
    who = Identity(KEY, ANN, app_named(None, OwnerKey("ann")))
    await one.kiloclaw._instances.intend(KEY, Provision(CommandId("long ago"), who, SPEC), "long ago")
    await world.directory.insert_row(OWNER, ANN, OLD, None)
    await world.directory.subscribe_row(OWNER, ANN, OLD, None)
    return one


async def worked(one: Process) -> None:
    """Have a worker work for an hour."""
    worker = one.kiloclaw.worker()
    working = asyncio.create_task(worker.run())
    await CLOCK.sleep(3600)
    worker.stop()
    await working


@pytest.mark.parametrize("name", [OLD, KEY])
async def test_it_is_changed_by_either_name_and_stays_one(name: SandboxId) -> None:
    """No second one is made beside it under the id of its row."""
    one = await born_long_ago(World())
    shown = await one.kiloclaw.provision(name, ANN, SPEC, wait=False)

    assert (shown.sandbox_id, [view.sandbox_id for view in await one.kiloclaw.list()]) == (KEY, [KEY])
    assert await one.kiloclaw.routes(ANN) == RoutesView((KEY,), complete=True)


@pytest.mark.parametrize("is_known", [False, True])
async def test_it_is_destroyed_by_the_name_under_which_it_is_routed_to(*, is_known: bool) -> None:
    """Whether anybody has looked for its row yet or not: nobody is routed to it any more, and the row says so."""
    world = World()
    one = await born_long_ago(world)
    if is_known:
        assert await one.kiloclaw.routes(ANN) == RoutesView((KEY,), complete=True)
    await one.kiloclaw.destroy(KEY, wait=False)
    assert await one.kiloclaw.routes(ANN) == RoutesView((), complete=True)
    await worked(one)

    (gone,) = [known.reservation for known in await one.kiloclaw.reservations()]
    assert (gone.instance_id, gone.phase, gone.route) == (OLD, "released", "tombstone")
    assert await world.directory.row(OWNER, ANN, OLD) is RowState.DESTROYED
    assert (await one.kiloclaw.provision("ki-new", ANN, SPEC, wait=False)).sandbox_id == "ki-new"
