"""Requests about an instance that there is: changed, recovered and destroyed, question by question."""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_core.commands import Refusal
from kiloclaw_core.names import AttemptId, Fence, OwnerKey, SandboxId, UserId
from kiloclaw_core.registry import (
    Accepted,
    Active,
    ActiveShown,
    Answer,
    Ask,
    AskInstance,
    AskRegistry,
    Because,
    Destroying,
    DestroyIntent,
    DestroyRequest,
    Destruction,
    Granted,
    InstanceRefused,
    NoAnswer,
    Occupied,
    Phase,
    Proof,
    Provisioned,
    Publish,
    ReadActive,
    Refused,
    RegistryRefused,
    Remaining,
    Reply,
    RowSeen,
    RowState,
    Subscribe,
    SubscriptionRefused,
    Trouble,
    Troubled,
    Update,
    UpdateRequest,
    destruction_asked,
    destruction_heard,
    update_asked,
    update_heard,
)

OWNER: Final = OwnerKey("user:ann")
ANN: Final = UserId("ann")
BOX: Final = SandboxId("box")
KEY: Final = SandboxId("YW5u")

PAID: Final = ActiveShown(Active(BOX, KEY, subscribed=True))
UNPAID: Final = ActiveShown(Active(BOX, KEY, subscribed=False))
ANOTHERS: Final = ActiveShown(Active(SandboxId("other"), KEY, subscribed=True))
NONE: Final = ActiveShown(None)
GRANTED: Final = Granted(Fence(0), Phase.COMPLETED)

LOOK: Final = ReadActive(OWNER, ANN)
PUBLISH: Final = AskRegistry(Publish(OWNER, Proof(OWNER, ANN, BOX), KEY))
CONFIGURE: Final = AskInstance(KEY, OWNER, ANN, None)
SUBSCRIBE: Final = Subscribe(OWNER, ANN, BOX, None)
DONE: Final = Provisioned(BOX)

CHANGED: Final = (PAID, GRANTED, Accepted())
RECOVERED: Final = (UNPAID, Accepted(), UNPAID)


def refused(because: Because) -> RegistryRefused:
    """The registry says no."""
    return RegistryRefused(Refused(because))


def updated(*answers: Answer, bootstrap: bool = True, tries: int = 0) -> Ask | Reply:
    """What an update asks, or tells its caller, after these answers."""
    update = Update(UpdateRequest(OWNER, ANN, BOX, bootstrap), tries=tries)
    for answer in answers:
        update = update_heard(update, answer)
    return update_asked(update)


@pytest.mark.parametrize(
    ("answers", "next_question"),
    [
        ((), LOOK),
        ((PAID,), PUBLISH),
        ((PAID, GRANTED), CONFIGURE),
        (CHANGED, LOOK),
        ((*CHANGED, PAID), DONE),
        ((UNPAID,), CONFIGURE),
        ((UNPAID, Accepted()), LOOK),
        (RECOVERED, SUBSCRIBE),
        ((*RECOVERED, RowSeen(RowState.CANONICAL)), PUBLISH),
        ((*RECOVERED, RowSeen(RowState.CANONICAL), GRANTED), DONE),
    ],
)
def test_one_question_follows_the_other(answers: tuple[Answer, ...], next_question: Ask | Reply) -> None:
    """Completed first, then changed, looked for again, and only then subscribed and published (registry 3.6)."""
    assert updated(*answers) == next_question


@pytest.mark.parametrize(
    ("answers", "trouble"),
    [
        ((NONE,), Trouble.NOT_FOUND),
        ((ANOTHERS,), Trouble.NOT_FOUND),
        ((PAID, refused(Because.DESTROYED)), Trouble.DESTROYED),
        ((PAID, refused(Because.ENDED)), Trouble.DESTROYED),
        ((PAID, refused(Because.CLEANING_UP)), Trouble.DESTROYED),
        ((PAID, refused(Because.NOT_PROVEN)), Trouble.REPAIR_UNAVAILABLE),
        ((PAID, RegistryRefused(Occupied(AttemptId("a"), BOX, Phase.OPEN))), Trouble.IN_PROGRESS),
        ((PAID, GRANTED, InstanceRefused(Refusal.BEING_DESTROYED, Remaining())), Trouble.DESTROYED),
        ((PAID, GRANTED, InstanceRefused(Refusal.RECOVERING, Remaining())), Trouble.BUSY),
        ((*CHANGED, NONE), Trouble.DESTROYED),
        ((*CHANGED, ANOTHERS), Trouble.DESTROYED),
        ((*RECOVERED, RowSeen(RowState.UNSUBSCRIBED)), Trouble.COMPLETION_PENDING),
        ((*RECOVERED, SubscriptionRefused()), Trouble.COMPLETION_PENDING),
        ((*RECOVERED, RowSeen(RowState.DESTROYED)), Trouble.DESTROYED),
        ((*RECOVERED, RowSeen(RowState.NONE)), Trouble.DESTROYED),
        ((*RECOVERED, RowSeen(RowState.CANONICAL), refused(Because.DESTROYED)), Trouble.DESTROYED),
    ],
)
def test_an_update_that_comes_to_nothing_tears_nothing_down(answers: tuple[Answer, ...], trouble: Trouble) -> None:
    """An id that somebody made up makes no instance, and one that is on its way out is not published."""
    assert updated(*answers) == Troubled(trouble)


def test_an_instance_that_is_not_subscribed_is_so_only_when_asked() -> None:
    """Otherwise its completion is pending, and nothing is changed."""
    assert updated(UNPAID, bootstrap=False) == Troubled(Trouble.COMPLETION_PENDING)


@pytest.mark.parametrize(
    "before", [(), (PAID,), (PAID, GRANTED), CHANGED, RECOVERED, (*RECOVERED, RowSeen(RowState.CANONICAL))]
)
def test_a_question_that_is_not_answered_is_asked_again_and_then_given_up(before: tuple[Answer, ...]) -> None:
    """Each may be repeated; an answer to another question is none."""
    assert updated(*before, NoAnswer(), tries=1) == updated(*before)
    assert updated(*before, NoAnswer(), NoAnswer(), tries=1) == Troubled(Trouble.UNAVAILABLE)
    assert updated(*before, SubscriptionRefused() if before != RECOVERED else PAID) == Troubled(Trouble.UNAVAILABLE)


def test_whoever_was_told_is_told_nothing_else() -> None:
    """A late answer changes no reply."""
    assert updated(*CHANGED, PAID, NONE) == DONE


# -- destroying --------------------------------------------------------------------------------------------------

INTENT: Final = AskRegistry(DestroyIntent(OWNER, ANN, BOX, KEY))


def destroyed(*answers: Answer, tries: int = 0) -> Ask | Reply:
    """What a destroy asks, or tells its caller, after these answers."""
    destruction = Destruction(DestroyRequest(OWNER, ANN, BOX, KEY), tries=tries)
    for answer in answers:
        destruction = destruction_heard(destruction, answer)
    return destruction_asked(destruction)


def test_a_destroy_is_one_intent_and_then_the_registrys_affair() -> None:
    """Durable before anything else, and never taken back: whatever comes later changes nothing."""
    assert destroyed() == INTENT
    assert destroyed(GRANTED) == Destroying(BOX)
    assert destroyed(GRANTED, refused(Because.ANOTHER_REQUEST)) == Destroying(BOX)


def test_a_destroy_of_anothers_instance_is_refused() -> None:
    """The registry knows whose it is."""
    assert destroyed(refused(Because.ANOTHER_REQUEST)) == Troubled(Trouble.DUPLICATE)


def test_a_destroy_that_is_not_answered_may_be_asked_for_again() -> None:
    """It may have been written down; asked again it is the same."""
    assert destroyed(NoAnswer(), tries=1) == INTENT
    assert destroyed(NoAnswer(), NoAnswer(), tries=1) == Troubled(Trouble.UNAVAILABLE)
