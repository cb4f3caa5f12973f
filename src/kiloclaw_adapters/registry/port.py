"""The port to the company's directory, as admission needs it: rows that are written under fences, and the registry.

A local file is one, PostgreSQL may be another: every verb is one transaction, may be repeated at will, and raises
OSError where it cannot be known whether it was done. An owner's registry is kept in a store of its own; no transaction
ever spans both.
"""

from __future__ import annotations

from typing import Protocol, TypeAlias

from attrs import frozen

from kiloclaw_adapters.ports import Directory
from kiloclaw_adapters.store import Store
from kiloclaw_core.names import Fence, OwnerKey, SandboxId, UserId
from kiloclaw_core.registry import LegacyRow, RowState
from kiloclaw_core.registry.asks import Inserted, RowFenced, RowTaken

Insertion: TypeAlias = Inserted | RowFenced | RowTaken


class CompanyDirectory(Directory, Protocol):
    """Where the company keeps who has which instance.

    Besides the two marks of `Directory`: a mark that comes before its row counts all the same, so that a row which
    comes late says that its instance is destroyed.
    """

    @property
    def registry(self) -> Store:
        """Where the registries are kept, under their owners' keys."""
        ...

    async def insert_row(self, owner: OwnerKey, user: UserId, instance: SandboxId, fence: Fence | None) -> Insertion:
        """Insert the row of the user's instance, if it may be and is not there.

        In one transaction with the check that this fence of the slot is not closed, that the instance is not destroyed
        (else `RowFenced`), and that no other row of the user is active (else `RowTaken`). Without a fence it is an
        instance that is older than any attempt, to which none is closed.
        """
        ...

    async def subscribe_row(self, owner: OwnerKey, user: UserId, instance: SandboxId, fence: Fence | None) -> RowState:
        """Subscribe the row, unless it is destroyed or this fence of the slot is closed; what the row says then.

        Without a fence it is an instance whose attempt is over and well, or that is older than any.
        """
        ...

    async def close_row(self, owner: OwnerKey, user: UserId, instance: SandboxId, fence: Fence) -> RowState:
        """Have the slot refuse this fence and every older one for ever; what the row says then.

        Both in one transaction, so that what the row of an attempt says can only change towards destroyed. One without
        a fence may still come, because its instance is older than any attempt: for that the mark alone closes it.
        """
        ...

    async def row(self, owner: OwnerKey, user: UserId, instance: SandboxId) -> RowState:
        """What the row of the user's instance says."""
        ...

    async def active_row(self, owner: OwnerKey, user: UserId | None) -> LegacyRow | None:
        """The oldest row of the owner, or of this user of theirs, whose instance is not destroyed."""
        ...

    async def aclose(self) -> None:
        """Let go of files and threads."""


class Entitlements(Protocol):
    """Whoever knows what users have paid for."""

    async def entitled(self, owner: OwnerKey, user: UserId) -> bool:
        """Whether the user may have an instance now. Raises OSError when that cannot be known."""
        ...


@frozen
class EverybodyEntitled:
    """Nobody has to pay."""

    async def entitled(self, owner: OwnerKey, user: UserId) -> bool:
        """Yes."""
        del owner, user  # whoever they are
        return True
