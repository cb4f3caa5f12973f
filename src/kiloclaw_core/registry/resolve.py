"""How others end an attempt or an instance: an owner who destroys, an instance that is gone, an operator who answers.

Forward only: what is being cleaned up is never completed, and a route that drains is never live again. Whoever waits
for the slot may hasten a clean-up, never an attempt that runs.
"""

from __future__ import annotations

from attrs import evolve
from returns.result import Failure, Success

from kiloclaw_core.instance import AuditNote
from kiloclaw_core.names import SandboxId
from kiloclaw_core.registry import admit
from kiloclaw_core.registry.commands import (
    Because,
    Destroyed,
    DestroyIntent,
    Hurry,
    OperatorRelease,
    Refused,
)
from kiloclaw_core.registry.evidence import Evidence
from kiloclaw_core.registry.evidence import Failure as Cause
from kiloclaw_core.registry.inquiries import Settled, Waiting
from kiloclaw_core.registry.record import (
    Phase,
    Registry,
    Reservation,
    Resolution,
    Route,
    RouteState,
    at_once,
    moved,
    released,
    with_route,
)


def may_release(reservation: Reservation, *, fenced: bool) -> bool:
    """Whether the slot may be free: nothing is left, or an operator answers for it; and nothing can come any more.

    An attempt that was never allowed to begin is fenced by the registry itself, which will not allow it any more.
    """
    match reservation.evidence:
        case Evidence.NONE | Evidence.CONFIRMED_ABSENT:
            return fenced
        case Evidence.POSSIBLE | Evidence.RECORDED:
            return fenced and reservation.asserted


def spent(registry: Registry, instance: SandboxId) -> Reservation | None:
    """The newest reservation that names this instance, but for those that ended before they could call it."""
    named = (one for one in reversed(registry.reservations) if one.instance == instance)
    return next((one for one in named if one.phase is not Phase.RELEASED or one.evidence is not Evidence.NONE), None)


def cleaned_up(registry: Registry, known: Reservation, failure: Cause, at: int) -> Registry:
    """The registry cleaning up after the attempt, from now on and at once; what was being asked is of no interest."""
    return at_once(registry, evolve(moved(known, Phase.CLEANING, failure.value, at), failure=failure))


def hastened(registry: Registry, known: Reservation) -> Registry:
    """The registry looking after the reservation now, if it was waiting to."""
    return at_once(registry, known) if isinstance(known.inquiry, Settled | Waiting) else registry


# -- destroying --------------------------------------------------------------------------------------------------


def destroy_intent(registry: Registry, command: DestroyIntent) -> admit.Decided:
    """Asked to destroy an instance: always granted to its user; nobody is routed to it from now on."""
    route = registry.route(command.instance)
    known = spent(registry, command.instance)
    if any(one is not None and one.user != command.user for one in (route, known)):
        return admit.refused(Because.ANOTHER_REQUEST)
    if route is not None and route.state is RouteState.TOMBSTONE:
        return Success(registry)
    if known is None:
        registry = admit.born(registry, command.instance, command.user, command.key, command.at)
        known = spent(registry, command.instance)
        assert known is not None, f"{command.instance} was just written down"
    return Success(_draining(registry, known, command))


def _draining(registry: Registry, known: Reservation, command: DestroyIntent) -> Registry:
    route = registry.route(command.instance) or Route(
        command.instance, command.user, RouteState.LIVE, command.key, command.at
    )
    match known.phase:
        case Phase.OPEN | Phase.WORKING | Phase.COMMITTING:
            registry = with_route(registry, route, RouteState.DRAINING)
            return cleaned_up(registry, known, Cause.DESTROYED, command.at)
        case Phase.CLEANING | Phase.COMPLETED:
            return hastened(with_route(registry, route, RouteState.DRAINING), known)
        case Phase.RELEASED:
            return with_route(registry, route, RouteState.TOMBSTONE, command.at)


def destroyed(registry: Registry, command: Destroyed) -> admit.Decided:
    """An instance has nothing left that it knows of: a tombstone, and whatever let it in is over, in one commit.

    An attempt that still holds its slot is asked about once more: its instance has yet to look round (destroy 3).
    """
    route = registry.route(command.instance) or Route(
        command.instance, command.user, RouteState.LIVE, command.key, command.at
    )
    known = spent(registry, command.instance)
    if any(one is not None and one.user != command.user for one in (route, known)):
        return Success(registry)  # another user's instance by that name: nothing of theirs is gone
    registry = with_route(registry, route, RouteState.TOMBSTONE, command.at)
    if known is None:
        return Success(registry)
    match known.phase:
        case Phase.OPEN | Phase.WORKING | Phase.COMMITTING:
            return Success(cleaned_up(registry, known, Cause.DESTROYED, command.at))
        case Phase.CLEANING:
            return Success(hastened(registry, known))
        case Phase.COMPLETED:
            return Success(released(registry, known, Resolution.DESTROYED, command.at))
        case Phase.RELEASED:
            return Success(registry)


# -- operators, and whoever waits --------------------------------------------------------------------------------


def operator_release(registry: Registry, command: OperatorRelease) -> admit.Decided:
    """An operator answers for what is left: audited by this very commit, fenced next, and only then released."""
    if not (command.operator and command.because):
        return admit.refused(Because.UNANSWERED_FOR)
    known = registry.reservation(command.attempt)
    if known is None:
        return admit.refused(Because.NO_SUCH_ATTEMPT)
    if not known.unresolved:
        return admit.refused(Because.NOT_RELEASABLE)
    if (known.phase, known.fence) != (command.expected_phase, command.expected_fence):
        return Failure(Refused(Because.CHANGED))
    if known.asserted:
        return Success(registry)
    note = AuditNote(command.operator, f"released {command.attempt}", command.because, command.at)
    audit = (*registry.audit, note)[-registry.policy.audit_remembered :]
    return Success(_answered_for(evolve(registry, audit=audit), known, command.at))


def _answered_for(registry: Registry, known: Reservation, at: int) -> Registry:
    if known.phase is Phase.OPEN:
        return released(registry, known, Resolution.OPERATOR, at)
    return cleaned_up(registry, evolve(known, asserted=True), known.failure or Cause.OPERATOR, at)


def hurry(registry: Registry, command: Hurry) -> admit.Decided:
    """Somebody waits for the slot: a clean-up that waits for its alarm goes on now."""
    holder = registry.holder(command.user)
    if holder is None or holder.phase is not Phase.CLEANING:
        return Success(registry)
    return Success(hastened(registry, holder))
