"""Opens one SQLite file as a store: the promises about durability, and the tables, brought up to date in one step.

Whose file it is stands in its application id, which schema its tables have in `meta`. What is kept in the tables is
left to the store.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Final

from kiloclaw_adapters.store.port import StoreError

BUSY_TIMEOUT_S: Final = 5.0
PAUSE_S: Final = 0.01
APPLICATION_ID: Final = 0x6B636C77
"""Marks a file as ours (SQLite: `PRAGMA application_id`); the letters kclw."""

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
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
"""What to run to get from each schema of the tables to the next; the first entry makes an empty file schema 1."""


def connect(path: Path) -> sqlite3.Connection:
    """A connection to the store in this file, which is made if there is none; use it in the calling thread only.

    Raises StoreError for a file that cannot be opened or written, is not a store, or is one of a newer kiloclaw.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_S)
    except sqlite3.Error as error:
        raise _cannot_open(path, error) from error
    try:
        _recognise(connection, path)
        _promise(connection, path)
        _migrate(connection, path)
    except sqlite3.Error as error:
        connection.close()
        raise _cannot_open(path, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _cannot_open(path: Path, error: sqlite3.Error) -> StoreError:
    return StoreError(f"{path}: cannot be opened as a store: {error}")


def _recognise(connection: sqlite3.Connection, path: Path) -> None:
    """Touch nothing that is not ours: a file with tables and without our mark belongs to somebody else."""
    # In this order: both are made in one transaction, which another process may be committing right now.
    tables = _number(connection, "SELECT count(*) FROM sqlite_master")
    application = _number(connection, "PRAGMA application_id")
    if application != APPLICATION_ID and (application != 0 or tables != 0):
        raise StoreError(f"{path}: is a database of another application, not a kiloclaw store")


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


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    fresh = _number(connection, "PRAGMA application_id") == 0
    schema = 0 if fresh else _number(connection, "SELECT value FROM meta WHERE name = 'schema'")
    if schema > len(MIGRATIONS):
        raise StoreError(
            f"{path}: was written by a newer kiloclaw: its schema is {schema}, and {len(MIGRATIONS)} is read here"
        )
    for statements in MIGRATIONS[schema:]:
        for statement in statements:
            connection.execute(statement)
    connection.execute("UPDATE meta SET value = ? WHERE name = 'schema'", (len(MIGRATIONS),))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("COMMIT")


def _number(connection: sqlite3.Connection, question: str) -> int:
    row: tuple[object, ...] | None = connection.execute(question).fetchone()
    number = None if row is None else row[0]
    if not isinstance(number, int):
        raise sqlite3.DatabaseError(f"{question}: expected a number, not {number!r}")
    return number
