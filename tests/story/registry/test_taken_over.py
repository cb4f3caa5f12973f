"""What is older than the registry, followed to its end: what wins over a look, and what becomes of upstream's."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.names import AttemptId, Fence, OpId, OwnerKey, SandboxId
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import (
    Begin,
    ConfirmedAbsent,
    Consult,
    Destroyed,
    DestroyIntent,
    Evidence,
    Imported,
    LegacyRow,
    LegacyShown,
    Live,
    OrderDestroy,
    Phase,
    Proof,
    Publish,
    ReadVerdict,
    Registry,
    RegistryReplied,
    RegistryTransition,
    Reservation,
    Resolution,
    Route,
    RouteState,
    Slot,
    UpstreamReservation,
    UpstreamStatus,
    brought_over,
)
from kiloclaw_core.registry.inquiries import Due

from .telling import (
    ANN,
    BEN,
    CANONICAL,
    KI_1,
    KI_2,
    NO_ROW,
    OWNER,
    SETTLED,
    WAKE,
    after,
    completed,
    said,
    told,
)

PERSON: Final = OwnerKey("user:ann")
ANNS: Final = Registry(PERSON)
"""Ann's own registry, in which nothing was ever written."""
CONSULT: Final = Consult(PERSON, at=5)
LOOKING: Final = (CONSULT, WAKE)
OLD_KEY: Final = SandboxId("ann-as-she-was")
USER_KEYED: Final = LegacyRow(KI_1, ANN, OLD_KEY, keyed_by_instance=False, subscribed=True)
INSTANCE_KEYED: Final = LegacyRow(KI_1, ANN, KI_1, keyed_by_instance=True, subscribed=True)


def born(key: SandboxId) -> Registry:
    """Ann's registry once it has an instance that is older."""
    known = Reservation(
        attempt=AttemptId("born:ki_1"),
        user=ANN,
        instance=KI_1,
        fence=Fence(0),
        phase=Phase.COMPLETED,
        evidence=Evidence.RECORDED,
        inquiry=SETTLED,
        born=True,
    )
    return Registry(
        PERSON,
        OpId(2),
        reservations=(known,),
        routes=(Route(KI_1, ANN, RouteState.LIVE, key),),
        legacy=Imported(),
    )


# -- looking for older routes ------------------------------------------------------------------------------------


def test_what_is_quarantined_is_published_once_it_is_subscribed() -> None:
    """By whoever recovered it, and has looked at its rows."""
    row = LegacyShown(evolve(INSTANCE_KEYED, subscribed=False))
    registry = told(*LOOKING, row, Publish(PERSON, Proof(PERSON, ANN, KI_1), KI_1), first=ANNS)
    assert registry == evolve(born(KI_1), legacy=Imported(KI_1))


def test_a_tombstone_that_was_set_while_somebody_looked_wins() -> None:
    """What the row said was true when it was read (W14, GW14)."""
    gone = Destroyed(PERSON, ANN, KI_1, OLD_KEY)
    shown = RegistryReplied(OpId(1), LegacyShown(USER_KEYED))
    tombstone = Registry(
        PERSON,
        OpId(2),
        routes=(Route(KI_1, ANN, RouteState.TOMBSTONE, OLD_KEY),),
        legacy=Imported(),
    )
    assert after(*LOOKING, gone, shown, first=ANNS) == RegistryTransition(tombstone)


def test_an_attempt_that_was_let_in_while_somebody_looked_wins() -> None:
    """It has the instance already, and will say itself when it is there."""
    begin = Begin(PERSON, AttemptId("first"), ANN, KI_1)
    registry = told(CONSULT, begin, WAKE, LegacyShown(INSTANCE_KEYED), first=ANNS)
    assert [one.attempt for one in registry.reservations] == ["first"]
    assert (registry.routes, registry.legacy) == ((), Imported())


# -- a registry of upstream's ------------------------------------------------------------------------------------


def upstream(status: UpstreamStatus, *routes: Route) -> Registry:
    """The registry of an organisation in which upstream has kept one reservation of Ann's, and these routes."""
    one = UpstreamReservation(KI_1, ANN, status, started_at=3)
    return brought_over(OWNER, (one,), routes, policy=Policy(), first_op=OpId(70))


LIVE: Final = Route(KI_1, ANN, RouteState.LIVE, KI_1)


def test_a_live_route_of_upstreams_stays_live() -> None:
    """Nobody is cut off by being taken over."""
    assert upstream(UpstreamStatus.COMPLETED, LIVE).routes == (LIVE,)
    assert upstream(UpstreamStatus.IN_PROGRESS, LIVE).routes == (LIVE,)


def test_an_instance_of_upstreams_is_asked_about_without_an_attempt() -> None:
    """It knows of none of ours: whatever the user has there is meant."""
    transition = after(WAKE, CANONICAL, first=upstream(UpstreamStatus.IN_PROGRESS))
    asked = ReadVerdict(OpId(72), KI_1, OWNER, ANN, AttemptId("ki_1"), Fence(1), born=True)
    assert transition.effects == (asked,)


def test_an_instance_of_upstreams_that_lacked_its_completion_alone_is_completed() -> None:
    """Its user has paid, and is routed to it (F23)."""
    registry = told(WAKE, CANONICAL, said(Live()), first=upstream(UpstreamStatus.IN_PROGRESS))
    known = completed(SETTLED)
    assert registry.reservations == (evolve(known, attempt=AttemptId("ki_1"), born=True),)
    assert registry.routes == (LIVE,)


def test_an_instance_of_upstreams_that_failed_is_cleaned_up() -> None:
    """Whatever it left is destroyed, and only then is its slot free (F8 to F16)."""
    failed = upstream(UpstreamStatus.FAILED)
    order = OrderDestroy(OpId(72), KI_1, OWNER, ANN, AttemptId("ki_1"), Fence(1), born=True)
    assert after(WAKE, NO_ROW, first=failed).effects == (order,)
    registry = told(WAKE, NO_ROW, said(ConfirmedAbsent()), first=failed)
    assert registry.holder(ANN) is None
    assert registry.reservations[0].resolution is Resolution.CLEANED_UP


def test_reservations_of_upstreams_are_fenced_in_the_order_in_which_they_began() -> None:
    """A user's later one has the higher fence, and so has whoever is let in next."""
    registry = brought_over(
        OWNER,
        (
            UpstreamReservation(KI_2, ANN, UpstreamStatus.COMPLETED, 8),
            UpstreamReservation(SandboxId("ki_3"), BEN, UpstreamStatus.COMPLETED, 4),
            UpstreamReservation(KI_1, ANN, UpstreamStatus.RELEASED, 2),
        ),
        (),
        policy=Policy(),
        first_op=OpId(0),
    )
    assert [(one.instance, one.fence) for one in registry.reservations] == [("ki_1", 1), ("ki_3", 1), ("ki_2", 2)]
    assert registry.slots == (Slot(ANN, Fence(2)), Slot(BEN, Fence(1)))
    assert told(Begin(OWNER, AttemptId("next"), ANN, SandboxId("ki_4")), first=registry).fence(ANN) == 3


def test_a_route_of_upstreams_without_a_reservation_is_its_users() -> None:
    """It is older than reservations: published, it is completed by birth; destroyed, it drains."""
    registry = brought_over(OWNER, (), (LIVE,), policy=Policy(), first_op=OpId(0))
    assert registry == Registry(OWNER, routes=(LIVE,))
    published = told(Publish(OWNER, Proof(OWNER, ANN, KI_1), KI_1), first=registry)
    assert (published.routes, published.reservations[0].born) == ((LIVE,), True)
    destroyed = told(DestroyIntent(OWNER, ANN, KI_1, KI_1), first=registry)
    assert destroyed.routes == (evolve(LIVE, state=RouteState.DRAINING),)
    assert destroyed.reservations[0].inquiry == Due(OpId(0))
