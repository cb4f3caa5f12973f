"""What a registry wants done outside: one request each, numbered by its op, answered exactly once.

Rows are Postgres's, verdicts the instance's. Whoever performs one answers with what its docstring names, with
`Rejected` when nothing was done, and with `Unknown` when it may have been. Each may be repeated at will.
"""

from __future__ import annotations

from attrs import frozen

from kiloclaw_core.names import AttemptId, Fence, OpId, OwnerKey, SandboxId, UserId


@frozen
class ReadRow:
    """Look what the row of the instance says: `RowShown`."""

    op: OpId
    owner: OwnerKey
    user: UserId
    instance: SandboxId


@frozen
class CloseRow:
    """Have the slot refuse every row and subscription of this fence or an older one, for ever; then look: `RowShown`.

    Both in one transaction, so that what is shown can only change towards destroyed.
    """

    op: OpId
    owner: OwnerKey
    user: UserId
    instance: SandboxId
    fence: Fence


@frozen
class BootstrapSubscription:
    """Subscribe the row, unless it is destroyed or its fence is closed: `RowShown`."""

    op: OpId
    owner: OwnerKey
    user: UserId
    instance: SandboxId
    fence: Fence


@frozen
class MarkRow:
    """Have the row say that its instance is destroyed; an absent row counts as marked: `Done`."""

    op: OpId
    owner: OwnerKey
    user: UserId
    instance: SandboxId


@frozen
class ReadVerdict:
    """Ask the instance of this key what it knows of the attempt (`verdict_of` its record): `VerdictShown`.

    `born` is an instance that no attempt of this registry made: whatever the user has under this key is meant.
    """

    op: OpId
    key: SandboxId
    owner: OwnerKey
    user: UserId
    attempt: AttemptId
    fence: Fence
    born: bool = False


@frozen
class OrderDestroy:
    """Have the instance refuse the attempt for ever and destroy what it made (`Close`), then ask it: `VerdictShown`.

    `born` is as for `ReadVerdict`.
    """

    op: OpId
    key: SandboxId
    owner: OwnerKey
    user: UserId
    attempt: AttemptId
    fence: Fence
    born: bool = False


@frozen
class ReadLegacy:
    """Look for the owner's oldest active row that is older than the registry: `LegacyShown`."""

    op: OpId
    owner: OwnerKey


RegistryReading = ReadRow | ReadVerdict | ReadLegacy
RegistryChanging = CloseRow | BootstrapSubscription | MarkRow | OrderDestroy
RegistryEffect = RegistryReading | RegistryChanging
