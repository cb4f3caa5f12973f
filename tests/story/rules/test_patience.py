"""Trying: not for ever at the same pace, and never so that a user cannot get in."""

from __future__ import annotations

from collections.abc import Iterator

from .telling import (
    HELD,
    NO_MACHINE,
    RESTS,
    RUNS,
    STOPPED,
    Story,
    Words,
    asks,
    broken,
    fails,
    granted,
    hears,
    judged,
    lands,
    later,
    makes,
    record,
    refused,
    sends,
    volume,
    world,
    writes,
)

# -- not for ever ------------------------------------------------------------------------------------------------

TENTH = "destroy_machine failed 10 times at the same pace, of which this is the first"


def tries(*minutes: float, status: int = 503) -> Story:
    """A delete that fails again and again, so many minutes apart."""
    return tuple(one for number, pause in enumerate(minutes) for one in trial(number, pause, status))


def trial(number: int, pause: float, status: int) -> Iterator[Words]:
    """One alarm, and its try."""
    yield later(pause)
    yield asks(f"k{number}", "alarm")
    yield from fails(f"c{number}", "destroy_machine", status, f"k{number}", "no", machine_id="m1")


def test_what_fails_ten_times_at_the_same_pace_fails_for_ever() -> None:
    """The first of them is named."""
    assert judged("bounded-retry", RUNS, *tries(*[1.0] * 10)) == broken(4, TENTH)
    assert judged("bounded-retry", RUNS, *tries(*[1, 2] * 5, status=0)) == broken(4, TENTH)
    assert judged("bounded-retry", RUNS, *tries(*[1.0] * 9)) == HELD


def test_waiting_longer_succeeding_or_being_asked_is_no_standstill() -> None:
    """And what is gone has not failed."""
    assert judged("bounded-retry", RUNS, *tries(*[1 + number for number in range(12)])) == HELD
    done = (sends("c99", "destroy_machine", "k1", machine_id="m1"), lands("c99"), hears("c99"))
    assert judged("bounded-retry", RUNS, *tries(*[1.0] * 9), *done, *tries(1, 1)) == HELD
    assert judged("bounded-retry", RUNS, *tries(*[1.0] * 9), asks("k99", "destroy"), *tries(1, 1)) == HELD
    assert judged("bounded-retry", RUNS, *tries(*[1.0] * 12, status=404)) == HELD
    assert judged("bounded-retry", RUNS, *tries(*[0.001] * 12)) == HELD, "tries so near to one another are one"


def test_what_is_asked_of_the_registry_is_a_try_like_any_other() -> None:
    """By what it was asked for; what a machine is asked while it boots has an end of its own."""

    def asked(op: str, **args: object) -> Story:
        """The same request, once a minute."""
        each = ((later(1), *fails(f"c{number}", op, 503, "k1", "no", **args)) for number in range(10))
        return tuple(one for every in each for one in every)

    alarm = asks("k1", "alarm")
    said = "registry finalize failed 10 times at the same pace, of which this is the first"
    assert judged("bounded-retry", RUNS, alarm, *asked("registry", action="finalize")) == broken(4, said)
    assert judged("bounded-retry", RUNS, alarm, *asked("health", machine_id="m1")) == HELD


def moves(*names: str, by: str | None = None) -> Story:
    """Copies are made, each by an alarm of its own unless it is said."""
    every = [
        (later(10), asks(f"a{name}", "alarm"), *makes(f"c{name}", volume(name), by or f"a{name}", "v1"))
        for name in names
    ]
    return tuple(one for each in every for one in each)


def test_three_moves_within_an_hour_are_too_many() -> None:
    """Unless a user asked in between, or they are one move that looks for room."""
    said = "3 moves within an hour, of which this is the first"
    assert judged("bounded-retry", RUNS, *moves("v2", "v3", "v4")) == broken(4, said)
    assert judged("bounded-retry", RUNS, *moves("v2", "v3"), later(60), *moves("v4")) == HELD
    assert judged("bounded-retry", RUNS, *moves("v2", "v3"), asks("k1", "start"), *moves("v4")) == HELD
    assert judged("bounded-retry", RUNS, *moves("v2", "v3", "v4", by="k1")) == HELD
    fresh = tuple({**one, "args": {}} if one.get("op") == "create_volume" else one for one in moves("v2", "v3", "v4"))
    assert judged("bounded-retry", RUNS, *fresh) == HELD
    assert judged("bounded-retry", RUNS, writes(record("recovering")), *fresh) == broken(5, said)


def test_a_move_that_is_refused_is_none() -> None:
    """It left everything where it was; one that was lost may have moved."""

    def answered(status: int) -> Story:
        """The third of three moves is answered so."""
        third = (
            later(10),
            asks("a3", "alarm"),
            *fails("c3", "create_volume", status, "a3", "no", source_volume_id="v1"),
        )
        return (*moves("v2", "v3"), *third)

    said = "3 moves within an hour, of which this is the first"
    assert judged("bounded-retry", RUNS, *answered(404)) == HELD
    assert judged("bounded-retry", RUNS, *answered(422), *moves("v4")) == broken(4, said)
    assert judged("bounded-retry", RUNS, *answered(0)) == broken(4, said)
    assert judged("bounded-retry", RUNS, *answered(503)) == broken(4, said)


# -- a way in ----------------------------------------------------------------------------------------------------

RULE = "no-lockout"
FIRST = (asks("k1", "start"), refused("k1"))
SECOND = (asks("k2", "start"), refused("k2"))
LOCKED = "start and start were of no use in a row, though the provider was healthy since"


def test_two_refusals_in_a_row_lock_a_user_out() -> None:
    """The provider was well."""
    assert judged(RULE, STOPPED, *FIRST, *SECOND) == broken(6, LOCKED)
    looked = (sends("c1", "list_machines", metadata={}), lands("c1"), hears("c1", body=[]))
    assert judged(RULE, NO_MACHINE, *FIRST, *looked, *SECOND) == broken(9, LOCKED)
    own = fails("c1", "update_machine", 412, "k2", "failed_precondition: wrong region", machine_id="m1")
    assert judged(RULE, STOPPED, *FIRST, *own, *SECOND) == broken(8, LOCKED), "that is no trouble of the provider's"


def test_what_is_the_providers_trouble_is_no_lockout() -> None:
    """It errs, it says nothing, or it has no room."""
    for status, error in ((500, "no"), (0, "reset"), (412, "insufficient resources")):
        trouble = fails("c1", "update_machine", status, "k2", error, machine_id="m1")
        assert judged(RULE, STOPPED, *FIRST, *trouble, *SECOND) == HELD
    keyless = fails("c1", "registry", 503, "k2", "no", action="env_key")
    assert judged(RULE, STOPPED, *FIRST, *keyless, *SECOND) == HELD
    asleep = fails("c1", "health", 503, "k2", "no", machine_id="m1")
    assert judged(RULE, STOPPED, *FIRST, *asleep, *SECOND) == broken(8, LOCKED), "its own machine is not the provider"


def test_what_went_well_in_between_ends_it() -> None:
    """A command that was served, or a record that runs."""
    served = (asks("k3", "stop"), granted("k3", {"stopped": True, "status": "stopped"}))
    assert judged(RULE, STOPPED, *FIRST, *served, *SECOND) == HELD
    assert judged(RULE, STOPPED, *FIRST, asks("k4", "alarm"), writes(record("running"), "k4"), *SECOND) == HELD
    assert judged(RULE, STOPPED, *FIRST, writes(record("stopped")), *SECOND) == broken(7, LOCKED)
    message = (asks("k1", "restore_complete"), refused("k1"))
    assert judged(RULE, STOPPED, *message, *SECOND) == HELD
    assert judged(RULE, STOPPED, asks("k1", "poll"), refused("k1"), *SECOND, refused("k9")) == HELD


def test_what_is_destroyed_or_never_was_refuses_all_but_destroy() -> None:
    """That is what it is to be gone."""
    gone = (asks("k0", "destroy"), writes(record("destroying"), "k0"))
    assert judged(RULE, STOPPED, *gone, *FIRST, *SECOND) == HELD
    destroys = (asks("k1", "destroy"), refused("k1"), asks("k2", "destroy"), refused("k2"))
    said = "destroy and destroy were of no use in a row, though the provider was healthy since"
    assert judged(RULE, STOPPED, *gone, *destroys) == broken(8, said)


BUSY = (asks("k0", "restart"), writes(record("restarting"), "k0"))


def test_what_is_refused_while_something_is_under_way_counts_if_that_never_ends() -> None:
    """A recovery takes minutes, and then the user gets in."""
    ends = writes(record("stopped"), "k0")
    assert judged(RULE, RUNS, *BUSY, *FIRST, *SECOND, ends, RESTS) == HELD
    assert judged(RULE, RUNS, *BUSY, *FIRST, *SECOND, RESTS) == broken(8, LOCKED)
    assert judged(RULE, STOPPED, *FIRST, *BUSY, *SECOND, ends, RESTS) == HELD
    assert judged(RULE, STOPPED, *FIRST, *BUSY, *SECOND, RESTS) == broken(8, LOCKED)


def test_a_command_that_is_granted_and_ignored_is_of_no_use_either() -> None:
    """But a stop of what is stopped has nothing to do."""
    stop = (asks("k2", "stop"), granted("k2", {"stopped": False, "status": "restarting"}))
    said = "start and stop were of no use in a row, though the provider was healthy since"
    assert judged(RULE, STOPPED, *FIRST, *stop) == broken(6, said)
    start = (asks("k2", "start"), granted("k2", {"started": False, "status": "stopped"}))
    assert judged(RULE, STOPPED, *FIRST, *start) == broken(6, LOCKED)
    needless = (asks("k2", "stop"), granted("k2", {"stopped": False, "status": "stopped"}))
    assert judged(RULE, STOPPED, *FIRST, *needless) == HELD


def test_a_start_that_waits_for_another_is_refused_only_if_that_never_ends() -> None:
    """Two were asked for at once, and the first of them failed."""
    ignored = granted("k2", {"started": False, "status": "stopped"})
    both = (asks("k1", "start"), asks("k2", "start"), ignored)
    assert judged(RULE, STOPPED, *both, refused("k1"), RESTS) == HELD
    again = (asks("k3", "start"), granted("k3", {"started": False, "status": "stopped"}))
    assert judged(RULE, STOPPED, *both, *again, RESTS) == broken(7, LOCKED)
    assert judged(RULE, STOPPED, *both, *again, granted("k1", {"started": True}), RESTS) == HELD
    before = (asks("k0", "start"), refused("k0"))
    assert judged(RULE, STOPPED, *before, *both, granted("k1", {"started": True}), RESTS) == HELD
    assert judged(RULE, STOPPED, *before, *both, refused("k1"), RESTS) == broken(8, LOCKED)


def begins(name: str, *, ends: str) -> Story:
    """A start that nobody waits for, and where it ended."""
    started = (asks(name, "start_async"), writes(record("starting", None), name), granted(name))
    return (*started, later(5), asks(f"{name}9", "alarm"), writes(record(ends, None), f"{name}9"))


def test_starts_that_nobody_waits_for_lock_out_as_well() -> None:
    """Each is granted, and ends as it began."""
    said = "start_async and start_async were of no use in a row, though the provider was healthy since"
    stopped = (begins("k1", ends="stopped"), begins("k2", ends="stopped"), begins("k3", ends="stopped"))
    assert judged(RULE, NO_MACHINE, *stopped) == broken(12, said)
    assert judged(RULE, NO_MACHINE, begins("k1", ends="stopped"), begins("k2", ends="running")) == HELD
    destroyed = (asks("k3", "start_async"), granted("k3"), writes(record("destroying", None), "k3"))
    assert judged(RULE, NO_MACHINE, begins("k1", ends="stopped"), *destroyed, RESTS) == HELD
    assert judged(RULE, NO_MACHINE, world(None, (), [volume()]), RESTS) == HELD


def test_a_second_refusal_during_what_ends_is_forgotten_and_a_third_is_no_more_than_two() -> None:
    """The first one stands."""
    third = (asks("k3", "start"), refused("k3"))
    ends = (writes(record("stopped"), "k0"), *third)
    assert judged(RULE, STOPPED, *FIRST, *BUSY, *SECOND, *ends, RESTS) == broken(11, LOCKED)
    assert judged(RULE, RUNS, *BUSY, *FIRST, *SECOND, *third, RESTS) == broken(8, LOCKED)
    over = (writes(record("stopped"), "k0"), writes(record("starting"), "k0"))
    assert judged(RULE, RUNS, *BUSY, *FIRST, *over, *SECOND, RESTS) == HELD
