"""Who may write: nobody over what another committed since he began, nor after a destroy that ended him."""

from __future__ import annotations

from .telling import (
    EVICTED,
    HELD,
    RUNS,
    STOPPED,
    asks,
    broken,
    destroys,
    fails,
    granted,
    judged,
    later,
    looks,
    machine,
    record,
    refused,
    sends,
    unjudged,
    writes,
)

STOP = asks("k1", "stop")
ALARM = asks("k2", "alarm")
DESTROY = (asks("k3", "destroy"), writes(record("destroying"), "k3"))


def test_a_status_that_another_wrote_meanwhile_is_left_alone() -> None:
    """The stop was answered late, and a recovery had begun."""
    told = (STOP, ALARM, writes(record("recovering"), "k2"), writes(record("stopped"), "k1"))
    said = "k1 changes status from recovering to stopped, which k2 wrote since"
    assert judged("stale-write", RUNS, *told) == broken(6, said)


def test_whoever_began_after_it_may_change_it() -> None:
    """He has read what was written."""
    told = (STOP, writes(record("stopped"), "k1"), ALARM, writes(record("running"), "k2"))
    assert judged("stale-write", RUNS, *told) == HELD


def test_to_write_the_same_is_to_change_nothing() -> None:
    """Whole records are written, and most of them is as it was."""
    told = (STOP, ALARM, writes(record("stopped"), "k2"), writes(record("stopped"), "k1"))
    assert judged("stale-write", RUNS, *told) == HELD


def test_an_id_goes_only_when_it_is_known_to_be_gone() -> None:
    """A 404 of the old machine says nothing of the new one."""
    new = writes(record("running", "m2"), "k1")
    forgets = writes(record("running", None), "k2")
    stale = fails("c1", "get_machine", 404, "k2", machine_id="m1")
    said = "k2 changes machine_id from m2 to None, which k1 wrote since"
    assert judged("stale-write", RUNS, STOP, ALARM, new, *stale, forgets) == broken(8, said)
    told = fails("c1", "get_machine", 404, "k2", machine_id="m2")
    assert judged("stale-write", RUNS, STOP, ALARM, new, *told, forgets) == HELD
    deleted = destroys("c1", machine("m2"), "k2")
    assert judged("stale-write", RUNS, STOP, ALARM, new, *deleted, forgets) == HELD
    seen = looks("c1", machine("m2"), "k2")
    assert judged("stale-write", RUNS, STOP, ALARM, new, *seen, forgets) == broken(9, said)
    nobodys = fails("c1", "list_machines", 404, "k2", metadata={})
    assert judged("stale-write", RUNS, STOP, ALARM, new, *nobodys, forgets) == broken(8, said)


def test_whoever_was_destroyed_writes_no_more() -> None:
    """Neither while it is destroyed nor when it is gone."""
    start = asks("k1", "start")
    late = writes(record("destroying", "m2"), "k1")
    said = "k1 writes after k3 destroyed what it worked on"
    assert judged("stale-write", STOPPED, start, *DESTROY, late) == broken(6, said)
    gone = writes(None, "k3")
    assert judged("stale-write", STOPPED, start, *DESTROY, gone, writes({"api_key": 1}, "k1")) == broken(7, said)
    assert judged("stale-write", STOPPED, start, *DESTROY, gone, writes(None, "k1")) == HELD
    assert judged("stale-write", STOPPED, *DESTROY, ALARM, writes(record("destroying", None), "k2")) == HELD
    assert judged("stale-write", STOPPED, *DESTROY, writes(record("destroying", None), "k3")) == HELD


def test_a_new_life_owes_the_old_one_nothing() -> None:
    """What was committed in the old one is over."""
    told = (ALARM, *DESTROY, writes(None, "k3"), asks("k4", "provision"), writes(record("provisioned"), "k4"))
    assert judged("stale-write", RUNS, *told, writes(record("provisioned"), "k2")) == HELD


def test_where_commits_are_not_signed_nothing_is_judged_but_what_is_alone() -> None:
    """Somebody wrote over somebody, or not; and whoever signs as nobody has not signed."""
    assert judged("stale-write", RUNS, STOP, writes(record("stopped"), None)) == HELD
    missing = unjudged("the trace does not say whose commits these were")
    assert judged("stale-write", RUNS, STOP, ALARM, writes(record("stopped"), None)) == missing
    assert (
        judged("stale-write", RUNS, STOP, ALARM, writes(record("recovering"), "k2"), writes(record("stopped"), "K1"))
        == missing
    )
    assert judged("stale-write", RUNS, STOP, refused("k1"), ALARM, writes(record("stopped"), None)) == HELD


def test_what_is_long_over_is_forgotten() -> None:
    """A task that was answered a quarter of an hour ago, and has nothing under way, does not come back."""
    told = (asks("k1", "start"), granted("k1"), later(16), ALARM, writes(record("running"), "k2"))
    assert judged("stale-write", STOPPED, *told, writes(record("stopped"), "k1")) == HELD
    hung = (asks("k1", "start"), sends("c1", "update_machine", "k1", machine_id="m1"), granted("k1"), later(16))
    late = (ALARM, writes(record("running"), "k2"), writes(record("stopped"), "k1"))
    said = "k1 changes status from running to stopped, which k2 wrote since"
    assert judged("stale-write", STOPPED, *hung, *late) == broken(8, said)
    assert judged("stale-write", STOPPED, asks("k1", "start"), EVICTED, later(16), *late[:2]) == HELD


# -- where commits say which version they were decided on --------------------------------------------------------


def test_whoever_read_what_another_wrote_may_change_it_though_he_began_before() -> None:
    """His first try met the other commit, so he decided anew."""
    told = (STOP, ALARM, writes(record("recovering"), "k2", (3, 4)), writes(record("stopped"), "k1", (4, 5)))
    assert judged("stale-write", RUNS, *told) == HELD


def test_whoever_did_not_read_it_may_not_though_he_began_after_it() -> None:
    """He was shown an older version, and nothing kept him from writing over the newer one."""
    told = (ALARM, writes(record("recovering"), "k2", (3, 4)), STOP, writes(record("stopped"), "k1", (3, 5)))
    said = "k1 changes status from recovering to stopped, which k2 wrote since"
    assert judged("stale-write", RUNS, *told) == broken(6, said)


def test_nobody_need_sign_what_is_numbered() -> None:
    """Whoever hears answers for all commands acts on behalf of none; whether he knew what is there can be told."""
    one, another = writes(record("recovering"), None, (3, 4)), writes(record("stopped"), None, (4, 5))
    assert judged("stale-write", RUNS, STOP, ALARM, one, another) == HELD
    blind = writes(record("stopped"), None, (3, 5))
    said = "somebody changes status from recovering to stopped, which somebody wrote since"
    assert judged("stale-write", RUNS, STOP, ALARM, one, blind) == broken(6, said)


def test_two_lines_in_the_wrong_order_are_no_stale_write() -> None:
    """Each process writes its own lines, and the later commit may be told first."""
    late = (writes(record("stopping"), "k1", (4, 5)), writes(record("recovering"), "k2", (3, 4)))
    assert judged("stale-write", RUNS, STOP, ALARM, *late, writes(record("stopped"), None, (5, 6))) == HELD


def test_whatever_else_another_service_means_by_these_words_is_passed_over() -> None:
    """They are no words of the format."""
    words = {**writes(record("recovering"), "k2"), "decided_on": "monday", "became": True}
    said = "k1 changes status from recovering to stopped, which k2 wrote since"
    assert judged("stale-write", RUNS, STOP, ALARM, words, writes(record("stopped"), "k1", (3, 4))) == broken(6, said)


def test_two_who_read_the_same_do_not_both_commit() -> None:
    """Whatever order their lines are in, and whether the store counted one commit of two or both."""
    one, other = writes(record("recovering"), "k2", (3, 4)), writes(record("stopped"), "k1", (3, 4))
    said = "k1 changes status from recovering to stopped, which k2 wrote since"
    assert judged("stale-write", RUNS, STOP, ALARM, one, other) == broken(6, said)
    blind = writes(record("stopped"), "k1", (3, 6))
    late = "k2 changes status from stopped to recovering, which k1 wrote since"
    assert judged("stale-write", RUNS, STOP, ALARM, blind, writes(record("recovering"), "k2", (4, 5))) == broken(
        6, late
    )


def test_a_destroy_that_was_read_is_no_surprise() -> None:
    """What was made meanwhile is written down, so that it is deleted; whoever did not read it spoils the destroy."""
    start, destroy = asks("k1", "start"), (asks("k3", "destroy"), writes(record("destroying"), "k3", (3, 4)))
    assert judged("stale-write", STOPPED, start, *destroy, writes(record("destroying", "m2"), None, (4, 5))) == HELD
    said = "somebody writes after k3 destroyed what it worked on"
    blind = writes(record("destroying", "m2"), None, (3, 5))
    assert judged("stale-write", STOPPED, start, *destroy, blind) == broken(6, said)


def test_where_only_some_commits_are_numbered_the_rest_is_judged_by_who_began_when() -> None:
    """Two programs write one record, and one of them says less: nothing is held for want of evidence."""
    signed, numbered = writes(record("recovering"), "k2"), writes(record("stopped"), "k1", (4, 5))
    said = "k1 changes status from recovering to stopped, which k2 wrote since"
    assert judged("stale-write", RUNS, STOP, ALARM, signed, numbered) == broken(6, said)
    missing = unjudged("the trace does not say whose commits these were")
    assert judged("stale-write", RUNS, STOP, ALARM, signed, writes(record("stopped"), None, (4, 5))) == missing
    silent = writes(record("recovering"), None)
    assert judged("stale-write", RUNS, ALARM, silent, STOP, writes(record("stopped"), "k1", (4, 5))) == HELD
