"""Traces judged by all rules: what is held, broken or not judged, and how little is kept of a long one."""

from __future__ import annotations

import json

import pytest

from kiloclaw_core.rules import RULES, Place, check, opened, words
from kiloclaw_core.trace import MalformedTraceError, parse
from kiloclaw_core.trace.lines import Header, Initial, Quiesce, Write

from .telling import (
    HEADER,
    HELD,
    NO_MACHINE,
    RESTS,
    RUNS,
    SANDBOX,
    STOPPED,
    Words,
    asks,
    broken,
    day,
    fails,
    granted,
    hears,
    initial,
    judged,
    lands,
    looks,
    machine,
    record,
    sends,
    trace,
    unjudged,
    untold,
    verdict,
    volume,
    world,
    writes,
)


def test_every_rule_has_a_verdict_in_the_order_of_the_catalogue() -> None:
    """A sandbox that runs and rests breaks none of them."""
    verdicts = check(trace(RUNS, world(), RESTS))
    assert [(one.rule, one.verdict) for one in verdicts] == [(rule, "held") for rule in RULES]


def test_a_verdict_for_programs_has_rule_verdict_line_and_message() -> None:
    """And nothing that changes with how it is judged."""
    told = (writes(record("stopped", None, "v1")), RESTS)
    assert words(verdict("status-truth", RUNS, *told, world())) == {
        "rule": "status-truth",
        "verdict": "broken",
        "line": 4,
        "message": "the record says stopped, but m1 is started",
    }
    assert words(verdict("alarm-armed", RUNS)) == {
        "rule": "alarm-armed",
        "verdict": "not_judged",
        "line": None,
        "message": "the trace never comes to rest",
    }


def test_a_break_says_which_lines_led_there() -> None:
    """In their order, the breaking one left out."""
    found = verdict(
        "stale-write",
        RUNS,
        asks("k1", "stop"),
        asks("k2", "alarm"),
        writes(record("recovering"), "k2"),
        writes(record("stopped")),
    )
    assert found.found is not None
    assert [place.number for place in found.found.led] == [3, 5]
    assert isinstance(found.found.place, Place)
    assert isinstance(found.found.place.line, Write)


# -- where evidence is missing -----------------------------------------------------------------------------------


def test_a_trace_that_does_not_say_how_it_began_is_not_judged() -> None:
    """But what is malformed in it is told."""
    alone = (json.dumps(HEADER),)
    missing = "the trace does not say how things stood when it began"
    assert {(one.verdict, one.message) for one in check(alone)} == {("not_judged", missing)}
    with pytest.raises(MalformedTraceError, match="line 4, column 2: malformed JSON"):
        check((*alone, *[json.dumps({"kind": "quiesce", "at": 1})] * 2, "{"))


ANSWERED = (asks("k1", "stop"), sends("c1", "stop_machine", machine_id="m1"), hears("c1"))


def test_without_the_truth_the_claims_judge_what_they_can() -> None:
    """Two machines in one listing are two, whoever says so; and of a stop that nobody saw little is known."""
    listed = (
        sends("c1", "list_machines", None, metadata={}),
        hears("c1", body=[machine(), machine("m2")]),
    )
    assert untold("single-machine", RUNS, *listed) == broken(4, "there are the machines m1 and m2")
    assert untold("single-machine", RUNS, *ANSWERED) == HELD
    why = "the trace does not say for certain which machines there were, and in what state"
    lost = (*ANSWERED, sends("c2", "create_machine", volume_id="v1"), hears("c2", 0), RESTS)
    assert untold("no-untracked-resource", RUNS, *lost) == unjudged(why, 8)
    assert untold("region-match", RUNS, *ANSWERED) == unjudged("the trace does not tell what really happened outside")


def test_what_was_broken_before_the_truth_was_in_doubt_stays_broken() -> None:
    """Until then nothing had changed."""
    far = initial(record("stopped"), [machine("m1", "stopped")], [volume("v1", "d1", region="lhr")])
    update = (sends("c1", "update_machine", machine_id="m1", volume_id="v1"), hears("c1"))
    said = "update_machine asks to mount v1 of lhr from a machine in iad"
    assert untold("region-match", far, *update) == broken(3, said)


DOUBTS: tuple[tuple[str, tuple[Words, ...]], ...] = (
    ("a look that shows another state", (*looks("c1", machine("m1", "stopped")),)),
    ("a listing that misses a machine", (sends("c1", "list_machines", metadata={}), lands("c1"), hears("c1", body=[]))),
    (
        "a machine that is said to be missing",
        (sends("c1", "get_machine", machine_id="m1"), lands("c1"), hears("c1", 404)),
    ),
    ("a change that lands", (sends("c1", "stop_machine", machine_id="m1"), lands("c1"))),
    ("a change that nobody heard of", (sends("c1", "stop_machine", machine_id="m1"),)),
)


@pytest.mark.parametrize(("_", "told"), DOUBTS, ids=[name for name, _ in DOUBTS])
def test_where_no_line_tells_the_truth_a_doubt_leaves_it_open(_: str, told: tuple[Words, ...]) -> None:
    """A service that records little must not look better than one that records all."""
    assert untold("stop-intent", RUNS, *told) == unjudged("the trace does not tell what really happened outside")


def test_a_request_that_hangs_where_landings_are_told_has_not_landed() -> None:
    """The service waits for ever, nothing changes, and what it says meanwhile can be held against the beginning."""
    looked = (*looks("c1", machine()),)
    hangs = sends("c2", "update_machine", machine_id="m1", volume_id="v1")
    assert untold("stop-intent", RUNS, *looked, hangs, RESTS) == HELD
    missing = unjudged("the trace does not tell what really happened outside")
    assert untold("stop-intent", RUNS, *looked, hangs, lands("c2"), RESTS) == missing


def test_a_list_by_metadata_need_not_show_what_has_none() -> None:
    """It is the sandbox's by its name, and a list that misses it is no lie (trace-format.md)."""
    unmarked = initial(record("stopped", None), [machine(sandbox_id=None, name=SANDBOX)], [volume()])
    listed = (sends("c1", "list_machines", metadata={}), lands("c1"), hears("c1", body=[]))
    assert untold("stop-intent", unmarked, *listed, RESTS) == HELD


def test_where_the_world_is_told_only_a_change_that_is_not_leaves_it_open() -> None:
    """Looks need no line of their own; what changes something does."""
    seen = (sends("c1", "get_machine", machine_id="m1"), hears("c1", body=machine()))
    assert judged("stop-intent", RUNS, *seen, RESTS) == HELD
    missing = unjudged("the trace does not tell what really happened outside")
    silent = (sends("c1", "stop_machine", machine_id="m1"), hears("c1"))
    assert judged("stop-intent", RUNS, world(), *silent) == missing
    unseen = (sends("c1", "destroy_machine", machine_id="m1"), lands("c1"), hears("c1"))
    assert judged("stop-intent", RUNS, world(), *unseen) == missing


def test_where_nothing_gives_rise_to_doubt_the_beginning_is_the_truth() -> None:
    """Reads that show what was known, and what another sandbox has."""
    strange = machine("m9", "stopped", None, sandbox_id="ki_2")
    beginning = initial(record("running"), [machine(), strange], [volume()])
    listed = (sends("c1", "list_machines", metadata={}), lands("c1"), hears("c1", body=[machine()]))
    assert untold("stop-intent", beginning, *listed, RESTS) == HELD
    assert untold("stop-intent", RUNS, *fails("c1", "get_volume", 500, "k1", "no", volume_id="v1"), RESTS) == HELD


def test_effects_and_answers_of_what_is_long_over_change_nothing() -> None:
    """A request that landed after its answer, or of whom nobody knows who asked."""
    late = (sends("c1", "stop_machine", machine_id="m1"), hears("c1", 408), lands("c1"), lands("c1"))
    assert judged("id-before-wait", RUNS, asks("k1", "stop"), *late, granted("k1"), granted("k9")) == HELD
    lost = (sends("c1", "stop_machine", "k9", machine_id="m1"), hears("c1", 0), RESTS, lands("c1"))
    assert judged("stop-intent", RUNS, *lost, RESTS) == HELD


# -- how little is kept ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [10, 80])
def test_what_is_kept_grows_with_what_is_live_and_not_with_the_trace(days: int) -> None:
    """However long a trace is, it can be judged as it is written."""
    header, begun = (parse(text, number) for number, text in enumerate(trace(RUNS), 1))
    assert isinstance(header, Header)
    assert isinstance(begun, Initial)
    going = opened(header, begun, 2)
    most, number, at = 0, 2, 0
    for one in (line for each in range(1, days) for line in day(each)):
        number, at = number + 1, at + 60_000
        line = parse(json.dumps({**one, "at": at}), number)
        assert not isinstance(line, Header | Initial)
        going.tell(number, line)
        if isinstance(line, Quiesce):
            most = max(most, going.book.size())
    assert most <= 24
    assert {one.verdict for one in going.verdicts()} == {"held"}


def test_commands_that_are_over_are_forgotten_when_there_are_many() -> None:
    """However fast they come."""
    polls = (line for number in range(600) for line in (asks(f"p{number}", "poll"), granted(f"p{number}")))
    header, begun = (parse(text, number) for number, text in enumerate(trace(STOPPED), 1))
    assert isinstance(header, Header)
    assert isinstance(begun, Initial)
    going = opened(header, begun, 2)
    for number, one in enumerate(polls, 3):
        line = parse(json.dumps({**one, "at": 0}), number)
        assert not isinstance(line, Header | Initial)
        going.tell(number, line)
    assert going.book.size() <= 256 + 8
    assert judged("bounded-retry", NO_MACHINE, RESTS) == HELD
