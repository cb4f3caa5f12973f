"""The vectors of reconcile 9 are told by number, and the page on fidelity says which of them end otherwise here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .sources import PROJECT
from .test_reference import firsts, section

NUMBERS = range(1, 99)
VECTORS = PROJECT / "tests" / "story" / "vectors"
FIDELITY = PROJECT / "docs" / "explanation" / "fidelity.md"
OTHERWISE = "Vectors of reconcile 9 that end otherwise here"
NUMBERED = re.compile(r"test_(\d+)_")


def told() -> Iterator[int]:
    """The number of every vector that a story tells."""
    for path in sorted(VECTORS.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and (number := NUMBERED.match(node.name)):
                yield int(number[1])


def test_every_vector_is_told() -> None:
    """Ninety-eight of them, none beside, and none left out."""
    assert sorted(set(told())) == list(NUMBERS)


def test_every_vector_that_ends_otherwise_is_there() -> None:
    """In order and once, so that who compares finds it."""
    numbers = [int(number) for number in firsts(section(FIDELITY, OTHERWISE))]

    assert numbers == sorted(set(numbers))
    assert set(numbers) <= set(NUMBERS)
