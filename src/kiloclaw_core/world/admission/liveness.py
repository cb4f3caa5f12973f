"""How admission comes to its end, L1 to L7 (registry 6): where it is at home, and how long a slot may be held."""

from __future__ import annotations

from collections.abc import Callable

from kiloclaw_core.registry.evidence import RowState
from kiloclaw_core.registry.inquiries import Settled
from kiloclaw_core.registry.record import Imported, Phase, RouteState
from kiloclaw_core.world.admission.calls import Call, Dead, NotYet, Served
from kiloclaw_core.world.admission.instances import Attempted, Wanted
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
