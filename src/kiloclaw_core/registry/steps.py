"""What an answer comes to, position by position: where the request stands next, or None where it answers nothing asked.

The order is that of registry 3.3, with the boundary where effects begin (3.9).
"""

from __future__ import annotations

from kiloclaw_core.names import Fence, SandboxId
from kiloclaw_core.registry.asks import (
    Accepted,
    Active,
    ActiveShown,
    Answer,
    Entitled,
    Granted,
    Inserted,
    InstanceRefused,
    NotEntitled,
    Provisioned,
    RegistryRefused,
    RowFenced,
    RowSeen,
    RowTaken,
    SubscriptionRefused,
)
from kiloclaw_core.registry.commands import Because, Occupied, Refused
from kiloclaw_core.registry.evidence import ConfirmedAbsent, Failure, RowState
from kiloclaw_core.registry.positions import (
    AtTheDoor,
    Beginning,
    Checking,
    Committing,
    Compensating,
    Ending,
    Entering,
    Flow,
    Hastening,
    Inserting,
    LetIn,
    Looking,
    LookingAtHolder,
    Preparing,
    Proving,
    Provisioning,
    Publishing,
    Repairing,
    Replied,
    StartingWork,
    Subscribing,
    Withdrawing,
    compensate,
    ended,
    to,
    troubled,
    withdraw,
)
from kiloclaw_core.registry.record import Phase, Resolution
from kiloclaw_core.registry.troubles import Trouble, explanation, trouble_of_instance, trouble_of_registry

# -- at the door -------------------------------------------------------------------------------------------------


def at_the_door(flow: Flow, position: AtTheDoor, answer: Answer) -> Flow | None:
    """May they have one, is the slot free, and if not, how far is whoever holds it?"""
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
        case Checking() | Beginning() | LookingAtHolder() | Repairing() | Hastening():
            return None


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


# -- let in ------------------------------------------------------------------------------------------------------


def let_in(flow: Flow, position: LetIn, answer: Answer) -> Flow | None:
    """Is there an active instance already, and does ours take the attempt on?"""
    fence = position.fence
    match position:
        case Looking() if isinstance(answer, ActiveShown):
            return looked(flow, fence, answer.active)
        case Publishing() if isinstance(answer, Granted | RegistryRefused):
            return withdraw(flow, fence, Resolution.ACTIVE_EXISTS, Trouble.ALREADY_ACTIVE)
        case StartingWork() if isinstance(answer, Granted | RegistryRefused):
            return to(flow, Provisioning(fence)) if isinstance(answer, Granted) else ended(flow, answer)
        case Provisioning() if isinstance(answer, Accepted | InstanceRefused):
            return provisioned(flow, fence, answer)
        case Looking() | Publishing() | StartingWork() | Provisioning():
            return None


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


# -- entering it -------------------------------------------------------------------------------------------------


def entering(flow: Flow, position: Entering, answer: Answer) -> Flow | None:
    """Its row, its subscription, the proof of both, and the completion."""
    fence = position.fence
    match position:
        case Preparing() if isinstance(answer, Granted | RegistryRefused):
            return to(flow, Inserting(fence)) if isinstance(answer, Granted) else ended(flow, answer)
        case Inserting() if isinstance(answer, Inserted | RowFenced | RowTaken):
            return inserted(flow, fence, answer)
        case Subscribing() if isinstance(answer, RowSeen | SubscriptionRefused):
            return subscribed(flow, fence, answer)
        case Proving() if isinstance(answer, RowSeen):
            return proved(flow, fence, answer.row)
        case Committing() if isinstance(answer, Granted):
            return to(flow, Replied(Provisioned(flow.request.instance)))
        case Committing() if isinstance(answer, RegistryRefused):
            return ended(flow, answer)
        case Preparing() | Inserting() | Subscribing() | Proving() | Committing():
            return None


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


# -- ending ------------------------------------------------------------------------------------------------------


def ending(flow: Flow, position: Ending, answer: Answer) -> Flow | None:
    """The slot is given back, or will be."""
    match position:
        case Withdrawing() if isinstance(answer, Granted | RegistryRefused):
            return withdrew(flow, position, answer)
        case Compensating(trouble=trouble) if isinstance(answer, Granted | RegistryRefused):
            return compensated(flow, trouble, answer)
        case Withdrawing() | Compensating():
            return None


def withdrew(flow: Flow, position: Withdrawing, answer: Granted | RegistryRefused) -> Flow:
    """The slot is given back, unless an earlier call of the same attempt has been at work: that is cleaned up."""
    match answer:
        case RegistryRefused(refusal=Refused(because=Because.NOT_CLEAN)):
            return compensate(flow, position.fence, Failure.PROVIDER, position.trouble)
        case Granted() | RegistryRefused():
            return troubled(flow, position.trouble)


def compensated(flow: Flow, trouble: Trouble, answer: Granted | RegistryRefused) -> Flow:
    """It is cleaned up, unless a probe found it whole meanwhile: then nobody is to begin anew beside it."""
    match answer:
        case RegistryRefused(refusal=Refused(because=Because.OUT_OF_TURN)) if explanation(trouble).anew:
            return troubled(flow, Trouble.COMPLETION_PENDING)
        case Granted() | RegistryRefused():
            return troubled(flow, trouble)
