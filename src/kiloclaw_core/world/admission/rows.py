"""The truth about rows: instances and subscriptions as Postgres keeps them, and the fences that it has closed.

Each function is one transaction. An insert and a subscription are fenced, so that nobody who was held up can commit for
an attempt that has ended (registry 7.3, D obligations).
"""

from __future__ import annotations

from attrs import evolve, field, frozen

from kiloclaw_core.names import Fence, SandboxId, UserId
from kiloclaw_core.registry.asks import Active, Inserted, RowFenced, RowTaken
from kiloclaw_core.registry.evidence import RowState
from kiloclaw_core.registry.outcomes import LegacyRow
from kiloclaw_core.registry.record import Slot


@frozen
class Row:
    """The row of an instance, and the name of its record; there is no way back from destroyed."""

    instance: SandboxId
    user: UserId
    subscribed: bool = False
    destroyed: bool = False
    key: SandboxId = field()

    @key.default
    def _key(self) -> SandboxId:
        return self.instance

    @property
    def state(self) -> RowState:
        """What the row says."""
        if self.destroyed:
            return RowState.DESTROYED
        return RowState.CANONICAL if self.subscribed else RowState.UNSUBSCRIBED


@frozen
class Rows:
    """All rows of one owner, the oldest first, and the newest fence that each slot has closed."""

    rows: tuple[Row, ...] = ()
    closed: tuple[Slot, ...] = ()

    def row(self, instance: SandboxId) -> Row | None:
        """The row of this instance."""
        return next((one for one in self.rows if one.instance == instance), None)

    def state(self, instance: SandboxId) -> RowState:
        """What the row of this instance says."""
        row = self.row(instance)
        return RowState.NONE if row is None else row.state

    def active(self, user: UserId) -> Active | None:
        """The user's oldest row that is not destroyed."""
        row = next((one for one in self.rows if one.user == user and not one.destroyed), None)
        return None if row is None else Active(row.instance, row.key, row.subscribed)

    def oldest(self) -> LegacyRow | None:
        """The owner's oldest row that is not destroyed, as the registry is shown it."""
        row = next((one for one in self.rows if not one.destroyed), None)
        if row is None:
            return None
        return LegacyRow(row.instance, row.user, row.key, row.key == row.instance, row.subscribed)

    def is_closed(self, user: UserId, fence: Fence | None) -> bool:
        """Whether an attempt with this fence has ended; what has none belongs to no attempt."""
        return fence is not None and any(one.user == user and one.fence >= fence for one in self.closed)


def inserted(
    rows: Rows, user: UserId, instance: SandboxId, fence: Fence
) -> tuple[Rows, Inserted | RowFenced | RowTaken]:
    """Insert the row, unless it is there, the fence is closed or another row of the user is active."""
    active = rows.active(user)
    if rows.row(instance) is not None:
        return rows, Inserted()
    if rows.is_closed(user, fence):
        return rows, RowFenced()
    if active is not None:
        return rows, RowTaken()
    return evolve(rows, rows=(*rows.rows, Row(instance, user))), Inserted()


def closed(rows: Rows, user: UserId, fence: Fence) -> Rows:
    """Close this fence and all that are older, for ever."""
    if rows.is_closed(user, fence):
        return rows
    others = (one for one in rows.closed if one.user != user)
    return evolve(rows, closed=tuple(sorted((*others, Slot(user, fence)), key=lambda one: one.user)))


def subscribed(rows: Rows, user: UserId, instance: SandboxId, fence: Fence | None) -> Rows:
    """Subscribe the row, unless it is destroyed, its fence is closed, or it is not there."""
    if rows.is_closed(user, fence):
        return rows
    return evolve(
        rows,
        rows=tuple(
            evolve(one, subscribed=True) if one.instance == instance and not one.destroyed else one for one in rows.rows
        ),
    )


def marked(rows: Rows, instance: SandboxId) -> Rows:
    """Have the row say that its instance is destroyed; an absent row counts as marked."""
    return evolve(
        rows, rows=tuple(evolve(one, destroyed=True) if one.instance == instance else one for one in rows.rows)
    )
