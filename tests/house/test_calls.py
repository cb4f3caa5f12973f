"""What each operation asks of Fly while nothing goes wrong: pinned, explained, and never more writes than upstream."""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_core.claims import CLAIMS
from kiloclaw_core.world.app_claims import APP_CLAIMS
from tests.bench.calls import further_reads
from tests.bench.operations import OPERATIONS, Operation, counted

from .sources import PROJECT
from .test_reference import rows, section

PAGE: Final = PROJECT / "docs" / "explanation" / "performance.md"
PINNED: Final = {
    "provision": (5, 4),
    "start of a fresh instance": (2, 2),
    "stop": (1, 1),
    "start of a stopped one": (2, 3),
    "start with another config": (2, 3),
    "restart": (2, 2),
    "recovery": (5, 6),
    "recovery, with snapshots": (4, 5),
    "end of a kept volume": (1, 1),
    "move for want of room": (6, 6),
    "move of what was never used": (5, 3),
    "restore of a running one": (5, 3),
    "restore of a stopped one": (4, 2),
    "change to another volume": (1, 1),
    "repair of a mount": (2, 5),
    "destroy of a running one": (2, 4),
}
"""The writing and the reading calls of each operation. If one moves, say in the change what it buys or saves."""
MEANT: Final = {"restore of a running one": 1}
"""Upstream means to stop the machine too, but its stop does nothing while it restores (RW32)."""


def name(operation: Operation) -> str:
    """An operation by its name, for the names of tests."""
    return operation.name


def test_every_operation_is_pinned() -> None:
    """One that is not counted may cost anything."""
    assert list(PINNED) == [one.name for one in OPERATIONS]


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_an_operation_makes_the_calls_that_are_pinned(operation: Operation) -> None:
    """A call more is a call at every instance, for years: it comes with a reason or not at all."""
    made = counted(operation)

    assert (len(made.writes), len(made.reads)) == PINNED[operation.name]


@pytest.mark.parametrize("operation", OPERATIONS, ids=name)
def test_no_operation_makes_more_writing_calls_than_upstream(operation: Operation) -> None:
    """What we add is certainty, and that is bought by looking; writing costs money, and may land late."""
    more = len(counted(operation).writes) - len(operation.writes)

    assert more <= MEANT.get(operation.name, 0)


def test_the_page_tells_the_counts_of_both() -> None:
    """Numbers on a page that nobody compares are those of another year."""
    told = []
    for operation in OPERATIONS:
        writes, reads = PINNED[operation.name]
        numbers = (writes, len(operation.writes), reads, len(operation.reads))
        told.append((operation.name, *map(str, numbers)))

    assert list(rows(section(PAGE, "Calls to Fly"))) == told


def test_the_page_says_what_each_further_read_buys() -> None:
    """Each is either for a claim that would not hold without it, or one too many."""
    bought = rows(section(PAGE, "What each further read buys"))
    further = [
        (operation.name, read, str(times))
        for operation in OPERATIONS
        for read, times in sorted(further_reads(operation, counted(operation)).items())
    ]
    claims = {one.name for one in CLAIMS} | {one.name for one in APP_CLAIMS}

    assert [row[:3] for row in bought] == further
    assert [row[3] for row in bought if row[3] not in claims] == []
