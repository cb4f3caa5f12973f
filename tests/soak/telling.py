"""How a soak is told: a line of progress while it runs, a table at its end, or one object for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from attrs import asdict, define, field
from rich.console import Console, Group
from rich.markup import escape
from rich.table import Table

from .judging import Problem
from .running import Outcome, Wanted

SHOWN: Final = 20
"""Of more problems than this the rest is only counted; `--json` has them all."""
QUIET_S: Final = 10.0
"""Where nobody watches a terminal, a line of progress comes so often."""


@define
class Progress:
    """Tells how far it is: in place on a terminal, else as a line now and then."""

    console: Console
    wanted: Wanted
    _last_s: float = field(default=float("-inf"), init=False)

    def tell(self, what: str, numbers: dict[str, float]) -> None:
        """Show these numbers."""
        text = f"{what}: " + ", ".join(f"{name} {value:,.0f}" for name, value in numbers.items())
        if self.console.is_terminal:
            self.console.print(escape(text[: self.console.width - 1].ljust(self.console.width - 1)), end="\r")
        elif numbers["seconds"] - self._last_s >= QUIET_S:
            self._last_s = numbers["seconds"]
            self.console.print(escape(text), soft_wrap=True)


def as_json(outcome: Outcome) -> str:
    """The outcome as one JSON object."""
    told = {
        "held": not outcome.problems,
        "problems": [asdict(one) for one in outcome.problems],
        "figures": outcome.figures,
        "answers": outcome.answers,
        "befell": outcome.befell,
        "memory": {name: {**asdict(course), "flat": course.is_flat} for name, course in outcome.courses.items()},
    }
    return json.dumps(told, sort_keys=True)


def as_tables(outcome: Outcome) -> Group:
    """The outcome as people read it."""
    return Group(figures(outcome), answers(outcome), verdict(outcome.problems))


def figures(outcome: Outcome) -> Table:
    """What was counted, and how memory went."""
    table = Table(title="what happened", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in outcome.figures.items():
        table.add_row(name, f"{value:,.0f}")
    for name, count in sorted(outcome.befell.items()):
        table.add_row(f"befell machines: {name.replace('_', ' ')}", f"{count:,}")
    for name, course in outcome.courses.items():
        way = f"{course.early_mb:.0f}, {course.late_mb:.0f}, at most {course.most_mb:.0f}"
        table.add_row(f"{name}: MB early, late", way)
    return table


def answers(outcome: Outcome) -> Table:
    """What was asked, and how it was answered."""
    table = Table("asked", "granted", "refused because", title="what was asked", title_justify="left")
    for name, codes in outcome.answers.items():
        refused = ", ".join(f"{code} {count}" for code, count in codes.items() if code != "granted")
        table.add_row(name, str(codes.get("granted", 0)), refused)
    return table


def verdict(problems: Iterable[Problem]) -> Table:
    """Everything that is not as it has to be; if there is nothing, that is said."""
    problems = tuple(problems)
    if not problems:
        table = Table(show_header=False)
        table.add_row("[green]everything came to rest, and everything held[/green]")
        return table
    table = Table("check", "whose", "what is wrong", title=f"{len(problems)} problems", title_justify="left")
    for one in problems[:SHOWN]:
        table.add_row(f"[bold red]{one.check}[/bold red]", escape(one.whose), escape(one.text))
    if len(problems) > SHOWN:
        table.add_row("", "", f"and {len(problems) - SHOWN} more; --json tells them all")
    return table
