"""How long a search still takes, as far as that can honestly be said while nobody knows what there is to find.

Of a configuration that was searched before it is known how many states there were. Of any other the states that wait
are certain; how many more come of them can be guessed once each level is smaller than the one before it.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from math import ceil
from typing import Final

from kiloclaw_core.explore import Progress

LEVELS: Final = 4
"""So many levels in a row have to be each smaller than the one before, for the rest to be guessed from them."""
MINUTE_S: Final = 60
HOUR_S: Final = 3_600


class Foretelling:
    """Hears how far one search is, each time that it tells, and says in words how long it still takes."""

    def __init__(self, known: int | None) -> None:
        """Foretell a search that found so many states when it was made last, or one of which nothing is known."""
        self.known = known
        self.heard = deque[tuple[int, float]]()
        self.levels: dict[int, int] = {}

    def hear(self, progress: Progress, seconds: float) -> str:
        """What can be said after this many seconds: nothing before it is known how fast the search is."""
        followed = progress.states - progress.frontier
        self.heard.append((followed, seconds))
        while len(self.heard) > 2 and self.heard[1][1] <= seconds / 2:  # noqa: PLR2004 (the ends of a stretch)
            self.heard.popleft()
        self.levels[progress.depth] = progress.frontier  # heard last when all of the level above was followed
        rate = self._rate()
        if not rate or not progress.frontier:
            return ""
        if self.known is not None and progress.states <= self.known:
            return f"about {spell((self.known - followed) / rate)} to go if it is as large as it was"
        rest = self._rest(progress)
        if rest is None:
            return f"at least {spell(progress.frontier / rate)} to go"
        return f"perhaps {spell(rest / rate)} to go"

    def _rate(self) -> float:
        """How many states were followed in a second of late: searches grow faster, the more they remember."""
        (before, since), (now, until) = self.heard[0], self.heard[-1]
        return (now - before) / (until - since) if until > since else 0.0

    def _rest(self, progress: Progress) -> float | None:
        """How many states are still to be followed if levels go on to shrink as they do; None where they do not."""
        sizes = [self.levels.get(progress.depth - above) for above in range(LEVELS, 0, -1)]
        known = [size for size in sizes if size is not None]
        if len(known) < LEVELS or any(later >= earlier for earlier, later in pairwise(known)):
            return None
        part: float = (known[-1] / known[0]) ** (1 / (LEVELS - 1))
        return progress.frontier / (1 - part)


def spell(seconds: float) -> str:
    """A time in whole seconds, minutes or hours, never less than it is."""
    if seconds <= MINUTE_S:
        return f"{ceil(seconds)} s"
    return f"{ceil(seconds / MINUTE_S)} min" if seconds <= HOUR_S else f"{ceil(seconds / HOUR_S)} h"
