"""The worker: many keys, a bounded number at a time, each failure its own, and an end that loses nothing."""

from __future__ import annotations

import asyncio

import pytest

from kiloclaw_adapters.store import Due
from kiloclaw_adapters.worker import Worker

from ..interpreter.outside import CLOCK, SPEC, Fault, Process, World, new_store, process

pytestmark = pytest.mark.anyio

SANDBOXES = [f"sandbox-{number:02}" for number in range(20)]


async def ask_for_all(one: Process) -> None:
    """Twenty users want a machine, and none of them waits."""
    for sandbox in SANDBOXES:
        await one.kiloclaw.provision(sandbox, f"user-of-{sandbox}", SPEC, running=True, wait=False)


async def statuses(one: Process) -> set[str | None]:
    """The statuses there are."""
    return {shown.status for shown in await one.kiloclaw.list()}


async def run_for(worker: Worker, seconds: float) -> None:
    """Have the worker run this long and stop."""
    task = asyncio.create_task(worker.run())
    await CLOCK.sleep(seconds)
    worker.stop()
    await task


async def test_it_serves_whatever_was_asked_for_by_others() -> None:
    """A caller who does not wait gets what he asked for all the same, and many at once get it one by one."""
    world, store = World(), new_store()
    one = process(world, store)
    await ask_for_all(one)
    await run_for(process(world, store, name="worker").kiloclaw.worker(concurrency=4), 120)
    assert await statuses(one) == {"running"}
    assert (len(world.machines), world.most_at_once) == (20, 4)


async def test_two_workers_share_the_work_and_double_none() -> None:
    """A key is one worker's at a time."""
    world, store = World(), new_store()
    one, two = process(world, store, name="one"), process(world, store, name="two")
    await ask_for_all(one)
    await asyncio.gather(run_for(one.kiloclaw.worker(), 120), run_for(two.kiloclaw.worker(), 120))
    assert (await statuses(one), world.asked.count("CreateMachine")) == ({"running"}, 20)


async def test_stopped_in_the_middle_it_loses_nothing() -> None:
    """A deploy ends every worker mid-way; the next one recovers whatever was in flight, and no machine is doubled."""
    world, store = World(), new_store()
    one = process(world, store)
    await ask_for_all(one)
    for nth in range(40):
        await run_for(process(world, store, name=f"worker-{nth}").kiloclaw.worker(), 0.35 + nth * 0.01)
    await run_for(one.kiloclaw.worker(), 3600)
    assert await statuses(one) == {"running"}
    assert (len(world.machines), len(world.volumes)) == (20, 20)


async def test_a_killed_holder_is_taken_over_as_soon_as_its_lease_ran_out() -> None:
    """It died amid a create whose only alarm is minutes away: its user must not wait for that."""
    world, store = World(always={"CreateVolume": Fault.LOST}), new_store()
    killed, one = process(world, store, name="killed"), process(world, store)
    await one.kiloclaw.provision("sandbox-1", "user-1", SPEC, wait=False)
    task = asyncio.create_task(killed.kiloclaw.worker().run())
    while "CreateVolume" not in world.asked:
        await CLOCK.sleep(0.01)
    killed.store.dead = True
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    (alarm,), ends_ms = await store.alarms("sandbox-1"), await store.next_due_ms({"instance": 1})
    assert ends_ms is not None
    assert (ends_ms <= CLOCK.now_ms() + 30_000, alarm.due_ms > ends_ms + 60_000) == (True, True)
    await run_for(one.kiloclaw.worker(), (ends_ms - CLOCK.now_ms()) / 1000 - 0.01)
    assert "took_over" not in one.names()
    await run_for(one.kiloclaw.worker(), 0.02)
    assert one.names().count("took_over") == 1


async def test_stopped_it_holds_no_key_any_more() -> None:
    """Whoever comes next need not wait for a lease to run out."""
    world, store = World(), new_store()
    one = process(world, store)
    await ask_for_all(one)
    await run_for(process(world, store, name="worker").kiloclaw.worker(), 1.25)
    assert world.at_once == 0
    await CLOCK.sleep(0.001)
    taken = [await store.take(sandbox, owner="next", lease_s=1) for sandbox in SANDBOXES]
    assert None not in taken


async def test_cancelled_it_ends_as_when_stopped() -> None:
    """A task group that is torn down leaves no worker's tasks behind."""
    world, store = World(), new_store()
    one = process(world, store)
    await ask_for_all(one)
    task = asyncio.create_task(one.kiloclaw.worker().run())
    await CLOCK.sleep(1.25)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (task.cancelled(), world.at_once) == (True, 0)


async def test_a_record_that_cannot_be_read_stops_no_other() -> None:
    """One bad row must not take everybody down; it is told of, and tried again when its lease has run out."""
    world, store = World(), new_store()
    one = process(world, store)
    await one.kiloclaw.provision("sandbox-1", "user-1", SPEC, wait=False)
    await store.commit(
        key="broken",
        kind="instance",
        schema=1,
        expected_version=0,
        body="{}",
        alarms=(Due("intent", 1, 0.0),),
        commit_id="x",
        lease=None,
    )
    await run_for(one.kiloclaw.worker(), 70)
    failed = [fields for name, fields in one.lines if name == "key_failed"]
    assert [(one["key"], one["error"]) for one in failed] == [("broken", "UnreadableRecordError")] * 3
    assert (await one.kiloclaw.view("sandbox-1")).status == "provisioned"


async def test_a_store_that_fails_is_asked_again() -> None:
    """A full disk or a lock held too long is no reason to go home."""
    world, store = World(), new_store()
    one, worker = process(world, store), process(world, store, name="worker")
    await one.kiloclaw.provision("sandbox-1", "user-1", SPEC, wait=False)
    worker.store.dead = True
    task = asyncio.create_task(worker.kiloclaw.worker().run())
    await CLOCK.sleep(2.5)
    worker.store.dead = False
    await CLOCK.sleep(60)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert worker.names().count("store_failed") == 3
    assert (await one.kiloclaw.view("sandbox-1")).status == "provisioned"


async def test_poked_it_looks_at_once() -> None:
    """Within one process an intent need not wait for the next look."""
    world, store = World(), new_store()
    one = process(world, store)
    worker = one.kiloclaw.worker()
    task = asyncio.create_task(worker.run())
    await CLOCK.sleep(10.5)
    await one.kiloclaw.provision("sandbox-1", "user-1", SPEC, wait=False)
    worker.poke()
    await CLOCK.sleep(0.15)
    assert world.asked == ["GetApp"]
    worker.stop()
    await task


def test_it_works_on_one_key_at_least() -> None:
    """A worker without room would wait for ever, and say nothing."""
    with pytest.raises(ValueError, match="concurrency must be at least 1, not 0"):
        process(World(), new_store()).kiloclaw.worker(concurrency=0)
