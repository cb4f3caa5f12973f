"""What callers ask of a registry, and why they may be refused; a repeated command is granted again.

Whoever runs an attempt names it and its fence each time, so that a late one never touches its successor.
"""

from __future__ import annotations

from enum import Enum

from attrs import field, frozen

from kiloclaw_core.names import AttemptId, Fence, OwnerKey, SandboxId, UserId
from kiloclaw_core.registry.evidence import Failure, Proof, Verdict
from kiloclaw_core.registry.record import Opener, Phase, Resolution


@frozen
class Begin:
    """Let this attempt in, if the user's slot is free; asked again, it is let in with the fence it has."""

    owner: OwnerKey
    attempt: AttemptId
    user: UserId
    instance: SandboxId
    opener: Opener = field(default=Opener(), eq=False)
    at: int = field(default=0, eq=False)


@frozen
class WorkStarted:
    """The attempt is about to call its instance: only when this is granted may it."""

    owner: OwnerKey
    attempt: AttemptId
    fence: Fence
    at: int = field(default=0, eq=False)


@frozen
class PrepareCommit:
    """The instance has taken the attempt on: only when this is granted may its row be inserted."""

    owner: OwnerKey
    attempt: AttemptId
    fence: Fence
    at: int = field(default=0, eq=False)


@frozen
class Commit:
    """The attempt has its row and its subscription, as the proof says: it is completed, and its route is live."""

    owner: OwnerKey
    attempt: AttemptId
    fence: Fence
    proof: Proof
    at: int = field(default=0, eq=False)


@frozen
class FailedClean:
    """The attempt ended without a trace: before its work, or with an instance that says so."""

    owner: OwnerKey
    attempt: AttemptId
    fence: Fence
    why: Resolution = Resolution.FAILED_BEFORE_WORK
    verdict: Verdict | None = None
    at: int = field(default=0, eq=False)


@frozen
class FailedDirty:
    """The attempt ended and may have left something: it is cleaned up, and only then is its slot free."""

    owner: OwnerKey
    attempt: AttemptId
    fence: Fence
    failure: Failure
    at: int = field(default=0, eq=False)


@frozen
class Publish:
    """Rows prove that the instance is canonical: its attempt is completed, or it is older than the registry.

    Completion repair, the publication of a recovered instance, and that of one without a reservation are this.
    """

    owner: OwnerKey
    proof: Proof
    key: SandboxId
    at: int = field(default=0, eq=False)


@frozen
class DestroyIntent:
    """The instance is to be destroyed: nobody is routed to it any more, and its attempt, if it still runs, ends."""

    owner: OwnerKey
    user: UserId
    instance: SandboxId
    key: SandboxId
    at: int = field(default=0, eq=False)


@frozen
class Destroyed:
    """The instance pays its debt: it has nothing left that it knows of. Its route is a tombstone, for ever."""

    owner: OwnerKey
    user: UserId
    instance: SandboxId
    key: SandboxId
    at: int = field(default=0, eq=False)


@frozen
class OperatorRelease:
    """An operator answers for whatever the attempt left; it is fenced, and then its slot is free.

    Granted only while phase and fence are those that the operator saw. What they took upon themselves is written into
    the record by the same commit.
    """

    owner: OwnerKey
    attempt: AttemptId
    expected_phase: Phase
    expected_fence: Fence
    operator: str
    because: str
    at: int = field(default=0, eq=False)


@frozen
class Hurry:
    """Somebody waits for the user's slot: a clean-up is looked after now; an attempt that runs keeps its patience."""

    owner: OwnerKey
    user: UserId
    at: int = field(default=0, eq=False)


@frozen
class Consult:
    """Somebody wants the routes: those that are older than the registry are looked for, unless they were."""

    owner: OwnerKey
    at: int = field(default=0, eq=False)


RegistryCommand = (
    Begin
    | WorkStarted
    | PrepareCommit
    | Commit
    | FailedClean
    | FailedDirty
    | Publish
    | DestroyIntent
    | Destroyed
    | OperatorRelease
    | Hurry
    | Consult
)


class Because(Enum):
    """Why a command was not granted; read it after "because"."""

    ANOTHER_OWNER = "the registry is another owner's"
    UNNAMED = "the attempt, the user and the instance must all be named"
    MISNAMED = "the attempt is named like an instance that nobody let in"
    ANOTHER_REQUEST = "the attempt was made for another user or instance"
    NO_SUCH_ATTEMPT = "there is no such attempt"
    FENCED = "the attempt has another fence"
    OUT_OF_TURN = "the attempt has not come so far, or further"
    CLEANING_UP = "the attempt is being cleaned up"
    ENDED = "the attempt has ended"
    NOT_CLEAN = "the attempt may have left something"
    NOT_PROVEN = "the rows do not prove that"
    DESTROYED = "the instance is destroyed, or is to be"
    INSTANCE_TAKEN = "the instance has been another attempt's"
    NOT_RELEASABLE = "the attempt does not hold its slot"
    CHANGED = "the attempt is not as the operator saw it"
    UNANSWERED_FOR = "an operator must give their name and a reason"


@frozen
class Refused:
    """The command is not granted, for this reason."""

    because: Because


@frozen
class Occupied:
    """The slot is held by this attempt to have this instance, which has come so far, since then."""

    attempt: AttemptId
    instance: SandboxId
    phase: Phase
    probes: int = 0
    opened_at: int = field(default=0, eq=False)


RegistryRefusal = Refused | Occupied
