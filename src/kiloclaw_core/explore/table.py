"""The transition table as it was explored: which outcomes each row showed in each column.

Only what happened is in it; a cell that no reachable state shows stays empty. Rows, columns and outcomes are the words
that moves put into their cells.
"""

from __future__ import annotations

from collections.abc import Iterable

from kiloclaw_core.explore.model import Cell


def markdown_table(cells: Iterable[Cell], corner: str = "") -> str:
    """The cells as a Markdown table, rows and columns sorted, the outcomes of one cell joined by " or ".

    `corner` is the heading of the first column.
    """
    seen = sorted(set(cells))
    rows = sorted({row for row, _, _ in seen})
    columns = sorted({column for _, column, _ in seen})
    lines = [_line([corner, *columns]), _line(["---"] * (len(columns) + 1))]
    for row in rows:
        outcomes = (
            " or ".join(outcome for at_row, at_column, outcome in seen if (at_row, at_column) == (row, column))
            for column in columns
        )
        lines.append(_line([row, *outcomes]))
    return "\n".join(lines) + "\n"


def mermaid_states(cells: Iterable[Cell]) -> str:
    """The cells as a Mermaid state diagram: an arrow from each row to each outcome, the columns on it."""
    seen = sorted(set(cells))
    names = sorted({name for row, _, outcome in seen for name in (row, outcome)})
    number = {name: f"s{place}" for place, name in enumerate(names)}
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{_quoted(name)}" as {number[name]}' for name in names]
    for row, outcome in sorted({(row, outcome) for row, _, outcome in seen}):
        columns = ", ".join(column for at_row, column, to in seen if (at_row, to) == (row, outcome))
        lines.append(f"    {number[row]} --> {number[outcome]}: {mermaid_text(columns)}")
    return "\n".join(lines) + "\n"


def mermaid_text(text: str) -> str:
    """Text as Mermaid takes it after a colon: what would end it is written as an entity."""
    return "".join({"#": "#35;", ";": "#59;", "\n": " "}.get(letter, letter) for letter in text)


def _quoted(text: str) -> str:
    return text.replace('"', "#quot;")


def _line(columns: list[str]) -> str:
    return "| " + " | ".join(column.replace("|", "\\|") for column in columns) + " |"
