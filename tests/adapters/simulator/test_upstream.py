"""Upstream's own client can run against the simulator: every call that reconcile 4.12 lists, as it is told there.

It carries no cookie (fly.md, Appendix B) and leaves out what it does not know.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import httpx
import pytest

from kiloclaw_adapters.simulator import LENIENT, STRICT, TOKEN, Rules, Settings, Simulator, VirtualClock

from .suite import later, shown

pytestmark = pytest.mark.anyio

APP: Final = "/v1/apps/acct-0123456789abcdef0123"
USER: Final = "kiloclaw_user_id"


@pytest.fixture(params=[LENIENT, STRICT], ids=["lenient", "strict"])
def ruled(request: pytest.FixtureRequest) -> Simulator:
    """A simulator of each preset."""
    rules = request.param
    assert isinstance(rules, Rules)
    return Simulator(Settings(rules=rules), VirtualClock())


@pytest.fixture
async def worker(ruled: Simulator) -> AsyncIterator[httpx.AsyncClient]:
    """What upstream's worker asks with."""
    headers = {"authorization": f"Bearer {TOKEN}"}
    transport = httpx.ASGITransport(ruled.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://fly", headers=headers) as http:
        yield http


async def ask(http: httpx.AsyncClient, method: str, path: str, body: object = None) -> dict[str, object]:
    """Ask as upstream does, and give what it reads; an error is one."""
    http.cookies.clear()
    response = await http.request(method, path, json=body)
    assert response.is_success, response.text
    found = response.json() if response.text else {}
    return shown(found if isinstance(found, dict) else {"listed": found})


def config(volume: object, **environment: str) -> dict[str, object]:
    """A machine's config as upstream builds it (reconcile 1.5)."""
    service = {"ports": [{"port": 443, "handlers": ["tls", "http"]}], "internal_port": 18789, "protocol": "tcp"}
    return {
        "image": "registry.fly.io/kiloclaw:latest",
        "env": environment,
        "guest": {"cpus": 2, "memory_mb": 3072, "cpu_kind": "shared"},
        "services": [{**service, "autostart": False, "autostop": "off"}],
        "mounts": [{"volume": volume, "path": "/root"}],
        "metadata": {USER: "user-1", "kiloclaw_sandbox_id": "s-1"},
    }


async def furnished(http: httpx.AsyncClient) -> object:
    """An app with its addresses and its key; gives the version of its secrets."""
    name = APP.removeprefix("/v1/apps/")
    await ask(http, "POST", "/v1/apps", {"app_name": name, "org_slug": "personal", "network": name})
    await ask(http, "GET", APP)
    for kind in ("v6", "shared_v4"):
        await ask(http, "POST", f"{APP}/ip_assignments", {"type": kind})
    return (await ask(http, "POST", f"{APP}/secrets/KILOCLAW_ENV_KEY", {"value": "hush"}))["version"]


async def launched(http: httpx.AsyncClient, volume: object, version: object) -> tuple[str, str]:
    """A machine that was made and waited for; gives its path and its version."""
    body = {"config": config(volume), "name": "s-1", "region": "ams", "min_secrets_version": version}
    machine = await ask(http, "POST", f"{APP}/machines", body)
    path = f"{APP}/machines/{machine['id']}"
    await ask(http, "GET", f"{path}/wait?state=started&timeout=60")
    return path, str(machine["instance_id"])


async def test_a_machine_lives_its_life(worker: httpx.AsyncClient) -> None:
    """Made, found by its metadata, stopped, started, updated, asked and destroyed."""
    version = await furnished(worker)
    body = {"name": "kiloclaw_user_1", "region": "eu", "size_gb": 10, "snapshot_retention": 5}
    volume = (await ask(worker, "POST", f"{APP}/volumes", body))["id"]
    path, first = await launched(worker, volume, version)
    found = await ask(worker, "GET", f"{APP}/machines?metadata.{USER}=user-1")
    assert [shown(one)["name"] for one in _listed(found)] == ["s-1"]
    await ask(worker, "POST", f"{path}/stop")
    instance = (await ask(worker, "GET", path))["instance_id"]
    await ask(worker, "GET", f"{path}/wait?state=stopped&timeout=60&instance_id={instance}")
    await ask(worker, "POST", f"{path}/start")
    await ask(worker, "GET", f"{path}/wait?state=started&timeout=60")
    updated = await ask(worker, "POST", path, {"config": config(volume, A="2"), "min_secrets_version": version})
    assert updated["instance_id"] != first
    await ask(worker, "GET", f"{path}/wait?state=started&timeout=60&instance_id={updated['instance_id']}")
    assert (await ask(worker, "POST", f"{path}/exec", {"command": ["true"], "timeout": 60}))["exit_code"] == 0
    await ask(worker, "DELETE", f"{path}?force=true")
    assert (await worker.get(path)).status_code == 404
    await ask(worker, "DELETE", f"{APP}/volumes/{volume}")


async def test_a_volume_is_copied_snapshot_restored_and_extended(worker: httpx.AsyncClient, ruled: Simulator) -> None:
    """A copy names no size, a restore does; the extended volume stands in a wrapper (Fly: Appendix B)."""
    await furnished(worker)
    body = {"name": "kiloclaw_user_1", "region": "ams", "size_gb": 10}
    volume = (await ask(worker, "POST", f"{APP}/volumes", body))["id"]
    compute = {"compute": {"cpus": 2, "memory_mb": 3072, "cpu_kind": "shared"}}
    fork = {"name": "kiloclaw_user_1", "region": "iad", "source_volume_id": volume, **compute}
    assert (await ask(worker, "POST", f"{APP}/volumes", fork))["size_gb"] == 10
    await ask(worker, "POST", f"{APP}/volumes/{volume}/snapshots")
    await later(ruled, 1.0)
    (snapshot,) = _listed(await ask(worker, "GET", f"{APP}/volumes/{volume}/snapshots"))
    restore = {"name": "kiloclaw_user_1", "region": "ams", "size_gb": 10, "snapshot_id": shown(snapshot)["id"]}
    restored = (await ask(worker, "POST", f"{APP}/volumes", restore))["id"]
    extended = await ask(worker, "PUT", f"{APP}/volumes/{restored}/extend", {"size_gb": 12})
    assert shown(extended["volume"])["size_gb"] == 12
    assert len(_listed(await ask(worker, "GET", f"{APP}/volumes"))) == 3


def _listed(body: dict[str, object]) -> list[object]:
    found = body["listed"]
    assert isinstance(found, list), found
    return found
