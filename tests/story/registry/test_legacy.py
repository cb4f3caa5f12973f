"""What is older than the registry: routes that are looked for once, and a registry of upstream's that is taken over."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve
from returns.result import Success

from kiloclaw_core.facts import Recovered
from kiloclaw_core.names import AttemptId, Fence, OpId, OrgId, OwnerKey, SandboxId
from kiloclaw_core.phases import Alarm, AlarmName
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import (
    Begin,
    Chapter,
    ConfirmedAbsent,
    Consult,
    Destroyed,
    DestroyIntent,
    Evidence,
    Failure,
    Imported,
    LegacyRow,
    LegacyShown,
    Live,
    OrderDestroy,
    Phase,
    Proof,
    Publish,
    ReadLegacy,
    ReadVerdict,
    Registry,
    RegistryOutcome,
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
    org_of,
    owner_key,
    registry_alarms_of,
    registry_awaited,
    registry_decide,
)
from kiloclaw_core.registry.inquiries import Due
from kiloclaw_core.registry.record import Cooling, ImportDue, Importing

from .telling import (
    ANN,
    BEN,
    BLANK,
    CANONICAL,
    DONE,
    KI_1,
    KI_2,
    NO_ROW,
    OWNER,
    PATIENCE,
    PAUSE,
    REJECTED,
    SETTLED,
    UNKNOWN,
    WAKE,
    Happening,
    after,
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
NOTHING: Final = LegacyShown(None)


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


# -- whose registry ----------------------------------------------------------------------------------------------


def test_a_request_goes_to_the_registry_of_the_organisation_if_there_is_one() -> None:
    """A person has slots of their own, and one in each organisation (registry 1.1)."""
    assert owner_key(ANN, None) == PERSON
    assert owner_key(ANN, OrgId("acme")) == OWNER
    assert (org_of(PERSON), org_of(OWNER)) == (None, OrgId("acme"))


# -- looking for older routes ------------------------------------------------------------------------------------


def test_an_organisation_has_no_routes_that_are_older() -> None:
    """There is nothing to look for (registry 1.5)."""
    assert registry_decide(BLANK, Consult(OWNER)) == Success(evolve(BLANK, legacy=Imported()))


def test_a_persons_older_routes_are_looked_for_when_somebody_asks() -> None:
    """Once it is durable that they are."""
    assert told(CONSULT, first=ANNS) == evolve(ANNS, ops=OpId(1), legacy=ImportDue(OpId(0)))
    looking = evolve(ANNS, ops=OpId(2), legacy=Importing(OpId(1)))
    assert after(*LOOKING, first=ANNS) == RegistryTransition(looking, (ReadLegacy(OpId(1), PERSON),))


@pytest.mark.parametrize("story", [(CONSULT,), LOOKING, (*LOOKING, UNKNOWN), (*LOOKING, NOTHING)])
def test_they_are_looked_for_once_however_many_ask(story: tuple[Happening, ...]) -> None:
    """Be it due, under way, cooling down or done."""
    registry = told(*story, first=ANNS)
    assert registry_decide(registry, CONSULT) == Success(registry)


@pytest.mark.parametrize(
    ("row", "key"),
    [
        (USER_KEYED, OLD_KEY),
        (evolve(USER_KEYED, subscribed=False), OLD_KEY),
        (INSTANCE_KEYED, KI_1),
    ],
)
def test_an_older_row_becomes_a_live_route(row: LegacyRow, key: SandboxId) -> None:
    """The oldest sort whether it is subscribed or not, under the name that its user had then."""
    assert after(*LOOKING, LegacyShown(row), first=ANNS) == RegistryTransition(born(key))


def test_a_row_without_a_subscription_is_quarantined() -> None:
    """It has a key of its own and nobody pays for it: explicit recovery alone reaches it (S5)."""
    row = evolve(INSTANCE_KEYED, subscribed=False)
    quarantined = evolve(ANNS, ops=OpId(2), legacy=Imported(KI_1))
    assert after(*LOOKING, LegacyShown(row), first=ANNS) == RegistryTransition(quarantined)
    assert registry_alarms_of(quarantined) == ()


def test_what_is_quarantined_is_published_once_it_is_subscribed() -> None:
    """By whoever recovered it, and has looked at its rows."""
    row = LegacyShown(evolve(INSTANCE_KEYED, subscribed=False))
    registry = told(*LOOKING, row, Publish(PERSON, Proof(PERSON, ANN, KI_1), KI_1), first=ANNS)
    assert registry == evolve(born(KI_1), legacy=Imported(KI_1))


def test_nobody_who_has_nothing_older_is_asked_about_again() -> None:
    """That is known now."""
    assert after(*LOOKING, NOTHING, first=ANNS) == RegistryTransition(
        evolve(ANNS, ops=OpId(2), legacy=Imported()),
    )


@pytest.mark.parametrize("nothing", [UNKNOWN, REJECTED, DONE, NO_ROW, said(Live())])
def test_a_look_that_was_not_answered_cools_down(nothing: RegistryOutcome) -> None:
    """An outage is no reason to ask with every request."""
    assert after(*LOOKING, nothing, first=ANNS) == RegistryTransition(
        evolve(ANNS, ops=OpId(3), legacy=Cooling(OpId(2))),
    )


def test_a_look_that_cooled_down_is_taken_again_by_itself() -> None:
    """Nobody needs to ask again for it."""
    again = evolve(ANNS, ops=OpId(4), legacy=Importing(OpId(3)))
    assert after(*LOOKING, PATIENCE, PAUSE, first=ANNS) == RegistryTransition(again, (ReadLegacy(OpId(3), PERSON),))


def test_a_look_has_an_alarm_at_each_of_its_steps() -> None:
    """So that it comes to its end, whoever wanted it (registry 1.5)."""
    stories: tuple[tuple[Happening, ...], ...] = ((CONSULT,), LOOKING, (*LOOKING, UNKNOWN), (*LOOKING, NOTHING))
    assert [registry_alarms_of(told(*story, first=ANNS)) for story in stories] == [
        (Alarm(AlarmName.INTENT, OpId(0), 0.0),),
        (Alarm(AlarmName.PATIENCE, OpId(1), 180.0),),
        (Alarm(AlarmName.PAUSE, OpId(2), 60.0),),
        (),
    ]
    assert [registry_awaited(told(*story, first=ANNS)) for story in stories] == [set(), {1}, set(), set()]


def test_a_look_whose_answer_was_lost_is_taken_again() -> None:
    """Whoever takes the registry over does not know what it said."""
    again = evolve(ANNS, ops=OpId(4), legacy=Importing(OpId(3)))
    assert after(*LOOKING, Recovered(), first=ANNS) == RegistryTransition(again, (ReadLegacy(OpId(3), PERSON),))


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


def theirs(phase: Phase, evidence: Evidence = Evidence.POSSIBLE, *, due: bool = True) -> Reservation:
    """What becomes of upstream's reservation."""
    inquiry = Due(OpId(70)) if due else SETTLED
    return Reservation(AttemptId("ki_1"), ANN, KI_1, Fence(1), phase, evidence, inquiry, born=True)


LIVE: Final = Route(KI_1, ANN, RouteState.LIVE, KI_1)
TOMBSTONE: Final = Route(KI_1, ANN, RouteState.TOMBSTONE, KI_1, destroyed_at=9)


@pytest.mark.parametrize(
    ("status", "known"),
    [
        (UpstreamStatus.IN_PROGRESS, theirs(Phase.WORKING)),
        (UpstreamStatus.FAILED, evolve(theirs(Phase.CLEANING), failure=Failure.IMPORTED)),
        (UpstreamStatus.COMPLETED, theirs(Phase.COMPLETED, Evidence.RECORDED, due=False)),
        (UpstreamStatus.RELEASED, evolve(theirs(Phase.RELEASED, due=False), resolution=Resolution.CLEANED_UP)),
    ],
)
def test_a_reservation_of_upstreams_is_taken_over(status: UpstreamStatus, known: Reservation) -> None:
    """Whoever is unresolved is looked after at once: nobody would have released them any more (registry 7.7)."""
    assert upstream(status) == Registry(OWNER, OpId(71), reservations=(known,), slots=(Slot(ANN, Fence(1)),))
    assert (upstream(status).reservations[0].opened_at, upstream(status).reservations[0].history) == (
        3,
        (Chapter(known.phase),),
    )


@pytest.mark.parametrize(
    ("status", "known"),
    [
        (UpstreamStatus.IN_PROGRESS, theirs(Phase.CLEANING)),
        (UpstreamStatus.FAILED, theirs(Phase.CLEANING)),
        (UpstreamStatus.COMPLETED, theirs(Phase.COMPLETED)),
    ],
)
def test_a_tombstone_of_upstreams_that_is_not_final_drains(status: UpstreamStatus, known: Reservation) -> None:
    """Somebody wanted it destroyed, and nobody saw to it (W6, W8): here it is destroyed to the end."""
    doomed = evolve(known, failure=Failure.DESTROYED)
    assert upstream(status, TOMBSTONE) == Registry(
        OWNER,
        OpId(71),
        reservations=(doomed,),
        routes=(evolve(TOMBSTONE, state=RouteState.DRAINING),),
        slots=(Slot(ANN, Fence(1)),),
    )
    route = upstream(status, TOMBSTONE).route(KI_1)
    assert route is not None
    assert route.destroyed_at is None


def test_a_tombstone_of_upstreams_that_is_final_stays() -> None:
    """Released and tombstone in one commit is what upstream wrote last (registry 3.7)."""
    assert upstream(UpstreamStatus.RELEASED, TOMBSTONE).routes == (TOMBSTONE,)


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
    assert registry.reservations == (theirs(Phase.COMPLETED, Evidence.RECORDED, due=False),)
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
