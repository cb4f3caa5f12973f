"""How the command line speaks: text or one JSON object on stdout, one line on stderr when something is wrong.

The exit code says whose affair it is: 2 for bad input, 1 for an operation that failed or a claim that is broken, 3 for
a search that did not get as far as to judge a claim, 4 for one in which the core raised an exception.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Annotated, Final

import typer
from attrs import asdict
from rich.console import Console
from rich.markup import escape

from kiloclaw_adapters.errors import (
    AdmissionError,
    KiloclawError,
    MalformedError,
    StoreUnavailableError,
    UnknownSandboxError,
)
from kiloclaw_adapters.explorer import (
    Json,
    OwnConfigurationError,
    RaceError,
    SearchRaisedError,
    UnknownConfigurationError,
    raised_json,
    raised_text,
)
from kiloclaw_adapters.store import StoreError
from kiloclaw_core.explore import ReplayError

FAILED: Final = 1
BAD_INPUT: Final = 2
UNFINISHED: Final = 3
RAISED: Final = 4
SIGNALLED: Final = 128
"""What a shell adds to the number of the signal that ended a program."""
UNITS: Final = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


class FailedError(Exception):
    """An operation failed, or a claim is broken; the message is the one line that says so."""


class UnfinishedError(Exception):
    """A search ended before it could judge; the message is the one line that says which, and why."""


class BadInputError(Exception):
    """What was asked for cannot be; the message is the one line that says what was wrong and where."""


MISTAKES: Final = (
    BadInputError,
    MalformedError,
    RaceError,
    ReplayError,
    StoreError,
    StoreUnavailableError,
    OwnConfigurationError,
    UnknownConfigurationError,
    UnknownSandboxError,
)
FAILURES: Final = (FailedError, KiloclawError)


def need(extra: str, *modules: str) -> None:
    """Raise `BadInputError` with what to install, unless these modules of an extra are there."""
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise BadInputError(f"this needs {' and '.join(missing)}: pip install 'kiloclaw[{extra}]'")


def out() -> Console:
    """The console for answers; lines are as long as they are, so that lanes stay lanes."""
    return Console(highlight=False, soft_wrap=True)


def aside() -> Console:
    """The console for progress and complaints."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str, to: Console | None = None) -> None:
    """Print text as it is, on stdout or on another console."""
    (to or out()).print(text, markup=False, end="" if text.endswith("\n") else "\n")


def printable(text: str) -> str:
    """Text that somebody else chose, for a terminal: what would not be seen there, and might steer it, is spelt out."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def say_json(value: Mapping[str, Json] | Sequence[Json]) -> None:
    """Print one JSON object, or a list of them, on a line of its own, on stdout."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def spelt(seconds: float) -> str:
    """So many seconds as people say it, in the two largest units that count."""
    left = max(0, round(seconds))
    parts: list[str] = []
    for unit, length in UNITS:
        count, left = divmod(left, length)
        parts += [f"{count} {unit}"] if count else []
    return " ".join(parts[:2]) or "0 s"


@contextmanager
def plainly(*, as_json: bool = False) -> Iterator[None]:
    """Turn what went wrong into one line on stderr and the exit code for it.

    What admission answers is one object on stdout as well, for programs that know when to ask again.
    """
    try:
        yield
    except AdmissionError as error:
        if as_json:
            say_json(asdict(error.explanation))
        raise complaint(str(error), FAILED) from error
    except MISTAKES as error:
        raise complaint(str(error), BAD_INPUT) from error
    except SearchRaisedError as error:
        if as_json:
            say_json(raised_json(error.raised))
        else:
            say(raised_text(error.raised))
        raise complaint(str(error), RAISED) from error
    except UnfinishedError as error:
        raise complaint(str(error), UNFINISHED) from error
    except FAILURES as error:
        raise complaint(str(error), FAILED) from error


def complaint(message: str, code: int) -> typer.Exit:
    """Say what is wrong in one line on stderr; raise what comes back to end the command with this code."""
    aside().print(f"[red]kiloclaw:[/red] {escape(' '.join(message.split()))}")
    return typer.Exit(code)


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Say on a terminal what is being waited for."""
    console = aside()
    if not console.is_terminal:
        yield
        return
    with console.status(escape(what)):
        yield
