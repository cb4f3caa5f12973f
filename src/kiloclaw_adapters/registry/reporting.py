"""What an instance reports when it is gone: its registry hears of it before anybody else is told.

An instance owes this as a debt, and pays it until it is known to be paid. Nothing is decided here.
"""

from __future__ import annotations

from attrs import frozen
from returns.pipeline import is_successful

from kiloclaw_adapters.custody import UnreadableRecordError, fresh_id
from kiloclaw_adapters.ports import Clock
from kiloclaw_adapters.registry.naming import instance_of
from kiloclaw_adapters.registry.performing import RegistryInterpreter
from kiloclaw_adapters.registry.port import CompanyDirectory
from kiloclaw_adapters.store import StoreError
from kiloclaw_core.names import OrgId, SandboxId, UserId
from kiloclaw_core.registry import Destroyed, owner_key


@frozen(eq=False)
class Reporting:
    """A directory whose tombstones are written into the registry first."""

    directory: CompanyDirectory
    registries: RegistryInterpreter
    clock: Clock

    async def tombstone(self, sandbox: SandboxId, user: UserId, org: OrgId | None) -> None:
        """Nobody is routed to the sandbox any more, and the attempt that made it is over."""
        owner = owner_key(user, org)
        try:
            instance = await instance_of(self.registries, self.directory, owner, user, sandbox)
            gone = Destroyed(owner, user, instance, sandbox, self.clock.now_ms())
            told = await self.registries.intend(owner, gone, fresh_id())
        except (StoreError, UnreadableRecordError) as error:
            raise OSError(str(error)) from error
        assert is_successful(told), f"{sandbox}: that it is gone is always heard, not {told.failure()}"
        if instance != sandbox:
            await self.directory.mark_destroyed(instance)  # its record knows its own name alone, and has marked that
        await self.directory.tombstone(instance, user, org)

    async def mark_destroyed(self, sandbox: SandboxId) -> None:
        """The sandbox's row says that it is destroyed."""
        await self.directory.mark_destroyed(sandbox)
