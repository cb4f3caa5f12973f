"""Opens one SQLite file of ours: the promises about durability, and the tables, brought up to date in one step.

Whose file it is stands in its application id, which schema its tables have in `meta`. Which tables a file has is said
by its `Layout`; what is kept in them is left to whoever keeps it.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Final, TypeAlias

from attrs import frozen

from kiloclaw_adapters.store.port import StoreError

BUSY_TIMEOUT_S: Final = 5.0
PAUSE_S: Final = 0.01

Migrations: TypeAlias = tuple[tuple[str, ...], ...]
"""What to run to get from each schema of the tables to the next; the first entry makes an empty file schema 1."""


@frozen
class Layout:
    """The tables of one kind of file: what messages call it, how it is marked, and how its tables came to be.

    The first migration makes the table `meta`, with a row named schema.
    """

    what: str
    application_id: int
    """Marks a file as ours (SQLite: `PRAGMA application_id`)."""
    migrations: Migrations
    unmarked: frozenset[str] = frozenset()
    """A file without a mark is ours all the same if it has none but these tables: releases before the mark made it."""


MIGRATIONS: Final[Migrations] = (
    (
        "CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
        "INSERT INTO meta VALUES ('schema', 0), ('incarnation', 1)",
        """CREATE TABLE record (
            key TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, schema INTEGER NOT NULL, version INTEGER NOT NULL,
            body TEXT NOT NULL, commit_id TEXT NOT NULL)""",
        "CREATE INDEX record_by_kind ON record (kind, key)",
        """CREATE TABLE alarm (
            key TEXT NOT NULL REFERENCES record (key), name TEXT NOT NULL, of INTEGER NOT NULL, due_ms INTEGER NOT NULL,
            PRIMARY KEY (key, name, of)) WITHOUT ROWID""",
        "CREATE INDEX alarm_by_moment ON alarm (due_ms, key)",
        """CREATE TABLE lease (
            key TEXT NOT NULL PRIMARY KEY, token TEXT NOT NULL, owner TEXT NOT NULL, until_ms INTEGER NOT NULL
            ) WITHOUT ROWID""",
    ),
)
STORE: Final = Layout("store", 0x6B636C77, MIGRATIONS)
"""Records, alarms and leases; the mark spells kclw."""


def connect(path: Path, layout: Layout = STORE) -> sqlite3.Connection:
    """A connection to this file, which is made if there is none; use it in the calling thread only.

    Raises StoreError for a file that cannot be opened or written, is of another kind, or is one of a newer kiloclaw.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_S)
    except sqlite3.Error as error:
        raise _cannot_open(path, layout, error) from error
    try:
        _recognise(connection, path, layout)
        _promise(connection, path)
        _migrate(connection, path, layout)
    except sqlite3.Error as error:
        connection.close()
        raise _cannot_open(path, layout, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _cannot_open(path: Path, layout: Layout, error: sqlite3.Error) -> StoreError:
    return StoreError(f"{path}: cannot be opened as a {layout.what}: {error}")


def _recognise(connection: sqlite3.Connection, path: Path, layout: Layout) -> None:
    """Touch nothing that is not ours: a file with tables and without our mark belongs to somebody else."""
    # In this order: both are made in one transaction, which another process may be committing right now.
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type != 'index'")}
    application = _number(connection, "PRAGMA application_id")
    if application != layout.application_id and (application != 0 or not tables <= layout.unmarked):
        raise StoreError(f"{path}: is a database of another application, not a kiloclaw {layout.what}")


def _promise(connection: sqlite3.Connection, path: Path) -> None:
    """A commit that was answered survives the loss of power: effects are performed on the strength of it."""
    mode = _switch_to_wal(connection)
    if mode != "wal":
        raise StoreError(f"{path}: its file system does not support SQLite's write-ahead log (journal mode {mode})")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _switch_to_wal(connection: sqlite3.Connection) -> object:
    """The journal mode after the switch; SQLite does not wait for other processes here as it does elsewhere."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() >= deadline:
                raise
            time.sleep(PAUSE_S)
        else:
            return mode


def _migrate(connection: sqlite3.Connection, path: Path, layout: Layout) -> None:
    connection.execute("BEGIN IMMEDIATE")
    fresh = _number(connection, "PRAGMA application_id") == 0
    schema = 0 if fresh else _number(connection, "SELECT value FROM meta WHERE name = 'schema'")
    known = len(layout.migrations)
    if schema > known:
        raise StoreError(f"{path}: was written by a newer kiloclaw: its schema is {schema}, and {known} is read here")
    for statements in layout.migrations[schema:]:
        for statement in statements:
            connection.execute(statement)
    connection.execute("UPDATE meta SET value = ? WHERE name = 'schema'", (known,))
    connection.execute(f"PRAGMA application_id = {layout.application_id}")
    connection.execute("COMMIT")


def _number(connection: sqlite3.Connection, question: str) -> int:
    row: tuple[object, ...] | None = connection.execute(question).fetchone()
    number = None if row is None else row[0]
    if not isinstance(number, int):
        raise sqlite3.DatabaseError(f"{question}: expected a number, not {number!r}")
    return number
