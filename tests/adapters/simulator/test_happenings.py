"""What befalls machines though nobody asked: they end, are woken, are moved, are lost (Fly: fly.md 2.2, 2.4, 3)."""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_adapters.simulator import Befall, Fault, Happening, Operation, Settings, Simulator, VirtualClock
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import MachineId, VolumeId

from .suite import CONFIG, MACHINES, NO_MACHINE, NO_VOLUME, VOLUMES, Wire, later, mounting, shown, simulated, things

pytestmark = pytest.mark.anyio

STOPPED: Final = (MachineState.STOPPED, MachineState.SUSPENDED)


async def events_of(wire: Wire, machine: str) -> list[dict[str, object]]:
    """What has happened to a machine, the newest first."""
    _, found = await wire.get(f"{MACHINES}/{machine}/events", limit="50")
    assert isinstance(found, list), found
    return [shown(one) for one in found]


async def befallen(wire: Wire, machine: str, what: Happening) -> object:
    """Let this befall a machine, and give the state that it is in then."""
    return (await wire.do(f"machines/{machine}/befall", {"what": what.value}))["state"]


# -- processes end -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "state", "ended"),
    [
        (Happening.EXIT, "stopped", {"exit_code": 1, "oom_killed": False, "restarting": False}),
        (Happening.OUT_OF_MEMORY, "stopped", {"exit_code": 137, "oom_killed": True, "restarting": False}),
        (Happening.RESTART, "starting", {"exit_code": 1, "oom_killed": False, "restarting": True}),
    ],
)
async def test_a_process_ends_by_itself(what: Happening, state: str, ended: dict[str, object], wire: Wire) -> None:
    """Its exit event tells why, and that nobody asked; one that is restarted comes up again."""
    machine = await wire.booted()
    assert await befallen(wire, machine, what) == state
    told = next(one["request"] for one in await events_of(wire, machine) if one["type"] == "exit")
    event = shown(shown(told)["exit_event"])
    assert {name: event[name] for name in ended} == ended
    assert event["requested_stop"] is False
    settled = await wire.get(f"{MACHINES}/{machine}/wait", state="settled")
    assert shown(settled[1])["state"] == ("started" if state == "starting" else "stopped")


async def test_a_machine_that_goes_with_its_process_is_destroyed(wire: Wire) -> None:
    """On a failure too, and however it was asked for (Fly: fly.md 2.2)."""
    body = {"config": {**CONFIG, "auto_destroy": True}}
    one, other = await wire.make(MACHINES, body), await wire.make(MACHINES, body)
    for machine in (one, other):
        assert (await wire.get(f"{MACHINES}/{machine}/wait"))[0] == 200
    assert await befallen(wire, one, Happening.EXIT) == "destroyed"
    assert (await wire.do(f"machines/{other}/stop"))["state"] == "destroyed"
    assert (await wire.get(f"{MACHINES}/{one}"), await wire.get(f"{MACHINES}/{other}")) == (NO_MACHINE, NO_MACHINE)


async def test_a_machine_may_fail_for_good(wire: Wire) -> None:
    """A state of rest; a start tries again."""
    machine = await wire.booted()
    assert await befallen(wire, machine, Happening.FAIL) == "failed"
    assert shown((await wire.get(f"{MACHINES}/{machine}/wait", state="failed"))[1])["state"] == "failed"
    assert (await wire.post(f"{MACHINES}/{machine}/start"))[0] == 200


# -- the proxy ---------------------------------------------------------------------------------------------------


async def down(wire: Wire, **service: object) -> str:
    """Make a machine with such a service, and bring it down."""
    services = {"services": [service]} if service else {}
    machine = await wire.make(MACHINES, {"config": {**CONFIG, **services}, "skip_launch": True})
    assert (await wire.get(f"{MACHINES}/{machine}/wait", state="stopped"))[0] == 200
    return machine


@pytest.mark.parametrize("service", [{"autostart": True}, {"protocol": "tcp"}])
async def test_traffic_wakes_a_machine_whose_service_lets_it(service: dict[str, object], wire: Wire) -> None:
    """A probe is traffic too; whoever says nothing lets it (Fly: fly.md 2.4)."""
    machine = await down(wire, **service)
    assert (await wire.get(f"/_sim/machines/{machine}/_kilo/health"))[0] == 503
    assert await wire.state(machine) == "starting"


@pytest.mark.parametrize("service", [{"autostart": False}, {}])
async def test_traffic_does_not_wake_a_machine_that_says_so_or_serves_nothing(
    service: dict[str, object], wire: Wire
) -> None:
    """Why our machines say so; somebody else can still wake it."""
    machine = await down(wire, **service)
    assert (await wire.get(f"/_sim/machines/{machine}/_kilo/health"))[0] == 503
    text = f"path: traffic cannot befall machine {machine}: it is stopped"
    assert await wire.post(f"/_sim/machines/{machine}/befall", {"what": "traffic"}) == (400, {"error": text})
    assert await befallen(wire, machine, Happening.WAKE) == "starting"


@pytest.mark.parametrize(
    ("autostop", "state"), [("stop", "stopping"), (True, "stopping"), ("suspend", "suspended"), ("off", None)]
)
async def test_a_machine_that_is_idle_is_brought_down_as_its_service_says(
    autostop: object, state: str | None, wire: Wire
) -> None:
    """Fly's proxy does so every few minutes."""
    machine = await down(wire, autostop=autostop)
    await wire.post(f"{MACHINES}/{machine}/start")
    await wire.get(f"{MACHINES}/{machine}/wait")
    status, found = await wire.post(f"/_sim/machines/{machine}/befall", {"what": "idle"})
    assert (status, shown(found).get("state")) == (400 if state is None else 200, state)


# -- other hosts -------------------------------------------------------------------------------------------------


async def test_a_machine_that_is_moved_is_stopped_and_booted_elsewhere(wire: Wire, simulator: Simulator) -> None:
    """The same machine: on another volume with the same content, in another version (Fly: fly.md 2.2)."""
    volume = await wire.volume()
    machine = await wire.booted(volume=volume)
    before = await wire.look(f"{MACHINES}/{machine}")
    assert await befallen(wire, machine, Happening.MIGRATE) == "stopping"
    assert (await wire.get(f"{MACHINES}/{machine}/wait", state="stopped"))[0] == 200
    assert (await wire.look(f"{MACHINES}/{machine}"))["instance_id"] == before["instance_id"]
    assert (await wire.get(f"{MACHINES}/{machine}/wait"))[0] == 200
    after = await wire.look(f"{MACHINES}/{machine}")
    (moved,) = simulator.fly.volumes
    assert (after["id"], after["name"]) == (before["id"], before["name"])
    assert after["instance_id"] != before["instance_id"]
    assert shown(after["config"])["mounts"] == [{"volume": moved.volume, "path": "/root"}]
    assert (moved.data, moved.name, moved.volume == volume) == (1, "data", False)
    assert simulator.host_of(MachineId(machine)) == simulator.host_of(moved.volume) == "ams-2"
    assert await wire.get(f"{VOLUMES}/{volume}") == NO_VOLUME
    launch = next(one for one in await events_of(wire, machine) if one["type"] == "launch")
    assert launch["request"] == {"migrated": True}


async def test_a_machine_that_is_down_is_moved_at_once(wire: Wire, simulator: Simulator) -> None:
    """And stays down; one without a volume is not moved in a way that shows."""
    volume, diskless = await wire.volume(), await wire.booted("gw-2")
    machine = await wire.machine(volume=volume, skip_launch=True)
    await wire.get(f"{MACHINES}/{machine}/wait", state="stopped")
    assert await befallen(wire, machine, Happening.MIGRATE) == "stopped"
    assert [one.volume == volume for one in simulator.fly.volumes] == [False]
    assert (await wire.post(f"/_sim/machines/{diskless}/befall", {"what": "migrate"}))[0] == 400


async def test_a_machine_that_is_started_meanwhile_is_not_moved(wire: Wire, simulator: Simulator) -> None:
    """Somebody was faster; it stays where it was."""
    volume = await wire.volume()
    machine = await wire.booted(volume=volume)
    await befallen(wire, machine, Happening.MIGRATE)
    await wire.get(f"{MACHINES}/{machine}/wait", state="stopped")
    await wire.post(f"{MACHINES}/{machine}/start")
    await later(simulator, 30.0)
    assert (await wire.state(machine), simulator.fly.volumes[0].volume) == ("started", volume)
    assert await befallen(wire, machine, Happening.MIGRATE) == "stopping"


async def test_a_machine_whose_volume_is_lost_meanwhile_is_not_moved(wire: Wire, simulator: Simulator) -> None:
    """There is nothing that could be moved."""
    volume = await wire.volume()
    machine = await wire.booted(volume=volume)
    await befallen(wire, machine, Happening.MIGRATE)
    simulator.lose_volume(VolumeId(volume))
    await later(simulator, 30.0)
    assert await wire.state(machine) == "stopped"


async def test_by_hand_a_machine_is_moved_step_by_step() -> None:
    """Stopping, stopped, starting, started: each step is one advance."""
    simulator = Simulator(Settings(manual=True), VirtualClock())
    async with simulated(simulator) as wire:
        volume = await wire.volume()
        machine = await wire.machine(volume=volume)
        await wire.do(f"machines/{machine}/advance")
        steps = [await befallen(wire, machine, Happening.MIGRATE)]
        for _ in range(3):
            await later(simulator, 60.0)
            steps.append((await wire.do(f"machines/{machine}/advance"))["state"])
        assert steps == ["stopping", "stopped", "starting", "started"]


async def test_a_machine_is_lost_with_its_disk(wire: Wire, simulator: Simulator) -> None:
    """For good; its neighbours are untouched."""
    volume, other = await wire.volume(), await wire.volume()
    machine = await wire.booted(volume=volume)
    diskless = await wire.booted("gw-2")
    assert await befallen(wire, machine, Happening.LOSE) == "destroyed"
    simulator.befall(MachineId(diskless), Happening.LOSE)
    assert (await wire.get(f"{MACHINES}/{machine}"), await wire.get(f"{VOLUMES}/{volume}")) == (NO_MACHINE, NO_VOLUME)
    assert (simulator.fly.machines, [one.volume for one in simulator.fly.volumes]) == ((), [other])


# -- foretold ----------------------------------------------------------------------------------------------------


async def test_what_a_request_brings_about_comes_later(wire: Wire, simulator: Simulator) -> None:
    """To the machine that it made, or is about, if it then can."""
    simulator.add(Fault(Befall(Happening.EXIT, 5_000), operation=Operation.CREATE_MACHINE, times=1))
    simulator.add(Fault(Befall(Happening.WAKE, 5_000), operation=Operation.STOP_MACHINE))
    one, other = await wire.booted(), await wire.booted("gw-2")
    await later(simulator, 5.0)
    assert (await wire.state(one), await wire.state(other)) == ("stopped", "started")
    await wire.post(f"{MACHINES}/{other}/stop")
    await wire.get(f"{MACHINES}/{other}/wait", state="stopped")
    await later(simulator, 5.0)
    assert await wire.state(other) == "starting"


async def test_what_cannot_befall_a_machine_any_more_does_not(wire: Wire, simulator: Simulator) -> None:
    """It is down already, or gone."""
    simulator.add(Fault(Befall(Happening.EXIT, 5_000), operation=Operation.CREATE_MACHINE))
    one, other = await wire.booted(), await wire.booted("gw-2")
    await wire.post(f"{MACHINES}/{one}/stop")
    await wire.delete(f"{MACHINES}/{other}", force="true")
    await later(simulator, 5.0)
    assert (await wire.state(one), await wire.get(f"{MACHINES}/{other}")) == ("stopped", NO_MACHINE)
    assert [one["type"] for one in await events_of(wire, one)] == ["exit", "stop", "start", "launch"]


async def test_a_suspended_machine_may_break_no_more_than_any_other(wire: Wire, simulator: Simulator) -> None:
    """From Python, what cannot be is a mistake that says so."""
    machine = MachineId(await wire.booted())
    await wire.post(f"{MACHINES}/{machine}/suspend")
    with pytest.raises(ValueError, match="exit cannot befall machine"):
        simulator.befall(machine, Happening.EXIT)
    with pytest.raises(KeyError):
        simulator.befall(MachineId("m1"), Happening.EXIT)


async def test_everything_that_can_befall_a_machine_is_tried_in_every_state(wire: Wire, simulator: Simulator) -> None:
    """Whatever may befall it leaves a truth that holds together: one machine, one volume, or neither."""
    for state in (MachineState.STARTED, MachineState.STOPPED, MachineState.SUSPENDED, MachineState.CREATED):
        for what in Happening:
            simulator.reset()
            await wire.post("/v1/apps", {"app_name": "inst-1", "org_slug": "personal"})
            volume = await wire.volume()
            machine = await wire.make(MACHINES, {"config": mounting(volume, services=[{"autostop": "stop"}])})
            if state is not MachineState.CREATED:
                await wire.get(f"{MACHINES}/{machine}/wait")
            if state in STOPPED:
                await wire.post(f"{MACHINES}/{machine}/{'stop' if state is MachineState.STOPPED else 'suspend'}")
                await later(simulator, 1.0)
            status, _ = await wire.post(f"/_sim/machines/{machine}/befall", {"what": what.value})
            await later(simulator, 60.0)
            assert status in {200, 400}
            truth = await wire.look("/_sim/truth")
            mounts = [one["volume"] for one in things(truth, "machines")]
            assert [one["volume"] for one in things(truth, "volumes")] == mounts
