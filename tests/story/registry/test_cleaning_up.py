"""Ending what comes to nothing: the row is closed first, then the instance, and the slot is free by evidence alone."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_core.names import AttemptId, Fence, OpId, SandboxId
from kiloclaw_core.registry import (
    CloseRow,
    ConfirmedAbsent,
    Evidence,
    Failure,
    InFlight,
    Live,
    MarkRow,
    NeverSeen,
    OrderDestroy,
    Phase,
    RegistryOutcome,
    RegistryTransition,
    Remaining,
    Reservation,
    Resolution,
    Route,
    RouteState,
    RowShown,
    RowState,
    Verdict,
    probe,
)
from kiloclaw_core.registry.findings import evidence_after
from kiloclaw_core.registry.inquiries import ClosingRow, Due, Inquiry, MarkingRow, Ordering, Waiting

from .telling import (
    ANN,
    BEGIN_SECOND,
    CANONICAL,
    CLEANING,
    COMMITTING,
    DESTROYED,
    DONE,
    DRAINING,
    FIRST,
    INTENT,
    KI_1,
    NO_ROW,
    ONE,
    OPEN,
    OWNER,
    PROBE,
    REJECTED,
    RELEASED,
    REPAIRED,
    ROW_DESTROYED,
    SETTLED,
    UNKNOWN,
    UNSUBSCRIBED,
    WAKE,
    WORKING,
    Happening,
    after,
    completed,
    failed_note,
    registry_of,
    release,
    released_note,
    reservation_in,
    said,
    told,
)

GONE = said(ConfirmedAbsent())
CLOSED = (*CLEANING, WAKE)
"""Ann's clean-up has its row closed: op 2."""
ORDERED = (*CLOSED, NO_ROW)
"""There is none, and its instance was told: op 3."""
CLOSE = CloseRow(OpId(2), OWNER, ANN, KI_1, ONE)
ORDER = OrderDestroy(OpId(3), KI_1, OWNER, ANN, FIRST, ONE)
MARK = MarkRow(OpId(4), OWNER, ANN, KI_1)
OLD_KEY = SandboxId("ann-as-she-was")


def cleaning(inquiry: Inquiry, evidence: Evidence = Evidence.POSSIBLE) -> Reservation:
    """Ann's attempt, being cleaned up after its provider failed."""
    return evolve(reservation_in(Phase.CLEANING, evidence, inquiry), failure=Failure.PROVIDER)


def over(evidence: Evidence, why: Resolution) -> Reservation:
    """The same, once it holds its slot no more."""
    return evolve(cleaning(SETTLED, evidence), phase=Phase.RELEASED, resolution=why)


CLEANED_UP = over(Evidence.CONFIRMED_ABSENT, Resolution.CLEANED_UP)


# -- closing the row ---------------------------------------------------------------------------------------------


def test_a_clean_up_begins_with_its_row() -> None:
    """A row that came after its instance was gone would be a user's who has nothing (GW10, LW42)."""
    assert after(*CLOSED) == RegistryTransition(registry_of(3, cleaning(ClosingRow(OpId(2)))), (CLOSE,))


@pytest.mark.parametrize("row", list(RowState))
def test_then_its_instance_is_told_to_go(row: RowState) -> None:
    """Whatever its row says, and it can say nothing else any more but that it is destroyed."""
    ordering = registry_of(4, cleaning(Ordering(OpId(3), row)))
    assert after(*CLOSED, RowShown(row)) == RegistryTransition(ordering, (ORDER,))


@pytest.mark.parametrize("nothing", [UNKNOWN, REJECTED, DONE, GONE])
def test_a_row_that_may_not_be_closed_is_closed_later(nothing: RegistryOutcome) -> None:
    """Its instance is not told before: the order of the two is what keeps them from parting."""
    waiting = evolve(cleaning(Waiting(OpId(3))), probes=1)
    assert after(*CLOSED, nothing) == RegistryTransition(registry_of(4, waiting))
    assert after(*CLOSED, nothing, PROBE).effects == (CloseRow(OpId(5), OWNER, ANN, KI_1, ONE),)


# -- an attempt that was about to be given up --------------------------------------------------------------------

STALLED = (*WORKING, PROBE, NO_ROW, said(NeverSeen()))
"""Row and instance know nothing of the attempt: its row is being closed, op 4."""
STALLED_THERE = (*COMMITTING, PROBE, UNSUBSCRIBED, said(NeverSeen()))
CONTRADICTED = (*COMMITTING, PROBE, CANONICAL, said(ConfirmedAbsent()))


@pytest.mark.parametrize("row", [RowState.NONE, RowState.UNSUBSCRIBED, RowState.DESTROYED])
def test_an_attempt_is_given_up_once_its_row_is_closed(row: RowState) -> None:
    """Its instance is told in the same turn."""
    given_up = evolve(cleaning(Ordering(OpId(5), row)), failure=Failure.STALLED)
    effect = OrderDestroy(OpId(5), KI_1, OWNER, ANN, FIRST, ONE)
    assert after(*STALLED, RowShown(row)) == RegistryTransition(
        registry_of(6, given_up), (effect,), (failed_note("stalled"),)
    )


@pytest.mark.parametrize("story", [STALLED, STALLED_THERE])
def test_an_attempt_that_is_whole_by_then_is_completed_after_all(story: tuple[Happening, ...]) -> None:
    """Its caller was faster than the probe: now nothing of it can change any more."""
    assert after(*story, CANONICAL) == RegistryTransition(
        registry_of(5, completed(SETTLED), route=RouteState.LIVE), (), (REPAIRED,)
    )


def test_a_contradiction_is_not_completed() -> None:
    """Its row is there, and its instance has said that it never will be."""
    given_up = evolve(cleaning(Ordering(OpId(5), RowState.CANONICAL), Evidence.RECORDED), failure=Failure.INCONSISTENT)
    effect = OrderDestroy(OpId(5), KI_1, OWNER, ANN, FIRST, ONE)
    assert after(*CONTRADICTED, CANONICAL) == RegistryTransition(
        registry_of(6, given_up), (effect,), (failed_note("inconsistent"),)
    )


def test_an_attempt_whose_row_may_be_closed_is_not_looked_at_afresh() -> None:
    """The close may have landed: what comes next is closing it again, for the failure of before."""
    waiting = evolve(reservation_in(Phase.WORKING, Evidence.POSSIBLE, Waiting(OpId(5))), failure=Failure.STALLED)
    assert after(*STALLED, UNKNOWN) == RegistryTransition(registry_of(6, evolve(waiting, probes=1)))
    closing = evolve(waiting, inquiry=ClosingRow(OpId(7)), probes=1)
    assert after(*STALLED, UNKNOWN, PROBE) == RegistryTransition(
        registry_of(8, closing), (CloseRow(OpId(7), OWNER, ANN, KI_1, ONE),)
    )


# -- telling the instance ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [NO_ROW, ROW_DESTROYED])
def test_an_attempt_that_left_nothing_is_released(row: RowShown) -> None:
    """By evidence, never by age (S10)."""
    assert after(*CLOSED, row, GONE) == RegistryTransition(
        registry_of(4, CLEANED_UP), (), (released_note("cleaned_up"),)
    )


@pytest.mark.parametrize("row", [UNSUBSCRIBED, CANONICAL])
def test_a_row_whose_instance_is_gone_is_marked(row: RowShown) -> None:
    """Before the slot is free: the user would be turned away for a row of nothing."""
    marking = cleaning(MarkingRow(OpId(4)), Evidence.CONFIRMED_ABSENT)
    assert after(*CLOSED, row, GONE) == RegistryTransition(registry_of(5, marking), (MARK,))
    assert after(*CLOSED, row, GONE, DONE) == RegistryTransition(
        registry_of(5, CLEANED_UP), (), (released_note("cleaned_up"),)
    )


@pytest.mark.parametrize("nothing", [UNKNOWN, REJECTED, NO_ROW])
def test_a_row_that_may_not_be_marked_is_marked_later(nothing: RegistryOutcome) -> None:
    """And what was confirmed stays so: from the close on it is all done again."""
    waiting = evolve(cleaning(Waiting(OpId(5)), Evidence.CONFIRMED_ABSENT), probes=1)
    assert after(*CLOSED, CANONICAL, GONE, nothing) == RegistryTransition(registry_of(6, waiting))


@pytest.mark.parametrize(
    ("verdict", "evidence"),
    [
        (NeverSeen(), Evidence.POSSIBLE),
        (InFlight(3), Evidence.RECORDED),
        (Live(), Evidence.RECORDED),
        (Remaining(), Evidence.RECORDED),
    ],
)
def test_what_is_not_over_is_asked_again(verdict: Verdict, evidence: Evidence) -> None:
    """An instance that was told to go takes its time; meanwhile nobody else has the slot."""
    waiting = evolve(cleaning(Waiting(OpId(4)), evidence), probes=1)
    assert after(*ORDERED, said(verdict)) == RegistryTransition(registry_of(5, waiting))


@pytest.mark.parametrize("nothing", [UNKNOWN, REJECTED, DONE, NO_ROW])
def test_an_instance_that_may_not_have_heard_is_told_again(nothing: RegistryOutcome) -> None:
    """Each may be repeated at will."""
    waiting = evolve(cleaning(Waiting(OpId(4))), probes=1)
    assert after(*ORDERED, nothing) == RegistryTransition(registry_of(5, waiting))


@pytest.mark.parametrize(
    ("evidence", "verdict", "then"),
    [
        (Evidence.NONE, NeverSeen(), Evidence.NONE),
        (Evidence.POSSIBLE, NeverSeen(), Evidence.POSSIBLE),
        (Evidence.NONE, Remaining(), Evidence.RECORDED),
        (Evidence.POSSIBLE, Live(), Evidence.RECORDED),
        (Evidence.RECORDED, InFlight(1), Evidence.RECORDED),
        (Evidence.RECORDED, NeverSeen(), Evidence.RECORDED),
        (Evidence.RECORDED, ConfirmedAbsent(), Evidence.CONFIRMED_ABSENT),
        (Evidence.CONFIRMED_ABSENT, Remaining(), Evidence.CONFIRMED_ABSENT),
        (Evidence.CONFIRMED_ABSENT, NeverSeen(), Evidence.CONFIRMED_ABSENT),
    ],
)
def test_evidence_only_ever_moves_on(evidence: Evidence, verdict: Verdict, then: Evidence) -> None:
    """From nothing through what may be and what is to what is confirmed gone."""
    assert evidence_after(evidence, verdict) is then


def test_the_slot_is_free_for_whoever_waited() -> None:
    """In the very turn in which its attempt was confirmed gone, and under a higher fence."""
    holder = told(*ORDERED, GONE, BEGIN_SECOND).holder(ANN)
    assert holder is not None
    assert holder.fence == Fence(2)


# -- what an operator answers for --------------------------------------------------------------------------------

ANSWERED_FOR = (*WORKING, release(), WAKE)


def test_what_an_operator_answers_for_is_released_once_it_is_fenced() -> None:
    """Something may remain, and is theirs to see to; nothing can come any more (registry 7.4)."""
    known = evolve(over(Evidence.RECORDED, Resolution.OPERATOR), failure=Failure.OPERATOR, asserted=True)
    assert after(*ANSWERED_FOR, NO_ROW, said(Remaining())) == RegistryTransition(
        evolve(registry_of(4, known), audit=told(*ANSWERED_FOR).audit), (), (released_note("manual_admin_release"),)
    )


def test_what_an_operator_answers_for_has_its_row_marked_too() -> None:
    """So that its user is not turned away for it."""
    assert after(*ANSWERED_FOR, CANONICAL, said(Remaining())).effects == (MARK,)
    known = told(*ANSWERED_FOR, CANONICAL, said(Remaining()), DONE).reservations[0]
    assert (known.phase, known.resolution) == (Phase.RELEASED, Resolution.OPERATOR)


@pytest.mark.parametrize("verdict", [NeverSeen(), InFlight(3), Live()])
def test_what_an_operator_answers_for_is_not_released_before_it_is_fenced(verdict: Verdict) -> None:
    """Their word is about what is there, not about what may come (GW5)."""
    known = told(*ANSWERED_FOR, NO_ROW, said(verdict)).reservations[0]
    assert (known.phase, known.inquiry) == (Phase.CLEANING, Waiting(OpId(4)))


# -- an instance that is to go -----------------------------------------------------------------------------------


def test_a_completed_attempt_is_closed_before_its_instance_is_destroyed() -> None:
    """In the same steps as a clean-up, by the same story."""
    known = evolve(completed(ClosingRow(OpId(2))), failure=Failure.DESTROYED)
    assert after(*DRAINING, WAKE) == RegistryTransition(registry_of(3, known, route=RouteState.DRAINING), (CLOSE,))


def test_an_instance_that_was_destroyed_leaves_a_tombstone() -> None:
    """Row, route and reservation: all three say so (L4)."""
    known = evolve(over(Evidence.CONFIRMED_ABSENT, Resolution.DESTROYED), failure=Failure.DESTROYED)
    assert after(*DRAINING, WAKE, CANONICAL, GONE, DONE) == RegistryTransition(
        registry_of(5, known, route=RouteState.TOMBSTONE), (), (released_note("instance_destroyed"),)
    )


def test_an_attempt_that_was_destroyed_before_its_work_is_released_when_nothing_can_come() -> None:
    """It was never allowed to call its instance, which is closed all the same."""
    known = evolve(over(Evidence.CONFIRMED_ABSENT, Resolution.DESTROYED), failure=Failure.DESTROYED)
    assert after(*OPEN, INTENT, WAKE, NO_ROW, GONE) == RegistryTransition(
        registry_of(4, known, route=RouteState.TOMBSTONE), (), (released_note("instance_destroyed"),)
    )


def test_an_instance_that_no_attempt_made_is_destroyed_under_its_own_name() -> None:
    """There is no admission to it: whatever the user has under that name goes."""
    old = evolve(INTENT, key=OLD_KEY)
    born = AttemptId("born:ki_1")
    order = OrderDestroy(OpId(2), OLD_KEY, OWNER, ANN, born, Fence(0), born=True)
    assert after(old, WAKE).effects == (CloseRow(OpId(1), OWNER, ANN, KI_1, Fence(0)),)
    assert after(old, WAKE, CANONICAL).effects == (order,)
    assert told(old, WAKE, CANONICAL, GONE, DONE).route(KI_1) == Route(KI_1, ANN, RouteState.TOMBSTONE, OLD_KEY)


def test_an_instance_that_says_it_is_gone_is_asked_about_once_more() -> None:
    """It knows of nothing; what its slot and its row know is looked up before the slot is free."""
    assert after(*WORKING, DESTROYED, WAKE).effects == (CLOSE,)
    assert told(*WORKING, DESTROYED, WAKE, NO_ROW, GONE).holder(ANN) is None


# -- nothing to do -----------------------------------------------------------------------------------------------


def test_a_released_attempt_that_is_looked_after_has_nothing_to_find_out() -> None:
    """No story leads there; should a record say so, it comes to rest."""
    registry = told(*RELEASED)
    due = evolve(registry.reservations[0], inquiry=Due(OpId(0)))
    assert probe.begin(evolve(registry, reservations=(due,)), due, at=100) == RegistryTransition(registry)


@pytest.mark.parametrize("inquiry", [SETTLED, Due(OpId(0)), Waiting(OpId(0))])
def test_an_answer_for_a_reservation_that_asks_nothing_is_no_answer(inquiry: Inquiry) -> None:
    """It was asked before whatever the reservation has come to since."""
    registry = told(*WORKING)
    known = evolve(registry.reservations[0], inquiry=inquiry)
    assert probe.answered(registry, known, CANONICAL, at=100) == RegistryTransition(registry)
