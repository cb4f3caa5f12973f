"""A request for a fresh instance, served step by step: each is durable where it belongs before the next is asked for.

`Checking -> Beginning -> Looking -> StartingWork -> Provisioning -> Preparing -> Inserting -> Subscribing -> Proving ->
Committing -> Replied`. Whoever serves it may vanish at any step: nothing of it is kept here, and what was begun is
found by the registry's own probe. A failure before the work withdraws and frees the slot at once; a later one has the
registry clean up, and nothing is ever undone here. What is in doubt and needs nobody is left to the probe.
"""

from __future__ import annotations

from attrs import evolve, field, frozen

from kiloclaw_core.commands import Admission
from kiloclaw_core.names import AttemptId, Fence, OwnerKey, SandboxId, UserId
from kiloclaw_core.registry.asks import (
    Accepted,
    Active,
    ActiveShown,
    Answer,
    Ask,
    AskInstance,
    AskRegistry,
    CheckEntitlement,
    Entitled,
    Granted,
    Inserted,
    InsertRow,
    InstanceRefused,
    LookAtRow,
    NotEntitled,
    Provisioned,
    ReadActive,
    RegistryRefused,
    Reply,
    RowFenced,
    RowSeen,
    RowTaken,
    Subscribe,
    SubscriptionRefused,
    Troubled,
)
from kiloclaw_core.registry.commands import (
    Because,
    Begin,
    Commit,
    FailedClean,
    FailedDirty,
    Hurry,
    Occupied,
    PrepareCommit,
    Publish,
    Refused,
    WorkStarted,
)
from kiloclaw_core.registry.evidence import ConfirmedAbsent, Failure, Proof, RowState, Verdict
from kiloclaw_core.registry.record import Opener, Phase, Resolution
from kiloclaw_core.registry.troubles import Trouble, trouble_of_instance, trouble_of_registry


@frozen
class Request:
    """Who wants which instance; the attempt's id is the caller's, so that asking again is asking the same."""

    owner: OwnerKey
    user: UserId
    attempt: AttemptId
    instance: SandboxId
    opener: Opener = field(default=Opener(), eq=False)


# -- positions ---------------------------------------------------------------------------------------------------


@frozen
class Checking:
    """May the user have an instance at all? Nothing is held yet."""


@frozen
class Beginning:
    """Asking for the slot."""


@frozen
class LookingAtHolder:
    """The slot is held by an attempt that was about to commit: is its instance active by now?"""

    holder: SandboxId


@frozen
class Repairing:
    """It is, and lacks its completion alone."""

    holder: Active


@frozen
class Hastening:
    """The slot is held by a clean-up: having it go on."""


@frozen
class Looking:
    """The slot is ours: has the context an active instance all the same?"""

    fence: Fence


@frozen
class Publishing:
    """It has, and it is subscribed: having it be routed."""

    fence: Fence
    active: Active


@frozen
class StartingWork:
    """About to call the instance."""

    fence: Fence


@frozen
class Provisioning:
    """The instance is being asked to take the attempt on."""

    fence: Fence


@frozen
class Preparing:
    """It has: about to insert the row."""

    fence: Fence


@frozen
class Inserting:
    """The row is being inserted."""

    fence: Fence


@frozen
class Subscribing:
    """The row is being subscribed."""

    fence: Fence


@frozen
class Proving:
    """Looking whether the rows are as they should be."""

    fence: Fence


@frozen
class Committing:
    """They are: completing."""

    fence: Fence


@frozen
class Withdrawing:
    """Nothing was done, and nothing will be: giving the slot back."""

    fence: Fence
    why: Resolution
    verdict: Verdict | None
    trouble: Trouble


@frozen
class Compensating:
    """Something may have been done: having it cleaned up."""

    fence: Fence
    failure: Failure
    trouble: Trouble


@frozen
class Replied:
    """The caller has been told."""

    reply: Reply


Position = (
    Checking
    | Beginning
    | LookingAtHolder
    | Repairing
    | Hastening
    | Looking
    | Publishing
    | StartingWork
    | Provisioning
    | Preparing
    | Inserting
    | Subscribing
    | Proving
    | Committing
    | Withdrawing
    | Compensating
    | Replied
)


@frozen
class Flow:
    """A request as far as it has been served; `tries` is how often a question without an answer is still repeated."""

    request: Request
    position: Position = Checking()
    tries: int = 0
    at: int = field(default=0, eq=False)


# -- asking ------------------------------------------------------------------------------------------------------


def asked(flow: Flow) -> Ask | Reply:
    """What is to be asked next, or what the caller is told."""
    who, at = flow.request, flow.at
    match flow.position:
        case Checking():
            return CheckEntitlement(who.owner, who.user)
        case Beginning():
            return AskRegistry(Begin(who.owner, who.attempt, who.user, who.instance, who.opener, at))
        case LookingAtHolder() | Looking():
            return ReadActive(who.owner, who.user)
        case Repairing(holder=active) | Publishing(active=active):
            return AskRegistry(Publish(who.owner, Proof(who.owner, who.user, active.instance), active.key, at))
        case Hastening():
            return AskRegistry(Hurry(who.owner, who.user, at))
        case StartingWork(fence=fence):
            return AskRegistry(WorkStarted(who.owner, who.attempt, fence, at))
        case Provisioning(fence=fence):
            return AskInstance(who.instance, who.owner, who.user, Admission(who.attempt, fence))
        case Preparing(fence=fence):
            return AskRegistry(PrepareCommit(who.owner, who.attempt, fence, at))
        case Inserting(fence=fence):
            return InsertRow(who.owner, who.user, who.instance, fence)
        case Subscribing(fence=fence):
            return Subscribe(who.owner, who.user, who.instance, fence)
        case Proving():
            return LookAtRow(who.owner, who.user, who.instance)
        case Committing(fence=fence):
            proof = Proof(who.owner, who.user, who.instance)
            return AskRegistry(Commit(who.owner, who.attempt, fence, proof, at))
        case Withdrawing(fence=fence, why=why, verdict=verdict):
            return AskRegistry(FailedClean(who.owner, who.attempt, fence, why, verdict, at))
        case Compensating(fence=fence, failure=failure):
            return AskRegistry(FailedDirty(who.owner, who.attempt, fence, failure, at))
        case Replied(reply=reply):
            return reply


# -- hearing -----------------------------------------------------------------------------------------------------


def heard(flow: Flow, answer: Answer) -> Flow:
    """Where the request stands once its question was answered; any other answer than one to it is none."""
    position = flow.position
    match position:
        case Checking() if isinstance(answer, Entitled):
            return to(flow, Beginning())
        case Checking() if isinstance(answer, NotEntitled):
            return troubled(flow, Trouble.ENTITLEMENT_EXPIRED)
        case Beginning() if isinstance(answer, Granted | RegistryRefused):
            return begun(flow, answer)
        case LookingAtHolder(holder=holder) if isinstance(answer, ActiveShown):
            return holder_seen(flow, holder, answer.active)
        case Repairing() if isinstance(answer, Granted | RegistryRefused):
            repaired = isinstance(answer, Granted)
            return troubled(flow, Trouble.ALREADY_ACTIVE if repaired else Trouble.COMPLETION_PENDING)
        case Hastening() if isinstance(answer, Granted | RegistryRefused):
            return troubled(flow, Trouble.CLEANUP_IN_PROGRESS)
        case Looking(fence=fence) if isinstance(answer, ActiveShown):
            return looked(flow, fence, answer.active)
        case Publishing(fence=fence) if isinstance(answer, Granted | RegistryRefused):
            return withdraw(flow, fence, Resolution.ACTIVE_EXISTS, Trouble.ALREADY_ACTIVE)
        case StartingWork(fence=fence) if isinstance(answer, Granted | RegistryRefused):
            return to(flow, Provisioning(fence)) if isinstance(answer, Granted) else ended(flow, answer)
        case Provisioning(fence=fence) if isinstance(answer, Accepted | InstanceRefused):
            return provisioned(flow, fence, answer)
        case Preparing(fence=fence) if isinstance(answer, Granted | RegistryRefused):
            return to(flow, Inserting(fence)) if isinstance(answer, Granted) else ended(flow, answer)
        case Inserting(fence=fence) if isinstance(answer, Inserted | RowFenced | RowTaken):
            return inserted(flow, fence, answer)
        case Subscribing(fence=fence) if isinstance(answer, RowSeen | SubscriptionRefused):
            return subscribed(flow, fence, answer)
        case Proving(fence=fence) if isinstance(answer, RowSeen):
            return proved(flow, fence, answer.row)
        case Committing() if isinstance(answer, Granted):
            return to(flow, Replied(Provisioned(flow.request.instance)))
        case Committing() if isinstance(answer, RegistryRefused):
            return ended(flow, answer)
        case Withdrawing() if isinstance(answer, Granted | RegistryRefused):
            return withdrew(flow, position, answer)
        case Compensating(trouble=trouble) if isinstance(answer, Granted | RegistryRefused):
            return troubled(flow, trouble)
        case Replied():
            return flow
        case (
            Checking()
            | Beginning()
            | LookingAtHolder()
            | Repairing()
            | Hastening()
            | Looking()
            | Publishing()
            | StartingWork()
            | Provisioning()
            | Preparing()
            | Inserting()
            | Subscribing()
            | Proving()
            | Committing()
            | Withdrawing()
            | Compensating()
        ):
            return unheard(flow)


def to(flow: Flow, position: Position) -> Flow:
    """The request at its next position."""
    return evolve(flow, position=position)


def troubled(flow: Flow, trouble: Trouble) -> Flow:
    """The caller is told that it came to nothing, or is not finished."""
    return to(flow, Replied(Troubled(trouble)))


def withdraw(flow: Flow, fence: Fence, why: Resolution, trouble: Trouble, verdict: Verdict | None = None) -> Flow:
    """Nothing was done: the slot is given back."""
    return to(flow, Withdrawing(fence, why, verdict, trouble))


def compensate(flow: Flow, fence: Fence, failure: Failure, trouble: Trouble) -> Flow:
    """Something may have been done: the registry cleans it up."""
    return to(flow, Compensating(fence, failure, trouble))


def ended(flow: Flow, answer: RegistryRefused) -> Flow:
    """Somebody ended the attempt meanwhile: whoever did sees to what is left."""
    return troubled(flow, trouble_of_registry(answer.refusal))


# -- one step each -----------------------------------------------------------------------------------------------


def begun(flow: Flow, answer: Granted | RegistryRefused) -> Flow:
    """The slot was asked for: ours, and perhaps finished already; or somebody else's, and how far are they?"""
    match answer:
        case Granted(phase=Phase.COMPLETED):
            return to(flow, Replied(Provisioned(flow.request.instance)))
        case Granted(fence=fence):
            return to(flow, Looking(fence))
        case RegistryRefused(refusal=Occupied(phase=Phase.COMMITTING, instance=holder)):
            return to(flow, LookingAtHolder(holder))
        case RegistryRefused(refusal=Occupied(phase=Phase.CLEANING)):
            return to(flow, Hastening())
        case RegistryRefused(refusal=refusal):
            return troubled(flow, trouble_of_registry(refusal))


def holder_seen(flow: Flow, holder: SandboxId, active: Active | None) -> Flow:
    """Whoever holds the slot has everything but its completion, or has not."""
    if active is None or active.instance != holder or not active.subscribed:
        return troubled(flow, Trouble.IN_PROGRESS)
    return to(flow, Repairing(active))


def looked(flow: Flow, fence: Fence, active: Active | None) -> Flow:
    """The slot is ours: if another instance is active the user has one, and needs no second."""
    if active is None or active.instance == flow.request.instance:
        return to(flow, StartingWork(fence))
    if active.subscribed:
        return to(flow, Publishing(fence, active))
    return withdraw(flow, fence, Resolution.ACTIVE_EXISTS, Trouble.ALREADY_ACTIVE)


def provisioned(flow: Flow, fence: Fence, answer: Accepted | InstanceRefused) -> Flow:
    """The instance took the attempt on, or said what it knows of it."""
    match answer:
        case Accepted():
            return to(flow, Preparing(fence))
        case InstanceRefused(refusal=refusal, verdict=ConfirmedAbsent() as verdict):
            trouble = trouble_of_instance(refusal)
            return withdraw(flow, fence, Resolution.FAILED_BEFORE_WORK, trouble, verdict)
        case InstanceRefused(refusal=refusal):
            return compensate(flow, fence, Failure.PROVIDER, trouble_of_instance(refusal))


def inserted(flow: Flow, fence: Fence, answer: Inserted | RowFenced | RowTaken) -> Flow:
    """The row is there, or may not be."""
    match answer:
        case Inserted():
            return to(flow, Subscribing(fence))
        case RowFenced():
            return compensate(flow, fence, Failure.ROW, Trouble.ATTEMPT_ENDED)
        case RowTaken():
            return compensate(flow, fence, Failure.ROW, Trouble.ALREADY_ACTIVE)


def subscribed(flow: Flow, fence: Fence, answer: RowSeen | SubscriptionRefused) -> Flow:
    """The row is subscribed, as a look will show, or will not be."""
    match answer:
        case RowSeen():
            return to(flow, Proving(fence))
        case SubscriptionRefused():
            return compensate(flow, fence, Failure.SUBSCRIPTION, Trouble.SUBSCRIPTION_FAILED)


def proved(flow: Flow, fence: Fence, row: RowState) -> Flow:
    """What the row says is the proof, or says that somebody was faster."""
    match row:
        case RowState.CANONICAL:
            return to(flow, Committing(fence))
        case RowState.UNSUBSCRIBED:
            return troubled(flow, Trouble.COMPLETION_PENDING)
        case RowState.NONE | RowState.DESTROYED:
            return compensate(flow, fence, Failure.DESTROYED, Trouble.DESTROYED)


def withdrew(flow: Flow, position: Withdrawing, answer: Granted | RegistryRefused) -> Flow:
    """The slot is given back, unless an earlier call of the same attempt has been at work: that is cleaned up."""
    match answer:
        case RegistryRefused(refusal=Refused(because=Because.NOT_CLEAN)):
            return compensate(flow, position.fence, Failure.PROVIDER, position.trouble)
        case Granted() | RegistryRefused():
            return troubled(flow, position.trouble)


# -- hearing nothing ---------------------------------------------------------------------------------------------


def unheard(flow: Flow) -> Flow:
    """No answer: the same question once more, while there are tries, for each may be repeated; then it is given up."""
    return gave_up(flow) if flow.tries == 0 else evolve(flow, tries=flow.tries - 1)


def gave_up(flow: Flow) -> Flow:
    """No answer at all: what is held is given back where that is sure, and cleaned up or left to the probe else."""
    position = flow.position
    match position:
        case Checking() | Beginning():
            return troubled(flow, Trouble.UNAVAILABLE)
        case LookingAtHolder() | Repairing():
            return troubled(flow, Trouble.IN_PROGRESS)
        case Hastening():
            return troubled(flow, Trouble.CLEANUP_IN_PROGRESS)
        case Looking(fence=fence):
            return withdraw(flow, fence, Resolution.FAILED_BEFORE_WORK, Trouble.PROVISION_FAILED)
        case Publishing(fence=fence):
            return withdraw(flow, fence, Resolution.ACTIVE_EXISTS, Trouble.ALREADY_ACTIVE)
        case StartingWork(fence=fence) | Provisioning(fence=fence):
            return compensate(flow, fence, Failure.PROVIDER, Trouble.PROVISION_FAILED)
        case Preparing(fence=fence) | Inserting(fence=fence):
            return compensate(flow, fence, Failure.ROW, Trouble.PROVISION_FAILED)
        case Subscribing() | Proving() | Committing():
            return troubled(flow, Trouble.COMPLETION_PENDING)
        case Withdrawing(trouble=trouble) | Compensating(trouble=trouble):
            return troubled(flow, trouble)
        case Replied():
            return flow
