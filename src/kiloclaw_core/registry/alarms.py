"""Which alarms a registry wants, from the record alone: pure, total, and the whole set every time."""

from __future__ import annotations

from kiloclaw_core.phases import Alarm, AlarmName
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry.inquiries import (
    ClosingRow,
    Due,
    MarkingRow,
    Ordering,
    ReadingRow,
    ReadingVerdict,
    Settled,
    Subscribing,
    Waiting,
)
from kiloclaw_core.registry.record import Cooling, ImportDue, Imported, Importing, Registry, Reservation, Unasked


def registry_alarms_of(registry: Registry) -> tuple[Alarm, ...]:
    """Every alarm that the record wants, by name and op: one for each reservation that is not settled."""
    of_reservations = (alarm for one in registry.reservations for alarm in _of_reservation(one, registry.policy))
    return tuple(sorted((*of_reservations, *_of_import(registry)), key=lambda one: (one.name.value, one.of)))


def probe_wait_s(probes: int, policy: Policy) -> float:
    """How long the next probe of a reservation waits that so many have left unresolved."""
    return policy.probe_waits_s[min(probes, len(policy.probe_waits_s) - 1)]


def _of_reservation(known: Reservation, policy: Policy) -> tuple[Alarm, ...]:
    match known.inquiry:
        case Settled():
            return ()
        case Due(op=op):
            return (Alarm(AlarmName.INTENT, op, 0.0),)
        case Waiting(op=op):
            return (Alarm(AlarmName.PROBE, op, probe_wait_s(known.probes, policy)),)
        case (
            ReadingRow(op=op)
            | ReadingVerdict(op=op)
            | Subscribing(op=op)
            | ClosingRow(op=op)
            | Ordering(op=op)
            | MarkingRow(op=op)
        ):
            return (Alarm(AlarmName.PATIENCE, op, policy.answer_patience_s),)


def _of_import(registry: Registry) -> tuple[Alarm, ...]:
    policy = registry.policy
    match registry.legacy:
        case Unasked() | Imported():
            return ()
        case ImportDue(op=op):
            return (Alarm(AlarmName.INTENT, op, 0.0),)
        case Importing(op=op):
            return (Alarm(AlarmName.PATIENCE, op, policy.answer_patience_s),)
        case Cooling(op=op):
            return (Alarm(AlarmName.PAUSE, op, policy.import_cooldown_s),)
