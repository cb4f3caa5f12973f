"""What the demo shows, as it happens: lines in four lanes, each with the seconds since the beginning.

Where a line comes from is `watching`'s to say; here it is put into its lane.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from attrs import define, field, frozen
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

Lane: TypeAlias = Literal["caller", "instance", "fly", "in flight"]

LANES: Final[tuple[Lane, ...]] = ("caller", "instance", "fly", "in flight")
COLOURS: Final = {"caller": "cyan", "instance": "bold", "fly": "green", "in flight": "yellow"}
SHARES: Final = {"caller": 10, "instance": 18, "fly": 17, "in flight": 21}
MOMENT_WIDTH: Final = 7
NARROWEST: Final = 80
"""Below that a lane is a word before the line, and no place."""
WIDEST: Final = 130


@frozen
class Line:
    """One thing that happened: milliseconds since 1970, whose doing it is, and what it was."""

    at_ms: int
    lane: Lane
    text: str
    alarming: bool = False


@frozen
class Chapter:
    """What is about to happen, in a sentence."""

    at_ms: int
    text: str


@define
class Screen:
    """Shows lines on a console in the order in which they happened, and keeps them.

    What is told is shown a moment later, because not everybody tells at once of what happened at once.
    """

    console: Console
    began_ms: int
    lines: list[Line] = field(factory=list, init=False)
    _waiting: list[Line | Chapter] = field(factory=list, init=False)

    def head(self) -> None:
        """Show the names of the lanes, unless there is no room for them beside one another."""
        if self.console.width < NARROWEST:
            return
        self._row(Text("seconds", "dim"), {lane: Text(lane, f"underline {COLOURS[lane]}") for lane in LANES})

    def tell(self, told: Line | Chapter) -> None:
        """Have this shown in its turn."""
        self._waiting.append(told)

    def show(self, until_ms: int) -> None:
        """Show what was told of the time until then."""
        due = [one for one in self._waiting if one.at_ms <= until_ms]
        self._waiting = [one for one in self._waiting if one.at_ms > until_ms]
        for one in sorted(due, key=lambda told: told.at_ms):
            if isinstance(one, Chapter):
                self.console.print(Padding(Text(one.text, "italic"), (1, 0, 0, MOMENT_WIDTH + 2)))
            else:
                self.lines.append(one)
                self._show_line(one)

    def _show_line(self, line: Line) -> None:
        seconds = max(0, line.at_ms - self.began_ms) / 1000
        style = "bold red" if line.alarming else COLOURS[line.lane]
        moment, text = Text(f"{seconds:.2f}", "dim"), Text(line.text, style)
        if self.console.width < NARROWEST:
            self._named(moment, line.lane, text)
        else:
            self._row(moment, {line.lane: text})

    def _named(self, moment: Text, lane: Lane, text: Text) -> None:
        """One row, with the name of its lane before it."""
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(width=MOMENT_WIDTH, justify="right")
        table.add_column(width=max(map(len, LANES)))
        table.add_column(overflow="fold")
        table.add_row(moment, Text(lane, COLOURS[lane]), text)
        self.console.print(table)

    def _row(self, moment: Text, texts: dict[Lane, Text]) -> None:
        """One row: a column for each lane, wide enough for what it mostly shows."""
        width = min(WIDEST, self.console.width) - MOMENT_WIDTH - 2 * len(LANES) - 1
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(width=MOMENT_WIDTH, justify="right")
        for lane in LANES:
            table.add_column(width=width * SHARES[lane] // sum(SHARES.values()), overflow="fold")
        table.add_row(moment, *(texts.get(lane, Text()) for lane in LANES))
        self.console.print(table)
