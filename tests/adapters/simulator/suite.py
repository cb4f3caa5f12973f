"""What the tests of the simulator share: a client that speaks the wire, and a config that names nothing of ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import httpx
from attrs import frozen

from kiloclaw_adapters.simulator import TOKEN, Simulator

Answer: TypeAlias = tuple[int, object]
"""The status and the body of an answer, JSON read."""

APP: Final = "/v1/apps/inst-1"
MACHINES: Final = f"{APP}/machines"
VOLUMES: Final = f"{APP}/volumes"
CONFIG: Final = {"image": "registry.example/gw@sha256:00ab", "guest": {"cpu_kind": "shared", "cpus": 2}}
NO_MACHINE: Final = (404, {"error": "machine not found"})
NO_VOLUME: Final = (404, {"error": "volume not found"})


@frozen
class Wire:
    """Asks a simulator over HTTP, with a token that opens it."""

    http: httpx.AsyncClient

    async def get(self, path: str, **query: str) -> Answer:
        """Look."""
        return read(await self.http.get(path, params=query))

    async def post(self, path: str, body: object = None) -> Answer:
        """Change something."""
        return read(await self.http.post(path, json=body))

    async def put(self, path: str, body: object) -> Answer:
        """Change something as a whole."""
        return read(await self.http.put(path, json=body))

    async def delete(self, path: str, **query: str) -> Answer:
        """Delete something."""
        return read(await self.http.delete(path, params=query))

    async def make(self, path: str, body: object) -> str:
        """Make something, and give its id."""
        status, made = await self.post(path, body)
        assert status == 200, made
        return str(shown(made)["id"])

    async def volume(self, name: str = "data", **more: object) -> str:
        """Make a volume, and give its id."""
        return await self.make(VOLUMES, {"name": name, "region": "ams", **more})

    async def machine(self, name: str = "gw-1", volume: str = "", **more: object) -> str:
        """Make a machine, on a volume if one is named, and give its id."""
        mounts = {"mounts": [{"volume": volume, "path": "/root"}]} if volume else {}
        return await self.make(MACHINES, {"name": name, "region": "ams", "config": {**CONFIG, **mounts}, **more})

    async def booted(self, name: str = "gw-1", volume: str = "") -> str:
        """Make a machine, and wait until it is up."""
        machine = await self.machine(name, volume)
        assert (await self.get(f"{MACHINES}/{machine}/wait"))[0] == 200
        return machine

    async def state(self, machine: str) -> object:
        """The state that a machine is shown in."""
        _, found = await self.get(f"{MACHINES}/{machine}")
        return shown(found)["state"]

    async def look(self, path: str, **query: str) -> dict[str, object]:
        """What is shown of one thing that is there."""
        status, found = await self.get(path, **query)
        assert status == 200, found
        return shown(found)

    async def do(self, path: str, body: object = None) -> dict[str, object]:
        """Ask the control surface for something that it does."""
        status, done = await self.post(f"/_sim/{path}", body)
        assert status == 200, done
        return shown(done)

    async def fault(self, kind: str, **more: object) -> int:
        """Switch a fault on over HTTP, and give its number."""
        status, added = await self.post("/_sim/faults", {"kind": kind, **more})
        number = shown(added)["number"]
        assert status == 200, added
        assert isinstance(number, int)
        return number


async def later(simulator: Simulator, seconds: float) -> None:
    """Let so much virtual time pass."""
    await simulator.clock.until(asyncio.Event(), seconds)


def client(transport: httpx.AsyncBaseTransport | None, url: str = "http://fly") -> httpx.AsyncClient:
    """An HTTP client that brings the token which opens a simulator."""
    return httpx.AsyncClient(transport=transport, base_url=url, headers={"authorization": f"Bearer {TOKEN}"})


@asynccontextmanager
async def simulated(simulator: Simulator) -> AsyncIterator[Wire]:
    """A wire to a simulator that a test sets up itself, in which there is one app."""
    async with client(httpx.ASGITransport(simulator.app)) as http:
        wire = Wire(http)
        assert (await wire.post("/v1/apps", {"app_name": "inst-1", "org_slug": "personal"}))[0] == 201
        yield wire


def read(response: httpx.Response) -> Answer:
    """The status and the body of a response."""
    if response.headers["content-type"].startswith("application/json"):
        return response.status_code, response.json()
    return response.status_code, response.text


def mounting(volume: str, **more: object) -> dict[str, object]:
    """A config that mounts this volume."""
    return {**CONFIG, "mounts": [{"volume": volume, "path": "/root"}], **more}


def shown(body: object) -> dict[str, object]:
    """The body as the object that it is."""
    assert isinstance(body, dict), body
    return body


def things(body: object, name: str) -> list[dict[str, object]]:
    """The objects that the body lists under this name."""
    found = shown(body)[name]
    assert isinstance(found, list), found
    return [shown(one) for one in found]


def listed(answer: Answer) -> list[object]:
    """The ids of what an answer lists."""
    status, body = answer
    assert status == 200, body
    assert isinstance(body, list), body
    return [one["id"] for one in body]
