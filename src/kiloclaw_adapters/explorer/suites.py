"""Many searches at once: each configuration in a process of its own, as many at a time as there are cores.

A process that has ended gives back all that its search remembered. What a search tells on its way arrives here through
a pipe, and so does what it found; one that dies instead is named.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Generator, Sequence
from itertools import combinations
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Final, TypeAlias

from attrs import frozen

from kiloclaw_adapters import forking
from kiloclaw_adapters.explorer.raised import SearchRaisedError
from kiloclaw_adapters.explorer.run import (
    MOST,
    Exploration,
    SearchTooLargeError,
    memory_of_machine,
    run_exploration,
)
from kiloclaw_adapters.explorer.sizes import longest_first
from kiloclaw_adapters.explorer.worlds import ALL, AnyConfiguration, World, suite_of, world_of
from kiloclaw_core.explore import Kind, Progress
from kiloclaw_core.world.pairs import PAIRS, Happening
from kiloclaw_core.world.setting import Suite

WatchEach: TypeAlias = Callable[[str, Progress, float], None]
"""Whoever is told how far the search of a configuration is, and how many seconds it has taken."""


JUST_BEGUN: Final = Progress(states=1, edges=0, depth=0, frontier=1)


class UnknownSuiteError(ValueError):
    """No suite has this name; the message lists those there are."""


class SearchDiedError(RuntimeError):
    """A search ended without an answer; the message says which one, and how."""


@frozen
class Heard:
    """How far a search is."""

    progress: Progress
    seconds: float


@frozen
class Search:
    """A configuration that is being searched, and the process that does it."""

    configuration: AnyConfiguration
    process: ForkServerProcess


def suite_called(name: str, world: World | None = None) -> tuple[AnyConfiguration, ...]:
    """The configurations of the suite of this name, of one world or of all; raises `UnknownSuiteError`."""
    try:
        suite = Suite(name)
    except ValueError as error:
        raise UnknownSuiteError(
            f"no suite is named {name!r}; there are {', '.join(one.value for one in Suite)}"
        ) from error
    return tuple(one for one in of_world(world) if suite_of(one) is suite)


def touched_by(story: str) -> tuple[AnyConfiguration, ...]:
    """The pairs that a change of this story touches: every one in which it happens; raises `UnknownSuiteError`."""
    try:
        happening = Happening(story)
    except ValueError as error:
        raise UnknownSuiteError(
            f"nothing that happens is called {story!r}; there are {', '.join(one.value for one in Happening)}"
        ) from error
    return tuple(pair for both, pair in zip(combinations(Happening, 2), PAIRS, strict=True) if happening in both)


def of_world(world: World | None) -> tuple[AnyConfiguration, ...]:
    """Every configuration of one world, or of all."""
    return tuple(one for one in ALL if world is None or world_of(one) is world)


def cores() -> int:
    """How many processes may compute at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_explorations(
    configurations: Sequence[AnyConfiguration],
    *,
    processes: int,
    limit: int | None = None,
    memory: int | None = None,
    watch: WatchEach | None = None,
) -> Generator[Exploration, None, None]:
    """Search each of these whole, or as far as `limit`, so many at a time; they come as they are done.

    The longest are begun first, as far as is known which those are.

    Of the memory that they may take, `memory` or what is usual, each gets the same share. Raises `SearchTooLargeError`
    when one needs more, `SearchRaisedError` when the core raises an exception (once the others are done where no
    step leads to it, as they may come to it on a way that can be shown), and `SearchDiedError` when a process ends
    without an answer. What is still under way when the generator is closed is ended.
    """
    context = forking.begin()
    waiting, searches, lifeless = longest_first(configurations), dict[Connection, Search](), list[SearchRaisedError]()
    share = int((memory_of_machine() * MOST if memory is None else memory) / min(processes, max(1, len(waiting))))
    try:
        while waiting or searches:
            while waiting and len(searches) < processes:
                connection, search = _begun(context, waiting.pop(0), limit, share)
                searches[connection] = search
                if watch is not None:
                    watch(search.configuration.name, JUST_BEGUN, 0.0)
            for connection in [one for one in wait(list(searches)) if isinstance(one, Connection)]:
                found = _answer(connection, searches[connection], watch)
                if found is not None:
                    searches.pop(connection).process.join()
                    connection.close()
                if isinstance(found, SearchRaisedError):
                    lifeless.append(found)
                elif found is not None:
                    yield found
        if lifeless:
            raise lifeless[0]
    finally:
        for connection, search in searches.items():
            search.process.terminate()
            search.process.join()
            connection.close()


def _begun(
    context: ForkServerContext, configuration: AnyConfiguration, limit: int | None, memory: int
) -> tuple[Connection, Search]:
    """A search that has begun, and the pipe through which it tells."""
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_search, args=(there, configuration, limit, memory), daemon=True)
    process.start()
    there.close()  # else nobody would notice when the process, which has the other copy, is gone
    return here, Search(configuration, process)


def _search(connection: Connection, configuration: AnyConfiguration, limit: int | None, memory: int) -> None:
    """What such a process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever began the search ends it
    gc.disable()  # what a search remembers goes round in no circle, and is given back with the process

    def tell(progress: Progress, seconds: float) -> None:
        connection.send(Heard(progress, seconds))

    try:
        connection.send(run_exploration(configuration, limit=limit, memory=memory, watch=tell))
    except (SearchTooLargeError, SearchRaisedError) as error:
        connection.send(error)


def _answer(connection: Connection, search: Search, watch: WatchEach | None) -> Exploration | SearchRaisedError | None:
    """What a search found, or None if it only told how far it is; what was raised where no step leads is as much."""
    try:
        said = connection.recv()
    except EOFError as error:
        search.process.join()
        raise SearchDiedError(f"the search of {search.configuration.name} {_end(search.process.exitcode)}") from error
    if isinstance(said, Exploration) or (isinstance(said, SearchRaisedError) and said.raised.code is None):
        return said
    if isinstance(said, SearchTooLargeError | SearchRaisedError):
        raise said
    assert isinstance(said, Heard), f"a search said {said!r}"
    if watch is not None:
        watch(search.configuration.name, said.progress, said.seconds)
    return None


def _end(code: int | None) -> str:
    """How a process ended; one that wants more memory than there is gets killed."""
    if code is not None and code < 0:
        return f"was killed by signal {-code}; if nobody sent it, there was not enough memory"
    return f"ended with exit code {code}; what it said stands above"


def never_seen(found: Sequence[Exploration]) -> tuple[str, ...]:
    """The witnesses that no search of their own world shows; none is missed where one was not searched whole."""
    if not all(one.report.complete for one in found):
        return ()
    asked, seen = dict[tuple[World, str], None](), set[tuple[World, str]]()
    for one in found:
        for verdict in one.report.verdicts:
            if verdict.kind is Kind.SOMETIMES:
                which = (world_of(one.configuration), verdict.claim)
                asked[which] = None
                seen |= {which} if verdict.verdict == "witnessed" else set()
    return tuple(claim for world, claim in asked if (world, claim) not in seen)
