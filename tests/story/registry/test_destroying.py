"""An owner who destroys, and an instance that is gone: forward only, and what is a tombstone stays one for ever."""

from __future__ import annotations

import pytest
from attrs import evolve
from returns.result import Success

from kiloclaw_core.instance import Note
from kiloclaw_core.names import OpId, SandboxId
from kiloclaw_core.registry import (
    Because,
    ConfirmedAbsent,
    Evidence,
    Failure,
    Phase,
    Registry,
    RegistryCommand,
    RegistryTransition,
    Remaining,
    Reservation,
    Resolution,
    Route,
    RouteState,
    registry_decide,
)
from kiloclaw_core.registry.inquiries import ClosingRow, Due

from .telling import (
    ANN,
    BEGIN_SECOND,
    BEN,
    CLEANED,
    CLEANING,
    COMMIT,
    COMMITTING,
    COMPLETED,
    DESTROYED,
    DRAINING,
    INTENT,
    KI_1,
    NO_ROW,
    OPEN,
    OWNER,
    PUBLISH,
    RELEASED,
    SECOND,
    SETTLED,
    UNKNOWN,
    WAKE,
    WORKING,
    Happening,
    after,
    completed,
    refused,
    registry_of,
    reservation_in,
    said,
    told,
)

DUE = Due(OpId(1))
OVER = evolve(completed(SETTLED), phase=Phase.RELEASED, resolution=Resolution.DESTROYED)


def doomed(evidence: Evidence) -> Reservation:
    """Ann's attempt, which ends because its instance is destroyed."""
    return evolve(reservation_in(Phase.CLEANING, evidence, DUE), failure=Failure.DESTROYED)


ENDING_ATTEMPTS = [
    (OPEN, Evidence.NONE),
    (WORKING, Evidence.POSSIBLE),
    (COMMITTING, Evidence.RECORDED),
]

# -- somebody wants it gone --------------------------------------------------------------------------------------


def test_nobody_is_routed_to_an_instance_that_is_to_be_destroyed() -> None:
    """Durable before anything is asked: from then on it will be done, whoever else is there (GW4)."""
    assert told(*COMPLETED, INTENT) == registry_of(2, completed(DUE), route=RouteState.DRAINING)


def test_an_instance_that_is_older_than_the_registry_is_destroyed_too() -> None:
    """It is written down first, so that somebody sees to it until it is gone."""
    assert (
        told(INTENT)
        == told(PUBLISH, INTENT)
        == evolve(
            told(PUBLISH),
            ops=OpId(1),
            reservations=(evolve(told(PUBLISH).reservations[0], inquiry=Due(OpId(0))),),
            routes=(Route(KI_1, ANN, RouteState.DRAINING, KI_1),),
        )
    )


def test_the_oldest_instance_is_destroyed_under_its_own_name() -> None:
    """The name of its record is the route's, for whoever orders its destroy."""
    old = SandboxId("ann-as-she-was")
    assert told(evolve(INTENT, key=old)).route(KI_1) == Route(KI_1, ANN, RouteState.DRAINING, old)


@pytest.mark.parametrize(("story", "evidence"), ENDING_ATTEMPTS)
def test_an_attempt_ends_when_its_instance_is_to_be_destroyed(story: tuple[Happening, ...], evidence: Evidence) -> None:
    """It holds its slot until everything is gone (GW6)."""
    assert told(*story, INTENT) == registry_of(2, doomed(evidence), route=RouteState.DRAINING)


def test_a_destroy_between_row_and_completion_wins() -> None:
    """Whatever the attempt has read of its rows before (F24, GW6): it is never completed."""
    registry = told(*COMMITTING, INTENT)
    assert registry_decide(registry, COMMIT) == refused(Because.DESTROYED)
    assert registry_decide(registry, PUBLISH) == refused(Because.DESTROYED)


def test_an_attempt_that_is_being_cleaned_up_goes_on_being_so() -> None:
    """What it failed of stays told; a clean-up that waits goes on at once."""
    cleaning = evolve(reservation_in(Phase.CLEANING, Evidence.POSSIBLE, DUE), failure=Failure.PROVIDER)
    assert told(*CLEANING, INTENT) == registry_of(2, cleaning, route=RouteState.DRAINING)
    waited = evolve(cleaning, inquiry=Due(OpId(4)), probes=1)
    assert told(*CLEANING, WAKE, UNKNOWN, INTENT) == registry_of(5, waited, route=RouteState.DRAINING)


def test_an_instance_that_a_clean_up_has_taken_away_is_a_tombstone_at_once() -> None:
    """There is nothing left to wait for."""
    absent = told(*CLEANED).reservations[0]
    assert told(*CLEANED, INTENT) == registry_of(1, absent, route=RouteState.TOMBSTONE)


def test_an_instance_that_no_attempt_ever_called_is_destroyed_as_one_that_is_older() -> None:
    """The attempt ended before its work: of what is there, if anything, it knows nothing."""
    registry = told(*RELEASED, INTENT)
    assert [(one.attempt, one.inquiry) for one in registry.reservations] == [
        ("born:ki_1", DUE),
        ("first", SETTLED),
    ]
    assert registry.route(KI_1) == Route(KI_1, ANN, RouteState.DRAINING, KI_1)


def test_what_nobody_ever_had_leaves_nothing_once_it_is_closed() -> None:
    """Whoever names what they like would have their registry grow for ever (GW20); an absent row counts as marked."""
    asked = (INTENT, WAKE, NO_ROW)
    assert told(*asked).route(KI_1) == Route(KI_1, ANN, RouteState.DRAINING, KI_1)
    line = (("attempt_id", "born:ki_1"), ("reason", "instance_destroyed"))
    assert after(*asked, said(ConfirmedAbsent())) == RegistryTransition(
        Registry(OWNER, OpId(3)), (), (Note("instance.provision_reservation_released", line),)
    )


def test_what_says_by_itself_that_it_is_gone_has_a_tombstone_though_it_has_no_row() -> None:
    """It was there: whoever read of it before must not bring it back."""
    registry = told(INTENT, WAKE, NO_ROW, said(Remaining()), DESTROYED)
    assert (registry.route(KI_1), [one.phase for one in registry.reservations]) == (
        Route(KI_1, ANN, RouteState.TOMBSTONE, KI_1),
        [Phase.RELEASED],
    )


@pytest.mark.parametrize(
    "story",
    [
        DRAINING,
        (*DRAINING, WAKE),
        (INTENT,),
        (*WORKING, INTENT),
        (DESTROYED,),
        (*COMPLETED, DESTROYED),
        (*CLEANED, INTENT),
    ],
)
def test_a_destroy_may_be_asked_for_again(story: tuple[Happening, ...]) -> None:
    """It is being done, or was: nothing is asked twice at a time, and nothing is taken back."""
    registry = told(*story)
    assert registry_decide(registry, INTENT) == Success(registry)


@pytest.mark.parametrize("story", [OPEN, WORKING, COMPLETED, CLEANING, DRAINING, CLEANED, (DESTROYED,)])
def test_nobody_destroys_what_is_another_users(story: tuple[Happening, ...]) -> None:
    """Be it the attempt that is theirs, or the route (S9)."""
    assert registry_decide(told(*story), evolve(INTENT, user=BEN)) == refused(Because.ANOTHER_REQUEST)


def test_a_user_whose_instance_is_on_its_way_out_is_let_in_again() -> None:
    """Two slots are never held: a completed attempt holds none, and its fence is older."""
    registry = told(*DRAINING, BEGIN_SECOND)
    holder = registry.holder(ANN)
    assert holder is not None
    assert (holder.attempt, holder.fence) == (SECOND, 2)


# -- it is gone --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("story", "failure"),
    [(COMPLETED, None), (DRAINING, None), ((*DRAINING, WAKE), Failure.DESTROYED)],
)
def test_an_instance_that_is_gone_is_a_tombstone_and_released_in_one_commit(
    story: tuple[Happening, ...], failure: Failure | None
) -> None:
    """It has paid its debt; whatever was being asked about it is of no interest any more."""
    registry = told(*story, DESTROYED)
    assert registry.reservations == (evolve(OVER, failure=failure),)
    assert registry.routes == (Route(KI_1, ANN, RouteState.TOMBSTONE, KI_1),)


def test_an_instance_that_the_registry_never_heard_of_is_a_tombstone_too() -> None:
    """So that no import and no recovery ever brings it back (W14)."""
    assert told(DESTROYED) == registry_of(0, route=RouteState.TOMBSTONE)


@pytest.mark.parametrize(("story", "evidence"), ENDING_ATTEMPTS)
def test_an_attempt_whose_instance_says_it_is_gone_is_asked_about_once_more(
    story: tuple[Happening, ...], evidence: Evidence
) -> None:
    """It knows of nothing more, and has yet to look round: the slot is not free for its word alone (S10)."""
    assert told(*story, DESTROYED) == registry_of(2, doomed(evidence), route=RouteState.TOMBSTONE)


def test_a_clean_up_whose_instance_is_gone_goes_on_at_once() -> None:
    """It is what the clean-up waited for."""
    waited = evolve(reservation_in(Phase.CLEANING, Evidence.POSSIBLE, Due(OpId(4))), failure=Failure.PROVIDER, probes=1)
    registry = told(*CLEANING, WAKE, UNKNOWN, DESTROYED)
    assert registry == registry_of(5, waited, route=RouteState.TOMBSTONE)


def test_a_clean_up_that_asks_already_is_told_as_well() -> None:
    """Its question is answered first."""
    asking = evolve(reservation_in(Phase.CLEANING, Evidence.POSSIBLE, ClosingRow(OpId(2))), failure=Failure.PROVIDER)
    assert told(*CLEANING, WAKE, DESTROYED) == registry_of(3, asking, route=RouteState.TOMBSTONE)


@pytest.mark.parametrize("story", [CLEANED, RELEASED])
def test_a_released_attempt_stays_as_it_ended(story: tuple[Happening, ...]) -> None:
    """Its instance says late that it is gone: there is a tombstone now, and no more (S8)."""
    ended = told(*story).reservations[0]
    assert told(*story, DESTROYED) == registry_of(1, ended, route=RouteState.TOMBSTONE)


@pytest.mark.parametrize("story", [(), COMPLETED, DRAINING, CLEANED, RELEASED])
def test_being_told_twice_that_it_is_gone_is_being_told_once(story: tuple[Happening, ...]) -> None:
    """A debt is paid until somebody hears that it was."""
    registry = told(*story, DESTROYED)
    assert registry_decide(registry, DESTROYED) == Success(registry)


@pytest.mark.parametrize("story", [OPEN, WORKING, COMPLETED, CLEANING, DRAINING, CLEANED, (DESTROYED,)])
def test_another_users_instance_of_that_name_takes_nothing_along(story: tuple[Happening, ...]) -> None:
    """It is granted, for that debt is paid, and nothing of whoever has the name here is touched (S9)."""
    registry = told(*story)
    assert registry_decide(registry, evolve(DESTROYED, user=BEN)) == Success(registry)


def test_a_tombstone_keeps_the_moment_it_was_set() -> None:
    """Upstream's said when it was told last (W20)."""
    route = told(*COMPLETED, DESTROYED, evolve(DESTROYED, at=99), evolve(INTENT, at=99)).route(KI_1)
    assert route is not None
    assert (route.created_at, route.destroyed_at) == (40, 80)


@pytest.mark.parametrize("story", [DRAINING, (*COMPLETED, DESTROYED), (INTENT,), (DESTROYED,)])
@pytest.mark.parametrize("command", [COMMIT, PUBLISH, INTENT, DESTROYED])
def test_a_route_never_goes_back(story: tuple[Happening, ...], command: RegistryCommand) -> None:
    """Live, draining, tombstone: whatever comes in whatever order (S7)."""
    order = list(RouteState)
    registry = told(*story)
    before, now = registry.route(KI_1), registry_decide(registry, command).value_or(registry).route(KI_1)
    assert before is not None
    assert now is not None
    assert order.index(now.state) >= order.index(before.state)
