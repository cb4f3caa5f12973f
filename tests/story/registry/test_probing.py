"""Looking after an attempt that runs, or whose caller is gone: row and instance are asked, and together they decide."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_core.names import OpId
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import (
    BootstrapSubscription,
    CloseRow,
    ConfirmedAbsent,
    Evidence,
    Failure,
    InFlight,
    Live,
    NeverSeen,
    Phase,
    ReadRow,
    ReadVerdict,
    Registry,
    RegistryOutcome,
    RegistryTransition,
    Remaining,
    Reservation,
    Resolution,
    RouteState,
    RowShown,
    RowState,
    Verdict,
)
from kiloclaw_core.registry.evidence import AT_REST, is_alive, progress_of
from kiloclaw_core.registry.findings import Finding, finding, is_fenced
from kiloclaw_core.registry.inquiries import ClosingRow, Inquiry, ReadingRow, ReadingVerdict, Subscribing, Waiting

from .telling import (
    ANN,
    CANONICAL,
    COMMITTING,
    DONE,
    FIRST,
    KI_1,
    NO_ROW,
    ONE,
    OPEN,
    OWNER,
    PROBE,
    REJECTED,
    REPAIRED,
    ROW_DESTROYED,
    SETTLED,
    UNKNOWN,
    UNSUBSCRIBED,
    WORKING,
    Happening,
    after,
    completed,
    registry_of,
    released_note,
    reservation_in,
    said,
    told,
)

MOVING = said(InFlight(5))
NEVER = said(NeverSeen())
GONE = said(ConfirmedAbsent())
AT_WORK = (*WORKING, PROBE)
COMMITTED = (*COMMITTING, PROBE)
LOOK = ReadRow(OpId(2), OWNER, ANN, KI_1)
ALIVE = (InFlight(5), Live())
DEAD = (NeverSeen(), Remaining(), ConfirmedAbsent())


def working(inquiry: Inquiry, evidence: Evidence = Evidence.POSSIBLE) -> Reservation:
    """Ann's attempt at its work."""
    return reservation_in(Phase.WORKING, evidence, inquiry)


def committing(inquiry: Inquiry) -> Reservation:
    """Ann's attempt, about to commit."""
    return reservation_in(Phase.COMMITTING, Evidence.RECORDED, inquiry)


def closing(op: int, known: Reservation, failure: Failure) -> RegistryTransition:
    """Her attempt is about to be given up for this: first its row is closed."""
    given_up = evolve(known, inquiry=ClosingRow(OpId(op)), failure=failure)
    return RegistryTransition(registry_of(op + 1, given_up), (CloseRow(OpId(op), OWNER, ANN, KI_1, ONE),))


# -- the table ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "alive", "dead"),
    [
        (RowState.CANONICAL, Finding.COMPLETE, Finding.CONTRADICTION),
        (RowState.UNSUBSCRIBED, Finding.SUBSCRIBE, Finding.CLEAN_UP),
        (RowState.NONE, Finding.WATCH, Finding.CLEAN_UP),
        (RowState.DESTROYED, Finding.CLEAN_UP, Finding.CLEAN_UP),
    ],
)
def test_row_and_instance_together_decide(row: RowState, alive: Finding, dead: Finding) -> None:
    """The probe's whole table (registry 7.3): four states of a row, five verdicts."""
    assert [finding(row, verdict) for verdict in ALIVE] == [alive] * 2
    assert [finding(row, verdict) for verdict in DEAD] == [dead] * 3


@pytest.mark.parametrize(
    ("verdict", "alive", "fenced", "progress"),
    [
        (NeverSeen(), False, False, None),
        (InFlight(5), True, False, 5),
        (Live(), True, False, AT_REST),
        (Remaining(), False, True, None),
        (ConfirmedAbsent(), False, True, None),
    ],
)
def test_what_a_verdict_means(verdict: Verdict, *, alive: bool, fenced: bool, progress: int | None) -> None:
    """Whether it goes on, whether something may come yet, and how far it is: an instance at rest gets no further."""
    assert (is_alive(verdict), is_fenced(verdict), progress_of(verdict)) == (alive, fenced, progress)


# -- asking ------------------------------------------------------------------------------------------------------


def test_an_attempt_that_never_began_its_work_is_over_when_its_patience_is() -> None:
    """Its caller is gone (F3, F4): nothing was done, and nothing will be granted any more."""
    over = evolve(reservation_in(Phase.RELEASED, Evidence.NONE, SETTLED), resolution=Resolution.NEVER_STARTED)
    assert after(*OPEN, PROBE) == RegistryTransition(registry_of(2, over), (), (released_note("never_started"),))


@pytest.mark.parametrize(
    ("story", "known"), [(AT_WORK, working(ReadingRow(OpId(2)))), (COMMITTED, committing(ReadingRow(OpId(2))))]
)
def test_its_row_is_looked_at_first(story: tuple[Happening, ...], known: Reservation) -> None:
    """Time leads to a question, never to an answer (registry 7.2, P4)."""
    assert after(*story) == RegistryTransition(registry_of(3, known), (LOOK,))


@pytest.mark.parametrize("row", list(RowState))
def test_then_its_instance_is_asked(row: RowState) -> None:
    """Whatever its row says: one witness is none."""
    asking = working(ReadingVerdict(OpId(3), row))
    effect = ReadVerdict(OpId(3), KI_1, OWNER, ANN, FIRST, ONE)
    assert after(*AT_WORK, RowShown(row)) == RegistryTransition(registry_of(4, asking), (effect,))


@pytest.mark.parametrize("nothing", [UNKNOWN, REJECTED, DONE, GONE])
def test_a_row_that_cannot_be_read_is_read_later(nothing: RegistryOutcome) -> None:
    """Nothing is concluded from an outage; what is no answer to the question is as good as none."""
    waiting = evolve(working(Waiting(OpId(3))), probes=1)
    assert after(*AT_WORK, nothing) == RegistryTransition(registry_of(4, waiting))


@pytest.mark.parametrize("nothing", [UNKNOWN, REJECTED, DONE, NO_ROW])
def test_an_instance_that_does_not_answer_is_asked_later(nothing: RegistryOutcome) -> None:
    """What its row said is then looked up again too."""
    waiting = evolve(working(Waiting(OpId(4))), probes=1)
    assert after(*AT_WORK, NO_ROW, nothing) == RegistryTransition(registry_of(5, waiting))
    assert after(*AT_WORK, NO_ROW, nothing, PROBE).effects == (ReadRow(OpId(6), OWNER, ANN, KI_1),)


# -- everything is there -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("story", [AT_WORK, COMMITTED])
@pytest.mark.parametrize("verdict", ALIVE)
def test_an_attempt_that_lacks_its_completion_alone_is_completed(
    story: tuple[Happening, ...], verdict: Verdict
) -> None:
    """Without its caller, and without the user coming back (F23, L3)."""
    assert after(*story, CANONICAL, said(verdict)) == RegistryTransition(
        registry_of(4, completed(SETTLED), route=RouteState.LIVE), (), (REPAIRED,)
    )


def test_what_was_asked_in_vain_before_an_attempt_was_completed_counts_for_nothing() -> None:
    """It lacks nothing any more, and is not asked again."""
    story = (*AT_WORK, UNKNOWN, PROBE, CANONICAL, said(Live()))
    assert after(*story).record == registry_of(7, completed(SETTLED), route=RouteState.LIVE)


@pytest.mark.parametrize("verdict", DEAD)
def test_rows_of_an_instance_that_is_not_there_contradict(verdict: Verdict) -> None:
    """The user has paid for nothing: the row is closed, and goes the same way."""
    known = committing(SETTLED)
    assert after(*COMMITTED, CANONICAL, said(verdict)) == closing(4, known, Failure.INCONSISTENT)


# -- there is no row ---------------------------------------------------------------------------------------------


def test_an_instance_without_a_row_that_gets_on_is_watched() -> None:
    """Its caller may yet insert one."""
    known = evolve(working(Waiting(OpId(4)), Evidence.RECORDED), probes=1, progress=5)
    assert after(*AT_WORK, NO_ROW, MOVING) == RegistryTransition(registry_of(5, known))
    further = evolve(known, inquiry=Waiting(OpId(8)), probes=2, progress=6)
    registry = told(*AT_WORK, NO_ROW, MOVING, PROBE, NO_ROW, said(InFlight(6)))
    assert registry == registry_of(9, further)


@pytest.mark.parametrize(
    ("first", "second"),
    [(InFlight(5), InFlight(5)), (Live(), Live()), (Live(), InFlight(9))],
)
def test_an_instance_without_a_row_that_gets_no_further_has_stalled(first: Verdict, second: Verdict) -> None:
    """It works or rests for nobody: its caller is gone (F15, F16, GW3)."""
    known = evolve(working(SETTLED, Evidence.RECORDED), probes=1, progress=progress_of(first))
    story = (*AT_WORK, NO_ROW, said(first), PROBE, NO_ROW, said(second))
    assert after(*story) == closing(8, known, Failure.STALLED)


def test_an_instance_without_a_row_does_not_hold_its_slot_for_ever() -> None:
    """However it gets on: after so many probes as there are waits it has had its time (L2)."""
    registry = told(*WORKING, first=evolve(Registry(OWNER), policy=Policy(probe_waits_s=(1.0, 2.0, 3.0))))
    for progress in (1, 2):
        registry = told(PROBE, NO_ROW, said(InFlight(progress)), first=registry)
    transition = after(PROBE, NO_ROW, said(InFlight(3)), first=registry)
    assert transition.effects == (CloseRow(OpId(12), OWNER, ANN, KI_1, ONE),)
    assert transition.record.reservations[0].failure is Failure.STALLED


@pytest.mark.parametrize("verdict", DEAD)
@pytest.mark.parametrize("row", [NO_ROW, UNSUBSCRIBED, ROW_DESTROYED])
def test_an_attempt_without_an_instance_is_given_up(row: RowShown, verdict: Verdict) -> None:
    """Never seen may be seen yet, so that it too is fenced before anything is released (registry 7.3)."""
    assert after(*AT_WORK, row, said(verdict)) == closing(4, working(SETTLED), Failure.STALLED)


@pytest.mark.parametrize("verdict", ALIVE)
def test_an_instance_whose_row_says_destroyed_is_given_up(verdict: Verdict) -> None:
    """Somebody was faster than the attempt."""
    known = working(SETTLED, Evidence.RECORDED)
    assert after(*AT_WORK, ROW_DESTROYED, said(verdict)) == closing(4, known, Failure.STALLED)


# -- the row is not subscribed -----------------------------------------------------------------------------------

TRYING = (*COMMITTED, UNSUBSCRIBED, MOVING)


def test_a_row_without_a_subscription_is_subscribed() -> None:
    """Its caller died between the two (F22): the registry does what is left to do."""
    trying = evolve(committing(Subscribing(OpId(4))), subscriptions=1)
    effect = BootstrapSubscription(OpId(4), OWNER, ANN, KI_1, ONE)
    assert after(*TRYING) == RegistryTransition(registry_of(5, trying), (effect,))


def test_a_row_that_is_subscribed_completes_its_attempt() -> None:
    """All it lacked is there."""
    known = evolve(completed(SETTLED), subscriptions=1)
    assert after(*TRYING, CANONICAL) == RegistryTransition(
        registry_of(5, known, route=RouteState.LIVE), (), (REPAIRED,)
    )


@pytest.mark.parametrize("row", [NO_ROW, ROW_DESTROYED])
def test_a_row_that_went_away_meanwhile_is_a_contradiction(row: RowShown) -> None:
    """It was there a moment ago."""
    known = evolve(committing(SETTLED), subscriptions=1)
    assert after(*TRYING, row) == closing(5, known, Failure.INCONSISTENT)


@pytest.mark.parametrize("nothing", [UNSUBSCRIBED, REJECTED, UNKNOWN, DONE, NEVER])
def test_a_subscription_that_did_not_come_about_is_tried_again(nothing: RegistryOutcome) -> None:
    """Later, and from the beginning: row and instance are asked anew."""
    waiting = evolve(committing(Waiting(OpId(5))), subscriptions=1, probes=1)
    assert after(*TRYING, nothing) == RegistryTransition(registry_of(6, waiting))


def test_a_row_that_cannot_be_subscribed_is_given_up_after_so_many_tries() -> None:
    """A user who may not have an instance does not keep the slot (L1)."""
    registry = told(*COMMITTING, first=Registry(OWNER, policy=Policy(tries=1)))
    for _ in range(2):
        registry = told(PROBE, UNSUBSCRIBED, MOVING, REJECTED, first=registry)
    transition = after(PROBE, UNSUBSCRIBED, MOVING, first=registry)
    given_up = transition.record.reservations[0]
    assert transition.effects == (CloseRow(OpId(14), OWNER, ANN, KI_1, ONE),)
    assert given_up == evolve(committing(ClosingRow(OpId(14))), subscriptions=2, probes=2, failure=Failure.SUBSCRIPTION)
