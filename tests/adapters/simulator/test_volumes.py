"""Volumes, as the wire shows them (Fly: fly.md 1.5, 3)."""

from __future__ import annotations

import pytest

from .suite import NO_VOLUME, VOLUMES, Wire, listed

pytestmark = pytest.mark.anyio

ZONE = "8df2"
CPUS = "guest.cpus: 3 shared CPUs cannot be had; there are (1, 2, 4, 6, 8)"
BODY = {"name": "data", "region": "ams", "size_gb": 10}


async def test_a_volume_is_made_and_shown(wire: Wire) -> None:
    """In the first region of the list; the answer has the code, whatever alias was asked for."""
    volume = await wire.make(VOLUMES, {**BODY, "region": "fra,eu", "compute": {"cpus": 2}})
    assert await wire.get(f"{VOLUMES}/{volume}") == (
        200,
        {
            "id": volume,
            "name": "data",
            "state": "created",
            "size_gb": 10,
            "region": "fra",
            "zone": ZONE,
            "encrypted": True,
            "fstype": "ext4",
            "attached_machine_id": None,
            "attached_alloc_id": None,
            "created_at": "2026-02-02T02:40:00.000Z",
            "snapshot_retention": 5,
            "auto_backup_enabled": True,
            "host_status": "ok",
        },
    )
    assert volume.startswith("vol_")
    assert len(volume) == 20


async def test_names_are_not_unique(wire: Wire) -> None:
    """A create that is repeated makes another: what the op in a name is for."""
    one, other = await wire.volume(), await wire.volume()
    assert one != other
    assert listed(await wire.get(VOLUMES)) == sorted([one, other])


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"name": None}, 400, "invalid_argument: body.name: is missing"),
        ({"name": "A-1"}, 422, "Validation failed: Name 'A-1' must be 1 to 30 of a-z, 0-9 and _"),
        ({"size_gb": "10"}, 400, 'invalid_argument: body.size_gb: must be a whole number, not "10"'),
        ({"size_gb": 501}, 422, "Validation failed: size_gb must be between 1 and 500, not 501"),
        ({"region": "ams,xyz"}, 400, "invalid_argument: target region 'ams,xyz' not found"),
        ({"snapshot_id": "vs_1"}, 404, "snapshot not found"),
        ({"source_volume_id": "v"}, 404, "volume not found"),
        ({"compute": {"cpus": 3}}, 400, f"invalid_argument: {CPUS}"),
        ({"snapshot_retention": 61}, 422, "Validation failed: snapshot_retention must be between 1 and 60, not 61"),
    ],
)
async def test_a_volume_that_cannot_be_is_refused(
    change: dict[str, object], status: int, text: str, wire: Wire
) -> None:
    """And nothing is made."""
    assert await wire.post(VOLUMES, {**BODY, **change}) == (status, {"error": text})
    assert await wire.get(VOLUMES) == (200, [])


async def test_a_volume_is_deleted_once(wire: Wire) -> None:
    """The answer shows it destroyed; after that it is not there."""
    volume = await wire.volume()
    status, last = await wire.delete(f"{VOLUMES}/{volume}")
    assert (status, last) == (200, {**(last if isinstance(last, dict) else {}), "id": volume, "state": "destroyed"})
    assert await wire.get(f"{VOLUMES}/{volume}") == NO_VOLUME
    assert await wire.delete(f"{VOLUMES}/{volume}") == NO_VOLUME


async def test_a_volume_with_a_machine_is_not_deleted(wire: Wire) -> None:
    """Running or not; the text names the machine."""
    volume = await wire.volume()
    machine = await wire.machine(volume=volume)
    text = f"failed_precondition: volume is currently bound to machine: {machine}"
    assert await wire.delete(f"{VOLUMES}/{volume}") == (412, {"error": text})


async def test_a_volume_is_in_its_own_app_alone(wire: Wire) -> None:
    """An id from elsewhere opens nothing."""
    volume = await wire.volume()
    await wire.post("/v1/apps", {"app_name": "inst-2", "org_slug": "personal"})
    assert await wire.get(f"/v1/apps/inst-2/volumes/{volume}") == NO_VOLUME
    assert await wire.get("/v1/apps/inst-2/volumes") == (200, [])
