"""What is answered and logged is so: no reply and no event claims what the world contradicts."""

from __future__ import annotations

from .telling import (
    HELD,
    NO_MACHINE,
    RESTS,
    RUNS,
    STOPPED,
    Words,
    asks,
    broken,
    creates,
    deletes,
    destroys,
    fails,
    granted,
    hears,
    judged,
    lands,
    logs,
    machine,
    makes,
    record,
    refused,
    sends,
    stops,
    unjudged,
    untold,
    volume,
    world,
    writes,
)

RULE = "truthful-outcome"
DESTROY = (asks("k1", "destroy"), writes(record("destroying")))
RAZED = (*destroys("c1", machine()), *deletes("c2", volume()))
START = asks("k1", "start")
UP = world(None, [machine("m2")])


def test_destroy_is_complete_when_nothing_is_left() -> None:
    """By its reply, in either way of saying it, and by its event."""
    half = destroys("c1", machine())
    assert judged(RULE, RUNS, *DESTROY, *half, granted("k1", {"finalized": True})) == broken(
        9, "the reply says finalized, but v1 is left"
    )
    assert judged(RULE, RUNS, *DESTROY, granted("k1", "finalized")) == broken(
        5, "the reply says finalized, but m1, v1 is left"
    )
    said = "destroy is said to be complete, but m1, v1 is left"
    assert judged(RULE, RUNS, *DESTROY, logs("reconcile.destroy_complete")) == broken(5, said)
    done = (logs("reconcile.destroy_complete"), granted("k1", {"finalized": True}))
    assert judged(RULE, RUNS, *DESTROY, *RAZED, *done) == HELD
    assert judged(RULE, RUNS, *DESTROY, granted("k1", {"finalized": False})) == HELD


def test_what_came_after_the_end_is_not_what_was_left() -> None:
    """The answer to destroy was late, and the sandbox had been provisioned again."""
    ended = (*DESTROY, *RAZED, writes(None))
    anew = (asks("k2", "provision"), *makes("c3", volume("v2", "empty"), "k2"), writes(record("provisioned"), "k2"))
    assert judged(RULE, RUNS, *ended, *anew, granted("k1", {"finalized": True})) == HELD


def test_destroy_that_is_done_is_no_error() -> None:
    """The second of two is told that it failed; but who asks when all is gone is told so."""
    again = (asks("k2", "destroy"), refused("k2", 404))
    assert judged(RULE, RUNS, *DESTROY, *RAZED, writes(None), granted("k1"), *again) == HELD
    told = (*DESTROY, *RAZED, writes(None), refused("k1"))
    assert judged(RULE, RUNS, *told) == broken(14, "the reply is an error, but everything is destroyed")
    assert judged(RULE, RUNS, *DESTROY, refused("k1")) == HELD


def test_started_is_said_when_a_machine_was() -> None:
    """By its reply and by its event; one that was up since the start was asked for is enough."""
    said = granted("k1", {"started": True, "status": "running"})
    assert judged(RULE, NO_MACHINE, START, said) == broken(4, "the reply says started, but no machine was")
    event = logs("instance.started")
    assert judged(RULE, NO_MACHINE, START, event) == broken(4, "the event says started, but no machine was")
    assert judged(RULE, NO_MACHINE, START, *creates("c1", "m2", volume()), UP, event, said) == HELD
    fell = world(None, [machine("m2", "stopped")])
    assert judged(RULE, NO_MACHINE, START, *creates("c1", "m2", volume()), UP, fell, said, event) == HELD
    assert judged(RULE, RUNS, START, said, logs("instance.started", None)) == HELD
    recovered = logs("instance.unexpected_stop_recovery_succeeded")
    assert judged(RULE, NO_MACHINE, START, recovered) == broken(4, "the event says started, but no machine was")


def test_a_stop_is_not_said_to_be_needless_while_a_machine_is_coming_up() -> None:
    """It is up, it boots, or a request is under way that brings it up."""
    stop = asks("k2", "stop")
    done = granted("k2", {"stopped": True, "status": "stopped"})
    needless = granted("k2", {"stopped": False, "status": "stopped"})
    said = "the reply says stopped, but a machine is up or on its way up"
    sent = sends("c1", "create_machine", volume_id="v1", app="app-1")
    assert judged(RULE, NO_MACHINE, START, sent, stop, needless) == broken(6, said)
    assert judged(RULE, NO_MACHINE, START, *creates("c1", "m2", volume()), stop, needless) == broken(9, said)
    assert judged(RULE, RUNS, stop, granted("k2", "stopped")) == broken(4, said)
    assert judged(RULE, NO_MACHINE, START, sent, stop, done) == HELD, "what may yet come does not undo what was done"
    hangs = sends("c1", "update_machine", machine_id="m1", volume_id="v1")
    assert judged(RULE, STOPPED, *ACCEPTED, hangs, stop, needless) == HELD, "nobody waits for it, and nothing boots"
    assert judged(RULE, STOPPED, stop, needless) == HELD
    assert judged(RULE, RUNS, stop, granted("k2", {"stopped": False, "status": "restarting"})) == HELD
    assert judged(RULE, RUNS, asks("k1", "poll"), granted("k1", {"status": "stopped"})) == HELD


def test_a_stop_that_took_effect_is_no_error() -> None:
    """It was answered with a time-out, and the machine is stopped."""
    told = (asks("k1", "stop"), *stops("c1", machine()), refused("k1", 408))
    assert judged(RULE, RUNS, *told) == broken(8, "the reply is an error, but m1 is stopped")
    busy = (sends("c1", "stop_machine", machine_id="m1"), lands("c1"), world("c1", [machine("m1", "stopping")]))
    assert judged(RULE, RUNS, asks("k1", "stop"), *busy, refused("k1", 408)) == HELD
    assert judged(RULE, STOPPED, asks("k1", "stop"), refused("k1", 409)) == HELD


def test_a_start_that_took_effect_is_no_error() -> None:
    """Unless it was the gateway that did not answer: that says nothing of the machine."""
    begun = (START, *creates("c1", "m2", volume()), UP)
    assert judged(RULE, NO_MACHINE, *begun, refused("k1")) == broken(
        9, "the reply is an error, but a machine is started"
    )
    unwell = fails("c2", "health", 503, machine_id="m2")
    assert judged(RULE, NO_MACHINE, *begun, *unwell, refused("k1")) == HELD
    well = (sends("c3", "get_machine", machine_id="m2"), lands("c3"), hears("c3", body=machine("m2")))
    said = broken(14, "the reply is an error, but a machine is started")
    assert judged(RULE, NO_MACHINE, *begun, *unwell, *well, refused("k1")) == said
    assert judged(RULE, RUNS, START, refused("k1")) == HELD


def test_a_start_is_not_said_to_have_made_nothing_when_it_did() -> None:
    """Its answer was lost, and its machine is there."""
    failed: Words = logs("instance.provisioning_failed", label="no_machine_created")
    said = "the start is said to have failed, but m2 is created"
    assert judged(RULE, NO_MACHINE, START, *creates("c1", "m2", volume()), failed) == broken(8, said)
    assert judged(RULE, NO_MACHINE, START, failed) == HELD
    taken = (world(None, [machine("m9", "stopped")]), START, writes(record("starting", None)), failed)
    assert judged(RULE, NO_MACHINE, *taken) == HELD, "it had been there before, and this start made nothing"
    swept = (*creates("c1", "m2", volume()), *destroys("c2", machine("m2")))
    assert judged(RULE, NO_MACHINE, START, *swept, failed) == HELD
    other = logs("instance.provisioning_failed", label="fly_failed_state")
    assert judged(RULE, NO_MACHINE, START, *creates("c1", "m2", volume()), other) == HELD
    up = broken(9, "the start is said to have failed, but m2 is started")
    assert judged(RULE, NO_MACHINE, START, *creates("c1", "m2", volume()), UP, other) == up


ACCEPTED = (asks("k1", "start_async"), granted("k1"))


def test_a_start_that_was_granted_is_served_or_told_of() -> None:
    """By a machine, by an event that says that it failed, by a note in the record, or by what a user asked since."""
    said = "a start was granted and never served, and nothing says why"
    assert judged(RULE, NO_MACHINE, *ACCEPTED, RESTS) == broken(5, said)
    assert judged(RULE, NO_MACHINE, *ACCEPTED, UP, RESTS) == HELD
    assert judged(RULE, NO_MACHINE, *ACCEPTED, logs("reconcile.starting_timeout"), RESTS) == HELD
    noted = writes(record("stopped", None, last_start_error="no room"))
    assert judged(RULE, NO_MACHINE, *ACCEPTED, noted, RESTS) == HELD
    assert judged(RULE, NO_MACHINE, *ACCEPTED, asks("k2", "stop"), RESTS) == HELD
    assert judged(RULE, NO_MACHINE, *ACCEPTED, writes(None), RESTS) == HELD
    assert judged(RULE, RUNS, *ACCEPTED, RESTS) == HELD


def test_without_the_truth_nothing_is_said_of_what_was_said() -> None:
    """The answers are all there is, and they are what is in question."""
    told = (START, sends("c1", "create_machine"), hears("c1", body=machine("m2")), refused("k1"))
    assert untold(RULE, NO_MACHINE, *told) == unjudged("the trace does not tell what really happened outside")
    assert judged(RULE, NO_MACHINE, refused("k9"), RESTS) == HELD
