"""Everything at once: what it leaves out, how chance is drawn, and that nothing breaks but what should."""

from __future__ import annotations

from typing import get_args

import httpx
import pytest

from kiloclaw_adapters.simulator import Fault, Operation, Settings, Simulator, VirtualClock, everything_at, refuse
from kiloclaw_adapters.simulator.kinds import Kind

from .suite import MACHINES, VOLUMES, Wire, later, shown, simulated

pytestmark = pytest.mark.anyio

NEEDS_A_NAME = {"Hold", "Unreachable", "Full", "OverQuota", "Dark", "Capped", "RateLimit", "Stuck"}
"""What stands in the way for ever, or only of what is named: a soak test switches it itself."""


def test_every_kind_that_passes_by_itself_is_in_it() -> None:
    """A kind that is added is added there too."""
    there = {type(fault.kind).__name__ for fault in everything_at(0.05)}
    assert {kind.__name__ for kind in get_args(Kind)} - there == NEEDS_A_NAME


async def test_it_is_switched_on_with_its_chance_and_off_by_its_numbers(wire: Wire, simulator: Simulator) -> None:
    """Over HTTP; a chance that cannot be is refused."""
    numbers = (await wire.do("chaos", {"chance": 0.5}))["numbers"]
    assert isinstance(numbers, list)
    assert [simulator.stage.faults.entries[number].fault for number in numbers] == list(everything_at(0.5))
    for number in numbers:
        simulator.remove(number)
    assert simulator.stage.faults.entries == {}
    refusal = (400, {"error": "body.chance: must be above 0 and at most 1, not 0.0"})
    assert await wire.post("/_sim/chaos", {"chance": 0}) == refusal
    assert (await wire.post("/_sim/chaos"))[0] == 200


async def statuses(seed: int) -> list[int]:
    """How two hundred looks are answered where half of them are refused."""
    simulator = Simulator(Settings(seed=seed), VirtualClock())
    simulator.add(Fault(refuse("rate_limited"), operation=Operation.LIST_VOLUMES, chance=0.5))
    async with simulated(simulator) as wire:
        return [(await wire.get(VOLUMES))[0] for _ in range(200)]


async def test_chance_is_drawn_from_the_seed() -> None:
    """A run can be had again; about as many are met as the chance says."""
    one, same, other = await statuses(1), await statuses(1), await statuses(2)
    assert (one == same, one == other) == (True, False)
    assert 70 < one.count(429) < 130


async def test_nothing_breaks_but_what_should() -> None:
    """Whatever is asked, each answer is one of Fly's or none, and the truth holds together."""
    simulator = Simulator(Settings(seed=7), VirtualClock())
    for fault in everything_at(0.1):
        simulator.add(fault)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(simulator.app), base_url="http://fly") as http:
        http.headers["authorization"] = "Bearer fo1_simulated"
        wire, seen = Wire(http), set[int]()
        for turn in range(120):
            for method, path, body in asked(simulator, turn):
                try:
                    response = await wire.http.request(method, path, json=body)
                except httpx.RemoteProtocolError:
                    continue
                seen.add(response.status_code)
            await later(simulator, 0.3)
        assert {200, 404, 408, 409, 412, 429, 503, 520} <= seen
        assert 500 not in seen
        _, truth = await wire.get("/_sim/truth")
        mounts = [one["volume"] for one in shown(truth)["machines"] if one["volume"]]  # type: ignore[attr-defined]
        assert len(mounts) == len(set(mounts))


def asked(simulator: Simulator, turn: int) -> list[tuple[str, str, object]]:
    """What is asked in this turn, of what is there."""
    machine = next(iter(simulator.fly.machines), None)
    volume = next(iter(simulator.fly.volumes), None)
    mounts = [{"volume": volume.volume}] if volume is not None else []
    config = {"image": f"gw:{turn // 50}", "mounts": mounts}
    source = {"source_volume_id": volume.volume} if volume is not None else {}
    of = MACHINES + "/" + (machine.machine if machine is not None else "none")
    on = VOLUMES + "/" + (volume.volume if volume is not None else "none")
    return [
        ("POST", "/v1/apps", {"app_name": "inst-1", "org_slug": "personal"}),
        ("POST", VOLUMES, {"name": "data", "region": "eu", **source}),
        ("POST", MACHINES, {"name": "gw-1", "config": config}),
        ("GET", MACHINES, None),
        ("GET", f"{of}/wait?timeout=1", None),
        ("POST", of, {"config": config}),
        ("POST", f"{of}/stop", {}),
        ("POST", f"{of}/start", None),
        ("GET", on, None),
        *([("DELETE", f"{of}?force=true", None), ("DELETE", on, None)] if turn % 5 == 4 else []),
    ]
