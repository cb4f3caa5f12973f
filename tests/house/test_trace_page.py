"""The page of the format is made from its tables, and those are what lines are read, redacted and described by."""

from __future__ import annotations

import json
from typing import Final

import pytest

from kiloclaw_adapters.check import TRACE_PAGE, redacting, trace_page
from kiloclaw_adapters.check.format import CALLS, COMMANDS, KINDS, MACHINE, RECORD, REPLY, SIZES, VOLUME, Key
from kiloclaw_adapters.check.oddities import Oddities
from kiloclaw_adapters.vectors.trace_shapes import trace_line
from kiloclaw_core.rules import check
from kiloclaw_core.trace import MalformedTraceError
from kiloclaw_core.trace.calls import open_call
from kiloclaw_core.trace.durable import CLEANING
from kiloclaw_core.trace.lines import Call, CallOp, CommandOp
from kiloclaw_core.trace.parsing import READERS
from kiloclaw_core.trace.reading import Node

from .pages import page
from .sources import PROJECT

PAGE: Final = PROJECT / TRACE_PAGE
SHAPES: Final = {one["properties"]["kind"]["const"]: one for one in json.loads(json.dumps(trace_line()))["oneOf"]}
"""The schema of each kind of line, which is made from what it is read into."""


def test_the_page_of_the_format_is_what_its_tables_say() -> None:
    """`trace_page()` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == trace_page()


def test_every_kind_of_line_has_the_keys_that_are_read() -> None:
    """Those that are needed, and those that need not be there."""
    read = {kind: (set(one["properties"]), set(one["required"])) for kind, one in SHAPES.items()}
    assert {kind: (keys(kind), needed(kind)) for kind in KINDS} == read
    assert set(KINDS) == set(READERS)


def keys(kind: str) -> set[str]:
    """The keys of this kind of line; a header happens at no moment."""
    return named(KINDS[kind].keys) | ({"kind"} if kind == "header" else {"kind", "at"})


def needed(kind: str) -> set[str]:
    """Those of them that must be there."""
    return keys(kind) - {key.name for key in KINDS[kind].keys if not key.is_needed}


def named(table: tuple[Key, ...]) -> set[str]:
    """The names of these keys."""
    return {key.name for key in table}


def test_what_lines_hold_has_the_keys_that_are_read() -> None:
    """The tables name them all, and what nothing reads but people besides."""
    parts = SHAPES["initial"]["properties"]
    record = parts["record"]["properties"]
    tables = (MACHINE, parts["machines"]["items"]), (VOLUME, parts["volumes"]["items"]), (RECORD, parts["record"])
    assert [set(shape["properties"]) - named(table) for table, shape in tables] == [set(), set(), set()]
    assert set(record["machine_size"]["properties"]) == named(SIZES)


def test_what_is_redacted_is_what_the_format_names() -> None:
    """No key is forgotten on either side; what a machine runs is left out."""
    arguments = {name for one in CALLS.values() for name in (*one.needs, *one.names)}
    assert named(RECORD) == {*redacting.RECORD, CLEANING}
    assert named((*MACHINE, *VOLUME)) == {*redacting.SHOWN, "image"}
    assert named(REPLY) == set(redacting.VALUE)
    assert arguments == set(redacting.ARGUMENTS)


def test_every_op_is_told() -> None:
    """Of commands and of calls."""
    assert (set(COMMANDS), set(CALLS)) == (set(CommandOp), set(CallOp))


@pytest.mark.parametrize("op", CallOp, ids=lambda op: op.value)
def test_a_call_needs_the_arguments_that_are_told_and_no_others(op: CallOp) -> None:
    """Without one of them it cannot be read."""
    args = dict.fromkeys(CALLS[op].needs, "x1")
    assert open_call(Call(0, "c1", op, Node(args, 1)), 1).op is op
    for missing in args:
        with pytest.raises(MalformedTraceError, match=f"{missing}: missing"):
            open_call(Call(0, "c1", op, Node({key: one for key, one in args.items() if key != missing}, 1)), 1)


def test_the_example_keeps_every_rule() -> None:
    """And says nothing that the format does not name."""
    (block,) = page(PAGE).blocks("jsonl")
    odd = Oddities()
    verdicts = check(odd.passed(block.text.splitlines()))
    assert {one.verdict for one in verdicts} == {"held"}
    assert odd.told() == ()
