"""Waiting for what happens in other processes, but not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from kiloclaw_adapters.demo.processes import DemoError

LONGEST_S: Final = 30.0
BETWEEN_LOOKS_S: Final = 0.02


async def eventually(what: str, is_so: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is so; raises `DemoError` where that takes too long."""
    try:
        async with asyncio.timeout(LONGEST_S):
            while not await is_so():  # noqa: ASYNC110 (what is waited for happens in other processes)
                await asyncio.sleep(BETWEEN_LOOKS_S)
    except TimeoutError as error:
        raise DemoError(f"waited {LONGEST_S:g} s for {what}, in vain") from error
