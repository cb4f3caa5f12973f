"""The vectors that are shipped: what the core says now, of every cell that a search of CI reaches.

When the core decides otherwise, make them anew: `.venv/bin/python -m tests.explore.vectors`.
"""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Iterable
from typing import get_args

import pytest

from kiloclaw_adapters.vectors import FORMAT, KINDS, NoVectorError, Tree, lines, packed, schema, tree
from kiloclaw_adapters.vectors.instances import INSTANCES
from kiloclaw_core.codec.text import spell
from kiloclaw_core.commands import Command
from kiloclaw_core.explore import Cell
from kiloclaw_core.pairing import CommandEnd, Kind, PairingAlarmName, PairingRefusal
from kiloclaw_core.supervisor import SupervisorCommand
from tests.house.sources import PROJECT
from tests.house.test_reference import firsts, rows, section

TRANSITIONS = PROJECT / "docs" / "reference" / "transitions.md"
REFERENCE = PROJECT / "docs" / "reference" / "vectors.md"
HEADING = re.compile(r"## (.+)")
ROW = re.compile(r"\| (\S.*) \| (.+) \|")
BY_NAME = {kind.name: kind for kind in KINDS}


def cell(vector: Tree) -> Cell:
    """The cell that a vector is of."""
    return str(vector["phase"]), str(vector["hears"]), str(vector["becomes"])


def of_kind(shipped: Iterable[Tree], kind: str, given: str) -> list[Tree]:
    """The vectors of this kind that are of a fact, or of a command."""
    return [one for one in shipped if one.get("kind") == kind and given in one]


def told_cells() -> set[Cell]:
    """Every cell of the page of transitions, which a search of the whole suite holds to what it reaches."""
    cells: set[Cell] = set()
    phase = ""
    for line in TRANSITIONS.read_text(encoding="utf-8").splitlines():
        if heading := HEADING.fullmatch(line):
            phase = heading[1]
        row = ROW.fullmatch(line)
        if row and row[1] not in {"hears", "---"}:
            cells |= {(phase, row[1], outcome) for outcome in row[2].split(" or ")}
    return cells


def test_every_vector_is_what_the_core_says_now(shipped: tuple[Tree, ...]) -> None:
    """Each is followed again from its record and what it is given alone, and must be the same to the last byte."""
    header, *vectors = shipped
    policies = header["policies"]
    assert isinstance(policies, dict)

    again = [spell(BY_NAME[str(one["kind"])].again(one, policies)) for one in vectors]

    assert [line for line, said in zip(lines()[1:], again, strict=True) if line != said] == []


def test_every_cell_that_the_searches_of_ci_reach_has_a_vector_and_no_other(shipped: tuple[Tree, ...]) -> None:
    """What no vector shows no port is held to; and what is never reached need not be ported."""
    assert {cell(one) for one in of_kind(shipped, "instance", "fact")} == told_cells()


def test_the_cells_of_the_page_are_read(shipped: tuple[Tree, ...]) -> None:
    """Nothing is compared above if nothing is read."""
    assert len(told_cells()) > 1000
    assert ("Stopped", "Recovered", "Stopped") in told_cells()


@pytest.mark.parametrize(
    ("kind", "commands"), [("instance", Command), ("supervisor", SupervisorCommand)], ids=["instance", "supervisor"]
)
def test_every_command_is_asked_in_every_phase(shipped: tuple[Tree, ...], kind: str, commands: object) -> None:
    """Also where it is refused: a port that grants too much is as wrong as one that does too little."""
    phases = {one["phase"] for one in of_kind(shipped, kind, "fact")}
    asked = {(one["phase"], one["hears"]) for one in of_kind(shipped, kind, "command")}

    assert {(phase, command.__name__) for phase in phases for command in get_args(commands)} - asked == set()


def test_every_command_is_asked_of_a_cache_in_every_phase(shipped: tuple[Tree, ...]) -> None:
    """Of channels and of devices, for the two lists must not be taken for each other."""
    phases = {one["phase"] for one in of_kind(shipped, "cache", "fact")}
    asked = {(one["phase"], one["hears"]) for one in of_kind(shipped, "cache", "command")}
    of_lists = {f"{word}({listed.value})" for word in ("Refresh", "Approve") for listed in Kind}

    assert {(phase, word) for phase in phases for word in ("StartCache", "StopCache", *of_lists)} - asked == set()


def test_a_cache_hears_every_fact_and_is_refused_all_that_its_world_can_refuse(shipped: tuple[Tree, ...]) -> None:
    """Only a queue that is full is beyond a world in which two ask."""
    heard = {one["hears"] for one in of_kind(shipped, "cache", "fact")}
    refused = {one["refusal"] for one in of_kind(shipped, "cache", "command")} - {None}
    rung = {f"{name.value} rang" for name in PairingAlarmName} - {"intent rang"}
    ends = {one.name.lower() for one in CommandEnd} - {"not_started"}

    assert heard == {"Woken", "LineSeen", "ConfigRead", "Ok", "Ok(nothing)", "Broken", *ends, *rung}
    assert refused == {one.value for one in PairingRefusal} - {PairingRefusal.BUSY.value}


def test_the_page_counts_them(shipped: tuple[Tree, ...]) -> None:
    """And names every key, and everything that the schema has a name for."""
    counted = rows(section(REFERENCE, "The kinds"))
    keys = set(firsts(section(REFERENCE, "A vector")))
    named = set(firsts(section(REFERENCE, "The schema")))
    kinds = {kind.name for kind in KINDS}
    written = {f"{kind}.{name.partition('.')[2]}" for kind in kinds for name in named if name.startswith("instance.")}

    assert [(kind, facts, commands) for kind, _, facts, commands in counted] == [
        (one.name, str(len(of_kind(shipped, one.name, "fact"))), str(len(of_kind(shipped, one.name, "command"))))
        for one in KINDS
    ]
    assert keys == {key for one in shipped[1:] for key in one}
    assert (named | written) - {"supervisor.outcome"} <= set(definitions())


def definitions() -> dict[str, object]:
    """What the schema defines."""
    defined = schema()["$defs"]
    assert isinstance(defined, dict)
    return defined


def test_no_two_vectors_are_of_one_cell(shipped: tuple[Tree, ...]) -> None:
    """So a cell names its vector."""
    counted = Counter((one["kind"], *cell(one)) for one in shipped[1:])

    assert [named for named, count in counted.items() if count > 1] == []


def test_the_lines_are_canonical_and_the_header_says_what_they_are() -> None:
    """Equal vectors are equal bytes, whoever made them."""
    header, *vectors = lines()
    policies = tree(header)["policies"]
    assert isinstance(policies, dict)

    assert tree(header)["format"] == FORMAT
    assert sorted({str(tree(one)["policy"]) for one in vectors}) == sorted(policies)
    assert [one for one in lines() if spell(tree(one)) != one] == []


def test_what_is_packed_is_the_lines_and_nothing_else() -> None:
    """Not the moment when it was made, so that the same lines are the same file."""
    file = packed(["one", "two"])

    assert gzip.decompress(file) == b"one\ntwo\n"
    assert packed(["one", "two"]) == file


@pytest.mark.parametrize(
    ("record", "policy", "why"),
    [
        ({"is": "absent"}, {}, r"record .*missing key|missing key"),
        ({"is": "elsewhere"}, {}, "unknown record 'elsewhere' at \\$.record"),
        ([], {}, "a record and its policy are objects"),
    ],
    ids=["incomplete", "unknown", "no object"],
)
def test_what_is_no_vector_is_told(record: object, policy: object, why: str) -> None:
    """Whoever edits one by hand learns what is wrong with it."""
    with pytest.raises(NoVectorError, match=why):
        INSTANCES.record_of(record, policy)


def test_a_line_that_is_no_object_is_told() -> None:
    """A file of another sort was named."""
    with pytest.raises(NoVectorError, match="a line is an object"):
        tree("[]")
