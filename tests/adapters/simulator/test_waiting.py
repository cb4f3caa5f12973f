"""The long poll and the health of a controller: what a machine is found to be through time (Fly: fly.md 2.6)."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from kiloclaw_adapters.simulator import Settings, Simulator, VirtualClock
from kiloclaw_core.names import MachineId

from .suite import MACHINES, NO_MACHINE, Wire, client, shown

pytestmark = pytest.mark.anyio

NOT_IN_TIME = "deadline_exceeded: machine failed to reach desired state, started, currently created"


async def test_a_poll_ends_when_the_machine_is_there(wire: Wire, simulator: Simulator) -> None:
    """And says by which event, so that the next poll can wait for something newer."""
    machine = await wire.machine()
    version = shown((await wire.get(f"{MACHINES}/{machine}"))[1])["instance_id"]
    status, ended = await wire.get(f"{MACHINES}/{machine}/wait", state="started", timeout="45")
    (newest, _) = simulator.stage.papers[MachineId(machine)].events
    assert (status, ended) == (200, {"ok": True, "state": "started", "event_id": newest["id"], "version": version})
    assert simulator.clock.now() == 1.0


async def test_a_poll_that_runs_out_names_the_state_the_machine_is_in(wire: Wire) -> None:
    """The normal answer to keep waiting upon, not a failure."""
    await wire.fault("stuck", operation="create_machine")
    machine = await wire.machine()
    assert await wire.get(f"{MACHINES}/{machine}/wait", timeout="1") == (408, {"error": NOT_IN_TIME})


@pytest.mark.parametrize("seconds", ["0", "61", "300", "1.5", "-1", "x"])
async def test_a_poll_lasts_1_to_60_seconds(seconds: str, wire: Wire) -> None:
    """Not 300, as upstream thought (Fly: Appendix B)."""
    text = f"invalid_argument: timeout {seconds}: value must be inside range [1s, 1m0s]"
    assert await wire.get(f"{MACHINES}/{await wire.machine()}/wait", timeout=seconds) == (400, {"error": text})


async def test_a_poll_for_a_state_that_cannot_be_waited_for_is_refused(wire: Wire) -> None:
    """The states it can wait for are named."""
    text = "invalid_argument: state: 'happy' is none of started, stopped, suspended, destroyed, failed, settled"
    assert await wire.get(f"{MACHINES}/{await wire.machine()}/wait", state="happy") == (400, {"error": text})


async def test_a_poll_for_several_states_ends_in_any(wire: Wire) -> None:
    """Repeated, or with commas; settled is any state of rest."""
    machine = await wire.booted()
    polls = [await wire.get(f"{MACHINES}/{machine}/wait", state=state) for state in ("stopped,started", "settled")]
    assert [(status, shown(ended)["state"]) for status, ended in polls] == [(200, "started"), (200, "started")]


async def test_a_poll_of_a_version_that_was_replaced_never_ends_well(wire: Wire) -> None:
    """Though the machine runs (Fly: fly.md 2.2)."""
    machine = await wire.booted()
    text = "deadline_exceeded: machine failed to reach desired state, started, currently replaced"
    answer = await wire.get(f"{MACHINES}/{machine}/wait", instance_id="01OLD", timeout="5")
    assert answer == (408, {"error": text})


async def test_a_poll_for_something_newer_passes_over_what_was(wire: Wire) -> None:
    """Else a stop of yesterday would be taken for the one just asked for."""
    machine = await wire.booted()
    _, ended = await wire.get(f"{MACHINES}/{machine}/wait")
    query = {"state": "started", "timeout": "5", "from_event_id": str(shown(ended)["event_id"])}
    assert (await wire.get(f"{MACHINES}/{machine}/wait", **query))[0] == 408


async def test_a_poll_for_destroyed_ends_when_the_machine_is_gone(wire: Wire) -> None:
    """Any other poll finds nothing from then on."""
    machine = await wire.machine()
    await wire.delete(f"{MACHINES}/{machine}")
    status, ended = await wire.get(f"{MACHINES}/{machine}/wait", state="destroyed")
    assert (status, shown(ended)["state"]) == (200, "destroyed")
    assert await wire.get(f"{MACHINES}/{machine}/wait") == NO_MACHINE


async def test_a_poll_is_woken_by_what_happens_meanwhile() -> None:
    """On real time, far from its end: nothing is polled for."""
    simulator = Simulator(Settings(manual=True))
    async with client(httpx.ASGITransport(simulator.app)) as http:
        wire = Wire(http)
        await wire.post("/v1/apps", {"app_name": "inst-1", "org_slug": "personal"})
        machine = await wire.machine()
        polls = [asyncio.create_task(wire.get(f"{MACHINES}/{machine}/wait", timeout="60")) for _ in range(2)]
        await asyncio.sleep(0)
        simulator.advance(MachineId(machine))
        assert [status for status, _ in await asyncio.gather(*polls)] == [200, 200]


async def test_on_real_time_a_machine_arrives_by_itself() -> None:
    """Within the time that was set for it."""
    simulator = Simulator(Settings(boot_s=0.01))
    async with client(httpx.ASGITransport(simulator.app)) as http:
        wire = Wire(http)
        await wire.post("/v1/apps", {"app_name": "inst-1", "org_slug": "personal"})
        assert await wire.state(await wire.booted()) == "started"


async def test_by_hand_a_machine_arrives_only_when_told_to() -> None:
    """However long somebody waits."""
    simulator = Simulator(Settings(manual=True), VirtualClock())
    async with client(httpx.ASGITransport(simulator.app)) as http:
        wire = Wire(http)
        await wire.post("/v1/apps", {"app_name": "inst-1", "org_slug": "personal"})
        machine = await wire.machine()
        assert (await wire.get(f"{MACHINES}/{machine}/wait"))[0] == 408
        status, arrived = await wire.post(f"/_sim/machines/{machine}/advance")
        assert (status, shown(arrived)["state"], await wire.state(machine)) == (200, "started", "started")


async def test_a_controller_answers_for_a_machine_that_is_up_and_well(wire: Wire) -> None:
    """By the header that routes to it, without a token, and under the control surface."""
    machine = await wire.booted()
    del wire.http.headers["authorization"]
    wire.http.headers["fly-force-instance-id"] = machine
    assert await wire.get("/_kilo/health") == (200, {"status": "ok", "state": "ready"})
    assert await wire.get(f"/_sim/machines/{machine}/_kilo/health") == (200, {"status": "ok", "state": "ready"})


async def test_an_unwell_controller_answers_502_until_it_is_well(wire: Wire) -> None:
    """The machine runs all the while."""
    machine = await wire.booted()
    path = f"/_sim/machines/{machine}"
    assert await wire.post(f"{path}/controller", {"well": False}) == (200, {"machine": machine, "well": False})
    assert await wire.get(f"{path}/_kilo/health") == (502, {"error": f"the controller of machine {machine} is unwell"})
    await wire.post(f"{path}/controller", {"well": True})
    assert await wire.get(f"{path}/_kilo/health") == (200, {"status": "ok", "state": "ready"})


async def test_where_nothing_listens_the_proxy_answers_503(wire: Wire) -> None:
    """A machine that is not up, and one that is not there."""
    for machine in (await wire.machine(), "00000000000000"):
        answer = (503, {"error": f"unavailable: nothing listens on machine {machine}"})
        assert await wire.get(f"/_sim/machines/{machine}/_kilo/health") == answer


async def test_a_probe_must_name_its_machine(wire: Wire) -> None:
    """The simulator stands for every machine at once."""
    text = "header fly-force-instance-id: must name the machine that is asked"
    assert await wire.get("/_kilo/health") == (400, {"error": text})
