"""A request whose questions nobody answers: repeated, given up, or dropped with whoever served it."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_core.registry import (
    Accepted,
    Answer,
    Ask,
    CheckEntitlement,
    Entitled,
    Failure,
    Flow,
    Inserted,
    Reply,
    Resolution,
    Trouble,
    Troubled,
    asked,
    heard,
)
from kiloclaw_core.registry.flow import gave_up
from kiloclaw_core.registry.positions import Checking, Subscribing

from .serving import (
    ABOUT_TO_COMMIT,
    ASKS,
    BEGINNING,
    CHECKING,
    COMMITTING,
    COMPENSATING,
    GIVEN_UP,
    HASTENING,
    HELD_BY_A_COMMIT,
    INSERTING,
    LOOKING,
    NEW,
    NO_INSTANCE,
    NOTHING,
    PREPARING,
    PROVING,
    PROVISIONING,
    PUBLISHING,
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
from .telling import ANN, ONE, OWNER


@pytest.mark.parametrize(
    ("answers", "then"),
    [
        (CHECKING, Troubled(Trouble.UNAVAILABLE)),
        (BEGINNING, Troubled(Trouble.UNAVAILABLE)),
        (HELD_BY_A_COMMIT, Troubled(Trouble.IN_PROGRESS)),
        (REPAIRING, Troubled(Trouble.IN_PROGRESS)),
        (HASTENING, Troubled(Trouble.CLEANUP_IN_PROGRESS)),
        (LOOKING, clean(Resolution.FAILED_BEFORE_WORK)),
        (PUBLISHING, clean(Resolution.ACTIVE_EXISTS)),
        (STARTING_WORK, dirty(Failure.PROVIDER)),
        (PROVISIONING, dirty(Failure.PROVIDER)),
        (PREPARING, dirty(Failure.ROW)),
        (INSERTING, dirty(Failure.ROW)),
        (SUBSCRIBING, Troubled(Trouble.COMPLETION_PENDING)),
        (PROVING, Troubled(Trouble.COMPLETION_PENDING)),
        (COMMITTING, Troubled(Trouble.COMPLETION_PENDING)),
        (WITHDRAWING, Troubled(Trouble.ALREADY_ACTIVE)),
        (COMPENSATING, Troubled(Trouble.UNAVAILABLE)),
    ],
)
def test_a_question_that_nobody_answers_is_given_up(answers: tuple[Answer, ...], then: Ask | Reply) -> None:
    """What is held is given back or cleaned up; where all may be there it is left to the probe (F2 to F23)."""
    assert asks(*answers, NOTHING) == then


@pytest.mark.parametrize(
    ("answers", "trouble"),
    [
        (LOOKING, Trouble.PROVISION_FAILED),
        (PUBLISHING, Trouble.ALREADY_ACTIVE),
        (STARTING_WORK, Trouble.PROVISION_FAILED),
        (PROVISIONING, Trouble.PROVISION_FAILED),
        (PREPARING, Trouble.PROVISION_FAILED),
        (INSERTING, Trouble.PROVISION_FAILED),
    ],
)
@pytest.mark.parametrize("last", [YES, GIVEN_UP])
def test_a_request_ends_whoever_is_silent(answers: tuple[Answer, ...], trouble: Trouble, last: Answer) -> None:
    """Two questions later at most its caller has a reply (L7)."""
    assert asks(*answers, NOTHING, last) == Troubled(trouble)


@pytest.mark.parametrize(
    ("answers", "trouble"),
    [
        (LOOKING, Trouble.PROVISION_FAILED),
        (PUBLISHING, Trouble.ALREADY_ACTIVE),
        (STARTING_WORK, Trouble.UNAVAILABLE),
        (PROVISIONING, Trouble.UNAVAILABLE),
        (PREPARING, Trouble.UNAVAILABLE),
        (INSERTING, Trouble.UNAVAILABLE),
    ],
)
def test_a_request_ends_though_nobody_ever_answers(answers: tuple[Answer, ...], trouble: Trouble) -> None:
    """Before its work it came to nothing; later it may be whole, and nobody is told to begin anew beside it."""
    assert asks(*answers, NOTHING, NOTHING) == Troubled(trouble)


def test_a_request_that_was_dropped_is_begun_again_from_its_first_question() -> None:
    """Nothing of it is kept: a crash is a continuation that nobody has any more."""
    assert served(*SUBSCRIBING) == Flow(REQUEST, Subscribing(ONE))
    assert Flow(REQUEST) == Flow(REQUEST, Checking())
    assert asked(Flow(REQUEST)) == CheckEntitlement(OWNER, ANN)
    begun = (Entitled(), ABOUT_TO_COMMIT, NO_INSTANCE, ABOUT_TO_COMMIT, Accepted(), ABOUT_TO_COMMIT, Inserted())
    assert served(*begun) == served(*SUBSCRIBING)


@pytest.mark.parametrize(("answers", "ask"), ASKS)
def test_what_is_no_answer_to_the_question_is_no_answer(answers: tuple[Answer, ...], ask: Ask) -> None:
    """The question is repeated as often as there are tries, and is the same each time."""
    trying = served(*answers, flow=evolve(NEW, tries=1))
    wrong = Accepted() if isinstance(ask, CheckEntitlement) else Entitled()
    assert heard(trying, wrong) == evolve(trying, tries=0)
    assert asked(heard(trying, NOTHING)) == ask


@pytest.mark.parametrize("answer", [NOTHING, YES, GIVEN_UP, Entitled(), NO_INSTANCE])
def test_whoever_has_been_told_hears_no_more(answer: Answer) -> None:
    """A late answer changes nothing of a reply, and uses up nothing."""
    told = served(*REPLIED, flow=evolve(NEW, tries=1))
    assert heard(told, answer) == told


def test_a_request_that_has_its_reply_has_nothing_to_give_up() -> None:
    """Nobody asks it anything any more; should somebody, its reply stays."""
    assert gave_up(served(*REPLIED)) == served(*REPLIED)


def test_an_answer_uses_up_no_tries() -> None:
    """They are for the whole request: what was spent stays spent."""
    flow = served(Entitled(), NOTHING, YES, NO_INSTANCE, flow=evolve(NEW, tries=2))
    assert flow.tries == 1
