"""Durable commits in a second: through the store, as the interpreter commits, against sqlite3 and nothing else.

Both write ahead and sync each commit; both replace one record and its two alarms, one caller after the other's answer.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from time import perf_counter
from typing import Final

from attrs import evolve

from kiloclaw_adapters.custody import fresh_id
from kiloclaw_adapters.store import Due, SqliteStore, Version
from kiloclaw_core.codec import INSTANCE
from tests.story.scenario import running

from .measuring import Effort, Line, Work, race

KEY: Final = "ki_1"
LEASE_S: Final = 3600.0
SYNCHRONOUS_FULL: Final = 2  # SQLite: what `PRAGMA synchronous` answers


def lines(effort: Effort) -> Iterator[Line]:
    """Commits in a second by the clock on the wall, the disk included, and the processor time of one."""
    body = INSTANCE.encode(running().instance)
    note = f"WAL, synchronous FULL; {len(body):,} characters, two alarms, under a lease; in {gettempdir()}"
    with TemporaryDirectory(prefix="kiloclaw-bench-") as name:
        folder = Path(name)
        with through_store(folder / "store.db", body) as ours, bare(folder / "bare.db", body) as peer:
            patient = evolve(effort, rounds=effort.rounds * 3)  # a disk is moody
            yield race(ours, peer, patient, perf_counter).as_rate("SQLite commits / bare sqlite3", "commits/s", note)
            yield race(ours, peer, effort).as_cost(
                "SQLite commit, processor alone / bare sqlite3",
                "the same commits; the kernel's part counts, the wait for the disk does not",
            )


@contextmanager
def through_store(file: Path, body: str) -> Iterator[Work]:
    """Commits of this body through a store that is new, each on the version before it."""
    store, version = SqliteStore.open(file), 0
    with asyncio.Runner() as runner:
        claimed = runner.run(store.take(KEY, owner="bench", lease_s=LEASE_S))
        assert claimed is not None, "nobody else knows of this file"

        async def commit(times: int) -> None:
            nonlocal version
            for _ in range(times):
                answer = await store.commit(
                    key=KEY,
                    kind=INSTANCE.kind,
                    schema=INSTANCE.schema,
                    expected_version=version,
                    body=body,
                    alarms=(Due("patience", version, 240.0), Due("ceiling", 0, 300.0)),
                    commit_id=fresh_id(),
                    lease=claimed.lease,
                )
                assert answer == Version(version + 1), f"a commit that nobody contests: {answer}"
                version += 1

        try:
            yield lambda times: runner.run(commit(times))
        finally:
            runner.run(store.aclose())


@contextmanager
def bare(file: Path, body: str) -> Iterator[Work]:
    """The same writes by sqlite3 alone: no thread, no lease, no comparison, nothing read."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        assert connection.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",), "no write-ahead log here"
        connection.execute("PRAGMA synchronous = FULL")
        assert connection.execute("PRAGMA synchronous").fetchone() == (SYNCHRONOUS_FULL,), "not as durable as ours"
        connection.execute("CREATE TABLE record (key TEXT PRIMARY KEY, version INTEGER, body TEXT)")
        connection.execute("CREATE TABLE alarm (key TEXT, name TEXT, of INTEGER, due_ms INTEGER)")
        connection.execute("INSERT INTO record VALUES (?, 0, ?)", (KEY, body))

        def commit(times: int) -> None:
            for number in range(times):
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("UPDATE record SET version = version + 1, body = ? WHERE key = ?", (body, KEY))
                connection.execute("DELETE FROM alarm WHERE key = ?", (KEY,))
                alarms = [(KEY, "patience", number, 240_000), (KEY, "ceiling", 0, 300_000)]
                connection.executemany("INSERT INTO alarm VALUES (?, ?, ?, ?)", alarms)
                connection.execute("COMMIT")

        yield commit
