"""The reference page of `kiloclaw-trace/1`, made from the tables of the format."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from kiloclaw_adapters.check.format import (
    CALLS,
    COMMANDS,
    KINDS,
    MACHINE,
    RECORD,
    REPLY,
    SIZES,
    VOLUME,
    Key,
    Request,
)
from kiloclaw_core.trace.lines import CallOp, CommandOp, Status

TRACE_PAGE: Final = "docs/reference/trace.md"
HEAD: Final = """# Traces

`kiloclaw-trace/1`: what a service did to one sandbox, in the order in which it happened.
[Check your service](../how-to/check-your-service.md) says when to write which line.
This page is made from `kiloclaw_adapters.check.format`; a test holds it together with what reads lines.

A trace is JSON Lines in UTF-8: one object a line, a `header` first and `initial` after it.
A key that the format does not name is ignored, and one that need not be there may be null as well.
What is none of the kinds, ops and statuses below is an error, and so is a value of another type:
`kiloclaw check` names its file, line and column.
As JSON Schema a line is `trace_line` of `kiloclaw vectors --schema`: see [Vectors](vectors.md#the-schema).

## An example

An instance that was stopped is started:

```jsonl
"""
ALL: Final = """```

## Lines

Every line has `kind`, which says which of these it is.
Every line but the header has `at`, in whole milliseconds since 1970 and never before the line before.
"""
UNHEARD: Final = """
Other keys are not looked at, and `check` [tells](cli.md#check) that they are there, for they may be slips.
"""
OWNER: Final[Mapping[str, object]] = {"user_id": "user-1", "sandbox_id": "s-1", "app": "app-1"}
KEPT: Final[Mapping[str, object]] = {**OWNER, "machine_id": "m1", "volume_id": "v1", "region": "iad"}
PLACE: Final[Mapping[str, object]] = {"app": "app-1", "region": "iad", "sandbox_id": "s-1"}
DOWN: Final[Mapping[str, object]] = {"id": "m1", "state": "stopped", "volume_id": "v1", **PLACE}
EXAMPLE: Final[tuple[Mapping[str, object], ...]] = (
    {"kind": "header", "trace": "kiloclaw-trace/1", "source": "mine", **OWNER},
    {
        "kind": "initial",
        "at": 0,
        "record": {**KEPT, "status": "stopped"},
        "alarm_due": 90_000,
        "machines": [DOWN],
        "volumes": [{"id": "v1", "data": "d1", "attached_machine_id": "m1", **PLACE}],
    },
    {"kind": "command", "at": 10, "id": "k1", "op": "start", "args": {}},
    {"kind": "write", "at": 20, "record": {**KEPT, "status": "starting", "starting_at": 20}, "by": "k1"},
    {"kind": "alarm_set", "at": 20, "due": 60_000, "by": "k1"},
    {"kind": "call", "at": 21, "id": "c1", "op": "start_machine", "args": {"machine_id": "m1"}, "by": "k1"},
    {"kind": "effect", "at": 400, "id": "c1"},
    {"kind": "world", "at": 400, "machines": [{**DOWN, "state": "started"}], "cause": "c1"},
    {"kind": "answer", "at": 450, "id": "c1", "status": 200},
    {"kind": "event", "at": 460, "name": "instance.started", "fields": {}, "by": "k1"},
    {"kind": "write", "at": 460, "record": {**KEPT, "status": "running"}, "by": "k1"},
    {"kind": "reply", "at": 470, "id": "k1", "ok": True, "value": {"status": "running", "started": True}},
    {"kind": "quiesce", "at": 500},
)


def trace_page() -> str:
    """The whole page."""
    return "\n".join(_paragraphs())


def _paragraphs() -> Iterator[str]:
    yield HEAD + "\n".join(json.dumps(line) for line in EXAMPLE) + f"\n{ALL}"
    for name, kind in KINDS.items():
        yield f"### {name}\n\n{kind.what}\n"
        if kind.keys:
            yield _keys(kind.keys)
    yield "## Commands\n\nIn brackets stands what need not be there: `kiloclaw follow` looks at it, and no rule does.\n"
    yield _requests(COMMANDS)
    yield "## Calls\n\nA `region` is a text; where it is a list or null, it counts as not told.\n"
    yield _requests(CALLS)
    yield "## Replies\n\nWhere the `value` of a reply is an object, these of its keys are looked at.\n"
    yield _keys(REPLY)
    yield "## The record\n\nNo key of a record is needed; moments are in milliseconds since 1970.\n"
    yield _keys(RECORD) + UNHEARD
    yield f"## Statuses\n\n{', '.join(f'`{one.value}`' for one in Status)}.\n"
    yield f"## Sizes\n\n{_keys(SIZES)}"
    yield "## Machines\n\nOne that has no `sandbox_id` belongs to the sandbox whose name it bears.\n"
    yield _keys(MACHINE)
    yield f"## Volumes\n\n{_keys(VOLUME)}"


def _keys(keys: Iterable[Key]) -> str:
    rows = [f"| `{key.name}` |{' yes ' if key.is_needed else ' '}| {key.what} |" for key in keys]
    return "\n".join(["| key | needed | what it says |", "|---|---|---|", *rows, ""])


def _requests(requests: Mapping[CommandOp, Request] | Mapping[CallOp, Request]) -> str:
    rows = [f"| `{op.value}` | {one.what} |{_arguments(one)} |" for op, one in requests.items()]
    return "\n".join(["| op | what is asked | args |", "|---|---|---|", *rows, ""])


def _arguments(one: Request) -> str:
    return ",".join([*(f" `{name}`" for name in one.needs), *(f" [`{name}`]" for name in one.names)])
