"""What outsiders are shown of a registry; taking a view changes nothing.

Moments are milliseconds since the epoch; whoever has a clock makes ages of them.
"""

from __future__ import annotations

from attrs import frozen

from kiloclaw_core.names import AttemptId, Fence
from kiloclaw_core.registry.alarms import probe_wait_s
from kiloclaw_core.registry.asks import Granted
from kiloclaw_core.registry.commands import (
    Begin,
    Commit,
    Consult,
    Destroyed,
    DestroyIntent,
    FailedClean,
    FailedDirty,
    Hurry,
    OperatorRelease,
    PrepareCommit,
    Publish,
    RegistryCommand,
    WorkStarted,
)
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
from kiloclaw_core.registry.record import Phase, Registry, Reservation


@frozen
class ReservationView:
    """A reservation as an operator sees it.

    `asking` says what is being found out, `next_probe_s` after how long the next probe begins, counted from when the
    last one ended; None where none is waited for.
    """

    attempt_id: str
    user_id: str
    instance_id: str
    fence: int
    phase: str
    evidence: str
    probes: int
    asking: str
    next_probe_s: float | None
    actor: str
    request_id: str
    opened_at: int
    failure: str | None
    resolution: str | None
    route: str | None
    history: tuple[tuple[str, str, int], ...] = ()


def reservation_views(registry: Registry) -> tuple[ReservationView, ...]:
    """Every reservation that is remembered, in the order in which they were let in."""
    return tuple(_view(registry, one) for one in registry.reservations)


def _view(registry: Registry, one: Reservation) -> ReservationView:
    route = registry.route(one.instance)
    waits = isinstance(one.inquiry, Waiting)
    return ReservationView(
        attempt_id=one.attempt,
        user_id=one.user,
        instance_id=one.instance,
        fence=one.fence,
        phase=one.phase.value,
        evidence=one.evidence.value,
        probes=one.probes,
        asking=_asking(one),
        next_probe_s=probe_wait_s(one.probes, registry.policy) if waits else None,
        actor=one.opener.actor,
        request_id=one.opener.request,
        opened_at=one.opened_at,
        failure=None if one.failure is None else one.failure.value,
        resolution=None if one.resolution is None else one.resolution.value,
        route=None if route is None else route.state.value,
        history=tuple((each.phase.value, each.why, each.at) for each in one.history),
    )


def _asking(one: Reservation) -> str:
    match one.inquiry:
        case Settled():
            return "nothing"
        case Due() | Waiting():
            return "soon"
        case ReadingRow():
            return "what its row says"
        case ReadingVerdict():
            return "what its instance says"
        case Subscribing():
            return "for its subscription"
        case ClosingRow():
            return "that no row of it is inserted any more"
        case Ordering():
            return "that its instance is destroyed"
        case MarkingRow():
            return "that its row says destroyed"


def granted(registry: Registry, command: RegistryCommand) -> Granted:
    """What a granted command is answered with: the fence and the phase of the attempt it names, where it names one."""
    attempt = _attempt_of(command)
    known = None if attempt is None else registry.reservation(attempt)
    return Granted(Fence(0), Phase.COMPLETED) if known is None else Granted(known.fence, known.phase)


def _attempt_of(command: RegistryCommand) -> AttemptId | None:
    """The attempt that a command names."""
    match command:
        case (
            Begin(attempt=attempt)
            | WorkStarted(attempt=attempt)
            | PrepareCommit(attempt=attempt)
            | Commit(attempt=attempt)
            | FailedClean(attempt=attempt)
            | FailedDirty(attempt=attempt)
            | OperatorRelease(attempt=attempt)
        ):
            return attempt
        case Publish() | DestroyIntent() | Destroyed() | Hurry() | Consult():
            return None
