"""The one transactional verb: a record, its alarms and its commit id change together or not at all."""

from __future__ import annotations

import pytest

from kiloclaw_adapters.store import Conflict, Due, DueAt, Lease, Store, Stored, Version

from .suite import START_MS, ManualClock, ToldChance, put, take

pytestmark = pytest.mark.anyio


async def test_a_first_commit_is_loaded_as_it_was_given(store: Store) -> None:
    """What the core wrote is what it reads, byte for byte."""
    body = '{"name":"Zoë \\u0000 🦞","n":1}'
    assert await put(store, "a", schema=2, body=body, commit_id="mine") == Version(1)
    assert await store.load("a") == Stored("a", "instance", 2, 1, body, "mine")


async def test_a_further_commit_replaces_all_of_the_record(store: Store) -> None:
    """A release that writes a newer schema must not leave the old number beside the new text."""
    await put(store, "a", schema=1, body="old", commit_id="first")
    assert await put(store, "a", on=1, schema=2, body="new", commit_id="second") == Version(2)
    assert await store.load("a") == Stored("a", "instance", 2, 2, "new", "second")


async def test_a_key_without_a_record_loads_as_none(store: Store) -> None:
    """Absence is an answer, not an error."""
    assert await store.load("nobody") is None
    assert await store.alarms("nobody") == ()


async def test_creating_twice_is_refused_and_the_first_stays(store: Store) -> None:
    """Two provisions of one sandbox must not both begin."""
    await put(store, body="first")
    assert await put(store, body="second", commit_id="second") == Conflict("a: the record is at version 1, not 0")
    assert await store.load("a") == Stored("a", "instance", 1, 1, "first", "first")


async def test_a_commit_on_a_record_that_is_not_there_is_refused(store: Store) -> None:
    """A writer that remembers a record which a restored backup lacks must not bring it back."""
    assert await put(store, on=3) == Conflict("a: the record is at version 0, not 3")
    assert await store.load("a") is None


async def test_a_refused_commit_leaves_record_and_alarms_alone(store: Store) -> None:
    """Half a commit would perform effects that no record remembers."""
    await put(store, "a", Due("answer", 1, 5))
    await put(store, "a", Due("answer", 1, 5), on=1, body="newest", commit_id="second")
    assert await put(store, "a", Due("pause", 2, 1), on=1) == Conflict("a: the record is at version 2, not 1")
    assert await store.load("a") == Stored("a", "instance", 1, 2, "newest", "second")
    assert await store.alarms("a") == (DueAt("answer", 1, START_MS + 5000),)


async def test_an_alarm_that_is_asked_for_again_keeps_its_moment(store: Store, clock: ManualClock) -> None:
    """A busy record commits often; if that put its ceilings off, they would never ring."""
    await put(store, "a", Due("ceiling", 1, 60))
    clock.pass_s(50)
    await put(store, "a", Due("ceiling", 1, 60), on=1)
    assert await store.alarms("a") == (DueAt("ceiling", 1, START_MS + 60_000),)


async def test_the_set_of_alarms_is_replaced_whole(store: Store, clock: ManualClock) -> None:
    """Alarms are derived from the record: what it no longer wants must not ring."""
    await put(store, "a", Due("answer", 1, 5), Due("cadence", 0, 300))
    clock.pass_s(1)
    await put(store, "a", Due("answer", 2, 5), Due("cadence", 0, 300), on=1)
    assert await store.alarms("a") == (
        DueAt("answer", 2, START_MS + 6000),
        DueAt("cadence", 0, START_MS + 300_000),
    )


async def test_an_alarm_dropped_and_asked_for_later_begins_anew(store: Store, clock: ManualClock) -> None:
    """Its old moment went with the commit that dropped it."""
    await put(store, "a", Due("pause", 1, 5))
    await put(store, "a", on=1)
    clock.pass_s(2)
    await put(store, "a", Due("pause", 1, 5), on=2)
    assert await store.alarms("a") == (DueAt("pause", 1, START_MS + 7000),)


async def test_a_jitter_is_drawn_once_for_each_new_alarm(store: Store, clock: ManualClock, chance: ToldChance) -> None:
    """Instances that came to rest together look at their machines apart; and asking again is no new draw."""
    await put(store, "a", Due("stocktake", 0, 300, jitter_s=60), Due("ceiling", 1, 900))
    await put(store, "b", Due("stocktake", 0, 300, jitter_s=60))
    clock.pass_s(10)
    await put(store, "a", Due("stocktake", 0, 300, jitter_s=60), on=1)
    assert await store.alarms("a") == (DueAt("stocktake", 0, START_MS + 315_000),)
    assert await store.alarms("b") == (DueAt("stocktake", 0, START_MS + 330_000),)
    assert chance.drawn == 2


async def test_an_intent_committed_beside_a_lease_makes_the_holder_look_again(store: Store) -> None:
    """A command from the command line must neither wait for a worker nor be overwritten by it."""
    await put(store)
    lease = await take(store)
    assert await put(store, on=1, body="stop, please", commit_id="intent") == Version(2)
    assert await put(store, on=1, lease=lease) == Conflict("a: the record is at version 2, not 1")
    assert await put(store, on=2, lease=lease) == Version(3)


async def test_an_intent_wakes_by_an_alarm_without_patience(store: Store) -> None:
    """That is all the waking there is: the next claim finds the key."""
    await put(store, "a", Due("intent", 1, 0))
    claimed = await store.claim(limit=1, owner="worker-1", lease_s=10, schemas={"instance": 1})
    assert [one.lease.key for one in claimed] == ["a"]


async def test_keys_are_listed_by_kind(store: Store) -> None:
    """Instances and apps share a store but not a listing."""
    for key, kind in (("b", "instance"), ("z", "app"), ("a", "instance")):
        await put(store, key, kind=kind)
    assert await store.keys("instance") == ("a", "b")
    assert await store.keys("reservation") == ()


async def test_a_new_incarnation_counts_one_further(store: Store) -> None:
    """After a backup was restored, numbers of ops must not be used a second time."""
    assert await store.incarnation() == 1
    assert await store.new_incarnation() == 2
    assert await store.incarnation() == 2


async def test_what_no_store_could_grant_is_refused_by_name(store: Store) -> None:
    """These are mistakes of the caller, and a conflict would make it try again for ever."""
    with pytest.raises(ValueError, match=r"^a: the lease given is one of b$"):
        await put(store, "a", lease=Lease("b", "token"))
    with pytest.raises(ValueError, match=r"^a: expected_version must be at least 0, not -1$"):
        await put(store, "a", on=-1)
    with pytest.raises(ValueError, match=r"^a: alarm 'pause' of 1 is asked for twice$"):
        await put(store, "a", Due("pause", 1, 5), Due("pause", 1, 6))
    assert await store.load("a") is None


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_an_alarm_without_a_sensible_patience_is_refused(seconds: float) -> None:
    """An alarm that never rings would leave a phase waiting for ever."""
    with pytest.raises(ValueError, match=f"^alarm 'pause' of 1: patience_s must be finite .* not {seconds}$"):
        Due("pause", 1, seconds)
    with pytest.raises(ValueError, match=f"^alarm 'pause' of 1: jitter_s must be finite .* not {seconds}$"):
        Due("pause", 1, 10, jitter_s=seconds)
