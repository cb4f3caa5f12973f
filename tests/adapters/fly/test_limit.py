"""The rate limit: short bursts pass, then each caller waits for its turn, and nobody waits for somebody else's."""

from __future__ import annotations

import asyncio

import pytest

from kiloclaw_adapters.fly import RateLimiter
from kiloclaw_adapters.fly.limit import CROWDED

from .suite import VirtualClock

pytestmark = pytest.mark.anyio


async def times(limiter: RateLimiter, action: str, of: str, count: int) -> None:
    """Take this many turns, one after the other."""
    for _ in range(count):
        await limiter.wait(action, of)


async def test_three_at_once_then_one_a_second() -> None:
    """Fly refuses the fourth with 429; waiting here costs nothing but the wait."""
    clock = VirtualClock()
    await times(RateLimiter(clock, clock.sleep), "start_machine", "m1", 6)
    assert clock.waits == [1.0, 1.0, 1.0]


async def test_looking_at_one_machine_is_granted_more_often() -> None:
    """Fly: five a second, ten at once."""
    clock = VirtualClock()
    await times(RateLimiter(clock, clock.sleep), "get_machine", "m1", 12)
    assert clock.waits == pytest.approx([0.2, 0.2])


async def test_other_machines_and_other_actions_have_turns_of_their_own() -> None:
    """One busy sandbox must not slow down the rest."""
    clock = VirtualClock()
    limiter = RateLimiter(clock, clock.sleep)
    await times(limiter, "start_machine", "m1", 3)
    await times(limiter, "start_machine", "m2", 3)
    await times(limiter, "stop_machine", "m1", 3)
    assert clock.waits == []


async def test_a_rest_brings_the_burst_back_and_no_more() -> None:
    """An hour of silence is not an hour's credit."""
    clock = VirtualClock()
    limiter = RateLimiter(clock, clock.sleep)
    await times(limiter, "start_machine", "m1", 3)
    clock.moment += 3600.0
    await times(limiter, "start_machine", "m1", 4)
    assert clock.waits == [1.0]


async def test_those_who_wait_together_wait_in_order() -> None:
    """Two that arrive at the same moment must not leave at the same moment."""
    waits: list[float] = []

    async def stand(seconds: float) -> None:
        waits.append(seconds)  # the clock stands still: everybody arrives at once

    await times(RateLimiter(VirtualClock(), stand), "start_machine", "m1", 6)
    assert waits == [1.0, 2.0, 3.0]


async def test_a_turn_that_is_waited_for_no_more_is_given_back() -> None:
    """Somebody who lost patience must not keep those behind waiting, or with enough of them nobody is ever served."""
    waits: list[float] = []

    async def give_up(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:
            raise asyncio.CancelledError

    limiter = RateLimiter(VirtualClock(), give_up)
    await times(limiter, "start_machine", "m1", 3)
    with pytest.raises(asyncio.CancelledError):
        await limiter.wait("start_machine", "m1")
    await limiter.wait("start_machine", "m1")
    assert waits == [1.0, 1.0]


async def test_a_turn_that_would_come_too_late_is_not_taken() -> None:
    """Ten who cannot wait, and come back each second: one is served a second, as if nobody else had come."""
    clock = VirtualClock()
    limiter = RateLimiter(clock, clock.sleep)
    await times(limiter, "delete_volume", "shared", 3)
    served = 0
    for _ in range(5):
        served += sum([await limiter.wait("delete_volume", "shared", lambda in_s: in_s == 0) for _ in range(10)])
        clock.moment += 1.0
    assert (served, clock.waits) == (4, [])


async def test_full_buckets_are_forgotten_and_waiting_ones_kept() -> None:
    """A fleet's worth of machines must not stay in memory for ever, and forgetting must not grant more."""
    clock = VirtualClock()
    limiter = RateLimiter(clock, clock.sleep)
    for number in range(CROWDED - 1):
        await limiter.wait("stop_machine", f"m{number}")
    clock.moment += 10.0
    await times(limiter, "stop_machine", "busy", 3)
    await times(limiter, "stop_machine", "one more", 1)
    await times(limiter, "stop_machine", "busy", 1)
    assert set(limiter._buckets) == {("stop_machine", "busy"), ("stop_machine", "one more")}
    assert clock.waits == [1.0]
