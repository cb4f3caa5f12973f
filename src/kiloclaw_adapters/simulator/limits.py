"""Counts requests as Fly does: so many a second for each action and each thing it is done to (Fly: fly.md 1.0).

Whether they are counted at all is a fault, and decided by whoever asks.
"""

from __future__ import annotations

from typing import Final

from attrs import define, field

from kiloclaw_adapters.simulator.asking import Ask, Operation

ORDINARY: Final = (1.0, 3)
GENEROUS: Final = (5.0, 10)
"""How many a second, and how many at once; looking at one machine is cheaper."""


@define
class Tally:
    """The tokens left for each action and each thing, and when they were last counted."""

    _left: dict[tuple[Operation, str], tuple[float, float]] = field(init=False, factory=dict)

    def admits(self, ask: Ask, now: float) -> bool:
        """Count this request at this moment in seconds, and tell whether it is still within the rate."""
        per_second, burst = GENEROUS if ask.operation is Operation.GET_MACHINE else ORDINARY
        key = ask.operation, ask.of or ask.app
        tokens, counted = self._left.get(key, (float(burst), now))
        tokens = min(float(burst), tokens + (now - counted) * per_second)
        admitted = tokens >= 1
        self._left[key] = (tokens - 1 if admitted else tokens), now
        return admitted
