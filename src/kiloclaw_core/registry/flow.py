"""A request for a fresh instance, served step by step: each is durable where it belongs before the next is asked for.

`Checking -> Beginning -> Looking -> StartingWork -> Provisioning -> Preparing -> Inserting -> Subscribing -> Proving ->
Committing -> Replied`. Whoever serves it may vanish at any step: nothing of it is kept here, and what was begun is
found by the registry's own probe. A failure before the work withdraws and frees the slot at once; a later one has the
registry clean up, and nothing is ever undone here. What is in doubt and needs nobody is left to the probe.
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.commands import Admission
from kiloclaw_core.registry import steps
from kiloclaw_core.registry.asks import (
    Answer,
    Ask,
    AskInstance,
    AskRegistry,
    CheckEntitlement,
    InsertRow,
    LookAtRow,
    ReadActive,
    Reply,
    Subscribe,
)
from kiloclaw_core.registry.commands import (
    Begin,
    Commit,
    FailedClean,
    FailedDirty,
    Hurry,
    PrepareCommit,
    Publish,
    RegistryCommand,
    WorkStarted,
)
from kiloclaw_core.registry.evidence import Failure, Proof
from kiloclaw_core.registry.positions import (
    AtRegistry,
    Beginning,
    Checking,
    Committing,
    Compensating,
    Flow,
    Hastening,
    Inserting,
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
    troubled,
    withdraw,
)
from kiloclaw_core.registry.record import Resolution
from kiloclaw_core.registry.troubles import Trouble

# -- asking ------------------------------------------------------------------------------------------------------


def asked(flow: Flow) -> Ask | Reply:
    """What is to be asked next, or what the caller is told."""
    who, position = flow.request, flow.position
    match position:
        case Checking():
            return CheckEntitlement(who.owner, who.user)
        case LookingAtHolder() | Looking():
            return ReadActive(who.owner, who.user)
        case Provisioning(fence=fence):
            return AskInstance(who.instance, who.owner, who.user, Admission(who.attempt, fence))
        case Inserting(fence=fence):
            return InsertRow(who.owner, who.user, who.instance, fence)
        case Subscribing(fence=fence):
            return Subscribe(who.owner, who.user, who.instance, fence)
        case Proving():
            return LookAtRow(who.owner, who.user, who.instance)
        case Beginning() | Repairing() | Publishing() | Hastening() | StartingWork() | Preparing() | Committing():
            return AskRegistry(commanded(flow, position))
        case Withdrawing() | Compensating():
            return AskRegistry(commanded(flow, position))
        case Replied(reply=reply):
            return reply


def commanded(flow: Flow, position: AtRegistry) -> RegistryCommand:
    """What the registry is to decide."""
    who, at = flow.request, flow.at
    match position:
        case Beginning():
            return Begin(who.owner, who.attempt, who.user, who.instance, who.opener, at)
        case Repairing(active=active) | Publishing(active=active):
            return Publish(who.owner, Proof(who.owner, who.user, active.instance), active.key, at)
        case Hastening():
            return Hurry(who.owner, who.user, at)
        case StartingWork(fence=fence):
            return WorkStarted(who.owner, who.attempt, fence, at)
        case Preparing(fence=fence):
            return PrepareCommit(who.owner, who.attempt, fence, at)
        case Committing(fence=fence):
            return Commit(who.owner, who.attempt, fence, Proof(who.owner, who.user, who.instance), at)
        case Withdrawing(fence=fence, why=why, verdict=verdict):
            return FailedClean(who.owner, who.attempt, fence, why, verdict, at)
        case Compensating(fence=fence, failure=failure):
            return FailedDirty(who.owner, who.attempt, fence, failure, at)


# -- hearing -----------------------------------------------------------------------------------------------------


def heard(flow: Flow, answer: Answer) -> Flow:
    """Where the request stands once its question was answered; any other answer than one to it is none."""
    after = answered(flow, answer)
    return unheard(flow) if after is None else after


def answered(flow: Flow, answer: Answer) -> Flow | None:
    """Where the request stands next; None where that is no answer to what it asked."""
    position = flow.position
    match position:
        case Checking() | Beginning() | LookingAtHolder() | Repairing() | Hastening():
            return steps.at_the_door(flow, position, answer)
        case Looking() | Publishing() | StartingWork() | Provisioning():
            return steps.let_in(flow, position, answer)
        case Preparing() | Inserting() | Subscribing() | Proving() | Committing():
            return steps.entering(flow, position, answer)
        case Withdrawing() | Compensating():
            return steps.ending(flow, position, answer)
        case Replied():
            return flow


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
        case Withdrawing(trouble=trouble):
            return troubled(flow, trouble)
        case Compensating():
            return troubled(flow, Trouble.UNAVAILABLE)  # what was done may be whole, and then the probe completes it
        case Replied():
            return flow
