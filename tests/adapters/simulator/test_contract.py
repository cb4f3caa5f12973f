"""What the simulator speaks is in Fly's published document: paths, methods, statuses and the fields of answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from kiloclaw_adapters.simulator.asking import ROUTES, Operation

from .suite import APP, CONFIG, MACHINES, VOLUMES, Wire

pytestmark = [pytest.mark.anyio, pytest.mark.shared]

Document: TypeAlias = dict[str, object]

NAMES: Final = {"machines": "{machine_id}", "volumes": "{volume_id}", "secrets": "{secret_name}"}
ORG: Final = "/v1/orgs/personal"
NOT_FLYS: Final = {Operation.PROBE_HEALTH}


@pytest.fixture
def document(shared: Path) -> Document:
    """Fly's OpenAPI document."""
    loaded = json.loads((shared / "data" / "fly-openapi.json").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def inside(value: object, *path: str) -> object:
    """What stands at this path; a `$ref` on the way is followed from the top."""
    top = value
    for name in path:
        assert isinstance(value, dict), f"{path}: nothing in which {name} could stand"
        assert name in value, f"{path}: there is no {name}"
        value = value[name]
        if isinstance(value, dict) and "$ref" in value:
            value = inside(top, *str(value["$ref"]).removeprefix("#/").split("/"))
    return value


def published(operation: Operation) -> tuple[str, str]:
    """The path and the method of an operation, as the document spells them."""
    method, path = ROUTES[operation]
    kind = path.split("/")[4] if path.count("/") > 3 else ""
    spelt = path.removeprefix("/v1").replace("{app}", "{app_name}").replace("/orgs/{of}", "/orgs/{org_slug}")
    spelt = spelt.replace("{of}", NAMES.get(kind, ""))
    return spelt, method.lower()


def fields(document: Document, operation: Operation, status: int = 200) -> set[str]:
    """The fields that the document gives the answer, or each thing that the answer lists."""
    answer = ("paths", *published(operation), "responses", str(status), "content", "application/json", "schema")
    schema = inside(document, *answer)
    assert isinstance(schema, dict), schema
    if "items" in schema:
        schema = inside({**document, "schema": schema}, "schema", "items")
    found = inside(schema, "properties")
    assert isinstance(found, dict), found
    return set(found)


def keys(body: object) -> set[str]:
    """The fields of a thing, or of the first thing in a list."""
    thing = body[0] if isinstance(body, list) else body
    assert isinstance(thing, dict), body
    return set(thing)


@pytest.mark.parametrize("operation", [one for one in Operation if one not in NOT_FLYS])
async def test_every_operation_is_published(operation: Operation, document: Document) -> None:
    """Its path and its method."""
    path, method = published(operation)
    assert inside(document, "paths", path, method)


async def test_every_field_of_an_answer_is_published(document: Document, wire: Wire) -> None:
    """A field of our own making would be relied upon, and not be there."""
    await wire.post(f"{APP}/ip_assignments", {"type": "v6"})
    volume = await wire.volume()
    machine = await wire.booted(volume=volume)
    await wire.post(f"/_sim/volumes/{volume}/snapshot")
    looks = {
        Operation.GET_APP: APP,
        Operation.LIST_ADDRESSES: f"{APP}/ip_assignments",
        Operation.LIST_SECRETS: f"{APP}/secrets",
        Operation.GET_MACHINE: f"{MACHINES}/{machine}",
        Operation.LIST_MACHINES: MACHINES,
        Operation.WAIT_MACHINE: f"{MACHINES}/{machine}/wait",
        Operation.LIST_EVENTS: f"{MACHINES}/{machine}/events",
        Operation.GET_VOLUME: f"{VOLUMES}/{volume}",
        Operation.LIST_VOLUMES: VOLUMES,
        Operation.LIST_SNAPSHOTS: f"{VOLUMES}/{volume}/snapshots",
        Operation.LIST_ORG_MACHINES: f"{ORG}/machines",
        Operation.LIST_ORG_VOLUMES: f"{ORG}/volumes",
    }
    unpublished = {
        operation.value: sorted(keys((await wire.get(path))[1]) - fields(document, operation))
        for operation, path in looks.items()
    }
    assert unpublished == {operation.value: [] for operation in looks}


async def test_every_field_of_a_change_is_published(document: Document, wire: Wire) -> None:
    """Of what is made, updated or deleted."""
    volume = await wire.volume()
    machine = await wire.booted()
    unpublished = {
        "create_machine": keys((await wire.post(MACHINES, {"config": CONFIG}))[1])
        - fields(document, Operation.CREATE_MACHINE),
        "exec_machine": keys((await wire.post(f"{MACHINES}/{machine}/exec", {"command": ["true"]}))[1])
        - fields(document, Operation.EXEC_MACHINE),
        "update_machine": keys((await wire.post(f"{MACHINES}/{machine}", {"config": CONFIG}))[1])
        - fields(document, Operation.UPDATE_MACHINE),
        "update_volume": keys((await wire.put(f"{VOLUMES}/{volume}", {"snapshot_retention": 7}))[1])
        - fields(document, Operation.UPDATE_VOLUME),
        "extend_volume": keys((await wire.put(f"{VOLUMES}/{volume}/extend", {"size_gb": 9}))[1])
        - fields(document, Operation.EXTEND_VOLUME),
        "delete_volume": keys((await wire.delete(f"{VOLUMES}/{volume}"))[1])
        - fields(document, Operation.DELETE_VOLUME),
        "create_volume": keys((await wire.post(VOLUMES, {"name": "data"}))[1])
        - fields(document, Operation.CREATE_VOLUME),
        "create_address": keys((await wire.post(f"{APP}/ip_assignments", {"type": "v6"}))[1])
        - fields(document, Operation.CREATE_ADDRESS),
        "set_secret": keys((await wire.post(f"{APP}/secrets/KEY", {"value": "v"}))[1])
        - fields(document, Operation.SET_SECRET, 201),
        "set_secrets": keys((await wire.post(f"{APP}/secrets", {"values": {"KEY": "v"}}))[1])
        - fields(document, Operation.SET_SECRETS),
    }
    assert {name: extra for name, extra in unpublished.items() if extra} == {}


async def test_every_refusal_is_published(document: Document, wire: Wire) -> None:
    """One envelope for all of them (Fly: fly.md 1.0)."""
    published_fields = inside(document, "components", "schemas", "ErrorResponse", "properties")
    _, refusal = await wire.post("/v1/apps", {"app_name": "inst-1", "org_slug": "personal"})
    assert isinstance(published_fields, dict)
    assert keys(refusal) - set(published_fields) == set()
