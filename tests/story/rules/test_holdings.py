"""What the sandbox has: one machine, nothing untracked, and the user's data neither lost nor hidden."""

from __future__ import annotations

from .telling import (
    HEADER,
    HELD,
    NO_MACHINE,
    NOTHING,
    RESTS,
    RUNS,
    STOPPED,
    Words,
    asks,
    broken,
    creates,
    deletes,
    destroys,
    gone,
    hears,
    initial,
    judged,
    lands,
    logs,
    machine,
    makes,
    record,
    sends,
    volume,
    world,
    writes,
)

EMPTY = volume("v2", "empty")
COPY = volume("v2")
DESTROYED = (asks("k1", "destroy"), writes(record("destroying")))


# -- one machine -------------------------------------------------------------------------------------------------


def test_a_second_machine_is_found_where_its_create_took_effect() -> None:
    """An empty list of machines was believed."""
    told = (asks("k1", "start"), *makes("c1", EMPTY), *creates("c2", "m2", EMPTY))
    assert judged("single-machine", STOPPED, *told) == broken(10, "there are the machines m1 and m2")


def test_a_machine_that_takes_the_place_of_one_that_is_going_is_the_only_one() -> None:
    """On its way out is out, be it Fly or the record that says so."""
    leaving = record("starting", None, pending_destroy_machine_id="m1")
    assert judged("single-machine", STOPPED, writes(leaving, None), *creates("c1", "m2", volume())) == HELD
    destroying = world(None, [machine("m1", "destroying")])
    assert judged("single-machine", STOPPED, destroying, *creates("c1", "m2", volume())) == HELD


def test_two_machines_that_were_there_before_are_nobodys_create() -> None:
    """The rule is about what a create does."""
    beginning = initial(record("running"), [machine(), machine("m2")], [volume()])
    assert judged("single-machine", beginning, world(None, [machine("m1", "stopped")])) == HELD


# -- nothing untracked -------------------------------------------------------------------------------------------


def test_what_no_id_names_at_rest_is_untracked() -> None:
    """The copy was made, and its id was never written."""
    told = (*makes("c1", COPY, source="v1"), RESTS)
    assert judged("no-untracked-resource", RUNS, *told) == broken(7, "the record does not name v2")
    assert (
        judged("no-untracked-resource", RUNS, *told[:-1], writes(record("running", retained_volume_id="v2")), RESTS)
        == HELD
    )


def test_a_record_without_an_owner_names_nothing() -> None:
    """What is written after a wipe, by somebody who came late, tracks nothing."""
    told = (*DESTROYED, writes(None), writes({"machine_id": "m1", "volume_id": "v1"}), RESTS)
    assert judged("no-untracked-resource", RUNS, *told) == broken(7, "the record does not name m1, v1")


def test_where_owners_are_never_told_a_status_is_enough() -> None:
    """A service that keeps owners elsewhere is not accused of having none."""
    anonymous = {key: value for key, value in HEADER.items() if key != "user_id"}
    kept: Words = {"status": "running", "machine_id": "m1", "volume_id": "v1"}
    beginning = initial(kept, [machine()], [volume()])
    assert judged("no-untracked-resource", beginning, RESTS, header=anonymous) == HELD


def test_what_does_not_say_whose_it_is_belongs_to_whom_names_it() -> None:
    """Machines say it by their metadata or name, volumes often not at all."""
    mute: Words = {"id": "v1", "data": "d1"}
    beginning = initial(record("running"), [machine()], [mute, {"id": "v9"}])
    assert judged("no-untracked-resource", beginning, RESTS) == HELD
    forgets = writes(record("running", volume=None), None)
    assert judged("no-untracked-resource", beginning, forgets, RESTS) == broken(4, "the record does not name v1")
    names = writes(record("running", retained_volume_id="v9"), None)
    told = (names, writes(record("running"), None), RESTS)
    assert judged("no-untracked-resource", beginning, *told) == broken(5, "the record does not name v9")


def test_what_goes_by_itself_is_not_missed() -> None:
    """Fly took it away."""
    taken = world(None, [gone(machine())], [volume(state="pending_destroy")])
    assert judged("no-untracked-resource", RUNS, taken, writes(record("stopped", None, None), None), RESTS) == HELD


# -- the last copy -----------------------------------------------------------------------------------------------


def test_the_last_volume_with_its_data_is_not_deleted() -> None:
    """Nobody had asked for its end."""
    told = deletes("c1", volume())
    assert judged("last-copy", STOPPED, *told) == broken(5, "v1 was the last volume with the data d1")


def test_a_volume_may_go_while_its_copy_is_there_or_when_it_is_to_be_destroyed() -> None:
    """Equal labels are the same data."""
    assert judged("last-copy", STOPPED, *makes("c1", COPY, source="v1"), *deletes("c2", volume())) == HELD
    assert judged("last-copy", STOPPED, *DESTROYED, *deletes("c1", volume())) == HELD
    assert judged("last-copy", STOPPED, *makes("c1", EMPTY), *deletes("c2", EMPTY)) == HELD
    assert judged("last-copy", STOPPED, world(None, (), [gone(volume())])) == HELD


def test_without_labels_nobody_knows_what_is_lost() -> None:
    """Never held for want of evidence."""
    mute = initial(record("stopped"), [machine("m1", "stopped")], [volume("v1", None)])
    told = world(None, [machine("m1", "stopped", region="lhr")])
    assert judged("last-copy", mute, told) == ("not_judged", None, "the trace does not say what is on the volumes")


# -- no silent empty volume --------------------------------------------------------------------------------------


def test_a_machine_on_an_empty_volume_beside_data_is_found_at_once() -> None:
    """The user sees an empty disk, and his data is on another."""
    told = (*makes("c1", EMPTY), *creates("c2", "m2", EMPTY))
    said = "m2 was put on the empty volume v2, though v1 has data"
    assert judged("no-silent-empty-volume", NO_MACHINE, *told) == broken(9, said)


LOST = (world(None, (), [gone(volume())]), *makes("c1", EMPTY))
PUT = creates("c2", "m2", EMPTY)


def test_data_that_is_lost_is_told_of_before_or_after() -> None:
    """What is gone is gone; but somebody must hear of it."""
    tells = logs("reconcile.replace", data_loss=True)
    assert judged("no-silent-empty-volume", NO_MACHINE, *LOST, tells, *PUT, RESTS) == HELD
    assert (
        judged("no-silent-empty-volume", NO_MACHINE, *LOST, *PUT, logs("reconcile.replace_lost_volume"), RESTS) == HELD
    )
    said = "m2 was put on the empty volume v2, and nothing tells that the data is lost"
    assert judged("no-silent-empty-volume", NO_MACHINE, *LOST, *PUT, RESTS) == broken(10, said)


def test_a_record_that_rests_on_an_empty_volume_is_found_at_rest() -> None:
    """Nothing boots yet, but the next start will."""
    rests = (*LOST, writes(record("stopped", None, "v2")), RESTS)
    assert judged("no-silent-empty-volume", NO_MACHINE, *rests) == broken(9, "the record rests on the empty volume v2")


def test_a_volume_that_is_kept_aside_is_no_data_that_is_hidden() -> None:
    """It was left on purpose, and the loss was told."""
    aside = writes(record("stopped", None, "v2", previous_volume_id="v1"))
    told = (*makes("c1", EMPTY), aside, logs("data_loss"), *PUT, RESTS)
    assert judged("no-silent-empty-volume", NO_MACHINE, *told) == HELD


def test_a_first_boot_a_restart_and_a_new_life_are_on_empty_volumes_by_right() -> None:
    """Nothing was written before."""
    first = (*makes("c1", EMPTY), writes(record("provisioned", None, "v2")), *PUT, RESTS)
    assert judged("no-silent-empty-volume", NOTHING, asks("k1", "provision"), *first) == HELD
    again = (writes(None), asks("k2", "provision"), *first)
    razed = (*destroys("c8", machine("m1", "stopped")), *deletes("c9", volume()))
    assert judged("no-silent-empty-volume", STOPPED, *DESTROYED, *razed, *again) == HELD
    update = sends("c3", "update_machine", machine_id="m2", volume_id="v2")
    same = (update, lands("c3"), world("c3", [machine("m2", "replacing", "v2")]), hears("c3"))
    assert judged("no-silent-empty-volume", NOTHING, *first[:-1], *same, RESTS) == HELD
    unmounted = (update, lands("c3"), world("c3", [machine("m2", "replacing", None)]), hears("c3"))
    assert judged("no-silent-empty-volume", NOTHING, *first[:-1], *unmounted, RESTS) == HELD
