"""Counts requests as Fly does: so many a second for each action and each thing it is done to (Fly: fly.md 1.0).

Whether they are counted at all is a fault, and decided by whoever asks.
"""

from __future__ import annotations

from typing import Final

from attrs import define, field

from kiloclaw_adapters.simulator.asking import ROUTES, Ask, Operation
from kiloclaw_adapters.simulator.papers import keep_newest

ORDINARY: Final = (1.0, 3)
RATES: Final = {Operation.GET_MACHINE: (5.0, 10), Operation.DELETE_APP: (100 / 60, 100)}
"""How many a second, and how many at once: looking at one machine is cheaper, and apps are deleted by the minute."""
OVERALL: Final = {Operation.CREATE_APP, Operation.DELETE_APP}


@define
class Tally:
    """The tokens left for each action and each thing, and when they were last counted."""

    _left: dict[tuple[Operation, str], tuple[float, float]] = field(init=False, factory=dict)

    def admits(self, ask: Ask, now: float) -> bool:
        """Count this request at this moment in seconds, and tell whether it is still within the rate."""
        per_second, burst = RATES.get(ask.operation, ORDINARY)
        key = ask.operation, _whom(ask)
        tokens, counted = self._left.get(key, (float(burst), now))
        tokens = min(float(burst), tokens + (now - counted) * per_second)
        admitted = tokens >= 1
        self._left[key] = (tokens - 1 if admitted else tokens), now
        keep_newest(self._left)
        return admitted


def _whom(ask: Ask) -> str:
    """What a request is counted for: the machine that it names, or else its app."""
    if ask.operation in OVERALL:
        return ""
    return ask.of if "/machines/" in ROUTES[ask.operation][1] else ask.app
