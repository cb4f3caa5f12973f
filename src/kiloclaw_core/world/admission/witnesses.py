"""What has to happen somewhere in the searches of admission, or what is claimed beside it says nothing."""

from __future__ import annotations

from collections.abc import Callable

from kiloclaw_core.registry.asks import Destroying, Provisioned, Troubled
from kiloclaw_core.registry.evidence import RowState
from kiloclaw_core.registry.record import Phase
from kiloclaw_core.registry.troubles import Trouble, explanation
from kiloclaw_core.world.admission.calls import Dead, Served
from kiloclaw_core.world.admission.instances import Making
from kiloclaw_core.world.admission.scene import AdmissionScene


def phase_is(*phases: Phase) -> Callable[[AdmissionScene], bool]:
    """Whether some attempt is in one of these phases."""
    return lambda scene: any(one.phase in phases for one in scene.registry.reservations)


def told_trouble(*troubles: Trouble) -> Callable[[AdmissionScene], bool]:
    """Whether some caller was told one of these troubles."""
    return lambda scene: any(isinstance(reply, Troubled) and reply.trouble in troubles for _, reply in scene.replies())


def told_to_begin_anew(scene: AdmissionScene) -> bool:
    """Whether some caller was told that it takes a new attempt."""
    return any(isinstance(reply, Troubled) and explanation(reply.trouble).anew for _, reply in scene.replies())


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


def what_nobody_had_is_forgotten(scene: AdmissionScene) -> bool:
    """Whether nothing is kept of what somebody wanted destroyed: neither an attempt nor a tombstone."""
    routed = {one.instance for one in scene.registry.routes}
    return not set(scene.ghost.doomed) <= routed | {one.instance for one in scene.registry.reservations}


def an_old_instance_is_reached(scene: AdmissionScene) -> bool:
    """Whether somebody has what they asked for, though its record is called otherwise."""
    return any(
        isinstance(reply, Provisioned) and scene.instances.of(reply.instance).key != reply.instance
        for _, reply in scene.replies()
    )
