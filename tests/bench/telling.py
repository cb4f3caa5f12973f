"""How the lines are told: a table for people, a list of objects for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from rich.markup import escape
from rich.table import Table

from .measuring import Line

TITLE: Final = "ratio = ours / peer, both of this run; in µs and calls less is better, in a second more"


def as_json(lines: Iterable[Line]) -> str:
    """The lines as one JSON list."""
    told = [
        {
            "name": line.name,
            "ours": line.ours,
            "peer": line.peer,
            "ratio": line.ratio,
            "unit": line.unit,
            "note": line.note,
        }
        for line in lines
    ]
    return json.dumps(told, ensure_ascii=False)


def as_table(lines: Iterable[Line]) -> Table:
    """The lines as a table, each note below its name."""
    table = Table("ours / peer", title=TITLE, title_justify="left")
    for heading in ("ours", "peer", "ratio"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    for line in lines:
        name = f"[bold]{escape(line.name)}[/bold]\n[dim]{escape(line.note)}[/dim]"
        table.add_row(name, figure(line.ours), figure(line.peer), f"{line.ratio:.3g}", line.unit)
    return table


def figure(value: float) -> str:
    """A number with as many digits as it deserves."""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
