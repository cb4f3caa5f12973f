"""Being let in: one attempt a slot, under a fence of its own, asked for as often as its caller likes."""

from __future__ import annotations

import pytest
from attrs import evolve
from returns.result import Failure as NotGranted
from returns.result import Success

from kiloclaw_core.names import AttemptId, Fence, OpId, OwnerKey, SandboxId, UserId
from kiloclaw_core.registry import (
    Because,
    Begin,
    Commit,
    Consult,
    Destroyed,
    DestroyIntent,
    Evidence,
    FailedClean,
    FailedDirty,
    Failure,
    Hurry,
    Occupied,
    Phase,
    PrepareCommit,
    Publish,
    RegistryCommand,
    Reservation,
    Resolution,
    WorkStarted,
    registry_decide,
    why_taken,
)
from kiloclaw_core.registry.inquiries import Waiting

from .telling import (
    ANN,
    BEGIN,
    BEGIN_BEN,
    BEGIN_SECOND,
    BEN,
    BLANK,
    CLEANED,
    CLEANING,
    COMMITTING,
    COMPLETED,
    DESTROYED,
    DRAINING,
    FIRST,
    INTENT,
    KI_1,
    KI_2,
    ONE,
    OPEN,
    PROOF,
    RELEASED,
    SECOND,
    SETTLED,
    TWO,
    WORKING,
    Happening,
    refused,
    registry_of,
    release,
    reservation_in,
    told,
)

ELSEWHERE = OwnerKey("user:ann")
LET_IN = reservation_in(Phase.OPEN, Evidence.NONE, Waiting(OpId(0)))
AGAIN = Reservation(SECOND, ANN, KI_2, TWO, Phase.OPEN, Evidence.NONE, Waiting(OpId(1)))


def test_the_first_attempt_is_let_in_under_the_first_fence() -> None:
    """It has left nothing, and will be looked after if nobody hears of it again."""
    assert registry_decide(BLANK, BEGIN) == Success(registry_of(1, LET_IN))


def test_a_repeated_begin_is_granted_while_the_attempt_goes_on() -> None:
    """Its first answer may have been lost (F3, GW1): it keeps its fence."""
    for story in (OPEN, WORKING, COMMITTING, COMPLETED):
        registry = told(*story)
        assert registry_decide(registry, BEGIN) == Success(registry)


@pytest.mark.parametrize(
    ("story", "because"),
    [
        (CLEANING, Because.CLEANING_UP),
        (RELEASED, Because.ENDED),
        (CLEANED, Because.ENDED),
        (DRAINING, Because.DESTROYED),
    ],
)
def test_a_repeated_begin_of_an_attempt_that_ended_is_told_so(story: tuple[Happening, ...], because: Because) -> None:
    """An id is one attempt for ever: whoever wants another makes up another."""
    assert registry_decide(told(*story), BEGIN) == refused(because)


@pytest.mark.parametrize("story", [OPEN, CLEANING, RELEASED])
@pytest.mark.parametrize("other", [evolve(BEGIN, user=BEN), evolve(BEGIN, instance=KI_2)])
def test_a_known_attempt_with_another_user_or_instance_is_refused(story: tuple[Happening, ...], other: Begin) -> None:
    """Two requests under one id are a caller's mistake, and neither touches the other."""
    assert registry_decide(told(*story), other) == refused(Because.ANOTHER_REQUEST)


@pytest.mark.parametrize(
    ("story", "phase"),
    [
        (OPEN, Phase.OPEN),
        (WORKING, Phase.WORKING),
        (COMMITTING, Phase.COMMITTING),
        (CLEANING, Phase.CLEANING),
    ],
)
def test_a_slot_that_is_held_is_told_of_its_holder(story: tuple[Happening, ...], phase: Phase) -> None:
    """Nobody waits for a lock: the loser hears at once who is there, and how far they are (L7)."""
    assert registry_decide(told(*story), BEGIN_SECOND) == NotGranted(Occupied(FIRST, KI_1, phase))


def test_a_holder_tells_since_when() -> None:
    """So that whoever lost can say how long it has been so (registry 7.7)."""
    occupied = registry_decide(told(*OPEN), BEGIN_SECOND).failure()
    assert isinstance(occupied, Occupied)
    assert occupied.opened_at == 10


def test_a_slot_that_is_free_again_has_a_higher_fence() -> None:
    """What is still under way for the first attempt is told apart from the second's for ever."""
    over = evolve(reservation_in(Phase.RELEASED, Evidence.NONE, SETTLED), resolution=Resolution.FAILED_BEFORE_WORK)
    assert told(*RELEASED, BEGIN_SECOND) == registry_of(2, over, AGAIN)


def test_a_user_who_has_an_instance_is_let_in() -> None:
    """Completed holds no slot: the look at the active row is what turns them away (registry 1.3)."""
    registry = told(*COMPLETED, BEGIN_SECOND)
    assert registry.holder(ANN) == AGAIN


def test_members_of_an_organisation_have_a_slot_each() -> None:
    """One holds nobody else up, and each has fences of their own."""
    bens = Reservation(SECOND, BEN, KI_2, ONE, Phase.OPEN, Evidence.NONE, Waiting(OpId(1)))
    assert told(*OPEN, BEGIN_BEN) == registry_of(2, LET_IN, bens)


@pytest.mark.parametrize(
    "nameless",
    [
        evolve(BEGIN, attempt=AttemptId("")),
        evolve(BEGIN, user=UserId("")),
        evolve(BEGIN, instance=SandboxId("")),
    ],
)
def test_a_begin_that_leaves_a_name_out_is_refused(nameless: Begin) -> None:
    """An empty name would be everybody's."""
    assert registry_decide(BLANK, nameless) == refused(Because.UNNAMED)


def test_an_attempt_is_not_named_like_an_instance_that_nobody_let_in() -> None:
    """Under that name an instance that is older than the registry is written down: neither replaces the other."""
    assert registry_decide(BLANK, evolve(BEGIN, attempt=AttemptId("born:ki_9"))) == refused(Because.MISNAMED)


@pytest.mark.parametrize(
    ("story", "because"),
    [
        (OPEN, Because.INSTANCE_TAKEN),
        (WORKING, Because.INSTANCE_TAKEN),
        (COMPLETED, Because.INSTANCE_TAKEN),
        (CLEANING, Because.INSTANCE_TAKEN),
        (CLEANED, Because.INSTANCE_TAKEN),
        (DRAINING, Because.DESTROYED),
        ((DESTROYED,), Because.DESTROYED),
        ((*COMPLETED, DESTROYED), Because.DESTROYED),
    ],
)
def test_an_instance_that_was_called_for_another_attempt_is_not_used_again(
    story: tuple[Happening, ...], because: Because
) -> None:
    """What is left of the one would be taken for the other's."""
    theirs = evolve(BEGIN_BEN, instance=KI_1)
    assert registry_decide(told(*story), theirs) == refused(because)
    assert why_taken(told(*story), KI_1) is because


def test_an_instance_that_was_never_called_may_be_used_by_another_attempt() -> None:
    """The first one gave up before its work: a caller keeps its instance's id and makes up a new attempt."""
    assert why_taken(told(*RELEASED), KI_1) is None
    registry = told(*RELEASED, evolve(BEGIN_SECOND, instance=KI_1))
    assert registry.holder(ANN) == evolve(AGAIN, instance=KI_1)


ABROAD: tuple[RegistryCommand, ...] = (
    evolve(BEGIN, owner=ELSEWHERE),
    WorkStarted(ELSEWHERE, FIRST, ONE),
    PrepareCommit(ELSEWHERE, FIRST, ONE),
    Commit(ELSEWHERE, FIRST, ONE, PROOF),
    FailedClean(ELSEWHERE, FIRST, ONE),
    FailedDirty(ELSEWHERE, FIRST, ONE, Failure.ROW),
    Publish(ELSEWHERE, PROOF, KI_1),
    DestroyIntent(ELSEWHERE, ANN, KI_1, KI_1),
    Destroyed(ELSEWHERE, ANN, KI_1, KI_1),
    evolve(release(), owner=ELSEWHERE),
    Hurry(ELSEWHERE, ANN),
    Consult(ELSEWHERE),
)


@pytest.mark.parametrize("command", ABROAD)
@pytest.mark.parametrize("story", [(), OPEN, WORKING, COMMITTING, COMPLETED, CLEANING, RELEASED])
def test_no_command_for_another_owner_is_granted(story: tuple[Happening, ...], command: RegistryCommand) -> None:
    """Whatever state it finds: a person's registry and that of their organisation never mix."""
    assert registry_decide(told(*story), command) == refused(Because.ANOTHER_OWNER)


def test_a_fence_is_nought_where_nobody_was_let_in() -> None:
    """So that the first is one, and what is older than the registry is older than every fence."""
    assert BLANK.fence(ANN) == Fence(0)
    assert told(INTENT).fence(ANN) == Fence(0)
