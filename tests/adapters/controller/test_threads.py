"""Work apart from the loop: what it gives is given, what it raises is raised, and nobody waits for what hangs."""

from __future__ import annotations

import asyncio
import errno
import threading

import pytest

from kiloclaw_adapters.controller.threads import apart

from .suite import no_thread

pytestmark = pytest.mark.anyio


def fails() -> int:
    """Work that goes wrong."""
    raise LookupError("nothing there")


async def test_what_it_gives_is_given() -> None:
    """From another thread."""
    assert await apart(threading.get_ident) != threading.get_ident()


async def test_what_it_raises_is_raised() -> None:
    """Where it is waited for."""
    with pytest.raises(LookupError, match=r"^nothing there$"):
        await apart(fails)


async def test_without_a_thread_it_is_not_begun() -> None:
    """Which is told as whatever else a machine has too little of."""
    with no_thread(), pytest.raises(OSError, match=r"no thread") as refused:
        await apart(threading.get_ident)

    assert refused.value.errno == errno.EAGAIN


def test_a_loop_ends_without_what_hangs() -> None:
    """And what ends after the loop tells nobody, and disturbs nobody."""
    hangs, told = threading.Event(), []

    def hang() -> None:
        hangs.wait()
        told.append("it ended")

    async def leave() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await apart(hang)

    before = set(threading.enumerate())
    asyncio.run(leave())
    assert told == []
    (thread,) = [one for one in threading.enumerate() if one.name == "kiloclaw-apart" and one not in before]
    hangs.set()
    thread.join(10)
    assert told == ["it ended"]
