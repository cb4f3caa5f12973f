"""Routes and reservations that are older than this registry: looked for when somebody asks, and brought over once.

A legacy row becomes a live route, unless the registry knows better; one whose instance has a key of its own and no
subscription is quarantined: it is reached again by explicit recovery alone. A look that failed cools down.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from attrs import evolve, frozen
from returns.result import Success

from kiloclaw_core.names import AttemptId, Fence, OpId, OrgId, OwnerKey, SandboxId, UserId
from kiloclaw_core.outcomes import Done, Rejected, Unknown
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import admit, resolve
from kiloclaw_core.registry.commands import Consult
from kiloclaw_core.registry.effects import ReadLegacy
from kiloclaw_core.registry.evidence import Evidence, Failure
from kiloclaw_core.registry.inquiries import Due, Settled
from kiloclaw_core.registry.outcomes import LegacyRow, LegacyShown, RegistryOutcome, RowShown, VerdictShown
from kiloclaw_core.registry.record import (
    Cooling,
    ImportDue,
    Imported,
    Importing,
    Phase,
    Registry,
    RegistryTransition,
    Reservation,
    Resolution,
    Route,
    RouteState,
    Slot,
    Unasked,
    fencing,
    having,
    moved,
    numbered,
    routing,
)

ORGANISATION: Final = "org:"
PERSON: Final = "user:"


def owner_key(user: UserId, org: OrgId | None) -> OwnerKey:
    """Whose registry a request is for: the organisation's where there is one, else the person's (registry 1.1)."""
    return OwnerKey(f"{PERSON}{user}" if org is None else f"{ORGANISATION}{org}")


def org_of(owner: OwnerKey) -> OrgId | None:
    """The organisation of an owner key, if it is one's."""
    return OrgId(owner.removeprefix(ORGANISATION)) if owner.startswith(ORGANISATION) else None


# -- when somebody asks ------------------------------------------------------------------------------------------


def consult(registry: Registry, command: Consult) -> admit.Decided:
    """Somebody wants the routes: an organisation has none that are older, a person's are looked for once."""
    del command  # who asks, and when, changes nothing
    match registry.legacy:
        case Unasked() if registry.owner.startswith(ORGANISATION):
            return Success(evolve(registry, legacy=Imported()))
        case Unasked():
            registry, op = numbered(registry)
            return Success(evolve(registry, legacy=ImportDue(op)))
        case ImportDue() | Importing() | Cooling() | Imported():
            return Success(registry)


def look(registry: Registry) -> RegistryTransition:
    """Look for the owner's oldest row."""
    registry, op = numbered(registry)
    return RegistryTransition(evolve(registry, legacy=Importing(op)), (ReadLegacy(op, registry.owner),))


def answered(registry: Registry, outcome: RegistryOutcome, at: int) -> RegistryTransition:
    """The look was answered; what is no answer has it cool down."""
    match outcome:
        case LegacyShown(row=row):
            return RegistryTransition(_shown(registry, row, at))
        case RowShown() | VerdictShown() | Done() | Rejected() | Unknown():
            registry, op = numbered(registry)
            return RegistryTransition(evolve(registry, legacy=Cooling(op)))


def _shown(registry: Registry, row: LegacyRow | None, at: int) -> Registry:
    if row is None:
        return evolve(registry, legacy=Imported())
    if row.keyed_by_instance and not row.subscribed:
        return evolve(registry, legacy=Imported(row.instance))
    return _brought_over(evolve(registry, legacy=Imported()), row, at)


def _brought_over(registry: Registry, row: LegacyRow, at: int) -> Registry:
    """What the registry knows already wins: a tombstone above all, which may have been written while we looked."""
    if registry.route(row.instance) is not None or resolve.spent(registry, row.instance) is not None:
        return registry
    return admit.born(registry, row.instance, row.user, row.key, at)


# -- a registry of upstream's ------------------------------------------------------------------------------------


class UpstreamStatus(Enum):
    """The states of a reservation of upstream's (registry 1.2)."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed_requires_reconciliation"
    RELEASED = "released"


@frozen
class UpstreamReservation:
    """A reservation of upstream's: its instance is its identity."""

    instance: SandboxId
    user: UserId
    status: UpstreamStatus
    started_at: int = 0


def brought_over(
    owner: OwnerKey,
    reservations: tuple[UpstreamReservation, ...],
    routes: tuple[Route, ...],
    *,
    policy: Policy,
    first_op: OpId,
) -> Registry:
    """The registry of an owner whose reservations and routes upstream kept: whoever is unresolved is probed at once.

    That alone frees the slots that nobody would have released any more (registry 7.7).
    """
    registry = Registry(owner, first_op, policy=policy)
    for route in routes:
        registry = routing(registry, route)
    for one in sorted(reservations, key=lambda each: (each.started_at, each.instance)):
        registry = _with_upstream(registry, one)
    return registry


def _with_upstream(registry: Registry, one: UpstreamReservation) -> Registry:
    """The registry with a reservation of upstream's, whose instance knows of no attempt of ours."""
    fence = Fence(registry.fence(one.user) + 1)
    registry, op = numbered(fencing(registry, Slot(one.user, fence)))
    reservation = Reservation(
        attempt=AttemptId(one.instance),
        user=one.user,
        instance=one.instance,
        fence=fence,
        phase=Phase.OPEN,
        evidence=Evidence.POSSIBLE,
        inquiry=Settled(),
        born=True,
        opened_at=one.started_at,
    )
    match one.status:
        case UpstreamStatus.RELEASED:
            return having(registry, evolve(moved(reservation, Phase.RELEASED), resolution=Resolution.CLEANED_UP))
        case UpstreamStatus.IN_PROGRESS | UpstreamStatus.FAILED | UpstreamStatus.COMPLETED:
            return _unreleased(registry, reservation, one.status, op)


def _unreleased(registry: Registry, one: Reservation, status: UpstreamStatus, op: OpId) -> Registry:
    """A tombstone of upstream's is soft as long as its reservation is not released: here it drains, forward only."""
    route = registry.route(one.instance)
    if route is not None and route.state is RouteState.TOMBSTONE:
        registry = routing(registry, evolve(route, state=RouteState.DRAINING, destroyed_at=None))
        phase = Phase.COMPLETED if status is UpstreamStatus.COMPLETED else Phase.CLEANING
        return having(registry, evolve(moved(one, phase), failure=Failure.DESTROYED, inquiry=Due(op)))
    match status:
        case UpstreamStatus.IN_PROGRESS:
            return having(registry, evolve(moved(one, Phase.WORKING), inquiry=Due(op)))
        case UpstreamStatus.FAILED:
            return having(registry, evolve(moved(one, Phase.CLEANING), failure=Failure.IMPORTED, inquiry=Due(op)))
        case UpstreamStatus.COMPLETED | UpstreamStatus.RELEASED:
            return having(registry, evolve(moved(one, Phase.COMPLETED), evidence=Evidence.RECORDED))
