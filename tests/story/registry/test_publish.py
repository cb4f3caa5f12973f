"""Being told what rows prove: an attempt lacks its completion alone, or an instance is older than the registry."""

from __future__ import annotations

import pytest
from attrs import evolve
from returns.result import Success

from kiloclaw_core.names import AttemptId, Fence, OwnerKey, SandboxId
from kiloclaw_core.registry import (
    Because,
    Evidence,
    Phase,
    Proof,
    Publish,
    Reservation,
    Route,
    RouteState,
    registry_decide,
)

from .telling import (
    ANN,
    BEN,
    BLANK,
    CLEANED,
    CLEANING,
    COMMITTING,
    COMPLETED,
    DESTROYED,
    DRAINING,
    INTENT,
    KI_1,
    OPEN,
    OWNER,
    PROOF,
    PUBLISH,
    RELEASED,
    SETTLED,
    WORKING,
    Happening,
    completed,
    refused,
    registry_of,
    told,
)

BORN = Reservation(
    attempt=AttemptId("born:ki_1"),
    user=ANN,
    instance=KI_1,
    fence=Fence(0),
    phase=Phase.COMPLETED,
    evidence=Evidence.RECORDED,
    inquiry=SETTLED,
    born=True,
)
OLD_KEY = SandboxId("ann-as-she-was")


@pytest.mark.parametrize("story", [OPEN, WORKING, COMMITTING])
def test_an_attempt_whose_rows_are_there_is_completed(story: tuple[Happening, ...]) -> None:
    """All it lacked was being told so (F23): whoever has looked at the rows may tell."""
    assert told(*story, PUBLISH) == registry_of(1, completed(SETTLED), route=RouteState.LIVE)


def test_an_instance_that_no_attempt_made_is_completed_by_birth() -> None:
    """It is older than the registry, and has no fence: no attempt's row was ever inserted under it."""
    assert told(PUBLISH) == registry_of(0, BORN, route=RouteState.LIVE)


def test_the_oldest_instances_are_reached_under_the_name_of_their_user() -> None:
    """Their record has another name than their row (registry 1.4)."""
    old = registry_of(0, BORN)
    assert told(evolve(PUBLISH, key=OLD_KEY)) == evolve(old, routes=(Route(KI_1, ANN, RouteState.LIVE, OLD_KEY),))


def test_an_attempt_that_gave_up_before_its_work_is_no_reason_not_to_publish() -> None:
    """It never called the instance that its rows prove to be there."""
    registry = told(*RELEASED, PUBLISH)
    assert registry.reservations[0] == BORN
    assert registry.route(KI_1) == Route(KI_1, ANN, RouteState.LIVE, KI_1)


@pytest.mark.parametrize("story", [COMPLETED, (PUBLISH,)])
def test_what_is_published_may_be_published_again(story: tuple[Happening, ...]) -> None:
    """It changes nothing, and the slot stays as free as it was."""
    registry = told(*story)
    assert registry_decide(registry, PUBLISH) == Success(registry)


@pytest.mark.parametrize(
    ("story", "because"),
    [
        (CLEANING, Because.CLEANING_UP),
        (CLEANED, Because.ENDED),
        (DRAINING, Because.DESTROYED),
        ((*WORKING, INTENT), Because.DESTROYED),
        ((*WORKING, DESTROYED), Because.DESTROYED),
        ((*COMPLETED, DESTROYED), Because.DESTROYED),
        ((DESTROYED,), Because.DESTROYED),
        ((INTENT,), Because.DESTROYED),
    ],
)
def test_nothing_revives_what_is_given_up_or_destroyed(story: tuple[Happening, ...], because: Because) -> None:
    """Whatever rows somebody has read before: tombstones only ever stay (S7, GW8)."""
    assert registry_decide(told(*story), PUBLISH) == refused(because)


@pytest.mark.parametrize("story", [(), OPEN, COMPLETED])
def test_rows_of_another_owner_prove_nothing_here(story: tuple[Happening, ...]) -> None:
    """A person's rows are no organisation's."""
    theirs = Publish(OWNER, Proof(OwnerKey("user:ann"), ANN, KI_1), KI_1)
    assert registry_decide(told(*story), theirs) == refused(Because.NOT_PROVEN)


@pytest.mark.parametrize("story", [OPEN, WORKING, COMPLETED, CLEANING, CLEANED])
def test_rows_of_another_user_complete_nobody_elses_attempt(story: tuple[Happening, ...]) -> None:
    """Whose instance it is, two have said, and not the same (S9)."""
    theirs = evolve(PUBLISH, proof=evolve(PROOF, user=BEN))
    assert registry_decide(told(*story), theirs) == refused(Because.NOT_PROVEN)


def test_a_route_has_the_moment_it_went_live() -> None:
    """For people to read."""
    route = told(*COMPLETED).route(KI_1)
    assert route is not None
    assert (route.created_at, route.destroyed_at) == (40, None)
    assert BLANK.route(KI_1) is None
