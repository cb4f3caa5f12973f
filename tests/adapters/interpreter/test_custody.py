"""Who may absorb, and what he is told first: leases, take-overs, a new life of the store, and what is broken off."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from attrs import evolve

from kiloclaw_adapters.ports import SystemClock
from kiloclaw_core.facts import Fact, Recovered, Replied
from kiloclaw_core.instance import Record, Transition
from kiloclaw_core.lifecycle import absorb
from kiloclaw_core.names import first_op
from kiloclaw_core.outcomes import Unknown

from .outside import CLOCK, SPEC, Fault, Process, World, new_store, process

pytestmark = pytest.mark.anyio


def listen(one: Process) -> list[Fact]:
    """The facts that this process absorbs about instances, as they come."""
    facts: list[Fact] = []

    def heard(record: Record, fact: Fact) -> Transition:
        facts.append(fact)
        return absorb(record, fact)

    interpreter = one.kiloclaw._instances
    interpreter.machinery = evolve(interpreter.machinery, absorb=heard)
    return facts


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until this is so."""
    while not is_so():
        await CLOCK.sleep(0.01)


async def test_a_take_over_is_told_once_and_first() -> None:
    """Told twice, a record would settle twice; told late, it would believe in answers that nobody waits for."""
    world, store = World(), new_store()
    first, second = process(world, store, name="first"), process(world, store, name="second")
    task = asyncio.create_task(first.kiloclaw.provision("sandbox-1", "user-1", SPEC, command_id="k1"))
    await until(lambda: "CreateVolume" in world.asked)
    first.store.dead = True
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    facts = listen(second)
    await second.kiloclaw.provision("sandbox-1", "user-1", SPEC, command_id="k1")
    await second.kiloclaw.start("sandbox-1")
    assert [isinstance(one, Recovered) for one in facts] == [True, *[False] * (len(facts) - 1)]
    assert facts[0] == Recovered(1)


async def test_who_lets_go_in_good_order_leaves_nothing_to_recover() -> None:
    """A plain load is no take-over: a restart between two commands must not cost a settle."""
    world, store = World(), new_store()
    await process(world, store, name="first").kiloclaw.provision("sandbox-1", "user-1", SPEC)
    second = process(world, store, name="second")
    facts = listen(second)
    await second.kiloclaw.start("sandbox-1")
    assert [one for one in facts if isinstance(one, Recovered)] == []


async def test_a_cancelled_holder_is_recovered_from_at_once() -> None:
    """The next holder need not wait for a lease that nobody is behind."""
    world, store = World(), new_store()
    first, second = process(world, store, name="first"), process(world, store, name="second")
    task = asyncio.create_task(first.kiloclaw.provision("sandbox-1", "user-1", SPEC))
    await until(lambda: "CreateVolume" in world.asked)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await CLOCK.sleep(0.01)
    claimed = await store.take("sandbox-1", owner="anybody", lease_s=1)
    assert (claimed is not None and claimed.took_over, second.lines) == (True, [])


async def test_who_lost_the_lease_stops() -> None:
    """Two holders would both send: the one that cannot renew breaks off what it does and commits nothing more."""
    world, store = World(always={"CreateVolume": Fault.LOST}), new_store()
    one = process(world, store)
    task = asyncio.create_task(one.kiloclaw.provision("sandbox-1", "user-1", SPEC))
    await until(lambda: "CreateVolume" in world.asked)
    del store._custodies["sandbox-1"]
    rival = await store.take("sandbox-1", owner="rival", lease_s=1000)
    before = await store.load("sandbox-1")
    await CLOCK.sleep(100)
    assert (rival is not None, world.broken_off, await store.load("sandbox-1") == before) == (
        True,
        ["CreateVolume"],
        True,
    )
    assert ("failed", "holding the key") in [(name, fields.get("doing")) for name, fields in one.lines]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_long_request_does_not_cost_the_lease() -> None:
    """A start takes longer than a lease lasts; the holder renews while it waits."""
    world, store = World(), new_store()
    one = process(world, store)
    await one.kiloclaw.provision("sandbox-1", "user-1", SPEC)
    world.always = {"AwaitState": Fault.LOST}
    task = asyncio.create_task(one.kiloclaw.start("sandbox-1"))
    await until(lambda: "AwaitState" in world.asked)
    await CLOCK.sleep(29.5)  # with the boot before it, longer than a lease lasts
    assert await store.take("sandbox-1", owner="rival", lease_s=1) is None
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_a_performer_raises_is_unknown_to_the_record() -> None:
    """A bug of ours does not prove that nothing was sent; and its text may say anything, so it is not kept."""
    world, store = World(faults={0: Fault.RAISES}), new_store()
    one = process(world, store)
    await one.kiloclaw.provision("sandbox-1", "user-1", SPEC)
    world.faults = {len(world.asked) + 1: Fault.RAISES}
    facts = listen(one)
    await one.kiloclaw.start("sandbox-1")
    raised = [one for one in facts if isinstance(one, Replied) and one.outcome == Unknown()]
    assert [fact.outcome.text for fact in raised if isinstance(fact.outcome, Unknown)] == [
        "the performer failed: RuntimeError"
    ]


async def test_a_poll_that_nobody_waits_for_is_broken_off() -> None:
    """A destroy does not wait for a boot to be over."""
    world, store = World(), new_store()
    one, other = process(world, store, name="one"), process(world, store, name="other")
    world.always = {"AwaitState": Fault.LOST}
    task = asyncio.create_task(one.kiloclaw.provision("sandbox-1", "user-1", SPEC, running=True))
    await until(lambda: "AwaitState" in world.asked)
    await other.kiloclaw.destroy("sandbox-1", wait=False)
    assert ((await task).status, world.broken_off) == (None, ["AwaitState"])


async def test_a_new_life_of_the_store_is_told_once() -> None:
    """Restored from a backup, a record would give out op numbers again that were given out before."""
    world, store = World(), new_store()
    one = process(world, store)
    await one.kiloclaw.provision("sandbox-1", "user-1", SPEC)
    await store.new_incarnation()
    facts = listen(one)
    await one.kiloclaw.start("sandbox-1")
    assert [fact for fact in facts if isinstance(fact, Recovered)] == [Recovered(2)]
    assert (await one.kiloclaw.debug_view("sandbox-1")).ops > first_op(2)


async def test_a_take_over_of_nothing_changes_nothing() -> None:
    """A key without a record may be held and left behind; there is nothing to recover."""
    store = new_store()
    one = process(World(), store)
    await store.take("sandbox-1", owner="gone", lease_s=0.001)
    await CLOCK.sleep(1)
    claimed = await store.take("sandbox-1", owner="one", lease_s=30)
    assert claimed is not None
    await one.kiloclaw._instances.attend(claimed)
    assert (claimed.took_over, await store.load("sandbox-1")) == (True, None)


async def test_an_answer_that_comes_after_the_lease_was_lost_is_not_absorbed() -> None:
    """The commit is refused, and the fact is the next holder's to find out: he settles what he cannot know."""
    world, store = World(), new_store()
    one = process(world, store)
    task = asyncio.create_task(one.kiloclaw.provision("sandbox-1", "user-1", SPEC))
    await until(lambda: "CreateVolume" in world.asked)
    del store._custodies["sandbox-1"]
    before = await store.load("sandbox-1")
    await CLOCK.sleep(0.25)
    assert await store.load("sandbox-1") == before
    assert ("failed", "holding the key") in [(name, fields.get("doing")) for name, fields in one.lines]
    assert (await task).status == "provisioned"
    assert len(world.volumes) == 1


async def test_an_app_that_nobody_asked_for_has_nothing_to_recover() -> None:
    """Its key may be held all the same."""
    store = new_store()
    one = process(World(), store)
    await store.take("app:acct-1", owner="gone", lease_s=0.001)
    await CLOCK.sleep(1)
    claimed = await store.take("app:acct-1", owner="one", lease_s=30)
    assert claimed is not None
    await one.kiloclaw._apps.attend(claimed)
    assert await store.load("app:acct-1") is None


async def test_the_system_clock_is_the_processs_own() -> None:
    """The Fly adapter tells by `time.monotonic`, and a commit's moment must be one of its own."""
    clock = SystemClock()
    before = time.monotonic()
    await clock.sleep(0)
    assert before <= clock.monotonic() <= time.monotonic()
    assert abs(clock.now_ms() - time.time_ns() // 1_000_000) < 60_000
