"""What the registry and the rows call an instance whose record's name is known: the oldest have two names.

Their record is named after their user, as they were called then; route and row have an id (registry 1.5).
"""

from __future__ import annotations

from kiloclaw_adapters.custody import read_record
from kiloclaw_adapters.registry.performing import RegistryInterpreter
from kiloclaw_adapters.registry.port import CompanyDirectory
from kiloclaw_core.names import OwnerKey, SandboxId, UserId


async def instance_of(
    registries: RegistryInterpreter, directory: CompanyDirectory, owner: OwnerKey, user: UserId, key: SandboxId
) -> SandboxId:
    """The instance whose record has this name: as a route has it, or a row that nobody has looked for yet.

    Raises OSError, StoreError and UnreadableRecordError.
    """
    _, registry = await read_record(registries.machinery, registries.store, owner)
    routed = next((one.instance for one in registry.routes if one.key == key), None)
    if routed is not None:
        return routed
    row = await directory.active_row(owner, user)
    return row.instance if row is not None and row.key == key else key
