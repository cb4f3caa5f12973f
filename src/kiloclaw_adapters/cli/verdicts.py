"""What one search found, as people read it: its size, each claim with its verdict, and the way to what is broken."""

from __future__ import annotations

from typing import Final

from rich.table import Table

from kiloclaw_adapters.cli.telling import out, say
from kiloclaw_adapters.explorer import Exploration, failure_text, opened, verdict_line
from kiloclaw_core.explore import Report

COLOURS: Final = {"held": "green", "witnessed": "green", "broken": "bold red", "not_witnessed": "yellow"}


def states_found(report: Report) -> str:
    """How many states were found, and in a mirror for how many they stand."""
    for_all = "" if report.stood_for is None else f" for {report.stood_for:,}"
    return f"{report.states:,} states{for_all}"


def tell(found: Exploration, *, mermaid: bool) -> None:
    """What a search found: its size, each claim with its verdict, and what should not be as lanes."""
    report, console = found.report, out()
    whole = "complete" if report.complete else "[yellow]not complete[/yellow]"
    console.print(f"[bold]{found.configuration.name}[/bold]  {found.configuration.sentence}")
    console.print(
        f"{states_found(report)}   {report.edges:,} edges   depth {report.depth}   "
        f"{found.seconds:.1f} s   {found.states_per_second:,.0f} states/s   {whole}\n"
    )
    table = Table.grid(padding=(0, 2))
    for verdict in report.verdicts:
        colour = COLOURS.get(verdict.verdict, "yellow")
        table.add_row(f"  {verdict.kind.value}", verdict.claim, f"[{colour}]{verdict_line(verdict)}[/{colour}]")
    console.print(table)
    for verdict in found.failures:
        say("\n" + failure_text(found.configuration, verdict))
        if mermaid and verdict.trace is not None:
            say(f"```mermaid\n{opened(found.configuration).sequence(verdict.trace)}```")
