"""What is claimed of admission: predicates over one moment of registry, rows and instances, named in English.

They are the safety rules S1 to S15 and the liveness rules L1 to L7 (registry 6). Every *always* has a *sometimes* that
shows the danger was there. Outages are no excuse for harm, only for waiting.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from attrs import frozen

from kiloclaw_core.explore import Claim, Kind
from kiloclaw_core.names import SandboxId
from kiloclaw_core.registry.alarms import registry_alarms_of
from kiloclaw_core.registry.asks import Destroying, Provisioned, Reply, Troubled
from kiloclaw_core.registry.evidence import ConfirmedAbsent, Evidence, Failure, RowState
from kiloclaw_core.registry.flow import Request
from kiloclaw_core.registry.inquiries import Settled
from kiloclaw_core.registry.record import UNRESOLVED, Imported, Phase, Registry, Reservation, RouteState
from kiloclaw_core.registry.troubles import Trouble, explanation
from kiloclaw_core.registry.update import UpdateRequest
from kiloclaw_core.world.admission import instances as truth
from kiloclaw_core.world.admission.calls import Call, Dead, NotYet, Served
from kiloclaw_core.world.admission.instances import Attempted, Instances, Making, Wanted
from kiloclaw_core.world.admission.rows import Row, Rows
from kiloclaw_core.world.admission.setting import AdmissionConfiguration, AdmissionGhost, Caller, Outages

GIVEN_UP = frozenset({Failure.STALLED, Failure.SUBSCRIPTION})
REFUSED = frozenset({Trouble.IN_PROGRESS, Trouble.CLEANUP_IN_PROGRESS})


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


# -- safety ------------------------------------------------------------------------------------------------------


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


def released_is_released(scene: AdmissionScene) -> bool:
    """Whether an attempt that ended stays so (S8)."""
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
    """Whether nothing was asked of the instance of whoever was never let in (S14)."""
    let_in = {attempt for _, _, attempt in scene.ghost.admitted}
    return all(
        scene.instances.of(caller.request.instance).wanted is Wanted.UNHEARD_OF
        for caller, _ in scene.calls
        if isinstance(caller.request, Request) and caller.request.attempt not in let_in
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


def replies_are_explained(scene: AdmissionScene) -> bool:
    """Whether whoever is told of a trouble is told its code and its sentence, and nothing else (S15)."""
    return all(
        explanation(reply.trouble).code == reply.trouble.value
        for _, reply in scene.replies()
        if isinstance(reply, Troubled)
    )


def every_wait_has_an_alarm(scene: AdmissionScene) -> bool:
    """Whether whatever is not resolved is looked after by an alarm (7.2, P3)."""
    armed = {alarm.of for alarm in registry_alarms_of(scene.registry)}
    return all(
        not isinstance(one.inquiry, Settled) and one.inquiry.op in armed
        for one in scene.registry.reservations
        if one.phase in UNRESOLVED
    )


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


# -- liveness ----------------------------------------------------------------------------------------------------


def at_home(scene: AdmissionScene) -> bool:
    """Whether all is over: everybody was told, every attempt is resolved, and nothing is left that nobody answers for.

    While something does not answer, to wait is home.
    """
    return scene.outages.any or (
        scene.quiet
        and all(is_told(call) for _, call in scene.calls)
        and all(one.inquiry == Settled() for one in scene.registry.reservations)
        and all(is_resolved(scene, one) for one in scene.instances.instances)
    )


def is_told(call: Call) -> bool:
    """Whether nobody waits for an answer to this call (L7)."""
    match call:
        case NotYet() | Dead():
            return True
        case Served(reply=reply):
            return reply is not None


def is_resolved(scene: AdmissionScene, one: Attempted) -> bool:
    """Whether an instance is there, completed and routed, or not at all, and its row says so (L1, L3, L4, L6)."""
    known, route = scene.of(one.instance), scene.registry.route(one.instance)
    match one.wanted:
        case Wanted.RUNNING:
            if one.admission is None and not isinstance(scene.registry.legacy, Imported) and known is None:
                return True  # older than the registry, and nobody has asked
            completed = known is not None and known.phase is Phase.COMPLETED
            live = route is not None and route.state is RouteState.LIVE
            return completed and live and scene.rows.state(one.instance) is RowState.CANONICAL
        case Wanted.GONE | Wanted.UNHEARD_OF:
            over = known is None or known.phase is Phase.RELEASED
            buried = route is None or route.state is RouteState.TOMBSTONE
            row = scene.rows.state(one.instance)
            return one.traceless and over and buried and row in {RowState.NONE, RowState.DESTROYED}


def locked_out_for_at_most(probes: int) -> Callable[[AdmissionScene], bool]:
    """Whether no attempt that holds or held a slot took more probes to resolve (L2)."""
    return lambda scene: all(one.probes <= probes for one in scene.registry.reservations)


def locked_out_for(probes: int) -> Callable[[AdmissionScene], bool]:
    """Whether some attempt took so many."""
    return lambda scene: any(one.probes == probes for one in scene.registry.reservations)


# -- witnesses ---------------------------------------------------------------------------------------------------


def phase_is(*phases: Phase) -> Callable[[AdmissionScene], bool]:
    """Whether some attempt is in one of these phases."""
    return lambda scene: any(one.phase in phases for one in scene.registry.reservations)


def told_trouble(*troubles: Trouble) -> Callable[[AdmissionScene], bool]:
    """Whether some caller was told one of these troubles."""
    return lambda scene: any(isinstance(reply, Troubled) and reply.trouble in troubles for _, reply in scene.replies())


def told_success(scene: AdmissionScene) -> bool:
    """Whether some caller was told that there is an instance."""
    return any(isinstance(reply, Provisioned | Destroying) for _, reply in scene.replies())


def nobody_left_completed(scene: AdmissionScene) -> bool:
    """Whether an attempt was completed though nobody served it any more."""
    dead = {caller.name for caller, call in scene.calls if isinstance(call, Dead)}
    return any(one.attempt in dead and one.phase is Phase.COMPLETED for one in scene.registry.reservations)


def zombie_met_a_fence(scene: AdmissionScene) -> bool:
    """Whether an attempt is still being served that has ended."""
    served = {caller.name for caller, call in scene.calls if isinstance(call, Served) and call.reply is None}
    return any(one.attempt in served and one.phase is Phase.RELEASED for one in scene.registry.reservations)


def remains_are_known(scene: AdmissionScene) -> bool:
    """Whether an attempt is being cleaned up whose machine is there or in flight."""
    return any(
        one.phase is Phase.CLEANING and not scene.attempted(one).traceless for one in scene.registry.reservations
    )


def a_create_is_in_doubt(scene: AdmissionScene) -> bool:
    """Whether a create is in flight whose asker lost it, of an attempt that is being cleaned up."""
    return any(
        one.phase is Phase.CLEANING and scene.attempted(one).making is Making.DOUBTED
        for one in scene.registry.reservations
    )


def a_row_is_fenced(scene: AdmissionScene) -> bool:
    """Whether the rows refuse an attempt that never had one."""
    return any(
        scene.rows.is_closed(one.user, one.fence) and scene.rows.state(one.instance) is RowState.NONE
        for one in scene.registry.reservations
    )


def an_operator_released_remains(scene: AdmissionScene) -> bool:
    """Whether a slot is free though something is left that an operator answers for."""
    return any(
        one.asserted and one.phase is Phase.RELEASED and not scene.attempted(one).traceless
        for one in scene.registry.reservations
    )


def _always(
    name: str, sentence: str, reads: tuple[str, ...], holds: Callable[[AdmissionScene], bool]
) -> Claim[AdmissionScene]:
    return Claim(name, sentence, Kind.ALWAYS, reads, holds)


def _sometimes(name: str, reads: tuple[str, ...], holds: Callable[[AdmissionScene], bool]) -> Claim[AdmissionScene]:
    return Claim(name, f"It happens: {name}.", Kind.SOMETIMES, reads, holds)


REGISTRY = ("registry",)
INSTANCES = ("registry", "instances")
ROWS = ("registry", "rows")


def claims_for(configuration: AdmissionConfiguration) -> tuple[Claim[AdmissionScene], ...]:
    """Every claim about a configuration; those about callers read all of them."""
    calls = tuple(caller.name for caller in configuration.callers)
    return (*safe(calls), *completing(configuration), *lively(configuration, calls), *witnesses(calls))


def completing(configuration: AdmissionConfiguration) -> tuple[Claim[AdmissionScene], ...]:
    """What is claimed of probes, unless somebody may subscribe a row whose attempt is given up already."""
    if any(isinstance(caller.request, UpdateRequest) for caller in configuration.callers):
        return ()
    sentence = "No probe gives up an attempt that has its row and its subscription."
    return (_always("canonical is completed", sentence, ROWS, canonical_is_completed),)


def safe(calls: tuple[str, ...]) -> tuple[Claim[AdmissionScene], ...]:
    """S1 to S15, and what the principles of the replacement add (registry 6 and 7.2)."""
    return (
        _always("one slot", "No user has two attempts under way.", REGISTRY, one_slot),
        _always(
            "let in before its work",
            "Nothing is made for an attempt that was not let in and allowed to begin.",
            INSTANCES,
            admitted_before_work,
        ),
        _always(
            "one infrastructure",
            "No user has what two attempts made, unless an operator answers for one of them.",
            (*INSTANCES, "rows"),
            one_infrastructure,
        ),
        _always("one active row", "No user has two active rows.", ("rows",), one_active_row),
        _always(
            "routed is completed",
            "Nobody is routed to an attempt that is not completed.",
            REGISTRY,
            routed_is_completed,
        ),
        _always(
            "routed is canonical",
            "Whatever is routed has an active row with a subscription.",
            ROWS,
            routed_is_canonical,
        ),
        _always(
            "a tombstone stays", "No route is live again that once was not.", ("registry", "ghost"), tombstones_stay
        ),
        _always("released is for ever", "An attempt that ended stays so.", ("registry", "ghost"), released_is_released),
        _always("fences grow", "No two attempts of a slot ever had one fence.", ("ghost",), fences_grow),
        _always(
            "released by evidence",
            "An attempt that ended has left nothing and can leave nothing, or an operator answers for it.",
            INSTANCES,
            released_by_evidence,
        ),
        _always(
            "success is true",
            "Who was told that there is an instance has its row, subscription, route and start.",
            ("registry", "instances", "rows", "ghost", *calls),
            success_is_true,
        ),
        _always(
            "rows are answered for",
            "Every active row without a subscription has an attempt that goes on.",
            ROWS,
            rows_are_answered_for,
        ),
        _always(
            "absent is absent",
            "An instance that says it has nothing has nothing, and nothing in flight.",
            ("instances",),
            absent_is_absent,
        ),
        _always(
            "losers do nothing",
            "Nothing was asked of the instance of whoever was never let in.",
            ("instances", "ghost"),
            losers_do_nothing,
        ),
        _always(
            "nobody is in their own way",
            "Whoever was let in is never told that somebody else is being served.",
            ("ghost", *calls),
            nobody_is_in_their_own_way,
        ),
        _always(
            "troubles are explained",
            "Whoever is told of a trouble is told its code and its sentence.",
            calls,
            replies_are_explained,
        ),
        _always(
            "every slot has an alarm",
            "Whatever holds a slot is looked after by an alarm.",
            REGISTRY,
            every_wait_has_an_alarm,
        ),
        _always(
            "operators are audited",
            "What an operator answers for is written down, and fenced before it is released.",
            INSTANCES,
            operators_are_audited,
        ),
    )


def lively(configuration: AdmissionConfiguration, calls: tuple[str, ...]) -> tuple[Claim[AdmissionScene], ...]:
    """L1 to L7: everything comes to its end without anybody's help, and within so many probes."""
    return (
        Claim(
            "leads home",
            "Everybody is told, every attempt is resolved, and nothing is left that nobody answers for.",
            Kind.LEADS_HOME,
            ("registry", "rows", "instances", "outages", *calls, "bag"),
            at_home,
        ),
        *bounded(configuration),
    )


def bounded(configuration: AdmissionConfiguration) -> tuple[Claim[AdmissionScene], ...]:
    """How long a slot may be held that nobody works for any more, counted in probes, and that it may be so long."""
    if configuration.lockout is None:
        return ()
    return (
        _always(
            "the lock-out is bounded",
            "No slot takes more probes to be free than the configuration says.",
            REGISTRY,
            locked_out_for_at_most(configuration.lockout),
        ),
        _sometimes("the bound is met", REGISTRY, locked_out_for(configuration.lockout)),
    )


def witnesses(calls: tuple[str, ...]) -> tuple[Claim[AdmissionScene], ...]:
    """What has to happen somewhere, or the claims above say nothing."""
    return (
        _sometimes("completed", REGISTRY, phase_is(Phase.COMPLETED)),
        _sometimes("cleaning", REGISTRY, phase_is(Phase.CLEANING)),
        _sometimes("released", REGISTRY, phase_is(Phase.RELEASED)),
        _sometimes("somebody has an instance", calls, told_success),
        _sometimes("somebody is turned away", calls, told_trouble(*REFUSED)),
        _sometimes("somebody is told to come back", calls, told_trouble(Trouble.COMPLETION_PENDING)),
        _sometimes("somebody has one already", calls, told_trouble(Trouble.ALREADY_ACTIVE)),
        _sometimes("an orphan is completed", ("registry", *calls), nobody_left_completed),
        _sometimes("a zombie is about", ("registry", *calls), zombie_met_a_fence),
        _sometimes("remains are cleaned up", INSTANCES, remains_are_known),
        _sometimes("a create is in doubt", INSTANCES, a_create_is_in_doubt),
        _sometimes("a row is fenced", ROWS, a_row_is_fenced),
        _sometimes("an operator answers for remains", INSTANCES, an_operator_released_remains),
    )
