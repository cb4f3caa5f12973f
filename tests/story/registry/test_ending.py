"""Ending by itself, or by an operator: clean is free at once, dirty is cleaned up, and an answer for it is audited."""

from __future__ import annotations

import pytest
from attrs import evolve
from returns.result import Success

from kiloclaw_core.instance import AuditNote
from kiloclaw_core.names import AttemptId, Fence, OpId, SandboxId
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import (
    Because,
    Begin,
    Evidence,
    FailedClean,
    Failure,
    InFlight,
    Live,
    NeverSeen,
    Phase,
    Registry,
    RegistryCommand,
    Remaining,
    Resolution,
    RouteState,
    Verdict,
    may_release,
    registry_decide,
)
from kiloclaw_core.registry.inquiries import ClosingRow, Due, Waiting

from .telling import (
    ANN,
    BEN,
    BLANK,
    CLEAN,
    CLEAN_AFTER_WORK,
    CLEANED,
    CLEANING,
    COMMITTING,
    COMPLETED,
    DIRTY,
    DRAINING,
    HURRY,
    OPEN,
    OWNER,
    RELEASED,
    SETTLED,
    STARTED,
    TWO,
    UNKNOWN,
    WAKE,
    WORKING,
    Happening,
    completed,
    refused,
    registry_of,
    release,
    reservation_in,
    told,
)

ENDED = evolve(reservation_in(Phase.RELEASED, Evidence.NONE, SETTLED), resolution=Resolution.FAILED_BEFORE_WORK)
ABSENT = evolve(ENDED, evidence=Evidence.CONFIRMED_ABSENT)
FAILED = evolve(reservation_in(Phase.CLEANING, Evidence.POSSIBLE, Due(OpId(1))), failure=Failure.PROVIDER)
LOOKED_FOR = (*CLEANING, WAKE, UNKNOWN)
"""A clean-up whose first look was not answered: it waits for its alarm."""


# -- clean and dirty ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [CLEAN, CLEAN_AFTER_WORK, DIRTY])
def test_an_attempt_that_never_worked_is_released_at_once(command: RegistryCommand) -> None:
    """It was never allowed to call anything, so that there is nothing to find out (registry 3.9)."""
    assert told(*OPEN, command) == registry_of(1, ENDED)


def test_a_withdrawal_tells_why() -> None:
    """The user had an instance already (registry 3.3, r7)."""
    why = Resolution.ACTIVE_EXISTS
    assert told(*OPEN, evolve(CLEAN, why=why)) == registry_of(1, evolve(ENDED, resolution=why))


def test_an_attempt_whose_instance_says_nothing_is_left_is_released_at_once() -> None:
    """Evidence, not age (S10)."""
    assert told(*WORKING, CLEAN_AFTER_WORK) == registry_of(1, ABSENT)


@pytest.mark.parametrize("verdict", [None, NeverSeen(), InFlight(3), Live(), Remaining()])
def test_work_that_may_have_left_something_is_not_clean(verdict: Verdict | None) -> None:
    """Never seen may be seen yet; only what can come no more is clean."""
    assert registry_decide(told(*WORKING), evolve(CLEAN, verdict=verdict)) == refused(Because.NOT_CLEAN)


def test_an_attempt_that_may_have_a_row_is_not_clean() -> None:
    """Its instance can say nothing of that."""
    assert registry_decide(told(*COMMITTING), CLEAN_AFTER_WORK) == refused(Because.NOT_CLEAN)


def test_a_dirty_failure_is_cleaned_up_at_once() -> None:
    """It holds its slot until that is over, and it begins with the next turn."""
    assert told(*WORKING, DIRTY) == registry_of(2, FAILED)
    recorded = evolve(FAILED, evidence=Evidence.RECORDED)
    assert told(*COMMITTING, DIRTY) == registry_of(2, recorded)


@pytest.mark.parametrize("command", [CLEAN, CLEAN_AFTER_WORK, DIRTY])
@pytest.mark.parametrize("story", [CLEANING, RELEASED, CLEANED])
def test_an_attempt_that_ended_may_be_ended_again(story: tuple[Happening, ...], command: RegistryCommand) -> None:
    """It changes nothing, not even why it ended."""
    registry = told(*story)
    assert registry_decide(registry, command) == Success(registry)


@pytest.mark.parametrize("command", [CLEAN, CLEAN_AFTER_WORK, DIRTY])
def test_a_completed_attempt_does_not_fail(command: RegistryCommand) -> None:
    """Somebody has completed it for whoever thinks that it failed: its instance is the user's."""
    assert registry_decide(told(*COMPLETED), command) == refused(Because.OUT_OF_TURN)


def test_only_so_many_released_attempts_are_remembered() -> None:
    """The oldest are forgotten; whoever holds a slot or has an instance never is."""
    registry = told(*COMPLETED, first=Registry(OWNER, policy=Policy(resolved_remembered=2)))
    for number in (2, 3, 4, 5):
        begin = Begin(OWNER, AttemptId(f"no {number}"), ANN, SandboxId(f"ki_{number}"))
        registry = told(begin, first=registry)
        registry = told(FailedClean(OWNER, begin.attempt, registry.fence(ANN)), first=registry)
    remembered = [(one.attempt, one.phase) for one in registry.reservations]
    assert remembered == [("first", Phase.COMPLETED), ("no 4", Phase.RELEASED), ("no 5", Phase.RELEASED)]


def test_what_is_forgotten_of_one_slot_is_the_oldest_of_that_slot() -> None:
    """Fences are counted in each slot for itself: Ben's first is younger than all of Ann's, and has the lowest."""
    registry = told(first=Registry(OWNER, policy=Policy(resolved_remembered=2)))
    for number in (1, 2, 3):
        begin = Begin(OWNER, AttemptId(f"no {number}"), ANN, SandboxId(f"ki_{number}"))
        registry = told(begin, first=registry)
        registry = told(FailedClean(OWNER, begin.attempt, registry.fence(ANN)), first=registry)
    bens = Begin(OWNER, AttemptId("ben's"), BEN, SandboxId("ki_ben"))
    registry = told(bens, FailedClean(OWNER, bens.attempt, Fence(1)), first=registry)
    remembered = [(one.attempt, one.user, one.phase) for one in registry.reservations]
    assert remembered == [
        ("ben's", BEN, Phase.RELEASED),
        ("no 2", ANN, Phase.RELEASED),
        ("no 3", ANN, Phase.RELEASED),
    ]
    assert registry_decide(registry, bens) == refused(Because.ENDED)


# -- the one predicate -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("evidence", list(Evidence))
@pytest.mark.parametrize("asserted", [False, True])
def test_nothing_is_released_that_is_not_fenced(evidence: Evidence, *, asserted: bool) -> None:
    """Something may come yet, whoever answers for what is there."""
    known = evolve(FAILED, evidence=evidence, asserted=asserted)
    assert not may_release(known, fenced=False)


@pytest.mark.parametrize(
    ("evidence", "asserted", "may"),
    [
        (Evidence.NONE, False, True),
        (Evidence.NONE, True, True),
        (Evidence.POSSIBLE, False, False),
        (Evidence.POSSIBLE, True, True),
        (Evidence.RECORDED, False, False),
        (Evidence.RECORDED, True, True),
        (Evidence.CONFIRMED_ABSENT, False, True),
        (Evidence.CONFIRMED_ABSENT, True, True),
    ],
)
def test_a_slot_is_free_once_nothing_is_left_or_somebody_answers_for_it(
    evidence: Evidence, *, asserted: bool, may: bool
) -> None:
    """The whole of registry 7.4."""
    known = evolve(FAILED, evidence=evidence, asserted=asserted)
    assert may_release(known, fenced=True) is may


# -- operators ---------------------------------------------------------------------------------------------------

AUDIT = (AuditNote("olga", "released first", "checked by hand"),)


def test_an_operator_who_answers_for_an_open_attempt_releases_it() -> None:
    """The registry itself is what fences it: its work will not be granted any more."""
    over = evolve(ENDED, resolution=Resolution.OPERATOR)
    released = told(*OPEN, release(Phase.OPEN))
    assert released == evolve(registry_of(1, over), audit=AUDIT)
    assert registry_decide(released, STARTED) == refused(Because.ENDED)


def test_an_operator_who_answers_for_work_has_it_fenced_first() -> None:
    """Its slot is not free yet: what may come is closed off before anything is released (GW5)."""
    answered_for = evolve(FAILED, failure=Failure.OPERATOR, asserted=True)
    assert told(*WORKING, release()) == evolve(registry_of(2, answered_for), audit=AUDIT)


def test_an_operator_who_answers_for_a_clean_up_has_it_begin_again() -> None:
    """What it failed of stays told; the answer to the question before is of no use any more."""
    registry = told(*CLEANING, WAKE, release(Phase.CLEANING))
    assert registry == evolve(
        registry_of(4, evolve(FAILED, inquiry=Due(OpId(3)), asserted=True)),
        audit=AUDIT,
    )


def test_whoever_answers_for_a_clean_up_again_changes_nothing() -> None:
    """It is answered for: its clean-up goes on, and nothing more is written down."""
    registry = told(*WORKING, release(), WAKE)
    assert registry_decide(registry, release(Phase.CLEANING)) == Success(registry)


def test_only_so_much_of_what_operators_took_upon_themselves_is_remembered() -> None:
    """The log has it all; the record has the newest."""
    registry = Registry(OWNER, policy=Policy(audit_remembered=2))
    for number in (1, 2, 3):
        begin = Begin(OWNER, AttemptId(f"no {number}"), ANN, SandboxId(f"ki_{number}"))
        registry = told(begin, first=registry)
        released = evolve(release(Phase.OPEN, registry.fence(ANN)), attempt=begin.attempt)
        registry = told(released, first=registry)
    assert [note.did for note in registry.audit] == ["released no 2", "released no 3"]


def test_what_an_operator_took_upon_themselves_has_its_moment() -> None:
    """In the record, by the very commit that grants it."""
    assert told(*WORKING, release()).audit[0].at == 90


@pytest.mark.parametrize("nameless", [evolve(release(), operator=""), evolve(release(), because="")])
def test_nobody_answers_for_anything_without_a_name_and_a_reason(nameless: RegistryCommand) -> None:
    """An audit that says nothing is none."""
    assert registry_decide(told(*WORKING), nameless) == refused(Because.UNANSWERED_FOR)


@pytest.mark.parametrize("story", [COMPLETED, RELEASED, CLEANED, DRAINING])
def test_an_attempt_that_holds_no_slot_cannot_be_released(story: tuple[Happening, ...]) -> None:
    """There is nothing to free."""
    assert registry_decide(told(*story), release()) == refused(Because.NOT_RELEASABLE)


@pytest.mark.parametrize(
    ("story", "seen"),
    [
        (WORKING, release(Phase.OPEN)),
        (COMMITTING, release(Phase.WORKING)),
        (CLEANING, release(Phase.WORKING)),
        (WORKING, release(Phase.WORKING, TWO)),
    ],
)
def test_an_operator_who_saw_something_else_looks_again(story: tuple[Happening, ...], seen: RegistryCommand) -> None:
    """What they took upon themselves was another state of affairs (registry 2)."""
    assert registry_decide(told(*story), seen) == refused(Because.CHANGED)


# -- whoever waits -----------------------------------------------------------------------------------------------


def test_whoever_waits_hastens_a_clean_up() -> None:
    """It is looked after now, and not when its alarm would have rung."""
    waiting = told(*LOOKED_FOR)
    assert waiting == registry_of(4, evolve(FAILED, inquiry=Waiting(OpId(3)), probes=1))
    assert registry_decide(waiting, HURRY) == Success(
        registry_of(5, evolve(FAILED, inquiry=Due(OpId(4)), probes=1)),
    )


def test_a_clean_up_that_is_being_looked_after_cannot_be_hastened() -> None:
    """One question at a time: the one that was asked is answered first."""
    registry = told(*CLEANING, WAKE)
    assert registry == registry_of(3, evolve(FAILED, inquiry=ClosingRow(OpId(2))))
    assert registry_decide(registry, HURRY) == Success(registry)


@pytest.mark.parametrize("story", [(), OPEN, WORKING, COMMITTING, COMPLETED, RELEASED])
def test_an_attempt_that_runs_keeps_its_patience(story: tuple[Happening, ...]) -> None:
    """Whoever waits for a slot must not cut another's attempt short."""
    registry = told(*story)
    assert registry_decide(registry, HURRY) == Success(registry)


def test_one_hastens_for_their_own_slot_only() -> None:
    """Ben's wait is no reason to look after what Ann's attempt left."""
    registry = told(*LOOKED_FOR)
    assert registry_decide(registry, evolve(HURRY, user=BEN)) == Success(registry)


def test_a_reservation_says_whether_it_holds_its_slot() -> None:
    """Four phases do (registry 7.3)."""
    assert [told(*story).reservations[0].unresolved for story in (OPEN, WORKING, COMMITTING, CLEANING)] == [True] * 4
    assert [told(*story).reservations[0].unresolved for story in (COMPLETED, RELEASED)] == [False, False]
    assert registry_of(1, completed(SETTLED), route=RouteState.LIVE) == told(*COMPLETED)


def test_a_slot_that_nobody_holds_has_no_holder() -> None:
    """Neither in a blank registry, nor where everybody has ended."""
    assert BLANK.holder(ANN) is None
    assert told(*RELEASED).holder(ANN) is None
