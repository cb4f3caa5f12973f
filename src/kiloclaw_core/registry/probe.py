"""Finding out what became of an attempt, and ending it by what is found: time leads to a question, never to an answer.

An attempt that runs is looked at: `Due | Waiting -> ReadingRow -> ReadingVerdict -> (Subscribing)`. One that comes to
nothing, or is being cleaned up, is fenced at both places: `ClosingRow -> Ordering -> (MarkingRow)`; should its row turn
out to be all there when no other can come any more, it is completed after all. What is not known, or not over, is asked
again after a while that grows.
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.instance import Note
from kiloclaw_core.names import OpId, SandboxId
from kiloclaw_core.outcomes import Done, Rejected, Unknown
from kiloclaw_core.registry import admit, resolve
from kiloclaw_core.registry.effects import (
    BootstrapSubscription,
    CloseRow,
    MarkRow,
    OrderDestroy,
    ReadRow,
    ReadVerdict,
    RegistryEffect,
)
from kiloclaw_core.registry.evidence import (
    AT_REST,
    Evidence,
    Failure,
    RowState,
    Verdict,
    is_alive,
    progress_of,
)
from kiloclaw_core.registry.findings import Finding, evidence_after, finding, is_fenced
from kiloclaw_core.registry.inquiries import (
    ClosingRow,
    Due,
    Inquiry,
    MarkingRow,
    Ordering,
    ReadingRow,
    ReadingVerdict,
    Settled,
    Subscribing,
    Waiting,
)
from kiloclaw_core.registry.outcomes import LegacyShown, RegistryOutcome, RowShown, VerdictShown
from kiloclaw_core.registry.record import (
    Phase,
    Registry,
    RegistryTransition,
    Reservation,
    Resolution,
    RouteState,
    having,
    moved,
    numbered,
    released,
    with_route,
    without,
)


def op_awaited(inquiry: Inquiry) -> OpId | None:
    """The op whose answer the inquiry waits for."""
    match inquiry:
        case ReadingRow(op=op) | ReadingVerdict(op=op) | Subscribing(op=op):
            return op
        case ClosingRow(op=op) | Ordering(op=op) | MarkingRow(op=op):
            return op
        case Settled() | Due() | Waiting():
            return None


# -- asking ------------------------------------------------------------------------------------------------------


def ask(registry: Registry, known: Reservation, inquiry: Inquiry, effect: RegistryEffect) -> RegistryTransition:
    """The registry waiting for the answer to this effect, which was numbered from `registry.ops`."""
    registry, _ = numbered(registry)
    return RegistryTransition(having(registry, evolve(known, inquiry=inquiry)), (effect,))


def begin(registry: Registry, known: Reservation, at: int) -> RegistryTransition:
    """Time to look after a reservation."""
    op = registry.ops
    match known.phase:
        case Phase.OPEN:
            return over(registry, known, Resolution.NEVER_STARTED, at)
        case Phase.WORKING | Phase.COMMITTING if known.failure is not None:
            return close(registry, known, known.failure)  # it was asked for, and not answered
        case Phase.WORKING | Phase.COMMITTING:
            return ask(registry, known, ReadingRow(op), ReadRow(op, registry.owner, known.user, known.instance))
        case Phase.CLEANING | Phase.COMPLETED:
            return close(registry, known, known.failure or Failure.DESTROYED)
        case Phase.RELEASED:
            return RegistryTransition(having(registry, evolve(known, inquiry=Settled())))


def close(registry: Registry, known: Reservation, why: Failure) -> RegistryTransition:
    """Fence the slot's rows against the attempt, before its instance is told; what was begun is not looked at again."""
    op = registry.ops
    effect = CloseRow(op, registry.owner, known.user, known.instance, known.fence)
    return ask(registry, evolve(known, failure=why), ClosingRow(op), effect)


def key_of(registry: Registry, known: Reservation) -> SandboxId:
    """The name of the instance's record."""
    route = registry.route(known.instance)
    return known.instance if route is None else route.key


# -- hearing -----------------------------------------------------------------------------------------------------


def answered(registry: Registry, known: Reservation, outcome: RegistryOutcome, at: int) -> RegistryTransition:
    """What was asked for this reservation was answered; what is not the answer says that it cannot be known now."""
    op, inquiry = registry.ops, known.inquiry
    match inquiry:
        case ReadingRow() if isinstance(outcome, RowShown):
            key, owner = key_of(registry, known), registry.owner
            asked = ReadVerdict(op, key, owner, known.user, known.attempt, known.fence, known.born)
            return ask(registry, known, ReadingVerdict(op, outcome.row), asked)
        case ReadingVerdict(row=row) if isinstance(outcome, VerdictShown):
            return weighed(registry, known, row, outcome.verdict, at)
        case Subscribing():
            return subscribed(registry, known, outcome, at)
        case ClosingRow() if isinstance(outcome, RowShown):
            return closed(registry, known, outcome.row, at)
        case Ordering(row=row) if isinstance(outcome, VerdictShown):
            return fenced(registry, known, row, outcome.verdict, at)
        case MarkingRow() if isinstance(outcome, Done):
            return over(registry, known, resolution_of(registry, known), at)
        case ReadingRow() | ReadingVerdict() | ClosingRow() | Ordering() | MarkingRow():
            return later(registry, known)
        case Settled() | Due() | Waiting():
            return RegistryTransition(registry)


def later(registry: Registry, known: Reservation) -> RegistryTransition:
    """Not known, or not over: asked again when its alarm rings."""
    registry, op = numbered(registry)
    probes = min(known.probes + 1, len(registry.policy.probe_waits_s) - 1)
    return RegistryTransition(having(registry, evolve(known, inquiry=Waiting(op), probes=probes)))


# -- an attempt that runs ----------------------------------------------------------------------------------------


def weighed(registry: Registry, known: Reservation, row: RowState, verdict: Verdict, at: int) -> RegistryTransition:
    """Row and instance have spoken of an attempt that runs, or whose caller is gone."""
    if is_alive(verdict):
        known = evolve(known, evidence=Evidence.RECORDED)
    match finding(row, verdict):
        case Finding.COMPLETE:
            return complete(registry, known, at)
        case Finding.SUBSCRIBE:
            return subscribe(registry, known)
        case Finding.WATCH:
            return watch(registry, known, verdict)
        case Finding.CLEAN_UP:
            return close(registry, known, Failure.STALLED)
        case Finding.CONTRADICTION:
            return close(registry, known, Failure.INCONSISTENT)


def watch(registry: Registry, known: Reservation, verdict: Verdict) -> RegistryTransition:
    """The instance is alive without a row: while it gets on, its caller may yet insert one, but not for ever."""
    progress = progress_of(verdict)
    had_its_time = known.probes >= len(registry.policy.probe_waits_s) - 1
    if had_its_time or known.progress in {progress, AT_REST}:
        return close(registry, known, Failure.STALLED)
    return later(registry, evolve(known, progress=progress))


def subscribe(registry: Registry, known: Reservation) -> RegistryTransition:
    """The row is there and lacks its subscription: so many tries, then the attempt is cleaned up."""
    op = registry.ops
    if known.subscriptions > registry.policy.tries:
        return close(registry, known, Failure.SUBSCRIPTION)
    effect = BootstrapSubscription(op, registry.owner, known.user, known.instance, known.fence)
    return ask(registry, evolve(known, subscriptions=known.subscriptions + 1), Subscribing(op), effect)


def subscribed(registry: Registry, known: Reservation, outcome: RegistryOutcome, at: int) -> RegistryTransition:
    """The subscription was tried: the row says what came of it."""
    match outcome:
        case RowShown(row=RowState.CANONICAL):
            return complete(registry, known, at)
        case RowShown(row=RowState.NONE | RowState.DESTROYED):
            return close(registry, known, Failure.INCONSISTENT)
        case RowShown() | Rejected() | Unknown() | VerdictShown() | LegacyShown() | Done():
            return later(registry, known)


def complete(registry: Registry, known: Reservation, at: int) -> RegistryTransition:
    """All is durable but the completion: its caller is gone, so it is completed for them."""
    note = Note("instance.provision_reservation_repaired", (("attempt_id", known.attempt),))
    return RegistryTransition(admit.completed(registry, known, at), (), (note,))


# -- an attempt that is being cleaned up, or an instance that is to go -------------------------------------------


def closed(registry: Registry, known: Reservation, row: RowState, at: int) -> RegistryTransition:
    """No row can come any more, and what is there is known: now it is decided whether the attempt comes to nothing."""
    match known.phase:
        case Phase.WORKING | Phase.COMMITTING if (
            row is RowState.CANONICAL and known.failure is not Failure.INCONSISTENT
        ):
            return complete(registry, known, at)
        case Phase.WORKING | Phase.COMMITTING:
            return given_up(registry, known, row, at)
        case Phase.OPEN | Phase.CLEANING | Phase.COMPLETED | Phase.RELEASED:
            return order(registry, known, row)


def given_up(registry: Registry, known: Reservation, row: RowState, at: int) -> RegistryTransition:
    """The attempt comes to nothing: it is being cleaned up from now on."""
    why = known.failure
    assert why is not None, f"{known.attempt} is given up for a reason"
    note = Note("instance.provisioning_failed", (("attempt_id", known.attempt), ("failure", why.value)))
    return evolve(order(registry, moved(known, Phase.CLEANING, why.value, at), row), notes=(note,))


def order(registry: Registry, known: Reservation, row: RowState) -> RegistryTransition:
    """Have the instance refuse the attempt, and destroy what it made."""
    op = registry.ops
    key = key_of(registry, known)
    effect = OrderDestroy(op, key, registry.owner, known.user, known.attempt, known.fence, known.born)
    return ask(registry, known, Ordering(op, row), effect)


def fenced(registry: Registry, known: Reservation, row: RowState, verdict: Verdict, at: int) -> RegistryTransition:
    """The instance was told, and says what is left."""
    known = evolve(known, evidence=evidence_after(known.evidence, verdict))
    if not resolve.may_release(known, fenced=is_fenced(verdict)):
        return later(registry, known)
    match row:
        case RowState.NONE if nobody_had(known):
            return RegistryTransition(without(registry, known), (), (released_note(known, Resolution.DESTROYED),))
        case RowState.NONE | RowState.DESTROYED:
            return over(registry, known, resolution_of(registry, known), at)
        case RowState.UNSUBSCRIBED | RowState.CANONICAL:
            op = registry.ops
            return ask(registry, known, MarkingRow(op), MarkRow(op, registry.owner, known.user, known.instance))


def nobody_had(known: Reservation) -> bool:
    """Whether an instance without a row was named by nobody but by whoever wanted it destroyed.

    No attempt made it, so that no row comes under a fence; and by now it is closed. A row without one comes only for
    what has a record, and that has marked its row before it says that nothing is left: one that comes after the mark
    says destroyed. So there is nothing that a tombstone could keep from coming back (registry 7.3: an absent row counts
    as marked). One that is gone tells the registry so itself, and has one.
    """
    return known.born and known.fence == 0


def resolution_of(registry: Registry, known: Reservation) -> Resolution:
    """Why the slot is free: the operator's word where nothing else is known, a destroy where somebody asked for one."""
    if known.evidence is not Evidence.CONFIRMED_ABSENT:
        return Resolution.OPERATOR
    return Resolution.CLEANED_UP if registry.route(known.instance) is None else Resolution.DESTROYED


def over(registry: Registry, known: Reservation, why: Resolution, at: int) -> RegistryTransition:
    """Nothing is left, or somebody answers for it: the slot is free, and a route that there is becomes a tombstone."""
    route = registry.route(known.instance)
    if route is not None:
        registry = with_route(registry, route, RouteState.TOMBSTONE, at)
    return RegistryTransition(released(registry, known, why, at), (), (released_note(known, why),))


def released_note(known: Reservation, why: Resolution) -> Note:
    """A line for the log: the reservation holds nothing any more."""
    return Note("instance.provision_reservation_released", (("attempt_id", known.attempt), ("reason", why.value)))
