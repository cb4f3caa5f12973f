"""Reads the trace of a file as a stream, and has the core judge it.

What lines mean, and what is claimed of them, is decided in `kiloclaw_core.trace`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from kiloclaw_adapters.errors import MalformedError
from kiloclaw_core.trace import MalformedTraceError, Verdict, judge


def judge_file(path: Path) -> tuple[Verdict, ...]:
    """What became of each claim in the trace of this file.

    Raises OSError where the file cannot be read, and MalformedError, which names file and line, where it is no trace.
    """
    with path.open("rb") as file:
        try:
            return judge(texts_of(file))
        except MalformedTraceError as error:
            raise MalformedError(f"{path}: {error}") from error


def texts_of(lines: Iterable[bytes]) -> Iterator[str]:
    """The lines as text. Raises MalformedTraceError where one is not UTF-8."""
    for number, line in enumerate(lines, 1):
        try:
            yield line.decode()
        except UnicodeDecodeError as error:
            raise MalformedTraceError(f"not UTF-8 ({error.reason})", number, error.start + 1) from None
