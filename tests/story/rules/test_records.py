"""What the record says: destroyed for good, in motion for a while only, true at rest, and never without an alarm."""

from __future__ import annotations

import pytest

from .telling import (
    HELD,
    NOTHING,
    RESTS,
    RUNS,
    STOPPED,
    Said,
    Words,
    asks,
    broken,
    deletes,
    destroys,
    fails,
    granted,
    hears,
    initial,
    judged,
    later,
    machine,
    record,
    refused,
    sends,
    sets,
    unjudged,
    volume,
    world,
    writes,
)

DESTROY = (asks("k2", "destroy"), writes(record("destroying"), "k2"))
WIPE = writes({"pending_registry_cleanup": {"user_id": "user-1"}}, "k2")
DUE = 10**9


# -- destroyed stays destroyed -----------------------------------------------------------------------------------

AFTER_DESTROY: tuple[tuple[str, tuple[Words, ...], Said], ...] = (
    ("another status", (writes(record("stopped")),), broken(5, "the record says stopped after destroy")),
    ("a machine", (sends("c1", "create_machine"),), broken(5, "create_machine was asked for after destroy")),
    (
        "a start",
        (sends("c1", "start_machine", machine_id="m1"),),
        broken(5, "start_machine was asked for after destroy"),
    ),
    ("a late id", (WIPE, writes({"machine_id": "m2"})), broken(6, "a record that was wiped is written again")),
    ("a stop", (sends("c1", "stop_machine", machine_id="m1"),), HELD),
    ("the same again", (writes(record("destroying", None)),), HELD),
    ("the end", (WIPE, writes(None)), HELD),
    (
        "a new life",
        (WIPE, asks("k3", "provision"), writes(record("provisioned", None)), sends("c1", "create_volume")),
        HELD,
    ),
)


@pytest.mark.parametrize(("_", "told", "said"), AFTER_DESTROY, ids=[name for name, _, _ in AFTER_DESTROY])
def test_after_destroy_comes_nothing_but_its_end(_: str, told: tuple[Words, ...], said: Said) -> None:
    """Whoever was under way when destroy was granted must not undo it."""
    assert judged("destroyed-stays-destroyed", RUNS, *DESTROY, *told) == said


def test_a_provision_that_was_under_way_before_the_wipe_begins_no_life() -> None:
    """It changes the config of what is gone."""
    told = (asks("k1", "provision"), *DESTROY, WIPE, writes(record("provisioned")))
    assert judged("destroyed-stays-destroyed", RUNS, *told) == broken(7, "the record says provisioned after destroy")


# -- bounded transition ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "minutes"), [("starting", 8), ("restarting", 18), ("recovering", 13), ("restoring", 33)]
)
def test_what_is_in_motion_has_a_ceiling(status: str, minutes: int) -> None:
    """Counted from the first write that says so."""
    begun, ends = (writes(record(status)), later(minutes - 1), sets(DUE)), writes(record("running"))
    assert judged("bounded-transition", STOPPED, *begun, ends, RESTS) == HELD
    said = f"{status} has lasted for {minutes + 1} minutes"
    assert judged("bounded-transition", STOPPED, *begun, later(2), ends, RESTS) == broken(5, said)


def test_a_timer_that_resets_its_own_clock_does_not_begin_anew() -> None:
    """But a user who asks again does."""
    begun, again = record("restarting", restarting_at=1), record("restarting", restarting_at=2)
    told = (
        asks("k1", "restart"),
        writes(begun),
        later(10),
        asks("k2", "alarm"),
        writes(again, "k2"),
        later(10),
        sets(DUE),
    )
    assert judged("bounded-transition", RUNS, *told) == broken(7, "restarting has lasted for 20 minutes")
    asked = (
        asks("k1", "restart"),
        writes(begun),
        later(10),
        asks("k2", "restart"),
        writes(again, "k2"),
        later(10),
        writes(record("running")),
    )
    assert judged("bounded-transition", RUNS, *asked, RESTS) == HELD


def test_what_was_in_motion_before_the_trace_is_counted_from_its_mark() -> None:
    """The record says since when."""
    beginning = initial(record("starting", starting_at=-5 * 60_000), [], [volume()])
    assert judged("bounded-transition", beginning, later(4), sets(DUE)) == broken(
        3, "starting has lasted for 9 minutes"
    )


def test_nothing_is_in_motion_at_rest() -> None:
    """Nothing more happens by itself, so it never ends."""
    assert judged("bounded-transition", RUNS, writes(record("restarting")), RESTS) == broken(
        4, "at rest the record says restarting"
    )
    assert judged("bounded-transition", RUNS, RESTS) == HELD
    assert judged("bounded-transition", NOTHING, RESTS) == HELD
    assert judged("bounded-transition", RUNS) == unjudged("the trace never comes to rest")


def test_destroying_ends_unless_the_provider_still_refuses() -> None:
    """What was refused once, and never tried again, is the service's own doing."""
    refusal = fails("c1", "delete_volume", 412, "k2", volume_id="v1")
    assert judged("bounded-transition", RUNS, *DESTROY, *refusal, RESTS) == HELD
    stuck = broken(8, "at rest the record says destroying")
    assert judged("bounded-transition", RUNS, *DESTROY, *refusal, asks("k3", "alarm"), RESTS) == stuck
    looked = (*refusal, asks("k3", "poll"), granted("k3"), asks("k4", "start"), refused("k4"))
    assert judged("bounded-transition", RUNS, *DESTROY, *looked, RESTS) == HELD, "to be asked about is not to go on"
    razed = deletes("c1", volume(), "k2")
    assert judged("bounded-transition", RUNS, *DESTROY, *razed, RESTS) == broken(
        9, "at rest the record says destroying"
    )


# -- the status tells the truth ----------------------------------------------------------------------------------

AT_REST: tuple[tuple[str, Words, tuple[Words, ...], Said], ...] = (
    ("runs", RUNS, (), HELD),
    ("is stopped", STOPPED, (), HELD),
    (
        "stopped by itself",
        RUNS,
        (world(None, [machine("m1", "stopped")]),),
        broken(4, "the record says running, but of its machine: m1 is stopped on v1"),
    ),
    (
        "on another volume",
        RUNS,
        (world(None, [machine("m1", "started", "v2")]),),
        broken(4, "the record says running, but of its machine: m1 is started on v2"),
    ),
    (
        "without a machine",
        RUNS,
        (writes(record("running", None)),),
        broken(4, "the record says running, but of its machine: there is none"),
    ),
    (
        "up though stopped",
        STOPPED,
        (world(None, [machine()]),),
        broken(4, "the record says stopped, but m1 is started"),
    ),
    (
        "on its way out",
        STOPPED,
        (world(None, [machine()]), writes(record("stopped", None, pending_destroy_machine_id="m1"))),
        HELD,
    ),
    ("recovering", RUNS, (writes(record("recovering")), world(None, [machine("m1", "stopped")])), HELD),
)


@pytest.mark.parametrize(("_", "beginning", "told", "said"), AT_REST, ids=[name for name, _, _, _ in AT_REST])
def test_at_rest_the_status_is_so(_: str, beginning: Words, told: tuple[Words, ...], said: Said) -> None:
    """Running is a machine that is started on its volume, stopped is none that is."""
    assert judged("status-truth", beginning, *told, RESTS) == said


# -- an alarm is armed -------------------------------------------------------------------------------------------


def test_what_is_not_gone_has_an_alarm_that_is_to_come() -> None:
    """Without one nobody looks after it ever again."""
    assert judged("alarm-armed", RUNS, RESTS) == HELD
    assert judged("alarm-armed", RUNS, sets(None), RESTS) == broken(4, "no alarm is set")
    assert judged("alarm-armed", RUNS, sets(5), later(1), RESTS) == broken(4, "the alarm is overdue by 59997 ms")


def test_a_clean_up_that_is_owed_has_an_alarm_too() -> None:
    """What is gone altogether needs none."""
    razed = (*destroys("c1", machine(), "k2"), *deletes("c2", volume(), "k2"))
    assert judged("alarm-armed", RUNS, *DESTROY, *razed, WIPE, sets(None), RESTS) == broken(15, "no alarm is set")
    assert judged("alarm-armed", RUNS, *DESTROY, *razed, writes(None), sets(None), granted("k2"), RESTS) == HELD


def test_an_answer_without_a_request_is_malformed() -> None:
    """The trace would lie of what was asked."""
    with pytest.raises(ValueError, match="no call 'c9' is waiting for an answer"):
        judged("alarm-armed", RUNS, hears("c9"))
