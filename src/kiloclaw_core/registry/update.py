"""A request about an instance that there is: changed, recovered to its subscription, or destroyed.

`ReadingActive -> (Completing) -> Configuring -> ReadingAgain -> (Subscribing -> Publishing) -> Replied`. Nothing is let
in here and no slot is taken; what a repair completes was proved by rows first (registry 3.6). A destroy is one intent,
durable at the registry before anything else, and then the registry's own affair: forward only (registry 7.2, P6).
"""

from __future__ import annotations

from attrs import evolve, field, frozen

from kiloclaw_core.names import OwnerKey, SandboxId, UserId
from kiloclaw_core.registry.asks import (
    Accepted,
    Active,
    ActiveShown,
    Answer,
    Ask,
    AskInstance,
    AskRegistry,
    Destroying,
    Granted,
    InstanceRefused,
    Provisioned,
    ReadActive,
    RegistryRefused,
    Reply,
    RowSeen,
    Subscribe,
    SubscriptionRefused,
    Troubled,
)
from kiloclaw_core.registry.commands import Because, DestroyIntent, Occupied, Publish, Refused
from kiloclaw_core.registry.evidence import Proof, RowState
from kiloclaw_core.registry.troubles import Trouble, trouble_of_instance, trouble_of_registry


@frozen
class UpdateRequest:
    """Whose instance is to be changed; `bootstrap` says that it may be subscribed if it is not."""

    owner: OwnerKey
    user: UserId
    instance: SandboxId
    bootstrap: bool = False


@frozen
class ReadingActive:
    """Is the instance the context's own?"""


@frozen
class Completing:
    """It is, and subscribed: completing its attempt, if that was never done."""

    active: Active


@frozen
class Configuring:
    """The instance is being changed."""

    active: Active


@frozen
class ReadingAgain:
    """It was: is it still the context's own?"""

    active: Active


@frozen
class Recovering:
    """It has no subscription: it is being subscribed."""

    active: Active


@frozen
class Publishing:
    """It has one now: completing its attempt, or having it routed as one that is older than the registry."""

    active: Active


@frozen
class Updated:
    """The caller has been told."""

    reply: Reply


UpdatePosition = ReadingActive | Completing | Configuring | ReadingAgain | Recovering | Publishing | Updated


@frozen
class Update:
    """A request as far as it has been served; `tries` is how often a question without an answer is still repeated."""

    request: UpdateRequest
    position: UpdatePosition = ReadingActive()
    tries: int = 0
    at: int = field(default=0, eq=False)


def update_asked(update: Update) -> Ask | Reply:
    """What is to be asked next, or what the caller is told."""
    who = update.request
    match update.position:
        case ReadingActive() | ReadingAgain():
            return ReadActive(who.owner, who.user)
        case Completing(active=active) | Publishing(active=active):
            proof = Proof(who.owner, who.user, active.instance)
            return AskRegistry(Publish(who.owner, proof, active.key, update.at))
        case Configuring(active=active):
            return AskInstance(active.key, who.owner, who.user, None)
        case Recovering(active=active):
            return Subscribe(who.owner, who.user, active.instance, None)
        case Updated(reply=reply):
            return reply


def update_heard(update: Update, answer: Answer) -> Update:
    """Where the request stands once its question was answered; any other answer than one to it is none."""
    match update.position:
        case ReadingActive() if isinstance(answer, ActiveShown):
            return _found(update, answer.active)
        case Completing(active=active) if isinstance(answer, Granted | RegistryRefused):
            return _to(update, Configuring(active)) if isinstance(answer, Granted) else _unpublished(update, answer)
        case Configuring(active=active) if isinstance(answer, Accepted | InstanceRefused):
            return _configured(update, active, answer)
        case ReadingAgain(active=active) if isinstance(answer, ActiveShown):
            return _found_again(update, active, answer.active)
        case Recovering(active=active) if isinstance(answer, RowSeen | SubscriptionRefused):
            return _recovered(update, active, answer)
        case Publishing() if isinstance(answer, Granted | RegistryRefused):
            return _done(update) if isinstance(answer, Granted) else _unpublished(update, answer)
        case Updated():
            return update
        case ReadingActive() | Completing() | Configuring() | ReadingAgain() | Recovering() | Publishing():
            return _unheard(update)


def _to(update: Update, position: UpdatePosition) -> Update:
    return evolve(update, position=position)


def _troubled(update: Update, trouble: Trouble) -> Update:
    return _to(update, Updated(Troubled(trouble)))


def _done(update: Update) -> Update:
    return _to(update, Updated(Provisioned(update.request.instance)))


def _found(update: Update, active: Active | None) -> Update:
    """Only the context's own instance is changed: an id that somebody made up makes no new one."""
    if active is None or active.instance != update.request.instance:
        return _troubled(update, Trouble.NOT_FOUND)
    if active.subscribed:
        return _to(update, Completing(active))
    return (
        _to(update, Configuring(active)) if update.request.bootstrap else _troubled(update, Trouble.COMPLETION_PENDING)
    )


def _unpublished(update: Update, answer: RegistryRefused) -> Update:
    """The rows say yes and the registry no: the instance is on its way out, and its row will say so."""
    match answer.refusal:
        case Refused(because=Because.ENDED | Because.CLEANING_UP | Because.DESTROYED):
            return _troubled(update, Trouble.DESTROYED)
        case Refused() | Occupied():
            return _troubled(update, trouble_of_registry(answer.refusal))


def _configured(update: Update, active: Active, answer: Accepted | InstanceRefused) -> Update:
    match answer:
        case Accepted():
            return _to(update, ReadingAgain(active))
        case InstanceRefused(refusal=refusal):
            return _troubled(update, trouble_of_instance(refusal))


def _found_again(update: Update, before: Active, active: Active | None) -> Update:
    """A destroy may have come between: then nothing is published."""
    if active is None or active.instance != before.instance:
        return _troubled(update, Trouble.DESTROYED)
    return _done(update) if before.subscribed else _to(update, Recovering(before))


def _recovered(update: Update, active: Active, answer: RowSeen | SubscriptionRefused) -> Update:
    """A subscription that fails tears nothing down: the instance is the user's."""
    match answer:
        case RowSeen(row=RowState.CANONICAL):
            return _to(update, Publishing(active))
        case RowSeen(row=RowState.NONE | RowState.DESTROYED):
            return _troubled(update, Trouble.DESTROYED)
        case RowSeen() | SubscriptionRefused():
            return _troubled(update, Trouble.COMPLETION_PENDING)


def _unheard(update: Update) -> Update:
    """No answer: once more, while there are tries; then the caller may ask the same again."""
    if update.tries == 0:
        return _troubled(update, Trouble.UNAVAILABLE)
    return evolve(update, tries=update.tries - 1)


# -- destroying --------------------------------------------------------------------------------------------------


@frozen
class DestroyRequest:
    """Whose instance is to be destroyed; `key` is the name of its record."""

    owner: OwnerKey
    user: UserId
    instance: SandboxId
    key: SandboxId


@frozen
class Intending:
    """Having the registry know: from then on it will be done, whoever else is there or not."""


@frozen
class Told:
    """The caller has been told."""

    reply: Reply


@frozen
class Destruction:
    """A destroy as far as it has been served."""

    request: DestroyRequest
    position: Intending | Told = Intending()
    tries: int = 0
    at: int = field(default=0, eq=False)


def destruction_asked(destruction: Destruction) -> Ask | Reply:
    """What is to be asked next, or what the caller is told."""
    who = destruction.request
    match destruction.position:
        case Intending():
            return AskRegistry(DestroyIntent(who.owner, who.user, who.instance, who.key, destruction.at))
        case Told(reply=reply):
            return reply


def destruction_heard(destruction: Destruction, answer: Answer) -> Destruction:
    """Where the destroy stands; what was intended is never taken back."""
    match destruction.position:
        case Intending() if isinstance(answer, Granted):
            return evolve(destruction, position=Told(Destroying(destruction.request.instance)))
        case Intending() if isinstance(answer, RegistryRefused):
            return evolve(destruction, position=Told(Troubled(trouble_of_registry(answer.refusal))))
        case Intending() if destruction.tries:
            return evolve(destruction, tries=destruction.tries - 1)
        case Intending():
            return evolve(destruction, position=Told(Troubled(Trouble.UNAVAILABLE)))
        case Told():
            return destruction
