"""Local directories: where rows and marks of sandboxes are kept when there is no company to tell.

A mark is made once and stays; making it again changes nothing. Who may have a sandbox is decided by the registry, whose
records are kept here too, in a store of their own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from attrs import Factory, define, field

from kiloclaw_adapters.registry import rows
from kiloclaw_adapters.registry.layout import DIRECTORY
from kiloclaw_adapters.registry.port import Insertion
from kiloclaw_adapters.registry.reservations import write_reservations
from kiloclaw_adapters.store import MemoryStore, SqliteStore, Store, StoreError, even_chance, wall_clock
from kiloclaw_adapters.store.writing import Writer
from kiloclaw_core.effects import DebtKind
from kiloclaw_core.names import Fence, OrgId, OwnerKey, SandboxId, UserId
from kiloclaw_core.registry import LegacyRow, RowState
from kiloclaw_core.registry.asks import Inserted, RowFenced, RowTaken

Answer = TypeVar("Answer")

Whose = tuple[OwnerKey, UserId]


@define(eq=False)
class MemoryDirectory:
    """Rows, marks and registries that live and die with the process."""

    registry: Store = field(factory=MemoryStore)
    marks: set[tuple[str, str]] = field(factory=set, init=False)
    _rows: dict[SandboxId, Whose] = field(factory=dict, init=False)
    _subscribed: set[SandboxId] = field(factory=set, init=False)
    _closed: dict[Whose, Fence] = field(factory=dict, init=False)

    async def tombstone(self, sandbox: SandboxId, user: UserId, org: OrgId | None) -> None:
        """Nobody is routed to the sandbox any more."""
        del user, org  # one row for each sandbox, whosever it was
        self.marks.add((sandbox, DebtKind.REGISTRY_TOMBSTONE.value))

    async def mark_destroyed(self, sandbox: SandboxId) -> None:
        """The sandbox's row says that it is destroyed."""
        self.marks.add((sandbox, DebtKind.POSTGRES_MARK.value))

    async def insert_row(self, owner: OwnerKey, user: UserId, instance: SandboxId, fence: Fence | None) -> Insertion:
        """Insert the row, unless its fence is closed, its instance destroyed, or another row of the user active."""
        if not self._may_write(owner, user, instance, fence):
            return RowFenced()
        if await self.active_row(owner, user) is None:
            self._rows.setdefault(instance, (owner, user))
        return RowTaken() if await self.row(owner, user, instance) is RowState.NONE else Inserted()

    async def subscribe_row(self, owner: OwnerKey, user: UserId, instance: SandboxId, fence: Fence | None) -> RowState:
        """Subscribe the row, unless its fence is closed or its instance destroyed; what the row says then."""
        if self._rows.get(instance) == (owner, user) and self._may_write(owner, user, instance, fence):
            self._subscribed.add(instance)
        return await self.row(owner, user, instance)

    async def close_row(self, owner: OwnerKey, user: UserId, instance: SandboxId, fence: Fence) -> RowState:
        """Have the slot refuse this fence and every older one for ever; what the row says then."""
        self._closed[owner, user] = max(fence, self._closed.get((owner, user), fence))
        return await self.row(owner, user, instance)

    async def row(self, owner: OwnerKey, user: UserId, instance: SandboxId) -> RowState:
        """What the row of the user's instance says."""
        if self._is_destroyed(instance):
            return RowState.DESTROYED
        if self._rows.get(instance) != (owner, user):
            return RowState.NONE
        return RowState.CANONICAL if instance in self._subscribed else RowState.UNSUBSCRIBED

    async def active_row(self, owner: OwnerKey, user: UserId | None) -> LegacyRow | None:
        """The oldest row of the owner, or of this user of theirs, whose instance is not destroyed."""
        for instance, (whose, by) in self._rows.items():
            if whose == owner and user in {None, by} and not self._is_destroyed(instance):
                return LegacyRow(
                    instance, by, instance, keyed_by_instance=True, subscribed=instance in self._subscribed
                )
        return None

    async def aclose(self) -> None:
        """There is nothing to let go of."""

    def _may_write(self, owner: OwnerKey, user: UserId, instance: SandboxId, fence: Fence | None) -> bool:
        closed = self._closed.get((owner, user))
        return (closed is None or fence is None or fence > closed) and not self._is_destroyed(instance)

    def _is_destroyed(self, instance: SandboxId) -> bool:
        return (instance, DebtKind.POSTGRES_MARK.value) in self.marks


@define(eq=False)
class FileDirectory:
    """Rows, marks and registries in an SQLite file of their own, which several processes may share.

    Making one opens the file, and may wait as long as SQLite waits for a lock; raises StoreError where it cannot.
    """

    path: Path
    _writer: Writer = field(
        init=False, default=Factory(lambda self: Writer.open(self.path, DIRECTORY, wall_clock), takes_self=True)
    )

    @property
    def registry(self) -> Store:
        """Where the registries are kept: beside each record stand the rows of its reservations."""
        return SqliteStore(self.path, wall_clock, even_chance, self._writer, write_reservations)

    async def tombstone(self, sandbox: SandboxId, user: UserId, org: OrgId | None) -> None:
        """Nobody is routed to the sandbox any more. Raises OSError when that cannot be known, as every verb does."""
        del user, org  # one row for each sandbox, whosever it was
        await self._change(lambda connection: rows.mark(connection, sandbox, DebtKind.REGISTRY_TOMBSTONE))

    async def mark_destroyed(self, sandbox: SandboxId) -> None:
        """The sandbox's row says that it is destroyed."""
        await self._change(lambda connection: rows.mark(connection, sandbox, DebtKind.POSTGRES_MARK))

    async def insert_row(self, owner: OwnerKey, user: UserId, instance: SandboxId, fence: Fence | None) -> Insertion:
        """Insert the row, unless its fence is closed, its instance destroyed, or another row of the user active."""
        return await self._change(lambda connection: rows.insert(connection, owner, user, instance, fence))

    async def subscribe_row(self, owner: OwnerKey, user: UserId, instance: SandboxId, fence: Fence | None) -> RowState:
        """Subscribe the row, unless its fence is closed or its instance destroyed; what the row says then."""
        return await self._change(lambda connection: rows.subscribe(connection, owner, user, instance, fence))

    async def close_row(self, owner: OwnerKey, user: UserId, instance: SandboxId, fence: Fence) -> RowState:
        """Have the slot refuse this fence and every older one for ever; what the row says then."""
        return await self._change(lambda connection: rows.close(connection, owner, user, instance, fence))

    async def row(self, owner: OwnerKey, user: UserId, instance: SandboxId) -> RowState:
        """What the row of the user's instance says."""
        return await self._look(lambda connection: rows.state(connection, owner, user, instance))

    async def active_row(self, owner: OwnerKey, user: UserId | None) -> LegacyRow | None:
        """The oldest row of the owner, or of this user of theirs, whose instance is not destroyed."""
        return await self._look(lambda connection: rows.active(connection, owner, user))

    async def marks(self) -> frozenset[tuple[str, str]]:
        """Every mark there is: the sandbox and the kind."""
        return await self._look(lambda one: frozenset(one.execute("SELECT sandbox, kind FROM mark").fetchall()))

    async def aclose(self) -> None:
        """Close the file and end its thread; a second time it does nothing."""
        await self._writer.aclose()

    async def _change(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        with _as_os_error():
            return await self._writer.change(lambda _: work(self._writer.connection), durable=True)

    async def _look(self, work: Callable[[sqlite3.Connection], Answer]) -> Answer:
        with _as_os_error():
            return await self._writer.look(lambda: work(self._writer.connection))


@contextmanager
def _as_os_error() -> Iterator[None]:
    """A store's failure in the words of this port."""
    try:
        yield
    except StoreError as error:
        raise OSError(str(error)) from error
