"""Looks that lag behind: what is new is missing, what is old is still shown (Fly: fly.md 4.4)."""

from __future__ import annotations

import pytest

from kiloclaw_adapters.simulator import Fault, Lag, Operation, Simulator
from kiloclaw_adapters.simulator.papers import keep_newest

from .suite import (
    APP,
    CONFIG,
    MACHINES,
    NO_MACHINE,
    NO_VOLUME,
    VOLUMES,
    Wire,
    later,
    listed,
    mounting,
    shown,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def lagging(simulator: Simulator) -> Simulator:
    """A simulator whose looks show what was two seconds ago."""
    simulator.add(Fault(Lag(2_000)))
    return simulator


async def test_what_was_just_made_is_seen_later(wire: Wire, lagging: Simulator) -> None:
    """An app, then what is in it; by a get, a list, a poll; each in its own time."""
    assert await wire.get(APP) == (404, {"error": "app not found"})
    assert await wire.post(VOLUMES, {"name": "data"}) == (404, {"error": "app not found"})
    await later(lagging, 2.0)
    volume, machine = await wire.volume(), await wire.machine()
    assert (await wire.get(f"{VOLUMES}/{volume}"), await wire.get(f"{MACHINES}/{machine}")) == (NO_VOLUME, NO_MACHINE)
    assert await wire.get(f"{MACHINES}/{machine}/wait") == NO_MACHINE
    assert (listed(await wire.get(VOLUMES)), listed(await wire.get(MACHINES))) == ([], [])
    await later(lagging, 2.0)
    assert (listed(await wire.get(VOLUMES)), listed(await wire.get(MACHINES))) == ([volume], [machine])
    assert (await wire.get(f"{MACHINES}/{machine}/wait"))[0] == 200


async def test_a_state_is_seen_as_it_was_with_its_version_and_its_config(wire: Wire, lagging: Simulator) -> None:
    """Whole: nothing of now is mixed in."""
    await later(lagging, 2.0)
    machine = await wire.machine()
    await later(lagging, 4.0)
    before = await wire.look(f"{MACHINES}/{machine}")
    await wire.post(f"{MACHINES}/{machine}", {"config": {**CONFIG, "image": "gw:2"}})
    assert await wire.look(f"{MACHINES}/{machine}") == before
    await later(lagging, 2.0)
    after = await wire.look(f"{MACHINES}/{machine}")
    assert (before["state"], after["state"], shown(after["config"])["image"]) == ("started", "replacing", "gw:2")


async def test_what_was_deleted_is_seen_for_a_while(wire: Wire, lagging: Simulator) -> None:
    """As it was: attached, started. But nothing can be made on it."""
    await later(lagging, 2.0)
    volume = await wire.volume()
    machine = await wire.machine(volume=volume)
    await later(lagging, 5.0)
    await wire.delete(f"{MACHINES}/{machine}", force="true")
    await wire.delete(f"{VOLUMES}/{volume}")
    found = await wire.look(f"{VOLUMES}/{volume}")
    assert (found["state"], found["attached_machine_id"]) == ("created", machine)
    assert await wire.state(machine) == "started"
    assert await wire.post(MACHINES, {"config": mounting(volume)}) == (400, {"error": "volume does not exist"})
    await later(lagging, 2.0)
    assert (await wire.get(f"{VOLUMES}/{volume}"), await wire.get(f"{MACHINES}/{machine}")) == (NO_VOLUME, NO_MACHINE)


async def test_who_brings_the_cookie_is_not_behind(wire: Wire, simulator: Simulator) -> None:
    """It reads where it wrote (Fly: fly.md 1.0)."""
    simulator.add(Fault(Lag(2_000), without_cookie=True))
    await later(simulator, 2.0)
    machine = await wire.machine()
    assert (await wire.get(f"{MACHINES}/{machine}"))[0] == 200
    wire.http.cookies.clear()
    assert await wire.get(f"{MACHINES}/{machine}") == NO_MACHINE


async def test_a_view_of_before_the_beginning_is_empty(wire: Wire, simulator: Simulator) -> None:
    """The past is kept for a minute, and what a look lags behind by is no longer than that."""
    simulator.add(Fault(Lag(60_000), operation=Operation.LIST_VOLUMES))
    await later(simulator, 30.0)
    await wire.volume()
    await later(simulator, 31.0)
    assert listed(await wire.get(VOLUMES)) == []
    for _ in range(40):
        await later(simulator, 3.0)
        await wire.volume()
    assert len(simulator.stage._past) <= 22
    assert len(listed(await wire.get(VOLUMES))) == 21


async def test_a_ghost_is_seen_in_the_state_and_for_the_time_that_is_wanted(wire: Wire, simulator: Simulator) -> None:
    """A wait may be over while a look still shows the machine dying; a volume is on its way out (fly.md 2.6, 3)."""
    volume, machine = await wire.volume(), await wire.machine()
    await wire.fault("ghost", operation="get_machine", state="destroying", for_ms=4_000)
    await wire.fault("ghost", operation="list_volumes", state="pending_destroy", for_ms=4_000)
    await wire.delete(f"{MACHINES}/{machine}")
    await wire.delete(f"{VOLUMES}/{volume}")
    assert (await wire.get(f"{MACHINES}/{machine}/wait", state="destroyed"))[0] == 200
    assert await wire.state(machine) == "destroying"
    _, found = await wire.get(VOLUMES)
    assert isinstance(found, list)
    assert [one["state"] for one in found] == ["pending_destroy"]
    await later(simulator, 4.0)
    assert (await wire.get(f"{MACHINES}/{machine}"), listed(await wire.get(VOLUMES))) == (NO_MACHINE, [])


def test_the_oldest_is_forgotten() -> None:
    """A simulator that runs for long does not grow."""
    kept = dict.fromkeys(range(5), "kept")
    keep_newest(kept, 3)
    assert list(kept) == [2, 3, 4]


async def test_what_was_forgotten_is_not_seen_any_more(wire: Wire, simulator: Simulator) -> None:
    """However far a look lags behind: nothing is known of it."""
    volume, machine = await wire.volume(), await wire.machine()
    await later(simulator, 1.0)
    await wire.delete(f"{MACHINES}/{machine}", force="true")
    await wire.delete(f"{VOLUMES}/{volume}")
    await wire.fault("lag", operation="list_machines", by_ms=500)
    await wire.fault("lag", operation="list_volumes", by_ms=500)
    assert (listed(await wire.get(MACHINES)), listed(await wire.get(VOLUMES))) == ([machine], [volume])
    simulator.stage.buried_machines.clear()
    simulator.stage.buried_volumes.clear()
    assert (listed(await wire.get(MACHINES)), listed(await wire.get(VOLUMES))) == ([], [])
