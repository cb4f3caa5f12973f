"""Every kind of fault: what it does to the request it meets, and that it stops when it should."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import httpx
import pytest

from kiloclaw_adapters.simulator import (
    Befall,
    Capped,
    ClaimLingers,
    Cold,
    Dark,
    Delay,
    Drop,
    EchoDiffers,
    Fault,
    Full,
    Garble,
    Ghost,
    Happening,
    Hold,
    ImageMissing,
    Lag,
    Launches,
    NameLingers,
    Omit,
    Operation,
    OverQuota,
    RateLimit,
    Refuse,
    SecretsLag,
    Simulator,
    Slow,
    Stuck,
    TooEarly,
    Unreachable,
    Unseen,
    When,
    refuse,
)
from kiloclaw_adapters.simulator.faults import REFUSALS
from kiloclaw_adapters.simulator.kinds import Kind
from kiloclaw_adapters.simulator.reading import Fields
from kiloclaw_adapters.simulator.spelling import KINDS, read_fault, write_fault

from .suite import APP, CONFIG, MACHINES, NO_MACHINE, NO_VOLUME, VOLUMES, Wire, listed, shown, things

pytestmark = pytest.mark.anyio

EVERY_KIND: Final[tuple[Kind, ...]] = (
    Drop(When.AFTER),
    Delay(5, 7),
    Refuse(409, "text", When.AFTER),
    Garble(520),
    Hold(When.AFTER),
    Unseen("vol_1"),
    Ghost("pending_destroy", 60_000),
    Stuck(),
    Unreachable(503),
    Full(409),
    OverQuota(4096),
    RateLimit(),
    Omit(("region", "config")),
    EchoDiffers(),
    Lag(30_000),
    Dark(),
    Slow(500),
    ClaimLingers(60_000, nul=True),
    NameLingers(60_000),
    TooEarly(10_000),
    ImageMissing(10_000),
    SecretsLag(2_000),
    Befall(Happening.OUT_OF_MEMORY, 250),
    Launches(),
    Cold(),
    Capped(3),
)
HAPPENINGS: Final = [what.value for what in Happening]
WHOM: Final[Mapping[type[Kind], dict[str, str]]] = {
    Unreachable: {"of": "m1"},
    Full: {"region": "ams"},
    OverQuota: {"region": "ams"},
    Dark: {"region": "ams"},
}


@pytest.mark.parametrize("kind", EVERY_KIND, ids=lambda kind: type(kind).__name__)
async def test_a_fault_is_the_same_over_http_as_from_python(kind: Kind) -> None:
    """What is written is read back as it was."""
    whom = WHOM.get(type(kind), {})
    fault = Fault(kind, operation=Operation.GET_MACHINE, app="inst-1", without_cookie=True, **whom)  # type: ignore[arg-type]
    assert read_fault(Fields(write_fault(fault), "body")) == fault


def test_every_kind_of_fault_is_tried_here() -> None:
    """A kind that is added must be read and written too."""
    assert {write_fault(Fault(kind, **WHOM.get(type(kind), {})))["kind"] for kind in EVERY_KIND} == set(KINDS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "body.kind: is missing"),
        ({"kind": "sneeze"}, f"body.kind: 'sneeze' is no kind of fault; there are {', '.join(sorted(KINDS))}"),
        ({"kind": "drop", "when": "during"}, "body.when: 'during' is none of before, after"),
        ({"kind": "drop", "times": 0}, "body.times: must be at least 1, not 0"),
        ({"kind": "drop", "nth": "2"}, 'body.nth: must be a whole number, not "2"'),
        ({"kind": "drop", "nth": True}, "body.nth: must be a whole number, not true"),
        ({"kind": "drop", "region": "ams"}, "body: drop: only full, over_quota, dark have a region"),
        ({"kind": "full"}, "body: full: region must be named"),
        ({"kind": "unreachable"}, "body: unreachable: of must name the machine, volume or host that does not answer"),
        (
            {"kind": "rate_limit", "times": 2},
            "body: rate_limit: lasts until it is taken away, so it has no nth, no times and no chance",
        ),
        ({"kind": "omit", "fields": ["a", 1]}, "body.fields: must be a list of texts, and not empty"),
        ({"kind": "refuse", "refusal": "nope"}, f"body.refusal: 'nope' is none of {', '.join(sorted(REFUSALS))}"),
        ({"kind": "refuse", "status": 700, "text": ""}, "body.status: must be a status of HTTP, not 700"),
        ({"kind": "full", "region": "ams", "status": 9}, "body.status: must be a status of HTTP, not 9"),
        ({"kind": "drop", "chance": 0}, "body: drop: chance must be above 0 and at most 1, not 0.0"),
        ({"kind": "drop", "chance": "often"}, 'body.chance: must be a number, not "often"'),
        ({"kind": "lag"}, "body.by_ms: is missing"),
        ({"kind": "lag", "by_ms": 60_001}, "body: by_ms must be 1 to 60000, not 60001"),
        ({"kind": "befall"}, "body.what: is missing"),
        ({"kind": "befall", "what": "sneeze"}, f"body.what: 'sneeze' is none of {', '.join(HAPPENINGS)}"),
    ],
)
async def test_a_fault_that_cannot_be_read_is_refused_by_name(body: object, text: str, wire: Wire) -> None:
    """A test with a fault that is not there would pass for the wrong reason."""
    assert await wire.post("/_sim/faults", body) == (400, {"error": text})


async def test_a_wish_without_effect_is_refused(wire: Wire) -> None:
    """A misspelt field would be passed over, and the fault meet everything."""
    status, body = await wire.post("/_sim/faults", {"kind": "ghost", "operaton": "get_machine"})
    assert (status, str(shown(body)["error"]).split(";")[0]) == (400, "body.operaton: no such field")


@pytest.mark.parametrize(("when", "left"), [(When.BEFORE, 0), (When.AFTER, 1)])
async def test_a_dropped_create_has_its_effect_or_not(when: When, left: int, wire: Wire, simulator: Simulator) -> None:
    """To the caller both look alike: the outcome is unknown."""
    simulator.add(Fault(Drop(when), operation=Operation.CREATE_VOLUME))
    with pytest.raises(httpx.RemoteProtocolError):
        await wire.volume()
    assert len(simulator.fly.volumes) == left
    assert (simulator.requests[-1].answered, simulator.requests[-1].ended_ms) == (None, 1_770_000_000_000)


@pytest.mark.parametrize(("when", "left"), [(When.BEFORE, 0), (When.AFTER, 1)])
@pytest.mark.parametrize("kind", ["timed_out", "unavailable", "garbled"])
async def test_a_spoiled_answer_says_nothing_of_the_effect(
    kind: str, when: When, left: int, wire: Wire, simulator: Simulator
) -> None:
    """A 408, a 503, a page of HTML: applied or not, nobody can tell."""
    simulator.add(Fault(Garble(502, when) if kind == "garbled" else refuse(kind, when)))
    status, body = await wire.post(VOLUMES, {"name": "data"})
    expected = {"timed_out": 408, "unavailable": 503, "garbled": 502}
    assert (status, isinstance(body, str)) == (expected[kind], kind == "garbled")
    assert len(simulator.fly.volumes) == left


@pytest.mark.parametrize("name", REFUSALS)
async def test_each_refusal_of_fly_can_be_had_by_its_name(name: str, wire: Wire) -> None:
    """With its status and its text; the machine that was asked about is named where the text names one."""
    machine = await wire.booted()
    await wire.fault("refuse", refusal=name, operation="start_machine")
    response = await wire.http.post(f"{MACHINES}/{machine}/start")
    status, text = REFUSALS[name]
    assert (response.status_code, response.text) == (status, text.replace("{of}", machine))
    assert response.json()


async def test_a_fault_meets_from_the_nth_request_on_so_many_times(wire: Wire) -> None:
    """The rest pass."""
    number = await wire.fault("refuse", refusal="rate_limited", operation="list_volumes", nth=2, times=2)
    assert [(await wire.get(VOLUMES))[0] for _ in range(5)] == [200, 429, 429, 200, 200]
    _, faults = await wire.get("/_sim/faults")
    (entry,) = things(faults, "faults")
    assert (entry["number"], entry["matched"], entry["met"], entry["held"]) == (number, 5, 2, 0)


async def test_a_fault_meets_only_what_it_names(wire: Wire) -> None:
    """An operation, an app, a machine."""
    one, other = await wire.machine(), await wire.machine("gw-2")
    await wire.fault("unseen", operation="get_machine", app="inst-1", of=one)
    assert await wire.get(f"{MACHINES}/{one}") == NO_MACHINE
    assert (await wire.get(f"{MACHINES}/{other}"))[0] == 200
    assert len(listed(await wire.get(MACHINES))) == 2


async def test_a_fault_is_taken_away_by_its_number(wire: Wire) -> None:
    """And all of them at once; one that is not on is not found."""
    number = await wire.fault("unseen")
    assert await wire.get(APP) == (404, {"error": "app not found"})
    assert await wire.delete(f"/_sim/faults/{number}") == (200, {"ok": True})
    assert (await wire.get(VOLUMES))[0] == 200
    answer = (404, {"error": f"path: no fault has the number '{number}'"})
    assert await wire.delete(f"/_sim/faults/{number}") == answer
    await wire.fault("unseen")
    assert await wire.delete("/_sim/faults") == (200, {"ok": True})
    assert await wire.get("/_sim/faults") == (200, {"faults": []})


async def test_what_was_just_made_may_not_be_seen_yet(wire: Wire) -> None:
    """By a get, a poll, a list; though the create answered 200 (Fly: fly.md 4.4)."""
    machine, volume = await wire.machine(), await wire.volume()
    await wire.fault("unseen", times=5)
    assert await wire.get(f"{MACHINES}/{machine}") == NO_MACHINE
    assert await wire.get(f"{MACHINES}/{machine}/wait") == NO_MACHINE
    assert await wire.get(f"{VOLUMES}/{volume}") == NO_VOLUME
    assert [await wire.get(MACHINES), await wire.get(VOLUMES)] == [(200, []), (200, [])]
    assert listed(await wire.get(MACHINES)) == [machine]


async def test_a_list_may_lack_one(wire: Wire) -> None:
    """And show the rest."""
    one, other = await wire.volume(), await wire.volume()
    await wire.fault("unseen", operation="list_volumes", missing=one)
    assert listed(await wire.get(VOLUMES)) == [other]


async def test_who_brings_the_cookie_reads_what_it_wrote(wire: Wire) -> None:
    """The cookie is set by writes, and leads to the same front end (Fly: fly.md 1.0)."""
    await wire.fault("unseen", without_cookie=True)
    machine = await wire.machine()
    assert (await wire.get(f"{MACHINES}/{machine}"))[0] == 200
    wire.http.cookies.clear()
    assert await wire.get(f"{MACHINES}/{machine}") == NO_MACHINE


async def test_what_was_deleted_may_be_seen_still(wire: Wire) -> None:
    """A machine as destroyed, a volume as if nothing had happened; yet nothing can be made on it."""
    machine, volume = await wire.machine(), await wire.volume()
    await wire.delete(f"{MACHINES}/{machine}")
    await wire.delete(f"{VOLUMES}/{volume}")
    await wire.fault("ghost")
    assert await wire.state(machine) == "destroyed"
    status, ghost = await wire.get(f"{VOLUMES}/{volume}")
    assert (status, shown(ghost)["state"]) == (200, "created")
    assert (listed(await wire.get(MACHINES)), listed(await wire.get(VOLUMES))) == ([machine], [volume])
    refused = await wire.post(MACHINES, {"config": {**CONFIG, "mounts": [{"volume": volume}]}})
    assert refused == (400, {"error": "volume does not exist"})


async def test_a_machine_may_be_stuck_until_somebody_helps(wire: Wire) -> None:
    """On any of its ways (Fly: fly.md 2.1)."""
    machine = await wire.booted()
    await wire.fault("stuck", operation="stop_machine", times=1)
    await wire.post(f"{MACHINES}/{machine}/stop")
    assert (await wire.get(f"{MACHINES}/{machine}/wait", state="stopped", timeout="60"))[0] == 408
    await wire.post(f"/_sim/machines/{machine}/advance")
    assert await wire.state(machine) == "stopped"


async def test_a_host_that_does_not_answer_shows_little_and_changes_nothing(wire: Wire) -> None:
    """The config is gone, not empty; changes time out (Fly: fly.md 2.3)."""
    machine = await wire.booted()
    await wire.fault("unreachable", of=machine)
    _, found = await wire.get(f"{MACHINES}/{machine}")
    assert (shown(found)["host_status"], shown(found)["incomplete_config"]) == (
        "unreachable",
        {"image": CONFIG["image"]},
    )
    assert "config" not in shown(found)
    timed_out = (408, {"error": "deadline_exceeded: the host did not answer"})
    assert [await wire.post(f"{MACHINES}/{machine}/{verb}") for verb in ("start", "stop")] == [timed_out, timed_out]
    assert await wire.post(f"{MACHINES}/{machine}", {"config": CONFIG}) == timed_out
    assert (await wire.get(f"/_sim/machines/{machine}/_kilo/health"))[0] == 503


async def test_a_delete_waits_for_the_host_to_come_back(wire: Wire) -> None:
    """Until then the name is held by a machine that is dying."""
    machine = await wire.booted()
    number = await wire.fault("unreachable", of=machine)
    assert await wire.delete(f"{MACHINES}/{machine}", force="true") == (200, {"ok": True})
    assert await wire.state(machine) == "destroying"
    assert (await wire.post(MACHINES, {"name": "gw-1", "config": CONFIG}))[0] == 409
    await wire.delete(f"/_sim/faults/{number}")
    assert await wire.get(f"{MACHINES}/{machine}") == NO_MACHINE


async def test_a_machine_whose_host_does_not_answer_does_not_arrive(wire: Wire) -> None:
    """Its state is frozen, and goes on when the host is back."""
    machine = await wire.machine()
    number = await wire.fault("unreachable", of=machine)
    assert (await wire.get(f"{MACHINES}/{machine}/wait"))[0] == 408
    await wire.delete(f"/_sim/faults/{number}")
    assert await wire.state(machine) == "started"


async def test_a_full_region_is_passed_over_and_the_last_one_refuses(wire: Wire) -> None:
    """In the words for a volume, for a machine, and for a machine that is bound to its volume's host."""
    volume = await wire.volume()
    await wire.fault("full", region="ams")
    _, made = await wire.post(VOLUMES, {"name": "data", "region": "ams,fra"})
    assert shown(made)["region"] == "fra"
    assert await wire.post(VOLUMES, {"name": "data", "region": "ams"}) == (400, {"error": "no capacity"})
    anywhere = {"error": "could not find a candidate host in ams", "status": "insufficient_capacity"}
    assert await wire.post(MACHINES, {"config": CONFIG, "region": "ams"}) == (422, anywhere)
    text = f"insufficient resources to create new machine with existing volume '{volume}'"
    bound = {"error": text, "status": "volume_placement_capacity"}
    body = {"config": {**CONFIG, "mounts": [{"volume": volume}]}}
    assert await wire.post(MACHINES, body) == (412, bound)


async def test_a_quota_holds_in_one_region(wire: Wire) -> None:
    """403, which elsewhere means something else entirely."""
    volume = await wire.volume()
    await wire.fault("over_quota", region="ams")
    text = 'organization "personal" is using 204800 MB of memory in ams which is over the allowed quota'
    assert await wire.post(VOLUMES, {"name": "data", "region": "ams"}) == (403, {"error": text})
    body = {"config": {**CONFIG, "mounts": [{"volume": volume}]}}
    assert await wire.post(MACHINES, body) == (403, {"error": text})
    assert (await wire.post(VOLUMES, {"name": "data", "region": "ams,fra"}))[0] == 200


async def test_requests_above_the_rate_are_refused(wire: Wire, simulator: Simulator) -> None:
    """Three at once and then one a second; looking at one machine ten, and five."""
    machine = await wire.machine()
    await wire.fault("rate_limit")
    assert [(await wire.get(VOLUMES))[0] for _ in range(4)] == [200, 200, 200, 429]
    assert [(await wire.get(f"{MACHINES}/{machine}"))[0] for _ in range(11)] == [200] * 10 + [429]
    await simulator.clock.until(asyncio.Event(), 1.0)
    assert [(await wire.get(VOLUMES))[0] for _ in range(2)] == [200, 429]


async def test_a_delay_comes_before_or_after_the_effect(wire: Wire, simulator: Simulator) -> None:
    """The moment of landing tells which."""
    await wire.fault("delay", operation="create_volume", before_ms=2000, after_ms=3000)
    await wire.volume()
    asked = simulator.requests[-1]
    assert asked.landed_ms is not None
    assert asked.ended_ms is not None
    assert (asked.landed_ms - asked.came_ms, asked.ended_ms - asked.landed_ms) == (2000, 3000)


async def test_an_answer_may_lack_fields(wire: Wire) -> None:
    """Of one thing, and of each in a list; a refusal stays whole."""
    volume = await wire.volume()
    await wire.fault("omit", fields=["region", "error"])
    assert "region" not in shown((await wire.get(f"{VOLUMES}/{volume}"))[1])
    _, found = await wire.get(VOLUMES)
    assert isinstance(found, list)
    assert ["region" in one for one in found] == [False]
    assert await wire.get(f"{VOLUMES}/vol_none") == NO_VOLUME


async def test_a_config_may_be_echoed_otherwise(wire: Wire) -> None:
    """Why no decision compares the two (Fly: fly.md 1.4)."""
    added = {"init": {}, "restart": {"policy": "on-failure", "max_retries": 10}}
    services = [{"autostop": "off"}, {"autostop": "stop"}, {}]
    one = await wire.make(MACHINES, {"config": {**CONFIG, "services": services}})
    other = await wire.make(MACHINES, {"config": CONFIG})
    await wire.fault("echo_differs")
    echoes = [shown((await wire.get(f"{MACHINES}/{machine}"))[1])["config"] for machine in (one, other)]
    assert echoes == [
        {**CONFIG, **added, "services": [{"autostop": False}, {"autostop": True}, {}]},
        {**CONFIG, **added},
    ]
