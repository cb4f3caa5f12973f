"""An attempt's own way: let in, at work, about to commit, completed; or ended by itself, clean or dirty.

`(none) -> open -> working -> committing -> completed`. Each step is granted before what it permits is done, so that an
attempt which was ended meanwhile learns it from the refusal, and has done nothing that nobody knows of.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve
from returns.result import Failure, Result, Success

from kiloclaw_core.names import AttemptId, Fence, SandboxId, UserId
from kiloclaw_core.registry import resolve
from kiloclaw_core.registry.commands import (
    Because,
    Begin,
    Commit,
    FailedClean,
    FailedDirty,
    Occupied,
    PrepareCommit,
    Publish,
    Refused,
    RegistryRefusal,
    WorkStarted,
)
from kiloclaw_core.registry.evidence import ConfirmedAbsent, Evidence, Proof
from kiloclaw_core.registry.inquiries import Settled, Waiting
from kiloclaw_core.registry.record import (
    Phase,
    Registry,
    Reservation,
    Resolution,
    Route,
    RouteState,
    Slot,
    fencing,
    having,
    moved,
    numbered,
    released,
    routing,
)

Decided = Result[Registry, RegistryRefusal]

BORN: Final = "born:"
"""Before the id of an instance that no attempt made: where an attempt's id is wanted, this stands for it."""


def refused(because: Because) -> Decided:
    """Not granted, for this reason."""
    return Failure(Refused(because))


def theirs(registry: Registry, attempt: AttemptId, fence: Fence) -> Result[Reservation, RegistryRefusal]:
    """The reservation that a command names, if it is that one still."""
    reservation = registry.reservation(attempt)
    if reservation is None:
        return Failure(Refused(Because.NO_SUCH_ATTEMPT))
    return Success(reservation) if reservation.fence == fence else Failure(Refused(Because.FENCED))


# -- letting in --------------------------------------------------------------------------------------------------


def begin(registry: Registry, command: Begin) -> Decided:
    """Asked to let an attempt in: into a free slot, and with an instance that is nobody's."""
    if not (command.attempt and command.user and command.instance):
        return refused(Because.UNNAMED)
    if command.attempt.startswith(BORN):
        return refused(Because.MISNAMED)
    known = registry.reservation(command.attempt)
    if known is not None:
        return _begin_again(registry, command, known)
    holder = registry.holder(command.user)
    if holder is not None:
        return Failure(Occupied(holder.attempt, holder.instance, holder.phase, holder.probes, holder.opened_at))
    taken = why_taken(registry, command.instance)
    return Success(_let_in(registry, command)) if taken is None else refused(taken)


def _begin_again(registry: Registry, command: Begin, known: Reservation) -> Decided:
    """The answer to the first time may have been lost: it is the same as long as the attempt goes on."""
    if (command.user, command.instance) != (known.user, known.instance):
        return refused(Because.ANOTHER_REQUEST)
    match known.phase:
        case Phase.OPEN | Phase.WORKING | Phase.COMMITTING:
            return Success(registry)
        case Phase.COMPLETED:
            return refused(Because.DESTROYED) if is_doomed(registry, known.instance) else Success(registry)
        case Phase.CLEANING:
            return refused(Because.CLEANING_UP)
        case Phase.RELEASED:
            return refused(Because.ENDED)


def why_taken(registry: Registry, instance: SandboxId) -> Because | None:
    """Why no further attempt may be made with this instance; None where none has ever called it."""
    if is_doomed(registry, instance):
        return Because.DESTROYED
    spent = resolve.spent(registry, instance)
    return Because.INSTANCE_TAKEN if spent is not None or registry.route(instance) is not None else None


def is_doomed(registry: Registry, instance: SandboxId) -> bool:
    """Whether the instance is destroyed, or is to be."""
    route = registry.route(instance)
    return route is not None and route.state is not RouteState.LIVE


def _let_in(registry: Registry, command: Begin) -> Registry:
    fence = Fence(registry.fence(command.user) + 1)
    registry, op = numbered(fencing(registry, Slot(command.user, fence)))
    reservation = Reservation(
        attempt=command.attempt,
        user=command.user,
        instance=command.instance,
        fence=fence,
        phase=Phase.OPEN,
        evidence=Evidence.NONE,
        inquiry=Waiting(op),
        opener=command.opener,
        opened_at=command.at,
    )
    return having(registry, moved(reservation, Phase.OPEN, at=command.at))


# -- going on ----------------------------------------------------------------------------------------------------


def work_started(registry: Registry, command: WorkStarted) -> Decided:
    """About to call the instance: from now on there may be traces."""
    return theirs(registry, command.attempt, command.fence).bind(lambda known: _work_started(registry, command, known))


def _work_started(registry: Registry, command: WorkStarted, known: Reservation) -> Decided:
    match known.phase:
        case Phase.OPEN:
            at_work = moved(evolve(known, evidence=Evidence.POSSIBLE), Phase.WORKING, at=command.at)
            return Success(having(registry, at_work))
        case Phase.WORKING | Phase.COMMITTING | Phase.COMPLETED:
            return Success(registry)
        case Phase.CLEANING:
            return refused(Because.CLEANING_UP)
        case Phase.RELEASED:
            return refused(Because.ENDED)


def prepare_commit(registry: Registry, command: PrepareCommit) -> Decided:
    """The instance has taken the attempt on; about to insert its row."""
    return theirs(registry, command.attempt, command.fence).bind(lambda known: _prepare(registry, command, known))


def _prepare(registry: Registry, command: PrepareCommit, known: Reservation) -> Decided:
    match known.phase:
        case Phase.OPEN:
            return refused(Because.OUT_OF_TURN)
        case Phase.WORKING:
            ready = moved(evolve(known, evidence=Evidence.RECORDED), Phase.COMMITTING, at=command.at)
            return Success(having(registry, ready))
        case Phase.COMMITTING | Phase.COMPLETED:
            return Success(registry)
        case Phase.CLEANING:
            return refused(Because.CLEANING_UP)
        case Phase.RELEASED:
            return refused(Because.ENDED)


def commit(registry: Registry, command: Commit) -> Decided:
    """Row and subscription are there, as the proof says: completed, and routed, in one commit."""
    return theirs(registry, command.attempt, command.fence).bind(lambda known: _commit(registry, command, known))


def _commit(registry: Registry, command: Commit, known: Reservation) -> Decided:
    if command.proof != Proof(registry.owner, known.user, known.instance):
        return refused(Because.NOT_PROVEN)
    if is_doomed(registry, known.instance):
        return refused(Because.DESTROYED)
    match known.phase:
        case Phase.OPEN | Phase.WORKING:
            return refused(Because.OUT_OF_TURN)
        case Phase.COMMITTING:
            return Success(completed(registry, known, command.at))
        case Phase.COMPLETED:
            return Success(registry)
        case Phase.CLEANING:
            return refused(Because.CLEANING_UP)
        case Phase.RELEASED:
            return refused(Because.ENDED)


def completed(registry: Registry, known: Reservation, at: int) -> Registry:
    """The registry once the attempt has all it was made for; its route goes live, unless it ever was more than that."""
    done = evolve(
        moved(known, Phase.COMPLETED, at=at),
        evidence=Evidence.RECORDED,
        inquiry=Settled(),
        probes=0,
        failure=None,
        resolved_at=at,
    )
    return live(having(registry, done), known.instance, known.user, known.instance, at)


def live(registry: Registry, instance: SandboxId, user: UserId, key: SandboxId, at: int) -> Registry:
    """The registry with a live route to the instance; one that is there stays as it is, for ever monotone."""
    if registry.route(instance) is not None:
        return registry
    return routing(registry, Route(instance, user, RouteState.LIVE, key, at))


# -- being told what rows prove ----------------------------------------------------------------------------------


def publish(registry: Registry, command: Publish) -> Decided:
    """Rows prove that the instance is the user's: complete its attempt, or let it in as one that is older than us."""
    instance = command.proof.instance
    if command.proof.owner != registry.owner:
        return refused(Because.NOT_PROVEN)
    if is_doomed(registry, instance):
        return refused(Because.DESTROYED)
    known = resolve.spent(registry, instance)
    if known is None:
        return Success(born(registry, instance, command.proof.user, command.key, command.at))
    if known.user != command.proof.user:
        return refused(Because.NOT_PROVEN)
    match known.phase:
        case Phase.OPEN | Phase.WORKING | Phase.COMMITTING:
            return Success(completed(registry, known, command.at))
        case Phase.COMPLETED:
            return Success(registry)
        case Phase.CLEANING:
            return refused(Because.CLEANING_UP)
        case Phase.RELEASED:
            return refused(Because.ENDED)


def born(registry: Registry, instance: SandboxId, user: UserId, key: SandboxId, at: int) -> Registry:
    """The registry with an instance that is older than it: completed by birth, and routed."""
    reservation = Reservation(
        attempt=AttemptId(f"{BORN}{instance}"),
        user=user,
        instance=instance,
        fence=Fence(0),
        phase=Phase.COMPLETED,
        evidence=Evidence.RECORDED,
        inquiry=Settled(),
        born=True,
        resolved_at=at,
    )
    return live(having(registry, moved(reservation, Phase.COMPLETED, at=at)), instance, user, key, at)


# -- ending by itself --------------------------------------------------------------------------------------------


def failed_clean(registry: Registry, command: FailedClean) -> Decided:
    """The attempt ended without a trace: its slot is free at once, if it was never at work or its instance says so."""
    return theirs(registry, command.attempt, command.fence).bind(lambda known: _failed_clean(registry, command, known))


def _failed_clean(registry: Registry, command: FailedClean, known: Reservation) -> Decided:
    match known.phase:
        case Phase.OPEN:
            return Success(released(registry, known, command.why, command.at))
        case Phase.WORKING if command.verdict == ConfirmedAbsent():
            absent = evolve(known, evidence=Evidence.CONFIRMED_ABSENT)
            return Success(released(registry, absent, command.why, command.at))
        case Phase.WORKING | Phase.COMMITTING:
            return refused(Because.NOT_CLEAN)
        case Phase.CLEANING | Phase.RELEASED:
            return Success(registry)
        case Phase.COMPLETED:
            return refused(Because.OUT_OF_TURN)


def failed_dirty(registry: Registry, command: FailedDirty) -> Decided:
    """The attempt ended and may have left something: it is cleaned up at once."""
    return theirs(registry, command.attempt, command.fence).bind(lambda known: _failed_dirty(registry, command, known))


def _failed_dirty(registry: Registry, command: FailedDirty, known: Reservation) -> Decided:
    match known.phase:
        case Phase.OPEN:
            return Success(released(registry, known, Resolution.FAILED_BEFORE_WORK, command.at))
        case Phase.WORKING | Phase.COMMITTING:
            return Success(resolve.cleaned_up(registry, known, command.failure, command.at))
        case Phase.CLEANING | Phase.RELEASED:
            return Success(registry)
        case Phase.COMPLETED:
            return refused(Because.OUT_OF_TURN)
