"""What our client says and reads is in Fly's published document: the fields of bodies, queries and answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

import pytest
from attrs import evolve, fields

from kiloclaw_adapters.fly.bodies import create_machine_body, create_volume_body, update_machine_body
from kiloclaw_adapters.fly.shapes import (
    WireConfig,
    WireGuest,
    WireMachine,
    WireMount,
    WireSnapshot,
    WireVolume,
)
from kiloclaw_adapters.fly.transport import Json
from kiloclaw_core.effects import Awaited
from kiloclaw_core.names import OrgId

from .suite import CONFIG, CREATE_MACHINE, CREATE_VOLUME, FORK_VOLUME, RESTORE_VOLUME, UPDATE_MACHINE

pytestmark = pytest.mark.shared

Document: TypeAlias = dict[str, object]

APP: Final = "/apps/{app_name}"
LABELLED: Final = evolve(CREATE_MACHINE, config=evolve(CONFIG, org=OrgId("org-1"), labels=(("dev_creator", "me"),)))
BODIES: Final[tuple[tuple[str, str, Json], ...]] = (
    ("post", f"{APP}/machines", create_machine_body(LABELLED, {"KEY": "hush"})),
    ("post", APP + "/machines/{machine_id}", update_machine_body(UPDATE_MACHINE, {})),
    ("post", f"{APP}/volumes", create_volume_body(CREATE_VOLUME)),
    ("post", f"{APP}/volumes", create_volume_body(FORK_VOLUME)),
    ("post", f"{APP}/volumes", create_volume_body(RESTORE_VOLUME)),
)
ANSWERS: Final[tuple[tuple[type, str], ...]] = (
    (WireMachine, "Machine"),
    (WireConfig, "fly.MachineConfig"),
    (WireGuest, "fly.MachineGuest"),
    (WireMount, "fly.MachineMount"),
    (WireVolume, "Volume"),
    (WireSnapshot, "VolumeSnapshot"),
)


@pytest.fixture
def document(shared: Path) -> Document:
    """Fly's OpenAPI document."""
    loaded = json.loads((shared / "data" / "fly-openapi.json").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def at(document: Document, *path: str) -> Document:
    """The object at this place of the document, with references followed and its parts put together."""
    value: object = document
    for name in path:
        assert isinstance(value, dict), f"{path}: nothing in which {name} could stand"
        value = value[name]
    assert isinstance(value, dict), f"{path}: no object"
    return whole(document, value)


def whole(document: Document, schema: Document) -> Document:
    """The schema without references."""
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return at(document, *reference.removeprefix("#/").split("/"))
    parts = schema.get("allOf")
    for part in parts if isinstance(parts, list) else ():
        schema = {**whole(document, part), **schema}
    return schema


def strangers(document: Document, schema: Document, sent: object, where: str) -> Iterator[str]:
    """Every field of what is sent that the schema does not have."""
    schema = whole(document, schema)
    properties, free, items = (schema.get(name) for name in ("properties", "additionalProperties", "items"))
    if isinstance(sent, list) and isinstance(items, dict):
        for one in sent:
            yield from strangers(document, items, one, f"{where}[]")
    if isinstance(sent, dict):
        for name, value in sent.items():
            inner = properties.get(name, free) if isinstance(properties, dict) else free
            if isinstance(inner, dict):
                yield from strangers(document, inner, value, f"{where}.{name}")
            else:
                yield f"{where}.{name}"


@pytest.mark.parametrize(("method", "path", "body"), BODIES)
def test_every_field_that_is_sent_is_published(method: str, path: str, body: Json, document: Document) -> None:
    """Fly passes over what it does not know, and a fence that it passes over fences nothing."""
    schema = at(document, "paths", path, method, "requestBody", "content", "application/json", "schema")
    assert list(strangers(document, schema, body, "body")) == []


def test_a_field_that_is_not_published_is_found(document: Document) -> None:
    """At any depth, else the test above would find nothing."""
    schema = at(document, "components", "schemas", "CreateMachineRequest")
    sent = {"name": "x", "nme": "x", "config": {"mounts": [{"volume": "v", "pth": "/"}], "env": {"ANY": "thing"}}}
    assert list(strangers(document, schema, sent, "body")) == ["body.nme", "body.config.mounts[].pth"]


@pytest.mark.parametrize(("shape", "name"), ANSWERS)
def test_every_field_that_is_read_is_published(shape: type, name: str, document: Document) -> None:
    """A field of another name would be absent for ever, and absent means unknown."""
    published = at(document, "components", "schemas", name)["properties"]
    assert isinstance(published, dict)
    assert {one.name for one in fields(shape)} - set(published) == set()


def test_a_poll_asks_in_published_words(document: Document) -> None:
    """The parameters, and the states that can be waited for."""
    asked = at(document, "paths", APP + "/machines/{machine_id}/wait", "get")["parameters"]
    assert isinstance(asked, list)
    published = {one["name"]: one["schema"] for one in asked}
    assert {"state", "timeout", "version"} <= set(published)
    assert {one.value for one in Awaited} <= set(published["state"]["enum"])


def test_snapshots_are_listed_where_it_is_published(document: Document) -> None:
    """Under the volume that they are of."""
    answer = ("get", "responses", "200", "content", "application/json", "schema", "items")
    listed = at(document, "paths", APP + "/volumes/{volume_id}/snapshots", *answer)
    assert listed == at(document, "components", "schemas", "VolumeSnapshot")
