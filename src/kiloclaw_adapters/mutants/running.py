"""Many searches for bugs at once, as many as there are cores, each in a process where nobody else's bug is in place."""

from __future__ import annotations

import gc
from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Final

from attrs import frozen

from kiloclaw_adapters.explorer import SearchDiedError
from kiloclaw_adapters.mutants.searching import LIMIT, search_for
from kiloclaw_adapters.mutants.table import MUTANTS

BY_NAME: Final = {one.name: one for one in MUTANTS}
PRELOADED: Final = (__name__,)


@frozen
class Found:
    """What the search for a bug came to, without the functions, which do not go from one process to another."""

    name: str
    steps: int | None
    """How many steps show it; None where its claim was not broken."""
    states: int
    seconds: float
    code: str = ""
    complete: bool = True
    """Whether its claim was broken or all was seen; a search that stopped before has decided nothing."""

    @property
    def caught(self) -> bool:
        """Whether the claim that ought to notice did."""
        return self.steps is not None


def found(name: str, limit: int = LIMIT) -> Found:
    """Search for the bug of this name in this process, and follow what was found again."""
    caught = search_for(BY_NAME[name], limit=limit)
    if caught.trace is None:
        return Found(name, None, caught.states, caught.seconds, complete=caught.complete)
    return Found(name, len(caught.trace.steps), caught.states, caught.seconds, caught.trace.code)


def search_all(names: Sequence[str], *, processes: int, limit: int = LIMIT) -> Generator[Found, None, None]:
    """Search for the bugs of these names, so many at a time; they come as they are done.

    Raises `SearchDiedError` when a process ends without an answer, and whatever a search itself raises. What is still
    to be begun when the generator is closed is not begun.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(list(PRELOADED))
    with ProcessPoolExecutor(min(processes, len(names)), mp_context=context, initializer=gc.disable) as pool:
        searches = [pool.submit(found, one, limit) for one in names]
        try:
            for search in as_completed(searches):
                yield search.result()
        except BrokenProcessPool as error:
            raise SearchDiedError(
                "a search for a mutant ended without an answer; there may be too little memory"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)
