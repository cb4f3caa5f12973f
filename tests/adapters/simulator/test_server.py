"""The simulator over real connections: closed for real, outlived by what they carried, and all ended at last."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from threading import Thread

import httpx
import pytest

from kiloclaw_adapters.simulator import Drop, Fault, Hold, Operation, Settings, Simulator, When, serve, serving

from .suite import MACHINES, VOLUMES, Wire, client

pytestmark = pytest.mark.anyio


async def app(http: httpx.AsyncClient) -> Wire:
    """A wire over these connections, with an app in the simulator."""
    wire = Wire(http)
    assert (await wire.post("/v1/apps", {"app_name": "inst-1", "org_slug": "personal"}))[0] == 201
    return wire


async def test_a_machine_lives_its_life_over_the_loopback() -> None:
    """Volume, machine, boot, health, stop and delete, on real time."""
    async with serving(Simulator(Settings(boot_s=0.01, stop_s=0.01))) as url, client(None, url) as http:
        wire = await app(http)
        volume = await wire.volume()
        machine = await wire.booted(volume=volume)
        assert await wire.get(f"/_sim/machines/{machine}/_kilo/health") == (200, {"status": "ok", "state": "ready"})
        await wire.post(f"{MACHINES}/{machine}/stop")
        assert (await wire.get(f"{MACHINES}/{machine}/wait", state="stopped"))[0] == 200
        assert await wire.delete(f"{MACHINES}/{machine}") == (200, {"ok": True})
        assert (await wire.delete(f"{VOLUMES}/{volume}"))[0] == 200
        assert http.cookies["fly_flaps_affinity"] == "simulated"


@pytest.mark.parametrize(("when", "left"), [(When.BEFORE, 0), (When.AFTER, 1)])
async def test_a_drop_closes_the_connection_without_an_answer(when: When, left: int) -> None:
    """As httpx sees it when a front end dies; the next request has a connection of its own."""
    simulator = Simulator()
    async with serving(simulator) as url, client(None, url) as http:
        wire = await app(http)
        simulator.add(Fault(Drop(when), operation=Operation.CREATE_VOLUME, times=1))
        with pytest.raises(httpx.RemoteProtocolError, match="disconnected without sending a response"):
            await wire.volume()
        assert len(simulator.fly.volumes) == left
        await wire.volume()


async def test_a_request_outlives_whoever_sent_it() -> None:
    """A process is killed while its create is held: released, the create still lands."""
    simulator = Simulator()
    async with serving(simulator) as url, client(None, url) as http:
        await app(http)
        hold = simulator.add(Fault(Hold(), operation=Operation.CREATE_VOLUME))
        async with client(None, url) as doomed:
            request = asyncio.create_task(Wire(doomed).volume())
            await simulator.held(hold)
            request.cancel()
            await asyncio.gather(request, return_exceptions=True)
        assert simulator.fly.volumes == ()
        status, released = await Wire(http).post("/_sim/release")
        await Wire(http).get(VOLUMES)
        assert (status, released, len(simulator.fly.volumes)) == (200, {"released": 1}, 1)


async def test_a_server_that_stops_ends_what_is_held_and_what_polls() -> None:
    """Leaving the block hangs on nobody."""
    simulator = Simulator(Settings(manual=True))
    async with serving(simulator) as url:
        http = client(None, url)
        wire = await app(http)
        machine = await wire.machine()
        poll = asyncio.create_task(wire.get(f"{MACHINES}/{machine}/wait"))
        hold = simulator.add(Fault(Hold(), operation=Operation.CREATE_VOLUME))
        held = asyncio.create_task(wire.post(VOLUMES, {"name": "data"}))
        await simulator.held(hold)
    assert ((await held)[0], (await poll)[0]) == (200, 408)
    await http.aclose()


async def test_a_port_that_is_taken_is_refused() -> None:
    """At once, by the name of the error."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        async with serving(Simulator(), taken.getsockname()[1]):
            pass


def test_a_process_serves_until_it_is_interrupted() -> None:
    """It says where as soon as connections are taken, and ends without complaint."""
    seen: list[object] = []

    def visit(url: str) -> None:
        try:
            seen.append(httpx.get(f"{url}/_sim/truth", timeout=60.0).json())
        finally:  # not before the server answers, so it is the server that is interrupted
            os.kill(os.getpid(), signal.SIGINT)

    serve(0, Settings(), lambda url: Thread(target=visit, args=(url,)).start())
    assert seen == [{"machines": [], "volumes": [], "snapshots": [], "apps": [], "requests": []}]
