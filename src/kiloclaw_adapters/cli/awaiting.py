"""How a command that waits says so: on stderr, after a moment, which phase the instance is in, until it is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, Self

from rich.markup import escape
from rich.status import Status

from kiloclaw_adapters.cli.telling import aside, spelt

PATIENCE_S: Final = 2.0
"""Whoever waits longer than this is told what for."""
LOOK_EVERY_S: Final = 0.5
"""How often the record is looked at then."""


class Waits:
    """Tells what is waited for: a line that changes on a terminal, a new one for each phase elsewhere."""

    def __init__(self, what: str) -> None:
        """Tell of this, as in `starting alice-1`."""
        self.what = what
        self.console = aside()
        self.status: Status | None = None
        self.told: str | None = None

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self.status = self.console.status(escape(self.what))
            self.status.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Leave the terminal as it was."""
        if self.status is not None:
            self.status.stop()

    def hear(self, seconds: float, phase: str) -> None:
        """Hear which phase the instance is in after this many seconds; nothing where nobody knows."""
        line = f"{self.what}, {spelt(seconds)}{phase and ': '}{phase}"
        if self.status is not None:
            self.status.update(escape(line))
        elif phase != self.told:
            self.console.print(escape(f"kiloclaw: {line}"))
        self.told = phase


@asynccontextmanager
async def told(what: str, phase: Callable[[], Awaitable[str]]) -> AsyncIterator[None]:
    """Tell which phase the instance is in for as long as the block takes, once that is longer than a moment."""
    with Waits(what) as waits:
        telling = asyncio.create_task(_tell(waits, phase))
        try:
            yield
        finally:
            telling.cancel()
            await asyncio.wait([telling])


async def _tell(waits: Waits, phase: Callable[[], Awaitable[str]]) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.sleep(PATIENCE_S)
    while True:
        waits.hear(loop.time() - began, await phase())
        await asyncio.sleep(LOOK_EVERY_S)
