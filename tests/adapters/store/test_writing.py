"""How changes take turns at one connection: those that wait together are kept together, and each is all or nothing."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from kiloclaw_adapters.store import Conflict, Due, SqliteStore, Stored, StoreError, Unknown, Version

from .suite import claim, put, take

pytestmark = pytest.mark.anyio

Answer = TypeVar("Answer")


class ToldConnection(sqlite3.Connection):
    """A connection that tells which transactions it was asked for, and whose COMMIT can be made to fail."""

    told: tuple[str, ...] = ()
    fails = False

    def execute(self, sql: str, parameters: object = (), /) -> sqlite3.Cursor:
        """Do as SQLite does, and remember it if it is about a transaction."""
        if sql.startswith(("BEGIN", "COMMIT", "PRAGMA synchronous")):
            self.told = (*self.told, sql)
        if sql == "COMMIT" and self.fails:
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, parameters)  # type: ignore[arg-type]  # handed on as it came


@pytest.fixture
async def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[SqliteStore, ToldConnection]]:
    """A store with a record `a`, and its connection, which has told nothing yet."""
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=ToldConnection))
    store = SqliteStore.open(tmp_path / "store.db")
    await put(store, "a")
    connection = store._writer.connection
    assert isinstance(connection, ToldConnection)
    connection.told = ()
    yield store, connection
    await store.aclose()


@asynccontextmanager
async def occupied(store: SqliteStore) -> AsyncIterator[None]:
    """While the block lasts, the store's thread does something else, and whoever comes has to wait."""
    free = threading.Event()
    other = asyncio.create_task(store._writer.look(free.wait))
    await asyncio.sleep(0)
    try:
        yield
    finally:
        free.set()
        await other


async def waiting(asked: Awaitable[Answer]) -> asyncio.Future[Answer]:
    """Something asked of the store that has come as far as it can."""
    task = asyncio.ensure_future(asked)
    await asyncio.sleep(0)
    return task


async def test_changes_that_wait_together_are_synced_once(opened: tuple[SqliteStore, ToldConnection]) -> None:
    """Two hundred instances and a slow disk: whoever waits for the disk alone makes all others wait as well."""
    store, connection = opened
    async with occupied(store):
        changes = [await waiting(put(store, key)) for key in ("b", "c", "d")]

    assert [await one for one in changes] == [Version(1), Version(1), Version(1)]
    assert connection.told == ("BEGIN IMMEDIATE", "COMMIT")


async def test_a_change_that_fails_undoes_none_that_waited_with_it(
    opened: tuple[SqliteStore, ToldConnection],
) -> None:
    """Else one instance whose record cannot be written would stop every other one."""
    store, _ = opened
    saboteur = sqlite3.connect(store.path)
    saboteur.execute("CREATE TRIGGER refuse BEFORE INSERT ON alarm BEGIN SELECT raise(ABORT, 'no room'); END")
    saboteur.close()
    async with occupied(store):
        before = await waiting(put(store, "b"))
        broken = await waiting(put(store, "a", Due("pause", 1, 5), on=1, body="half"))
        refused = await waiting(put(store, "a"))
        after = await waiting(put(store, "c"))

    with pytest.raises(StoreError, match=r"store\.db: no room$"):
        await broken
    assert await refused == Conflict("a: the record is at version 1, not 0")
    assert (await before, await after) == (Version(1), Version(1))
    assert await store.keys("instance") == ("a", "b", "c")
    assert await store.load("a") == Stored("a", "instance", 1, 1, "{}", "first")


async def test_what_undoes_the_whole_transaction_is_told_to_everybody_in_it(
    opened: tuple[SqliteStore, ToldConnection],
) -> None:
    """A full disk undoes more than the change that met it; who was told otherwise would act on nothing."""
    store, _ = opened
    saboteur = sqlite3.connect(store.path)
    saboteur.execute("CREATE TRIGGER refuse BEFORE INSERT ON alarm BEGIN SELECT raise(ROLLBACK, 'disk full'); END")
    saboteur.close()
    async with occupied(store):
        changes = [await waiting(put(store, "b")), await waiting(put(store, "a", Due("pause", 1, 5), on=1))]

    for one in changes:
        with pytest.raises(StoreError, match=r"store\.db: disk full$"):
            await one
    assert await store.keys("instance") == ("a",)
    assert await put(store, "b") == Version(1)


async def test_a_failing_commit_leaves_everybody_in_doubt_who_waited_for_it(
    opened: tuple[SqliteStore, ToldConnection],
) -> None:
    """Nobody can say of any of them whether it was kept, and the store stays usable."""
    store, connection = opened
    connection.fails = True
    async with occupied(store):
        commit, custody = await waiting(put(store, "b")), await waiting(take(store, "a"))

    assert await commit == Unknown(f"{store.path}: COMMIT failed: disk I/O error")
    with pytest.raises(StoreError, match=r"store\.db: COMMIT failed: disk I/O error$"):
        await custody
    connection.fails = False
    assert await put(store, "b") == Version(1)


async def test_a_change_whose_caller_went_away_before_its_turn_is_not_made(
    opened: tuple[SqliteStore, ToldConnection],
) -> None:
    """Nobody would hear the answer; what was not begun need not be done."""
    store, _ = opened
    async with occupied(store):
        gone, there = await waiting(put(store, "b")), await waiting(put(store, "c"))
        gone.cancel()
        await asyncio.wait([gone])

    assert (gone.cancelled(), await there) == (True, Version(1))
    assert await store.load("b") is None


async def test_custody_alone_does_not_wait_for_the_disk_and_a_commit_does(
    opened: tuple[SqliteStore, ToldConnection],
) -> None:
    """Leases are renewed all the time; what is lost of them with the power is lost with whoever held them."""
    store, connection = opened
    await store.release(await take(store, "a"))
    await put(store, "a", Due("pause", 1, 0), on=1)
    async with occupied(store):
        claimed, committed = await waiting(claim(store)), await waiting(put(store, "b"))

    turn = ("BEGIN IMMEDIATE", "COMMIT")
    assert (len(await claimed), await committed) == (1, Version(1))
    assert connection.told == (
        "PRAGMA synchronous = NORMAL",
        *turn,
        *turn,
        "PRAGMA synchronous = FULL",
        *turn,
        *turn,  # the claim shares the commit's
    )
