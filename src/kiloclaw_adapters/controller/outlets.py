"""Pipes for what a child writes, news of its end, and sessions: three things that are not as one would expect them.

A pipe is our own and not the event loop's, because the loop's wait for an exit is also one for the pipes, and a
grandchild may hold those open for ever. A session is gone when none of its processes is left but those that are dead
and not yet buried.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from attrs import define

PROCESSES: Final = Path("/proc")
CHUNK: Final = 1 << 16
DEAD: Final = frozenset("ZXx")
STATE: Final = 0
GROUP: Final = 2
"""Where a process's state and group stand behind its name in `/proc/PID/stat` (Linux: proc_pid_stat)."""


@define(eq=False)
class Outlet:
    """A pipe from a child to us. The child is given `write_end`; whoever opened it reads `chunks` or `discard`s it."""

    write_end: int
    _read_end: int

    @classmethod
    def opened(cls) -> Self:
        """A new pipe."""
        read_end, write_end = os.pipe()
        return cls(write_end, read_end)

    @classmethod
    def several(cls, number: int) -> tuple[Self, ...]:
        """So many new pipes, or none and an OSError."""
        opened: list[Self] = []
        try:
            for _ in range(number):
                opened.append(cls.opened())  # noqa: PERF401 - one that fails leaves those before it to be closed
        except OSError:
            for outlet in opened:
                outlet.discard()
            raise
        return tuple(opened)

    def discard(self) -> None:
        """Close it unread: the child never was."""
        os.close(self.write_end)
        os.close(self._read_end)

    async def chunks(self) -> AsyncIterator[bytes]:
        """What is written, until everybody who could write has closed it."""
        os.close(self.write_end)
        reader = asyncio.StreamReader(limit=CHUNK)
        protocol = asyncio.StreamReaderProtocol(reader)
        pipe = os.fdopen(self._read_end, "rb", buffering=0)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
        try:
            while chunk := await reader.read(CHUNK):
                yield chunk
        finally:
            transport.close()


async def begun(line: Sequence[str], outlets: Sequence[Outlet], environment: Mapping[str, str]) -> Process:
    """A process that leads a session of its own, and writes into these: its output, and its errors if there are two.

    Without a second outlet nobody reads its errors. Raises OSError where it cannot be had, and ValueError for a line
    with a null byte; then, or broken off, the outlets are discarded.
    """
    output, errors = (*(one.write_end for one in outlets), DEVNULL)[:2]
    try:
        return await asyncio.create_subprocess_exec(
            *line, stdin=DEVNULL, stdout=output, stderr=errors, env=environment, start_new_session=True
        )
    except BaseException:
        for outlet in outlets:
            outlet.discard()
        raise


async def ended(process: Process) -> int:
    """How it ended, once it has. Whoever cancels this kills its session, and waits for its end unless cancelled again.

    Else its end would be nobody's: the loop might be gone before it hears of it.
    """
    try:
        return await process.wait()
    except asyncio.CancelledError:
        signal_session(process.pid, signal.SIGKILL)
        await process.wait()
        raise


@contextmanager
def children_heard() -> Iterator[None]:
    """Hear of the end of this loop's children as long as the block lasts, without a thread for each if that can be.

    From Python 3.12 on the loop does so by itself. Before, one for which no thread could be had was there, and nobody
    heard of it (docs.python.org: asyncio policies, process watchers).
    """
    if sys.version_info >= (3, 12) or not _has_descriptors_of_processes():
        yield
        return
    policy, watcher = asyncio.get_event_loop_policy(), asyncio.PidfdChildWatcher()
    watcher.attach_loop(asyncio.get_running_loop())
    policy.set_child_watcher(watcher)
    try:
        yield
    finally:
        policy.set_child_watcher(asyncio.ThreadedChildWatcher())


def _has_descriptors_of_processes() -> bool:
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False  # no Linux, or one from before 5.3
    return True


def signal_session(leader: int, number: signal.Signals) -> None:
    """Send this to every process of the session; nothing if none is left, or none that we may signal."""
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):
        return  # a signal that cannot be sent is no exit: whoever waits for the exit goes on waiting


def session_lives(leader: int) -> bool:
    """Whether any process of the session is left; one that is dead and not yet buried is none."""
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    if not PROCESSES.is_dir():
        return True
    return any(_belongs(stat, leader) for stat in PROCESSES.glob("[0-9]*/stat"))


def _belongs(stat: Path, leader: int) -> bool:
    try:
        _, _, rest = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")
    except OSError:
        return False  # it went while we looked
    words = rest.split()
    return words[STATE] not in DEAD and words[GROUP] == str(leader)
