"""How far a search is, told on stderr while it runs: a line that changes on a terminal, now and then one elsewhere.

How many states there are to find nobody knows before they are found, so that an end is foretold with care.
"""

from __future__ import annotations

from typing import Final, Self

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.status import Status

from kiloclaw_adapters.cli.foretelling import Foretelling
from kiloclaw_adapters.cli.telling import aside
from kiloclaw_adapters.explorer import Exploration, known_sizes
from kiloclaw_core.explore import Progress

PATIENCE_S: Final = 2.0
"""A search that takes longer than this tells how far it is."""
QUIET_EVERY_S: Final = 15.0
"""How often it tells where nobody can watch a line change."""


def line_of(progress: Progress, seconds: float, end: str = "") -> str:
    """How far a search is, how fast, and what can be said of its end, if anything."""
    return (
        f"{progress.states:,} states, {progress.edges:,} edges, depth {progress.depth},"
        f" {progress.frontier:,} waiting, {progress.states / seconds:,.0f} states/s{end and ', '}{end}"
    )


class Endings:
    """What can be said of the end of each of some searches; nothing where they end at a limit."""

    def __init__(self, *, whole: bool) -> None:
        """Foretell searches that are made whole, or none."""
        self.whole = whole
        self.each: dict[str, Foretelling] = {}

    def hear(self, name: str, progress: Progress, seconds: float) -> str:
        """What can be said of the search of this configuration."""
        one = self.each.setdefault(name, Foretelling(known_sizes().get(name)))
        return one.hear(progress, seconds) if self.whole else ""


class Pace:
    """Tells on stderr how far a search is: a line that changes on a terminal, now and then a new one elsewhere."""

    def __init__(self, name: str, *, whole: bool = True) -> None:
        """Tell of the configuration of this name, and of its end where it is searched whole."""
        self.name = name
        self.endings = Endings(whole=whole)
        self.console = aside()
        self.status: Status | None = None
        self.told_at = 0.0

    def __call__(self, progress: Progress, seconds: float) -> None:
        """Hear how far the search is after this many seconds."""
        end = self.endings.hear(self.name, progress, seconds)
        if seconds < PATIENCE_S:
            return
        line = f"{self.name}: {line_of(progress, seconds, end)}"
        if self.console.is_terminal:
            self.status = self.status or self._started()
            self.status.update(line)
        elif seconds - self.told_at >= QUIET_EVERY_S or not self.told_at:
            self.told_at = seconds
            self.console.print(line)

    def _started(self) -> Status:
        status = self.console.status("")
        status.start()
        return status

    def stop(self) -> None:
        """Leave the terminal as it was."""
        if self.status is not None:
            self.status.stop()


class SuitePace:
    """Tells on stderr how far a suite is.

    On a terminal a bar for all of it, and for each long search one of what was followed among what was found; elsewhere
    a line for each search that is done.
    """

    def __init__(self, suite: str, count: int, *, whole: bool = True) -> None:
        """Tell of so many searches, and of their ends where they are made whole."""
        self.count, self.done = count, 0
        self.endings = Endings(whole=whole)
        self.console = aside()
        self.bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self.whole = self.bars.add_task(escape(suite), total=count)
        self.tasks: dict[str, TaskID] = {}
        self.told_at: dict[str, float] = {}

    def __enter__(self) -> Self:
        """Begin to tell."""
        self.bars.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        """Leave the terminal as it was."""
        self.bars.stop()

    def hear(self, name: str, progress: Progress, seconds: float) -> None:
        """Hear how far the search of a configuration is after this many seconds."""
        end = self.endings.hear(name, progress, seconds)
        if self.console.is_terminal:
            task = self.tasks.get(name)
            if task is None:
                task = self.tasks[name] = self.bars.add_task(escape(name), total=None)
            self.bars.update(
                task,
                description=escape(f"{name}{end and ', '}{end}"),
                total=progress.states,
                completed=progress.states - progress.frontier,
            )
        elif seconds - self.told_at.get(name, 0.0) >= QUIET_EVERY_S:
            self.told_at[name] = seconds
            self.console.print(f"{name}: {line_of(progress, seconds, end)}")

    def found(self, one: Exploration) -> None:
        """Hear that a search is done."""
        self.done += 1
        task = self.tasks.pop(one.configuration.name, None)
        if task is not None:
            self.bars.remove_task(task)
        self.bars.advance(self.whole)
        if not self.console.is_terminal:
            self.console.print(
                f"{self.done} of {self.count}  {one.configuration.name}: {one.report.states:,} states,"
                f" {one.report.edges:,} edges, {one.seconds:.1f} s"
            )
