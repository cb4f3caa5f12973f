"""Copies, snapshots and larger volumes: what becomes of what a volume bears (Fly: fly.md 1.5, 3)."""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_adapters.simulator import STRICT, Host, Settings, Simulator, VirtualClock
from kiloclaw_core.names import VolumeId

from .suite import NO_VOLUME, VOLUMES, Wire, later, listed, shown, simulated, things

pytestmark = pytest.mark.anyio

ZERO: Final = "0001-01-01T00:00:00Z"


async def data_of(wire: Wire) -> dict[object, object]:
    """The age of what each volume bears."""
    return {one["volume"]: one["data"] for one in things(await wire.look("/_sim/truth"), "volumes")}


async def snapshots_of(wire: Wire, volume: str) -> list[dict[str, object]]:
    """The snapshots of a volume, as Fly lists them."""
    status, found = await wire.get(f"{VOLUMES}/{volume}/snapshots")
    assert status == 200, found
    assert isinstance(found, list), found
    return [shown(one) for one in found]


async def fork(wire: Wire, source: str, **more: object) -> str:
    """Make a copy of a volume."""
    return await wire.make(VOLUMES, {"name": "copy", "source_volume_id": source, **more})


# -- copies ------------------------------------------------------------------------------------------------------


async def test_a_copy_has_what_its_source_has_and_is_whole_later(wire: Wire, simulator: Simulator) -> None:
    """On another host of the same region, and as large; it can be mounted before it is whole."""
    source = await wire.volume(size_gb=7)
    await wire.booted(volume=source)
    copy = await fork(wire, source)
    found = await wire.look(f"{VOLUMES}/{copy}")
    assert (found["state"], found["size_gb"], found["region"]) == ("hydrating", 7, "ams")
    assert simulator.host_of(VolumeId(copy)) != simulator.host_of(VolumeId(source))
    assert await data_of(wire) == {source: 1, copy: 1}
    await wire.machine("gw-2", copy)
    await later(simulator, 1.0)
    assert (await wire.look(f"{VOLUMES}/{copy}"))["state"] == "created"


async def test_a_copy_may_be_in_another_region(wire: Wire) -> None:
    """The first of the list that has room."""
    source = await wire.volume()
    await wire.fault("full", region="fra")
    assert (await wire.look(f"{VOLUMES}/{await fork(wire, source, region='fra,lhr')}"))["region"] == "lhr"


async def test_a_copy_does_not_go_to_the_host_of_its_source(wire: Wire, simulator: Simulator) -> None:
    """Not even where that is the only one with room."""
    source = await wire.volume()
    for name in ("ams-2", "ams-3"):
        simulator.put_host(Host(name, closed=True))
    refusal = (400, {"error": "no capacity"})
    assert await wire.post(VOLUMES, {"name": "copy", "source_volume_id": source}) == refusal


@pytest.mark.parametrize(("size_gb", "status"), [(6, 422), (7, 200), (9, 200)])
async def test_leniently_a_copy_may_be_as_large_as_its_source_or_larger(
    size_gb: int, status: int, wire: Wire, simulator: Simulator
) -> None:
    """But not smaller (Fly: fly.md 1.5)."""
    source = await wire.volume(size_gb=7)
    answered, made = await wire.post(VOLUMES, {"name": "copy", "source_volume_id": source, "size_gb": size_gb})
    text = "Validation failed: size_gb must be greater than or equal to 7"
    assert (answered, shown(made).get("error", text)) == (status, text)
    assert {one.size_gb for one in simulator.fly.volumes} == ({7, size_gb} if status == 200 else {7})


async def test_strictly_a_copy_has_no_size_of_its_own(wire: Wire, simulator: Simulator) -> None:
    """Whoever names none is granted under both rules (Fly: fly.md 1.5, 9)."""
    source = await wire.volume(size_gb=7)
    simulator.obey(STRICT)
    refusal = (422, {"error": "Validation failed: size_gb cannot be given with source_volume_id"})
    assert await wire.post(VOLUMES, {"name": "copy", "source_volume_id": source, "size_gb": 7}) == refusal
    assert (await wire.look(f"{VOLUMES}/{await fork(wire, source)}"))["size_gb"] == 7


async def test_a_copy_may_be_slow_or_stuck_and_so_may_a_new_volume(wire: Wire, simulator: Simulator) -> None:
    """Until somebody helps, over HTTP or from Python."""
    await wire.fault("slow", operation="create_volume", by_ms=5_000, times=1)
    slow = await wire.volume()
    await wire.fault("stuck", operation="create_volume", times=2)
    one, other = await wire.volume(), await fork(wire, slow)
    await later(simulator, 4.0)
    states = [(await wire.look(f"{VOLUMES}/{volume}"))["state"] for volume in (slow, one, other)]
    assert states == ["creating", "creating", "hydrating"]
    await later(simulator, 60.0)
    await wire.do(f"volumes/{one}/advance")
    simulator.advance_volume(VolumeId(other))
    states = [(await wire.look(f"{VOLUMES}/{volume}"))["state"] for volume in (slow, one, other)]
    assert states == ["created", "created", "created"]


async def test_a_copy_that_is_deleted_is_never_whole(wire: Wire, simulator: Simulator) -> None:
    """Its time comes, and there is nothing."""
    copy = await fork(wire, await wire.volume())
    await wire.delete(f"{VOLUMES}/{copy}")
    await later(simulator, 60.0)
    assert await wire.get(f"{VOLUMES}/{copy}") == NO_VOLUME


# -- larger volumes ----------------------------------------------------------------------------------------------


async def test_a_volume_is_extended_to_a_size(wire: Wire, simulator: Simulator) -> None:
    """To, not by: asked twice it is the same; a machine that is up sees it after a restart."""
    volume = await wire.volume(size_gb=7)
    path = f"{VOLUMES}/{volume}/extend"
    status, extended = await wire.put(path, {"size_gb": 9})
    inner = shown(shown(extended)["volume"])
    assert (status, shown(extended)["needs_restart"], inner["size_gb"], inner["state"]) == (200, False, 9, "extending")
    await later(simulator, 1.0)
    await wire.booted(volume=volume)
    _, again = await wire.put(path, {"size_gb": 9})
    inner = shown(shown(again)["volume"])
    assert (shown(again)["needs_restart"], inner["size_gb"], inner["state"]) == (True, 9, "created")


@pytest.mark.parametrize("size_gb", [6, 501])
async def test_a_volume_does_not_shrink(size_gb: int, wire: Wire) -> None:
    """Nor does it grow without end."""
    path = f"{VOLUMES}/{await wire.volume(size_gb=7)}/extend"
    text = f"Validation failed: size_gb must be between 7 and 500, not {size_gb}"
    assert await wire.put(path, {"size_gb": size_gb}) == (422, {"error": text})


async def test_a_volume_does_not_grow_beyond_its_host(wire: Wire, simulator: Simulator) -> None:
    """There is only so much on a disk."""
    volume = await wire.volume(size_gb=7)
    simulator.put_host(Host("ams-1", storage_gb=8))
    text = "aborted: insufficient resources available to fulfill request"
    assert await wire.put(f"{VOLUMES}/{volume}/extend", {"size_gb": 9}) == (409, {"error": text})


# -- snapshots ---------------------------------------------------------------------------------------------------


async def test_a_snapshot_is_finished_later(wire: Wire, simulator: Simulator) -> None:
    """Until then without a size and without a moment (Fly: fly.md 3)."""
    volume = await wire.volume(size_gb=7)
    status, taking = await wire.post(f"{VOLUMES}/{volume}/snapshots")
    (found,) = await snapshots_of(wire, volume)
    backup = shown(shown(shown(taking)["Msg"])["backup"])
    assert (status, backup["graph_id"]) == (200, found["id"])
    assert (found["status"], found["created_at"], found["size"], found["volume_size"]) == ("running", ZERO, 0, 7)
    text = "failed_precondition: snapshot is already scheduled at 2026-02-02T02:40:00.000Z"
    assert await wire.post(f"{VOLUMES}/{volume}/snapshots") == (412, {"error": text})
    await later(simulator, 1.0)
    (found,) = await snapshots_of(wire, volume)
    assert (found["status"], found["created_at"], found["size"]) == ("created", "2026-02-02T02:40:00.000Z", 7 << 20)
    assert (await wire.post(f"{VOLUMES}/{volume}/snapshots"))[0] == 200


async def test_a_restore_bears_what_its_volume_bore_then(wire: Wire, simulator: Simulator) -> None:
    """Not what was written since; whole later, like a copy."""
    volume = await wire.volume(size_gb=7)
    machine = await wire.booted(volume=volume)
    snapshot = (await wire.do(f"volumes/{volume}/snapshot"))["snapshot"]
    await wire.post(f"/_sim/machines/{machine}/befall", {"what": "restart"})
    await later(simulator, 1.0)
    restored = await wire.make(VOLUMES, {"name": "restored", "snapshot_id": snapshot, "size_gb": 8})
    assert await data_of(wire) == {volume: 2, restored: 1}
    assert (await wire.look(f"{VOLUMES}/{restored}"))["state"] == "restoring"
    await later(simulator, 1.0)
    assert (await wire.look(f"{VOLUMES}/{restored}"))["state"] == "created"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        ({}, "Validation failed: size_gb must be given with snapshot_id"),
        ({"size_gb": 6}, "Validation failed: size_gb must be at least the 7 of the snapshot"),
    ],
)
async def test_a_restore_names_a_size_that_is_large_enough(size: dict[str, int], text: str, wire: Wire) -> None:
    """However often it is tried (B86)."""
    volume = await wire.volume(size_gb=7)
    snapshot = (await wire.do(f"volumes/{volume}/snapshot"))["snapshot"]
    body = {"name": "restored", "snapshot_id": snapshot, **size}
    assert await wire.post(VOLUMES, body) == (422, {"error": text})
    assert listed(await wire.get(VOLUMES)) == [volume]


async def test_an_unfinished_snapshot_is_not_restored(wire: Wire) -> None:
    """Nor one of another app, whoever knows its id."""
    volume = await wire.volume()
    _, taking = await wire.post(f"{VOLUMES}/{volume}/snapshots")
    snapshot = shown(shown(shown(taking)["Msg"])["backup"])["graph_id"]
    body = {"name": "restored", "snapshot_id": snapshot, "size_gb": 10}
    text = "failed_precondition: the snapshot is not finished yet"
    assert await wire.post(VOLUMES, body) == (412, {"error": text})
    await wire.do(f"volumes/{volume}/advance")
    await wire.post("/v1/apps", {"app_name": "inst-2", "org_slug": "personal"})
    assert await wire.post("/v1/apps/inst-2/volumes", body) == (404, {"error": "snapshot not found"})
    assert await wire.get(f"/v1/apps/inst-2/volumes/{volume}/snapshots") == NO_VOLUME
    assert (await wire.post(VOLUMES, body))[0] == 200


async def test_snapshots_outlive_their_volume_for_as_long_as_they_are_kept(wire: Wire, simulator: Simulator) -> None:
    """So many days of its own from when they were finished; then they are forgotten."""
    volume = await wire.volume()
    status, updated = await wire.put(f"{VOLUMES}/{volume}", {"snapshot_retention": 7, "auto_backup_enabled": False})
    assert (status, shown(updated)["snapshot_retention"], shown(updated)["auto_backup_enabled"]) == (200, 7, False)
    older = simulator.back_up(VolumeId(volume))
    await later(simulator, 86_400.0)
    newer = simulator.back_up(VolumeId(volume))
    await wire.delete(f"{VOLUMES}/{volume}")
    found = await snapshots_of(wire, volume)
    assert {one["id"] for one in found} == {older, newer}
    assert [one["retention_days"] for one in found] == [7, 7]
    await later(simulator, 6 * 86_400.0)
    assert [one["id"] for one in await snapshots_of(wire, volume)] == [newer]
    await later(simulator, 86_400.0)
    assert await snapshots_of(wire, volume) == []
    with pytest.raises(KeyError):
        simulator.back_up(VolumeId(volume))


async def test_a_day_lasts_as_long_as_it_is_set_to() -> None:
    """So that a week can pass in a minute."""
    simulator = Simulator(Settings(day_s=60.0), VirtualClock())
    async with simulated(simulator) as wire:
        volume = await wire.volume()
        await later(simulator, 60.0)
        assert len(await snapshots_of(wire, volume)) == 1


async def test_daily_snapshots_come_and_go(wire: Wire, simulator: Simulator) -> None:
    """The first a day after the volume was made, and five are kept."""
    kept, opted_out = await wire.volume(), await wire.volume(auto_backup_enabled=False)
    counts = []
    for _ in range(8):
        await later(simulator, 86_400.0)
        await snapshots_of(wire, kept)  # somebody looks each day, else a day is caught up with late
        await later(simulator, 2.0)
        counts.append(len(await snapshots_of(wire, kept)))
    assert counts == [1, 2, 3, 4, 5, 5, 5, 5]
    assert await snapshots_of(wire, opted_out) == []


async def test_a_daily_snapshot_is_left_out_while_another_is_taken_and_once_the_volume_is_gone(
    wire: Wire, simulator: Simulator
) -> None:
    """Nothing is taken twice, and nothing of nothing."""
    volume, gone = await wire.volume(), await wire.volume()
    await wire.delete(f"{VOLUMES}/{gone}")
    await later(simulator, 86_399.5)
    await wire.post(f"{VOLUMES}/{volume}/snapshots")
    await later(simulator, 0.5)
    assert len(await snapshots_of(wire, volume)) == 1
    assert await snapshots_of(wire, gone) == []


async def test_the_snapshots_of_what_never_was_are_not_found(wire: Wire) -> None:
    """As any other look at it; and nothing is taken of it."""
    assert await wire.get(f"{VOLUMES}/vol_none/snapshots") == NO_VOLUME
    assert await wire.post(f"{VOLUMES}/vol_none/snapshots") == NO_VOLUME


async def test_a_listing_of_snapshots_may_be_empty(wire: Wire) -> None:
    """Though there are some: an empty list is no evidence."""
    volume = await wire.volume()
    await wire.do(f"volumes/{volume}/snapshot")
    await wire.fault("unseen", operation="list_snapshots", times=1)
    assert await snapshots_of(wire, volume) == []
    assert len(await snapshots_of(wire, volume)) == 1


async def test_by_hand_nothing_is_finished_until_it_is_told_to() -> None:
    """A copy and a snapshot of it, however long somebody waits."""
    simulator = Simulator(Settings(manual=True), VirtualClock())
    async with simulated(simulator) as wire:
        copy = await fork(wire, await wire.volume())
        await wire.post(f"{VOLUMES}/{copy}/snapshots")
        await later(simulator, 3_600.0)
        (found,) = await snapshots_of(wire, copy)
        assert ((await wire.look(f"{VOLUMES}/{copy}"))["state"], found["status"]) == ("hydrating", "running")
        await wire.do(f"volumes/{copy}/advance")
        (found,) = await snapshots_of(wire, copy)
        assert ((await wire.look(f"{VOLUMES}/{copy}"))["state"], found["status"]) == ("created", "created")
