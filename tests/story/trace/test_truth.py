"""Scenes where the source tells the truth: what really is, whatever was answered."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_core.trace import scenes
from kiloclaw_core.world.scene import Pending, RecordWords, Scene, SceneMachine, SceneVolume

from .telling import (
    DESTROYING,
    EVICT,
    HEALTHY,
    NOTHING,
    QUIESCE,
    RUNNING,
    STOPPED,
    Words,
    alarm_set,
    answer,
    call,
    command,
    effect,
    gone,
    initial,
    last_scene,
    last_scenes,
    machine,
    trace,
    volume,
    world,
    write,
)

AT_FIRST = Scene(
    record=RecordWords("running", "m1", "v1", desired="running"),
    machines=(SceneMachine("m1", "started", "v1"),),
    volumes=(SceneVolume("v1", "d1"),),
    written=1,
)
STRANGER = {"sandbox_id": "ki_2"}


def test_a_beginning_is_a_scene() -> None:
    """Claims may already be broken when the trace begins."""
    assert tuple(scenes(trace(HEALTHY))) == ((2, AT_FIRST),)


def test_a_trace_that_does_not_say_how_it_began_has_no_scenes() -> None:
    """Nothing may be claimed of a world that nobody described; what is malformed is still told."""
    header, _, *happenings = trace(HEALTHY, EVICT, QUIESCE)
    assert (tuple(scenes((header, *happenings))), tuple(scenes((header,)))) == ((), ())


def test_what_claims_do_not_look_at_has_no_scene() -> None:
    """Only lines after which something may be otherwise."""
    told = (command("poll"), alarm_set(None), {"kind": "reply", "id": "k1", "ok": True}, EVICT)
    assert [line for line, _ in scenes(trace(HEALTHY, *told))] == [2, 6]


def test_others_in_the_same_app_are_not_in_the_scene() -> None:
    """Own is what bears the sandbox's id; what is known to be another's is not looked at."""
    mine, theirs = machine("m1"), machine("m2", **STRANGER)
    scene = last_scene(initial(RUNNING, (mine, theirs), (volume(), volume("v2", "d2", **STRANGER))))
    assert scene == AT_FIRST


def test_the_truth_changes_what_it_names_and_nothing_else() -> None:
    """Whole objects of what changed, and what is gone."""
    fork = volume("v2", "d1")
    scene = last_scene(HEALTHY, world(None, (gone(machine()),), (fork,)))
    assert scene == evolve(AT_FIRST, machines=(), volumes=(SceneVolume("v1", "d1"), SceneVolume("v2", "d1")))


def test_a_machine_that_is_destroyed_is_gone() -> None:
    """Fly shows such machines for a while; nothing is left of them."""
    assert last_scene(HEALTHY, world(None, (machine(state="destroyed"),))).machines == ()


def test_answers_teach_nothing_where_the_truth_is_told() -> None:
    """A stale 404 or an empty listing is an answer, and not the world."""
    told = (
        world(None, (machine(state="stopped"),)),
        call("c1", "list_machines"),
        effect("c1"),
        answer("c1", 200, []),
        call("c2", "get_machine", machine_id="m1"),
        answer("c2", 404),
    )
    assert last_scene(HEALTHY, *told) == evolve(AT_FIRST, machines=(SceneMachine("m1", "stopped", "v1"),))


def test_a_first_change_overrules_what_was_answered_before() -> None:
    """Until something changes, nobody can know whether the source tells the truth."""
    looks = (call("c1", "list_machines"), effect("c1"), answer("c1", 200, []))
    more = (call("c2", "list_volumes"), effect("c2"), answer("c2", 200, [volume("v9", None)]))
    assert len(last_scenes(HEALTHY, *looks, *more)) > 1
    assert last_scene(HEALTHY, *looks, *more, world(None, (machine(),))) == AT_FIRST


@pytest.mark.parametrize(
    ("op", "args", "named"),
    [
        ("create_machine", {}, "CreateMachine"),
        ("create_volume", {}, "CreateVolume"),
        ("update_machine", {"machine_id": "m1"}, "UpdateMachine"),
        ("start_machine", {"machine_id": "m1"}, "StartMachine"),
        ("stop_machine", {"machine_id": "m1"}, "StopMachine"),
    ],
)
def test_what_must_be_settled_is_pending_until_it_lands(op: str, args: Words, named: str) -> None:
    """In the words that the explored system has for its requests."""
    sent = call("c1", op, **args)
    assert last_scene(HEALTHY, sent).pending == (Pending(named, heard=True),)
    assert last_scene(HEALTHY, sent, effect("c1")).pending == ()


def test_what_is_refused_is_not_pending() -> None:
    """A 4xx says that it will not land, save 408."""
    assert last_scene(HEALTHY, call("c1", "stop_machine", machine_id="m1"), answer("c1", 409)).pending == ()


@pytest.mark.parametrize("op", ["get_machine", "destroy_machine"])
def test_looks_and_deletes_are_never_pending(op: str) -> None:
    """They may land at any time and change nothing that is wanted."""
    assert {one.pending for one in last_scenes(HEALTHY, call("c1", op, machine_id="m1"), EVICT)} == {()}


@pytest.mark.parametrize("lost", [answer("c1", 0), answer("c1", 408), answer("c1", 503), EVICT], ids=str)
def test_what_nobody_heard_the_end_of_is_in_doubt(lost: Words) -> None:
    """It may land yet, or be lost for good: the line has both scenes, until the trace comes to rest."""
    told = (world(None, (machine(),)), call("c1", "stop_machine", machine_id="m1"), lost)
    assert [one.pending for one in last_scenes(HEALTHY, *told)] == [(), (Pending("StopMachine", heard=False),)]
    assert last_scene(HEALTHY, *told, QUIESCE).pending == ()


def test_a_late_landing_ends_the_doubt() -> None:
    """The truth says otherwise, though the answer was lost long ago."""
    told = (call("c1", "stop_machine", machine_id="m1"), answer("c1", 0), effect("c1"))
    assert last_scenes(HEALTHY, *told, world("c1", (machine(state="stopping"),)))[0].pending == ()


def test_a_landing_after_the_rest_is_as_good_as_any() -> None:
    """Requests cut off by an evict may remain, and land when nobody thinks of them any more (trace-format.md)."""
    told = (call("c1", "create_volume"), EVICT, QUIESCE, effect("c1"), world("c1", (), (volume("v2", "empty"),)))
    assert [one.id for one in last_scene(HEALTHY, *told, answer("c1", 200)).volumes] == ["v1", "v2"]


def test_a_landing_that_nothing_waits_for_is_passed_over() -> None:
    """The request is closed, and the lines of the world say what it did."""
    told = (call("c1", "list_volumes"), effect("c1"), answer("c1", 200, [volume()]), effect("c1"))
    assert last_scene(HEALTHY, *told) == AT_FIRST


# -- destroy ------------------------------------------------------------------------------------------------------


def test_destroy_is_granted_by_the_first_record_that_says_so() -> None:
    """From then on the claims about destroy speak."""
    assert not last_scene(HEALTHY, command("destroy")).destroy_granted
    assert last_scene(HEALTHY, write(DESTROYING), write(STOPPED)).destroy_granted
    assert last_scene(initial(DESTROYING)).destroy_granted


def test_a_wipe_grants_what_no_record_said() -> None:
    """Who forgets everything says that nothing is left."""
    assert last_scene(HEALTHY, write(None)).destroy_granted
    assert not last_scene(NOTHING, write(None)).destroy_granted


def test_what_is_asked_for_after_destroy_is_remembered() -> None:
    """Creates, starts and updates; a stop is part of many a destroy."""
    told = (write(DESTROYING), call("c1", "stop_machine", machine_id="m1"), call("c2", "create_machine"))
    assert last_scene(HEALTHY, call("c0", "create_volume"), *told).issued_after_destroy == ("CreateMachine",)


def test_a_fresh_provision_after_the_wipe_begins_a_new_life() -> None:
    """The same sandbox id, and nothing of the old grant; what the old life left behind is still there."""
    told = (write(DESTROYING), call("c1", "create_volume"), write(None), command("provision"), write(STOPPED))
    scene = last_scene(HEALTHY, *told)
    assert (scene.destroy_granted, scene.issued_after_destroy, scene.written) == (False, (), 0)
    assert scene.volumes == (SceneVolume("v1", "d0"),)


def test_a_provision_before_the_wipe_changes_nothing() -> None:
    """It configures, or is refused."""
    assert last_scene(HEALTHY, write(DESTROYING), command("provision"), EVICT).destroy_granted


def test_a_volume_that_goes_before_its_machine_is_remembered() -> None:
    """Of the machines that the record names; the first is enough."""
    delete = call("c1", "delete_volume", volume_id="v1")
    again = call("c2", "delete_volume", volume_id="v1")
    assert last_scene(HEALTHY, world(None, (machine(),)), delete, again).mounted_deletes == ("v1",)
    assert last_scene(HEALTHY, world(None, (machine(volume=None),)), delete).mounted_deletes == ()
    assert last_scene(HEALTHY, write({"status": "stopped"}), world(None), delete).mounted_deletes == ()
    assert last_scene(HEALTHY, write(None), delete).mounted_deletes == ()


# -- strangers ----------------------------------------------------------------------------------------------------


def test_what_a_request_took_from_others_is_lost() -> None:
    """The world may take from others what it likes."""
    theirs = volume("v2", "d2", **STRANGER)
    asked = call("c1", "delete_volume", volume_id="v2")
    beginning = initial(RUNNING, (machine(),), (volume(), theirs))
    assert last_scene(beginning, asked, effect("c1"), world("c1", (), (gone(theirs),))).strangers_lost == ("v2",)
    assert last_scene(beginning, world(None, (), (gone(theirs),))).strangers_lost == ()
    assert last_scene(beginning, asked, effect("c1"), world("c1", (), (gone(volume()),))).strangers_lost == ()


def test_of_what_nobody_said_whose_it_was_either_may_be() -> None:
    """Not every provider knows the owner of a volume."""
    nobodys: Words = {"id": "v2", "data": "d2"}
    told = (call("c1", "delete_volume", volume_id="v2"), effect("c1"), world("c1", (), (gone(nobodys),)))
    assert [one.strangers_lost for one in last_scenes(HEALTHY, *told)] == [(), ("v2",)]


def test_what_a_create_made_is_own_though_nobody_says_so() -> None:
    """So is what the record names."""
    nobodys: Words = {"id": "v2", "data": "empty"}
    made = (call("c1", "create_volume"), effect("c1"), world("c1", (), (nobodys,)))
    assert last_scene(HEALTHY, *made).volumes == (SceneVolume("v1", "d1"), SceneVolume("v2", None))
    named = write({**RUNNING, "retained_volume_id": "v2"})
    assert len(last_scenes(HEALTHY, world(None, (), (nobodys,)))) == 2
    assert last_scene(HEALTHY, world(None, (), (nobodys,)), named).volumes[1] == SceneVolume("v2", None)


# -- data ---------------------------------------------------------------------------------------------------------


def test_the_users_data_is_that_of_the_recorded_volume() -> None:
    """Other labels at first are older: nobody wrote them since."""
    scene = last_scene(initial(STOPPED, (), (volume("v0", "old"), volume("v1", "new"), volume("v2", "empty"))))
    assert {one.id: one.data for one in scene.volumes} == {"v0": "d0", "v1": "d1", "v2": None}
    assert scene.written == 1


def test_a_first_boot_writes_and_a_second_empty_volume_is_written_beside_it() -> None:
    """A label that appears where there was none is new data; one that comes with its volume is a copy."""
    first = (world(None, (), (volume("v1", "empty"),)), world(None, (), (volume("v1", "mine"),)))
    second = (world(None, (), (volume("v2", "empty"),)), world(None, (), (volume("v2", "other"),)))
    copy = world(None, (), (volume("v3", "mine"), volume("v4", "from a snapshot")))
    assert last_scene(initial(STOPPED), *first).written == 1
    scene = last_scene(initial(STOPPED), *first, *second, copy)
    assert [one.data for one in scene.volumes] == ["d1", "d2", "d1", "d0"]
    assert scene.written == 2


def test_what_the_world_takes_no_service_can_keep() -> None:
    """The next data is the user's; but while a copy is left, nothing was taken."""
    lost = world(None, (), (gone(volume()),))
    fresh = (world(None, (), (volume("v2", "empty"),)), world(None, (), (volume("v2", "d9"),)))
    scene = last_scene(HEALTHY, lost, *fresh)
    assert (scene.written, scene.volumes) == (1, (SceneVolume("v2", "d1"),))
    kept = last_scene(HEALTHY, world(None, (), (volume("v2", "d1"),)), lost)
    assert (kept.written, kept.volumes) == (1, (SceneVolume("v2", "d1"),))
    assert last_scene(HEALTHY, world(None, (), (gone(volume("v7")),))).written == 1


def test_what_a_request_took_was_written_all_the_same() -> None:
    """So the claim that data is kept sees that it is missing."""
    told = (call("c1", "delete_volume", volume_id="v1"), effect("c1"), world("c1", (), (gone(volume()),)))
    scene = last_scene(HEALTHY, *told)
    assert (scene.written, scene.volumes, scene.destroy_granted) == (1, (), False)


def test_a_volume_without_a_label_may_bear_anything() -> None:
    """A service that cannot see data must not be said to keep it."""
    every = last_scenes(HEALTHY, world(None, (), (volume("v2", None),)))
    assert [(one.volumes[1].data, one.written) for one in every] == [(None, 1), (None, 3), ("d1", 1), ("d1", 3)]


# -- what the record says ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "desired"),
    [("provisioned", "stopped"), ("stopping", "stopped"), ("restarting", "running"), ("destroying", "gone")],
)
def test_a_status_says_what_is_wanted_where_the_record_does_not(status: str, desired: str) -> None:
    """Not every service records intent."""
    assert last_scene(initial({"status": status})).record == RecordWords(status, desired=desired)


def test_what_a_record_says_is_wanted_stands() -> None:
    """A start that gave up is stopped and still wanted running."""
    scene = last_scene(initial({"status": "stopped", "desired": "running", "last_start_error": "no capacity"}))
    assert (scene.record, scene.noted) == (RecordWords("stopped", desired="running"), True)


@pytest.mark.parametrize("record", [{"status": "restoring"}, {"user_id": "user-1"}], ids=["restoring", "no status"])
def test_where_nothing_says_what_is_wanted_either_may_be(record: Words) -> None:
    """After a restore an instance is as it was before, which no line may have told."""
    words = [one.record for one in last_scenes(initial(record))]
    assert [None if one is None else one.desired for one in words] == ["stopped", "running"]


def test_alarms_and_rest_are_as_they_were_told() -> None:
    """Claims about rest are judged at a quiesce."""
    scene = last_scene(HEALTHY, alarm_set(None), QUIESCE)
    assert (scene.armed, scene.resting) == (False, True)
    assert (AT_FIRST.armed, last_scene(HEALTHY, QUIESCE, EVICT).resting) == (True, False)


def test_a_machine_without_a_state_may_be_up_or_hardly_there() -> None:
    """A claim must hold for both, or is not judged."""
    nameless = {key: value for key, value in machine().items() if key != "state"}
    every = last_scenes(HEALTHY, world(None, (nameless,)))
    assert [one.machines[0].state for one in every] == ["destroying", "started"]
