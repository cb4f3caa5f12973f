"""Local directories: where the marks of destroyed sandboxes are kept when there is no company to tell.

A mark is made once and stays; making it again changes nothing. Nothing but the two marks is kept here: who may have a
sandbox is decided elsewhere.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from attrs import define, field, frozen

from kiloclaw_core.effects import DebtKind
from kiloclaw_core.names import OrgId, SandboxId, UserId

TABLE: Final = "CREATE TABLE IF NOT EXISTS mark (sandbox TEXT, kind TEXT, PRIMARY KEY (sandbox, kind)) WITHOUT ROWID"
BUSY_S: Final = 5.0


@define(eq=False)
class MemoryDirectory:
    """Marks that live and die with the process."""

    marks: set[tuple[str, str]] = field(factory=set, init=False)

    async def tombstone(self, sandbox: SandboxId, user: UserId, org: OrgId | None) -> None:
        """Nobody is routed to the sandbox any more."""
        del user, org  # one row for each sandbox, whosever it was
        self.marks.add((sandbox, DebtKind.REGISTRY_TOMBSTONE.value))

    async def mark_destroyed(self, sandbox: SandboxId) -> None:
        """The sandbox's row says that it is destroyed."""
        self.marks.add((sandbox, DebtKind.POSTGRES_MARK.value))


@frozen
class FileDirectory:
    """Marks in an SQLite file of their own, which several processes may share."""

    path: Path

    async def tombstone(self, sandbox: SandboxId, user: UserId, org: OrgId | None) -> None:
        """Nobody is routed to the sandbox any more. Raises OSError when that cannot be known."""
        del user, org  # one row for each sandbox, whosever it was
        await asyncio.to_thread(self._mark, sandbox, DebtKind.REGISTRY_TOMBSTONE)

    async def mark_destroyed(self, sandbox: SandboxId) -> None:
        """The sandbox's row says that it is destroyed. Raises OSError when that cannot be known."""
        await asyncio.to_thread(self._mark, sandbox, DebtKind.POSTGRES_MARK)

    async def marks(self) -> frozenset[tuple[str, str]]:
        """Every mark there is: the sandbox and the kind. Raises OSError when they cannot be read."""
        return await asyncio.to_thread(self._read)

    def _mark(self, sandbox: SandboxId, kind: DebtKind) -> None:
        try:
            with closing(self._connection()) as connection, connection:
                connection.execute("INSERT OR IGNORE INTO mark VALUES (?, ?)", (sandbox, kind.value))
        except sqlite3.Error as error:
            raise OSError(f"{self.path}: {error}") from error

    def _read(self) -> frozenset[tuple[str, str]]:
        try:
            with closing(self._connection()) as connection:
                return frozenset(connection.execute("SELECT sandbox, kind FROM mark"))
        except sqlite3.Error as error:
            raise OSError(f"{self.path}: {error}") from error

    def _connection(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_S)
        connection.execute(TABLE)
        return connection
