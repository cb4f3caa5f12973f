"""How the demo judges itself: two witnesses make one trace, and a run that went wrong is found out."""

from __future__ import annotations

import asyncio
from typing import TypeAlias

import httpx
from attrs import evolve

from kiloclaw_adapters.demo import Judgement, judge
from kiloclaw_adapters.demo.merging import TraceLine, calls_of, matched, merged
from kiloclaw_adapters.demo.outside import Change, Landing, Outside, Thing

Words: TypeAlias = dict[str, object]

HEADER = {"kind": "header", "trace": "kiloclaw-trace/1", "source": "kiloclaw", "sandbox_id": "ki_1", "user_id": "u"}
INITIAL = {"kind": "initial", "at": 1, "record": None, "alarm_due": None, "machines": [], "volumes": []}
RUNNING = {"status": "running", "desired": "running", "machine_id": "m1", "volume_id": "v1"}
DESTROYING = {"status": "destroying", "desired": "gone", "pending_destroy_machine_id": "m1"}
VOLUME = Thing("volume", "v1", {"id": "v1", "sandbox_id": "ki_1", "state": "created", "data": "d1"})


def machine(name: str) -> Thing:
    """A machine of the sandbox on its volume."""
    return Thing("machine", name, {"id": name, "sandbox_id": "ki_1", "state": "started", "volume_id": "v1"})


def call(at: int, number: int, op: str, **args: str) -> TraceLine:
    """A request leaves."""
    return {"kind": "call", "at": at, "id": f"c{number}", "op": op, "args": args}


def answer(at: int, number: int, status: int = 200) -> TraceLine:
    """Its answer comes."""
    return {"kind": "answer", "at": at, "id": f"c{number}", "status": status}


LIFE: tuple[TraceLine, ...] = (
    HEADER,
    INITIAL,
    call(2, 1, "create_volume"),
    answer(4, 1),
    call(5, 2, "create_machine", volume_id="v1", sandbox_id="ki_1"),
    answer(7, 2),
    {"kind": "write", "at": 8, "record": RUNNING},
    {"kind": "write", "at": 10, "record": DESTROYING},
    call(11, 3, "destroy_machine", machine_id="m1"),
    answer(13, 3),
    call(14, 4, "delete_volume", volume_id="v1"),
    answer(16, 4),
    {"kind": "write", "at": 17, "record": None},
    {"kind": "quiesce", "at": 18},
)
"""A machine and its volume from the first request to the last, as the recorder writes it."""
LANDINGS = (
    Landing(1, "create_volume", "", 2, 3),
    Landing(2, "create_machine", "", 5, 6),
    Landing(3, "delete_machine", "m1", 11, 12),
    Landing(4, "delete_volume", "v1", 14, 15),
)
CHANGES = (
    Change(3, None, VOLUME, LANDINGS[0]),
    Change(6, None, machine("m1"), LANDINGS[1]),
    Change(12, machine("m1"), None, LANDINGS[2]),
    Change(15, VOLUME, None, LANDINGS[3]),
)
"""The same life, as Fly saw it."""


def verdicts(landings: tuple[Landing, ...], changes: tuple[Change, ...]) -> dict[str, Judgement]:
    """What becomes of the claims, by name, if this is what Fly saw."""
    return {one.name: one for one in judge(merged(LIFE, landings, changes))}


def test_the_truth_of_fly_stands_between_a_call_and_its_answer() -> None:
    """A volume that is shown as gone before it was asked to go would break claims that hold."""
    lines = merged(LIFE, LANDINGS, CHANGES)

    assert [(line["kind"], line.get("at")) for line in lines[2:6]] == [
        ("call", 2),
        ("effect", 3),
        ("world", 3),
        ("answer", 4),
    ]
    assert lines[4] == {"kind": "world", "volumes": [dict(VOLUME.fields)], "at": 3, "cause": "c1"}


def test_a_clock_that_is_ahead_does_not_put_an_effect_behind_its_answer() -> None:
    """Two processes may tell one moment differently, but never cause and effect."""
    late = (evolve(LANDINGS[0], landed_ms=9),)
    lines = merged(LIFE, late, (evolve(CHANGES[0], at_ms=9, by=late[0]),))

    assert [line["kind"] for line in lines[2:6]] == ["call", "effect", "world", "answer"]


def test_what_somebody_else_did_has_no_cause() -> None:
    """Nobody of ours deleted it, and the trace must not say so."""
    by_hand = Landing(9, "delete_machine", "m1", 8, 8)
    lines = merged(LIFE, (by_hand,), (Change(8, machine("m1"), None, by_hand),))

    assert [line for line in lines if line["kind"] in {"effect", "world"}] == [
        {"kind": "world", "machines": [{**machine("m1").fields, "gone": True}], "at": 8}
    ]


def test_a_call_that_was_refused_before_is_not_the_one_that_landed() -> None:
    """The same delete is asked for again once its volume is free; the first one changed nothing."""
    first, refused = call(2, 1, "delete_volume", volume_id="v1"), answer(3, 1, 412)
    second, done = call(8, 2, "delete_volume", volume_id="v1"), answer(11, 2)
    landing = Landing(7, "delete_volume", "v1", 9, 10)

    caused = matched(calls_of((HEADER, INITIAL, first, refused, second, done)), (landing,))

    assert {number: one.id for number, (one, _) in caused.items()} == {7: "c2"}


def test_a_life_that_went_well_is_judged_so() -> None:
    """The failing ones below differ from it in one thing each."""
    judged = verdicts(LANDINGS, CHANGES)

    assert judged["one machine at most"].verdict == "held"
    assert judged["nothing is left behind"].verdict == "held"
    assert judged["gone"].verdict == "witnessed"
    assert [one.name for one in judged.values() if one.verdict == "broken"] == []


def test_a_second_machine_is_found_out() -> None:
    """What the recorder does not know of, Fly tells."""
    second = Change(7, None, machine("m2"), None)

    assert verdicts(LANDINGS, (*CHANGES, second))["one machine at most"].fails


def test_a_volume_that_is_left_behind_is_found_out() -> None:
    """The record says gone, and Fly says otherwise."""
    forgotten = Thing("volume", "v2", {**VOLUME.fields, "id": "v2", "data": "empty"})

    assert verdicts(LANDINGS, (*CHANGES, Change(7, None, forgotten, None)))["nothing is left behind"].fails


def test_what_was_promised_and_not_seen_fails_and_the_rest_does_not() -> None:
    """A demo that no longer shows its race must not pass for one that does."""
    missing = Judgement("destroyed while creating", "It is seen.", "not_witnessed")
    other = Judgement("two resources go", "They go.", "not_witnessed")

    assert [missing.fails, other.fails, evolve(other, verdict="broken").fails] == [True, False, True]


def truth(*, machines: tuple[Words, ...] = (), volumes: dict[str, int], requests: tuple[Words, ...] = ()) -> Words:
    """What the simulator tells: these machines, and volumes with contents of these ages."""
    about = {"app": "a", "name": "kiloclaw_1", "region": "ams"}
    told = [{"volume": name, "data": age, **about} for name, age in volumes.items()]
    return {"machines": list(machines), "volumes": told, "requests": list(requests)}


def looks(*truths: Words) -> Outside:
    """Whoever looked at Fly while it was so, one after the other."""
    left = list(truths)

    async def look() -> Outside:
        transport = httpx.MockTransport(lambda _: httpx.Response(200, json=left.pop(0)))
        async with httpx.AsyncClient(transport=transport, base_url="http://fly") as client:
            outside = Outside(client, "ki_1", "a")
            while left:
                await outside.look(100)
            return outside

    return asyncio.run(look())


def test_a_copy_has_the_label_of_what_it_was_made_of_for_ever() -> None:
    """The ages that the simulator tells are counted anew all the time; what a user wrote stays what it is."""
    outside = looks(
        truth(volumes={"v1": 0}),
        truth(volumes={"v1": 1}),
        truth(volumes={"v1": 1, "v2": 1}),
        truth(volumes={"v1": 1, "v2": 2, "v3": 0}),
        truth(volumes={"v2": 1, "v3": 2}),
    )

    assert outside.labels == {"v1": "d1", "v2": "d1", "v3": "d2"}
    assert [(one.id, one.state) for one in outside.things.values()] == [("v2", "d1"), ("v3", "d2")]


def test_a_look_at_fly_dates_what_came_by_the_request_that_made_it() -> None:
    """A look comes some milliseconds late; the simulator knows to the millisecond."""
    request: Words = {
        "number": 4,
        "app": "a",
        "operation": "create_machine",
        "of": "",
        "came_ms": 90,
        "landed_ms": 95,
        "ended_ms": 96,
    }
    machine: Words = {"machine": "m1", "app": "a", "name": "ki_1", "state": "created", "region": "ams"}
    machine |= {"volume": None, "sandbox": "ki_1", "version": "i1"}
    outside = looks(truth(machines=(machine,), volumes={}, requests=({**request, "answered": 200},)))
    (made,) = outside.changes

    assert (made.at_ms, made.before, made.by) == (95, None, Landing(4, "create_machine", "", 90, 95))
    assert made.after is not None
    assert (made.after.id, made.after.state) == ("m1", "created")


def test_what_is_in_another_app_is_counted_and_not_mistaken() -> None:
    """Another user's machine is no second one of this one's; that nothing is left of it is seen all the same."""
    other: Words = {"volume": "v9", "data": 0, "app": "b", "name": "kiloclaw_9", "region": "ams"}
    mine: Words = {**other, "volume": "v1", "app": "a"}
    outside = looks({"machines": [], "volumes": [mine, other], "requests": []})

    assert (list(outside.things), outside.elsewhere) == (["v1"], 1)
