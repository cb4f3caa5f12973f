"""The embedded default store: one SQLite file, one connection, one thread of its own.

A call hops to that thread once and is all or nothing in an immediate transaction, with no other I/O inside; the clock
is read when the lock is held, so waiting for another process never makes a moment stale. Several processes may open the
same file; SQLite before 3.51.3 has a very rare race between processes that checkpoint (SQLite: WAL-reset fix).

A commit survives the loss of power before it is answered, and with it everything before it. Custody alone need not: the
process that had it is gone as well, and whoever has committed nothing under a lease has sent nothing under it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self, TypeAlias

from attrs import asdict, define

from kiloclaw_adapters.store.port import (
    Chance,
    Claimed,
    Clock,
    Conflict,
    Due,
    DueAt,
    Lease,
    Ring,
    Schemas,
    Stored,
    Unknown,
    Version,
    even_chance,
    wall_clock,
)
from kiloclaw_adapters.store.rules import (
    Custody,
    after,
    alarm_set,
    check_commit,
    check_lease,
    check_limit,
    new_custody,
    refusal,
)
from kiloclaw_adapters.store.sqlite_file import STORE
from kiloclaw_adapters.store.writing import InDoubtError, Writer

NEEDED: Final = """
    SELECT moment, key FROM (
        SELECT * FROM (
            SELECT alarm.due_ms AS moment, alarm.key AS key FROM alarm CROSS JOIN record USING (key)
            WHERE alarm.due_ms <= :until
              AND record.schema <= (SELECT value FROM json_each(:schemas) AS readable WHERE readable.key = record.kind)
              AND NOT EXISTS (SELECT * FROM lease WHERE lease.key = alarm.key)
              AND NOT EXISTS (SELECT * FROM alarm AS earlier WHERE earlier.key = alarm.key
                AND (earlier.due_ms, earlier.name, earlier.of) < (alarm.due_ms, alarm.name, alarm.of))
            ORDER BY alarm.due_ms, alarm.key LIMIT :limit)
        UNION ALL
        SELECT lease.until_ms, lease.key FROM lease CROSS JOIN record USING (key)
        WHERE lease.until_ms <= :until
          AND record.schema <= (SELECT value FROM json_each(:schemas) AS readable WHERE readable.key = record.kind))
    ORDER BY moment, key LIMIT :limit"""
"""Keys that need somebody, each once, and from when: by its lease where it has one, else by its earliest alarm.

The few leases are walked whole, the index of moments only until the batch is full (SQLite: CROSS JOIN keeps its order).
"""
END_OF_TIME: Final = 2**63 - 1
"""The last moment that SQLite can tell."""

REPLACE_RECORD: Final = """
    INSERT INTO record VALUES (:key, :kind, :schema, :version, :body, :commit_id)
    ON CONFLICT (key) DO UPDATE SET kind = :kind, schema = :schema, version = :version, body = :body,
      commit_id = :commit_id"""

Beside: TypeAlias = Callable[[sqlite3.Connection, Stored], None]
"""Writes more rows in the transaction of a record that is being replaced; what it raises undoes the whole of it."""


def nothing_beside(_connection: sqlite3.Connection, _record: Stored) -> None:
    """The record is all there is."""


@define(eq=False)
class SqliteStore:
    """A durable store in one file."""

    path: Path
    _clock: Clock
    _chance: Chance
    _writer: Writer
    _beside: Beside = nothing_beside

    @classmethod
    def open(cls, path: Path, *, clock: Clock = wall_clock, chance: Chance = even_chance) -> Self:
        """Open the store in this file, or make it; StoreError says why that cannot be.

        Waits for other processes for at most `sqlite_file.BUSY_TIMEOUT_S` at each step.
        """
        return cls(path, clock, chance, Writer.open(path, STORE, clock))

    @property
    def _connection(self) -> sqlite3.Connection:
        return self._writer.connection

    async def load(self, key: str) -> Stored | None:
        """The record under this key, or None."""
        return await self._writer.look(lambda: self._load(key))

    async def commit(  # noqa: PLR0913 - the port's one transactional verb
        self,
        *,
        key: str,
        kind: str,
        schema: int,
        expected_version: int,
        body: str,
        alarms: tuple[Due, ...],
        commit_id: str,
        lease: Lease | None,
    ) -> Version | Conflict | Unknown:
        """Replace record and alarms together, or change nothing; Unknown when COMMIT itself failed."""
        check_commit(key, expected_version, alarms, lease)
        record = Stored(key, kind, schema, expected_version + 1, body, commit_id)
        try:
            return await self._writer.change(lambda now: self._replace(record, alarms, lease, now), durable=True)
        except InDoubtError as error:
            return Unknown(str(error))

    async def claim(self, *, limit: int, owner: str, lease_s: float, schemas: Schemas) -> tuple[Claimed, ...]:
        """Custody of readable keys that are due or whose holder vanished, the longest waiting first."""
        check_limit(limit)
        check_lease(lease_s)

        def work(now: int) -> tuple[Claimed, ...]:
            return tuple(self._give(key, owner, lease_s, now) for _, key in self._needed(now, schemas, limit))

        return await self._writer.change(work, durable=False)

    async def take(self, key: str, *, owner: str, lease_s: float) -> Claimed | None:
        """Custody of this key unless anybody holds it."""
        check_lease(lease_s)

        def work(now: int) -> Claimed | None:
            custody = self._custody(key)
            is_held = custody is not None and custody.is_live(now)
            return None if is_held else self._give(key, owner, lease_s, now)

        return await self._writer.change(work, durable=False)

    async def renew(self, lease: Lease, *, lease_s: float) -> bool:
        """Hold on, if the lease is still held."""
        check_lease(lease_s)

        def work(now: int) -> bool:
            held = (after(now, lease_s), lease.key, lease.token, now)
            sql = "UPDATE lease SET until_ms = ? WHERE key = ? AND token = ? AND until_ms > ?"
            return self._connection.execute(sql, held).rowcount == 1

        return await self._writer.change(work, durable=False)

    async def release(self, lease: Lease) -> None:
        """Give custody back, if the lease is still held."""

        def work(now: int) -> None:
            sql = "DELETE FROM lease WHERE key = ? AND token = ? AND until_ms > ?"
            self._connection.execute(sql, (lease.key, lease.token, now))

        await self._writer.change(work, durable=False)

    async def keys(self, kind: str) -> tuple[str, ...]:
        """The keys of all records of this kind, sorted."""
        sql = "SELECT key FROM record WHERE kind = ? ORDER BY key"
        rows = await self._writer.look(lambda: self._connection.execute(sql, (kind,)).fetchall())
        return tuple(key for (key,) in rows)

    async def alarms(self, key: str) -> tuple[DueAt, ...]:
        """The alarms kept for this key, the earliest due first."""
        return await self._writer.look(lambda: self._alarms(key))

    async def next_due_ms(self, schemas: Schemas) -> int | None:
        """The moment at which `claim` will next have something to give; None if never."""
        first = await self._writer.look(lambda: self._needed(END_OF_TIME, schemas, 1))
        return first[0][0] if first else None

    async def now_ms(self) -> int:
        """The moment on the store's clock."""
        return self._clock()

    async def incarnation(self) -> int:
        """Which life of the store this is, counted from 1."""
        return await self._writer.look(self._incarnation)

    async def new_incarnation(self) -> int:
        """Begin the next life, and tell its number."""

        def work(_now: int) -> int:
            self._connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'incarnation'")
            return self._incarnation()

        return await self._writer.change(work, durable=True)

    async def aclose(self) -> None:
        """Close the file and end the thread; a second time it does nothing."""
        await self._writer.aclose()

    # Everything below runs in the writer's own thread.

    def _load(self, key: str) -> Stored | None:
        sql = "SELECT key, kind, schema, version, body, commit_id FROM record WHERE key = ?"
        row = self._connection.execute(sql, (key,)).fetchone()
        return None if row is None else Stored(*row)

    def _replace(self, record: Stored, wanted: tuple[Due, ...], lease: Lease | None, now: int) -> Version | Conflict:
        found = self._load(record.key)
        refused = refusal(
            key=record.key,
            expected_version=record.version - 1,
            version=0 if found is None else found.version,
            lease=lease,
            custody=self._custody(record.key),
            now_ms=now,
        )
        if refused is not None:
            return refused
        kept = {(alarm.name, alarm.of): alarm.due_ms for alarm in self._alarms(record.key)}
        alarms = alarm_set(kept, wanted, now, self._chance)
        rows = [(record.key, alarm.name, alarm.of, alarm.due_ms) for alarm in alarms]
        self._connection.execute(REPLACE_RECORD, asdict(record))
        self._connection.execute("DELETE FROM alarm WHERE key = ?", (record.key,))
        self._connection.executemany("INSERT INTO alarm VALUES (?, ?, ?, ?)", rows)
        self._beside(self._connection, record)
        return Version(record.version)

    def _needed(self, until_ms: int, schemas: Schemas, limit: int) -> list[tuple[int, str]]:
        asked = {"until": until_ms, "schemas": json.dumps(dict(schemas)), "limit": limit}
        return self._connection.execute(NEEDED, asked).fetchall()

    def _custody(self, key: str) -> Custody | None:
        row = self._connection.execute("SELECT token, owner, until_ms FROM lease WHERE key = ?", (key,)).fetchone()
        return None if row is None else Custody(*row)

    def _give(self, key: str, owner: str, lease_s: float, now: int) -> Claimed:
        custody = new_custody(owner, lease_s, now)
        took_over = self._custody(key) is not None
        row = (key, custody.token, custody.owner, custody.until_ms)
        self._connection.execute("INSERT OR REPLACE INTO lease VALUES (?, ?, ?, ?)", row)
        rings = tuple(Ring(alarm.name, alarm.of) for alarm in self._alarms(key) if alarm.due_ms <= now)
        return Claimed(Lease(key, custody.token), rings, took_over)

    def _alarms(self, key: str) -> tuple[DueAt, ...]:
        sql = "SELECT name, of, due_ms FROM alarm WHERE key = ? ORDER BY due_ms, name, of"
        return tuple(DueAt(*row) for row in self._connection.execute(sql, (key,)))

    def _incarnation(self) -> int:
        row: tuple[int] = self._connection.execute("SELECT value FROM meta WHERE name = 'incarnation'").fetchone()
        return row[0]
