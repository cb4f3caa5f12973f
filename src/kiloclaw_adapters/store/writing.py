"""One SQLite connection in one thread of its own: who looks and who changes something takes his turn there.

Changes that wait at the same moment share one transaction, so that a disk that syncs slowly is waited for once and not
once for each; every one of them is all or nothing by itself. What a change is, is decided by the store.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, Self, TypeVar

from attrs import define, field, frozen

from kiloclaw_adapters.store.port import Clock, StoreError
from kiloclaw_adapters.store.sqlite_file import Layout, connect

Answer = TypeVar("Answer")

MOST_AT_ONCE: Final = 64
"""So many changes share a transaction at most, so that nobody else who wants the file waits for long."""


class InDoubtError(StoreError):
    """COMMIT failed, and SQLite does not say whether the transaction was kept."""


@frozen(eq=False)
class Turn:
    """A change that waits: what it does, whether it must survive the loss of power, and how its caller hears of it."""

    make: Callable[[int], Callable[[], None]]
    """Makes the change at this moment, and gives back what tells its answer once that is kept."""
    durable: bool
    fail: Callable[[Exception], None]
    is_awaited: Callable[[], bool]
    """Whether its caller is still there; from then on he stays."""

    def take(self, connection: sqlite3.Connection, now: int) -> Callable[[], None]:
        """Make the change, all of it or nothing."""
        connection.execute("SAVEPOINT turn")
        try:
            tell = self.make(now)
        except Exception as error:
            if not connection.in_transaction:
                raise  # SQLite has given up the whole of it, with everybody's changes
            connection.execute("ROLLBACK TO turn")
            connection.execute("RELEASE turn")
            return partial(self.fail, error)
        connection.execute("RELEASE turn")
        return tell


@define(eq=False)
class Writer:
    """Everything that is asked of one connection, in order."""

    path: Path
    connection: sqlite3.Connection
    _clock: Clock
    _thread: ThreadPoolExecutor
    _waiting: deque[Turn] = field(init=False, factory=deque)
    _durable: bool = field(init=False, default=True)
    _closed: bool = field(init=False, default=False)

    @classmethod
    def open(cls, path: Path, layout: Layout, clock: Clock) -> Self:
        """The writer of this file, which is made if there is none; StoreError says why that cannot be.

        Waits for other processes for at most `sqlite_file.BUSY_TIMEOUT_S` at each step.
        """
        thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kiloclaw-store")
        try:
            connection = thread.submit(connect, path, layout).result()
        except BaseException:
            thread.shutdown()
            raise
        return cls(path, connection, clock, thread)

    async def look(self, work: Callable[[], Answer]) -> Answer:
        """What this work shows. Raises StoreError."""
        self._check_open()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: {error}") from error

    async def change(self, work: Callable[[int], Answer], *, durable: bool) -> Answer:
        """What this work answers, once it is kept; it is told the moment at which it is done.

        Without `durable` it may be forgotten when the power is lost, unless something durable was kept after it.
        Raises StoreError when it was not kept, InDoubtError when nobody can say.
        """
        self._check_open()
        told: Future[Answer] = Future()

        def make(now: int) -> Callable[[], None]:
            answer = work(now)
            return lambda: told.set_result(answer)

        self._waiting.append(Turn(make, durable, told.set_exception, told.set_running_or_notify_cancel))
        self._thread.submit(self._take_turns)
        try:
            return await asyncio.wrap_future(told)
        except sqlite3.Error as error:
            raise StoreError(f"{self.path}: {error}") from error

    async def aclose(self) -> None:
        """Close the connection and end the thread; a second time it does nothing."""
        if not self._closed:
            await self.look(self.connection.close)
            self._closed = True
            self._thread.shutdown(wait=False)

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(f"{self.path}: the store is closed")

    # Everything below runs in the connection's own thread.

    def _take_turns(self) -> None:
        """Make the changes that wait, if nobody has made them yet; one whose caller went away is not made."""
        batch = [self._waiting.popleft() for _ in range(min(MOST_AT_ONCE, len(self._waiting)))]
        batch = [turn for turn in batch if turn.is_awaited()]
        if batch:
            self._transact(batch)

    def _transact(self, batch: list[Turn]) -> None:
        """One transaction; only a failure of COMMIT itself leaves doubt."""
        try:
            self._synchronise(durable=any(turn.durable for turn in batch))
            self.connection.execute("BEGIN IMMEDIATE")
            now = self._clock()
            answers = [turn.take(self.connection, now) for turn in batch]
        except Exception as error:  # noqa: BLE001 - it is handed to whoever asked, and nothing was kept
            self._give_up(batch, error)
            return
        try:
            self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            self._give_up(batch, InDoubtError(f"{self.path}: COMMIT failed: {error}"))
            return
        for tell in answers:
            tell()

    def _give_up(self, batch: list[Turn], error: Exception) -> None:
        # Should this fail too, the next BEGIN will, and nothing uncommitted can ever become durable.
        with suppress(sqlite3.Error):
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
        for turn in batch:
            turn.fail(error)

    def _synchronise(self, *, durable: bool) -> None:
        """Have the next COMMIT wait for the disk, or not (SQLite: between transactions it may be said anew)."""
        if durable is not self._durable:
            self.connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._durable = durable
