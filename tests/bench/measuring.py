"""How two candidates are measured against each other: in one process, round by round, the median of the rounds.

What a candidate does, and what a line says of it, is left to the modules beside this one. Unless asked otherwise it is
processor time that counts, so that others who use the machine hardly show. Nothing is asserted of a speed.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from statistics import median
from typing import Final, TypeAlias

from attrs import frozen

Work: TypeAlias = Callable[[int], object]
"""Does its work this many times."""

Clock: TypeAlias = Callable[[], float]
"""Seconds from a moment of no meaning; it never goes back."""

MICROSECONDS: Final = 1e6


@frozen
class Effort:
    """How hard to try: how many rounds, how long one sample lasts at least, which configuration is searched.

    `racing` is the size of the toy race: processes, choices, rounds, tries and crashes. `megabytes` is how long a trace
    is judged, and `states` are found where a search is not whole.
    """

    rounds: int
    sample_s: float
    configuration: str
    racing: tuple[int, int, int, int, int] = (2, 2, 1, 1, 1)
    megabytes: float = 0.1
    states: int = 1_000


FULL: Final = Effort(
    rounds=15, sample_s=0.03, configuration="resurrected", racing=(3, 3, 2, 1, 1), megabytes=10.0, states=100_000
)
QUICK: Final = Effort(rounds=1, sample_s=0.0, configuration="one-each")
"""Everything once: whether it still runs, and no more."""


@frozen
class Line:
    """What one comparison came to; both numbers are in this unit."""

    name: str
    ours: float
    peer: float
    unit: str
    note: str

    @property
    def ratio(self) -> float:
        """Ours in peers."""
        return self.ours / self.peer


@frozen
class Pair:
    """The seconds that doing it once took each of the two, round by round."""

    ours: tuple[float, ...]
    peer: tuple[float, ...]

    def as_cost(self, name: str, note: str) -> Line:
        """The line that says what doing it once costs: less is better."""
        return self._line(name, "µs", note, lambda seconds: seconds * MICROSECONDS)

    def as_rate(self, name: str, unit: str, note: str, *, each: int = 1) -> Line:
        """The line that says how many there are in a second, when doing it once makes `each`: more is better."""
        return self._line(name, unit, note, lambda seconds: each / seconds)

    def _line(self, name: str, unit: str, note: str, value: Callable[[float], float]) -> Line:
        """The line of the medians; its note ends with where the middle half of the rounds' own ratios lies."""
        ratios = sorted(value(ours) / value(peer) for ours, peer in zip(self.ours, self.peer, strict=True))
        low, high = ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]
        ours, peer = value(median(self.ours)), value(median(self.peer))
        return Line(name, ours, peer, unit, f"{note}; half of the rounds {low:.3g} to {high:.3g}")


def race(ours: Work, peer: Work, effort: Effort, clock: Clock = time.process_time) -> Pair:
    """The two taking turns, and going first by turns, so that a machine that slows down slows both."""
    contestants = [(work, fitting(work, effort.sample_s), list[float]()) for work in (ours, peer)]
    for number in range(effort.rounds):
        for work, times, taken in contestants if number % 2 == 0 else reversed(contestants):
            taken.append(sample(work, times, clock) / times)
    (_, _, by_us), (_, _, by_peer) = contestants
    return Pair(tuple(by_us), tuple(by_peer))


def often(do: Callable[[], object]) -> Work:
    """Work that is done by one call each time; the call itself, some 50 ns, counts for both sides."""

    def work(times: int) -> None:
        for _ in range(times):
            do()

    return work


def fitting(work: Work, sample_s: float) -> int:
    """How often the work has to be done for a sample to last so long by the clock on the wall: a power of two."""
    times = 1
    while sample_s > 0 and sample(work, times, time.perf_counter) < sample_s:
        times *= 2
    return times


def sample(work: Work, times: int, clock: Clock) -> float:
    """The seconds that doing it so often takes, with nobody else's garbage to collect."""
    gc.collect()
    began = clock()
    work(times)
    return clock() - began
