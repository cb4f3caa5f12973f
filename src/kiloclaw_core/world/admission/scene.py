"""One moment of admission, as claims look at it: what the registry says, what is true, and what callers were told."""

from __future__ import annotations

from attrs import frozen

from kiloclaw_core.names import SandboxId
from kiloclaw_core.registry.asks import Reply
from kiloclaw_core.registry.record import Registry, Reservation
from kiloclaw_core.world.admission.calls import Call, Served
from kiloclaw_core.world.admission.instances import Attempted, Instances
from kiloclaw_core.world.admission.rows import Row, Rows
from kiloclaw_core.world.admission.setting import AdmissionGhost, Caller, Outages


@frozen
class AdmissionScene:
    """One moment: what the registry says, what is true of rows and instances, and where each caller stands."""

    registry: Registry
    rows: Rows
    instances: Instances
    outages: Outages
    ghost: AdmissionGhost
    calls: tuple[tuple[Caller, Call], ...]
    quiet: bool

    def attempted(self, reservation: Reservation) -> Attempted:
        """The instance that a reservation names."""
        return self.instances.of(reservation.instance)

    def of_row(self, row: Row) -> Attempted:
        """The instance of a row."""
        return self.instances.of(row.instance)

    def of(self, instance: SandboxId) -> Reservation | None:
        """The reservation that still answers for an instance."""
        return next((one for one in self.registry.reservations if one.instance == instance), None)

    def replies(self) -> tuple[tuple[Caller, Reply], ...]:
        """What callers were told last."""
        return tuple(
            (caller, call.reply) for caller, call in self.calls if isinstance(call, Served) and call.reply is not None
        )
