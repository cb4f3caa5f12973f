"""Rows under fences: who may write one, what closes a slot to whom, and what a mark that came first says."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kiloclaw_adapters.directory import FileDirectory
from kiloclaw_adapters.registry.layout import MIGRATIONS
from kiloclaw_adapters.registry.port import CompanyDirectory
from kiloclaw_adapters.store import StoreError
from kiloclaw_core.names import Fence, OwnerKey, SandboxId, UserId
from kiloclaw_core.registry import LegacyRow, RowState
from kiloclaw_core.registry.asks import Inserted, RowFenced, RowTaken

pytestmark = pytest.mark.anyio

OWNER, ACME = OwnerKey("user:ann"), OwnerKey("org:acme")
ANN, BEN = UserId("ann"), UserId("ben")
ONE, TWO = SandboxId("sandbox-1"), SandboxId("sandbox-2")
FIRST, SECOND, THIRD = Fence(1), Fence(2), Fence(3)


async def test_a_row_is_inserted_and_subscribed_once(directory: CompanyDirectory) -> None:
    """Asking again says the same, so that a lost answer costs nothing."""
    said = [
        await directory.row(OWNER, ANN, ONE),
        *[await directory.insert_row(OWNER, ANN, ONE, FIRST) for _ in range(2)],
        *[await directory.subscribe_row(OWNER, ANN, ONE, FIRST) for _ in range(2)],
        await directory.row(OWNER, ANN, ONE),
    ]

    assert said == [
        RowState.NONE,
        Inserted(),
        Inserted(),
        RowState.CANONICAL,
        RowState.CANONICAL,
        RowState.CANONICAL,
    ]


async def test_a_closed_fence_writes_nothing_any_more(directory: CompanyDirectory) -> None:
    """An attempt that was thought dead wakes up (GW5): neither its row nor its subscription may come of it."""
    closed = await directory.close_row(OWNER, ANN, ONE, SECOND)
    late = [await directory.insert_row(OWNER, ANN, ONE, fence) for fence in (FIRST, SECOND)]
    successor = await directory.insert_row(OWNER, ANN, TWO, THIRD)
    reopened = await directory.close_row(OWNER, ANN, ONE, FIRST)
    still = await directory.insert_row(OWNER, ANN, ONE, SECOND)

    assert (closed, late, successor) == (RowState.NONE, [RowFenced()] * 2, Inserted())
    assert (reopened, still) == (RowState.NONE, RowFenced())


async def test_a_row_that_is_there_when_its_fence_closes_stays_as_it_is(directory: CompanyDirectory) -> None:
    """Closing shows what can only change towards destroyed from then on: not towards subscribed."""
    await directory.insert_row(OWNER, ANN, ONE, FIRST)

    assert await directory.close_row(OWNER, ANN, ONE, FIRST) is RowState.UNSUBSCRIBED
    assert await directory.subscribe_row(OWNER, ANN, ONE, FIRST) is RowState.UNSUBSCRIBED
    await directory.mark_destroyed(ONE)
    assert await directory.row(OWNER, ANN, ONE) is RowState.DESTROYED


async def test_slots_are_closed_each_by_itself(directory: CompanyDirectory) -> None:
    """A member of an organisation is not shut out by another, nor by what they did as a person."""
    await directory.close_row(ACME, ANN, ONE, THIRD)

    assert await directory.insert_row(ACME, BEN, TWO, FIRST) == Inserted()
    assert await directory.insert_row(OWNER, ANN, ONE, FIRST) == Inserted()


async def test_a_mark_that_comes_before_its_row_counts(directory: CompanyDirectory) -> None:
    """An absent row counts as marked (GW10), and one that comes late must not bring the instance back."""
    await directory.mark_destroyed(ONE)

    assert await directory.insert_row(OWNER, ANN, ONE, FIRST) == RowFenced()
    assert await directory.subscribe_row(OWNER, ANN, ONE, FIRST) is RowState.DESTROYED
    assert await directory.active_row(OWNER, ANN) is None


async def test_a_row_is_its_users_alone(directory: CompanyDirectory) -> None:
    """Whoever names another's instance is told nothing of it, and can do nothing to it."""
    await directory.insert_row(OWNER, ANN, ONE, FIRST)
    foreign = [
        await directory.insert_row(ACME, BEN, ONE, FIRST),
        await directory.subscribe_row(ACME, BEN, ONE, FIRST),
        await directory.row(ACME, BEN, ONE),
    ]

    assert foreign == [RowTaken(), RowState.NONE, RowState.NONE]
    assert await directory.row(OWNER, ANN, ONE) is RowState.UNSUBSCRIBED


async def test_a_user_has_one_active_row_at_a_time(directory: CompanyDirectory) -> None:
    """Whoever was let in while the row before was being inserted elsewhere finds it taken (GW4)."""
    await directory.insert_row(OWNER, ANN, ONE, FIRST)

    assert await directory.insert_row(OWNER, ANN, TWO, SECOND) == RowTaken()
    await directory.mark_destroyed(ONE)
    assert await directory.insert_row(OWNER, ANN, TWO, SECOND) == Inserted()


async def test_an_instance_older_than_any_attempt_is_subscribed_without_a_fence(directory: CompanyDirectory) -> None:
    """Explicit recovery has none to name, and nothing closes it."""
    await directory.insert_row(OWNER, ANN, ONE, SECOND)
    await directory.close_row(OWNER, ANN, ONE, SECOND)

    assert await directory.subscribe_row(OWNER, ANN, ONE, SECOND) is RowState.UNSUBSCRIBED
    assert await directory.subscribe_row(OWNER, ANN, ONE, None) is RowState.CANONICAL


async def test_an_instance_older_than_any_attempt_gets_its_row_without_a_fence(directory: CompanyDirectory) -> None:
    """Closed fences are those of attempts; what none made is inserted unless it is destroyed, or another is active."""
    await directory.close_row(OWNER, ANN, TWO, THIRD)
    said = [await directory.insert_row(OWNER, ANN, one, None) for one in (ONE, ONE, TWO)]
    await directory.mark_destroyed(ONE)

    assert said == [Inserted(), Inserted(), RowTaken()]
    assert await directory.insert_row(OWNER, ANN, ONE, None) == RowFenced()
    assert await directory.insert_row(OWNER, ANN, TWO, THIRD) == RowFenced()


async def test_the_oldest_active_row_is_shown(directory: CompanyDirectory) -> None:
    """The preflight asks for a user's, the import of older routes for an owner's (registry 1.5 and 1.6)."""
    await directory.insert_row(ACME, BEN, TWO, FIRST)
    await directory.insert_row(ACME, ANN, ONE, FIRST)
    await directory.subscribe_row(ACME, ANN, ONE, FIRST)
    second = LegacyRow(ONE, ANN, ONE, keyed_by_instance=True, subscribed=True)

    assert await directory.active_row(ACME, None) == LegacyRow(TWO, BEN, TWO, keyed_by_instance=True, subscribed=False)
    assert await directory.active_row(ACME, ANN) == second
    await directory.mark_destroyed(TWO)
    assert await directory.active_row(ACME, None) == second


async def test_two_processes_share_a_file(tmp_path: Path) -> None:
    """What one has closed, the other cannot write."""
    one, two = FileDirectory(tmp_path / "directory.db"), FileDirectory(tmp_path / "directory.db")

    await one.close_row(OWNER, ANN, ONE, FIRST)
    assert await two.insert_row(OWNER, ANN, ONE, FIRST) == RowFenced()
    for each in (one, two):
        await each.aclose()


async def test_a_file_of_the_first_release_keeps_its_marks(tmp_path: Path) -> None:
    """It had one table and no mark of ours; what was destroyed stays so."""
    with closing(sqlite3.connect(tmp_path / "directory.db")) as old, old:
        old.execute("CREATE TABLE mark (sandbox TEXT, kind TEXT, PRIMARY KEY (sandbox, kind)) WITHOUT ROWID")
        old.execute("INSERT INTO mark VALUES ('sandbox-1', 'postgres_mark')")
    directory = FileDirectory(tmp_path / "directory.db")

    assert await directory.row(OWNER, ANN, ONE) is RowState.DESTROYED
    await directory.aclose()


async def test_a_file_of_another_kind_or_a_newer_release_is_refused(tmp_path: Path) -> None:
    """Whoever goes back a release, or names the wrong file, must not damage it."""
    FileDirectory(tmp_path / "newer.db")
    with closing(sqlite3.connect(tmp_path / "newer.db")) as newer, newer:
        newer.execute("UPDATE meta SET value = value + 1 WHERE name = 'schema'")
    with closing(sqlite3.connect(tmp_path / "other.db")) as other, other:
        other.execute("CREATE TABLE photograph (name)")
    known = len(MIGRATIONS)

    with pytest.raises(StoreError, match=f"was written by a newer kiloclaw: its schema is {known + 1}, and {known} is"):
        FileDirectory(tmp_path / "newer.db")
    with pytest.raises(StoreError, match="is a database of another application, not a kiloclaw directory"):
        FileDirectory(tmp_path / "other.db")


def test_a_directory_that_fails_says_so_in_words_of_the_port(tmp_path: Path) -> None:
    """Whether it was done is not known then: whoever asked keeps the debt, or probes again."""

    async def closed() -> None:
        directory = FileDirectory(tmp_path / "directory.db")
        await directory.aclose()
        await directory.insert_row(OWNER, ANN, ONE, FIRST)

    with pytest.raises(OSError, match=r"directory\.db: the store is closed"):
        asyncio.run(closed())
