"""A process that is told to end and finishes something first."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def told_to_end(*, heeded: bool) -> Iterator[Callable[[], bool]]:
    """Whether this process was told to end meanwhile; unless that is heeded, it ends as any other does."""
    heard = list[int]()
    ways = (signal.SIGINT, signal.SIGTERM) if heeded else ()
    before = [signal.signal(way, lambda number, _frame: heard.append(number)) for way in ways]
    try:
        yield lambda: bool(heard)
    finally:
        for way, handler in zip(ways, before, strict=True):
            signal.signal(way, handler)
