"""A request for a fresh instance, step by step: what is asked at each, and what each answer leads to.

Whoever serves it may vanish at any step: it is a value, and what is dropped with it is nothing that was durable.
"""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_core.commands import Refusal
from kiloclaw_core.names import SandboxId
from kiloclaw_core.registry import (
    Active,
    ActiveShown,
    Answer,
    Ask,
    AskRegistry,
    Because,
    ConfirmedAbsent,
    Failure,
    Flow,
    Granted,
    InFlight,
    InstanceRefused,
    Live,
    LookAtRow,
    NeverSeen,
    NotEntitled,
    Occupied,
    Phase,
    Provisioned,
    Refused,
    RegistryRefusal,
    RegistryRefused,
    Remaining,
    Replied,
    Resolution,
    RowFenced,
    RowSeen,
    RowState,
    RowTaken,
    SubscriptionRefused,
    Trouble,
    Troubled,
    Verdict,
    asked,
)

from .serving import (
    ASKS,
    BEGINNING,
    COMMITTING,
    COMPENSATING,
    GIVEN_UP,
    HASTENING,
    HELD_BY_A_COMMIT,
    INSERTING,
    LOOKING,
    NEW,
    OTHER,
    PREPARING,
    PROVING,
    PROVISIONING,
    PUBLISHING,
    READ_ACTIVE,
    REPAIRING,
    REPLIED,
    REQUEST,
    STARTING_WORK,
    SUBSCRIBING,
    WITHDRAWING,
    YES,
    asks,
    clean,
    dirty,
    served,
)
from .telling import ANN, KI_1, KI_2, ONE, OWNER, SECOND

# -- the way -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("answers", "ask"), ASKS)
def test_each_position_has_its_question(answers: tuple[Answer, ...], ask: Ask) -> None:
    """Read off the position alone: whoever resumes a request asks what was asked."""
    assert asks(*answers) == ask


def test_what_the_registry_is_asked_bears_the_moment_of_the_request() -> None:
    """It is what people read of the attempt, and no part of what is compared."""
    questions = [asked(served(*answers, flow=evolve(NEW, at=7))) for answers, _ in ASKS]
    assert [one.command.at for one in questions if isinstance(one, AskRegistry)] == [7] * 9


def test_a_request_to_which_everybody_says_yes_is_provisioned() -> None:
    """Row, subscription, route and intent are durable by then (S11)."""
    assert served(*REPLIED) == Flow(REQUEST, Replied(Provisioned(KI_1)))
    assert asks(*REPLIED) == Provisioned(KI_1)


# -- nothing is held yet -----------------------------------------------------------------------------------------


def test_whoever_may_not_have_an_instance_holds_nothing() -> None:
    """They are turned away before anything is asked of the registry (F1)."""
    assert asks(NotEntitled()) == Troubled(Trouble.ENTITLEMENT_EXPIRED)


@pytest.mark.parametrize("phase", [Phase.OPEN, Phase.WORKING, Phase.COMMITTING])
def test_an_attempt_that_goes_on_is_gone_on_with(phase: Phase) -> None:
    """A caller who asks again does every step again: each may be repeated."""
    assert asks(*BEGINNING, Granted(ONE, phase)) == READ_ACTIVE


def test_an_attempt_that_is_completed_is_replied_at_once() -> None:
    """All was done; the reply was lost (F24)."""
    assert asks(*BEGINNING, Granted(ONE, Phase.COMPLETED)) == Provisioned(KI_1)


@pytest.mark.parametrize(
    ("refusal", "trouble"),
    [
        (Occupied(SECOND, KI_2, Phase.OPEN), Trouble.IN_PROGRESS),
        (Occupied(SECOND, KI_2, Phase.WORKING), Trouble.IN_PROGRESS),
        (Refused(Because.UNNAMED), Trouble.BAD_REQUEST),
        (Refused(Because.INSTANCE_TAKEN), Trouble.DUPLICATE),
        (Refused(Because.ENDED), Trouble.ATTEMPT_ENDED),
        (Refused(Because.CLEANING_UP), Trouble.CLEANUP_IN_PROGRESS),
        (Refused(Because.DESTROYED), Trouble.DESTROYED),
    ],
)
def test_whoever_is_not_let_in_is_told_at_once(refusal: RegistryRefusal, trouble: Trouble) -> None:
    """A conflict never does any work (S14), and nobody waits (L7)."""
    assert asks(*BEGINNING, RegistryRefused(refusal)) == Troubled(trouble)


# -- somebody else holds the slot --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "active",
    [None, Active(SandboxId("ki_3"), SandboxId("ki_3"), subscribed=True), evolve(OTHER, subscribed=False)],
)
def test_a_holder_that_is_not_finished_is_left_alone(active: Active | None) -> None:
    """There is no row of it, or another's, or it is not subscribed."""
    assert asks(*HELD_BY_A_COMMIT, ActiveShown(active)) == Troubled(Trouble.IN_PROGRESS)


def test_a_holder_that_lacks_its_completion_alone_is_completed() -> None:
    """By whoever came next (registry 3.5): they have an instance already."""
    assert asks(*REPAIRING, YES) == Troubled(Trouble.ALREADY_ACTIVE)
    assert asks(*REPAIRING, GIVEN_UP) == Troubled(Trouble.COMPLETION_PENDING)


@pytest.mark.parametrize("answer", [YES, GIVEN_UP])
def test_a_clean_up_is_hastened_by_whoever_waits_for_it(answer: Answer) -> None:
    """They are told to come again either way."""
    assert asks(*HASTENING, answer) == Troubled(Trouble.CLEANUP_IN_PROGRESS)


# -- the slot is ours --------------------------------------------------------------------------------------------


def test_ones_own_row_is_no_reason_to_stop() -> None:
    """An earlier call of the same attempt came so far."""
    assert asks(*LOOKING, ActiveShown(Active(KI_1, KI_1, subscribed=True))) == asks(*STARTING_WORK)


@pytest.mark.parametrize("answer", [YES, GIVEN_UP])
def test_whoever_has_an_instance_gives_the_slot_back(answer: Answer) -> None:
    """Theirs is routed first, if it can be: they shall find it."""
    assert asks(*PUBLISHING, answer) == clean(Resolution.ACTIVE_EXISTS)
    assert asks(*PUBLISHING, answer, YES) == Troubled(Trouble.ALREADY_ACTIVE)


def test_an_instance_that_is_not_subscribed_is_an_instance() -> None:
    """It is not routed, and there is no second beside it (S4)."""
    assert asks(*WITHDRAWING) == clean(Resolution.ACTIVE_EXISTS)
    assert asks(*WITHDRAWING, YES) == Troubled(Trouble.ALREADY_ACTIVE)


@pytest.mark.parametrize("answers", [STARTING_WORK, PREPARING, COMMITTING])
def test_an_attempt_that_somebody_ended_stops(answers: tuple[Answer, ...]) -> None:
    """Whoever ended it sees to what is left (GW5): nothing more is done here."""
    assert asks(*answers, GIVEN_UP) == Troubled(Trouble.CLEANUP_IN_PROGRESS)
    assert asks(*answers, RegistryRefused(Refused(Because.DESTROYED))) == Troubled(Trouble.DESTROYED)


# -- the instance ------------------------------------------------------------------------------------------------


def test_an_instance_that_refuses_and_has_nothing_is_withdrawn_with_its_word() -> None:
    """Its verdict is the evidence that frees the slot at once (registry 3.9)."""
    refused = InstanceRefused(Refusal.ANOTHER_IDENTITY, ConfirmedAbsent())
    assert asks(*PROVISIONING, refused) == clean(Resolution.FAILED_BEFORE_WORK, ConfirmedAbsent())
    assert asks(*PROVISIONING, refused, YES) == Troubled(Trouble.DUPLICATE)


@pytest.mark.parametrize("verdict", [NeverSeen(), InFlight(1), Live(), Remaining()])
def test_an_instance_that_refuses_and_may_have_something_is_cleaned_up(verdict: Verdict) -> None:
    """Nothing is undone here: the registry does it, forward only."""
    refused = InstanceRefused(Refusal.BEING_DESTROYED, verdict)
    assert asks(*PROVISIONING, refused) == dirty(Failure.PROVIDER)
    assert asks(*PROVISIONING, refused, YES) == Troubled(Trouble.DESTROYED)


# -- row and subscription ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [(RowFenced(), Trouble.ATTEMPT_ENDED), (RowTaken(), Trouble.ALREADY_ACTIVE)],
)
def test_a_row_that_is_not_inserted_is_compensated(answer: Answer, trouble: Trouble) -> None:
    """The attempt is over, or the context has an instance: what the instance began is cleaned up (F17, GW5)."""
    assert asks(*INSERTING, answer) == dirty(Failure.ROW)
    assert asks(*INSERTING, answer, YES) == Troubled(trouble)


def test_a_subscription_that_is_refused_is_compensated() -> None:
    """Nobody pays for it (F19)."""
    assert asks(*SUBSCRIBING, SubscriptionRefused()) == dirty(Failure.SUBSCRIPTION)
    assert asks(*SUBSCRIBING, SubscriptionRefused(), GIVEN_UP) == Troubled(Trouble.SUBSCRIPTION_FAILED)


@pytest.mark.parametrize("row", list(RowState))
def test_the_row_is_looked_at_whatever_the_subscription_showed(row: RowState) -> None:
    """The look that follows is the proof (S6)."""
    assert asks(*SUBSCRIBING, RowSeen(row)) == LookAtRow(OWNER, ANN, KI_1)


def test_a_row_that_is_not_subscribed_yet_is_left_to_the_probe() -> None:
    """All the rest is there: nothing is torn down for it."""
    assert asks(*PROVING, RowSeen(RowState.UNSUBSCRIBED)) == Troubled(Trouble.COMPLETION_PENDING)


@pytest.mark.parametrize("row", [RowState.NONE, RowState.DESTROYED])
def test_a_row_that_went_away_is_compensated(row: RowState) -> None:
    """A destroy was faster (GW6)."""
    assert asks(*PROVING, RowSeen(row)) == dirty(Failure.DESTROYED)
    assert asks(*PROVING, RowSeen(row), YES) == Troubled(Trouble.DESTROYED)


# -- giving back -------------------------------------------------------------------------------------------------


def test_a_withdrawal_of_what_an_earlier_call_began_is_a_clean_up() -> None:
    """The same attempt has been at work before: the registry says so, and sees to it."""
    not_clean = RegistryRefused(Refused(Because.NOT_CLEAN))
    assert asks(*WITHDRAWING, not_clean) == dirty(Failure.PROVIDER)
    assert asks(*WITHDRAWING, not_clean, YES) == Troubled(Trouble.ALREADY_ACTIVE)


@pytest.mark.parametrize("answer", [YES, GIVEN_UP])
def test_whoever_gave_back_is_told_why_whatever_the_registry_says(answer: Answer) -> None:
    """If it was ended already, there is nothing more to do."""
    assert asks(*WITHDRAWING, answer) == Troubled(Trouble.ALREADY_ACTIVE)
    assert asks(*COMPENSATING, answer) == Troubled(Trouble.ATTEMPT_ENDED)
