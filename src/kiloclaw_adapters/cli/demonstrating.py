"""The command that shows it all: `demo`."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator

import typer
from rich.console import Console
from rich.table import Table

from kiloclaw_adapters.cli.telling import FAILED, AsJson, FailedError, need, out, plainly, say, say_json
from kiloclaw_adapters.demo import DemoError, Played, run_demo


def demo(*, as_json: AsJson = False) -> None:
    """Let one of two in, start, heal after a stop nobody asked for, destroy amid a create, crash; then judge it all.

    Everything is real: processes, HTTP, a database and SIGKILL. Fly is simulated. Exits with 1 if a claim did not hold.
    """
    with plainly():
        need("simulator", "starlette", "uvicorn")
        try:
            played = _played(quietly=as_json)
        except DemoError as error:
            raise FailedError(str(error)) from error
    if as_json:
        tell_json(played)
    else:
        tell(played)
    if not played.holds:
        raise typer.Exit(FAILED)


def _played(*, quietly: bool) -> Played:
    if not quietly:
        return asyncio.run(run_demo(Console(highlight=False)))
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123 (a device, not a path of ours)
        return asyncio.run(run_demo(Console(file=nowhere)))


def tell(played: Played) -> None:
    """What became of each claim, and whether all of it held."""
    console = out()
    console.print(
        f"\n[bold]Judged over {played.moments} moments[/bold] of the recorded trace and of Fly's own truth:\n"
    )
    table = Table.grid(padding=(0, 2))
    for one in played.judgements:
        mark, style = ("✗", "bold red") if one.fails else ("✓", "green") if one.is_shown else ("·", "dim")
        word = one.verdict.replace("_", " ")
        table.add_row(f"  [{style}]{mark}[/{style}]", one.name, f"[{style}]{word}[/{style}]", one.why or one.sentence)
    console.print(table)
    verdict = "[green]everything held[/green]" if played.holds else "[bold red]not everything held[/bold red]"
    workers = f"{played.workers} workers, {played.kills} of them killed with SIGKILL"
    console.print(f"\n{played.seconds:.1f} s, {workers}: {verdict}.")
    for line in _unshown(played):
        say(line)


def _unshown(played: Played) -> Iterator[str]:
    """How much of what is claimed the demo neither shows nor was meant to, and why."""
    counted = Counter(one.verdict for one in played.judgements if not one.fails)
    if counted["not_judged"]:
        yield f"not judged: {counted['not_judged']}, because of what the trace does not tell"
    if counted["not_witnessed"]:
        yield f"not witnessed: {counted['not_witnessed']}, because the story does not come to it"


def tell_json(played: Played) -> None:
    """The same as one object, with every line that would have been shown."""
    say_json(
        {
            "seconds": played.seconds,
            "workers": played.workers,
            "kills": played.kills,
            "moments": played.moments,
            "held": played.holds,
            "claims": [
                {
                    "name": one.name,
                    "sentence": one.sentence,
                    "verdict": one.verdict,
                    "line": one.line,
                    "why": one.why,
                }
                for one in played.judgements
            ],
            "lines": [{"at": one.at_ms, "lane": one.lane, "text": one.text} for one in played.lines],
        }
    )
