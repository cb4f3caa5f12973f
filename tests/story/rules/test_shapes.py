"""Where things are and what they are like: one region, the same size, nobody else's."""

from __future__ import annotations

from .telling import (
    HEADER,
    HELD,
    LARGE,
    NO_MACHINE,
    NOTHING,
    OTHERS,
    RESTS,
    RUNS,
    SIZE,
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
    machine,
    record,
    sends,
    unjudged,
    volume,
    world,
    writes,
)

FAR = volume("v2", region="lhr")


# -- one region --------------------------------------------------------------------------------------------------


def test_a_machine_asks_for_no_volume_of_another_region() -> None:
    """Neither a new one nor one that is updated; several regions at once are left to Fly."""
    there = initial(record("stopped"), [machine("m1", "stopped")], [volume(), FAR])
    update = sends("c1", "update_machine", machine_id="m1", volume_id="v2")
    said = "update_machine asks to mount v2 of lhr from a machine in iad"
    assert judged("region-match", there, asks("k1", "start"), update) == broken(4, said)
    create = "create_machine asks to mount v2 of lhr from a machine in iad"
    assert judged("region-match", there, *creates("c1", "m2", FAR)) == broken(3, create)
    assert judged("region-match", there, *creates("c1", "m2", FAR, region="eu")) == HELD
    assert judged("region-match", there, *creates("c1", "m2", FAR, region="lhr")) == HELD


def test_what_is_not_known_is_not_apart() -> None:
    """A machine or a volume that nobody has shown, or that shows no region."""
    update = sends("c1", "update_machine", machine_id="m9", volume_id="v1")
    assert judged("region-match", STOPPED, update, lands("c1"), hears("c1", 404)) == HELD
    nowhere = initial(record("stopped"), [machine()], [volume(region=None)])
    missing = unjudged("the trace does not say where the volumes are")
    assert judged("region-match", nowhere, *creates("c1", "m2", volume())) == missing


def test_a_machine_that_rests_on_a_volume_of_another_region_is_found() -> None:
    """However it came there."""
    said = "m1 rests on v1 of iad from a machine in lhr"
    assert judged("region-match", RUNS, world(None, [machine(region="lhr")]), RESTS) == broken(4, said)
    assert judged("region-match", RUNS, RESTS) == HELD


# -- the same size -----------------------------------------------------------------------------------------------


def test_a_machine_is_made_as_large_as_the_last_one_was() -> None:
    """Even where that one is gone, and the record never said how large it was."""
    grown = initial(record("stopped"), [machine("m1", "stopped", size=LARGE)], [volume()])
    told = (world(None, [gone(machine(size=LARGE))]), *creates("c1", "m2", volume()))
    said = "m2 was made shared 1 x 3072 MB, but was shared 8 x 8192 MB"
    assert judged("size-unchanged", grown, *told) == broken(6, said)
    assert judged("size-unchanged", grown, *creates("c1", "m2", volume(), size=LARGE)) == HELD


def test_a_size_that_the_record_says_is_wanted() -> None:
    """Somebody asked for it."""
    told = (writes(record("stopped", machine_size=LARGE)), *creates("c1", "m2", volume(), size=LARGE))
    assert judged("size-unchanged", STOPPED, *told) == HELD
    assert judged("size-unchanged", STOPPED, *told[1:]) == broken(
        5, "m2 was made shared 8 x 8192 MB, but was shared 1 x 3072 MB"
    )


def test_what_is_not_told_of_a_size_is_as_it_was() -> None:
    """A record that was written before there were kinds of processors says none."""
    kindless = {key: value for key, value in LARGE.items() if key != "cpu_kind"}
    told = (writes(record("stopped", machine_size=kindless)), *creates("c1", "m2", volume(), size=LARGE))
    assert judged("size-unchanged", STOPPED, *told) == HELD


def test_a_first_machine_a_new_life_and_the_worlds_own_doing_have_any_size() -> None:
    """The rule is about what the service makes of what was there."""
    assert judged("size-unchanged", NO_MACHINE, *creates("c1", "m2", volume(), size=LARGE)) == HELD
    assert judged("size-unchanged", RUNS, world(None, [machine(size=LARGE)], [volume()])) == HELD
    razed = (writes(record("destroying")), *destroys("c8", machine()), *deletes("c9", volume()), writes(None))
    anew = (asks("k2", "provision"), *creates("c1", "m2", volume("v2"), size=LARGE))
    assert judged("size-unchanged", RUNS, *razed, *anew) == HELD
    silent = world(None, [machine(size=None)])
    assert judged("size-unchanged", RUNS, silent, *creates("c1", "m2", volume(), size=SIZE)) == HELD


# -- nobody else's -----------------------------------------------------------------------------------------------

STRANGE = volume("v7", "d7", sandbox_id=OTHERS)
SHARED = initial(record("running"), [machine()], [volume(), STRANGE])


def test_what_is_anothers_is_not_changed() -> None:
    """Found where it takes effect: what is refused did no harm."""
    asked = sends("c1", "delete_volume", volume_id="v7")
    said = "delete_volume of v7, which is another sandbox's"
    assert judged("identity", SHARED, asked, lands("c1"), world("c1", (), [gone(STRANGE)])) == broken(4, said)
    assert judged("identity", SHARED, asked, world("c1", (), [gone(STRANGE)]), lands("c1")) == broken(4, said)
    assert judged("identity", SHARED, asked, hears("c1", 412)) == HELD
    named = machine("m9", sandbox_id=None, name=OTHERS)
    beginning = initial(record("running"), [machine(), named], [volume()])
    stop = (sends("c1", "stop_machine", machine_id="m9"), lands("c1"))
    assert judged("identity", beginning, *stop) == broken(4, "stop_machine of m9, which is another sandbox's")


def test_nothing_is_made_outside_the_app() -> None:
    """The record's, or the header's where the record is gone; a request that does not say is believed."""
    strange = sends("c1", "create_volume", app="app-9")
    assert judged("identity", RUNS, strange) == broken(3, "create_volume in app-9, not in app-1")
    assert judged("identity", NOTHING, strange) == broken(3, "create_volume in app-9, not in app-1")
    refusal = hears("c1", 500)
    assert judged("identity", RUNS, sends("c1", "create_volume"), refusal) == HELD
    appless: Words = {key: value for key, value in HEADER.items() if key != "app"}
    assert judged("identity", NOTHING, strange, refusal, header=appless) == HELD


def test_whose_a_record_is_never_changes() -> None:
    """Keys, metadata and names all follow from it."""
    said = "the record changes its sandbox_id to ki_2"
    assert judged("identity", RUNS, writes({**record("running"), "sandbox_id": OTHERS})) == broken(3, said)
    assert judged("identity", RUNS, writes(record("stopped"))) == HELD
