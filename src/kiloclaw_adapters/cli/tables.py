"""Tables of what is copied from them: no cell is cut, and only the last one is folded, however narrow the place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kiloclaw_adapters.cli.telling import out, say

BETWEEN: Final = 2
"""So far columns are apart."""
READABLE: Final = 20
"""The last column, which is for sentences, has so much even where a line is longer than the terminal then."""


def tell_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print these rows under these headings: elsewhere than on a terminal, where no line has an end, a line each."""
    terminal = out()
    *widths, last = (max(map(cell_len, column)) for column in zip(headings, *rows, strict=True))
    before = sum(width + BETWEEN for width in widths)
    if terminal.is_terminal:
        last = min(last, max(READABLE, terminal.width - before))
    console = Console(highlight=False, soft_wrap=True, width=before + last)
    with console.capture() as captured:
        console.print(_table(headings, rows, (*widths, last)))
    say(captured.get() if terminal.is_terminal else "\n".join(map(str.rstrip, captured.get().splitlines())))


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, BETWEEN, 0, 0))
    for heading, width in zip(headings, widths, strict=True):
        table.add_column(heading, width=width, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    return table
