"""Runs an exploration by the clock: how long it took, how fast it is, and whether what it found is as claimed.

The search itself is the core's and knows no time. What is printed is left to the command line.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Generator
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Final, TypeAlias, TypeVar

from attrs import field, frozen

from kiloclaw_adapters.explorer.keeping import Keeping, KeptSearchError, Rhythm, search_of
from kiloclaw_adapters.explorer.own import is_own, read_own
from kiloclaw_adapters.explorer.raised import raised
from kiloclaw_adapters.explorer.raising import met_again
from kiloclaw_adapters.explorer.worlds import ALL, AnyConfiguration, opened, witnesses_of
from kiloclaw_adapters.overriding import in_place
from kiloclaw_core.explore import Progress, Report, Verdict

Answer = TypeVar("Answer")

Clock: TypeAlias = Callable[[], float]
"""Seconds from a moment of no meaning; it never goes back."""

Taken: TypeAlias = Callable[[], int]
"""How many bytes of memory a search has taken at most."""

GIGA: Final = 10**9

Watch: TypeAlias = Callable[[Progress, float], None]
"""Whoever is told how far a search is, and how many seconds it has taken."""


MOST: Final = 0.8
"""Of the memory of this machine no search takes more than this part, unless it is told otherwise."""
KILO: Final = 1 if sys.platform == "darwin" else 1024
"""In what the system counts the memory of a process."""


class SearchTooLargeError(RuntimeError):
    """A search would take more memory than it may; the message says how far it was."""


class SearchInterruptedError(RuntimeError):
    """A search that is kept was told to end; the message says where it is kept, and how far it was."""


class UnknownConfigurationError(ValueError):
    """No configuration has this name; the message says what may have been meant."""


@frozen
class Exploration:
    """One search: what was searched, what it found, the seconds it took, and what was replaced in the core then."""

    configuration: AnyConfiguration
    report: Report
    seconds: float
    changes: tuple[str, ...] = field(factory=in_place)

    @property
    def states_per_second(self) -> float:
        """How many states were found in a second."""
        return self.report.states / max(self.seconds, 1e-9)

    @property
    def bound(self) -> int | None:
        """The most calm moves that it takes home from any state, where all of them lead there."""
        bounds = [verdict.bound for verdict in self.report.verdicts if verdict.bound is not None]
        return max(bounds, default=None)

    @property
    def failures(self) -> tuple[Verdict, ...]:
        """The verdicts that should not be: broken claims, and witnesses missing that this configuration must show."""
        return tuple(verdict for verdict in self.report.verdicts if self._is_fatal(verdict))

    def _is_fatal(self, verdict: Verdict) -> bool:
        missing = verdict.verdict == "not_witnessed" and verdict.claim in witnesses_of(self.configuration)
        return verdict.verdict == "broken" or missing


def configuration_called(name: str) -> AnyConfiguration:
    """The configuration of this name, of whatever world, or in the file of this name.

    Raises `UnknownConfigurationError` where there is none, and `OwnConfigurationError` where the file holds none.
    """
    if is_own(name):
        return read_own(Path(name))
    for one in ALL:
        if one.name == name:
            return one
    close = get_close_matches(name, [one.name for one in ALL])
    hint = f"did you mean {' or '.join(close)}?" if close else "`kiloclaw explore --list` names those there are"
    raise UnknownConfigurationError(f"no configuration is named {name!r}; {hint}")


def taken_so_far() -> int:
    """The most memory that this process ever took, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KILO


def memory_of_machine() -> int:
    """How much memory there is, in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def never() -> bool:
    """Nobody wants it to end."""
    return False


def run_exploration(  # noqa: PLR0913 (what it is told by is its caller's)
    configuration: AnyConfiguration,
    *,
    limit: int | None = None,
    memory: int | None = None,
    watch: Watch | None = None,
    clock: Clock = time.perf_counter,
    taken: Taken = taken_so_far,
    resume: Path | None = None,
    is_to_end: Callable[[], bool] = never,
) -> Exploration:
    """Search a configuration whole, or until more than `limit` states are found, telling `watch` on the way.

    Raises `SearchTooLargeError` once this process has taken more than `memory` bytes, by default four fifths of what
    the machine has: in good time, before the system ends it without a word. With `resume` the search is kept in this
    file every ten minutes and goes on from there; `SearchInterruptedError` is raised once it is kept and is to end, and
    `KeptSearchError` where it cannot be kept, or the file keeps none or another. Where the core raises an exception it
    is searched once more, plainly, for the shortest way to that, and `SearchRaisedError` tells of both.
    """
    began, most = clock(), memory_of_machine() * MOST if memory is None else memory
    rhythm = Rhythm(clock, is_to_end, began)
    search = opened(configuration).explored(limit, _keeping(configuration, resume, rhythm))

    def hear(progress: Progress) -> None:
        if watch is not None:
            watch(progress, clock() - began)
        if rhythm.over:
            raise SearchInterruptedError(
                f"{configuration.name} is kept in {resume}: {_how_far(progress)}; the same command goes on from there"
            )
        if taken() > most:
            raise SearchTooLargeError(
                f"{configuration.name} takes more than {most / GIGA:.3g} GB: {_how_far(progress)}; allow it more with "
                "--memory, or less to happen"
            )

    again = partial(_met_again, configuration, hear, is_to_end)
    return Exploration(configuration, _driven(search, hear, again), clock() - began)


def _driven(
    search: Generator[Progress, None, Answer],
    hear: Callable[[Progress], None],
    told: Callable[[Exception], Exception | None],
) -> Answer:
    """What a search returns, which is heard of on its way; where it raises anything, what is told of that instead."""
    while True:
        try:
            progress = next(search)
        except StopIteration as finished:
            answer: Answer = finished.value
            return answer
        except (KeptSearchError, MemoryError):
            raise
        except Exception as error:
            instead = told(error)
            if instead is None:
                raise
            raise instead from error
        hear(progress)


def _met_again(
    configuration: AnyConfiguration, hear: Callable[[Progress], None], is_to_end: Callable[[], bool], error: Exception
) -> Exception | None:
    """What a search raised, with the shortest way to it; nothing where no plain search comes to it in its memory."""

    def hear_or_end(progress: Progress) -> None:
        if is_to_end():
            raise error
        hear(progress)

    try:
        met = _driven(met_again(opened(configuration).walker), hear_or_end, lambda _error: None)
    except SearchTooLargeError:
        return None
    return None if met is None else raised(configuration, met)


def _keeping(configuration: AnyConfiguration, resume: Path | None, rhythm: Rhythm) -> Keeping | None:
    """Where the search of a configuration is kept, if anywhere."""
    if resume is None:
        return None
    return Keeping(resume, search_of(configuration.name, repr(configuration)), rhythm.is_due)


def _how_far(progress: Progress) -> str:
    return f"{progress.states:,} states are found and {progress.frontier:,} of them not followed yet"
