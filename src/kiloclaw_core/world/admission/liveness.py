"""How admission comes to its end, L1 to L7 (registry 6), and what has to happen somewhere, or no claim says much."""

from __future__ import annotations

from collections.abc import Callable

from kiloclaw_core.registry.asks import Destroying, Provisioned, Troubled
from kiloclaw_core.registry.evidence import RowState
from kiloclaw_core.registry.inquiries import Settled
from kiloclaw_core.registry.record import Imported, Phase, RouteState
from kiloclaw_core.registry.troubles import Trouble
from kiloclaw_core.world.admission.calls import Call, Dead, NotYet, Served
from kiloclaw_core.world.admission.instances import Attempted, Making, Wanted
from kiloclaw_core.world.admission.scene import AdmissionScene


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


def an_attempt_is_forgotten(scene: AdmissionScene) -> bool:
    """Whether somebody was let in of whom nothing is remembered any more."""
    known = {one.attempt for one in scene.registry.reservations}
    return any(attempt not in known for _, _, attempt in scene.ghost.admitted)
