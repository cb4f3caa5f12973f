"""The time that a simulator runs on: real, or virtual, where a wait is over as soon as nobody interrupts it.

What is waited for is decided by whoever waits.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final, Protocol

from attrs import define

BEGINNING_S: Final = 1_770_000_000.0


class Clock(Protocol):
    """Tells seconds that only grow, and waits."""

    def now(self) -> float:
        """This moment, in seconds since no particular one."""
        ...

    def wall_s(self) -> float:
        """This moment, in seconds since 1970."""
        ...

    async def until(self, event: asyncio.Event, seconds: float) -> None:
        """Wait until the event is set, or this many seconds have passed."""
        ...


class RealClock:
    """The time of the machine that the simulator runs on."""

    def now(self) -> float:
        """This moment by the monotonic clock."""
        return time.monotonic()

    def wall_s(self) -> float:
        """This moment by the clock on the wall."""
        return time.time()

    async def until(self, event: asyncio.Event, seconds: float) -> None:
        """Wait until the event is set, or this many seconds have passed."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await event.wait()
        except TimeoutError:
            return  # time that runs out is one of the two ways in which this wait ends


@define
class VirtualClock:
    """Time that passes only while somebody waits for it, and then at once: for tests, never for a server."""

    moment: float = 0.0

    def now(self) -> float:
        """This moment."""
        return self.moment

    def wall_s(self) -> float:
        """This moment, as if all had begun at `BEGINNING_S`."""
        return BEGINNING_S + self.moment

    async def until(self, event: asyncio.Event, seconds: float) -> None:
        """Let everybody else have a turn; unless that sets the event, the time has passed."""
        end = self.moment + max(0.0, seconds)
        await asyncio.sleep(0)
        if not event.is_set():
            self.moment = max(self.moment, end)
