"""What only a store in a file can show: durability, several processes, failures half-way, and files it must refuse."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from attrs import evolve

import kiloclaw_adapters
from kiloclaw_adapters.store import Conflict, Due, DueAt, SqliteStore, Stored, StoreError, Unknown, Version, sqlite_file

from .suite import START_MS, ManualClock, claim, put, take

pytestmark = pytest.mark.anyio

SOURCES: Final = Path(kiloclaw_adapters.__path__[0]).parent
PROLOGUE: Final = """
import asyncio, os, sys
from pathlib import Path
from kiloclaw_adapters.store import Conflict, Due, SqliteStore, Version, sqlite_file

sqlite_file.BUSY_TIMEOUT_S = 60.0  # two who write to a slow disk take their turns unfairly

async def put(store, version, body):
    return await store.commit(key="a", kind="instance", schema=1, expected_version=version, body=body,
                              alarms=(Due("cadence", 0, 60.0),), commit_id=f"{os.getpid()}", lease=None)
"""
COMMIT_AND_DIE: Final = """
async def main(path):
    assert await put(SqliteStore.open(path), 0, "written") == Version(1)
    os.kill(os.getpid(), 9)
"""
COUNT_TO_25: Final = """
async def main(path):
    store = SqliteStore.open(path)
    mine = 0
    while mine < 25:
        found = await store.load("a")
        version, body = (0, "0") if found is None else (found.version, found.body)
        mine += await put(store, version, str(int(body) + 1)) == Version(version + 1)
    await store.aclose()
"""


def start(program: str, path: Path) -> subprocess.Popen[str]:
    """Run this program on the store in another process."""
    code = f"{PROLOGUE}{program}\nasyncio.run(main(Path(sys.argv[1])))"
    command = [sys.executable, "-c", code, str(path)]
    environment = {"PYTHONPATH": str(SOURCES)}
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)  # noqa: S603 - our own code


class FailingConnection(sqlite3.Connection):
    """A connection whose COMMIT fails when it is told to, before or after it has been applied."""

    fails = ""

    def execute(self, sql: str, parameters: object = (), /) -> sqlite3.Cursor:
        """Do as SQLite does, but for a COMMIT that is meant to fail."""
        if sql != "COMMIT" or not self.fails:
            return super().execute(sql, parameters)  # type: ignore[arg-type]  # handed on as it came
        if self.fails == "after":
            super().execute(sql)
        raise sqlite3.OperationalError("disk I/O error")


async def test_an_answered_commit_survives_the_loss_of_power(tmp_path: Path) -> None:
    """Effects are performed on the strength of a commit: WAL alone would lose the newest (SQLite: synchronous)."""
    connection = sqlite_file.connect(tmp_path / "store.db")
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    promises = {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names}
    connection.close()
    assert promises == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 5000}


async def test_a_process_killed_after_its_commit_leaves_it_behind(tmp_path: Path) -> None:
    """There is no closing ritual that a crash could miss."""
    killed = start(COMMIT_AND_DIE, tmp_path / "store.db")
    assert (killed.communicate()[1], killed.returncode) == ("", -9)
    store = SqliteStore.open(tmp_path / "store.db")
    found = await store.load("a")
    assert found == Stored("a", "instance", 1, 1, "written", f"{killed.pid}")
    assert [(alarm.name, alarm.of) for alarm in await store.alarms("a")] == [("cadence", 0)]
    await store.aclose()


async def test_two_processes_lose_no_commit_of_each_other(tmp_path: Path) -> None:
    """Both create the file, both count in one record; compare-and-set makes every count count."""
    counting = [start(COUNT_TO_25, tmp_path / "store.db") for _ in range(2)]
    assert [(one.communicate()[1], one.returncode) for one in counting] == [("", 0), ("", 0)]
    store = SqliteStore.open(tmp_path / "store.db")
    found = await store.load("a")
    assert found is not None
    assert (found.version, found.body) == (50, "50")
    await store.aclose()


async def test_two_stores_on_one_file_share_versions_and_custody(tmp_path: Path, clock: ManualClock) -> None:
    """What one worker holds, a worker in another process does not get."""
    one = SqliteStore.open(tmp_path / "store.db", clock=clock)
    other = SqliteStore.open(tmp_path / "store.db", clock=clock)
    await put(one, "a", Due("answer", 1, 0))
    assert await put(other, "a") == Conflict("a: the record is at version 1, not 0")
    (claimed,) = await claim(one)
    assert await claim(other) == ()
    assert await put(other, on=1, lease=claimed.lease) == Version(2)  # the token is the proof, not the connection
    await one.aclose()
    await other.aclose()


async def test_everything_outlives_the_store(tmp_path: Path, clock: ManualClock) -> None:
    """Custody too: a restarted worker learns that the last one never released."""
    store = SqliteStore.open(tmp_path / "store.db", clock=clock)
    await put(store, "a", Due("answer", 1, 5))
    await take(store)
    await store.new_incarnation()
    await store.aclose()
    clock.pass_s(10)
    store = SqliteStore.open(tmp_path / "store.db", clock=clock)
    assert await store.alarms("a") == (DueAt("answer", 1, START_MS + 5000),)
    assert [one.took_over for one in await claim(store)] == [True]
    assert await store.incarnation() == 2
    await store.aclose()


async def test_a_commit_that_breaks_half_way_changes_nothing(tmp_path: Path, clock: ManualClock) -> None:
    """The record is written before its alarms; a failure between the two must undo it, and the store goes on."""
    store = SqliteStore.open(tmp_path / "store.db", clock=clock)
    await put(store, "a", Due("pause", 1, 5))
    saboteur = sqlite3.connect(tmp_path / "store.db")
    saboteur.execute("CREATE TRIGGER refuse BEFORE INSERT ON alarm BEGIN SELECT raise(ABORT, 'no room'); END")
    with pytest.raises(StoreError, match=r"store\.db: no room$"):
        await put(store, "a", Due("answer", 2, 5), on=1, body="half", commit_id="half")
    saboteur.execute("DROP TRIGGER refuse")
    saboteur.close()
    assert await store.load("a") == Stored("a", "instance", 1, 1, "{}", "first")
    assert await store.alarms("a") == (DueAt("pause", 1, START_MS + 5000),)
    assert await put(store, on=1) == Version(2)
    await store.aclose()


@pytest.mark.parametrize(("fails", "left"), [("before", "first"), ("after", "second")])
async def test_a_failing_commit_is_unknown_and_the_commit_id_tells(
    fails: str, left: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a look can tell whether it was applied; the store itself must not guess, and must stay usable."""
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=FailingConnection))
    store = SqliteStore.open(tmp_path / "store.db")
    await put(store, commit_id="first")
    monkeypatch.setattr(FailingConnection, "fails", fails)
    assert await put(store, on=1, commit_id="second") == Unknown(f"{store.path}: COMMIT failed: disk I/O error")
    monkeypatch.setattr(FailingConnection, "fails", "")
    found = await store.load("a")
    assert found is not None
    assert found.commit_id == left
    assert await put(store, on=found.version, commit_id="third") == Version(found.version + 1)
    await store.aclose()


async def test_a_failing_commit_of_custody_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody may act under a lease of which the store is not sure."""
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=FailingConnection))
    store = SqliteStore.open(tmp_path / "store.db")
    monkeypatch.setattr(FailingConnection, "fails", "before")
    with pytest.raises(StoreError, match=r"store\.db: COMMIT failed: disk I/O error$"):
        await take(store)
    await store.aclose()


async def test_a_file_locked_for_too_long_is_an_error_and_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction never began: that is known, so it is no Unknown."""
    monkeypatch.setattr(sqlite_file, "BUSY_TIMEOUT_S", 0)
    store = SqliteStore.open(tmp_path / "store.db")
    hog = sqlite3.connect(tmp_path / "store.db")
    hog.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"store\.db: database is locked$"):
        await put(store)
    hog.close()
    assert await store.load("a") is None
    await store.aclose()


async def test_opening_a_new_file_waits_for_another_process_that_is_making_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers start together; SQLite itself does not wait when it switches a file to its log."""
    other = sqlite3.connect(tmp_path / "store.db")
    other.execute("BEGIN IMMEDIATE")
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        other.close()

    monkeypatch.setattr(time, "sleep", wait)
    connection = sqlite_file.connect(tmp_path / "store.db")
    modes = connection.execute("PRAGMA journal_mode").fetchall()
    connection.close()

    assert (len(waits), modes) == (1, [("wal",)])


async def test_opening_a_new_file_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that hangs must not make the others hang."""
    monkeypatch.setattr(sqlite_file, "BUSY_TIMEOUT_S", 0)
    other = sqlite3.connect(tmp_path / "store.db")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match=r"store\.db: cannot be opened as a store: database is locked$"):
        SqliteStore.open(tmp_path / "store.db")
    other.close()


async def test_a_closed_store_says_so(tmp_path: Path) -> None:
    """A worker that outlives its store gets a reason instead of a hang; closing twice does no harm."""
    store = SqliteStore.open(tmp_path / "store.db")
    await store.aclose()
    await store.aclose()
    with pytest.raises(StoreError, match=r"store\.db: the store is closed$"):
        await store.load("a")


async def test_a_store_of_a_newer_schema_is_refused(tmp_path: Path) -> None:
    """An old program must not write into tables that it does not understand."""
    path, known = tmp_path / "store.db", len(sqlite_file.MIGRATIONS)
    connection = sqlite_file.connect(path)
    connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'schema'")
    connection.close()
    with pytest.raises(StoreError) as refused:
        SqliteStore.open(path)
    why = f"was written by a newer kiloclaw: its schema is {known + 1}, and {known} is read here"
    assert str(refused.value) == f"{path}: {why}"


async def test_an_older_store_is_brought_up_to_date(tmp_path: Path) -> None:
    """Only the steps that are missing are run, and what was kept stays."""
    store = SqliteStore.open(tmp_path / "store.db")
    await put(store)
    await store.aclose()
    step = ("ALTER TABLE lease ADD COLUMN note TEXT",)
    newer = evolve(sqlite_file.STORE, migrations=(*sqlite_file.MIGRATIONS, step))
    for _ in range(2):
        connection = sqlite_file.connect(tmp_path / "store.db", newer)
        assert connection.execute("SELECT value FROM meta WHERE name = 'schema'").fetchone() == (len(newer.migrations),)
        assert connection.execute("SELECT key FROM record").fetchall() == [("a",)]
        connection.close()


async def test_a_database_of_another_application_is_refused_untouched(tmp_path: Path) -> None:
    """A mistyped path must not add our tables to somebody's photographs."""
    path = tmp_path / "photos.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE meta (name, value)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"is a database of another application, not a kiloclaw store$"):
        SqliteStore.open(path)
    assert path.read_bytes() == before


async def test_files_that_are_no_database_and_folders_that_are_not_there_are_refused(tmp_path: Path) -> None:
    """One line that names the path is what a person at a terminal can act on."""
    text = tmp_path / "notes.txt"
    text.write_text("Dear diary, today I was not a database. " * 30)
    reasons = {
        text: "file is not a database",
        tmp_path: "unable to open database file",
        tmp_path / "missing" / "store.db": "unable to open database file",
        text / "store.db": "unable to open database file",
    }
    for path, reason in reasons.items():
        with pytest.raises(StoreError) as refused:
            SqliteStore.open(path)
        assert str(refused.value) == f"{path}: cannot be opened as a store: {reason}"
