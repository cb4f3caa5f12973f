"""What is shown of reservations beyond their records: whose they are, how old, and when they are asked about next.

A record has no clock; the store knows when each alarm falls due. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from kiloclaw_adapters.store import DueAt
from kiloclaw_core.instance import NOW
from kiloclaw_core.names import OwnerKey
from kiloclaw_core.registry import Registry, Reservation
from kiloclaw_core.registry.inquiries import Settled
from kiloclaw_core.registry.views import ReservationView, reservation_views


@frozen
class ShownReservation:
    """A reservation of this owner, its age, and in how many seconds it is looked after next.

    No age says that nobody wrote down when it was let in: its instance is older than the registry. Less than 0 says
    that it should have been looked after: then nobody works here. None says that it needs nobody.
    """

    owner: OwnerKey
    age_s: float | None
    next_probe_in_s: float | None
    reservation: ReservationView
    unresolved: bool


def shown(registry: Registry, alarms: tuple[DueAt, ...], now_ms: int) -> tuple[ShownReservation, ...]:
    """Every reservation of the registry, in the order in which they were let in."""
    due_ms = {alarm.of: alarm.due_ms for alarm in alarms}
    return tuple(
        ShownReservation(
            owner=registry.owner,
            age_s=None if one.opened_at == NOW else (now_ms - one.opened_at) / 1000,
            next_probe_in_s=_in_s(_due(one, due_ms), now_ms),
            reservation=view,
            unresolved=one.unresolved,
        )
        for one, view in zip(registry.reservations, reservation_views(registry), strict=True)
    )


def _due(one: Reservation, due_ms: Mapping[int, int]) -> int | None:
    """When the alarm of the reservation rings, if it has one."""
    return None if isinstance(one.inquiry, Settled) else due_ms.get(one.inquiry.op)


def _in_s(due_ms: int | None, now_ms: int) -> float | None:
    return None if due_ms is None else (due_ms - now_ms) / 1000
