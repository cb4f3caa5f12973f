"""Writing what a search found, or a trace, as one page to look at in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from attrs import frozen
from rich.console import Console

from kiloclaw_adapters.cli.telling import BadInputError, say, waiting
from kiloclaw_adapters.explorer import (
    AnyConfiguration,
    Exploration,
    Json,
    Page,
    PageTooLargeError,
    page_of_search,
    page_of_trace,
    page_text,
)
from kiloclaw_adapters.explorer.page.graph import Graph
from kiloclaw_adapters.explorer.page.near import MOST
from kiloclaw_adapters.explorer.page.writing import size_of
from kiloclaw_core.explore import Trace

Html: TypeAlias = Annotated[
    Path | None, typer.Option("--html", help="Write a page to look at in a browser into this file.")
]
States: TypeAlias = Annotated[
    int | None, typer.Option("--states", min=1, help=f"With --html: how many states it holds; {MOST:,} unless said.")
]


@frozen
class Written:
    """A page that was written: where, what is in it, and how many bytes it has."""

    file: Path
    graph: Graph
    bytes: int

    def __str__(self) -> str:
        """Say it in one line."""
        return f"page  {self.file}: {size_of(self.graph, self.bytes)}"

    @property
    def json(self) -> dict[str, Json]:
        """Say it as one object; `moves` is None where the page holds every state there is."""
        moves = None if self.graph.whole else self.graph.moves
        return {"file": str(self.file), "states": len(self.graph.states), "moves": moves, "bytes": self.bytes}


@frozen
class Unwritten:
    """A page that could not be written, and why."""

    why: str


def check_page(html: Path | None, states: int | None, suite: str | None = None, *, listed: bool = False) -> None:
    """Raise `BadInputError` where what is asked for has no page, or its page no place, or where only its size is said.

    So nobody waits for a search of which no page can be written.
    """
    if html is None and states is not None:
        raise BadInputError("--states goes with --html")
    if html is not None and listed:
        raise BadInputError("--list has no page")
    if html is not None and suite is not None:
        raise BadInputError("a page is of one configuration, not of a suite")
    if html is not None:
        check_writable(html)


def check_writable(file: Path) -> None:
    """Raise `BadInputError` where a file cannot be written; one that is not there is there for a moment."""
    there = file.exists()
    if there and not (file.is_file() or file.is_dir()):
        return  # a pipe has one reader, who is not to be troubled twice
    try:
        with file.open("ab"):
            pass
    except OSError as error:
        raise BadInputError(f"cannot write {file}: {error.strerror}") from error
    if not there:
        file.unlink()


def draw_search(file: Path | None, found: Exploration, states: int | None) -> Written | Unwritten | None:
    """Write the page of a search, if one is asked for; why it cannot be is told, because the search is not in vain."""
    if file is None:
        return None
    try:
        with drawing():
            page = page_of_search(found, MOST if states is None else states)
        return write_page(file, page)
    except BadInputError as error:
        return Unwritten(str(error))


def draw_trace(file: Path, configuration: AnyConfiguration, trace: Trace, states: int | None) -> Written:
    """Write the page of a trace; raises `BadInputError` where that cannot be."""
    with drawing():
        page = page_of_trace(configuration, trace, MOST if states is None else states)
    return write_page(file, page)


@contextmanager
def drawing() -> Iterator[None]:
    """Say that states are drawn, which takes seconds, and where there are too many of them."""
    try:
        with waiting("drawing the states"):
            yield
    except PageTooLargeError as error:
        raise BadInputError(f"{error}; --states says how many") from error


def write_page(file: Path, page: Page) -> Written:
    """Write a page, or say why it cannot be written."""
    written = page_text(page).encode()
    try:
        file.write_bytes(written)
    except OSError as error:
        raise BadInputError(f"cannot write {file}: {error.strerror}") from error
    return Written(file, page.graph, len(written))


def with_page(page: Written | None) -> dict[str, Json]:
    """What an object says besides where a page was written."""
    return {} if page is None else {"page": page.json}


def tell_page(page: Written | None, to: Console | None = None) -> None:
    """Say where a page was written, if one was."""
    if page is not None:
        say(f"\n{page}", to)
