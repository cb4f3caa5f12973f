"""Scenes where nobody tells the truth: answers are all there is, and what they leave open stays open."""

from __future__ import annotations

import pytest

from kiloclaw_core.world.scene import SceneMachine, SceneVolume

from .telling import (
    EVICT,
    HEALTHY,
    NOTHING,
    QUIESCE,
    RUNNING,
    Words,
    answer,
    call,
    effect,
    initial,
    last_scenes,
    machine,
    volume,
    world,
    write,
)

PLACE = call("c0", "create_volume")
PLACED = answer("c0", 200, volume("v1", None))
VOLUME = (PLACE, PLACED)
"""A source without ground truth shows itself: a request took effect, and no line says so."""
MADE = (*VOLUME, call("c1", "create_machine", volume_id="v1"), answer("c1", 200, machine(state="created")))


def machines(beginning: Words, *told: Words) -> list[tuple[str, ...]]:
    """The machines of each scene that the last line allows, by their states."""
    every = {one.machines: None for one in last_scenes(beginning, *told)}
    return [tuple(f"{machine.id} {machine.state}" for machine in each) for each in every]


def volumes(beginning: Words, *told: Words) -> list[tuple[str, ...]]:
    """The volumes of each scene that the last line allows."""
    every = {tuple(volume.id for volume in one.volumes): None for one in last_scenes(beginning, *told)}
    return list(every)


def listed(name: str, *shown: Words, **args: object) -> tuple[Words, ...]:
    """A listing of machines."""
    return (call(name, "list_machines", **args), answer(name, 200, list(shown)))


def listed_volumes(name: str, *shown: Words) -> tuple[Words, ...]:
    """A listing of volumes."""
    return (call(name, "list_volumes"), answer(name, 200, list(shown)))


def test_what_an_answer_shows_is_there() -> None:
    """The machine that a create made, and the mount it was given."""
    every = {one.machines for one in last_scenes(NOTHING, *MADE)}
    assert every == {(SceneMachine("m1", "created", "v1"),)}


def test_what_is_on_a_volume_no_answer_shows() -> None:
    """So neither loss nor keeping can be claimed of it."""
    every = {(one.volumes, one.written) for one in last_scenes(NOTHING, *VOLUME)}
    empty, full = (SceneVolume("v1", None),), (SceneVolume("v1", "d1"),)
    assert every == {(empty, 0), (empty, 2), (full, 0), (full, 2)}


def test_what_was_known_of_data_is_forgotten_when_a_machine_may_write_unseen() -> None:
    """The labels of the beginning are of the beginning."""
    stopped = call("c1", "stop_machine", machine_id="m1")
    assert {one.written for one in last_scenes(HEALTHY, stopped)} == {1}
    assert {one.written for one in last_scenes(HEALTHY, stopped, answer("c1"))} == {1, 3}


@pytest.mark.parametrize(
    ("op", "status", "body", "state"),
    [
        ("start_machine", 200, None, "starting"),
        ("stop_machine", 200, None, "stopping"),
        ("update_machine", 200, machine(state="replacing"), "replacing"),
        ("get_machine", 200, machine(state="suspended"), "suspended"),
        ("wait_machine", 200, None, "stopped"),
        ("wait_machine", 408, {"state": "stopping"}, "stopping"),
    ],
)
def test_the_last_word_heard_of_a_machine_stands(op: str, status: int, body: Words | None, state: str) -> None:
    """Until the next; it may have changed by itself since, which no answer can tell."""
    asked = call("c2", op, machine_id="m1", state="stopped", volume_id="v1")
    assert machines(NOTHING, *MADE, asked, answer("c2", status, body)) == [(f"m1 {state}",)]


@pytest.mark.parametrize("op", ["start_machine", "stop_machine", "update_machine"])
def test_while_a_request_is_under_way_a_machine_may_be_in_any_state(op: str) -> None:
    """It may have landed before its answer comes; and an answer that says nothing leaves it so."""
    asked = call("c2", op, machine_id="m1", volume_id="v1")
    assert machines(NOTHING, *MADE, asked) == [("m1 destroying",), ("m1 started",)]
    assert machines(NOTHING, *MADE, asked, answer("c2", 503)) == [("m1 destroying",), ("m1 started",)]


def test_of_a_machine_that_nobody_showed_nothing_is_learnt() -> None:
    """A request about it says that somebody believes in it, no more."""
    told = (
        call("c1", "update_machine", machine_id="m7"),
        answer("c1", 200),
        call("c2", "start_machine", machine_id="m7"),
    )
    assert machines(NOTHING, *VOLUME, *told, answer("c2", 200)) == [()]


def test_a_machine_that_is_said_to_be_destroyed_is_gone() -> None:
    """By a wait, a get or a listing."""
    wait = call("c2", "wait_machine", machine_id="m1", state="destroyed")
    assert machines(NOTHING, *MADE, wait, answer("c2")) == [()]
    assert machines(NOTHING, *MADE, *listed("c2", machine(state="destroyed"))) == [()]


# -- gone, or perhaps ---------------------------------------------------------------------------------------------


def test_a_delete_under_way_leaves_both_open_and_its_answer_neither() -> None:
    """It may have landed already."""
    machine_goes = call("c2", "destroy_machine", machine_id="m1")
    volume_goes = call("c3", "delete_volume", volume_id="v1")
    assert machines(NOTHING, *MADE, machine_goes) == [(), ("m1 created",)]
    assert machines(NOTHING, *MADE, machine_goes, answer("c2", 200)) == [()]
    assert volumes(NOTHING, *MADE, volume_goes) == [(), ("v1",)]
    assert volumes(NOTHING, *MADE, volume_goes, answer("c3", 200)) == [()]


def test_a_delete_that_is_lost_however_often_proves_nothing() -> None:
    """Only looks prove."""
    tries = [line for n in "234" for line in (call(f"c{n}", "destroy_machine", machine_id="m1"), answer(f"c{n}", 503))]
    assert machines(NOTHING, *MADE, *tries) == [(), ("m1 created",)]


def test_one_look_that_does_not_show_a_machine_is_a_doubt_and_two_are_believed() -> None:
    """Listings come late and answers are stale; two looks apart are taken never to be both blind."""
    once = (call("c2", "get_machine", machine_id="m1"), answer("c2", 404))
    assert machines(NOTHING, *MADE, *once) == [(), ("m1 created",)]
    assert machines(NOTHING, *MADE, *once, *listed("c3")) == [()]
    assert machines(NOTHING, *MADE, *once, *listed("c3"), QUIESCE, *listed("c4", machine())) == [("m1 started",)]


def test_the_same_goes_for_volumes() -> None:
    """What is shown again is there again."""
    once = (call("c2", "get_volume", volume_id="v1"), answer("c2", 404))
    assert volumes(NOTHING, *VOLUME, *once) == [(), ("v1",)]
    assert volumes(NOTHING, *VOLUME, *once, *listed_volumes("c3")) == [()]
    assert volumes(NOTHING, *VOLUME, *once, *listed_volumes("c3", volume("v1", None))) == [("v1",)]


def test_a_delete_that_finds_nothing_is_done() -> None:
    """Fly: 404 on delete means done. Before anything has shown what the source tells, it is one look."""
    machine_goes = (call("c2", "destroy_machine", machine_id="m1"), answer("c2", 404))
    volume_goes = (call("c3", "delete_volume", volume_id="v1"), answer("c3", 404))
    assert (machines(NOTHING, *MADE, *machine_goes), volumes(NOTHING, *MADE, *volume_goes)) == ([()], [()])
    assert machines(HEALTHY, *machine_goes) == [(), ("m1 started",)]
    assert volumes(HEALTHY, *volume_goes) == [(), ("v1",)]


def test_an_error_that_is_no_404_says_nothing_of_what_is_there() -> None:
    """Nor does a wait that answers nothing."""
    told = (call("c2", "get_machine", machine_id="m1"), answer("c2", 500))
    waits = (call("c3", "wait_machine", machine_id="m1", state="started"), answer("c3", 500))
    assert machines(NOTHING, *MADE, *told, *waits) == [("m1 created",)]


def test_a_listing_asked_for_before_a_machine_was_seen_says_nothing_of_it() -> None:
    """It may be older than the machine."""
    asked, early = call("c2", "list_machines"), answer("c2", 200, [])
    shown = (call("c3", "get_machine", machine_id="m1"), answer("c3", 200, machine()))
    assert machines(NOTHING, *MADE, asked, *shown, early) == [("m1 started",)]


def test_a_listing_of_something_else_proves_nothing() -> None:
    """Only one of all, or of all that is the sandbox's own."""
    assert machines(NOTHING, *MADE, *listed("c2", metadata={"kiloclaw_op": "7"})) == [("m1 created",)]
    assert len(machines(NOTHING, *MADE, *listed("c2", metadata={"kiloclaw_sandbox_id": "ki_1"}))) == 2


def test_an_own_resource_that_a_listing_shows_is_there() -> None:
    """A volume that does not say whose it is may be the sandbox's, or not; a stranger's machine is not."""
    stranger = machine("m2", sandbox_id="ki_2")
    assert machines(NOTHING, *VOLUME, *listed("c1", machine(), stranger)) == [("m1 started",)]
    assert volumes(NOTHING, *VOLUME, *listed_volumes("c1", volume("v1", None), {"id": "v2"})) == [("v1",), ("v1", "v2")]


def test_what_was_taken_from_others_or_may_have_been_is_remembered() -> None:
    """An answer says that it is gone, and somebody may have said whose it was."""
    shown = listed("c1", machine("m2", sandbox_id="ki_2"))
    taken = (call("c2", "destroy_machine", machine_id="m2"), answer("c2", 200))
    nobodys = (call("c2", "delete_volume", volume_id="v9"), answer("c2", 200))
    assert {one.strangers_lost for one in last_scenes(NOTHING, *VOLUME, *shown, *taken)} == {("m2",)}
    assert {one.strangers_lost for one in last_scenes(NOTHING, *VOLUME, *nobodys)} == {(), ("v9",)}


# -- creates that nobody heard of ---------------------------------------------------------------------------------


def unheard(op: str, lost: Words) -> tuple[Words, ...]:
    """A create whose answer does not say what it made."""
    return (*VOLUME, call("c1", op, volume_id="v1"), lost)


def test_a_create_that_was_lost_may_have_made_something() -> None:
    """Also at rest: that it will not land any more does not say that it has not."""
    lost = unheard("create_machine", answer("c1", 0))
    assert machines(NOTHING, *lost) == [(), ("made by c1 started",)]
    assert machines(NOTHING, *lost, QUIESCE) == [(), ("made by c1 started",)]
    assert volumes(NOTHING, *unheard("create_volume", EVICT)) == [("v1",), ("v1", "made by c1")]


@pytest.mark.parametrize("op", ["create_machine", "create_volume"])
def test_a_create_whose_answer_shows_nothing_made_something(op: str) -> None:
    """Nobody knows its name."""
    every = last_scenes(NOTHING, *unheard(op, answer("c1", 200)))
    assert max(len((*one.machines, *one.volumes)) for one in every) == 2


def test_two_looks_that_show_nothing_new_prove_that_nothing_was_made() -> None:
    """Both asked for after the last one who waited for the answer was gone."""
    early = (call("c9", "list_machines"), *unheard("create_machine", EVICT), answer("c9", 200, []))
    assert machines(NOTHING, *early, *listed("c2")) == [(), ("made by c1 started",)]
    assert machines(NOTHING, *early, *listed("c2"), *listed("c3")) == [()]
    lost = unheard("create_volume", answer("c1", 500))
    both = (*listed_volumes("c2", volume("v1", None)), *listed_volumes("c3", volume("v1", None)))
    assert volumes(NOTHING, *lost, *both, QUIESCE) == [("v1",)]


def test_something_new_that_a_look_shows_is_what_was_made() -> None:
    """It is counted once."""
    lost = unheard("create_machine", answer("c1", 0))
    assert machines(NOTHING, *lost, *listed("c2", machine())) == [("m1 started",)]
    twice = (*lost, call("c5", "create_machine", volume_id="v1"), answer("c5", 0))
    assert machines(NOTHING, *twice, *listed("c6", machine())) == [
        ("m1 started",),
        ("m1 started", "made by c5 started"),
    ]
    placed = unheard("create_volume", answer("c1", 0))
    shown = listed_volumes("c2", volume("v1", None), volume("v2", None))
    assert volumes(NOTHING, *placed, *shown) == [("v1", "v2")]


def test_something_new_that_the_record_names_is_what_was_made() -> None:
    """A volume in a listing does not say whose it is; the record that names it does."""
    told = (*unheard("create_volume", answer("c1", 0)), *listed_volumes("c2", volume("v1", None), {"id": "v2"}))
    named = write({"status": "stopped", "volume_id": "v1", "other_volume_ids": ["v2"]})
    assert volumes(NOTHING, *told) == [("v1",), ("v1", "v2", "made by c1")]
    assert volumes(NOTHING, *told, named) == [("v1", "v2")]


def test_a_machine_that_the_record_names_is_what_was_made() -> None:
    """Where a look did not say whose it is."""
    nobodys: Words = {"id": "m9", "state": "started"}
    told = (*unheard("create_machine", answer("c1", 0)), *listed("c2", nobodys))
    assert machines(NOTHING, *told, write({**RUNNING, "machine_id": "m9"})) == [("m9 started",)]


def test_a_look_that_was_asked_for_before_the_create_explains_nothing() -> None:
    """What it shows was there already."""
    told = (*VOLUME, call("c9", "list_machines"), call("c1", "create_machine"), answer("c1", 0))
    assert len(machines(NOTHING, *told, answer("c9", 200, [machine()]))) == 2


def test_a_late_answer_is_as_good_as_any() -> None:
    """The process that asked lost its lease, not its ears."""
    told = (*unheard("create_machine", EVICT), answer("c1", 200, machine()))
    assert machines(NOTHING, *told) == [("m1 started",)]


# -- sources that tell some of the truth -------------------------------------------------------------------------


def test_where_landings_are_told_what_did_not_land_made_nothing() -> None:
    """A source that tells when looks land tells when creates do."""
    looks = (call("c8", "list_machines"), effect("c8"), answer("c8", 200, []))
    assert machines(NOTHING, *looks, call("c1", "create_machine"), answer("c1", 0)) == [()]
    landed = (call("c1", "create_machine"), effect("c1"), answer("c1", 0))
    assert machines(NOTHING, *looks, *landed) == [(), ("made by c1 started",)]


def test_what_landed_and_is_not_told_is_not_forgotten_where_changes_are() -> None:
    """A line is missing: the world may have one machine more than was told."""
    told = (world(None, (machine(state="stopped"),)), call("c1", "create_machine"), effect("c1"))
    assert machines(HEALTHY, *told) == [("m1 stopped",)]
    assert machines(HEALTHY, *told, EVICT) == [("m1 stopped",), ("m1 stopped", "made by c1 started")]
    assert machines(HEALTHY, *told, EVICT, world("c1", (machine("m2"),))) == [("m1 stopped", "m2 started")]


@pytest.mark.parametrize(
    ("op", "found"),
    [
        ("create_volume", True),
        ("create_machine", True),
        ("update_machine", True),
        ("start_machine", True),
        ("stop_machine", False),
        ("destroy_machine", True),
        ("delete_volume", True),
        ("get_machine", False),
        ("get_volume", False),
        ("list_machines", False),
        ("wait_machine", False),
        ("list_volumes", False),
    ],
)
def test_a_landing_that_should_have_changed_something_and_did_not_ends_the_trust(op: str, found: bool) -> None:  # noqa: FBT001
    """A source that tells when requests land need not tell what they do: then answers are all there is.

    A stop of what is stopped changes nothing, nor does a look.
    """
    beginning = initial(RUNNING, (machine(state="stopped"),), (volume(),))
    told = (call("c1", op, machine_id="m1", volume_id="v1", state="stopped"), effect("c1"), answer("c1", 200))
    assert ({one.written for one in last_scenes(beginning, *told)} == {1, 3}) is found


@pytest.mark.parametrize("op", ["destroy_machine", "delete_volume"])
def test_a_delete_of_what_is_gone_ends_no_trust(op: str) -> None:
    """Done is done; there was nothing to change."""
    told = (world(), call("c1", op, machine_id="m7", volume_id="v7"), effect("c1"), answer("c1", 200))
    assert {one.written for one in last_scenes(HEALTHY, *told)} == {1}


def test_what_is_not_about_machines_and_volumes_ends_no_trust() -> None:
    """Not every landing at the registry has its line."""
    told = [line for op in ("registry", "mark_destroyed", "list_snapshots") for line in (call(op, op), answer(op, 200))]
    assert {one.written for one in last_scenes(HEALTHY, *told, QUIESCE)} == {1}


def test_a_request_that_nobody_heard_of_leaves_doubt_before_anything_has_shown() -> None:
    """Until the first change is told, nobody knows whether it would be."""
    asked = call("c1", "stop_machine", machine_id="m1")
    goes = call("c2", "delete_volume", volume_id="v1")
    assert machines(HEALTHY, asked) == [("m1 started",)]
    assert machines(HEALTHY, asked, EVICT) == [("m1 destroying",), ("m1 started",)]
    assert machines(HEALTHY, asked, EVICT, world()) == [("m1 started",)]
    assert volumes(HEALTHY, goes) == [("v1",)]
    assert volumes(HEALTHY, asked, goes, answer("c1", 200)) == [(), ("v1",)]
