"""What befalls Fly during a soak, over the control surface of the simulator: everything there is, most of it by chance.

Every kind of fault that needs no name is on at 5 % of the requests that it can befall. The others come and go: regions
are full, hosts do not answer, machines exit and move and are lost, snapshots are taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Final

import httpx
from attrs import define, field

from .asking import REGIONS
from .population import Population, Sandbox

CHANCE: Final = 0.05
BEFALLING: Final = ("exit", "out_of_memory", "restart", "fail", "wake", "migrate")
SILENT_S: Final = 4.0
"""How long a host does not answer."""
SILENCES: Final = 10
LOSSES: Final = 40
"""Of so many machines that something befalls, the host of one does not answer; of so many, the disk of one is lost."""


@define
class Weather:
    """Lets things befall the simulated Fly, each drawn from a chance of its own."""

    client: httpx.AsyncClient
    population: Population
    chance: Random
    befell: Counter[str] = field(factory=Counter, init=False)
    _silent: dict[int, float] = field(factory=dict, init=False)

    async def break_out(self) -> None:
        """Everything that can go wrong may go wrong from now on."""
        await self._post("/_sim/chaos", {"chance": CHANCE})
        for region in REGIONS:
            for kind in ("full", "over_quota"):
                await self._post("/_sim/faults", {"kind": kind, "region": region, "chance": CHANCE})
        for operation in ("create_machine", "start_machine", "stop_machine"):
            await self._post("/_sim/faults", {"kind": "stuck", "operation": operation, "chance": CHANCE / 5})
        await self._post("/_sim/faults", {"kind": "capped", "machines": 1, "chance": CHANCE / 5})
        await self._post("/_sim/faults", {"kind": "rate_limit"})

    async def calm_down(self) -> None:
        """Nothing goes wrong any more; what was stuck goes on."""
        (await self.client.delete("/_sim/faults")).raise_for_status()
        self._silent.clear()
        for machine in (await self.truth())["machines"]:
            if machine["state"] in {"created", "starting", "stopping", "replacing", "updating"}:
                await self.client.post(f"/_sim/machines/{machine['id']}/advance", json={})

    async def blow(self, now_s: float) -> None:
        """Let something befall some machine, take a snapshot of some volume, silence some host for a while."""
        machines = (await self.truth())["machines"]
        if machines:
            machine = self.chance.choice(machines)
            sandbox = self.population.sandboxes[machine["sandbox"]]
            await self._befall(sandbox, machine["id"])
            await self._snapshot(sandbox, machine["volume"])
            if self.chance.randrange(SILENCES) == 0:
                await self._silence(machine["id"], now_s)
        for number in [number for number, until_s in self._silent.items() if until_s <= now_s]:
            del self._silent[number]
            await self.client.delete(f"/_sim/faults/{number}")

    async def _befall(self, sandbox: Sandbox, machine: str) -> None:
        what = self.chance.choice(BEFALLING)
        if self.chance.randrange(LOSSES) == 0:
            what = "lose"
            sandbox.lost_data = True
        answer = await self.client.post(f"/_sim/machines/{machine}/befall", json={"what": what})
        self.befell[what] += answer.is_success

    async def _snapshot(self, sandbox: Sandbox, volume: str) -> None:
        answer = await self.client.post(f"/_sim/volumes/{volume}/snapshot", json={})
        if answer.is_success:
            self.befell["snapshot"] += 1
            sandbox.snapshots.append(answer.json()["snapshot"])

    async def _silence(self, machine: str, now_s: float) -> None:
        number = (await self._post("/_sim/faults", {"kind": "unreachable", "of": machine}))["number"]
        assert isinstance(number, int), "a fault has a number"
        self._silent[number] = now_s + SILENT_S
        self.befell["silent host"] += 1

    async def truth(self) -> dict[str, list[dict[str, str]]]:
        """The truth in short, and what the audit found."""
        answer = await self.client.get("/_sim/soak")
        answer.raise_for_status()
        told: dict[str, list[dict[str, str]]] = answer.json()
        return told

    async def _post(self, path: str, body: Mapping[str, object]) -> Mapping[str, object]:
        answer = await self.client.post(path, json=dict(body))
        answer.raise_for_status()
        told: Mapping[str, object] = answer.json()
        return told
