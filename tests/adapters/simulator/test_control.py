"""The simulator's own surface: what is true, what was asked, what stands still, and what is refused there."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from kiloclaw_adapters.simulator import (
    Fault,
    Hold,
    Operation,
    Settings,
    Simulator,
    Unseen,
    VirtualClock,
    When,
    create_app,
)
from kiloclaw_core.names import MachineId
from kiloclaw_core.world.fly import Fly

from .suite import APP, MACHINES, VOLUMES, Wire, client, shown, things

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("when", "landed"), [(When.BEFORE, 0), (When.AFTER, 1)])
async def test_a_held_request_stands_still_until_it_is_released(
    when: When, landed: int, wire: Wire, simulator: Simulator
) -> None:
    """A create in flight, frozen: what a kill must find."""
    hold = simulator.add(Fault(Hold(when), operation=Operation.CREATE_VOLUME))
    request = asyncio.create_task(wire.post(VOLUMES, {"name": "data"}))
    await simulator.held(hold)
    assert (len(simulator.fly.volumes), simulator.requests[-1].held) == (landed, when.value)
    assert await wire.post("/_sim/release", {"number": hold}) == (200, {"released": 1})
    assert (await request)[0] == 200
    assert (len(simulator.fly.volumes), simulator.requests[-1].held) == (1, None)


async def test_a_hold_is_asked_for_and_released_over_http(wire: Wire, simulator: Simulator) -> None:
    """Without a number every hold is released; the other faults stay on."""
    status, hold = await wire.post("/_sim/hold", {"operation": "create_volume", "when": "after", "times": 1})
    assert (status, shown(hold)["kind"], shown(hold)["when"]) == (200, "hold", "after")
    await wire.fault("stuck")
    request = asyncio.create_task(wire.post(VOLUMES, {"name": "data"}))
    await simulator.held(1)
    assert await wire.post("/_sim/release") == (200, {"released": 1})
    await request
    assert [entry.number for entry in simulator.stage.faults.entries.values()] == [2]
    assert await wire.post("/_sim/release", {"number": 2}) == (404, {"error": "body.number: no hold has the number 2"})


async def test_the_truth_is_shown_without_secrets(wire: Wire) -> None:
    """What an oracle compares a record with."""
    await wire.post(f"{APP}/secrets/KEY", {"value": "hush"})
    volume = await wire.volume()
    machine = await wire.booted(volume=volume)
    _, truth = await wire.get("/_sim/truth")
    (shown_machine,), (shown_volume,) = things(truth, "machines"), things(truth, "volumes")
    assert (shown_machine["machine"], shown_machine["state"], shown_machine["volume"]) == (machine, "started", volume)
    assert (shown_volume["volume"], shown_volume["data"], shown_volume["name"]) == (volume, 1, "data")
    app = {
        "app": "inst-1",
        "org_slug": "personal",
        "network": "inst-1",
        "version": 1,
        "addresses": [],
        "secrets": ["KEY"],
    }
    assert shown(truth)["apps"] == [app]
    assert "hush" not in str(truth)


async def test_every_request_is_written_down(wire: Wire) -> None:
    """What, about what, when, and how it was answered; the control surface is not Fly's."""
    volume = await wire.volume()
    await wire.get(f"{VOLUMES}/{volume}")
    _, body = await wire.get("/_sim/requests")
    names = ("number", "operation", "app", "of", "answered")
    asked = [[one[name] for name in names] for one in things(body, "requests")]
    assert asked == [
        [1, "create_app", "", "", 201],
        [2, "create_volume", "inst-1", "", 200],
        [3, "get_volume", "inst-1", volume, 200],
    ]


async def test_a_machine_stops_though_nobody_asked(wire: Wire) -> None:
    """Its exit event tells why: what an unexpected stop is recognised by."""
    machine = await wire.booted()
    status, stopped = await wire.post(f"/_sim/machines/{machine}/stop", {"exit_code": 137, "out_of_memory": True})
    assert (status, shown(stopped)["state"], await wire.state(machine)) == (200, "stopped", "stopped")
    _, events = await wire.get(f"{MACHINES}/{machine}/events", limit="1")
    assert isinstance(events, list)
    ended = {"exit_code": 137, "guest_exit_code": 137, "oom_killed": True, "requested_stop": False, "restarting": False}
    assert events[0]["request"] == {"restart_count": 0, "exit_event": ended}


async def test_a_machine_that_is_not_there_yet_does_not_stop_and_one_that_is_does_not_arrive(wire: Wire) -> None:
    """A control request that changes nothing says so."""
    machine = await wire.machine()
    text = f"path: machine {machine} is created, not started"
    assert await wire.post(f"/_sim/machines/{machine}/stop") == (400, {"error": text})
    await wire.post(f"/_sim/machines/{machine}/advance")
    text = f"path: machine {machine} is started, and not on its way anywhere"
    assert await wire.post(f"/_sim/machines/{machine}/advance") == (400, {"error": text})


@pytest.mark.parametrize(
    ("path", "raw", "status", "text"),
    [
        ("/_sim/machines/m1/advance", b"", 404, "path: no machine has the id 'm1'"),
        ("/_sim/hold", b"{", 400, "body: is no JSON: Expecting property name enclosed in double quotes"),
        ("/_sim/hold", b"[1]", 400, "body: must be an object, not [1]"),
        ("/_sim/hold", b'{"operation": "sing"}', 400, "body.operation: 'sing' is none of create_app, get_app"),
        ("/_sim/release", b'{"number": "one"}', 400, 'body.number: must be a whole number, not "one"'),
        ("/_sim/release", b'{"all": true}', 400, "body.all: no such field; there are number"),
    ],
)
async def test_what_cannot_be_read_is_told_by_place(path: str, raw: bytes, status: int, text: str, wire: Wire) -> None:
    """What was wrong, and where."""
    response = await wire.http.post(path, content=raw)
    assert (response.status_code, response.json()["error"][: len(text)]) == (status, text)


async def test_a_reset_begins_again_with_nothing(wire: Wire, simulator: Simulator) -> None:
    """And releases who was held: it finds that there is no app."""
    simulator.add(Fault(Hold(), operation=Operation.CREATE_VOLUME))
    request = asyncio.create_task(wire.post(VOLUMES, {"name": "data"}))
    await simulator.held(1)
    assert await wire.post("/_sim/reset") == (200, {"ok": True})
    assert await request == (404, {"error": "app not found"})
    assert (simulator.fly, simulator.apps.apps, simulator.requests) == (Fly(), (), ())


async def test_the_same_seed_makes_the_same_ids(wire: Wire, simulator: Simulator) -> None:
    """A reset goes back to the seed; another seed makes others."""
    first = await wire.volume()
    simulator.reset()
    await wire.post("/v1/apps", {"app_name": "inst-1", "org_slug": "personal"})
    again = await wire.volume()
    wire.http._transport = httpx.ASGITransport(Simulator(Settings(seed=1)).app)
    await wire.post("/v1/apps", {"app_name": "inst-1", "org_slug": "personal"})
    assert (first == again, first == await wire.volume()) == (True, False)


async def test_a_machine_that_is_up_does_not_arrive_again(wire: Wire, simulator: Simulator) -> None:
    """From Python too: nothing is changed, and no event is made up."""
    machine = MachineId(await wire.booted())
    before, events = simulator.fly, list(simulator.stage.papers[machine].events)
    simulator.advance(machine)
    assert (simulator.fly, simulator.stage.papers[machine].events) == (before, events)


async def test_a_fault_is_taken_away_from_python(wire: Wire, simulator: Simulator) -> None:
    """By the number that it was given; twice is a mistake."""
    number = simulator.add(Fault(Unseen()))
    simulator.remove(number)
    assert (await wire.get(VOLUMES))[0] == 200
    with pytest.raises(KeyError):
        simulator.remove(number)


async def test_virtual_time_stands_still_for_what_is_there_already() -> None:
    """A wait that is over before it began costs nothing, however long it might have been."""
    clock, event = VirtualClock(), asyncio.Event()
    event.set()
    await clock.until(event, 60)
    assert clock.now() == 0
    await clock.until(asyncio.Event(), 60)
    assert clock.now() == 60


async def test_an_application_can_be_had_alone() -> None:
    """For a server of one's own."""
    async with client(httpx.ASGITransport(create_app(Settings()))) as http:
        assert await Wire(http).get(APP) == (404, {"error": "app not found"})


def test_settings_that_cannot_be_are_refused() -> None:
    """Time does not run backwards."""
    with pytest.raises(ValueError, match="boot_s must be 0 or more, not -1"):
        Settings(boot_s=-1)
