"""A table of a page, made out of the code."""

from __future__ import annotations

from pathlib import Path

from attrs import field, frozen

Row = tuple[str, ...]


@frozen
class Table:
    """A table of a page: the heading above it, its own head, and its rows."""

    page: Path
    heading: str
    head: Row
    rows: tuple[Row, ...]
    code: frozenset[int] = field(default=frozenset())
    """The columns that are written as code."""

    @property
    def text(self) -> str:
        """The table as the page has it."""
        ruled = "|" + "---|" * len(self.head)
        lines = [_spelt(self.head), ruled, *(_spelt(self._marked(row)) for row in self.rows)]
        return "".join(f"{line}\n" for line in lines)

    def _marked(self, row: Row) -> Row:
        return tuple(f"`{cell}`" if place in self.code else cell for place, cell in enumerate(row))


def _spelt(row: Row) -> str:
    return "|" + "|".join(f" {cell} " if cell else " " for cell in row) + "|"


def replaced(page: str, table: Table) -> str:
    """The page with this table in place of the one below its heading."""
    lines = page.splitlines(keepends=True)
    (at,) = [place for place, line in enumerate(lines) if line.lstrip("#").strip() == table.heading and line[0] == "#"]
    start = next(place for place in range(at, len(lines)) if lines[place].startswith("|"))
    end = next((place for place in range(start, len(lines)) if not lines[place].startswith("|")), len(lines))
    return "".join((*lines[:start], table.text, *lines[end:]))
