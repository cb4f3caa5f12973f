"""The controllers in simulated machines: reached through the proxy, as old as they are told to be, and by exec."""

from __future__ import annotations

import json

import httpx
import pytest

from kiloclaw_adapters.pairing import token_of
from kiloclaw_adapters.simulator import Simulator
from kiloclaw_core.names import SandboxId

from .suite import Wire

pytestmark = pytest.mark.anyio

ENTRY = {"code": "A1", "id": "ada", "channel": "telegram"}
CHANNELS = "/_kilo/pairing/channels"
TOKEN = token_of("simulated", SandboxId("ki_box")).revealed


async def machine(wire: Wire) -> str:
    """A machine that runs, with one request pending."""
    config = {"image": "image-1", "metadata": {"kiloclaw_sandbox_id": "ki_box"}}
    _, made = await wire.post("/v1/apps/inst-1/machines", {"name": "m", "region": "iad", "config": config})
    assert isinstance(made, dict)
    found = str(made["id"])
    await wire.get(f"/v1/apps/inst-1/machines/{found}/wait?state=started")
    told = await wire.post(f"/_sim/machines/{found}/pairing", {"channels": [ENTRY]})
    assert told == (200, {"age": "current", "channels": 1, "devices": 0, "approved": 0})
    return found


async def asked(simulator: Simulator, of: str, path: str = CHANNELS, token: str = TOKEN) -> tuple[int, object]:
    """What the proxy or the controller answers."""
    headers = {"fly-force-instance-id": of, "Authorization": f"Bearer {token}"}
    transport = httpx.ASGITransport(simulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://fly.test", headers=headers) as http:
        answer = await http.get(path)
    return answer.status_code, answer.json()


async def test_a_machine_answers_with_the_real_routes(wire: Wire, simulator: Simulator) -> None:
    """For the token that follows from its own sandbox."""
    of = await machine(wire)
    status, listed = await asked(simulator, of)

    assert isinstance(listed, dict)
    assert (status, listed["requests"]) == (200, [ENTRY])
    assert await asked(simulator, of, token="another") == (401, {"error": "Unauthorized"})  # noqa: S106 (opens nothing)
    assert (await asked(simulator, of, "/_kilo/gateway/ready"))[0] == 200


@pytest.mark.parametrize(
    ("age", "pairing", "version"),
    [
        ("coded", (401, {"error": "Unauthorized", "code": "controller_route_unavailable"}), 200),
        ("uncoded", (404, {"error": "Not found"}), 404),
        ("denying", (401, {"error": "Unauthorized"}), 401),
    ],
)
async def test_an_old_controller_answers_as_it_did(
    age: str, pairing: tuple[int, object], version: int, wire: Wire, simulator: Simulator
) -> None:
    """Route by route (pairing 3.5); what it had then, it has."""
    of = await machine(wire)
    await wire.post(f"/_sim/machines/{of}/pairing", {"age": age})

    assert await asked(simulator, of) == pairing
    assert (await asked(simulator, of, "/_kilo/version"))[0] == version
    assert (await asked(simulator, of, "/_kilo/gateway/status"))[0] == 200


async def test_a_command_in_the_machine_lists_and_approves_the_same(wire: Wire, simulator: Simulator) -> None:
    """So that whoever goes round the controller finds what it would have shown."""
    of = await machine(wire)
    at_home = ["/usr/bin/env", "HOME=/root"]

    async def ran(*line: str) -> tuple[object, object]:
        status, body = await wire.post(f"/v1/apps/inst-1/machines/{of}/exec", {"command": [*at_home, *line]})
        assert isinstance(body, dict)
        assert status == 200
        return body["exit_code"], body["stdout"]

    listed = await ran("node", "/usr/local/bin/openclaw-pairing-list.js")
    wrong = await ran("openclaw", "pairing", "approve", "telegram", "B2", "--notify")
    right = await ran("openclaw", "pairing", "approve", "telegram", "A1", "--notify")
    _, after = await asked(simulator, of)

    assert listed == (0, json.dumps({"requests": [ENTRY]}))
    assert (wrong, right) == ((1, ""), (0, ""))
    assert isinstance(after, dict)
    assert after["requests"] == []
    assert await ran("uname") == (0, "")


async def test_the_proxy_answers_for_a_machine_that_cannot(wire: Wire, simulator: Simulator) -> None:
    """One that is unwell, and one that nobody knows."""
    of = await machine(wire)
    await wire.post(f"/_sim/machines/{of}/controller", {"well": False})

    assert (await asked(simulator, of))[0] == 502
    assert (await asked(simulator, "none"))[0] == 503


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"age": "ancient"}, "body.age: 'ancient' is none of current, coded, uncoded, denying"),
        ({"channels": [{"code": 7}]}, "body.channels: must be requests as a controller lists them"),
        ({"channel": []}, "body.channel: no such field; there are age, channels, devices"),
    ],
)
async def test_what_cannot_be_pending_is_refused(body: dict[str, object], why: str, wire: Wire) -> None:
    """And changes nothing."""
    of = await machine(wire)

    assert await wire.post(f"/_sim/machines/{of}/pairing", body) == (400, {"error": why})
