"""Custody: who may absorb facts for a key, for how long, and what the next holder is told of the last one."""

from __future__ import annotations

import pytest

from kiloclaw_adapters.store import Claimed, Conflict, Due, DueAt, Lease, Ring, Store, Version

from .suite import READABLE, START_MS, ManualClock, claim, put, take

pytestmark = pytest.mark.anyio


async def test_claims_come_oldest_first_and_in_batches(store: Store, clock: ManualClock) -> None:
    """The most overdue key waits no longer than it must, and one worker does not swallow all."""
    for key, patience_s in (("new", 9), ("old", 1), ("mid", 5), ("later", 60)):
        await put(store, key, Due("cadence", 0, patience_s))
    clock.pass_s(10)
    assert [one.lease.key for one in await claim(store, limit=2)] == ["old", "mid"]
    assert [one.lease.key for one in await claim(store, limit=2)] == ["new"]
    assert await claim(store, limit=2) == ()


async def test_a_claim_brings_the_rings_of_its_key_earliest_first(store: Store, clock: ManualClock) -> None:
    """Alarms that are not due stay out of it."""
    await put(store, "a", Due("late", 1, 2), Due("early", 2, 1), Due("not yet", 3, 60))
    clock.pass_s(2)
    (claimed,) = await claim(store)
    token = claimed.lease.token
    assert claimed == Claimed(Lease("a", token), (Ring("early", 2), Ring("late", 1)), took_over=False)


async def test_an_alarm_is_due_at_its_moment_and_not_before(store: Store, clock: ManualClock) -> None:
    """The boundary is exact, so that sleeping until `next_due_ms` is enough."""
    await put(store, "a", Due("cadence", 0, 1.5))
    clock.pass_s(1.499)
    assert await claim(store) == ()
    clock.pass_s(0.001)
    assert [one.lease.key for one in await claim(store)] == ["a"]


async def test_a_ring_leaves_only_by_the_commit_that_absorbs_it(store: Store) -> None:
    """A worker that dies between claim and commit must not take the alarm with it."""
    await put(store, "a", Due("answer", 1, 0))
    (claimed,) = await claim(store)
    assert await store.alarms("a") == (DueAt("answer", 1, START_MS),)
    await store.release(claimed.lease)
    (again,) = await claim(store)
    assert (again.rings, again.took_over) == ((Ring("answer", 1),), False)
    await put(store, on=1, lease=again.lease)
    await store.release(again.lease)
    assert await claim(store) == ()


async def test_a_holder_that_vanished_is_taken_over(store: Store, clock: ManualClock) -> None:
    """Its unanswered requests are the next holder's to settle: it has to know."""
    await put(store, "a", Due("answer", 1, 0))
    await claim(store, owner="worker-1")
    clock.pass_s(9.999)
    assert await claim(store, owner="worker-2") == ()
    clock.pass_s(0.001)
    (claimed,) = await claim(store, owner="worker-2")
    assert (claimed.rings, claimed.took_over) == ((Ring("answer", 1),), True)


async def test_a_holder_that_vanished_is_taken_over_before_any_alarm(store: Store, clock: ManualClock) -> None:
    """It died amid a request whose alarm is minutes away: the user must not wait for that."""
    await put(store, "a", Due("answer", 1, 180))
    await take(store)
    clock.pass_s(9.999)
    assert await claim(store, owner="worker-2") == ()
    clock.pass_s(0.001)
    (claimed,) = await claim(store, owner="worker-2")
    assert (claimed.lease.key, claimed.rings, claimed.took_over) == ("a", (), True)


async def test_a_key_that_was_let_go_waits_for_its_alarms(store: Store, clock: ManualClock) -> None:
    """Nothing is owed there: a worker that claimed it all the same would never come to rest."""
    await put(store, "a", Due("cadence", 0, 180))
    await put(store, "b")
    for key in ("a", "b"):
        await store.release(await take(store, key))
    clock.pass_s(10)
    assert (await claim(store), await store.next_due_ms(READABLE)) == ((), START_MS + 180_000)


async def test_who_killed_his_holder_waits_behind_the_others(store: Store, clock: ManualClock) -> None:
    """A key that ends every process that touches it counts from its last end, so it never starves the rest."""
    await put(store, "deadly", Due("answer", 1, 0))
    await take(store, "deadly")
    await put(store, "patient", Due("answer", 1, 5))
    clock.pass_s(10)
    assert [one.lease.key for one in await claim(store)] == ["patient", "deadly"]


async def test_a_key_that_was_never_written_is_not_claimed(store: Store, clock: ManualClock) -> None:
    """Its holder died before the first commit: there is no record, and so nothing to recover."""
    await take(store, "fresh")
    clock.pass_s(10)
    assert (await claim(store), await store.next_due_ms(READABLE)) == ((), None)


async def test_a_release_that_comes_too_late_does_not_hide_the_take_over(store: Store, clock: ManualClock) -> None:
    """The late holder may have been refused a commit, and with it an answer was lost."""
    await put(store)
    lease = await take(store)
    clock.pass_s(10)
    await store.release(lease)
    claimed = await store.take("a", owner="worker-2", lease_s=10)
    assert claimed is not None
    assert claimed.took_over


async def test_a_take_over_is_told_once(store: Store, clock: ManualClock) -> None:
    """Recovery is owed for each take-over, never for a plain load."""
    await put(store)
    await take(store)
    clock.pass_s(10)
    await store.release(await take(store))
    claimed = await store.take("a", owner="worker-1", lease_s=10)
    assert claimed is not None
    assert not claimed.took_over


async def test_a_renewed_lease_lasts_from_the_renewal(store: Store, clock: ManualClock) -> None:
    """A long story keeps its worker."""
    await put(store)
    lease = await take(store)
    clock.pass_s(8)
    assert await store.renew(lease, lease_s=10)
    clock.pass_s(9)
    assert await store.take("a", owner="worker-2", lease_s=10) is None
    assert await put(store, on=1, lease=lease) == Version(2)


async def test_a_lease_that_ran_out_is_not_revived(store: Store, clock: ManualClock) -> None:
    """Whoever was late must find out, even if nobody was waiting."""
    await put(store)
    lease = await take(store)
    clock.pass_s(10)
    assert not await store.renew(lease, lease_s=10)
    assert await put(store, on=1, lease=lease) == Conflict("a: the lease has run out")


async def test_a_lease_that_was_taken_over_is_worth_nothing(store: Store, clock: ManualClock) -> None:
    """The old holder can neither write, hold on, nor evict the new one."""
    await put(store)
    old = await take(store)
    clock.pass_s(10)
    new = await take(store, owner="worker-2")
    assert await put(store, on=1, lease=old) == Conflict("a: the lease is another one by now, taken by worker-2")
    assert not await store.renew(old, lease_s=10)
    await store.release(old)
    assert await put(store, on=1, lease=new) == Version(2)


async def test_a_lease_given_back_is_worth_nothing(store: Store) -> None:
    """After its release a worker's stray answers must not be absorbed by it."""
    await put(store)
    lease = await take(store)
    await store.release(lease)
    assert await put(store, on=1, lease=lease) == Conflict("a: the lease was given back")
    assert not await store.renew(lease, lease_s=10)


async def test_a_key_is_taken_by_name_before_it_has_a_record(store: Store) -> None:
    """Whoever provisions and waits runs the first worker of its key itself."""
    claimed = await store.take("fresh", owner="command line", lease_s=10)
    assert claimed is not None
    assert claimed == Claimed(Lease("fresh", claimed.lease.token), (), took_over=False)
    assert await put(store, "fresh", lease=claimed.lease) == Version(1)


async def test_a_held_key_is_taken_by_nobody_its_owner_included(store: Store) -> None:
    """Two tasks of one process are two workers: custody is by token, an owner's name proves nothing."""
    await put(store, "a", Due("answer", 1, 0))
    await take(store, owner="worker-1")
    assert await store.take("a", owner="worker-1", lease_s=10) is None
    assert await store.take("a", owner="worker-2", lease_s=10) is None
    assert await claim(store) == ()


async def test_rows_that_cannot_be_read_are_passed_over(store: Store, clock: ManualClock) -> None:
    """During an upgrade, a newer record must neither fail the batch nor fill it."""
    await put(store, "newer", Due("cadence", 0, 1), schema=3)
    await put(store, "other", Due("cadence", 0, 1), kind="app")
    await put(store, "newest readable", Due("cadence", 0, 2), schema=2)
    await store.take("newer", owner="a worker of tomorrow", lease_s=1)
    clock.pass_s(5)
    assert [one.lease.key for one in await claim(store, limit=1)] == ["newest readable"]
    assert [one.lease.key for one in await store.claim(limit=9, owner="w", lease_s=1, schemas={"app": 1})] == ["other"]


async def test_the_next_moment_is_that_of_the_earliest_alarm_one_could_claim(store: Store) -> None:
    """A worker sleeps until then; counting what it cannot read would keep it awake for ever."""
    assert await store.next_due_ms(READABLE) is None
    await put(store, "newer", Due("cadence", 0, 1), schema=3)
    assert await store.next_due_ms(READABLE) is None
    await put(store, "a", Due("cadence", 0, 60), Due("answer", 1, 30))
    await put(store, "b", Due("cadence", 0, 40))
    assert await store.next_due_ms(READABLE) == START_MS + 30_000


async def test_a_held_key_counts_from_the_end_of_its_lease(store: Store, clock: ManualClock) -> None:
    """Its alarms, due or not, are being seen to; it needs somebody again when the holder has vanished."""
    await put(store, "a", Due("answer", 1, 60), Due("pause", 2, 0))
    lease = await take(store)
    assert await store.next_due_ms(READABLE) == START_MS + 10_000
    clock.pass_s(4)
    assert await store.renew(lease, lease_s=10)
    assert await store.next_due_ms(READABLE) == START_MS + 14_000
    clock.pass_s(20)
    assert await store.next_due_ms(READABLE) == START_MS + 14_000


async def test_time_is_told_by_the_clock_of_the_store(store: Store, clock: ManualClock) -> None:
    """Due times and leases are compared on this clock and no other."""
    clock.pass_s(1.5)
    assert await store.now_ms() == START_MS + 1500


async def test_senseless_batches_and_leases_are_refused(store: Store) -> None:
    """A lease that never ends would lock a key for ever once its holder crashed."""
    with pytest.raises(ValueError, match=r"^limit must be at least 1, not -1$"):
        await claim(store, limit=-1)
    lease = await take(store)
    for lease_s in (0, float("inf")):
        why = f"^lease_s must be finite and more than 0, not {lease_s}$"
        with pytest.raises(ValueError, match=why):
            await store.claim(limit=1, owner="w", lease_s=lease_s, schemas=READABLE)
        with pytest.raises(ValueError, match=why):
            await store.take("a", owner="w", lease_s=lease_s)
        with pytest.raises(ValueError, match=why):
            await store.renew(lease, lease_s=lease_s)
