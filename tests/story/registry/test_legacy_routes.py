"""Routes and reservations that are older than the registry: looked for once, brought over, and probed at once."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.facts import AlarmRang, Recovered, Woken
from kiloclaw_core.names import AttemptId, Fence, OpId, OrgId, OwnerKey, SandboxId, UserId
from kiloclaw_core.outcomes import Done, Rejected, Unknown, Why
from kiloclaw_core.phases import Alarm, AlarmName
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import (
    Consult,
    DestroyIntent,
    Evidence,
    Failure,
    Imported,
    LegacyRow,
    LegacyShown,
    Phase,
    ReadLegacy,
    Registry,
    RegistryOutcome,
    RegistryReplied,
    RegistryTransition,
    Reservation,
    Resolution,
    Route,
    RouteState,
    RowShown,
    RowState,
    Slot,
    UpstreamReservation,
    UpstreamStatus,
    brought_over,
    is_blank,
    org_of,
    owner_key,
    registry_absorb,
    registry_alarms_of,
    registry_awaited,
    registry_decide,
)
from kiloclaw_core.registry.inquiries import Due, Inquiry, Settled
from kiloclaw_core.registry.record import Cooling, ImportDue, Importing

MINE: Final = OwnerKey("user:ann")
ANN: Final = UserId("ann")
OLD: Final = SandboxId("old")
KEY: Final = SandboxId("YW5u")
BLANK: Final = Registry(MINE)
CONSULT: Final = Consult(MINE)
LEGACY: Final = LegacyRow(OLD, ANN, KEY, keyed_by_instance=False, subscribed=False)
KEYED: Final = LegacyRow(OLD, ANN, OLD, keyed_by_instance=True, subscribed=True)
LIVE: Final = Route(OLD, ANN, RouteState.LIVE, KEY)


def consulted() -> Registry:
    """The registry once somebody wanted its routes."""
    return registry_decide(BLANK, CONSULT).unwrap()


def looking() -> Registry:
    """The registry looking for what is older."""
    return registry_absorb(consulted(), Woken()).record


def shown(outcome: RegistryOutcome, registry: Registry | None = None) -> Registry:
    """The registry once its look was answered."""
    return registry_absorb(looking() if registry is None else registry, RegistryReplied(OpId(1), outcome)).record


def test_the_owner_is_the_organisation_where_there_is_one() -> None:
    """One registry for each context, and back again (registry 1.1)."""
    assert (owner_key(ANN, None), owner_key(ANN, OrgId("claws"))) == ("user:ann", "org:claws")
    assert (org_of(MINE), org_of(OwnerKey("org:claws"))) == (None, "claws")


# -- looking -----------------------------------------------------------------------------------------------------


def test_the_first_who_wants_the_routes_has_older_ones_looked_for() -> None:
    """Once, and at once; whoever comes meanwhile changes nothing."""
    assert consulted() == Registry(MINE, OpId(1), legacy=ImportDue(OpId(0)))
    assert registry_alarms_of(consulted()) == (Alarm(AlarmName.INTENT, OpId(0), 0.0),)
    transition = registry_absorb(consulted(), AlarmRang(AlarmName.INTENT, OpId(0)))
    expected = Registry(MINE, OpId(2), legacy=Importing(OpId(1)))
    assert transition == RegistryTransition(expected, (ReadLegacy(OpId(1), MINE),))
    assert registry_alarms_of(expected) == (Alarm(AlarmName.PATIENCE, OpId(1), 180.0),)
    assert registry_awaited(expected) == {OpId(1)}
    assert registry_decide(expected, CONSULT).unwrap() == expected
    assert not is_blank(consulted())


def test_an_organisation_has_no_older_routes() -> None:
    """There is nothing to look for (registry 1.5)."""
    claws = OwnerKey("org:claws")
    assert registry_decide(Registry(claws), Consult(claws)).unwrap() == Registry(claws, legacy=Imported())


def test_nothing_older_is_known_for_ever() -> None:
    """It is not looked for again."""
    none = shown(LegacyShown(None))
    assert (none, registry_alarms_of(none)) == (Registry(MINE, OpId(2), legacy=Imported()), ())
    assert registry_decide(none, CONSULT).unwrap() == none


@pytest.mark.parametrize("row", [LEGACY, evolve(LEGACY, subscribed=True), evolve(KEYED, key=KEY)])
def test_an_older_instance_is_routed_and_completed_by_birth(row: LegacyRow) -> None:
    """Subscribed or not, if it has its user's key; with a key of its own only if it is subscribed."""
    registry = shown(LegacyShown(row))
    (reservation,) = registry.reservations
    assert (registry.routes, registry.legacy) == ((LIVE,), Imported())
    assert (reservation.attempt, reservation.phase, reservation.born) == ("born:old", Phase.COMPLETED, True)


def test_one_with_a_key_of_its_own_and_no_subscription_is_quarantined() -> None:
    """It is not routed, and never looked for again: an explicit recovery publishes it (S5, S12)."""
    registry = shown(LegacyShown(evolve(KEYED, subscribed=False)))
    assert registry == Registry(MINE, OpId(2), legacy=Imported(OLD))
    assert registry_decide(registry, CONSULT).unwrap() == registry


def test_a_tombstone_that_was_written_meanwhile_wins() -> None:
    """What was read before a destroy never revives what it destroyed (GW14)."""
    destroyed = registry_decide(looking(), DestroyIntent(MINE, ANN, OLD, KEY)).unwrap()
    registry = shown(LegacyShown(LEGACY), destroyed)
    assert registry.routes == (evolve(LIVE, state=RouteState.DRAINING),)
    assert registry.legacy == Imported()


@pytest.mark.parametrize("outcome", [Unknown(), Rejected(Why.NO_ANSWER), Done(), RowShown(RowState.NONE)])
def test_a_look_that_is_no_answer_cools_down(outcome: RegistryOutcome) -> None:
    """And is tried again after a while, whoever asks in between."""
    cooling = shown(outcome)
    assert cooling == Registry(MINE, OpId(3), legacy=Cooling(OpId(2)))
    assert registry_alarms_of(cooling) == (Alarm(AlarmName.PAUSE, OpId(2), 60.0),)
    assert registry_decide(cooling, CONSULT).unwrap() == cooling
    again = registry_absorb(cooling, AlarmRang(AlarmName.PAUSE, OpId(2)))
    assert again.effects == (ReadLegacy(OpId(3), MINE),)


def test_a_look_that_nobody_answers_is_given_up_by_its_patience() -> None:
    """As one that failed."""
    cooling = registry_absorb(looking(), AlarmRang(AlarmName.PATIENCE, OpId(1))).record
    assert cooling.legacy == Cooling(OpId(2))


def test_a_look_is_begun_again_after_a_take_over() -> None:
    """Its answer is lost; it changes nothing to ask twice."""
    assert registry_absorb(looking(), Recovered()).effects == (ReadLegacy(OpId(3), MINE),)


# -- a registry of upstream's ------------------------------------------------------------------------------------


def imported(status: UpstreamStatus, *routes: Route) -> Registry:
    """The registry of an owner who had one attempt of this status, and these routes."""
    upstream = (UpstreamReservation(OLD, ANN, status, 7),)
    return brought_over(MINE, upstream, routes, policy=Policy(), first_op=OpId(0))


def attempt(
    phase: Phase,
    evidence: Evidence,
    inquiry: Inquiry,
    *,
    failure: Failure | None = None,
    resolution: Resolution | None = None,
) -> Reservation:
    """What upstream's attempt has become."""
    reservation = Reservation(AttemptId(OLD), ANN, OLD, Fence(1), phase, evidence, inquiry, born=True)
    return evolve(reservation, failure=failure, resolution=resolution)


DUE: Final = Due(OpId(0))
POSSIBLE: Final = Evidence.POSSIBLE
TOMBSTONE: Final = evolve(LIVE, state=RouteState.TOMBSTONE)
DRAINING: Final = evolve(LIVE, state=RouteState.DRAINING)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (UpstreamStatus.IN_PROGRESS, attempt(Phase.WORKING, POSSIBLE, DUE)),
        (UpstreamStatus.FAILED, attempt(Phase.CLEANING, POSSIBLE, DUE, failure=Failure.IMPORTED)),
        (UpstreamStatus.COMPLETED, attempt(Phase.COMPLETED, Evidence.RECORDED, Settled())),
        (
            UpstreamStatus.RELEASED,
            attempt(Phase.RELEASED, POSSIBLE, Settled(), resolution=Resolution.CLEANED_UP),
        ),
    ],
    ids=lambda one: one.value if isinstance(one, UpstreamStatus) else None,
)
def test_an_attempt_of_upstreams_is_taken_over_as_it_is(status: UpstreamStatus, expected: Reservation) -> None:
    """Whoever is unresolved is probed at once: that alone frees the slots of those that were stuck (registry 7.7)."""
    registry = imported(status)
    assert registry == Registry(MINE, OpId(1), (expected,), (), (Slot(ANN, Fence(1)),))


@pytest.mark.parametrize(
    ("status", "phase"),
    [
        (UpstreamStatus.IN_PROGRESS, Phase.CLEANING),
        (UpstreamStatus.FAILED, Phase.CLEANING),
        (UpstreamStatus.COMPLETED, Phase.COMPLETED),
    ],
)
def test_a_soft_tombstone_drains_forward_only(status: UpstreamStatus, phase: Phase) -> None:
    """Upstream could revive it as long as its reservation was not released; here it goes on to its end (GW6, GW8)."""
    registry = imported(status, TOMBSTONE)
    assert (registry.routes, registry.reservations) == (
        (DRAINING,),
        (attempt(phase, POSSIBLE, DUE, failure=Failure.DESTROYED),),
    )


def test_a_tombstone_whose_reservation_is_released_stays_one() -> None:
    """That was final upstream as well."""
    assert imported(UpstreamStatus.RELEASED, TOMBSTONE).routes == (TOMBSTONE,)


def test_attempts_are_numbered_in_the_order_in_which_they_began() -> None:
    """So that the next one's fence is newer than all of theirs."""
    upstream = (
        UpstreamReservation(SandboxId("later"), ANN, UpstreamStatus.IN_PROGRESS, 9),
        UpstreamReservation(SandboxId("earlier"), ANN, UpstreamStatus.RELEASED, 3),
    )
    registry = brought_over(MINE, upstream, (LIVE,), policy=Policy(), first_op=OpId(0))
    assert [(one.instance, one.fence) for one in registry.reservations] == [("earlier", 1), ("later", 2)]
    assert registry.fence(ANN) == Fence(2)
