"""Rules judged by claims, where nobody tells the truth: a break names what it saw, and the lines that showed it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from kiloclaw_core.rules import opened
from kiloclaw_core.trace import parse
from kiloclaw_core.trace.lines import Header, Initial

from .telling import (
    OTHERS,
    RESTS,
    RUNS,
    STOPPED,
    Story,
    Words,
    asks,
    hears,
    initial,
    machine,
    record,
    sends,
    trace,
    verdict,
    volume,
    writes,
)

STOP: Final[Story] = (sends("c1", "stop_machine", machine_id="m1"), hears("c1"))
LISTED: Final[Story] = (
    sends("c2", "list_machines", metadata={}),
    hears("c2", body=[machine(state="stopped"), machine("m2")]),
)
SHARED: Final = initial(record("running"), [machine()], [volume(), volume("v9", "d9", sandbox_id=OTHERS)])
MISSING: Final[Story] = tuple(
    line for name in ("c3", "c4", "c5") for line in (sends(name, "get_machine", machine_id="m1"), hears(name, 404))
)
SEEN: Final[dict[str, tuple[str, Words, Story, str, list[int]]]] = {
    "two machines": (
        "single-machine",
        STOPPED,
        (*STOP, *LISTED),
        "6: there are the machines m1 and m2",
        [2, 5],
    ),
    "a machine in no record": (
        "no-untracked-resource",
        RUNS,
        (*STOP, *LISTED, writes(record("stopped")), RESTS),
        "8: the record does not name m2",
        [6, 7],
    ),
    "something left": (
        "no-untracked-resource",
        RUNS,
        (*STOP, asks("k2", "destroy"), writes(record("destroying"), "k2"), writes(None, "k2"), RESTS),
        "8: nothing is recorded any more, but m1, v1 is left",
        [2, 7],
    ),
    "stopped and up": (
        "status-truth",
        RUNS,
        (*STOP, *LISTED, writes(record("stopped")), RESTS),
        "8: the record says stopped, but m2 is up",
        [6, 7],
    ),
    "running and down": (
        "status-truth",
        RUNS,
        (*STOP, *LISTED, RESTS),
        "7: the record says running, but of its machine: m1 is stopped on v1",
        [2, 6],
    ),
    "running and gone": (
        "status-truth",
        RUNS,
        (*STOP, *MISSING, RESTS),
        "11: the record says running, but of its machine: there is none",
        [2],
    ),
    "starting for ever": (
        "status-truth",
        STOPPED,
        (*STOP, writes(record("starting")), RESTS),
        "6: the record says starting where running is wanted, and nothing says why",
        [5],
    ),
    "another's volume": (
        "identity",
        SHARED,
        (sends("c1", "delete_volume", volume_id="v9"), hears("c1")),
        "4: v9 was taken away, and is another sandbox's",
        [2, 3],
    ),
    "the only volume": (
        "last-copy",
        RUNS,
        (sends("c1", "delete_volume", volume_id="v1"), hears("c1")),
        "4: While nobody asked for its end, what the user wrote is on some volume.",
        [2, 3],
    ),
    "what was so at first": (
        "single-machine",
        initial(None, [machine(), machine("m2")], [volume()]),
        STOP,
        "2: there are the machines m1 and m2",
        [],
    ),
}


@pytest.mark.parametrize(("rule", "beginning", "told", "said", "lines"), SEEN.values(), ids=SEEN)
def test_a_break_by_a_claim_names_what_it_saw(
    rule: str, beginning: Words, told: Story, said: str, lines: list[int]
) -> None:
    """And says which lines showed it, as every other break does."""
    judged = verdict(rule, beginning, *told)
    assert judged.found is not None
    assert f"{judged.line}: {judged.message}" == said
    assert (judged.found.place.number, [one.number for one in judged.found.led]) == (judged.line, lines)


def test_only_what_is_live_is_remembered() -> None:
    """However many snapshots are listed."""
    header, begun = (parse(text, number) for number, text in enumerate(trace(RUNS), 1))
    assert isinstance(header, Header)
    assert isinstance(begun, Initial)
    going = opened(header, begun, 2)
    for number, text in enumerate(trace(RUNS, *STOP, *many(20))[2:], 3):
        line = parse(text, number)
        assert not isinstance(line, Header | Initial)
        going.tell(number, line)
    assert sorted(going.witness.shown) == ["m1", "v1"]


def many(times: int) -> Iterator[Story]:
    """So many lists of snapshots, each with another."""
    for number in range(times):
        name = f"s{number}"
        yield (sends(name, "list_snapshots", volume_id="v1"), hears(name, body=[{"id": f"snapshot-{number}"}]))
