"""The command `walk`: many walks through what is too large to be searched whole, in shards that merge."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.markup import escape
from rich.status import Status
from rich.table import Table

from kiloclaw_adapters.cli.pacing import PATIENCE_S, QUIET_EVERY_S
from kiloclaw_adapters.cli.telling import (
    BAD_INPUT,
    FAILED,
    AsJson,
    BadInputError,
    aside,
    complaint,
    out,
    plainly,
    say,
    say_json,
)
from kiloclaw_adapters.explorer import configuration_called, failure_text
from kiloclaw_adapters.explorer.fingerprint import fingerprint
from kiloclaw_adapters.explorer.shard_files import read_walked, walked_json
from kiloclaw_adapters.explorer.shards import (
    Plan,
    Shard,
    ShardError,
    Walked,
    merged,
    unsearched,
    verdict_of,
    walked,
)
from kiloclaw_adapters.explorer.walking import AstrayError

DEFAULT: Final = Plan(())


def walk(  # noqa: PLR0913 (each is an option)
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Configurations, or with --merge files; without any, all that CI does not search whole."),
    ] = None,
    *,
    shard: Annotated[str, typer.Option(help="Walk this part alone: 2/8 is the second of eight.")] = "1/1",
    seed: Annotated[int, typer.Option(help="Other seeds draw other walks.")] = DEFAULT.seed,
    walks: Annotated[
        int, typer.Option(min=1, help="How many walks through each configuration, all shards together.")
    ] = DEFAULT.walks,
    length: Annotated[
        int, typer.Option(min=1, help="How many steps a walk takes at most, before calm leads it home.")
    ] = DEFAULT.length,
    merge: Annotated[bool, typer.Option("--merge", help="Merge what shards printed with --json instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Walk at random, judge every claim all along, and let calm lead every walk home.

    Exits with 1 when a claim is broken, with 2 when shards are missing from a merge, with 4 when the core raised.
    """
    with plainly(as_json=as_json):
        try:
            what = (
                merged_from(names or [])
                if merge
                else walked_at_a_pace(Plan(tuple(names or unsearched()), walks, length, seed), Shard.read(shard))
            )
            failures = broken_in(what)
        except (ShardError, AstrayError) as error:
            raise BadInputError(str(error)) from error
    if as_json:
        say_json(walked_json(what))
    else:
        tell(what, failures)
    if what.failed:
        raise typer.Exit(FAILED)
    if merge and what.missing:
        raise complaint(f"missing: shard {', '.join(f'{one}/{what.of}' for one in what.missing)}", BAD_INPUT)


def merged_from(files: list[str]) -> Walked:
    """The shards in these files as one; raises `ShardError`, and where they were walked on another core than this."""
    parts = [read_walked(Path(file)) for file in files]
    for file, part in zip(files[1:], parts[1:], strict=False):
        try:
            merged([parts[0], part])
        except ShardError as error:
            raise ShardError(f"{files[0]} and {file}: {error}") from error
    what = merged(parts)
    if what.core != fingerprint():
        raise ShardError(f"walked on core {what.core}, and this is {fingerprint()}: merge where the same is installed")
    return what


def broken_in(what: Walked) -> tuple[str, ...]:
    """What was broken, as lanes: each followed again on this core before it is told."""
    return tuple(
        f"{result.configuration}, in {finding.walks} of {result.walks} walks\n"
        + failure_text(configuration_called(result.configuration), verdict_of(result, finding))
        for result in what.results
        for finding in result.broken
    )


def tell(what: Walked, failures: tuple[str, ...]) -> None:
    """One table of all configurations, and what should not be as lanes."""
    table = Table(box=None, pad_edge=False, show_footer=True)
    table.add_column("configuration", f"{len(what.results)} configurations", no_wrap=True)
    for heading, total in (
        ("walks", f"{sum(one.walks for one in what.results):,}"),
        ("steps", f"{sum(one.steps for one in what.results):,}"),
        ("witnesses", ""),
    ):
        table.add_column(heading, total, justify="right", no_wrap=True)
    table.add_column("broken")
    for one in what.results:
        met = sum(witness.walks > 0 for witness in one.witnessed)
        broken = ", ".join(finding.claim for finding in one.broken)
        word = f"[bold red]{escape(broken)}[/bold red]" if broken else "[green]nothing[/green]"
        table.add_row(one.configuration, f"{one.walks:,}", f"{one.steps:,}", f"{met} of {len(one.witnessed)}", word)
    out().print(table)
    for failure in failures:
        say(f"\n{failure}")


# -- how far it is -----------------------------------------------------------------------------------------------


def walked_at_a_pace(plan: Plan, shard: Shard) -> Walked:
    """This shard of a plan, walked while its pace is told."""
    pace = WalkPace()
    try:
        return walked(plan, shard, pace)
    finally:
        pace.stop()


class WalkPace:
    """Tells on stderr how far the walks are: a line that changes on a terminal, now and then a new one elsewhere."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin to count the seconds by this clock."""
        self.clock = clock
        self.console = aside()
        self.status: Status | None = None
        self.began = self.told = clock()
        self.steps: dict[str, int] = {}

    def __call__(self, name: str, done: int, of: int, steps: int) -> None:
        """Hear how many walks of a configuration are done, of how many, and how many steps they took."""
        self.steps[name] = steps
        now = self.clock()
        if now - self.began < PATIENCE_S:
            return
        rate = sum(self.steps.values()) / (now - self.began)
        line = f"{name}: {done:,} of {of:,} walks, {steps:,} steps, {rate:,.0f} steps/s"
        if self.console.is_terminal:
            self.status = self.status or self._started()
            self.status.update(line)
        elif now - self.told >= QUIET_EVERY_S:
            self.told = now
            self.console.print(line)

    def _started(self) -> Status:
        status = self.console.status("")
        status.start()
        return status

    def stop(self) -> None:
        """Leave the terminal as it was."""
        if self.status is not None:
            self.status.stop()
