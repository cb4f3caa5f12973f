"""Machines, as the wire shows and changes them (Fly: fly.md 1.4, 2)."""

from __future__ import annotations

import re
from typing import Final

import pytest

from kiloclaw_adapters.simulator.identities import Identities

from .suite import CONFIG, MACHINES, NO_MACHINE, VOLUMES, Wire, listed, shown

pytestmark = pytest.mark.anyio

MEMORY: Final = "invalid_argument: guest.memory_mb: 100 is not 256 to 2048 in steps of 256"


async def test_a_machine_is_made_and_shown_with_its_config_as_it_was_sent(wire: Wire) -> None:
    """Upstream's config, or anybody's: nothing in it need be ours."""
    config = {**CONFIG, "services": [{"autostop": "off"}], "metadata": {"owner": "t-17"}, "strange": [1]}
    machine = await wire.make(MACHINES, {"name": "gw-1", "region": "eu", "config": config})
    status, found = await wire.get(f"{MACHINES}/{machine}")
    version, address = str(shown(found)["instance_id"]), str(shown(found)["private_ip"])
    assert (status, len(version), address[:5]) == (200, 26, "fdaa:")
    assert found == {
        "id": machine,
        "name": "gw-1",
        "state": "created",
        "region": "ams",
        "instance_id": version,
        "private_ip": address,
        "created_at": "2026-02-02T02:40:00.000Z",
        "updated_at": "2026-02-02T02:40:00.000Z",
        "image_ref": {"registry": "registry.example", "repository": "gw", "tag": "latest", "digest": "sha256:00ab"},
        "checks": [],
        "host_status": "ok",
        "config": config,
        "events": (await wire.get(f"{MACHINES}/{machine}/events"))[1],
    }


async def test_ids_look_like_those_of_fly_and_come_from_the_seed() -> None:
    """A run that is had again has the same ids in its trace."""
    one, same, other = Identities(1), Identities(1), Identities(2)
    drawn = one.machine(), one.volume(), one.version(1_770_000_000_000)
    assert drawn == (same.machine(), same.volume(), same.version(1_770_000_000_000))
    assert drawn != (other.machine(), other.volume(), other.version(1_770_000_000_000))
    assert re.fullmatch(r"[0-9a-f]{14} vol_[0-9a-z]{16} 01[0-9A-HJKMNP-TV-Z]{24}", " ".join(drawn))


def test_later_versions_sort_behind_earlier_ones() -> None:
    """A ULID is its moment first, and within a millisecond its number."""
    identities = Identities(0)
    versions = [identities.version(moment) for moment in (1, 2, 2, 2, 1_770_000_000_000)]
    assert versions == sorted(set(versions))


async def test_a_machine_without_a_name_gets_one(wire: Wire) -> None:
    """Upstream stopped sending names; then nothing keeps two creates apart."""
    one = await wire.make(MACHINES, {"config": CONFIG})
    other = await wire.make(MACHINES, {"config": CONFIG})
    names = [shown((await wire.get(f"{MACHINES}/{machine}"))[1])["name"] for machine in (one, other)]
    assert (len(set(names)), one != other) == (2, True)


async def test_a_name_is_borne_once_and_the_refusal_names_the_bearer(wire: Wire) -> None:
    """What makes a create safe to repeat (Fly: fly.md 4.3)."""
    machine = await wire.machine()
    text = f'already_exists: unique machine name violation, machine ID {machine} already exists with name "gw-1"'
    assert await wire.post(MACHINES, {"name": "gw-1", "config": CONFIG}) == (409, {"error": text})


async def test_a_volume_is_had_by_one_machine(wire: Wire) -> None:
    """By a create, and by an update too."""
    volume = await wire.volume()
    holder, other = await wire.machine(volume=volume), await wire.machine("gw-2")
    config = {**CONFIG, "mounts": [{"volume": volume, "path": "/root"}]}
    claimed = (412, {"error": f"failed_precondition: volume already claimed by machine {holder}"})
    assert await wire.post(MACHINES, {"name": "gw-3", "config": config}) == claimed
    assert await wire.post(f"{MACHINES}/{other}", {"config": config}) == claimed
    attached = shown((await wire.get(f"{VOLUMES}/{volume}"))[1])["attached_machine_id"]
    assert attached == holder


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        ({}, 400, "invalid_argument: body.config: is missing"),
        ({"config": {}}, 400, "invalid_argument: body.config.image: is missing"),
        (
            {"config": {**CONFIG, "metadata": {"a": 1}}},
            400,
            "invalid_argument: body.config.metadata.a: must be text, not 1",
        ),
        (
            {"config": {**CONFIG, "mounts": [{"volume": "v1"}, {"volume": "v2"}]}},
            400,
            "invalid_argument: config.mounts: a machine has one mount at most",
        ),
        ({"config": {**CONFIG, "mounts": [7]}}, 400, "invalid_argument: config.mounts[0]: must be an object, not 7"),
        ({"config": {**CONFIG, "mounts": [{"volume": "vol_no"}]}}, 400, "volume does not exist"),
        (
            {"config": {**CONFIG, "guest": {"cpu_kind": "huge"}}},
            400,
            "invalid_argument: guest.cpu_kind: 'huge' is none of shared, performance",
        ),
        (
            {"config": {**CONFIG, "guest": {"cpus": 3}}},
            400,
            "invalid_argument: guest.cpus: 3 shared CPUs cannot be had; there are (1, 2, 4, 6, 8)",
        ),
        ({"config": {**CONFIG, "guest": {"memory_mb": 100}}}, 400, MEMORY),
        ({"config": CONFIG, "region": "xyz"}, 400, "invalid_argument: target region 'xyz' not found"),
        (
            {"config": CONFIG, "min_secrets_version": 1},
            412,
            "failed_precondition: min_secrets_version 1 is not visible yet, only 0",
        ),
    ],
)
async def test_a_machine_that_cannot_be_is_refused(body: object, status: int, text: str, wire: Wire) -> None:
    """And nothing is made."""
    assert await wire.post(MACHINES, body) == (status, {"error": text})
    assert await wire.get(MACHINES) == (200, [])


async def test_a_volume_of_another_app_does_not_exist(wire: Wire) -> None:
    """Not even for who knows its id."""
    await wire.post("/v1/apps", {"app_name": "inst-2", "org_slug": "personal"})
    foreign = await wire.make("/v1/apps/inst-2/volumes", {"name": "data"})
    body = {"config": {**CONFIG, "mounts": [{"volume": foreign}]}}
    assert await wire.post(MACHINES, body) == (400, {"error": "volume does not exist"})


async def test_a_listing_is_filtered_by_metadata_state_and_region(wire: Wire) -> None:
    """The filter that upstream finds its machines by; undocumented in the schema (Fly: fly.md 0)."""
    body = {"config": {**CONFIG, "metadata": {"owner": "t-17"}}, "region": "fra"}
    ours, other = await wire.make(MACHINES, body), await wire.booted()
    assert listed(await wire.get(MACHINES, **{"metadata.owner": "t-17"})) == [ours]
    assert listed(await wire.get(MACHINES, **{"metadata.owner": "t-18"})) == []
    assert listed(await wire.get(MACHINES, state="stopped")) == []
    assert listed(await wire.get(MACHINES, region="ams")) == [other]
    assert listed(await wire.get(MACHINES, state="created,started")) == sorted([ours, other])


async def test_a_deleted_machine_is_listed_only_when_asked_for(wire: Wire) -> None:
    """As destroyed."""
    machine = await wire.machine()
    assert await wire.delete(f"{MACHINES}/{machine}") == (200, {"ok": True})
    assert await wire.get(f"{MACHINES}/{machine}") == NO_MACHINE
    assert await wire.get(MACHINES) == (200, [])
    _, found = await wire.get(MACHINES, include_deleted="true")
    assert isinstance(found, list)
    assert [(one["id"], one["state"]) for one in found] == [(machine, "destroyed")]


async def test_a_name_and_a_volume_are_free_after_a_delete(wire: Wire) -> None:
    """At once (Fly: fly.md 4.1)."""
    volume = await wire.volume()
    await wire.delete(f"{MACHINES}/{await wire.machine(volume=volume)}")
    assert (await wire.get(f"{MACHINES}/{await wire.machine(volume=volume)}"))[0] == 200


async def test_a_machine_that_is_up_is_deleted_only_by_force(wire: Wire) -> None:
    """Both spellings of force (Fly: fly.md 1.4)."""
    one, other = await wire.booted(), await wire.booted("gw-2")
    text = "failed_precondition: unable to destroy machine, not currently stopped"
    assert await wire.delete(f"{MACHINES}/{one}") == (412, {"error": text})
    assert await wire.delete(f"{MACHINES}/{one}", force="true") == (200, {"ok": True})
    assert await wire.delete(f"{MACHINES}/{other}", kill="true") == (200, {"ok": True})


async def test_stop_and_start_take_their_time(wire: Wire) -> None:
    """The calls return early; being there is waited for."""
    machine = await wire.booted()
    assert await wire.post(f"{MACHINES}/{machine}/stop", {"timeout": "30s"}) == (200, {"ok": True})
    assert await wire.state(machine) == "stopping"
    assert (await wire.get(f"{MACHINES}/{machine}/wait", state="stopped"))[0] == 200
    started = {"previous_state": "stopped", "migrated": False, "new_host": ""}
    assert await wire.post(f"{MACHINES}/{machine}/start") == (200, started)
    assert await wire.state(machine) == "starting"
    assert (await wire.get(f"{MACHINES}/{machine}/wait"))[0] == 200


async def test_a_machine_that_was_only_made_is_too_early_to_start(wire: Wire) -> None:
    """Said of every state on the way (Fly: fly.md 1.4)."""
    text = "failed_precondition: unable to start machine from current state: 'created'"
    assert await wire.post(f"{MACHINES}/{await wire.machine()}/start") == (412, {"error": text})


async def test_a_second_stop_and_a_second_start_change_nothing(wire: Wire) -> None:
    """Nor do they begin the way again."""
    machine = await wire.booted()
    assert (await wire.post(f"{MACHINES}/{machine}/start"))[0] == 200
    assert await wire.state(machine) == "started"
    events = (await wire.get(f"{MACHINES}/{machine}/events"))[1]
    assert isinstance(events, list)
    assert [(one["type"], one["status"]) for one in events] == [("start", "started"), ("launch", "created")]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ([], "body: must be an object, not []"),
        ({"timeout": "soon"}, "body.timeout: 'soon' is no duration such as 30s"),
        ({"timeout": 30}, "body.timeout: must be text, not 30"),
    ],
)
async def test_a_stop_that_cannot_be_read_is_refused(body: object, text: str, wire: Wire) -> None:
    """The machine stays up."""
    machine = await wire.booted()
    assert await wire.post(f"{MACHINES}/{machine}/stop", body) == (400, {"error": f"invalid_argument: {text}"})
    assert await wire.state(machine) == "started"


async def test_an_update_replaces_the_whole_config_and_reboots_what_is_up(wire: Wire) -> None:
    """Fly merges nothing; the version is another one."""
    machine = await wire.booted()
    _, before = await wire.get(f"{MACHINES}/{machine}")
    status, after = await wire.post(f"{MACHINES}/{machine}", {"config": {"image": "gw:2"}})
    assert (status, shown(after)["state"], shown(after)["config"]) == (200, "replacing", {"image": "gw:2"})
    assert str(shown(after)["instance_id"]) > str(shown(before)["instance_id"])
    assert (await wire.get(f"{MACHINES}/{machine}/wait"))[0] == 200


async def test_an_update_of_another_version_is_refused(wire: Wire) -> None:
    """The fence of an update: compare and set."""
    machine = await wire.booted()
    _, found = await wire.get(f"{MACHINES}/{machine}")
    refusal = (412, {"error": "failed_precondition: current_version does not match"})
    assert await wire.post(f"{MACHINES}/{machine}", {"config": CONFIG, "current_version": "01OLD"}) == refusal
    body = {"config": CONFIG, "current_version": shown(found)["instance_id"], "skip_launch": True}
    status, updated = await wire.post(f"{MACHINES}/{machine}", body)
    assert (status, shown(updated)["state"]) == (200, "started")


async def test_a_machine_that_is_down_stays_down_when_updated(wire: Wire) -> None:
    """The usual case; nobody may count on the other (Fly: fly.md 2.2)."""
    machine = await wire.machine(skip_launch=True)
    assert (await wire.get(f"{MACHINES}/{machine}/wait", state="stopped"))[0] == 200
    status, updated = await wire.post(f"{MACHINES}/{machine}", {"config": CONFIG})
    assert (status, shown(updated)["state"]) == (200, "stopped")


@pytest.mark.parametrize(
    ("method", "tail"),
    [
        ("GET", ""),
        ("POST", ""),
        ("POST", "/start"),
        ("POST", "/stop"),
        ("DELETE", ""),
        ("GET", "/wait"),
        ("GET", "/events"),
    ],
)
async def test_a_machine_that_is_not_there_is_not_found(method: str, tail: str, wire: Wire) -> None:
    """By whatever request."""
    response = await wire.http.request(method, f"{MACHINES}/00000000000000{tail}", json={"config": CONFIG})
    assert (response.status_code, response.json()) == NO_MACHINE


@pytest.mark.parametrize("limit", ["0", "51", "x", "²"])
async def test_events_are_limited(limit: str, wire: Wire) -> None:
    """To fifty; what cannot be read is refused."""
    machine = await wire.machine()
    text = f"invalid_argument: limit: {limit!r} is not a number from 1 to 50"
    assert await wire.get(f"{MACHINES}/{machine}/events", limit=limit) == (400, {"error": text})


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("gw", ("registry-1.docker.io", "gw", "latest", "")),
        ("library/gw:2", ("registry-1.docker.io", "library/gw", "2", "")),
        ("registry.fly.io/a/b:c@sha256:d", ("registry.fly.io", "a/b", "c", "sha256:d")),
        ("host.example:5000/gw", ("host.example:5000", "gw", "latest", "")),
    ],
)
async def test_an_image_is_taken_apart(image: str, parts: tuple[str, ...], wire: Wire) -> None:
    """Where its parts are looked at, they are the right ones."""
    machine = await wire.make(MACHINES, {"config": {"image": image}})
    _, found = await wire.get(f"{MACHINES}/{machine}")
    assert shown(found)["image_ref"] == dict(zip(("registry", "repository", "tag", "digest"), parts, strict=True))
