"""Runs one command to its end: arguments and never a shell, for so long, with so much output, and all its children.

A command leads a session of its own. At its time-out the session is asked to end, after the grace it is killed; the
answer is given when none of it is left, because the answer is what lets the next command start (pairing PW15).
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from attrs import define, field, frozen

from kiloclaw_adapters.controller.outlets import Outlet, begun, ended, session_lives, signal_session
from kiloclaw_adapters.ports import Clock

LOOK_S: Final = 0.05
"""Between two looks at whether a session is gone."""
LAST_WORDS_S: Final = 1.0
"""How long a command that is gone is still read: somebody of another session may hold its pipe open."""


@frozen
class Ran:
    """How a command ended: with a code, or None where a signal ended it. `cut` where we ended it, or read only a part.

    What it wrote is not shown: it may hold codes.
    """

    code: int | None
    output: bytes = field(default=b"", repr=False)
    cut: bool = False


@frozen
class NotStarted:
    """There was never a process."""


@define(eq=False)
class Command:
    """A command as others may hold on to it: `run` waits for it, and whoever wants it gone says `end`."""

    clock: Clock
    grace_s: float
    _leader: int = field(init=False, default=0)
    _cut: bool = field(init=False, default=False)
    _killed: bool = field(init=False, default=False)
    _ending: asyncio.Task[None] | None = field(init=False, default=None)

    async def run(
        self, line: Sequence[str], *, timeout_s: float, most_output: int, environment: Mapping[str, str]
    ) -> Ran | NotStarted:
        """Run the line until nothing of it is left; what it writes beyond `most_output` bytes ends it.

        Whoever cancels this kills it, and is let go when it is gone; or at once by cancelling again.
        """
        try:
            outlet = Outlet.opened()
        except OSError:
            return NotStarted()
        try:
            process = await begun(line, (outlet,), environment)  # what it complains of may hold a code (pairing 7)
        except (OSError, ValueError):
            return NotStarted()
        return await self._until_gone(process, outlet, timeout_s, most_output)

    def end(self) -> None:
        """Ask it to end, and kill it after the grace; once it was killed, kill it again."""
        self._cut = True
        self._begin_end()

    async def _until_gone(
        self, process: asyncio.subprocess.Process, outlet: Outlet, timeout_s: float, most_output: int
    ) -> Ran:
        self._leader = process.pid
        if self._cut:
            self._begin_end()  # somebody wanted it gone before it was there
        reading = asyncio.create_task(_read(outlet, most_output, self.end))
        timing = asyncio.create_task(self._time_out(timeout_s))
        try:
            code = await ended(process)
            await self._clear()
            await asyncio.wait([reading], timeout=LAST_WORDS_S)
        except asyncio.CancelledError:
            signal_session(self._leader, signal.SIGKILL)
            raise
        finally:
            for task in (timing, reading, *([] if self._ending is None else [self._ending])):
                task.cancel()
            self._leader = 0  # a number that may soon be somebody else's
        whole = reading.done() and not reading.cancelled()
        output = reading.result() if whole else b""
        return Ran(code if code >= 0 else None, output, cut=self._cut or not whole)

    async def _time_out(self, seconds: float) -> None:
        await self.clock.sleep(seconds)
        self.end()

    async def _clear(self) -> None:
        """See that whoever the process leaves behind in its session is gone as well."""
        while session_lives(self._leader):
            if self._ending is None:
                self._begin_end()
            await self.clock.sleep(LOOK_S)

    def _begin_end(self) -> None:
        if self._leader and self._killed:
            signal_session(self._leader, signal.SIGKILL)
        elif self._leader and self._ending is None:
            self._ending = asyncio.create_task(self._end())

    async def _end(self) -> None:
        signal_session(self._leader, signal.SIGTERM)
        await self.clock.sleep(self.grace_s)
        self._killed = True
        signal_session(self._leader, signal.SIGKILL)


async def _read(outlet: Outlet, most: int, too_much: Callable[[], None]) -> bytes:
    """What is written, as far as it is kept; the rest is read and dropped, so that nobody waits for room in a pipe."""
    kept = bytearray()
    told = False
    async for chunk in outlet.chunks():
        kept += chunk[: most + 1 - len(kept)]
        if len(kept) > most and not told:
            told = True
            too_much()
    return bytes(kept)
