"""The registry: who may have an instance, by reservations instead of locks.

One record for each owner. An attempt is let in under an id that its caller made up, holds its slot until evidence says
what became of it, and is fenced before anybody takes its place; nobody is ever needed to free a slot.
"""

from kiloclaw_core.registry.admit import (
    why_taken,
)
from kiloclaw_core.registry.alarms import (
    probe_wait_s,
    registry_alarms_of,
)
from kiloclaw_core.registry.commands import (
    Because,
    Begin,
    Commit,
    Consult,
    Destroyed,
    DestroyIntent,
    FailedClean,
    FailedDirty,
    Hurry,
    Occupied,
    OperatorRelease,
    PrepareCommit,
    Publish,
    Refused,
    RegistryCommand,
    RegistryRefusal,
    WorkStarted,
)
from kiloclaw_core.registry.effects import (
    BootstrapSubscription,
    CloseRow,
    MarkRow,
    OrderDestroy,
    ReadLegacy,
    ReadRow,
    ReadVerdict,
    RegistryChanging,
    RegistryEffect,
    RegistryReading,
)
from kiloclaw_core.registry.evidence import (
    ConfirmedAbsent,
    Evidence,
    InFlight,
    Live,
    NeverSeen,
    Proof,
    Remaining,
    RowState,
    Verdict,
)
from kiloclaw_core.registry.facts import (
    RegistryFact,
    RegistryReplied,
)
from kiloclaw_core.registry.inquiries import (
    Inquiry,
    Waiting,
)
from kiloclaw_core.registry.legacy import (
    UpstreamReservation,
    UpstreamStatus,
    brought_over,
    org_of,
    owner_key,
)
from kiloclaw_core.registry.lifecycle import (
    is_blank,
    registry_absorb,
    registry_awaited,
    registry_decide,
)
from kiloclaw_core.registry.outcomes import (
    LegacyRow,
    LegacyShown,
    RegistryOutcome,
    RowShown,
    VerdictShown,
)
from kiloclaw_core.registry.record import (
    Chapter,
    Failure,
    Imported,
    Opener,
    Phase,
    Registry,
    RegistryTransition,
    Reservation,
    Resolution,
    Route,
    RouteState,
    Slot,
)
from kiloclaw_core.registry.resolve import (
    may_release,
)
from kiloclaw_core.registry.verdict import (
    verdict_of,
)

__all__ = [
    "Because",
    "Begin",
    "BootstrapSubscription",
    "Chapter",
    "CloseRow",
    "Commit",
    "ConfirmedAbsent",
    "Consult",
    "DestroyIntent",
    "Destroyed",
    "Evidence",
    "FailedClean",
    "FailedDirty",
    "Failure",
    "Hurry",
    "Imported",
    "InFlight",
    "Inquiry",
    "LegacyRow",
    "LegacyShown",
    "Live",
    "MarkRow",
    "NeverSeen",
    "Occupied",
    "Opener",
    "OperatorRelease",
    "OrderDestroy",
    "Phase",
    "PrepareCommit",
    "Proof",
    "Publish",
    "ReadLegacy",
    "ReadRow",
    "ReadVerdict",
    "Refused",
    "Registry",
    "RegistryChanging",
    "RegistryCommand",
    "RegistryEffect",
    "RegistryFact",
    "RegistryOutcome",
    "RegistryReading",
    "RegistryRefusal",
    "RegistryReplied",
    "RegistryTransition",
    "Remaining",
    "Reservation",
    "Resolution",
    "Route",
    "RouteState",
    "RowShown",
    "RowState",
    "Slot",
    "UpstreamReservation",
    "UpstreamStatus",
    "Verdict",
    "VerdictShown",
    "Waiting",
    "WorkStarted",
    "brought_over",
    "is_blank",
    "may_release",
    "org_of",
    "owner_key",
    "probe_wait_s",
    "registry_absorb",
    "registry_alarms_of",
    "registry_awaited",
    "registry_decide",
    "verdict_of",
    "why_taken",
]
