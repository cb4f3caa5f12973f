"""The command `mutants`: every bug that is brought back, and whether its claim notices."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Annotated, Final, TypeAlias

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from kiloclaw_adapters.cli.pacing import PATIENCE_S, QUIET_EVERY_S
from kiloclaw_adapters.cli.telling import (
    FAILED,
    AsJson,
    BadInputError,
    FailedError,
    UnfinishedError,
    aside,
    out,
    plainly,
    say_json,
)
from kiloclaw_adapters.explorer import Json, SearchDiedError, cores
from kiloclaw_adapters.mutants import MUTANTS, Mutant, OtherEndError, UnknownMutantError, mutants_called
from kiloclaw_adapters.mutants.running import Found, search_all

Names: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(help="Mutants, or rows such as B01; all of them if none is named.", show_default=False),
]
Processes: TypeAlias = Annotated[
    int | None, typer.Option(min=1, help="Search for so many at a time; one for each core if it is not said.")
]
NO_ROW: Final = "-"
WIDE: Final = 180
"""No line is cut off where nobody watches, and none wraps within a column."""


def mutants(names: Names = None, *, processes: Processes = None, as_json: AsJson = False) -> None:
    """Bring known bugs back, one at a time, and see that the claim that ought to notice each does.

    Exits with 1 when one is not caught, or not decided; with 2 when none has the name.
    """
    with plainly():
        asked = wanted(names)
        told = searched(asked, processes or cores())
    if as_json:
        say_json([one for mutant in asked for one in objects(mutant, told[mutant.name])])
    else:
        tell(asked, told)
    if not all(one.caught for one in told.values()):
        raise typer.Exit(FAILED)


def wanted(names: list[str] | None) -> tuple[Mutant, ...]:
    """The mutants that were named; raises `BadInputError` where there is none of a name."""
    try:
        return mutants_called(names) if names else MUTANTS
    except UnknownMutantError as error:
        raise BadInputError(str(error)) from error


def searched(asked: Sequence[Mutant], processes: int) -> dict[str, Found]:
    """What was found of each, by its name; how far it is is told on stderr once it takes long."""
    told = dict[str, Found]()
    try:
        for one in paced(search_all([one.name for one in asked], processes=processes), len(asked)):
            told[one.name] = one
    except SearchDiedError as error:
        raise UnfinishedError(str(error)) from error
    except OtherEndError as error:
        raise FailedError(str(error)) from error
    return told


def paced(found: Iterator[Found], count: int) -> Iterator[Found]:
    """The same, told on the way: a bar on a terminal, now and then a line elsewhere, and nothing while it is quick."""
    console, began, told_at, done = aside(), time.perf_counter(), 0.0, 0
    columns = (TextColumn("mutants"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        whole = bars.add_task("", total=count)
        for one in found:
            done += 1
            bars.advance(whole)
            seconds = time.perf_counter() - began
            late = seconds >= PATIENCE_S and (not told_at or seconds - told_at >= QUIET_EVERY_S)
            if late and not console.is_terminal:
                told_at = seconds
                console.print(f"{done} of {count} mutants in {seconds:.0f} s", markup=False)
            yield one


def objects(mutant: Mutant, found: Found) -> Iterator[dict[str, Json]]:
    """One object for each row that the mutant is; one that is no row of anybody's goes by its name."""
    for row in mutant.rows or (mutant.name,):
        yield {
            "row": row,
            "mutant": mutant.name,
            "world": mutant.world.value,
            "claim": mutant.caught_by,
            "caught": found.caught,
            "complete": found.complete,
            "steps": found.steps,
            "states": found.states,
            "seconds": round(found.seconds, 3),
        }


def judged(found: Found) -> str:
    """How many steps show it, or that none do, or that nobody knows because the search was stopped."""
    if found.steps is not None:
        return str(found.steps)
    return "[bold red]not caught[/bold red]" if found.complete else "[bold red]not decided[/bold red]"


def tell(asked: Sequence[Mutant], told: dict[str, Found]) -> None:
    """One table of all, and in the last line how many were caught."""
    table = Table(box=None, pad_edge=False)
    for heading in ("row", "mutant", "claim"):
        table.add_column(heading, no_wrap=True)
    for heading in ("steps", "states", "seconds"):
        table.add_column(heading, justify="right", no_wrap=True)
    for mutant in asked:
        found = told[mutant.name]
        rows = escape(", ".join(mutant.rows)) or NO_ROW
        table.add_row(rows, mutant.name, mutant.caught_by, judged(found), f"{found.states:,}", f"{found.seconds:.2f}")
    console = out()
    console.width = max(console.width, WIDE)
    console.print(table)
    caught = sum(one.caught for one in told.values())
    count = len({row for mutant in asked for row in mutant.rows})
    console.print(f"\n{caught} of {len(asked)} mutants caught, {count} rows")
