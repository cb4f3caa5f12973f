"""Keeps us below Fly's rate limits: one token bucket for each action and each thing it is done to.

Fly counts requests by action and identifier: the machine, or the app where no machine is named (Fly: fly.md 1.0). Who
waits here has sent nothing yet; whether it may still send afterwards is decided by the caller.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from attrs import define, field, frozen

Monotonic: TypeAlias = Callable[[], float]
"""Tells a moment in seconds that only ever grows."""

Sleep: TypeAlias = Callable[[float], Awaitable[None]]
"""Waits this many seconds."""

MaySend: TypeAlias = Callable[[float], bool]
"""Tells whether a request may still leave so many seconds from now; asked with none right before it does."""


def any_time(_in_s: float) -> bool:
    """A read may leave whenever it likes."""
    return True


CROWDED: Final = 1024
"""How many buckets may be kept before the full ones, which say nothing, are thrown away."""


@frozen
class Rate:
    """How often something may be done: so many times a second for ever, so many at once after a rest."""

    per_second: float
    burst: int


ORDINARY: Final = Rate(1.0, 3)  # Fly: each action and identifier (fly.md 1.0)
RATES: Final = {"get_machine": Rate(5.0, 10)}  # Fly: looking at one machine is cheaper (fly.md 1.0)


@define
class Bucket:
    """What is left of one rate at a moment; below zero, others are waiting already."""

    rate: Rate
    tokens: float
    at: float

    def refill(self, now: float) -> None:
        """Bring the bucket up to this moment."""
        self.tokens = min(float(self.rate.burst), self.tokens + (now - self.at) * self.rate.per_second)
        self.at = now


@define
class RateLimiter:
    """Lets each caller wait for its turn, first come first served; `clock` and `sleep` are given by tests."""

    clock: Monotonic = time.monotonic
    sleep: Sleep = asyncio.sleep
    _buckets: dict[tuple[str, str], Bucket] = field(init=False, factory=dict, repr=False)
    _crowded: int = field(init=False, default=CROWDED, repr=False)

    async def wait(self, action: str, of: str, may_send: MaySend = any_time) -> bool:
        """Return True when this action may be done once more to this machine or app; False if that would be too late.

        A turn is taken at once, and given back if the wait is cancelled; one that would come too late is not taken at
        all. So nobody waits for who waits no more: with enough who are late each time, nobody would ever be in time.
        """
        bucket = self._bucket(action, of)
        bucket.refill(self.clock())
        wait_s = max(0.0, 1 - bucket.tokens) / bucket.rate.per_second
        if not may_send(wait_s):
            return False
        bucket.tokens -= 1
        if wait_s == 0:
            return True
        try:
            await self.sleep(wait_s)
        except asyncio.CancelledError:
            bucket.tokens += 1
            raise
        return True

    def _bucket(self, action: str, of: str) -> Bucket:
        if (action, of) not in self._buckets:
            self._make_room()
            rate = RATES.get(action, ORDINARY)
            self._buckets[action, of] = Bucket(rate, float(rate.burst), self.clock())
        return self._buckets[action, of]

    def _make_room(self) -> None:
        if len(self._buckets) < self._crowded:
            return
        now = self.clock()
        for bucket in self._buckets.values():
            bucket.refill(now)
        self._buckets = {key: bucket for key, bucket in self._buckets.items() if bucket.tokens < bucket.rate.burst}
        self._crowded = max(CROWDED, 2 * len(self._buckets))
