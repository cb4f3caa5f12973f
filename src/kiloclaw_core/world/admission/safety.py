"""What must hold at every moment of admission: S1 to S14, and what the replacement adds (registry 6 and 7.2).

Outages are no excuse for harm, only for waiting. `claims` names these; the mutants show that each can fail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Final

from kiloclaw_core.registry.alarms import registry_alarms_of
from kiloclaw_core.registry.asks import Provisioned, Troubled
from kiloclaw_core.registry.evidence import ConfirmedAbsent, Evidence, Failure, RowState
from kiloclaw_core.registry.inquiries import Settled
from kiloclaw_core.registry.positions import Request
from kiloclaw_core.registry.record import UNRESOLVED, Phase, RouteState
from kiloclaw_core.registry.troubles import Trouble, explanation
from kiloclaw_core.world.admission import instances as truth
from kiloclaw_core.world.admission.instances import Attempted, Wanted
from kiloclaw_core.world.admission.scene import AdmissionScene

GIVEN_UP: Final = frozenset({Failure.STALLED, Failure.SUBSCRIPTION})


def one_slot(scene: AdmissionScene) -> bool:
    """Whether no user has two attempts under way (S1)."""
    holders = [one.user for one in scene.registry.reservations if one.phase in UNRESOLVED]
    return len(holders) == len(set(holders))


def admitted_before_work(scene: AdmissionScene) -> bool:
    """Whether nothing is made for an attempt that was not allowed to begin its work (S2)."""
    allowed = {one.instance for one in scene.registry.reservations if one.evidence is not Evidence.NONE}
    attempted = (one for one in scene.instances.instances if one.admission is not None)
    return all(one.instance in allowed for one in attempted if one.wanted is Wanted.RUNNING)


def one_infrastructure(scene: AdmissionScene) -> bool:
    """Whether no user has what two attempts made, unless an operator answers for one of them (S3)."""
    known = {one.instance for one in scene.registry.reservations}
    users = [
        *(one.user for one in scene.registry.reservations if not one.asserted and has_something(scene.attempted(one))),
        *(row.user for row in scene.rows.rows if row.instance not in known and has_something(scene.of_row(row))),
    ]
    return len(users) == len(set(users))


def has_something(one: Attempted) -> bool:
    """Whether something of the instance is there, in flight, or still wanted."""
    return not one.traceless or one.wanted is Wanted.RUNNING


def one_active_row(scene: AdmissionScene) -> bool:
    """Whether no user has two active rows (S4)."""
    active = [row.user for row in scene.rows.rows if not row.destroyed]
    return len(active) == len(set(active))


def routed_is_completed(scene: AdmissionScene) -> bool:
    """Whether nobody is routed to what is not completed (S5)."""
    completed = {one.instance for one in scene.registry.reservations if one.phase is Phase.COMPLETED}
    return all(one.instance in completed for one in scene.registry.routes if one.state is RouteState.LIVE)


def routed_is_canonical(scene: AdmissionScene) -> bool:
    """Whether whatever is routed has an active row with a subscription (S6)."""
    return all(
        scene.rows.state(one.instance) is RowState.CANONICAL
        for one in scene.registry.routes
        if one.state is RouteState.LIVE
    )


def tombstones_stay(scene: AdmissionScene) -> bool:
    """Whether no route is live again that once was not (S7)."""
    return not any(one.instance in scene.ghost.doomed for one in scene.registry.routes if one.state is RouteState.LIVE)


def tombstones_are_of_something(scene: AdmissionScene) -> bool:
    """Whether no tombstone is kept of what nobody ever had: neither a row nor an attempt (7.1, W20)."""
    buried = {one.instance for one in scene.registry.routes if one.state is RouteState.TOMBSTONE}
    attempted = {one.instance for one in scene.registry.reservations if not one.born}
    taken_on = {one.instance for one in scene.instances.instances if one.admission is not None}
    return buried <= {row.instance for row in scene.rows.rows} | attempted | taken_on


def released_is_released(scene: AdmissionScene) -> bool:
    """Whether an attempt that ended stays so while it is remembered (S8); afterwards its instance refuses it."""
    return all(one.phase is Phase.RELEASED for one in scene.registry.reservations if one.attempt in scene.ghost.ended)


def fences_grow(scene: AdmissionScene) -> bool:
    """Whether no two attempts of a slot ever had one fence, so that neither passes for the other (S9)."""
    given = [(user, fence) for user, fence, _ in scene.ghost.admitted]
    return all(one != other for one, other in pairwise(sorted(given)))


def released_by_evidence(scene: AdmissionScene) -> bool:
    """Whether an attempt that ended has left nothing and can leave nothing, or an operator answers for it (S10)."""
    for one in scene.registry.reservations:
        attempted = scene.attempted(one)
        if one.phase is Phase.RELEASED and not one.asserted and has_something(attempted):
            return False
        if one.phase is Phase.RELEASED and one.evidence is not Evidence.NONE and attempted.wanted is not Wanted.GONE:
            return False
    return True


def success_is_true(scene: AdmissionScene) -> bool:
    """Whether who was told of an instance has its row, subscription, route and start, until it is destroyed (S11)."""
    provisioned = {caller.request.instance for caller, reply in scene.replies() if isinstance(reply, Provisioned)}
    live = {one.instance for one in scene.registry.routes if one.state is RouteState.LIVE}
    return all(
        instance in live
        and scene.instances.of(instance).wanted is Wanted.RUNNING
        and scene.rows.state(instance) is RowState.CANONICAL
        for instance in provisioned - set(scene.ghost.doomed)
    )


def rows_are_answered_for(scene: AdmissionScene) -> bool:
    """Whether every active row without a subscription has an attempt that goes on (S12)."""
    going_on = {one.instance for one in scene.registry.reservations if one.phase in UNRESOLVED}
    unpaired = (row.instance for row in scene.rows.rows if row.state is RowState.UNSUBSCRIBED)
    return all(instance in going_on for instance in unpaired)


def absent_is_absent(scene: AdmissionScene) -> bool:
    """Whether an instance that says it has nothing has nothing, and nothing in flight (S13)."""
    return all(
        one.traceless for one in scene.instances.instances if truth.verdict_on(one, one.admission) == ConfirmedAbsent()
    )


def losers_do_nothing(scene: AdmissionScene) -> bool:
    """Whether nothing was asked of the instance of whoever was never let in, but for its owner's destroy (S14)."""
    let_in = {attempt for _, _, attempt in scene.ghost.admitted}
    losers = (
        scene.instances.of(caller.request.instance)
        for caller, _ in scene.calls
        if isinstance(caller.request, Request) and caller.request.attempt not in let_in
    )
    return all(
        one.wanted is Wanted.UNHEARD_OF or (one.wanted is Wanted.GONE and one.instance in scene.ghost.doomed)
        for one in losers
    )


def nobody_is_in_their_own_way(scene: AdmissionScene) -> bool:
    """Whether whoever was let in is never told that somebody else is being served (7.2, P1)."""
    let_in = {attempt for _, _, attempt in scene.ghost.admitted}
    turned_away = {
        caller.request.attempt
        for caller, reply in scene.replies()
        if isinstance(caller.request, Request) and reply == Troubled(Trouble.IN_PROGRESS)
    }
    return not turned_away & let_in


def who_begins_anew_has_nothing(scene: AdmissionScene) -> bool:
    """Whether nobody was told to begin anew whose attempt is completed: a new one would meet their own (7.2, P1)."""
    completed = {one.attempt for one in scene.registry.reservations if one.phase is Phase.COMPLETED}
    return not any(
        isinstance(caller.request, Request) and caller.request.attempt in completed
        for caller, reply in scene.replies()
        if isinstance(reply, Troubled) and explanation(reply.trouble).anew
    )


def nobody_is_told_that_they_may_not(scene: AdmissionScene) -> bool:
    """Whether nobody is told that their plan covers no instance, for everybody's does (GW15)."""
    return Troubled(Trouble.ENTITLEMENT_EXPIRED) not in {reply for _, reply in scene.replies()}


def what_there_is_can_be_reached(scene: AdmissionScene) -> bool:
    """Whether nobody is told that what they have was never provisioned, or has a second one made of it (GW17)."""
    names = [one.instance for one in scene.instances.instances]
    told = {reply for _, reply in scene.replies()}
    return Troubled(Trouble.NOT_PROVISIONED) not in told and len(names) == len(set(names))


def every_wait_has_an_alarm(scene: AdmissionScene) -> bool:
    """Whether whatever is not resolved is looked after by an alarm (7.2, P3)."""
    armed = {alarm.of for alarm in registry_alarms_of(scene.registry)}
    return all(
        not isinstance(one.inquiry, Settled) and one.inquiry.op in armed
        for one in scene.registry.reservations
        if one.phase in UNRESOLVED
    )


def holders_are_known(scene: AdmissionScene) -> bool:
    """Whether every attempt says who asked, in which request, and what became of it so far (GW19).

    What is older than the registry was asked for by nobody that it knows.
    """
    asked_for = (one for one in scene.registry.reservations if not one.born)
    return all(
        one.opener.actor and one.opener.request and one.history and one.history[-1].phase is one.phase
        for one in asked_for
    )


def no_more_ended_than(kept: int) -> Callable[[AdmissionScene], bool]:
    """Whether no more attempts that ended are remembered of any slot (GW20)."""

    def holds(scene: AdmissionScene) -> bool:
        over = Counter(one.user for one in scene.registry.reservations if one.phase is Phase.RELEASED)
        return max(over.values(), default=0) <= kept

    return holds


def operators_are_audited(scene: AdmissionScene) -> bool:
    """Whether whatever an operator answers for is written down, and fenced once it is released."""
    asserted = [one for one in scene.registry.reservations if one.asserted]
    audited = {note.did for note in scene.registry.audit}
    return all(
        f"released {one.attempt}" in audited
        and (one.phase is not Phase.RELEASED or scene.attempted(one).wanted is Wanted.GONE)
        for one in asserted
    )


def canonical_is_completed(scene: AdmissionScene) -> bool:
    """Whether no probe gave up an attempt that had its row and its subscription (L3)."""
    subscribed = {row.instance for row in scene.rows.rows if row.subscribed}
    over = (one for one in scene.registry.reservations if one.phase in {Phase.CLEANING, Phase.RELEASED})
    given_up = {one.instance for one in over if one.failure in GIVEN_UP and not one.asserted}
    return not subscribed & given_up
