"""How the process ends: told to, it finishes something first; with nobody to hear it, it says so."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

UNWRITTEN: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What is wrong where what is written has no room; a file of ours is named, stdout has no name."""


@contextmanager
def told_to_end(*, heeded: bool) -> Iterator[Sequence[int]]:
    """The signals that told this process to end meanwhile; unless that is heeded, it ends as any other does."""
    heard = list[int]()
    ways = (signal.SIGINT, signal.SIGTERM) if heeded else ()
    before = [signal.signal(way, lambda number, _frame: heard.append(number)) for way in ways]
    try:
        yield heard
    finally:
        for way, handler in zip(ways, before, strict=True):
            signal.signal(way, handler)


@contextmanager
def stdout_told() -> Iterator[None]:
    """See that all that is said on stdout is written; end with 2, and a line that says so, where it cannot be."""
    try:
        try:
            yield
        finally:
            if sys.stdout:  # a process may be begun without one
                sys.stdout.flush()
    except BrokenPipeError:
        _give_up(1)  # whoever reads it has seen enough
    except OSError as error:
        if error.filename is not None or error.errno not in UNWRITTEN:
            raise
        sys.stderr.write(f"kiloclaw: cannot write stdout: {error.strerror}\n")
        _give_up(2)


def _give_up(code: int) -> None:
    """End with this code; what is still to be written to stdout is not, for Python would try it again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
