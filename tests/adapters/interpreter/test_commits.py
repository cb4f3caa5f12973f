"""Commit first: what becomes of a fact, and of its effects, when its commit meets another or is not answered."""

from __future__ import annotations

import asyncio

import pytest
from attrs import define, field

from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_adapters.store import Conflict, Due, Lease, Unknown, Version
from kiloclaw_core.views import View

from .outside import CLOCK, SPEC, MortalStore, World, new_store, process

pytestmark = pytest.mark.anyio


async def live(kiloclaw: Kiloclaw) -> list[str | None]:
    """A whole life, without a death."""
    seen: list[View] = [await kiloclaw.provision("sandbox-1", "user-1", SPEC, running=True, command_id="k1")]
    seen.append(await kiloclaw.stop("sandbox-1", command_id="k2"))
    seen.append(await kiloclaw.destroy("sandbox-1", command_id="k3"))
    return [one.status for one in seen]


async def commits_of_a_life() -> tuple[int, list[str]]:
    """How many commits a life makes, and what it asks of the world."""
    world, store = World(), new_store()
    one = process(world, store)
    one.store.faults = [None] * 1000
    assert await live(one.kiloclaw) == ["running", "stopped", None]
    return 1000 - len(one.store.faults), world.asked


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not applied"])
async def test_an_unknown_commit_is_looked_for_before_anything_is_sent(*, applied: bool) -> None:
    """Whichever it was, and whichever commit: every request is sent once, none twice and none never."""
    commits, asked = await commits_of_a_life()
    assert commits > 30
    for nth in range(commits):
        world = World()
        one = process(world, new_store())
        one.store.faults = [*[None] * nth, applied]
        assert await live(one.kiloclaw) == ["running", "stopped", None], f"commit {nth}"
        assert world.asked == asked, f"commit {nth}"


async def test_a_fact_that_meets_an_intent_is_absorbed_again() -> None:
    """An answer cannot be refused: a volume that was made is held, though somebody asked for something meanwhile."""
    world, store = World(), new_store()
    holder, other = process(world, store, name="holder"), process(world, store, name="other")
    provisioned = asyncio.create_task(holder.kiloclaw.provision("sandbox-1", "user-1", SPEC))
    while "CreateVolume" not in world.asked:
        await CLOCK.sleep(0.01)
    intended = await other.kiloclaw.start("sandbox-1", wait=False)
    assert (intended.status, intended.volume_id) == ("starting", None)
    assert (await provisioned).status == "running"
    assert [world.asked.count(name) for name in ("CreateVolume", "CreateMachine")] == [1, 1]


@define(eq=False)
class MeddledStore(MortalStore):
    """A store in which, at one commit, two intents of others follow at once, and its own answer is lost."""

    other: Kiloclaw | None = None
    countdown: int = field(default=0)

    async def commit(  # noqa: PLR0913 - the port's one transactional verb
        self,
        *,
        key: str,
        kind: str,
        schema: int,
        expected_version: int,
        body: str,
        alarms: tuple[Due, ...],
        commit_id: str,
        lease: Lease | None,
    ) -> Version | Conflict | Unknown:
        """As the store does, but for the commit that is meddled with."""
        answer = await super().commit(
            key=key,
            kind=kind,
            schema=schema,
            expected_version=expected_version,
            body=body,
            alarms=alarms,
            commit_id=commit_id,
            lease=lease,
        )
        self.countdown -= "CreatingVolume".lower() in body.replace("_", "")
        if self.other is None or self.countdown >= 0:
            return answer
        other, self.other = self.other, None
        await other.stop("sandbox-1", wait=False)
        await other.stop("sandbox-1", wait=False)
        return Unknown("COMMIT failed")


async def test_a_commit_that_is_lost_from_sight_is_recovered_from() -> None:
    """Under two intents of others our own id is gone: to send might be to send twice, so the holder starts afresh."""
    world, store = World(), new_store()
    one, other = process(world, store, name="one"), process(world, store, name="other")
    one.kiloclaw._instances.store = MeddledStore(store, other=other.kiloclaw)
    shown = await one.kiloclaw.provision("sandbox-1", "user-1", SPEC)
    assert ("failed", "holding the key") in [(name, fields.get("doing")) for name, fields in one.lines]
    assert (shown.status, world.asked.count("CreateVolume")) == ("provisioned", 1)
    assert len(world.volumes) == 1
