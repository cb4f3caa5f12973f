"""How a request for a fresh instance is told: by the answers that its questions had, position by position."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.commands import Admission
from kiloclaw_core.registry import (
    Accepted,
    Active,
    ActiveShown,
    Answer,
    Ask,
    AskInstance,
    AskRegistry,
    Because,
    Begin,
    CheckEntitlement,
    Commit,
    Entitled,
    FailedClean,
    FailedDirty,
    Failure,
    Flow,
    Granted,
    Hurry,
    Inserted,
    InsertRow,
    LookAtRow,
    NoAnswer,
    Occupied,
    Opener,
    Phase,
    PrepareCommit,
    Proof,
    Publish,
    ReadActive,
    Refused,
    RegistryRefused,
    Reply,
    Request,
    Resolution,
    RowFenced,
    RowSeen,
    RowState,
    Subscribe,
    Verdict,
    WorkStarted,
    asked,
    heard,
)

from .telling import ANN, FIRST, KI_1, KI_2, ONE, OWNER, PROOF, SECOND

REQUEST: Final = Request(OWNER, ANN, FIRST, KI_1, Opener("ann", "r1"))
NEW: Final = Flow(REQUEST)
NOTHING: Final = NoAnswer()
YES: Final = Granted(ONE, Phase.OPEN)
AT_WORK: Final = Granted(ONE, Phase.WORKING)
ABOUT_TO_COMMIT: Final = Granted(ONE, Phase.COMMITTING)
NO_INSTANCE: Final = ActiveShown(None)
OTHER: Final = Active(KI_2, KI_2, subscribed=True)
CANONICAL: Final = RowSeen(RowState.CANONICAL)
GIVEN_UP: Final = RegistryRefused(Refused(Because.CLEANING_UP))

CHECKING: Final[tuple[Answer, ...]] = ()
BEGINNING: Final = (*CHECKING, Entitled())
LOOKING: Final = (*BEGINNING, YES)
STARTING_WORK: Final = (*LOOKING, NO_INSTANCE)
PROVISIONING: Final = (*STARTING_WORK, AT_WORK)
PREPARING: Final = (*PROVISIONING, Accepted())
INSERTING: Final = (*PREPARING, ABOUT_TO_COMMIT)
SUBSCRIBING: Final = (*INSERTING, Inserted())
PROVING: Final = (*SUBSCRIBING, CANONICAL)
COMMITTING: Final = (*PROVING, CANONICAL)
REPLIED: Final = (*COMMITTING, Granted(ONE, Phase.COMPLETED))
HELD_BY_A_COMMIT: Final = (*BEGINNING, RegistryRefused(Occupied(SECOND, KI_2, Phase.COMMITTING)))
REPAIRING: Final = (*HELD_BY_A_COMMIT, ActiveShown(OTHER))
HASTENING: Final = (*BEGINNING, RegistryRefused(Occupied(SECOND, KI_2, Phase.CLEANING)))
PUBLISHING: Final = (*LOOKING, ActiveShown(OTHER))
WITHDRAWING: Final = (*LOOKING, ActiveShown(evolve(OTHER, subscribed=False)))
COMPENSATING: Final = (*INSERTING, RowFenced())

READ_ACTIVE: Final = ReadActive(OWNER, ANN)
PUBLISH_OTHER: Final = AskRegistry(Publish(OWNER, Proof(OWNER, ANN, KI_2), KI_2))
ASKS: Final[list[tuple[tuple[Answer, ...], Ask]]] = [
    (CHECKING, CheckEntitlement(OWNER, ANN)),
    (BEGINNING, AskRegistry(Begin(OWNER, FIRST, ANN, KI_1))),
    (HELD_BY_A_COMMIT, READ_ACTIVE),
    (REPAIRING, PUBLISH_OTHER),
    (HASTENING, AskRegistry(Hurry(OWNER, ANN))),
    (LOOKING, READ_ACTIVE),
    (PUBLISHING, PUBLISH_OTHER),
    (STARTING_WORK, AskRegistry(WorkStarted(OWNER, FIRST, ONE))),
    (PROVISIONING, AskInstance(KI_1, OWNER, ANN, Admission(FIRST, ONE))),
    (PREPARING, AskRegistry(PrepareCommit(OWNER, FIRST, ONE))),
    (INSERTING, InsertRow(OWNER, ANN, KI_1, ONE)),
    (SUBSCRIBING, Subscribe(OWNER, ANN, KI_1, ONE)),
    (PROVING, LookAtRow(OWNER, ANN, KI_1)),
    (COMMITTING, AskRegistry(Commit(OWNER, FIRST, ONE, PROOF))),
    (WITHDRAWING, AskRegistry(FailedClean(OWNER, FIRST, ONE, Resolution.ACTIVE_EXISTS))),
    (COMPENSATING, AskRegistry(FailedDirty(OWNER, FIRST, ONE, Failure.ROW))),
]
"""Every position but the last, by the answers that lead there, and what is asked at it."""


def served(*answers: Answer, flow: Flow = NEW) -> Flow:
    """The request once its questions were answered so."""
    for answer in answers:
        flow = heard(flow, answer)
    return flow


def asks(*answers: Answer) -> Ask | Reply:
    """What is asked after these answers, or what the caller is told."""
    return asked(served(*answers))


def clean(why: Resolution, verdict: Verdict | None = None) -> AskRegistry:
    """The slot is given back."""
    return AskRegistry(FailedClean(OWNER, FIRST, ONE, why, verdict))


def dirty(failure: Failure) -> AskRegistry:
    """What was begun is to be cleaned up."""
    return AskRegistry(FailedDirty(OWNER, FIRST, ONE, failure))
