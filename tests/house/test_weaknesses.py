"""Every weakness of upstream's has its evidence: a test, a configuration or a mutant that is there and would fail."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from kiloclaw_adapters.mutants import MUTANTS
from kiloclaw_core.world.configurations import CONFIGURATIONS

from .sources import PROJECT
from .test_reference import Row, rows, section

TESTS = PROJECT / "tests"
FIDELITY = PROJECT / "docs" / "explanation" / "fidelity.md"
LETTERS = ("04b", "04c", "06b", "11b", "11c", "11d")
LIFECYCLE = sorted([f"LW{number:02}" for number in range(1, 40)] + [f"LW{one}" for one in LETTERS])
RECONCILE = [f"RW{number}" for number in range(1, 46)]
TABLES = {"Weaknesses of lifecycle 7": LIFECYCLE, "Weaknesses of reconcile 8.3": RECONCILE}
SPECS = {"lifecycle.md": ("## 7.", "### E. Admission"), "reconcile.md": ("### 8.3", "### 8.4")}
"""Where the specifications tell of weaknesses: from one heading, as far as another line."""


@cache
def functions(path: Path) -> frozenset[str]:
    """The functions that a test file defines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))


def missing(evidence: str) -> Iterator[str]:
    """What a cell names and nobody has; a cell that names nothing at all misses everything."""
    mutants, configurations = {one.name for one in MUTANTS}, {one.name for one in CONFIGURATIONS}
    for named in evidence.split(", "):
        file, _, test = named.partition("::")
        kind, _, name = named.partition(" ")
        if test:
            if not (TESTS / file).is_file() or test not in functions(TESTS / file):
                yield named
        elif name not in {"mutant": mutants, "configuration": configurations}.get(kind, set()):
            yield named


def told(heading: str) -> tuple[Row, ...]:
    """The rows of one table."""
    return rows(section(FIDELITY, heading))


@pytest.mark.parametrize("heading", TABLES)
def test_every_weakness_has_a_row(heading: str) -> None:
    """In order, and each once."""
    assert [row[0] for row in told(heading)] == TABLES[heading]


@pytest.mark.parametrize("heading", TABLES)
def test_every_evidence_is_there(heading: str) -> None:
    """A test that was renamed takes its row with it."""
    assert [(row[0], one) for row in told(heading) for one in missing(row[2])] == []


def test_an_evidence_that_nobody_has_is_found() -> None:
    """A check that cannot fail guards nothing."""
    cell = "story/test_start.py::test_nothing, story/test_nothing.py::test_it, mutant no-alarm, mutant none, "

    assert list(missing(cell)) == [
        "story/test_start.py::test_nothing",
        "story/test_nothing.py::test_it",
        "mutant none",
        "",
    ]


@pytest.mark.shared
@pytest.mark.parametrize(("spec", "letter"), [("lifecycle.md", "LW"), ("reconcile.md", "RW")])
def test_the_specifications_tell_of_no_other_weakness(shared: Path, spec: str, letter: str) -> None:
    """What the tables list is what is there."""
    start, end = SPECS[spec]
    text = (shared / "spec" / spec).read_text(encoding="utf-8")
    told_there = text[text.index(f"\n{start}") : text.index(f"\n{end}")]
    found = {f"{letter}{number}" for number in re.findall(r"\bW(\d+[a-d]?)\b", told_there)}

    assert found == set(LIFECYCLE if letter == "LW" else RECONCILE)
