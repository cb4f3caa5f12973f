"""Restarts, sizes and what operators may ask: what becomes of the instance, and what callers are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from attrs import evolve

from kiloclaw_adapters.errors import KeptError, LoopingError, NotServedError, RefusedError
from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_adapters.showing import RegionsView, RegionView
from kiloclaw_core.commands import Refusal
from kiloclaw_core.machine import Guest
from kiloclaw_core.names import SnapshotId
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.policy import Policy
from kiloclaw_core.views import View
from kiloclaw_core.world import disks, fate
from kiloclaw_core.world.fly import Fly

from ..interpreter.outside import CLOCK, SPEC, World, new_store, process

pytestmark = pytest.mark.anyio

BIG = Guest(4, 8192)
WEEK_S = 604_800.0
LOOK_S = 0.05


async def running(kiloclaw: Kiloclaw) -> View:
    """The one sandbox of these stories, up."""
    return await kiloclaw.provision("sandbox-1", "user-1", SPEC, running=True)


def happen(world: World, change: Callable[[Fly], Fly]) -> None:
    """Something happens at Fly that nobody asked for."""
    for app, outside in world.outsides.items():
        world.outsides[app] = evolve(outside, fly=change(outside.fly))


def stop_by_itself(fly: Fly) -> Fly:
    """The machine's process ends for good."""
    return fate.halt(fly, fly.machines[0])


def become_whole(fly: Fly) -> Fly:
    """Every copy has all its data."""
    for volume in fly.volumes:
        fly = fate.becomes_whole(fly, volume)
    return fly


async def is_looked_for(kiloclaw: Kiloclaw, volume: str) -> bool:
    """Whether the list is under way that says if this kept volume may go; nobody waits for that as long as a day."""
    held = (one for one in (await kiloclaw.debug_view("sandbox-1")).ledger if one.id == volume)
    return any(one.due_in_s is not None and one.due_in_s < WEEK_S / 7 for one in held)


# -- restart and sizes -------------------------------------------------------------------------------------------


async def test_a_restart_runs_the_new_image_on_the_same_machine() -> None:
    """In place: a user keeps his machine, his volume and his region."""
    world = World()
    one = process(world, new_store())
    before = await running(one.kiloclaw)
    (machine,) = world.machines
    after = await one.kiloclaw.restart("sandbox-1", image="img:2")
    assert evolve(after, last_started_at=before.last_started_at) == before
    assert [found.revision for found in world.machines] == [(machine.revision or 0) + 1]
    assert ("restart_self_healed", "pin-to-tag:2") in [(name, fields.get("label")) for name, fields in one.lines]


async def test_a_restart_that_nobody_waits_for_shows_itself() -> None:
    """A web page polls until it is over; polling changes nothing."""
    kiloclaw = process(World(), new_store()).kiloclaw
    await running(kiloclaw)
    shown = await kiloclaw.restart("sandbox-1", wait=False)
    assert (shown.status, shown.busy, await kiloclaw.view("sandbox-1")) == ("restarting", "restarting", shown)
    assert [one.because for one in shown.actions if one.name == "restart"] == [Refusal.BUSY.value]


async def test_a_restart_that_fly_refuses_is_told_while_the_machine_runs_on() -> None:
    """The old config still serves, and the caller hears that it does."""
    world = World()
    kiloclaw = process(world, new_store()).kiloclaw
    await running(kiloclaw)
    world.always = {"UpdateMachine": Rejected(Why.INVALID, status=422, text="no such image")}
    with pytest.raises(NotServedError, match="restart failed: invalid: no such image") as told:
        await kiloclaw.restart("sandbox-1", image="img:none")
    assert (told.value.view.status, told.value.view.errors[0].name) == ("running", "last_restart_error")
    assert (await kiloclaw.start("sandbox-1")).status == "running"  # what was refused keeps nobody from what runs


async def test_what_cannot_be_deleted_is_no_concern_of_a_start_that_succeeds() -> None:
    """An unused volume that Fly will not delete costs a user nothing but patience."""
    full = Rejected(Why.CAPACITY_REGION, status=422, text="no capacity")
    bound = Rejected(Why.CONFLICT, status=409, text="host unreachable")
    world = World(always={"CreateMachine": full, "DeleteVolume": bound})
    kiloclaw = process(world, new_store(), policy=Policy(delete_failures_before_slowing=1)).kiloclaw
    await kiloclaw.provision("sandbox-1", "user-1", SPEC)
    starting = asyncio.create_task(kiloclaw.start("sandbox-1"))
    while "CreateMachine" not in world.asked:
        await CLOCK.sleep(0.05)
    del world.always["CreateMachine"]
    shown = await starting
    assert (shown.status, shown.region) == ("running", "us")
    assert len((await kiloclaw.debug_view("sandbox-1")).stuck) == 1


async def test_a_restart_without_a_machine_is_refused() -> None:
    """There is nothing to restart; a start makes one."""
    kiloclaw = process(World(), new_store()).kiloclaw
    await kiloclaw.provision("sandbox-1", "user-1", SPEC)
    with pytest.raises(RefusedError, match="refused because the instance has no machine yet") as refused:
        await kiloclaw.restart("sandbox-1")
    assert refused.value.code == "no_machine"


async def test_a_new_size_is_had_from_the_next_restart_on() -> None:
    """Nobody's machine is restarted because he pays for another; and an override wins until the next resize."""
    world = World()
    kiloclaw = process(world, new_store()).kiloclaw
    await running(kiloclaw)
    sizes = [world.machines[0].guest]
    await kiloclaw.resize("sandbox-1", BIG, 20)
    sizes.append(world.machines[0].guest)
    await kiloclaw.restart("sandbox-1")
    sizes.append(world.machines[0].guest)
    await kiloclaw.override_size("sandbox-1", Guest(8, 16384), operator="ann", because="a demo")
    await kiloclaw.restart("sandbox-1")
    sizes.append(world.machines[0].guest)
    await kiloclaw.override_size("sandbox-1", None, operator="ann", because="the demo is over")
    await kiloclaw.restart("sandbox-1")
    sizes.append(world.machines[0].guest)
    assert sizes == [Guest(), Guest(), BIG, Guest(8, 16384), BIG]
    assert (await kiloclaw.debug_view("sandbox-1")).audit == (
        "ann set 8 x performance, 16384 MB because a demo",
        "ann ended the override of the size because the demo is over",
    )


# -- recovery ----------------------------------------------------------------------------------------------------


async def test_an_operator_has_a_machine_that_stopped_recovered_at_once() -> None:
    """Not at the next look; the volume that was left is kept, and an operator sees how long."""
    world = World()
    kiloclaw = process(world, new_store()).kiloclaw
    before = await running(kiloclaw)
    happen(world, lambda fly: disks.take_snapshot(fly, fly.volumes[0], SnapshotId("vs1")))
    happen(world, stop_by_itself)
    after = await kiloclaw.recover("sandbox-1", operator="ann", because="the user called")
    assert (after.status, after.volume_id == before.volume_id) == ("running", False)
    await CLOCK.sleep(1)
    shown = await kiloclaw.debug_view("sandbox-1")
    kept = {one.id: (one.role, one.kept) for one in shown.ledger if one.kind == "volume"}
    assert kept == {before.volume_id: ("retained", "long"), after.volume_id: ("active", None)}
    (due_in_s,) = [one.due_in_s or 0 for one in shown.ledger if one.id == before.volume_id]
    assert WEEK_S - 60 < due_in_s < WEEK_S
    assert {one.due_in_s for one in shown.alarms if one.name == "retention"} == {due_in_s}


async def test_while_it_recovers_only_a_destroy_is_granted() -> None:
    """And whoever asks for anything else is told why not, in a word that a user interface can show."""
    world, store = World(), new_store()
    kiloclaw, other = process(world, store, name="one").kiloclaw, process(world, store, name="other").kiloclaw
    await running(kiloclaw)
    happen(world, stop_by_itself)
    recovering = asyncio.create_task(kiloclaw.recover("sandbox-1", operator="ann", because="the user called"))
    while (shown := await other.view("sandbox-1")).busy != "recovering":
        await CLOCK.sleep(1)
    assert [one.name for one in shown.actions if one.allowed] == ["destroy"]
    with pytest.raises(RefusedError, match="the instance is recovering from an unexpected stop") as refused:
        await other.start("sandbox-1")
    assert refused.value.code == "recovering"
    assert (await other.destroy("sandbox-1")).desired == "gone"
    assert (await recovering).desired == "gone"


async def test_a_recovery_that_loops_is_refused_visibly() -> None:
    """A machine that always stops would otherwise be copied for ever, at its user's expense."""
    world = World()
    kiloclaw = process(world, new_store(), policy=Policy(recoveries_a_day=0)).kiloclaw
    await running(kiloclaw)
    happen(world, stop_by_itself)
    with pytest.raises(LoopingError, match="recovery failed: looping: the machine stopped again") as told:
        await kiloclaw.recover("sandbox-1", operator="ann", because="the user called")
    assert (told.value.code, told.value.view.status) == ("looping", "stopped")


async def test_a_retained_volume_goes_before_its_time_once_its_successor_is_whole() -> None:
    """An operator may save a user money, not take the only whole copy away."""
    world = World()
    kiloclaw = process(world, new_store()).kiloclaw
    kept = str((await running(kiloclaw)).volume_id)
    happen(world, stop_by_itself)
    await kiloclaw.recover("sandbox-1", operator="ann", because="the user called")
    with pytest.raises(
        KeptError, match=f"{kept} is kept: a machine is on it, or the volume in use is not known to be whole"
    ) as told:
        await kiloclaw.clean_up("sandbox-1", kept, operator="ann", because="it costs")
    assert (told.value.code, told.value.view.status) == ("kept", "running")
    happen(world, become_whole)
    after = await kiloclaw.clean_up("sandbox-1", kept, operator="ann", because="it costs")
    await CLOCK.sleep(60)
    assert [one.volume for one in world.volumes] == [after.volume_id]


async def test_a_clean_up_waits_until_the_instance_can_be_looked_at() -> None:
    """While a story is under way it is not settled which volume succeeds which: an operator waits for the answer."""
    world, store = World(), new_store()
    kiloclaw, other = process(world, store, name="one").kiloclaw, process(world, store, name="other").kiloclaw
    kept = str((await running(kiloclaw)).volume_id)
    happen(world, lambda fly: disks.take_snapshot(fly, fly.volumes[0], SnapshotId("vs1")))
    happen(world, stop_by_itself)
    await kiloclaw.recover("sandbox-1", operator="ann", because="the user called")
    happen(world, become_whole)
    restarting = asyncio.create_task(kiloclaw.restart("sandbox-1"))
    await CLOCK.sleep(0.5)
    assert (await other.view("sandbox-1")).busy == "restarting"
    cleaned = await other.clean_up("sandbox-1", kept, operator="ann", because="it costs")
    assert (cleaned.status, cleaned.busy, (await restarting).status) == ("running", None, "running")
    assert kept not in {one.id for one in (await other.debug_view("sandbox-1")).ledger if one.role == "retained"}


async def test_a_clean_up_that_a_restart_interrupts_is_told_what_came_of_it_in_the_end() -> None:
    """What was listed for it comes to nothing, so that it is looked at again: no reason to call the volume kept."""
    world, store = World(), new_store()
    one, other = process(world, store, name="one"), process(world, store, name="other").kiloclaw
    kept = str((await running(other)).volume_id)
    happen(world, lambda fly: disks.take_snapshot(fly, fly.volumes[0], SnapshotId("vs1")))
    happen(world, stop_by_itself)
    await other.recover("sandbox-1", operator="ann", because="the user called")
    happen(world, become_whole)
    worker = one.kiloclaw.worker()
    working = asyncio.create_task(worker.run())
    await other.clean_up("sandbox-1", kept, operator="ann", because="it costs", wait=False)
    await CLOCK.sleep(LOOK_S)
    cleaning = asyncio.create_task(other.clean_up("sandbox-1", kept, operator="ann", because="it still costs"))
    while not await is_looked_for(other, kept):
        await CLOCK.sleep(LOOK_S)
    restarting = asyncio.create_task(other.restart("sandbox-1"))
    cleaned = await cleaning
    assert (cleaned.status, cleaned.busy, (await restarting).status) == ("running", None, "running")
    assert kept not in {str(one.volume) for one in world.volumes}
    worker.stop()
    await working


async def test_only_a_retained_volume_can_be_cleaned_up() -> None:
    """A slip of an operator must not cost a user his data."""
    kiloclaw = process(World(), new_store()).kiloclaw
    volume = str((await running(kiloclaw)).volume_id)
    with pytest.raises(RefusedError) as refused:
        await kiloclaw.clean_up("sandbox-1", volume, operator="ann", because="a slip")
    assert refused.value.refusal is Refusal.NOT_RETAINED


# -- restore -----------------------------------------------------------------------------------------------------


async def test_an_operator_goes_back_to_a_snapshot_and_then_back_again() -> None:
    """The volume that was left is safe, so that a restore of the wrong snapshot is no loss."""
    world = World()
    kiloclaw = process(world, new_store()).kiloclaw
    before = await running(kiloclaw)
    happen(world, lambda fly: disks.take_snapshot(fly, fly.volumes[0], SnapshotId("vs1")))
    restored = await kiloclaw.restore("sandbox-1", "vs1", operator="ann", because="the user asked")
    assert (restored.status, restored.volume_id == before.volume_id) == ("running", False)
    await kiloclaw.stop("sandbox-1")
    back = await kiloclaw.reassociate(
        "sandbox-1", str(before.volume_id), operator="ann", because="it was the wrong one"
    )
    assert (back.status, back.volume_id) == ("stopped", before.volume_id)
    assert (await kiloclaw.debug_view("sandbox-1")).audit == (
        "ann restored vs1 because the user asked",
        f"ann went over to {before.volume_id} because it was the wrong one",
    )
    started = await kiloclaw.start("sandbox-1")
    assert (started.status, [one.volume for one in world.machines]) == ("running", [before.volume_id])


async def test_a_restore_of_a_snapshot_that_is_not_there_is_told_and_changes_nothing() -> None:
    """The instance runs on as before."""
    world = World()
    kiloclaw = process(world, new_store()).kiloclaw
    before = await running(kiloclaw)
    with pytest.raises(NotServedError, match="restore failed: not_found"):
        await kiloclaw.restore("sandbox-1", "vs9", operator="ann", because="the user asked")
    after = await kiloclaw.view("sandbox-1")
    assert (after.status, after.volume_id, after.desired) == ("running", before.volume_id, "running")


async def test_another_volume_is_only_gone_over_to_while_stopped() -> None:
    """A machine that runs has its volume."""
    kiloclaw = process(World(), new_store()).kiloclaw
    await running(kiloclaw)
    with pytest.raises(RefusedError, match="the instance must be stopped first"):
        await kiloclaw.reassociate("sandbox-1", "v9", operator="ann", because="a guess")


# -- regions -----------------------------------------------------------------------------------------------------


async def test_regions_show_where_a_volume_would_be_had_and_which_had_no_room() -> None:
    """An operator sees why an instance is where it is, without a call to Fly."""
    world = World()
    kiloclaw = process(world, new_store()).kiloclaw
    shown = await running(kiloclaw)
    volume = shown.volume_id
    roomy = (RegionView("eu", full=False, again_in_s=None), RegionView("us", full=False, again_in_s=None))
    assert await kiloclaw.regions("sandbox-1") == RegionsView("sandbox-1", volume, "eu", roomy)
    world.always = {"UpdateMachine": Rejected(Why.CAPACITY_REGION, status=422, text="no capacity")}
    await kiloclaw.restart("sandbox-1")
    moved, asked = await kiloclaw.regions("sandbox-1"), len(world.asked)
    assert (moved.region, [(one.region, one.full) for one in moved.regions]) == ("us", [("us", False), ("eu", True)])
    assert 3500 < (moved.regions[1].again_in_s or 0) <= 3600
    assert len(world.asked) == asked
