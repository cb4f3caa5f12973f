"""Effects and what is durable of them: a stop is kept, an intent comes first, an id before the wait."""

from __future__ import annotations

from .telling import (
    EVICTED,
    HELD,
    NO_MACHINE,
    RESTS,
    RUNS,
    STOPPED,
    asks,
    broken,
    creates,
    destroys,
    fails,
    granted,
    hears,
    judged,
    logs,
    looks,
    machine,
    makes,
    record,
    refused,
    sends,
    stops,
    volume,
    world,
    writes,
)

STOP = asks("k1", "stop")
ALARM = asks("k2", "alarm")
AGAIN = world(None, [machine()])


# -- a stop is kept ----------------------------------------------------------------------------------------------


def test_what_was_stopped_is_not_started_again_unasked() -> None:
    """Nor is one that takes its place."""
    said = "m1 is started again after a stop"
    assert judged("stop-intent", RUNS, STOP, *stops("c1", machine()), refused("k1"), AGAIN) == broken(9, said)
    other = (*creates("c2", "m2", volume()), world(None, [machine("m2")]))
    said = "m2 is started again after a stop"
    assert judged("stop-intent", RUNS, STOP, *stops("c1", machine()), *other) == broken(12, said)
    new = world(None, [machine("m3")])
    assert judged("stop-intent", STOPPED, STOP, granted("k1", "stopped"), new) == broken(
        5, "m3 is started again after a stop"
    )


def test_an_answer_that_says_stopped_is_a_promise() -> None:
    """A start that was under way is no start that was asked for since."""
    needless = granted("k1", {"stopped": False, "status": "stopped"})
    assert judged("stop-intent", STOPPED, STOP, needless, AGAIN) == broken(5, "m1 is started again after a stop")
    said = "a machine is started at rest, after a stop"
    assert judged("stop-intent", RUNS, STOP, needless, world(None, [machine()]), RESTS) == broken(6, said)


def test_whoever_asks_for_a_start_is_served() -> None:
    """What is stopped by nobody's stop is nobody's intent either."""
    assert judged("stop-intent", RUNS, STOP, *stops("c1", machine()), asks("k3", "start"), AGAIN) == HELD
    assert judged("stop-intent", RUNS, ALARM, *stops("c1", machine(), "k2"), AGAIN) == HELD
    assert judged("stop-intent", RUNS, STOP, granted("k1", {"status": "restarting"}), AGAIN, RESTS) == HELD
    assert judged("stop-intent", RUNS, STOP, *stops("c1", machine()), world(None, (), [volume()]), RESTS) == HELD


# -- an intent comes first ---------------------------------------------------------------------------------------

RULE = "intent-before-effect"
TAKEN = "the stop of m1 is taken for one that nobody asked for"
MISREADS = writes(record("recovering"), "k2")


def test_a_stop_that_failed_is_not_taken_for_one_that_nobody_asked_for() -> None:
    """Its operation was answered with an error, was evicted, or heard an error later on."""
    stopped = (STOP, *stops("c1", machine()))
    assert judged(RULE, RUNS, *stopped, refused("k1"), ALARM, MISREADS) == broken(10, TAKEN)
    event = logs("reconcile.unexpected_stop_recovery_trigger", "k2")
    assert judged(RULE, RUNS, *stopped, EVICTED, ALARM, event, MISREADS) == broken(10, TAKEN)
    half = fails("c2", "update_machine", 500, "k1", "no", machine_id="m1")
    assert judged(RULE, RUNS, *stopped, *half, ALARM, MISREADS) == broken(11, TAKEN)


def test_a_stop_that_is_under_way_declared_recorded_or_undone_is_no_surprise() -> None:
    """Only what nothing durable knows of can be misread."""
    stopped = stops("c1", machine())
    assert judged(RULE, RUNS, STOP, *stopped, ALARM, MISREADS) == HELD
    assert judged(RULE, RUNS, STOP, writes(record("stopping")), *stopped, refused("k1"), ALARM, MISREADS) == HELD
    wants = writes(record("running", desired="stopped"))
    assert judged(RULE, RUNS, STOP, wants, *stopped, refused("k1"), ALARM, MISREADS) == HELD
    assert judged(RULE, RUNS, STOP, *stopped, writes(record("stopped")), refused("k1"), ALARM, MISREADS) == HELD
    assert judged(RULE, RUNS, STOP, *stopped, refused("k1"), AGAIN, ALARM, MISREADS) == HELD
    assert judged(RULE, RUNS, STOP, *stopped, refused("k1"), writes(record("destroying")), MISREADS) == HELD
    assert judged(RULE, RUNS, STOP, *stopped, refused("k1"), ALARM, writes(record("running"), "k2"), RESTS) == HELD
    assert judged(RULE, RUNS, STOP, *stops("c1", machine("m9")), refused("k1"), ALARM, MISREADS) == HELD
    assert judged(RULE, RUNS, STOP, *stopped, *destroys("c9", machine()), refused("k1"), ALARM, MISREADS) == HELD


MADE = makes("c1", volume("v2", "empty"))
FORGOTTEN = "v2 was made and is forgotten"


def test_what_was_made_and_not_recorded_is_forgotten_at_rest_or_with_the_next() -> None:
    """The process died between the effect and the commit."""
    assert judged(RULE, RUNS, ALARM, *MADE[:3], EVICTED, RESTS) == broken(8, FORGOTTEN)
    lost = (asks("k1", "alarm"), *MADE[:3], hears("c1", 0), *makes("c2", volume("v3", "empty")))
    assert judged(RULE, RUNS, *lost) == broken(10, FORGOTTEN)


def test_what_was_made_and_is_found_again_is_not_forgotten() -> None:
    """By an intent, by a commit, or because it went."""
    assert judged(RULE, RUNS, ALARM, *MADE[:3], EVICTED, writes(record("running", volume="v2")), RESTS) == HELD
    assert judged(RULE, RUNS, writes(record("starting")), ALARM, *MADE[:3], EVICTED, RESTS) == HELD
    went = world(None, (), [{**volume("v2"), "gone": True}])
    assert judged(RULE, RUNS, ALARM, *MADE[:3], EVICTED, went, RESTS) == HELD
    assert judged(RULE, RUNS, asks("k1", "alarm"), *MADE, RESTS) == HELD


# -- an id before the wait ---------------------------------------------------------------------------------------

WAITS = sends("c9", "wait_machine", machine_id="m2", state="started")


def test_a_new_machine_is_named_before_anybody_waits_for_it() -> None:
    """Whoever dies while waiting would forget it."""
    made = creates("c1", "m2", volume())
    said = "m2 is waited for before a record names it"
    assert judged("id-before-wait", NO_MACHINE, *made, WAITS) == broken(7, said)
    probes = sends("c9", "health", machine_id="m2")
    assert judged("id-before-wait", NO_MACHINE, *made, probes) == broken(7, said)
    assert judged("id-before-wait", NO_MACHINE, *made, writes(record("starting", "m2")), WAITS) == HELD
    assert judged("id-before-wait", RUNS, *looks("c8", machine()), sends("c9", "health", machine_id="m1")) == HELD


def test_what_went_again_is_not_waited_for() -> None:
    """Its id may be forgotten."""
    made = creates("c1", "m2", volume())
    assert judged("id-before-wait", NO_MACHINE, *made, *destroys("c2", machine("m2")), WAITS) == HELD
