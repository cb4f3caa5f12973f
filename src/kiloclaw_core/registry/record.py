"""The durable registry of one owner: who may have an instance, who has one, and whose is gone for ever.

One record for each owner key: a person, or an organisation with a slot for each of its members. A reservation is an
attempt that was let in; a route is where its instance is reached. The verbs decide nothing.
"""

from __future__ import annotations

from enum import Enum

from attrs import evolve, field, frozen

from kiloclaw_core.instance import NOW, AuditNote, Note
from kiloclaw_core.names import AttemptId, Fence, OpId, OwnerKey, SandboxId, UserId
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry.effects import RegistryEffect
from kiloclaw_core.registry.evidence import Evidence, Failure
from kiloclaw_core.registry.inquiries import Due, Inquiry, Settled

HISTORY: int = 16
"""How many chapters of a reservation's story are remembered."""


class Phase(Enum):
    """How far an attempt has come (registry 7.3)."""

    OPEN = "open"
    WORKING = "working"
    COMMITTING = "committing"
    CLEANING = "cleaning"
    COMPLETED = "completed"
    RELEASED = "released"


UNRESOLVED = frozenset({Phase.OPEN, Phase.WORKING, Phase.COMMITTING, Phase.CLEANING})
"""The phases that hold the slot."""


class Resolution(Enum):
    """Why an attempt does not hold its slot any more, the first four in upstream's words (registry 1.2)."""

    FAILED_BEFORE_WORK = "failed_before_provider_work"
    ACTIVE_EXISTS = "active_instance_exists"
    DESTROYED = "instance_destroyed"
    OPERATOR = "manual_admin_release"
    NEVER_STARTED = "never_started"
    CLEANED_UP = "cleaned_up"


@frozen
class Opener:
    """Who asked, and in which request, for people to read."""

    actor: str = ""
    request: str = ""


@frozen
class Chapter:
    """What became of an attempt, and when, for people to read."""

    phase: Phase
    why: str = ""
    at: int = NOW


@frozen
class Reservation:
    """One attempt that was let in: the slot it holds or held, how far it has come, and what is known of its traces.

    `progress` is how far its instance had come when it was last asked, `probes` counts the inquiries that left it
    unresolved (up to the number of different waits there are), `subscriptions` those that tried to subscribe its row.
    `asserted` says that an operator answers for what may be left. `born` is one that was never let in, because its
    instance is older than the registry.
    """

    attempt: AttemptId
    user: UserId
    instance: SandboxId
    fence: Fence
    phase: Phase
    evidence: Evidence
    inquiry: Inquiry
    probes: int = 0
    progress: int | None = None
    subscriptions: int = 0
    asserted: bool = False
    born: bool = False
    failure: Failure | None = None
    resolution: Resolution | None = None
    opener: Opener = field(default=Opener(), eq=False)
    opened_at: int = field(default=NOW, eq=False)
    resolved_at: int | None = field(default=None, eq=False)
    history: tuple[Chapter, ...] = field(default=(), eq=False)

    @property
    def unresolved(self) -> bool:
        """Whether it holds its slot."""
        return self.phase in UNRESOLVED


class RouteState(Enum):
    """Whether requests are routed to an instance; it only ever moves on, in this order."""

    LIVE = "live"
    DRAINING = "draining"
    TOMBSTONE = "tombstone"


@frozen
class Route:
    """Where an instance is reached; `key` is the name of its record, which differs for the oldest instances alone."""

    instance: SandboxId
    user: UserId
    state: RouteState
    key: SandboxId
    created_at: int = field(default=NOW, eq=False)
    destroyed_at: int | None = field(default=None, eq=False)


@frozen
class Slot:
    """A user of the owner, and the fence of the newest attempt that was let in for them."""

    user: UserId
    fence: Fence


# -- routes that are older than the registry ---------------------------------------------------------------------


@frozen
class Unasked:
    """Nobody has looked yet for routes that are older than the registry."""


@frozen
class ImportDue:
    """Somebody wants to know: to be looked for at once."""

    op: OpId


@frozen
class Importing:
    """Looking for them."""

    op: OpId


@frozen
class Cooling:
    """The look was not answered; not tried again until the alarm rings."""

    op: OpId


@frozen
class Imported:
    """They are here; `quarantined` is one that has no subscription and is left to explicit recovery."""

    quarantined: SandboxId | None = None


Import = Unasked | ImportDue | Importing | Cooling | Imported


@frozen
class Registry:
    """The registry of one owner: reservations in the order of their fences, routes and slots in that of their names."""

    owner: OwnerKey
    ops: OpId = OpId(0)
    reservations: tuple[Reservation, ...] = ()
    routes: tuple[Route, ...] = ()
    slots: tuple[Slot, ...] = ()
    legacy: Import = Unasked()
    audit: tuple[AuditNote, ...] = ()
    policy: Policy = Policy()

    def reservation(self, attempt: AttemptId) -> Reservation | None:
        """The reservation of this attempt, while it is remembered."""
        return next((one for one in self.reservations if one.attempt == attempt), None)

    def holder(self, user: UserId) -> Reservation | None:
        """Whoever holds this user's slot: there is never more than one."""
        return next((one for one in self.reservations if one.user == user and one.unresolved), None)

    def route(self, instance: SandboxId) -> Route | None:
        """The route of this instance, live or not."""
        return next((one for one in self.routes if one.instance == instance), None)

    def fence(self, user: UserId) -> Fence:
        """The fence of the newest attempt of this user; nought where there was none."""
        return next((one.fence for one in self.slots if one.user == user), Fence(0))


@frozen
class RegistryTransition:
    """The next record, to be made durable before any of the effects is performed, and lines for the log."""

    record: Registry
    effects: tuple[RegistryEffect, ...] = ()
    notes: tuple[Note, ...] = ()


# -- verbs -------------------------------------------------------------------------------------------------------


def having(registry: Registry, reservation: Reservation) -> Registry:
    """The registry with this reservation, in place of what it was."""
    others = (one for one in registry.reservations if one.attempt != reservation.attempt)
    kept = tuple(sorted((*others, reservation), key=lambda one: (one.fence, one.user, one.attempt)))
    return evolve(registry, reservations=kept)


def routing(registry: Registry, route: Route) -> Registry:
    """The registry with this route, in place of what it was."""
    others = (one for one in registry.routes if one.instance != route.instance)
    return evolve(registry, routes=tuple(sorted((*others, route), key=lambda one: one.instance)))


def fencing(registry: Registry, slot: Slot) -> Registry:
    """The registry with this slot's fence, in place of what it was."""
    others = (one for one in registry.slots if one.user != slot.user)
    return evolve(registry, slots=tuple(sorted((*others, slot), key=lambda one: one.user)))


def numbered(registry: Registry) -> tuple[Registry, OpId]:
    """The next op, and the registry that has given it out."""
    return evolve(registry, ops=OpId(registry.ops + 1)), registry.ops


def at_once(registry: Registry, reservation: Reservation) -> Registry:
    """The registry looking after this reservation at once."""
    registry, op = numbered(registry)
    return having(registry, evolve(reservation, inquiry=Due(op)))


def moved(reservation: Reservation, phase: Phase, why: str = "", at: int = NOW) -> Reservation:
    """The reservation in this phase, which its history tells."""
    history = (*reservation.history, Chapter(phase, why, at))[-HISTORY:]
    return evolve(reservation, phase=phase, history=history)


def ended(reservation: Reservation, why: Resolution, at: int = NOW) -> Reservation:
    """The reservation once it holds its slot no more, for ever."""
    over = moved(reservation, Phase.RELEASED, why.value, at)
    return evolve(over, resolution=why, inquiry=Settled(), resolved_at=at)


def released(registry: Registry, reservation: Reservation, why: Resolution, at: int = NOW) -> Registry:
    """The registry once the reservation holds its slot no more; the oldest such of the same slot are forgotten.

    Fences are counted in each slot for itself: across slots the lowest is not the oldest.
    """
    registry = having(registry, ended(reservation, why, at))
    of_slot = (one for one in registry.reservations if one.user == reservation.user)
    over = [one.attempt for one in of_slot if one.phase is Phase.RELEASED]
    forgotten = over[: max(0, len(over) - registry.policy.resolved_remembered)]
    kept = tuple(one for one in registry.reservations if one.attempt not in forgotten)
    return evolve(registry, reservations=kept)


def without(registry: Registry, reservation: Reservation) -> Registry:
    """The registry as if nobody had ever named this reservation, or the instance that it stands for."""
    others = tuple(one for one in registry.reservations if one.attempt != reservation.attempt)
    routes = tuple(one for one in registry.routes if one.instance != reservation.instance)
    return evolve(registry, reservations=others, routes=routes)


def with_route(registry: Registry, route: Route, state: RouteState, at: int = NOW) -> Registry:
    """The registry with the route in this state, or in a later one if it has come further already."""
    order = tuple(RouteState)
    if order.index(route.state) >= order.index(state):
        return routing(registry, route)
    destroyed_at = at if state is RouteState.TOMBSTONE else route.destroyed_at
    return routing(registry, evolve(route, state=state, destroyed_at=destroyed_at))
