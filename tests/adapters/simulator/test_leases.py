"""Leases: what others are kept from, what makes them wait, and how one ends (Fly: fly.md 5)."""

from __future__ import annotations

import asyncio
from typing import Final

import pytest

from kiloclaw_adapters.simulator import STRICT, Settings, Simulator
from kiloclaw_core.names import MachineId

from .suite import CONFIG, MACHINES, NO_MACHINE, Answer, Wire, later, read, shown, simulated

pytestmark = pytest.mark.anyio

HELD: Final = "lease currently held by fly-proxy, expires at 2026-02-02T02:40:"
NO_LEASE: Final = (404, {"error": "lease not found"})
WRONG: Final = (400, {"error": "invalid_argument: the nonce is not that of the lease"})


async def taken(wire: Wire, machine: str, **body: object) -> dict[str, object]:
    """Take a lease, and give what the answer tells of it."""
    status, answer = await wire.post(f"{MACHINES}/{machine}/lease", body)
    assert (status, shown(answer)["status"]) == (201, "success")
    return shown(shown(answer)["data"])


async def with_nonce(wire: Wire, method: str, path: str, nonce: object, body: object = None) -> Answer:
    """Ask with the nonce of a lease."""
    headers = {"fly-machine-lease-nonce": str(nonce)}
    return read(await wire.http.request(method, path, json=body, headers=headers))


def message(answer: Answer) -> tuple[int, str]:
    """The status of a refusal, and what it says without the machine and the seconds."""
    status, body = answer
    return status, str(shown(body)["message"])[26 : 26 + len(HELD)]


async def test_a_lease_is_taken_shown_held_for_longer_and_released(wire: Wire) -> None:
    """Only its nonce renews or releases it."""
    machine = await wire.booted()
    path = f"{MACHINES}/{machine}/lease"
    lease = await taken(wire, machine, ttl=20, description="reconciler-3")
    version = shown((await wire.get(f"{MACHINES}/{machine}"))[1])["instance_id"]
    told = {"expires_at": 1_770_000_021, "owner": "personal@simulated", "description": "reconciler-3"}
    assert lease == {"nonce": lease["nonce"], "version": version, **told}
    assert await wire.get(path) == (200, {"status": "success", "data": lease})
    status, renewed = await with_nonce(wire, "POST", path, lease["nonce"], {"ttl": 60})
    assert (status, shown(shown(renewed)["data"])) == (201, {**lease, "expires_at": 1_770_000_061})
    assert await wire.delete(path) == WRONG
    assert await with_nonce(wire, "DELETE", path, "00000000") == WRONG
    assert await with_nonce(wire, "DELETE", path, lease["nonce"]) == (200, {"ok": True})
    assert await wire.get(path) == NO_LEASE


async def test_others_are_refused_at_once_and_the_holder_is_not(wire: Wire) -> None:
    """A start, an update, a second lease: each tells who holds it, and until when."""
    machine = await wire.booted()
    path = f"{MACHINES}/{machine}"
    nonce = (await wire.do(f"machines/{machine}/lease", {"ttl_s": 20}))["nonce"]
    refusals = [await wire.post(f"{path}{tail}", {"config": CONFIG}) for tail in ("", "/start", "/lease", "/suspend")]
    assert [message(one) for one in refusals] == [(409, HELD)] * 4
    assert (await with_nonce(wire, "POST", path, nonce, {"config": CONFIG}))[0] == 200
    assert (await wire.get(path))[0] == 200


async def test_a_stop_waits_until_anothers_lease_is_over(wire: Wire, simulator: Simulator) -> None:
    """It is not refused, and lands late: what makes a lease no fence (Fly: fly.md 5.2)."""
    machine = await wire.booted()
    await wire.do(f"machines/{machine}/lease", {"ttl_s": 20})
    assert await wire.post(f"{MACHINES}/{machine}/stop") == (200, {"ok": True})
    stop = simulator.requests[-1]
    assert stop.landed_ms is not None
    assert stop.landed_ms - stop.came_ms == 20_000


async def test_a_delete_that_waits_goes_on_once_the_lease_is_released() -> None:
    """On real time, long before it would have lapsed."""
    real = Simulator(Settings(boot_s=0.0))
    async with simulated(real) as wire:
        machine = await wire.booted()
        lease = await taken(wire, machine, ttl=600)
        deleting = asyncio.create_task(wire.delete(f"{MACHINES}/{machine}", force="true"))
        await asyncio.sleep(0)
        assert real.fly.machine(MachineId(machine)) is not None
        await with_nonce(wire, "DELETE", f"{MACHINES}/{machine}/lease", lease["nonce"])
        assert await deleting == (200, {"ok": True})
        assert await wire.get(f"{MACHINES}/{machine}/lease") == NO_MACHINE


async def test_strictly_a_lease_refuses_a_stop_and_a_stale_nonce(wire: Wire, simulator: Simulator) -> None:
    """Another model of Fly says so; nobody has measured it (Fly: fly.md 5, 9)."""
    machine = await wire.booted()
    path = f"{MACHINES}/{machine}"
    simulator.obey(STRICT)
    assert (await with_nonce(wire, "POST", f"{path}/start", "00000000"))[0] == 409
    await wire.do(f"machines/{machine}/lease", {"ttl_s": 20})
    assert message(await wire.post(f"{path}/stop")) == (409, HELD)
    await later(simulator, 20.0)
    assert (await wire.post(f"{path}/stop"))[0] == 200


async def test_leniently_a_stale_nonce_is_passed_over(wire: Wire) -> None:
    """Where no lease is held, nothing is proved."""
    machine = await wire.booted()
    assert (await with_nonce(wire, "POST", f"{MACHINES}/{machine}/start", "00000000"))[0] == 200


async def test_a_machine_may_be_leased_from_birth_and_the_lease_survives_an_update(wire: Wire) -> None:
    """With the nonce and the end that it had."""
    _, made = await wire.post(MACHINES, {"name": "gw-1", "config": CONFIG, "lease_ttl": 20})
    nonce, path = shown(made)["nonce"], f"{MACHINES}/{shown(made)['id']}"
    status, updated = await with_nonce(wire, "POST", path, nonce, {"config": CONFIG, "lease_ttl": 60})
    assert (status, shown(updated)["nonce"]) == (200, nonce)
    assert shown(shown((await wire.get(f"{path}/lease"))[1])["data"])["expires_at"] == 1_770_000_020


async def test_a_server_that_stops_lets_a_waiting_stop_go(wire: Wire, simulator: Simulator) -> None:
    """Nobody is kept from leaving."""
    machine = await wire.booted()
    await wire.do(f"machines/{machine}/lease", {"ttl_s": 600})
    simulator.stage.closing = True
    assert (await wire.post(f"{MACHINES}/{machine}/stop"))[0] == 200
