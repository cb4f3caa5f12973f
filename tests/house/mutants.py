"""What the reference tells of mutants: each of them, what stands for each row of the corpus, and for each invariant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from kiloclaw_adapters.mutants import MUTANTS, PLACELESS
from kiloclaw_adapters.mutants.corpus import INVARIANTS, RESERVES, SEEDS, Invariant
from kiloclaw_adapters.mutants.untold import ELSEWHERE, TOLD_IN_TESTS

from .sources import PROJECT
from .tables import Row, Table

MUTANTS_PAGE: Final = PROJECT / "docs" / "reference" / "mutants.md"
CLAIMS_PAGE: Final = PROJECT / "docs" / "reference" / "claims.md"


def is_of_corpus(row: str) -> bool:
    """Whether this is a row of the corpus."""
    return row[0] == "B" and row[1:].isdigit()


def corpus_rows() -> Iterator[Row]:
    """Each row of the corpus that is told: its number, whether it is marked, and what stands for it."""
    rows = [*(row for one in MUTANTS for row in one.rows), *(row for one in PLACELESS for row in one.rows)]
    told = {row for row in rows if is_of_corpus(row)}
    for row in sorted({*told, *SEEDS, *RESERVES}, key=lambda one: int(one[1:])):
        marked = "seed" if row in SEEDS else "reserve" if row in RESERVES else ""
        names = ", ".join(one.name for one in MUTANTS if row in one.rows)
        reasons = " ".join(f"None: {one.because}" for one in PLACELESS if row in one.rows)
        yield (row, marked, names or reasons)


def tested_rows() -> Iterator[Row]:
    """Each row of the corpus that a test of ours tells instead of a mutant."""
    for row in sorted(TOLD_IN_TESTS, key=lambda one: int(one[1:])):
        yield (row, TOLD_IN_TESTS[row])


def elsewhere_rows() -> Iterator[Row]:
    """The rows of the corpus that have no story here, and why not."""
    for one in ELSEWHERE:
        yield (", ".join(one.rows), one.because)


def mutant_rows() -> Iterator[Row]:
    """Each mutant: its name, what it is a bug of, its rows, what it does, and what notices."""
    for one in MUTANTS:
        yield (one.name, one.world.value, ", ".join(one.rows), one.sentence, one.caught_by)


def placeless_rows() -> Iterator[Row]:
    """Each weakness that no function brings back: its rows, why, and the test that tells of it."""
    for one in PLACELESS:
        yield (one.name, ", ".join(one.rows), one.because, one.told_in.removeprefix("tests/"))


def invariant_row(name: str, invariant: Invariant) -> Row:
    """An invariant of the corpus, and the claims that say it, each after its world; or what keeps it instead."""
    told = "; ".join(f"{world.value}: {', '.join(claims)}" for world, claims in invariant.claims.items())
    return (name, invariant.about, told or f"None. {invariant.instead}")


def tables() -> tuple[Table, ...]:
    """Every table that is made here."""
    name, told = frozenset({0}), frozenset({0, 3})
    return (
        _table(
            MUTANTS_PAGE, "Each mutant", ("name", "world", "rows", "what it does", "caught by"), mutant_rows(), name
        ),
        _table(MUTANTS_PAGE, "The corpus, row by row", ("row", "marked", "mutants"), corpus_rows()),
        _table(MUTANTS_PAGE, "Rows that a test tells", ("row", "told in"), tested_rows(), frozenset({1})),
        _table(MUTANTS_PAGE, "Rows without a story here", ("rows", "why"), elsewhere_rows()),
        _table(MUTANTS_PAGE, "What no mutant brings back", ("name", "rows", "why", "told in"), placeless_rows(), told),
        _table(
            CLAIMS_PAGE,
            "The corpus's invariants",
            ("invariant", "what it is about", "claims"),
            (invariant_row(one, said) for one, said in INVARIANTS.items()),
        ),
    )


def _table(page: Path, heading: str, head: Row, rows: Iterator[Row], code: frozenset[int] = frozenset()) -> Table:
    return Table(page, heading, head, tuple(rows), code)
