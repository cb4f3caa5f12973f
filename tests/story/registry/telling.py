"""How the stories of a registry are told: let in, going on and ending by commands, found out about by answers.

An organisation's registry, so that two users are at hand; Ann's attempt is the one that most stories follow.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from attrs import evolve
from returns.result import Failure as NotGranted
from returns.result import Result

from kiloclaw_core.facts import AlarmRang, Recovered, Woken
from kiloclaw_core.instance import Note
from kiloclaw_core.names import AttemptId, Fence, OpId, OwnerKey, SandboxId, UserId
from kiloclaw_core.outcomes import Done, Rejected, Unknown, Why
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.registry import (
    Because,
    Begin,
    Commit,
    ConfirmedAbsent,
    Consult,
    Destroyed,
    DestroyIntent,
    Evidence,
    FailedClean,
    FailedDirty,
    Failure,
    Hurry,
    LegacyShown,
    Opener,
    OperatorRelease,
    Phase,
    PrepareCommit,
    Proof,
    Publish,
    Refused,
    Registry,
    RegistryCommand,
    RegistryOutcome,
    RegistryRefusal,
    RegistryReplied,
    RegistryTransition,
    Reservation,
    Route,
    RouteState,
    RowShown,
    RowState,
    Slot,
    Verdict,
    VerdictShown,
    WorkStarted,
    registry_absorb,
    registry_alarms_of,
    registry_decide,
)
from kiloclaw_core.registry.inquiries import Inquiry, Settled

OWNER: Final = OwnerKey("org:acme")
ANN: Final = UserId("ann")
BEN: Final = UserId("ben")
FIRST: Final = AttemptId("first")
SECOND: Final = AttemptId("second")
KI_1: Final = SandboxId("ki_1")
KI_2: Final = SandboxId("ki_2")
ONE: Final = Fence(1)
TWO: Final = Fence(2)
BLANK: Final = Registry(OWNER)

BEGIN: Final = Begin(OWNER, FIRST, ANN, KI_1, Opener("ann", "r1"), at=10)
STARTED: Final = WorkStarted(OWNER, FIRST, ONE, at=20)
PREPARED: Final = PrepareCommit(OWNER, FIRST, ONE, at=30)
PROOF: Final = Proof(OWNER, ANN, KI_1)
COMMIT: Final = Commit(OWNER, FIRST, ONE, PROOF, at=40)
CLEAN: Final = FailedClean(OWNER, FIRST, ONE, at=50)
CLEAN_AFTER_WORK: Final = evolve(CLEAN, verdict=ConfirmedAbsent())
DIRTY: Final = FailedDirty(OWNER, FIRST, ONE, Failure.PROVIDER, at=50)
PUBLISH: Final = Publish(OWNER, PROOF, KI_1, at=60)
INTENT: Final = DestroyIntent(OWNER, ANN, KI_1, KI_1, at=70)
DESTROYED: Final = Destroyed(OWNER, ANN, KI_1, KI_1, at=80)
HURRY: Final = Hurry(OWNER, ANN)
BEGIN_SECOND: Final = evolve(BEGIN, attempt=SECOND, instance=KI_2)
BEGIN_BEN: Final = evolve(BEGIN_SECOND, user=BEN)

OPEN: Final[tuple[RegistryCommand, ...]] = (BEGIN,)
WORKING: Final = (*OPEN, STARTED)
COMMITTING: Final = (*WORKING, PREPARED)
COMPLETED: Final = (*COMMITTING, COMMIT)
CLEANING: Final = (*WORKING, DIRTY)
RELEASED: Final = (*OPEN, CLEAN)
"""Ended before its work: it has left nothing, and its instance may be another's."""
CLEANED: Final = (*WORKING, CLEAN_AFTER_WORK)
"""Released too, but it has called its instance."""
DRAINING: Final = (*COMPLETED, INTENT)

DONE: Final = Done()
UNKNOWN: Final = Unknown()
REJECTED: Final = Rejected(Why.NOT_SENT)
WAKE: Final = Woken(at=100)
NO_ROW: Final = RowShown(RowState.NONE)
UNSUBSCRIBED: Final = RowShown(RowState.UNSUBSCRIBED)
CANONICAL: Final = RowShown(RowState.CANONICAL)
ROW_DESTROYED: Final = RowShown(RowState.DESTROYED)


class Ring:
    """The first alarm of this name that the registry wants rings."""

    def __init__(self, name: AlarmName) -> None:
        """Remember the name."""
        self.name = name


PROBE: Final = Ring(AlarmName.PROBE)
"""It is time to look after the reservation."""
PATIENCE: Final = Ring(AlarmName.PATIENCE)
"""No answer came."""
PAUSE: Final = Ring(AlarmName.PAUSE)
Happening = RegistryCommand | RegistryOutcome | RegistryReplied | Ring | AlarmRang | Woken | Recovered


def said(verdict: Verdict) -> VerdictShown:
    """The instance says this of the attempt."""
    return VerdictShown(verdict)


def release(phase: Phase = Phase.WORKING, fence: Fence = ONE) -> OperatorRelease:
    """Olga answers for Ann's attempt, which she saw so."""
    return OperatorRelease(OWNER, FIRST, phase, fence, "olga", "checked by hand", at=90)


def after(*happenings: Happening, first: Registry = BLANK) -> RegistryTransition:
    """What the last of these happenings moved; each outcome answers the request that was sent last."""
    transition, last = RegistryTransition(first), OpId(-1)
    for happening in happenings:
        transition = _moved(transition.record, last, happening)
        last = transition.effects[-1].op if transition.effects else last
    return transition


def told(*happenings: Happening, first: Registry = BLANK) -> Registry:
    """The registry after these."""
    return after(*happenings, first=first).record


def _moved(registry: Registry, last: OpId, happening: Happening) -> RegistryTransition:
    match happening:
        case Ring(name=name):
            return registry_absorb(registry, first_ring(registry, name))
        case AlarmRang() | Woken() | Recovered() | RegistryReplied():
            return registry_absorb(registry, happening)
        case RowShown() | VerdictShown() | LegacyShown() | Done() | Rejected() | Unknown():
            return registry_absorb(registry, RegistryReplied(last, happening, at=200))
        case (
            Begin()
            | WorkStarted()
            | PrepareCommit()
            | Commit()
            | FailedClean()
            | FailedDirty()
            | Publish()
            | DestroyIntent()
            | Destroyed()
            | OperatorRelease()
            | Hurry()
            | Consult()
        ):
            return RegistryTransition(registry_decide(registry, happening).unwrap())


def first_ring(registry: Registry, name: AlarmName) -> AlarmRang:
    """The ring of the first alarm of this name that the registry wants; there has to be one."""
    alarm = next(one for one in registry_alarms_of(registry) if one.name is name)
    return AlarmRang(alarm.name, alarm.of, at=100)


def refused(because: Because) -> Result[Registry, RegistryRefusal]:
    """The command was not granted, for this reason."""
    return NotGranted(Refused(because))


def reservation_in(phase: Phase, evidence: Evidence, inquiry: Inquiry) -> Reservation:
    """Ann's first attempt, as far as this."""
    return Reservation(FIRST, ANN, KI_1, ONE, phase, evidence, inquiry)


def registry_of(ops: int, *reservations: Reservation, route: RouteState | None = None) -> Registry:
    """The organisation's registry with these reservations, and a route to Ann's instance in this state."""
    fences = {one.user: one.fence for one in reservations if one.fence}
    return Registry(
        owner=OWNER,
        ops=OpId(ops),
        reservations=reservations,
        routes=() if route is None else (Route(KI_1, ANN, route, KI_1),),
        slots=tuple(Slot(user, fence) for user, fence in sorted(fences.items())),
    )


completed: Final = partial(reservation_in, Phase.COMPLETED, Evidence.RECORDED)
SETTLED: Final = Settled()


def released_note(reason: str) -> Note:
    """The line for the log of an attempt that holds its slot no more."""
    return Note("instance.provision_reservation_released", (("attempt_id", FIRST), ("reason", reason)))


def failed_note(failure: str) -> Note:
    """The line for the log of an attempt that is being cleaned up from now on."""
    return Note("instance.provisioning_failed", (("attempt_id", FIRST), ("failure", failure)))


REPAIRED: Final = Note("instance.provision_reservation_repaired", (("attempt_id", FIRST),))
