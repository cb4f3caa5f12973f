"""What is no line of the format is told by its place: line, column where the JSON is broken, and the way to the key."""

from __future__ import annotations

import json

import pytest

from kiloclaw_core.trace import MalformedTraceError, parse, scenes

from .telling import HEADER, Words, call, initial, trace, write


def refusal(text: str) -> str:
    """What is said of a text that cannot be the seventh line."""
    with pytest.raises(MalformedTraceError) as raised:
        parse(text, 7)
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 7, column 1: malformed JSON (Expecting value)"),
        ('{"kind": "evict" "at": 1}', "line 7, column 18: malformed JSON (Expecting ',' delimiter)"),
        ('{"at": 1, "at": 2}', "line 7: malformed JSON (the key 'at' stands there twice)"),
        ('{"at": NaN}', "line 7: malformed JSON (NaN is no number)"),
        ("[" * 100_000, "line 7: malformed JSON (nested too deeply)"),
        ("[1]", "line 7: expected an object, not an array"),
        ("null", "line 7: expected an object, not null"),
    ],
    ids=["empty", "broken", "twice", "no number", "deep", "array", "null"],
)
def test_what_is_no_object_is_told_with_its_place(text: str, told: str) -> None:
    """Whoever wrote the trace looks there first."""
    assert refusal(text) == told


def written(record: Words) -> Words:
    """A commit of this record."""
    return {"at": 1, **write(record)}


STATUSES = "provisioned, starting, running, stopping, stopped, restarting, recovering, restoring, destroying"
MISTAKES: tuple[tuple[Words, str], ...] = (
    ({"kind": 3}, "kind: expected a string, not a whole number"),
    ({"at": 1}, "kind: missing"),
    ({"kind": "evict", "at": 1.5}, "at: expected a whole number, not a number with a fraction"),
    ({"kind": "evict", "at": True}, "at: expected a whole number, not a boolean"),
    ({"kind": "evict"}, "at: missing"),
    ({"kind": "reply", "at": 1, "id": "k", "ok": "yes"}, "ok: expected a boolean, not a string"),
    ({"kind": "event", "at": 1, "name": "e", "fields": []}, "fields: expected an object, not an array"),
    ({"kind": "write", "at": 1}, "record: missing"),
    (written({"status": "lost"}), f"record.status: 'lost' is none of {STATUSES}"),
    (written({"machine_id": 1}), "record.machine_id: expected a string, not a whole number"),
    (written({"other_machine_ids": ["m", 1]}), "record.other_machine_ids: expected an array of strings"),
    ({"kind": "world", "at": 1, "machines": {}}, "machines: expected an array, not an object"),
    ({"kind": "world", "at": 1, "volumes": [{}, 3]}, "volumes[1]: expected an object, not a whole number"),
    ({"kind": "world", "at": 1, "volumes": [{"data": "d1"}]}, "volumes[0].id: missing"),
)


@pytest.mark.parametrize(("line", "told"), MISTAKES, ids=[told for _, told in MISTAKES])
def test_what_is_wrong_with_a_key_is_told_with_the_way_to_it(line: Words, told: str) -> None:
    """The value itself is not repeated unless it should have been a word of the format: it may be anything."""
    assert refusal(json.dumps(line)) == f"line 7: {told}"


def test_an_unknown_kind_is_an_error() -> None:
    """It may say what nobody here understands, and so change what the other lines mean (trace-format.md)."""
    told = refusal('{"kind": "epilogue", "at": 1}')
    assert told.startswith("line 7: kind: 'epilogue' is none of header, initial, command, reply, call, effect, answer")


def test_an_unknown_request_is_an_error() -> None:
    """One that nobody here understands may change anything."""
    told = refusal('{"kind": "call", "at": 1, "id": "c", "op": "lease", "args": {}}')
    assert told.startswith("line 7: op: 'lease' is none of create_machine, get_machine")


def test_another_version_is_an_error() -> None:
    """Its words may mean something else."""
    told = refusal(json.dumps({**HEADER, "trace": "kiloclaw-trace/2"}))
    assert told == "line 7: trace: 'kiloclaw-trace/2' cannot be read, only 'kiloclaw-trace/1'"


BEGINNING = trace(initial())


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((), "line 1: expected a header, but the trace is empty"),
        (BEGINNING[1:], "line 1: expected a header before anything else"),
        ((BEGINNING[0], *BEGINNING), "line 2: a second header"),
        ((*BEGINNING, BEGINNING[1]), "line 3: how things stood at first comes before all that happened"),
        ((*BEGINNING, '{"kind": "evict", "at": -1}'), "line 3: at: -1 is before 0, the moment of the line before"),
    ],
    ids=["empty", "no header", "second header", "late beginning", "back in time"],
)
def test_lines_out_of_order_are_told(lines: tuple[str, ...], told: str) -> None:
    """Order is what a trace is."""
    with pytest.raises(MalformedTraceError) as raised:
        list(scenes(lines))
    assert (str(raised.value), raised.value.column) == (told, None)


def test_a_request_that_is_under_way_cannot_leave_again() -> None:
    """One id for two requests leaves open which of them an answer is for."""
    again = call("c1", "list_volumes")
    with pytest.raises(MalformedTraceError, match="line 4: id: the call 'c1' is already under way"):
        list(scenes(trace(initial(), again, again)))


def test_an_answer_needs_its_request() -> None:
    """One that nobody waits for would teach what was never asked."""
    with pytest.raises(MalformedTraceError, match="line 3: id: no call 'c1' is waiting for an answer"):
        list(scenes(trace(initial(), {"kind": "answer", "id": "c1", "status": 200})))


def test_a_request_says_what_it_is_about() -> None:
    """A delete of nothing in particular could be of anything."""
    with pytest.raises(MalformedTraceError, match=r"line 3: args\.volume_id: missing"):
        list(scenes(trace(initial(), call("c1", "delete_volume"))))
