"""Hosts: where machines and volumes are, what fits there, and what is said where nothing does (Fly: fly.md 3, 4.2)."""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_adapters.simulator import Host, Simulator
from kiloclaw_core.names import MachineId, VolumeId

from .suite import CONFIG, MACHINES, NO_MACHINE, NO_VOLUME, VOLUMES, Answer, Wire, mounting, shown, things

pytestmark = pytest.mark.anyio

HOSTS: Final = ("ams-1", "ams-2", "ams-3")
NO_CANDIDATE: Final = {"error": "could not find a candidate host in ams", "status": "insufficient_capacity"}
NO_RESOURCES: Final = {"error": "aborted: insufficient resources available to fulfill request"}
DISABLED: Final = (412, {"error": "failed_precondition: deploys to this host are temporarily disabled"})


def no_placement(volume: str) -> Answer:
    """The refusal of a machine that does not fit beside its volume."""
    text = f"insufficient resources to create new machine with existing volume '{volume}'"
    return 412, {"error": text, "status": "volume_placement_capacity"}


def no_reservation(word: str) -> Answer:
    """The refusal of a machine that does not fit where it is any more."""
    text = f"aborted: could not reserve resource for machine: insufficient {word} available to fulfill request"
    return 409, {"error": text}


def fill_up(simulator: Simulator, memory_mb: int | None = None, storage_gb: int | None = None) -> None:
    """Let so much fit on each host of ams, and no more."""
    for name in HOSTS:
        simulator.put_host(Host(name, memory_mb=memory_mb, storage_gb=storage_gb))


# -- where things are --------------------------------------------------------------------------------------------


async def test_volumes_are_spread_and_a_machine_is_where_its_volume_is(wire: Wire, simulator: Simulator) -> None:
    """What makes lack of room a matter of one host (Fly: fly.md 3)."""
    volumes = [await wire.volume() for _ in range(4)]
    machine = await wire.machine(volume=volumes[1])
    assert [simulator.host_of(VolumeId(one)) for one in volumes] == ["ams-1", "ams-2", "ams-3", "ams-1"]
    assert simulator.host_of(MachineId(machine)) == "ams-2"
    truth = await wire.look("/_sim/truth")
    assert [one["host"] for one in things(truth, "machines")] == ["ams-2"]
    assert sorted(str(one["host"]) for one in things(truth, "volumes")) == ["ams-1", "ams-1", "ams-2", "ams-3"]


async def test_the_hosts_are_told_with_what_is_on_them(wire: Wire) -> None:
    """As soon as there is anything, or something was said of them; what is gone is on none."""
    volume = await wire.volume()
    told = await wire.do("hosts/ams-3", {"memory_mb": 4096, "closed": True})
    open_host = {"memory_mb": None, "cpus": None, "storage_gb": None, "closed": False}
    assert told == {**open_host, "host": "ams-3", "memory_mb": 4096, "closed": True}
    hosts = await wire.look("/_sim/hosts")
    assert hosts == {
        "hosts": [
            {**open_host, "host": "ams-1", "region": "ams", "aboard": [volume]},
            {**told, "region": "ams", "aboard": []},
        ]
    }
    await wire.delete(f"{VOLUMES}/{volume}")
    assert [one["aboard"] for one in things(await wire.look("/_sim/hosts"), "hosts")] == [[]]


@pytest.mark.parametrize("name", ["ams-4", "xyz-1", "ams"])
async def test_a_host_that_cannot_be_is_not_found(name: str, wire: Wire) -> None:
    """Every region has three."""
    answer = (404, {"error": f"path: no host has the name {name!r}; hosts are called like ams-1"})
    assert await wire.post(f"/_sim/hosts/{name}", {"closed": True}) == answer


# -- where there is no room --------------------------------------------------------------------------------------


async def test_a_machine_goes_where_there_is_room_until_there_is_none(wire: Wire, simulator: Simulator) -> None:
    """Then the region is full for it, and the next one named is tried."""
    fill_up(simulator, memory_mb=512)
    assert [simulator.host_of(MachineId(await wire.machine(f"gw-{turn}"))) for turn in range(3)] == list(HOSTS)
    assert await wire.post(MACHINES, {"config": CONFIG, "region": "ams"}) == (422, NO_CANDIDATE)
    _, made = await wire.post(MACHINES, {"config": CONFIG, "region": "ams,fra"})
    assert shown(made)["region"] == "fra"


async def test_a_machine_that_does_not_fit_beside_its_volume_is_refused(wire: Wire, simulator: Simulator) -> None:
    """Though the region has room: a volume is on one host."""
    volume = await wire.volume()
    simulator.put_host(Host("ams-1", memory_mb=256))
    assert await wire.post(MACHINES, {"config": mounting(volume)}) == no_placement(volume)
    assert (await wire.post(MACHINES, {"config": CONFIG, "region": "ams"}))[0] == 200


async def test_a_start_may_find_its_host_taken(wire: Wire, simulator: Simulator) -> None:
    """A machine that is down reserves nothing, and somebody else comes (Fly: fly.md 2.4)."""
    volume = await wire.volume()
    simulator.put_host(Host("ams-1", memory_mb=512, cpus=8))
    machine = await wire.booted(volume=volume)
    await wire.post(f"{MACHINES}/{machine}/stop")
    await wire.get(f"{MACHINES}/{machine}/wait", state="stopped")
    simulator.put_host(Host("ams-1", memory_mb=511))
    assert await wire.post(f"{MACHINES}/{machine}/start") == no_reservation("memory")
    simulator.put_host(Host("ams-1", cpus=1))
    assert await wire.post(f"{MACHINES}/{machine}/start") == no_reservation("CPUs")
    simulator.put_host(Host("ams-1"))
    assert (await wire.post(f"{MACHINES}/{machine}/start"))[0] == 200


async def test_a_machine_does_not_stand_in_its_own_way(wire: Wire, simulator: Simulator) -> None:
    """An update counts what it will be, not what it was; one that grows too much is refused."""
    machine = await wire.booted()
    simulator.put_host(Host("ams-1", memory_mb=512))
    path = f"{MACHINES}/{machine}"
    assert (await wire.post(path, {"config": CONFIG}))[0] == 200
    larger = {**CONFIG, "guest": {"cpus": 1, "memory_mb": 768}}
    assert await wire.post(path, {"config": larger}) == no_reservation("memory")
    assert (await wire.post(path, {"config": larger, "skip_launch": True}))[0] == 200


async def test_a_volume_goes_where_a_machine_of_its_size_would_fit(wire: Wire, simulator: Simulator) -> None:
    """Storage and the hint count; where nothing fits, the words are a volume's."""
    fill_up(simulator, storage_gb=10)
    simulator.put_host(Host("ams-2", memory_mb=256))
    body = {"name": "data", "region": "ams", "compute": {"cpus": 2, "memory_mb": 512}, "size_gb": 10}
    hosts = [simulator.host_of(VolumeId(await wire.make(VOLUMES, body))) for _ in range(2)]
    assert hosts == ["ams-1", "ams-3"]
    assert await wire.post(VOLUMES, body) == (400, {"error": "no capacity"})


async def test_a_closed_host_takes_no_deploys(wire: Wire, simulator: Simulator) -> None:
    """What is new goes elsewhere; what is on it cannot be started (Fly: fly.md 4.2)."""
    volume = await wire.volume()
    machine = await wire.machine(volume=volume, skip_launch=True)
    await wire.get(f"{MACHINES}/{machine}/wait", state="stopped")
    simulator.put_host(Host("ams-1", closed=True))
    assert await wire.post(f"{MACHINES}/{machine}/start") == DISABLED
    await wire.delete(f"{MACHINES}/{machine}")
    assert await wire.post(MACHINES, {"config": mounting(volume)}) == DISABLED
    assert simulator.host_of(VolumeId(await wire.volume())) == "ams-2"


@pytest.mark.parametrize(
    ("status", "body"),
    [(400, {"error": "no capacity"}), (409, NO_RESOURCES), (422, NO_CANDIDATE)],
)
async def test_a_full_region_may_say_so_in_three_ways(status: int, body: object, wire: Wire) -> None:
    """Upstream met them one at a time (Fly: fly.md 4.2)."""
    volume = await wire.volume()
    await wire.fault("full", region="ams", status=status)
    assert await wire.post(MACHINES, {"config": CONFIG, "region": "ams"}) == (status, body)
    assert await wire.post(MACHINES, {"config": mounting(volume)}) == (status, body)
    assert await wire.post(VOLUMES, {"name": "data", "region": "ams"}) == (status, body)


async def test_a_quota_is_met_once_it_is_used_up(wire: Wire) -> None:
    """Machines that are down do not count; those of another region neither."""
    await wire.fault("over_quota", region="ams", allowed_mb=1024)
    one = await wire.booted()
    await wire.machine("gw-2")
    text = 'organization "personal" is using 204800 MB of memory in ams which is over the allowed quota'
    refusal = (403, {"error": text})
    assert await wire.post(MACHINES, {"config": CONFIG, "region": "ams"}) == refusal
    assert (await wire.post(MACHINES, {"config": CONFIG, "region": "fra"}))[0] == 200
    await wire.post(f"{MACHINES}/{one}/stop")
    await wire.get(f"{MACHINES}/{one}/wait", state="stopped")
    assert (await wire.post(MACHINES, {"config": CONFIG, "region": "ams"}))[0] == 200


async def test_an_organisation_has_so_many_machines_and_no_more(wire: Wire) -> None:
    """The machine limit: nothing that another region would help against."""
    await wire.fault("capped", machines=1)
    await wire.machine()
    answer = (422, {"error": "the organization has reached its machine limit"})
    assert await wire.post(MACHINES, {"config": CONFIG}) == answer


# -- hosts that do not answer ------------------------------------------------------------------------------------


async def test_a_host_that_does_not_answer_is_dark_for_all_that_is_on_it(wire: Wire, simulator: Simulator) -> None:
    """Looks say so, changes end in its status, and nothing is made beside it."""
    volume = await wire.volume()
    machine = await wire.booted(volume=volume)
    number = await wire.fault("unreachable", of="ams-1", status=503)
    silent = (503, {"error": "unavailable: the host did not answer"})
    assert (await wire.look(f"{VOLUMES}/{volume}"))["host_status"] == "unreachable"
    assert await wire.post(f"{MACHINES}/{machine}/stop") == silent
    assert await wire.delete(f"{VOLUMES}/{volume}") == silent
    assert await wire.post(MACHINES, {"config": mounting(volume)}) == (
        412,
        {"error": f"failed_precondition: volume already claimed by machine {machine}"},
    )
    assert [one.reachable for one in simulator.fly.machines] == [False]
    await wire.delete(f"/_sim/faults/{number}")
    assert [one.reachable for one in simulator.fly.machines] == [True]
    assert await wire.post(f"{MACHINES}/{machine}/stop") == (200, {"ok": True})


async def test_a_volume_whose_host_does_not_answer_takes_no_machine_and_no_copy(wire: Wire) -> None:
    """The copy is refused as such, so that a snapshot can be restored instead (Fly: fly.md 1.5)."""
    volume = await wire.volume()
    await wire.fault("unreachable", of=volume)
    silent = (408, {"error": "deadline_exceeded: the host did not answer"})
    assert await wire.post(MACHINES, {"config": mounting(volume)}) == silent
    fork = {"name": "copy", "source_volume_id": volume}
    text = "failed_precondition: the host of the source volume is unreachable"
    assert await wire.post(VOLUMES, fork) == (412, {"error": text})


async def test_what_is_under_way_on_a_silent_host_goes_on_when_it_is_back(wire: Wire) -> None:
    """A copy that is being filled, and a delete that was taken."""
    source = await wire.volume()
    copy = await wire.make(VOLUMES, {"name": "copy", "source_volume_id": source})
    machine = await wire.booted(volume=copy)
    await wire.post(f"/_sim/volumes/{copy}/advance")
    other = await wire.make(VOLUMES, {"name": "copy", "source_volume_id": source})
    numbers = [await wire.fault("unreachable", of=of) for of in (machine, other)]
    await wire.delete(f"{MACHINES}/{machine}", force="true")
    assert (await wire.get(f"{MACHINES}/{machine}/wait", state="destroyed", timeout="5"))[0] == 408
    assert (await wire.look(f"{VOLUMES}/{other}"))["state"] == "hydrating"
    for number in numbers:
        await wire.delete(f"/_sim/faults/{number}")
    assert await wire.get(f"{MACHINES}/{machine}") == NO_MACHINE
    assert (await wire.look(f"{VOLUMES}/{other}"))["state"] == "created"


# -- hosts that are lost -----------------------------------------------------------------------------------------


async def test_a_lost_host_takes_all_that_is_on_it(wire: Wire, simulator: Simulator) -> None:
    """What was snapshot can still be had; other hosts are untouched."""
    volume, other = await wire.volume(), await wire.volume()
    machine = await wire.booted(volume=volume)
    snapshot = (await wire.do(f"volumes/{volume}/snapshot"))["snapshot"]
    lost = await wire.do("hosts/ams-1/lose")
    assert lost == {"lost": [volume, machine]}
    assert (await wire.get(f"{MACHINES}/{machine}"), await wire.get(f"{VOLUMES}/{volume}")) == (NO_MACHINE, NO_VOLUME)
    status, kept = await wire.get(f"{VOLUMES}/{volume}/snapshots")
    assert isinstance(kept, list)
    assert (status, [one["id"] for one in kept]) == (200, [snapshot])
    assert [one.volume for one in simulator.fly.volumes] == [other]


async def test_a_lost_volume_leaves_its_machine_with_nothing(wire: Wire, simulator: Simulator) -> None:
    """Asked for from Python and over HTTP; twice it is not there."""
    one, other = await wire.volume(), await wire.volume()
    machine = await wire.booted(volume=one)
    simulator.lose_volume(VolumeId(one))
    await wire.do(f"volumes/{other}/lose")
    assert simulator.fly.volumes == ()
    missing = (400, {"error": "volume does not exist"})
    assert await wire.post(f"{MACHINES}/{machine}", {"config": mounting(one)}) == missing
    with pytest.raises(KeyError):
        simulator.lose_volume(VolumeId(one))
    answer = (404, {"error": f"path: no volume has the id {one!r}"})
    assert await wire.post(f"/_sim/volumes/{one}/lose") == answer


async def test_a_lost_host_is_lost_from_python_too(wire: Wire, simulator: Simulator) -> None:
    """The same as over HTTP."""
    await wire.machine()
    simulator.lose_host("ams-1")
    assert simulator.fly.machines == ()
