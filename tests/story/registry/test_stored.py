"""A registry is read back as it was written, in whatever state its story has left it."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import fields

from kiloclaw_core.codec import Of, RecordCodec
from kiloclaw_core.names import OpId
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry import (
    ConfirmedAbsent,
    Consult,
    InFlight,
    LegacyRow,
    LegacyShown,
    Registry,
    Reservation,
    owner_key,
)

from .telling import (
    ANN,
    BEGIN_BEN,
    CANONICAL,
    CLEANED,
    CLEANING,
    COMMITTING,
    COMPLETED,
    DESTROYED,
    DRAINING,
    INTENT,
    KI_1,
    NO_ROW,
    OPEN,
    PROBE,
    PUBLISH,
    RELEASED,
    UNKNOWN,
    UNSUBSCRIBED,
    WAKE,
    WORKING,
    Happening,
    release,
    said,
    told,
)

REGISTRY: Final = RecordCodec("registry", Of[Registry])
POLICY: Final = Policy(tries=1)
ANNS: Final = Registry(owner_key(ANN, None), OpId(70), policy=POLICY)
CONSULT: Final = Consult(ANNS.owner)
QUARANTINED: Final = LegacyShown(LegacyRow(KI_1, ANN, KI_1, keyed_by_instance=True, subscribed=False))


def read_back(registry: Registry) -> Registry:
    """The registry once it was written and read, under a policy that is the reader's."""
    return REGISTRY.decode(REGISTRY.encode(registry), registry.policy).unwrap()


@pytest.mark.parametrize(
    "story",
    [
        OPEN,
        WORKING,
        (*WORKING, PROBE),
        (*WORKING, PROBE, NO_ROW),
        (*WORKING, PROBE, NO_ROW, said(InFlight(5))),
        (*COMMITTING, PROBE, UNSUBSCRIBED, said(InFlight(5))),
        COMPLETED,
        CLEANING,
        (*CLEANING, WAKE),
        (*CLEANING, WAKE, UNKNOWN),
        (*CLEANING, WAKE, NO_ROW),
        (*CLEANING, WAKE, CANONICAL, said(ConfirmedAbsent())),
        RELEASED,
        CLEANED,
        DRAINING,
        (*COMPLETED, DESTROYED),
        (*WORKING, release()),
        (PUBLISH,),
        (INTENT,),
        (*OPEN, BEGIN_BEN),
    ],
)
def test_a_registry_is_read_back_as_it_was(story: tuple[Happening, ...]) -> None:
    """In every phase and with every question under way, to the last moment that people read."""
    registry = told(*story)
    again = read_back(registry)
    assert again == registry
    assert [whole(one) for one in again.reservations] == [whole(one) for one in registry.reservations]
    assert REGISTRY.encode(again) == REGISTRY.encode(registry)


def whole(reservation: Reservation) -> list[object]:
    """The reservation with what comparing leaves out."""
    return [getattr(reservation, one.name) for one in fields(Reservation)]


@pytest.mark.parametrize("story", [(CONSULT,), (CONSULT, WAKE), (CONSULT, WAKE, UNKNOWN), (CONSULT, WAKE, QUARANTINED)])
def test_a_look_for_older_routes_is_read_back_at_each_of_its_steps(story: tuple[Happening, ...]) -> None:
    """Due, under way, cooling down, and what was found and is not routed."""
    registry = told(*story, first=ANNS)
    assert read_back(registry) == registry


def test_a_policy_is_not_stored() -> None:
    """It is the environment's: whoever reads the record says what it waits for today."""
    registry = told(*OPEN)
    assert REGISTRY.decode(REGISTRY.encode(registry), POLICY).unwrap().policy == POLICY


def test_a_registry_with_a_phase_that_nobody_knows_is_not_read() -> None:
    """It was written by somebody newer, and is left as it is."""
    text = REGISTRY.encode(told(*OPEN)).replace('"open"', '"ajar"')
    assert str(REGISTRY.decode(text, POLICY).failure()) == "unknown phase 'ajar' at $.record.reservations[0].phase"
