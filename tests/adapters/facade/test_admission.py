"""Admission when what is asked does not answer: the caller is told, and nothing is held for ever."""

from __future__ import annotations

import asyncio
from typing import NoReturn

import pytest
from attrs import define, evolve, field

from kiloclaw_adapters.arguments import app_named
from kiloclaw_adapters.directory import MemoryDirectory
from kiloclaw_adapters.errors import AdmissionError
from kiloclaw_adapters.registry.driving import Desk
from kiloclaw_adapters.registry.reporting import Reporting
from kiloclaw_adapters.store import MemoryStore, Store, Stored, StoreError
from kiloclaw_core.commands import Identity, Provision
from kiloclaw_core.names import CommandId, Fence, OwnerKey, SandboxId, UserId
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import LegacyRow, RowState
from kiloclaw_core.registry.asks import Inserted, RowFenced, RowTaken

from ..interpreter.outside import CLOCK, SPEC, Process, World, new_store, process

pytestmark = pytest.mark.anyio

QUICK = Policy(probe_waits_s=(2.0, 1.0))


@define(eq=False)
class Failing(MemoryDirectory):
    """A directory whose verbs of these names fail, as often as is said."""

    failing: dict[str, int] = field(factory=dict, init=False)

    def _fail(self, verb: str) -> None:
        if self.failing.get(verb, 0):
            self.failing[verb] -= 1
            raise OSError(f"canary: {verb} of the database that nobody may hear of")

    async def insert_row(
        self, owner: OwnerKey, user: UserId, instance: SandboxId, fence: Fence | None
    ) -> Inserted | RowFenced | RowTaken:
        """Insert the row, or fail."""
        self._fail("insert_row")
        return await super().insert_row(owner, user, instance, fence)

    async def subscribe_row(self, owner: OwnerKey, user: UserId, instance: SandboxId, fence: Fence | None) -> RowState:
        """Subscribe the row, or fail."""
        self._fail("subscribe_row")
        return await super().subscribe_row(owner, user, instance, fence)

    async def row(self, owner: OwnerKey, user: UserId, instance: SandboxId) -> RowState:
        """Show the row, or fail."""
        self._fail("row")
        return await super().row(owner, user, instance)

    async def active_row(self, owner: OwnerKey, user: UserId | None) -> LegacyRow | None:
        """Show the active row, or fail."""
        self._fail("active_row")
        return await super().active_row(owner, user)


def failing(world: World, **verbs: int) -> Process:
    """A process whose directory fails so often at these verbs."""
    world.directory = directory = Failing(new_store())
    directory.failing = verbs
    return process(world, new_store(), policy=QUICK)


async def refusal(one: Process, sandbox: str = "sandbox-1", command_id: str = "k1") -> AdmissionError:
    """What a caller is told who is not let in."""
    with pytest.raises(AdmissionError) as told:
        await one.kiloclaw.provision(sandbox, "user-1", SPEC, command_id=command_id)
    return told.value


async def probed(one: Process) -> list[str]:
    """The phases of all attempts, once a worker has worked for two minutes."""
    worker = one.kiloclaw.worker()
    working = asyncio.create_task(worker.run())
    await CLOCK.sleep(120)
    worker.stop()
    await working
    return [known.reservation.phase for known in await one.kiloclaw.reservations()]


async def test_a_directory_that_hesitates_is_asked_again() -> None:
    """Two failures of each step are nothing that a user need hear of."""
    one = failing(World(), insert_row=2)
    shown = await one.kiloclaw.provision("sandbox-1", "user-1", SPEC)

    assert (shown.status, await probed(one)) == ("provisioned", ["completed"])
    assert [fields["doing"] for line, fields in one.lines if line == "failed"] == ["asking InsertRow"] * 2


async def test_a_directory_that_does_not_answer_is_told_before_anything_is_held() -> None:
    """And what it said is not: that is for the log."""
    one = failing(World(), active_row=1)
    told = await refusal(one)

    assert (told.code, told.explanation.retryable, "canary" in str(told)) == ("unavailable", True, False)
    assert str(told.__cause__).startswith("canary: active_row")
    assert [fields["text"] for line, fields in one.lines if line == "failed"] == [str(told.__cause__)]
    assert await one.kiloclaw.reservations() == ()
    assert (await one.kiloclaw.provision("sandbox-1", "user-1", SPEC, command_id="k1")).status == "provisioned"


async def test_a_row_that_cannot_be_inserted_has_the_attempt_cleaned_up() -> None:
    """The user asks once more a little later, and nothing of the first attempt is left (F17, F18)."""
    world = World()
    one = failing(world, insert_row=3)
    told = await refusal(one)
    phases = await probed(one)
    shown = await one.kiloclaw.provision("sandbox-2", "user-1", SPEC)

    assert (told.code, phases, shown.status) == ("provision_failed", ["released"], "provisioned")
    assert (len(world.machines), [one.volume for one in world.volumes]) == (0, [shown.volume_id])


async def test_a_subscription_in_doubt_is_completed_by_the_probe() -> None:
    """The caller is told that it is nearly done, and a worker does the rest (F23)."""
    one = failing(World(), subscribe_row=3)
    told = await refusal(one)
    phases = await probed(one)

    assert (told.code, told.explanation.retry_after_s) == ("provision_completion_pending", 15.0)
    assert phases == ["completed"]
    assert (await one.kiloclaw.provision("sandbox-1", "user-1", SPEC, command_id="k1")).status == "provisioned"


async def test_while_the_directory_is_down_the_probe_waits_and_then_goes_on() -> None:
    """The row was inserted and its answer lost; nothing is decided without evidence, and nothing forgotten (L2)."""
    world = World()
    one = failing(world, row=40)
    told = await refusal(one)
    phases = await probed(one)

    stored = await world.directory.registry.load("user:user-1")

    assert (told.code, phases, world.machines, world.volumes) == ("provision_failed", ["released"], (), ())
    assert stored is not None
    assert "canary" not in stored.body
    shown = await world.directory.row(OwnerKey("user:user-1"), UserId("user-1"), SandboxId("sandbox-1"))
    assert shown is RowState.DESTROYED


async def test_who_has_not_paid_is_not_let_in() -> None:
    """Nothing is held meanwhile, and no instance is asked."""

    class Nobody:
        """Everybody's plan has run out."""

        async def entitled(self, owner: OwnerKey, user: UserId) -> bool:
            """No."""
            del owner, user  # whoever they are
            return False

    world = World()
    one = process(world, new_store())
    desk = one.kiloclaw._asking.desk()
    poor = Desk(desk.registries, desk.directory, Nobody(), desk.clock)
    one.kiloclaw._asking = evolve(one.kiloclaw._asking, desk=lambda: poor)
    told = await refusal(one)

    assert (told.code, told.explanation.status, told.explanation.retryable) == ("entitlement_expired", 403, False)
    assert (world.asked, await one.kiloclaw.reservations()) == ([], ())


async def test_a_destroy_is_known_to_the_registry_first() -> None:
    """Nobody is routed to it while it goes, and its slot is free when it is gone."""
    one = process(World(), new_store())
    await one.kiloclaw.provision("sandbox-1", "user-1", SPEC)
    await one.kiloclaw.destroy("sandbox-1", wait=False)
    ((draining,),) = [await one.kiloclaw.reservations()]
    await one.kiloclaw.destroy("sandbox-1")
    (gone,) = await one.kiloclaw.reservations()

    assert (draining.reservation.phase, draining.reservation.route) == ("completed", "draining")
    assert (gone.reservation.phase, gone.reservation.route) == ("released", "tombstone")
    assert (await one.kiloclaw.provision("sandbox-2", "user-1", SPEC)).status == "provisioned"
    assert (await refusal(one, command_id="k9")).code == "instance_destroyed"


async def test_an_instance_that_is_older_than_the_registry_is_its_users() -> None:
    """It has neither row nor reservation; whoever has it can change it, destroy it, and has no second one."""
    world = World()
    one = process(world, new_store())
    who = Identity(SandboxId("sandbox-1"), UserId("user-1"), app_named(None, OwnerKey("user-1")))
    await one.kiloclaw._instances.intend(who.sandbox, Provision(CommandId("long ago"), who, SPEC), "long ago")
    changed = await one.kiloclaw.provision("sandbox-1", "user-1", SPEC, wait=False, command_id="now")
    second = await refusal(one, "sandbox-2", "too")
    shown = [known.reservation for known in await one.kiloclaw.reservations()]
    await one.kiloclaw.destroy("sandbox-1", wait=False)

    assert (changed.desired, second.code) == ("stopped", "instance_already_active")
    assert {(known.attempt_id, known.phase, known.route) for known in shown} == {
        ("born:sandbox-1", "completed", "live"),
        ("too", "released", None),
    }
    assert (await one.kiloclaw.reservations())[0].reservation.route == "draining"


async def test_an_instance_that_is_older_than_the_registry_is_its_users_whatever_else_failed() -> None:
    """An attempt that ended has closed its fence, and every older one; that of nobody's attempt was never given out."""
    world = World()
    one = failing(world, insert_row=3)
    assert (await refusal(one, "sandbox-2", "too")).code == "provision_failed"
    assert await probed(one) == ["released"]
    who = Identity(SandboxId("sandbox-1"), UserId("user-1"), app_named(None, OwnerKey("user-1")))
    await one.kiloclaw._instances.intend(who.sandbox, Provision(CommandId("long ago"), who, SPEC), "long ago")
    changed = await one.kiloclaw.provision("sandbox-1", "user-1", SPEC, wait=False, command_id="now")

    assert changed.desired == "stopped"
    assert {known.reservation.attempt_id: known.reservation.phase for known in await one.kiloclaw.reservations()} == {
        "too": "released",
        "born:sandbox-1": "completed",
    }


async def test_a_store_that_fails_while_a_refusal_is_shown_does_not_hide_it() -> None:
    """The caller has an answer; that it could not be shown to whoever watches is for the log."""
    one = process(World(), new_store())
    await one.kiloclaw.provision("sandbox-1", "user-1", SPEC)
    asking = one.kiloclaw._asking
    one.kiloclaw._asking = evolve(asking, store=Weary(asking.store, looks=2))
    told = await refusal(one, "sandbox-2", "too")

    assert told.code == "instance_already_active"
    assert [fields["doing"] for line, fields in one.lines if line == "failed"] == ["showing a refusal"]


async def test_a_registry_that_fails_keeps_the_instance_owing() -> None:
    """That it is gone is told until it is known to be told; nothing is lost meanwhile."""
    world = World()
    one = process(world, new_store())
    await one.kiloclaw.provision("sandbox-1", "user-1", SPEC)
    registry = one.kiloclaw._registries.store
    one.kiloclaw._registries.store = Down()
    unpaid = Reporting(world.directory, one.kiloclaw._registries, CLOCK)
    with pytest.raises(OSError, match="the registry is down"):
        await unpaid.tombstone(SandboxId("sandbox-1"), UserId("user-1"), None)
    one.kiloclaw._registries.store = registry

    assert world.directory.marks == set()
    assert (await one.kiloclaw.destroy("sandbox-1")).desired == "gone"
    assert world.directory.marks == {("sandbox-1", "registry_tombstone"), ("sandbox-1", "postgres_mark")}


class Weary(MemoryStore):
    """A store that shows this one's records, but only so often."""

    def __init__(self, of: Store, looks: int) -> None:
        super().__init__()
        self.of, self.looks = of, looks

    async def load(self, key: str) -> Stored | None:
        """Look, or fail."""
        self.looks -= 1
        if self.looks < 0:
            raise StoreError(f"{key}: the store is weary")
        return await self.of.load(key)


class Down(MemoryStore):
    """A store that fails."""

    async def load(self, key: str) -> NoReturn:
        """Fail."""
        raise StoreError(f"{key}: the registry is down")
