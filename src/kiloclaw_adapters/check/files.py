"""Reads traces from files or from standard input as streams, and has the core judge them by its rules."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from attrs import frozen

from kiloclaw_adapters.check.oddities import Oddities, Oddity
from kiloclaw_adapters.errors import MalformedError
from kiloclaw_adapters.tracing import texts_of
from kiloclaw_core.rules import RuleVerdict, check
from kiloclaw_core.trace import MalformedTraceError

STANDARD_INPUT: Final = "-"


@frozen
class Judged:
    """What became of each rule in one trace, and what in it may be a slip; `file` is its name as it was given."""

    file: str
    verdicts: tuple[RuleVerdict, ...]
    oddities: tuple[Oddity, ...] = ()

    @property
    def broken(self) -> tuple[RuleVerdict, ...]:
        """The rules that are broken."""
        return tuple(one for one in self.verdicts if one.verdict == "broken")

    @property
    def trouble(self) -> str | None:
        """Why nothing at all could be judged, in one sentence that names the file; None where something was."""
        if any(one.verdict != "not_judged" for one in self.verdicts):
            return None
        return f"{self.file}: nothing could be judged: {self.verdicts[0].message} (it has no `initial` line)"


@frozen
class Unread:
    """A file that could not be judged, and the one sentence that says why; it names the file."""

    file: str
    why: str


def judged_or_unread(file: str) -> Judged | Unread:
    """What became of each rule in the trace of this file, or why nobody can say."""
    try:
        return judge_rules(file)
    except OSError as error:
        return Unread(file, f"cannot read {file}: {error.strerror}")
    except MalformedError as error:
        return Unread(file, str(error))


def judge_rules(file: str) -> Judged:
    """What became of each rule in the trace of this file.

    Raises OSError where it cannot be read, and MalformedError, which names file, line and column, where it is no trace.
    """
    with lines_of(file) as lines:
        odd = Oddities()
        return Judged(file, check(odd.passed(lines)), odd.told())


@contextmanager
def lines_of(file: str) -> Iterator[Iterable[str]]:
    """The lines of a file, or of standard input, one after the other.

    Raises OSError, and what the block says of a malformed line as MalformedError, which names file, line and column.
    """
    with _opened(file) as stream:
        try:
            yield texts_of(stream)
        except MalformedTraceError as error:
            raise MalformedError(f"{file}:{error.line}:{error.column or 1}: {error.why}") from error


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    with Path(file).open("rb") as stream:
        yield stream
