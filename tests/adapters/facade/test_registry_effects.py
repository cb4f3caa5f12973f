"""What the effects of a registry come to outside: rows from the directory, verdicts off the instance's own record."""

from __future__ import annotations

from typing import NoReturn

import pytest
from attrs import define

from kiloclaw_adapters.directory import MemoryDirectory
from kiloclaw_adapters.registry.performing import RegistryPerformer
from kiloclaw_adapters.store import MemoryStore, StoreError
from kiloclaw_core.names import AttemptId, Fence, OpId, OwnerKey, SandboxId, UserId
from kiloclaw_core.outcomes import Done, Rejected, Unknown, Why
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import (
    BootstrapSubscription,
    CloseRow,
    ConfirmedAbsent,
    LegacyRow,
    LegacyShown,
    Live,
    MarkRow,
    NeverSeen,
    OrderDestroy,
    ReadLegacy,
    ReadRow,
    ReadVerdict,
    RegistryChanging,
    RegistryEffect,
    RegistryOutcome,
    Remaining,
    RowShown,
    RowState,
    VerdictShown,
)

from ..interpreter.outside import CLOCK, SPEC, Process, World, new_store, process

pytestmark = pytest.mark.anyio

OP, OWNER, USER, ONE, TWO = OpId(1), OwnerKey("user:ann"), UserId("ann"), SandboxId("sandbox-1"), SandboxId("sandbox-2")
ATTEMPT, OTHER, FENCE = AttemptId("k1"), AttemptId("k2"), Fence(1)
READ_ROW = ReadRow(OP, OWNER, USER, ONE)
CLOSE_ROW = CloseRow(OP, OWNER, USER, ONE, FENCE)
SUBSCRIBE = BootstrapSubscription(OP, OWNER, USER, ONE, FENCE)
MARK_ROW = MarkRow(OP, OWNER, USER, ONE)
READ_LEGACY = ReadLegacy(OP, OWNER)
READ_VERDICT = ReadVerdict(OP, ONE, OWNER, USER, ATTEMPT, FENCE)
ORDER = OrderDestroy(OP, ONE, OWNER, USER, ATTEMPT, FENCE)
EVERY: tuple[RegistryEffect, ...] = (READ_ROW, CLOSE_ROW, SUBSCRIBE, MARK_ROW, READ_LEGACY, READ_VERDICT, ORDER)


def performer(one: Process, world: World) -> RegistryPerformer:
    """Whoever performs the effects of registries in this process."""
    return RegistryPerformer(world.directory, lambda: one.kiloclaw._instances, Policy(), CLOCK)


async def came_to(one: Process, world: World, effect: RegistryEffect) -> RegistryOutcome:
    """What this effect comes to now."""
    return await performer(one, world).perform(effect, committed_at=CLOCK.monotonic())


async def test_rows_are_shown_and_closed_and_marked() -> None:
    """Each answer is what the row says then."""
    world = World()
    one = process(world, new_store())
    before = await came_to(one, world, READ_LEGACY)
    await world.directory.insert_row(OWNER, USER, ONE, FENCE)
    said = [await came_to(one, world, effect) for effect in (READ_ROW, READ_LEGACY, SUBSCRIBE, CLOSE_ROW, MARK_ROW)]

    assert before == LegacyShown(None)
    assert said == [
        RowShown(RowState.UNSUBSCRIBED),
        LegacyShown(LegacyRow(ONE, USER, ONE, keyed_by_instance=True, subscribed=False)),
        RowShown(RowState.CANONICAL),
        RowShown(RowState.CANONICAL),
        Done(),
    ]
    assert await came_to(one, world, READ_ROW) == RowShown(RowState.DESTROYED)


async def test_an_instance_that_never_heard_of_an_attempt_is_closed_to_it_for_ever() -> None:
    """A late provision of it finds a tombstone (GW1, GW5)."""
    world = World()
    one = process(world, new_store())

    assert await came_to(one, world, READ_VERDICT) == VerdictShown(NeverSeen())
    assert await came_to(one, world, ORDER) == VerdictShown(ConfirmedAbsent())
    assert await came_to(one, world, READ_VERDICT) == VerdictShown(ConfirmedAbsent())
    assert (await one.kiloclaw.view(ONE)).desired == "gone"


async def test_what_an_attempt_made_is_destroyed_by_the_instances_own_story() -> None:
    """The order is an intent; what there is left is told until there is nothing."""
    world = World()
    one = process(world, new_store())
    await one.kiloclaw.provision(ONE, USER, SPEC, command_id=ATTEMPT)
    alive = await came_to(one, world, READ_VERDICT)
    ordered = await came_to(one, world, ORDER)
    await one.kiloclaw.destroy(ONE)

    assert isinstance(alive, VerdictShown)
    assert isinstance(alive.verdict, Live)
    assert ordered == VerdictShown(Remaining())
    assert (await came_to(one, world, READ_VERDICT), world.volumes) == (VerdictShown(ConfirmedAbsent()), ())


async def test_what_another_attempt_made_is_left_alone() -> None:
    """A message that comes late must not touch its successor (S9)."""
    world = World()
    one = process(world, new_store())
    await one.kiloclaw.provision(ONE, USER, SPEC, command_id=OTHER)

    assert await came_to(one, world, ORDER) == VerdictShown(ConfirmedAbsent())
    assert (await one.kiloclaw.view(ONE)).desired == "stopped"


async def test_what_waited_too_long_is_not_done() -> None:
    """It could come after somebody else's answer; who only looks may be as late as they like."""
    world = World()
    one = process(world, new_store())
    committed_at = CLOCK.monotonic()
    await CLOCK.sleep(21)
    late = {effect: await performer(one, world).perform(effect, committed_at=committed_at) for effect in EVERY}

    refused = {effect for effect, outcome in late.items() if isinstance(outcome, Rejected)}
    assert {late[effect] for effect in refused} == {Rejected(Why.NOT_SENT)}
    assert refused == {effect for effect in EVERY if isinstance(effect, RegistryChanging)}


class Down(MemoryStore):
    """A store that fails."""

    async def load(self, key: str) -> NoReturn:
        """Fail."""
        raise StoreError(f"{key}: down")


@define(eq=False)
class Deaf(MemoryDirectory):
    """A directory that fails."""

    async def row(self, owner: OwnerKey, user: UserId, instance: SandboxId) -> RowState:
        """Fail."""
        raise OSError(f"{owner}: deaf to {user} about {instance}")


async def test_what_cannot_be_known_is_unknown() -> None:
    """The registry asks again; it never takes silence for an answer."""
    world = World(directory=Deaf(new_store()))
    one = process(world, new_store())
    one.kiloclaw._instances.store = Down()

    outcomes = [await came_to(one, world, effect) for effect in (READ_ROW, CLOSE_ROW, READ_VERDICT, ORDER)]

    assert [one.text.partition(": ")[0] for one in outcomes if isinstance(one, Unknown)] == [
        "the directory did not answer",
        "the directory did not answer",
        "the instance did not answer",
        "the instance did not answer",
    ]
