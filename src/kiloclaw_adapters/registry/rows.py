"""The rows of the company: which instances there are, who has subscribed, and which attempts may not write any more.

Each function is the SQL of one transaction, on a connection that its caller has begun one on (registry 7.3, obligations
of D). SQLite lets one transaction write at a time; where several may, each first takes a lock on the row of its slot.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from kiloclaw_adapters.registry.port import Insertion
from kiloclaw_core.effects import DebtKind
from kiloclaw_core.names import Fence, OwnerKey, SandboxId, UserId
from kiloclaw_core.registry.asks import Inserted, RowFenced, RowTaken
from kiloclaw_core.registry.evidence import RowState
from kiloclaw_core.registry.outcomes import LegacyRow

# Where no fence is named, `closed >= :fence` is unknown, and so no fence is closed to it.
INSERT: Final = """
    INSERT INTO instance (sandbox, owner, user, fence) SELECT :sandbox, :owner, :user, coalesce(:fence, 0)
    WHERE NOT EXISTS (SELECT * FROM slot WHERE owner = :owner AND user = :user AND closed >= :fence)
      AND NOT EXISTS (SELECT * FROM mark WHERE sandbox = :sandbox AND kind = :destroyed)
      AND NOT EXISTS (SELECT * FROM instance AS other WHERE other.owner = :owner AND other.user = :user
        AND NOT EXISTS (SELECT * FROM mark WHERE mark.sandbox = other.sandbox AND kind = :destroyed))
    ON CONFLICT (sandbox) DO NOTHING"""
FENCED: Final = """
    SELECT EXISTS (SELECT * FROM slot WHERE owner = :owner AND user = :user AND closed >= :fence)
      OR EXISTS (SELECT * FROM mark WHERE sandbox = :sandbox AND kind = :destroyed)"""
SUBSCRIBE: Final = """
    INSERT INTO subscription (sandbox) SELECT sandbox FROM instance
    WHERE sandbox = :sandbox AND owner = :owner AND user = :user
      AND NOT EXISTS (SELECT * FROM slot WHERE owner = :owner AND user = :user AND closed >= :fence)
      AND NOT EXISTS (SELECT * FROM mark WHERE sandbox = :sandbox AND kind = :destroyed)
    ON CONFLICT (sandbox) DO NOTHING"""
CLOSE: Final = """
    INSERT INTO slot (owner, user, closed) VALUES (:owner, :user, :fence)
    ON CONFLICT (owner, user) DO UPDATE SET closed = max(closed, excluded.closed)"""
MARK: Final = "INSERT INTO mark (sandbox, kind) VALUES (?, ?) ON CONFLICT (sandbox, kind) DO NOTHING"
STATE: Final = """
    SELECT EXISTS (SELECT * FROM mark WHERE sandbox = :sandbox AND kind = :destroyed),
      EXISTS (SELECT * FROM instance WHERE sandbox = :sandbox AND owner = :owner AND user = :user),
      EXISTS (SELECT * FROM subscription WHERE sandbox = :sandbox)"""
ACTIVE: Final = """
    SELECT sandbox, user, EXISTS (SELECT * FROM subscription WHERE subscription.sandbox = instance.sandbox)
    FROM instance
    WHERE owner = :owner AND (:user IS NULL OR user = :user)
      AND NOT EXISTS (SELECT * FROM mark WHERE mark.sandbox = instance.sandbox AND kind = :destroyed)
    ORDER BY number LIMIT 1"""

DESTROYED: Final = DebtKind.POSTGRES_MARK.value


def insert(
    connection: sqlite3.Connection, owner: OwnerKey, user: UserId, instance: SandboxId, fence: Fence | None
) -> Insertion:
    """Insert the row, unless its fence is closed, its instance destroyed, or another row of the user active.

    No fence is closed to an instance that is older than all attempts; its row bears 0, which none of them has.
    """
    asked = {"sandbox": instance, "owner": owner, "user": user, "fence": fence, "destroyed": DESTROYED}
    connection.execute(INSERT, asked)
    if connection.execute(FENCED, asked).fetchone() != (0,):
        return RowFenced()
    return RowTaken() if state(connection, owner, user, instance) is RowState.NONE else Inserted()


def subscribe(
    connection: sqlite3.Connection, owner: OwnerKey, user: UserId, instance: SandboxId, fence: Fence | None
) -> RowState:
    """Subscribe the row, unless its fence is closed or its instance destroyed; what the row says then."""
    asked = {"sandbox": instance, "owner": owner, "user": user, "fence": fence, "destroyed": DESTROYED}
    connection.execute(SUBSCRIBE, asked)
    return state(connection, owner, user, instance)


def close(connection: sqlite3.Connection, owner: OwnerKey, user: UserId, instance: SandboxId, fence: Fence) -> RowState:
    """Have the slot refuse this fence and every older one from now on; what the row says then."""
    connection.execute(CLOSE, {"owner": owner, "user": user, "fence": fence})
    return state(connection, owner, user, instance)


def mark(connection: sqlite3.Connection, sandbox: SandboxId, kind: DebtKind) -> None:
    """Mark the sandbox, row or not: one that comes late must find the mark."""
    connection.execute(MARK, (sandbox, kind.value))


def state(connection: sqlite3.Connection, owner: OwnerKey, user: UserId, instance: SandboxId) -> RowState:
    """What the row of this user's instance says; of another user's there is nothing to say."""
    asked = {"sandbox": instance, "owner": owner, "user": user, "destroyed": DESTROYED}
    found: tuple[int, int, int] = connection.execute(STATE, asked).fetchone()
    is_destroyed, is_there, is_subscribed = found
    if is_destroyed:
        return RowState.DESTROYED
    if not is_there:
        return RowState.NONE
    return RowState.CANONICAL if is_subscribed else RowState.UNSUBSCRIBED


def active(connection: sqlite3.Connection, owner: OwnerKey, user: UserId | None = None) -> LegacyRow | None:
    """The oldest row of the owner, or of one user of theirs, whose instance is not destroyed."""
    row: tuple[str, str, int] | None = connection.execute(
        ACTIVE, {"owner": owner, "user": user, "destroyed": DESTROYED}
    ).fetchone()
    if row is None:
        return None
    sandbox, whose, is_subscribed = row
    instance = SandboxId(sandbox)
    return LegacyRow(instance, UserId(whose), instance, keyed_by_instance=True, subscribed=bool(is_subscribed))
