"""Directories: each mark once, for ever, and shared by every process that opens the file."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kiloclaw_adapters.directory import FileDirectory, MemoryDirectory
from kiloclaw_adapters.store import StoreError
from kiloclaw_core.names import SandboxId, UserId

ONE, TWO, USER = SandboxId("sandbox-1"), SandboxId("sandbox-2"), UserId("user-1")


def test_marks_are_made_once_and_stay(tmp_path: Path) -> None:
    """Payments are repeated after every doubt; nothing may come of the second one."""
    one, two = FileDirectory(tmp_path / "marks.db"), FileDirectory(tmp_path / "marks.db")

    async def marked() -> frozenset[tuple[str, str]]:
        for directory in (one, two):
            await directory.tombstone(ONE, USER, None)
            await directory.mark_destroyed(ONE)
        await two.mark_destroyed(TWO)
        return await one.marks()

    assert asyncio.run(marked()) == {
        ("sandbox-1", "registry_tombstone"),
        ("sandbox-1", "postgres_mark"),
        ("sandbox-2", "postgres_mark"),
    }


def test_a_file_that_cannot_be_opened_is_told_at_once(tmp_path: Path) -> None:
    """Not when the first mark is to be made."""
    with pytest.raises(StoreError, match=r"marks\.db: cannot be opened as a directory: unable to open database file"):
        FileDirectory(tmp_path / "nowhere" / "marks.db")


def test_one_in_memory_is_alike() -> None:
    """For tests and dry runs."""
    directory = MemoryDirectory()
    for _ in range(2):
        asyncio.run(directory.tombstone(ONE, USER, None))
        asyncio.run(directory.mark_destroyed(ONE))
    assert directory.marks == {("sandbox-1", "registry_tombstone"), ("sandbox-1", "postgres_mark")}
