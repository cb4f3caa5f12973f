"""Each kind of line as its value, in the words of the format, and what of it may be left out."""

from __future__ import annotations

import json

import pytest

from kiloclaw_core.trace import parse
from kiloclaw_core.trace.lines import (
    AlarmSet,
    Answer,
    Call,
    CallOp,
    Command,
    CommandOp,
    Effect,
    Event,
    Evict,
    Header,
    Initial,
    Line,
    Quiesce,
    Reply,
    ReplyError,
    ShownMachine,
    ShownVolume,
    World,
    Write,
    Written,
)
from kiloclaw_core.trace.reading import Node
from kiloclaw_core.world.scene import RecordWords

from .telling import Words

MACHINE: Words = {"id": "m1", "state": "started", "volume_id": None}
LINES: tuple[tuple[Words, Line], ...] = (
    (
        {
            "kind": "header",
            "trace": "kiloclaw-trace/1",
            "source": "us",
            "sandbox_id": "ki_1",
            "user_id": "u",
            "app": "a",
        },
        Header("us", "ki_1", "u", "a"),
    ),
    (
        {
            "kind": "initial",
            "at": 1,
            "record": None,
            "alarm_due": None,
            "machines": [MACHINE],
            "volumes": [{"id": "v1"}],
        },
        Initial(1, None, None, (ShownMachine("m1", state="started"),), (ShownVolume("v1"),)),
    ),
    (
        {"kind": "command", "at": 1, "id": "k1", "op": "start_async", "args": {"x": 1}},
        Command(1, "k1", CommandOp.START_ASYNC, Node({"x": 1}, 7, "args")),
    ),
    (
        {"kind": "reply", "at": 1, "id": "k1", "ok": True, "value": "started"},
        Reply(1, "k1", ok=True, value="started"),
    ),
    (
        {"kind": "reply", "at": 1, "id": "k1", "ok": False, "error": {"status": 409, "code": "busy", "message": "m"}},
        Reply(1, "k1", ok=False, error=ReplyError(409, "busy", "m")),
    ),
    (
        {"kind": "call", "at": 1, "id": "c1", "op": "list_volumes", "args": {}, "by": "k1"},
        Call(1, "c1", CallOp.LIST_VOLUMES, Node({}, 7, "args"), "k1"),
    ),
    ({"kind": "effect", "at": 1, "id": "c1"}, Effect(1, "c1")),
    ({"kind": "answer", "at": 1, "id": "c1", "status": 0, "error": "reset"}, Answer(1, "c1", 0, error="reset")),
    (
        {"kind": "answer", "at": 1, "id": "c1", "status": 200, "body": {"id": "v"}},
        Answer(1, "c1", 200, (Node({"id": "v"}, 7, "body"),)),
    ),
    (
        {"kind": "answer", "at": 1, "id": "c1", "status": 200, "body": [{"id": "v"}]},
        Answer(1, "c1", 200, (Node({"id": "v"}, 7, "body[0]"),)),
    ),
    (
        {"kind": "write", "at": 1, "record": {"status": "stopped"}, "by": "k1"},
        Write(1, Written(RecordWords("stopped")), "k1"),
    ),
    ({"kind": "alarm_set", "at": 1, "due": 5, "by": "k1", "note": "again"}, AlarmSet(1, 5, "k1", "again")),
    ({"kind": "world", "at": 1}, World(1)),
    (
        {"kind": "world", "at": 1, "machines": [{"id": "m1", "gone": True}], "volumes": [{"id": "v1", "data": "d1"}]},
        World(1, (ShownMachine("m1", gone=True),), (ShownVolume("v1", data="d1"),)),
    ),
    (
        {"kind": "event", "at": 1, "name": "e", "fields": {"x": 1}, "by": "k1"},
        Event(1, "e", Node({"x": 1}, 7, "fields"), "k1"),
    ),
    ({"kind": "evict", "at": 1, "of no concern": 1}, Evict(1)),
    ({"kind": "quiesce", "at": 1}, Quiesce(1)),
)


@pytest.mark.parametrize(("words", "line"), LINES, ids=[f"{n} {type(one[1]).__name__}" for n, one in enumerate(LINES)])
def test_every_kind_of_line_has_its_value(words: Words, line: Line) -> None:
    """Any service in any language may write one; what it says beside it is of no concern."""
    assert parse(json.dumps(words), 7) == line


def record(**keys: object) -> Written | None:
    """What a `write` of a record with these keys says."""
    line = parse(json.dumps({"kind": "write", "at": 1, "record": keys}), 1)
    assert isinstance(line, Write)
    return line.record


def test_a_record_names_all_that_the_format_lets_it_name() -> None:
    """Volumes of stories that claims know nothing of are named too, so that they are not taken for forgotten."""
    assert record(
        status="recovering",
        machine_id="m1",
        volume_id="v1",
        region="ams",
        desired="running",
        pending_destroy_machine_id="m2",
        pending_destroy_volume_id="v2",
        retained_volume_id="v3",
        other_machine_ids=["m3"],
        other_volume_ids=["v4"],
        pending_recovery_volume_id="v5",
        previous_volume_id="v6",
        pending_restore_volume_id="v7",
    ) == Written(
        RecordWords("recovering", "m1", "v1", "ams", "running", "m2", "v2", "v5", "v3", ("m3",), ("v4", "v6", "v7"))
    )


@pytest.mark.parametrize(
    "left",
    [{}, {"pending_registry_cleanup": True}, {"pending_registry_cleanup": {}, "status": None}],
    ids=["nothing", "cleanup", "cleanup and nulls"],
)
def test_a_wiped_record_is_none(left: Words) -> None:
    """What only waits for the registry holds nothing any more (trace-format.md)."""
    assert record(**left) is None


@pytest.mark.parametrize("note", ["last_start_error", "last_destroy_error", "last_unexpected_stop"])
def test_a_record_that_shows_why_is_noted(note: str) -> None:
    """A status that is not as wanted is truthful if it is explained."""
    assert record(status="stopped", **{note: "because"}) == Written(RecordWords("stopped"), noted=True)


@pytest.mark.parametrize(
    ("shown", "own"),
    [
        (ShownMachine("m1", sandbox_id="ki_1", name="another"), True),
        (ShownMachine("m1", sandbox_id="another", name="ki_1"), False),
        (ShownMachine("m1", name="ki_1"), True),
        (ShownMachine("m1", name="another"), False),
        (ShownMachine("m1"), None),
        (ShownVolume("v1", sandbox_id="ki_1"), True),
        (ShownVolume("v1", name="ki_1"), None),
    ],
)
def test_a_resource_says_whose_it_is_or_does_not(shown: ShownMachine | ShownVolume, own: bool | None) -> None:  # noqa: FBT001
    """A machine without metadata is whose name it bears; the name of a volume proves nothing."""
    assert shown.is_own("ki_1") is own
