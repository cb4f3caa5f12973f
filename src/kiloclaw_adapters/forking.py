"""Processes that begin with everything imported that a search needs: a server of them imports it once and forks."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, get_context, resource_tracker
from multiprocessing.context import ForkServerContext
from typing import Final

PRELOADED: Final = ("kiloclaw_adapters.explorer.suites", "kiloclaw_adapters.explorer.packed")
"""What is imported once, for all processes; without it each of them would spend most of a second on that.

What cannot be imported, because numpy is not there, is left out by the server of processes itself.
"""


def begin() -> ForkServerContext:
    """Have the server begin, unless it has; until it gives the first process, its caller may see to something else."""
    context = get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    resource_tracker.ensure_running()  # which would have its caller hear of Ctrl-C again
    with undisturbed():
        forkserver.ensure_running()
    return context


@contextmanager
def undisturbed() -> Iterator[None]:
    """Processes that are begun meanwhile hear nothing of Ctrl-C: whoever began them ends them, and hears it later."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
