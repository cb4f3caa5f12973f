"""Nothing is destroyed, replaced or forgotten on an answer that does not prove that it may be."""

from __future__ import annotations

from .telling import (
    EVICTED,
    HELD,
    NO_MACHINE,
    RUNS,
    STOPPED,
    asks,
    broken,
    creates,
    deletes,
    destroys,
    fails,
    hears,
    initial,
    judged,
    later,
    logs,
    looks,
    machine,
    makes,
    record,
    sends,
    volume,
    world,
    writes,
)

RULE = "conclusive-evidence"
ALARM = asks("k1", "alarm")
FORGETS = writes(record("stopped", None))
FORGOTTEN = "the record forgets m1, which is there"


def test_a_404_about_a_volume_proves_nothing_of_a_machine() -> None:
    """The step begins with what the service does first after the answer."""
    mount = fails("c1", "update_machine", 404, "k1", "could not find volume", machine_id="m1", volume_id="v1")
    assert judged(RULE, RUNS, ALARM, *mount, logs("clear_stale_machine"), FORGETS) == broken(6, FORGOTTEN)
    missing = fails("c1", "update_machine", 404, "k1", "machine not found", machine_id="m1", volume_id="v1")
    assert judged(RULE, RUNS, ALARM, *missing, FORGETS) == HELD


def test_a_5xx_proves_nothing() -> None:
    """Nor does a 404 of another machine than the record has, or had when it was asked."""
    assert judged(RULE, RUNS, ALARM, *fails("c1", "get_machine", 500, machine_id="m1"), FORGETS) == broken(6, FORGOTTEN)
    other = fails("c1", "get_machine", 404, "k1", "no", machine_id="m9")
    assert judged(RULE, RUNS, ALARM, *other, FORGETS) == broken(6, FORGOTTEN)
    assert judged(RULE, RUNS, ALARM, *fails("c1", "get_machine", 404, machine_id="m1"), FORGETS) == HELD
    sent = sends("c1", "get_machine", machine_id="m1")
    swapped = (asks("k2", "start"), world(None, [machine("m2")]), writes(record("running", "m2"), "k2"))
    late = (ALARM, sent, *swapped, hears("c1", 404), FORGETS)
    assert judged(RULE, RUNS, *late) == HELD, "stale, but it did prove what it was asked about"
    listed = fails("c1", "list_volumes", 404)
    assert judged(RULE, RUNS, ALARM, *listed, FORGETS) == broken(6, FORGOTTEN)


def test_a_volume_whose_host_is_full_may_be_left() -> None:
    """That there is no room is proof enough that another is needed; that a volume is missing must be so."""
    empty = initial(record("starting", None), (), [volume("v1", "empty")])
    leaves = writes(record("starting", None, None))
    full = fails("c1", "create_machine", 412, "k1", "insufficient resources for existing volume", volume_id="v1")
    assert judged(RULE, empty, asks("k1", "start"), *full, leaves) == HELD
    missing = fails("c1", "create_machine", 400, "k1", "volume does not exist", volume_id="v1")
    said = "the record forgets v1, which is there"
    assert judged(RULE, empty, asks("k1", "start"), *missing, leaves) == broken(6, said)


def test_a_recovery_that_ran_out_of_time_needs_no_proof() -> None:
    """A look that fails is no reason to destroy what replaces the machine, but the clock is."""
    blind = fails("c1", "get_machine", 503, machine_id="m1")
    ends = sends("c2", "destroy_machine", machine_id="m1")
    begun = (asks("k0", "alarm"), writes(record("recovering"), "k0"))
    said = "m1 is deleted though the look before failed"
    assert judged(RULE, RUNS, *begun, ALARM, *blind, ends) == broken(8, said)
    assert judged(RULE, RUNS, *begun, later(11), ALARM, *blind, ends) == HELD


def test_what_is_really_gone_may_be_forgotten() -> None:
    """However weak the proof was."""
    told = (
        ALARM,
        world(None, [machine("m1", "destroyed")]),
        *fails("c1", "get_machine", 500, machine_id="m1"),
        FORGETS,
    )
    assert judged(RULE, RUNS, *told) == HELD
    assert judged(RULE, RUNS, ALARM, FORGETS) == HELD
    assert judged(RULE, RUNS, ALARM, *looks("c1", machine()), FORGETS) == HELD


def test_the_text_of_a_refused_create_is_confirmed_before_a_volume_is_forgotten() -> None:
    """The volume is there: Fly spoke of another thing, or too soon."""
    create = fails("c1", "create_machine", 400, "k1", "volume does not exist", volume_id="v1", app="app-1")
    fresh = makes("c2", volume("v2", "empty"))
    said = "the record forgets v1, which is there"
    replaced = writes(record("starting", None, "v2"))
    assert judged(RULE, NO_MACHINE, ALARM, *create, writes(record("starting", None, None))) == broken(6, said)
    assert judged(RULE, NO_MACHINE, ALARM, *create, *fresh, replaced) == HELD, "the last word was a create's success"
    assert judged(RULE, NO_MACHINE, ALARM, *create, writes(record("stopped", None))) == HELD


def test_no_machine_is_made_when_looking_for_the_one_there_is_failed() -> None:
    """Another look that succeeds makes it good."""
    said = "a machine is made though looking for the one there is failed"
    blind = fails("c1", "get_machine", 503, machine_id="m1")
    assert judged(RULE, STOPPED, ALARM, *blind, *creates("c2", "m2", volume())) == broken(6, said)
    seen = looks("c3", machine("m1", "stopped"))
    assert judged(RULE, STOPPED, ALARM, *blind, *seen, *creates("c2", "m2", volume())) == HELD
    assert judged(RULE, NO_MACHINE, ALARM, *blind, *creates("c2", "m2", volume())) == HELD


def test_destroy_is_not_finished_on_a_listing_that_failed() -> None:
    """If nothing is left, the listing did not matter."""
    destroy = (asks("k1", "destroy"), writes(record("destroying")), *destroys("c1", machine()))
    blind = fails("c2", "list_volumes", 500)
    said = "destroy is finished though the listing failed, and something is left"
    assert judged(RULE, RUNS, *destroy, *blind, logs("destroy_complete"), writes(None)) == broken(11, said)
    assert judged(RULE, RUNS, *destroy, *deletes("c3", volume()), *blind, writes(None)) == HELD
    assert judged(RULE, RUNS, *destroy, writes(None)) == HELD


def test_a_volume_whose_snapshots_could_not_be_listed_is_kept() -> None:
    """It may be the only thing that bears them; destroy asks for its end all the same."""
    blind = fails("c1", "list_snapshots", 503, "k1", "no", volume_id="v1")
    said = "v1 is deleted though its snapshots could not be listed"
    assert judged(RULE, STOPPED, ALARM, *blind, *deletes("c2", volume())) == broken(6, said)
    assert judged(RULE, STOPPED, ALARM, *blind, *deletes("c2", volume("v2"))) == HELD
    assert judged(RULE, STOPPED, ALARM, *blind, writes(record("destroying")), *deletes("c2", volume())) == HELD
    listed = (sends("c3", "list_snapshots", volume_id="v1"), hears("c3", body=[]))
    assert judged(RULE, STOPPED, ALARM, *blind, *listed, *deletes("c2", volume())) == HELD


def test_nothing_is_deleted_because_a_look_failed() -> None:
    """What is not seen may be well; another look decides, and destroy needs none."""
    blind = fails("c1", "get_volume", 500, "k1", "no", volume_id="v2")
    copy = volume("v2")
    there = initial(record("stopped"), [machine("m1", "stopped")], [volume(), copy])
    said = "v2 is deleted though the look before failed"
    assert judged(RULE, there, ALARM, *blind, *deletes("c2", copy)) == broken(6, said)
    assert judged(RULE, there, ALARM, *blind, *looks("c3", machine("m1", "stopped")), *deletes("c2", copy)) == HELD
    assert judged(RULE, there, ALARM, *blind, writes(record("destroying")), *deletes("c2", copy)) == HELD
    gone = fails("c1", "get_volume", 404, "k1", "no", volume_id="v2")
    assert judged(RULE, there, ALARM, *gone, *deletes("c2", copy)) == HELD


RECOVERS = (asks("k0", "alarm"), writes(record("recovering"), "k0"))
SEES = looks("c1", machine("m1", "stopped"))


def test_the_machine_that_is_replaced_is_not_the_one_that_replaces_it() -> None:
    """After an eviction the next alarm sees the old machine, stopped as ever."""
    ends = "the recovery ends because of m1, which it was to replace"
    assert judged(RULE, RUNS, *RECOVERS, EVICTED, ALARM, *SEES, writes(record("stopped"))) == broken(10, ends)
    razes = "m1 is destroyed as if it were the machine that replaces it"
    assert judged(RULE, RUNS, *RECOVERS, EVICTED, ALARM, *SEES, *destroys("c2", machine())) == broken(10, razes)


def test_a_recovery_that_knows_its_machines_may_end() -> None:
    """By whoever began it, by the clock, or because of the new machine."""
    own = (*destroys("c1", machine(), "k0"), writes(record("stopped", None), "k0"))
    assert judged(RULE, RUNS, *RECOVERS, *own) == HELD
    stopped = writes(record("stopped"))
    assert judged(RULE, RUNS, *RECOVERS, ALARM, later(10), *SEES, stopped) == HELD
    new = (*creates("c2", "m2", volume(), "k0"), writes(record("recovering", "m2"), "k0"))
    assert judged(RULE, RUNS, *RECOVERS, *new, ALARM, *looks("c3", machine("m2", "stopped")), stopped) == HELD
    assert judged(RULE, RUNS, *RECOVERS, ALARM, *fails("c4", "get_machine", 500, machine_id="m1"), stopped) == HELD
    assert judged(RULE, RUNS, ALARM, *SEES, stopped) == HELD
    assert judged(RULE, RUNS, *RECOVERS, ALARM, *looks("c5", machine("m9", "stopped")), stopped) == HELD


def test_what_nobody_signs_is_judged_by_nobodys_answers() -> None:
    """Requests may say whose they are though commits do not."""
    told = (sends("c1", "get_machine", None, machine_id="m1"), hears("c1", 500), writes(record("stopped", None), None))
    assert judged(RULE, RUNS, *told) == HELD
