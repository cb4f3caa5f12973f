"""Which alarms a registry wants, what their rings do, and what is lost and found again when somebody takes it over."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_core.facts import AlarmRang, Recovered
from kiloclaw_core.names import OPS_OF_AN_INCARNATION, OpId
from kiloclaw_core.phases import Alarm, AlarmName
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import (
    CloseRow,
    ConfirmedAbsent,
    Consult,
    Evidence,
    Imported,
    InFlight,
    Phase,
    ReadRow,
    Registry,
    RegistryOutcome,
    RegistryReplied,
    RegistryTransition,
    Resolution,
    is_blank,
    probe_wait_s,
    registry_absorb,
    registry_alarms_of,
    registry_awaited,
)
from kiloclaw_core.registry.inquiries import ClosingRow, ReadingRow, Waiting

from .telling import (
    ANN,
    BEGIN_BEN,
    BEGIN_SECOND,
    BLANK,
    CANONICAL,
    CLEANING,
    COMMITTING,
    COMPLETED,
    DIRTY,
    DRAINING,
    KI_1,
    NO_ROW,
    ONE,
    OPEN,
    OWNER,
    PATIENCE,
    PROBE,
    RELEASED,
    SETTLED,
    STARTED,
    UNKNOWN,
    UNSUBSCRIBED,
    WAKE,
    WORKING,
    Happening,
    after,
    registry_of,
    released_note,
    reservation_in,
    said,
    told,
)

CONSULT = Consult(OWNER)
GONE = said(ConfirmedAbsent())


def probe(of: int, after_s: float) -> Alarm:
    """A reservation is looked after then."""
    return Alarm(AlarmName.PROBE, OpId(of), after_s)


def patience(of: int) -> Alarm:
    """An answer is waited for so long."""
    return Alarm(AlarmName.PATIENCE, OpId(of), 180.0)


# -- wanting -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "alarms"),
    [
        ((), ()),
        (OPEN, (probe(0, 120.0),)),
        (WORKING, (probe(0, 120.0),)),
        (COMMITTING, (probe(0, 120.0),)),
        (COMPLETED, ()),
        (CLEANING, (Alarm(AlarmName.INTENT, OpId(1), 0.0),)),
        (RELEASED, ()),
        (DRAINING, (Alarm(AlarmName.INTENT, OpId(1), 0.0),)),
        ((*WORKING, PROBE), (patience(2),)),
        ((*WORKING, PROBE, NO_ROW), (patience(3),)),
        ((*COMMITTING, PROBE, UNSUBSCRIBED, said(InFlight(1))), (patience(4),)),
        ((*CLEANING, WAKE), (patience(2),)),
        ((*CLEANING, WAKE, NO_ROW), (patience(3),)),
        ((*CLEANING, WAKE, CANONICAL, GONE), (patience(4),)),
        ((*CLEANING, WAKE, UNKNOWN), (probe(3, 60.0),)),
    ],
)
def test_whatever_is_not_settled_has_an_alarm(story: tuple[Happening, ...], alarms: tuple[Alarm, ...]) -> None:
    """Nobody else is needed to see to it (registry 7.2, P3); what is settled leaves the store in peace (L5)."""
    assert registry_alarms_of(told(*story)) == alarms


def test_every_reservation_has_an_alarm_of_its_own() -> None:
    """In the order of their names and ops, whoever was let in first."""
    registry = told(*OPEN, BEGIN_BEN, *CLEANING[1:])
    assert registry_alarms_of(registry) == (Alarm(AlarmName.INTENT, OpId(2), 0.0), probe(1, 120.0))


@pytest.mark.parametrize(
    ("probes", "wait_s"), [(0, 120.0), (1, 60.0), (2, 120.0), (3, 240.0), (4, 480.0), (5, 900.0), (6, 900.0)]
)
def test_a_probe_waits_longer_each_time_up_to_a_quarter_of_an_hour(probes: int, wait_s: float) -> None:
    """The first is patient with a caller who works; then the world is given time, but never for ever (registry 7.3)."""
    assert probe_wait_s(probes, Policy()) == wait_s


def test_an_outage_is_waited_out_in_growing_steps() -> None:
    """How often it was in vain is counted up to the longest wait, so that a record does not grow by waiting."""
    registry, waits = told(*WORKING), []
    for _ in range(7):
        registry = told(PROBE, UNKNOWN, first=registry)
        waits += [alarm.patience_s for alarm in registry_alarms_of(registry)]
    assert waits == [60.0, 120.0, 240.0, 480.0, 900.0, 900.0, 900.0]
    assert registry.reservations[0].probes == 5


# -- ringing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [AlarmName.PROBE, AlarmName.INTENT, AlarmName.PATIENCE, AlarmName.PAUSE])
@pytest.mark.parametrize("story", [(), COMPLETED, (*CLEANING, WAKE)])
def test_a_ring_that_nobody_wants_is_dropped(story: tuple[Happening, ...], name: AlarmName) -> None:
    """It was set for something that is over."""
    registry = told(*story)
    assert registry_absorb(registry, AlarmRang(name, OpId(7))) == RegistryTransition(registry)


def test_a_ring_begins_what_is_due() -> None:
    """Waking does the same, at any time."""
    ring = AlarmRang(AlarmName.INTENT, OpId(1), at=100)
    assert after(*CLEANING, ring) == after(*CLEANING, WAKE)
    assert after(*CLEANING, WAKE).effects == (CloseRow(OpId(2), OWNER, ANN, KI_1, ONE),)


def test_patience_that_is_at_its_end_is_an_answer_as_well() -> None:
    """It says that it cannot be known now."""
    assert after(*WORKING, PROBE, PATIENCE) == after(*WORKING, PROBE, UNKNOWN)


def test_a_probe_rings_for_one_reservation_alone() -> None:
    """Ben's attempt keeps its patience when Ann's has lost it."""
    transition = after(*WORKING, BEGIN_BEN, PROBE)
    anns = reservation_in(Phase.WORKING, Evidence.POSSIBLE, ReadingRow(OpId(3)))
    assert transition.effects == (ReadRow(OpId(3), OWNER, ANN, KI_1),)
    assert [one.inquiry for one in transition.record.reservations] == [anns.inquiry, Waiting(OpId(1))]


def test_everything_that_is_due_is_begun_in_one_turn() -> None:
    """Whatever had it wake: one commit, and the effects of each."""
    bens = BEGIN_BEN.attempt
    both = (*CLEANING, BEGIN_BEN, evolve(STARTED, attempt=bens), evolve(DIRTY, attempt=bens))
    transition = after(*both, WAKE)
    assert [type(effect) for effect in transition.effects] == [CloseRow, CloseRow]
    assert [effect.op for effect in transition.effects] == [OpId(4), OpId(5)]


# -- hearing late ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [CANONICAL, NO_ROW, UNKNOWN])
def test_an_answer_that_nobody_waits_for_is_of_no_use(outcome: RegistryOutcome) -> None:
    """Whatever it says may be said again, when somebody asks."""
    registry = told(*WORKING)
    assert registry_absorb(registry, RegistryReplied(OpId(2), outcome)) == RegistryTransition(registry)


def test_an_answer_is_heard_once() -> None:
    """A second delivery of it finds the next question."""
    registry = told(*WORKING, PROBE, NO_ROW)
    assert registry_absorb(registry, RegistryReplied(OpId(2), NO_ROW)) == RegistryTransition(registry)


@pytest.mark.parametrize(
    ("story", "awaited"),
    [
        ((), frozenset()),
        (WORKING, frozenset()),
        (CLEANING, frozenset()),
        ((*WORKING, PROBE), frozenset({2})),
        ((*WORKING, PROBE, NO_ROW), frozenset({3})),
        ((*CLEANING, WAKE, NO_ROW), frozenset({3})),
        ((*COMPLETED,), frozenset()),
    ],
)
def test_the_registry_says_whose_answers_it_waits_for(story: tuple[Happening, ...], awaited: frozenset[int]) -> None:
    """Whoever performs its effects may give the others up."""
    assert registry_awaited(told(*story)) == awaited


# -- taking over -------------------------------------------------------------------------------------------------


def test_whoever_takes_a_registry_over_asks_again() -> None:
    """Every answer under way is lost; what waits for its time goes on waiting, under numbers that are new."""
    taken = Recovered(2, at=100)
    op = 2 * OPS_OF_AN_INCARNATION
    asking = reservation_in(Phase.WORKING, Evidence.POSSIBLE, ReadingRow(OpId(op + 1)))
    assert after(*WORKING, PROBE, NO_ROW, taken) == RegistryTransition(
        registry_of(op + 2, asking), (ReadRow(OpId(op + 1), OWNER, ANN, KI_1),)
    )
    waiting = reservation_in(Phase.WORKING, Evidence.POSSIBLE, Waiting(OpId(0)))
    assert after(*WORKING, taken) == RegistryTransition(registry_of(op, waiting))


def test_a_take_over_by_the_same_incarnation_uses_no_number_twice() -> None:
    """The higher one counts."""
    known = evolve(told(*CLEANING, WAKE).reservations[0], inquiry=ClosingRow(OpId(4)))
    assert after(*CLEANING, WAKE, Recovered()) == RegistryTransition(
        registry_of(5, known), (CloseRow(OpId(4), OWNER, ANN, KI_1, ONE),)
    )


def test_what_is_over_is_not_looked_after_again() -> None:
    """A take-over of a registry at rest does nothing."""
    registry = told(*COMPLETED)
    assert registry_absorb(registry, Recovered()) == RegistryTransition(registry)


# -- nothing to keep ---------------------------------------------------------------------------------------------


def test_a_registry_in_which_nothing_was_written_is_blank() -> None:
    """Wherever its numbers begin, and under whatever policy: nothing is stored for it."""
    assert is_blank(BLANK)
    assert is_blank(Registry(OWNER, OpId(70), policy=Policy(tries=1)))
    assert not is_blank(told(*OPEN))
    assert not is_blank(told(CONSULT))
    assert told(CONSULT).legacy == Imported()


def test_an_attempt_whose_patience_is_over_leaves_its_slot_to_the_next() -> None:
    """The whole story of a caller that died after being let in (F4): one alarm, and the next is let in."""
    over = evolve(reservation_in(Phase.RELEASED, Evidence.NONE, SETTLED), resolution=Resolution.NEVER_STARTED)
    transition = after(*OPEN, PROBE)
    assert transition.notes == (released_note("never_started"),)
    assert told(BEGIN_SECOND, first=transition.record).reservations[0] == over
