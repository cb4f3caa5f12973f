"""The port to the company's directory, as admission needs it: rows that are written under fences, and the registry.

A local file is one, PostgreSQL may be another: every verb is one transaction, may be repeated at will, and raises
OSError where it cannot be known whether it was done. An owner's registry is kept in a store of its own; no transaction
ever spans both.
"""

from __future__ import annotations

from typing import Protocol

from kiloclaw_adapters.ports import Directory
from kiloclaw_adapters.store import Store
from kiloclaw_core.names import Fence, OwnerKey, SandboxId, UserId
from kiloclaw_core.registry import LegacyRow, RowState


class CompanyDirectory(Directory, Protocol):
    """Where the company keeps who has which instance.

    Besides the two marks of `Directory`: a mark that comes before its row counts all the same, so that a row which
    comes late says that its instance is destroyed.
    """

    @property
    def registry(self) -> Store:
        """Where the registries are kept, under their owners' keys."""
        ...

    async def insert_row(self, owner: OwnerKey, user: UserId, instance: SandboxId, fence: Fence) -> RowState:
        """Insert the row of the user's instance, unless this fence of the slot is closed; what the row says then.

        `RowState.NONE` says that it is closed, or that the instance is another user's.
        """
        ...

    async def subscribe_row(self, owner: OwnerKey, user: UserId, instance: SandboxId, fence: Fence) -> RowState:
        """Subscribe the row, unless it is destroyed or this fence of the slot is closed; what the row says then."""
        ...

    async def close_row(self, owner: OwnerKey, user: UserId, instance: SandboxId, fence: Fence) -> RowState:
        """Have the slot refuse this fence and every older one for ever; what the row says then.

        Both in one transaction, so that what the row says can only change towards destroyed.
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
