"""Services with words of their own, followed by the sense of what they do: what is a difference, and what is none."""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_adapters.following import Advice, follow
from tests.story.rules.telling import (
    EVICTED,
    HEADER,
    LARGE,
    NO_MACHINE,
    RESTS,
    RUNS,
    SIZE,
    STOPPED,
    Story,
    Words,
    asks,
    creates,
    fails,
    granted,
    hears,
    initial,
    lands,
    later,
    looks,
    machine,
    makes,
    record,
    sends,
    trace,
    volume,
    world,
    writes,
)

DOWN: Final = machine(state="stopped")
WAITS: Final = "waits 75 s until what was sent can no longer land (Settling(machine))"
STARTS: Final[Story] = (
    sends("c2", "start_machine", machine_id="m1"),
    lands("c2"),
    world("c2", [machine()]),
    hears("c2"),
)
STARTING: Final[Story] = (asks("k1", "start"), writes(record("starting", None)))
WELL: Final[Story] = (sends("c4", "health", machine_id="m1"), hears("c4"))
RESTED: Final[Story] = (writes(record("running")), granted("k1"), RESTS)


def told(beginning: Words, *lines: Words | Story) -> list[str]:
    """What is said of a trace that tells the truth."""
    every = follow(trace(beginning, world(), *lines))
    return [f"{one.line}: {one.service} | {one.model}" for one in every if isinstance(one, Advice)]


ALIKE: Final[dict[str, tuple[Words, Story]]] = {
    "a start, with a look more and a wait": (
        STOPPED,
        (
            asks("k1", "start"),
            writes(record("starting")),
            *looks("c1", DOWN),
            *STARTS,
            sends("c3", "wait_machine", machine_id="m1", state="started"),
            hears("c3"),
            *WELL,
            *RESTED,
        ),
    ),
    "a region without room, and the next": (
        initial(record("stopped", None, None)),
        (
            asks("k1", "start"),
            writes(record("starting", None, None)),
            *fails("c0", "create_volume", 412, "k1", "insufficient resources", region="eu"),
            *makes("c1", volume("v2", "empty")),
            writes(record("starting", None, "v2")),
        ),
    ),
    "a create without an answer, asked again once it can no longer land": (
        NO_MACHINE,
        (*STARTING, *fails("c1", "create_machine", 0, volume_id="v1"), later(2), *creates("c2", "m2", volume())),
    ),
    "a machine that stopped by itself, seen when a timer rang": (
        RUNS,
        (
            world(None, [DOWN]),
            later(6),
            asks("a1", "alarm"),
            *looks("c1", DOWN, "a1"),
            writes(record("recovering"), "a1"),
        ),
    ),
}


@pytest.mark.parametrize(("beginning", "lines"), ALIKE.values(), ids=ALIKE)
def test_a_service_has_ways_of_its_own(beginning: Words, lines: Story) -> None:
    """What it looks at, how often, and how it walks through regions is no difference."""
    assert told(beginning, *lines) == []


OTHERWISE: Final[dict[str, tuple[Words, Story, str]]] = {
    "nobody asks whether it is well": (
        STOPPED,
        (asks("k1", "start"), writes(record("starting")), *STARTS, *RESTED),
        (
            "10: k1 commits running, machine m1, volume v1"
            " | commits starting, machine m1, volume v1, then health m1 (Probing)"
        ),
    ),
    "intent is not written first": (
        STOPPED,
        (asks("k1", "start"), *STARTS, *WELL, *RESTED),
        "5: start_machine m1 | commits starting, machine m1, volume v1, then start_machine m1",
    ),
    "another size": (
        initial(record("stopped", None, machine_size=SIZE), [], [volume()]),
        (
            asks("k1", "start"),
            writes(record("starting", None, machine_size=SIZE)),
            *creates("c1", "m2", volume(), size=LARGE),
        ),
        "6: create_machine v1 | create_machine v1 with 1 shared 3072 instead of 8 shared 8192",
    ),
    "a create without an answer is asked again at once": (
        NO_MACHINE,
        (*STARTING, *fails("c1", "create_machine", 0, volume_id="v1"), sends("c2", "create_machine", volume_id="v1")),
        f"8: create_machine v1 | {WAITS}",
    ),
    "after a crash it is asked again at once": (
        NO_MACHINE,
        (
            *STARTING,
            sends("c1", "create_machine", volume_id="v1"),
            EVICTED,
            sends("c2", "create_machine", volume_id="v1"),
        ),
        f"8: create_machine v1 | {WAITS}",
    ),
    "a command that is not granted": (
        initial(record("destroying"), [machine()], [volume()]),
        (asks("k1", "start"), sends("c1", "start_machine", machine_id="m1")),
        "5: start_machine m1 | refuses: the instance is being destroyed",
    ),
    "what is kept is deleted": (
        initial(record("running", retained_volume_id="v0"), [machine()], [volume(), volume("v0")]),
        (sends("c1", "delete_volume", volume_id="v0"),),
        "4: delete_volume v0 | does nothing: it is running (Running)",
    ),
}


@pytest.mark.parametrize(("beginning", "lines", "said"), OTHERWISE.values(), ids=OTHERWISE)
def test_what_the_model_would_have_done_is_said(beginning: Words, lines: Story, said: str) -> None:
    """Once for each step that is another, and nothing of what follows from it."""
    assert told(beginning, *lines) == [said]


UNTOLD: Final[dict[str, tuple[Words, Story, str]]] = {
    "a restore under way": (
        initial(record("restoring"), [machine()], [volume()]),
        (),
        "2: commits restoring, machine m1, volume v1 | the record does not say what it is restored to",
    ),
    "a restart of nothing": (
        initial(record("restarting", None), [], [volume()]),
        (),
        "2: commits restarting, volume v1 | the record does not say which machine is restarted",
    ),
    "a recovery from nothing": (
        initial(record("recovering", "m1", None), [machine()], []),
        (),
        "2: commits recovering, machine m1 | the record does not say from which volume it recovers",
    ),
    "a machine without a volume": (
        initial(record("running", "m1", None), [machine()], []),
        (),
        "2: commits running, machine m1 | the record names a machine and no volume",
    ),
    "no status": (
        initial(record(None), [machine()], [volume()]),
        (),
        "2: commits no status, machine m1, volume v1 | the record has no status",
    ),
    "a command of others": (
        RUNS,
        (asks("k1", "restore_complete"),),
        "4: k1 restore_complete | the model has no such command: it restores by itself",
    ),
    "a restore to nothing": (
        RUNS,
        (asks("k1", "restore_begin"),),
        "4: k1 restore_begin | it does not say to which snapshot",
    ),
    "a move to nothing": (STOPPED, (asks("k1", "reassociate"),), "4: k1 reassociate | it does not say to which volume"),
    "a clean-up of nothing": (
        STOPPED,
        (asks("k1", "cleanup_retained"),),
        "4: k1 cleanup_retained | it does not say which volume",
    ),
}


@pytest.mark.parametrize(("beginning", "lines", "said"), UNTOLD.values(), ids=UNTOLD)
def test_what_a_trace_leaves_out_is_not_made_up(beginning: Words, lines: Story, said: str) -> None:
    """The model is not followed from there on, and it is said why."""
    assert told(beginning, *lines) == [said]


@pytest.mark.parametrize(
    ("without", "said"),
    [
        (("app",), "neither the record nor the header has `app`"),
        (("user_id", "app"), "neither the record nor the header has `user_id` and `app`"),
    ],
)
def test_whose_an_instance_is_is_named_by_the_keys_that_are_missing(without: tuple[str, ...], said: str) -> None:
    """Whoever left one out looks for that one, and for no other."""
    kept, header = (
        {key: one for key, one in each.items() if key not in without} for each in (record("stopped"), HEADER)
    )
    beginning = initial(kept, [machine(state="stopped")], [volume()])
    (advice,) = (one for one in follow(trace(beginning, header=header)) if isinstance(one, Advice))
    assert (advice.line, advice.model) == (2, said)


def test_a_trace_that_begins_anywhere_is_followed_from_its_first_write() -> None:
    """Until then nobody knows how things stand."""
    late = trace(writes(record("running")), asks("k1", "stop"), sends("c1", "delete_volume", volume_id="v1"))
    (advice,) = (one for one in follow(late) if isinstance(one, Advice))
    assert (advice.line, advice.model) == (4, "stop_machine m1 (Changing(stop))")
