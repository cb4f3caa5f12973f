"""An attempt's own way: each step is granted before what it permits is done, and granted again when asked again."""

from __future__ import annotations

import pytest
from attrs import evolve
from returns.result import Success

from kiloclaw_core.names import AttemptId, Fence, OpId, OwnerKey
from kiloclaw_core.registry import (
    Because,
    Chapter,
    Commit,
    Evidence,
    Failure,
    Phase,
    PrepareCommit,
    Proof,
    RegistryCommand,
    RouteState,
    WorkStarted,
    registry_decide,
)
from kiloclaw_core.registry.inquiries import Due, Waiting

from .telling import (
    ANN,
    BEGIN,
    BEGIN_SECOND,
    BEN,
    CLEAN,
    CLEAN_AFTER_WORK,
    CLEANED,
    CLEANING,
    COMMIT,
    COMMITTING,
    COMPLETED,
    DESTROYED,
    DIRTY,
    DRAINING,
    INTENT,
    KI_1,
    KI_2,
    OPEN,
    OWNER,
    PREPARED,
    RELEASED,
    SECOND,
    SETTLED,
    STARTED,
    TWO,
    WORKING,
    Happening,
    completed,
    refused,
    registry_of,
    release,
    reservation_in,
    told,
)

WAITING = Waiting(OpId(0))


def test_work_that_begins_may_leave_traces() -> None:
    """Durable before the instance is called (S2): from now on the slot is not free without evidence."""
    assert told(*OPEN, STARTED) == registry_of(1, reservation_in(Phase.WORKING, Evidence.POSSIBLE, WAITING))


def test_an_attempt_that_its_instance_took_on_has_left_traces() -> None:
    """Only now may its row be inserted."""
    assert told(*WORKING, PREPARED) == registry_of(1, reservation_in(Phase.COMMITTING, Evidence.RECORDED, WAITING))


def test_a_proven_attempt_is_completed_and_routed_in_one_commit() -> None:
    """Nobody sees the one without the other, and its slot is free."""
    assert told(*COMMITTING, COMMIT) == registry_of(1, completed(SETTLED), route=RouteState.LIVE)


@pytest.mark.parametrize(
    "proof",
    [
        Proof(OwnerKey("user:ann"), ANN, KI_1),
        Proof(OWNER, BEN, KI_1),
        Proof(OWNER, ANN, KI_2),
    ],
)
@pytest.mark.parametrize("story", [COMMITTING, COMPLETED, CLEANING])
def test_a_proof_of_anything_else_completes_nothing(story: tuple[Happening, ...], proof: Proof) -> None:
    """The rows that were read have to be those of this attempt (S6)."""
    assert registry_decide(told(*story), evolve(COMMIT, proof=proof)) == refused(Because.NOT_PROVEN)


@pytest.mark.parametrize(
    ("story", "command"),
    [
        (WORKING, STARTED),
        (COMMITTING, STARTED),
        (COMPLETED, STARTED),
        (COMMITTING, PREPARED),
        (COMPLETED, PREPARED),
        (COMPLETED, COMMIT),
    ],
)
def test_a_step_that_was_taken_is_granted_again(story: tuple[Happening, ...], command: RegistryCommand) -> None:
    """Its first answer may have been lost; it changes nothing."""
    registry = told(*story)
    assert registry_decide(registry, command) == Success(registry)


@pytest.mark.parametrize(
    ("story", "command", "because"),
    [
        (OPEN, PREPARED, Because.OUT_OF_TURN),
        (OPEN, COMMIT, Because.OUT_OF_TURN),
        (WORKING, COMMIT, Because.OUT_OF_TURN),
        (CLEANING, STARTED, Because.CLEANING_UP),
        (CLEANING, PREPARED, Because.CLEANING_UP),
        (CLEANING, COMMIT, Because.CLEANING_UP),
        (RELEASED, STARTED, Because.ENDED),
        (RELEASED, PREPARED, Because.ENDED),
        (RELEASED, COMMIT, Because.ENDED),
        (CLEANED, STARTED, Because.ENDED),
        (CLEANED, PREPARED, Because.ENDED),
        (CLEANED, COMMIT, Because.ENDED),
        (DRAINING, COMMIT, Because.DESTROYED),
        ((*COMMITTING, INTENT), STARTED, Because.CLEANING_UP),
        ((*COMMITTING, INTENT), PREPARED, Because.CLEANING_UP),
        ((*COMMITTING, INTENT), COMMIT, Because.DESTROYED),
        ((*COMMITTING, DESTROYED), COMMIT, Because.DESTROYED),
        ((*COMPLETED, DESTROYED), COMMIT, Because.DESTROYED),
    ],
)
def test_a_step_out_of_turn_or_of_an_ended_attempt_is_refused(
    story: tuple[Happening, ...], command: RegistryCommand, because: Because
) -> None:
    """Whoever was ended meanwhile learns it before they do anything more (GW5, GW6)."""
    assert registry_decide(told(*story), command) == refused(because)


OF_ANOTHER_FENCE = (
    evolve(STARTED, fence=TWO),
    evolve(PREPARED, fence=TWO),
    evolve(COMMIT, fence=TWO),
    evolve(CLEAN, fence=TWO),
    evolve(DIRTY, fence=Fence(0)),
)


@pytest.mark.parametrize("command", OF_ANOTHER_FENCE)
@pytest.mark.parametrize("story", [OPEN, WORKING, COMMITTING, COMPLETED, CLEANING, RELEASED])
def test_a_command_with_another_fence_is_refused(story: tuple[Happening, ...], command: RegistryCommand) -> None:
    """The fence is the attempt's own: no other one was ever given out for it."""
    assert registry_decide(told(*story), command) == refused(Because.FENCED)


NEVER = AttemptId("never")


@pytest.mark.parametrize(
    "command",
    [
        evolve(STARTED, attempt=NEVER),
        evolve(PREPARED, attempt=NEVER),
        evolve(COMMIT, attempt=NEVER),
        evolve(CLEAN, attempt=NEVER),
        evolve(DIRTY, attempt=NEVER),
        evolve(release(), attempt=NEVER),
    ],
)
def test_a_command_of_an_attempt_that_was_never_let_in_is_refused(command: RegistryCommand) -> None:
    """A caller who forgot to begin has nothing to go on with."""
    assert registry_decide(told(*OPEN), command) == refused(Because.NO_SUCH_ATTEMPT)


@pytest.mark.parametrize("late", [STARTED, PREPARED, COMMIT, CLEAN, CLEAN_AFTER_WORK, DIRTY, release(), BEGIN])
def test_a_late_message_of_a_released_attempt_leaves_its_successor_alone(late: RegistryCommand) -> None:
    """Every message names its attempt (S8, S9): refused or granted, the registry stays as it is."""
    registry = told(*CLEANED, BEGIN_SECOND, WorkStarted(OWNER, SECOND, TWO))
    assert registry_decide(registry, late).value_or(registry) == registry


def test_the_second_attempt_goes_its_own_way_under_its_own_fence() -> None:
    """It is completed while the first one stays released, for ever."""
    registry = told(
        *CLEANED,
        BEGIN_SECOND,
        WorkStarted(OWNER, SECOND, TWO),
        PrepareCommit(OWNER, SECOND, TWO),
        Commit(OWNER, SECOND, TWO, Proof(OWNER, ANN, KI_2)),
    )
    assert [(one.attempt, one.phase, one.fence) for one in registry.reservations] == [
        (BEGIN.attempt, Phase.RELEASED, Fence(1)),
        (SECOND, Phase.COMPLETED, TWO),
    ]
    assert [(route.instance, route.state) for route in registry.routes] == [(KI_2, RouteState.LIVE)]


def test_what_became_of_an_attempt_is_told_with_its_moments() -> None:
    """For people: which phase, why, and when by the clock of whoever said so."""
    known = told(*COMPLETED).reservations[0]
    assert known.history == (
        Chapter(Phase.OPEN, at=10),
        Chapter(Phase.WORKING, at=20),
        Chapter(Phase.COMMITTING, at=30),
        Chapter(Phase.COMPLETED, at=40),
    )
    assert (known.opened_at, known.resolved_at, known.opener) == (10, 40, BEGIN.opener)


def test_a_failure_is_forgotten_by_none_of_its_steps() -> None:
    """A clean-up tells why it is one."""
    known = told(*CLEANING).reservations[0]
    failed = reservation_in(Phase.CLEANING, Evidence.POSSIBLE, Due(OpId(1)))
    assert known == evolve(failed, failure=Failure.PROVIDER)
    assert known.history[-1] == Chapter(Phase.CLEANING, "provider_provision_failed", 50)
