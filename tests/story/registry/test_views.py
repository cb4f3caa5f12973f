"""What outsiders are shown of a registry: each reservation whole, and what is being found out about it."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.names import AttemptId, Fence, OpId, OwnerKey, SandboxId, UserId
from kiloclaw_core.registry import (
    Begin,
    Consult,
    Destroyed,
    DestroyIntent,
    FailedDirty,
    Failure,
    Granted,
    Hurry,
    Opener,
    Phase,
    Proof,
    Publish,
    Registry,
    RegistryCommand,
    ReservationView,
    RowState,
    WorkStarted,
    granted,
    registry_decide,
    reservation_views,
)
from kiloclaw_core.registry.inquiries import (
    ClosingRow,
    Due,
    Inquiry,
    MarkingRow,
    Ordering,
    ReadingRow,
    ReadingVerdict,
    Settled,
    Subscribing,
    Waiting,
)

MINE: Final = OwnerKey("user:ann")
ANN: Final = UserId("ann")
BOX: Final = SandboxId("box")
FIRST: Final = AttemptId("first")
OP: Final = OpId(0)
BEGIN: Final = Begin(MINE, FIRST, ANN, BOX, Opener("ann's phone", "req-1"), 7)


def after(*commands: RegistryCommand) -> Registry:
    """Ann's registry once these were granted; they have to be."""
    registry = Registry(MINE)
    for command in commands:
        registry = registry_decide(registry, command).unwrap()
    return registry


OPEN: Final = ReservationView(
    attempt_id="first",
    user_id="ann",
    instance_id="box",
    fence=1,
    phase="open",
    evidence="none",
    probes=0,
    asking="soon",
    next_probe_s=120.0,
    actor="ann's phone",
    request_id="req-1",
    opened_at=7,
    failure=None,
    resolution=None,
    route=None,
    history=(("open", "", 7),),
)


def test_a_reservation_is_shown_whole() -> None:
    """Who asked, how far it has come, what it may have left, and when it is asked about next (GW19)."""
    assert reservation_views(after(BEGIN)) == (OPEN,)
    failed = after(BEGIN, WorkStarted(MINE, FIRST, Fence(1), 8), FailedDirty(MINE, FIRST, Fence(1), Failure.ROW, 9))
    assert reservation_views(failed) == (
        evolve(
            OPEN,
            phase="cleaning",
            evidence="possible",
            next_probe_s=None,
            failure="instance_record_insert_failed",
            history=(("open", "", 7), ("working", "", 8), ("cleaning", "instance_record_insert_failed", 9)),
        ),
    )


def test_an_instance_that_is_to_go_shows_its_route_and_one_that_is_gone_its_end() -> None:
    """Drained, then a tombstone, with the reason why its slot is free."""
    had = after(Publish(MINE, Proof(MINE, ANN, BOX), BOX, 7))
    draining = registry_decide(had, DestroyIntent(MINE, ANN, BOX, BOX, 8)).unwrap()
    gone = registry_decide(draining, Destroyed(MINE, ANN, BOX, BOX, 9)).unwrap()
    seen = [(one.phase, one.route, one.resolution) for each in (had, draining, gone) for one in reservation_views(each)]
    assert seen == [
        ("completed", "live", None),
        ("completed", "draining", None),
        ("released", "tombstone", "instance_destroyed"),
    ]


@pytest.mark.parametrize(
    ("inquiry", "asking"),
    [
        (Settled(), "nothing"),
        (Due(OP), "soon"),
        (Waiting(OP), "soon"),
        (ReadingRow(OP), "what its row says"),
        (ReadingVerdict(OP, RowState.NONE), "what its instance says"),
        (Subscribing(OP), "for its subscription"),
        (ClosingRow(OP), "that no row of it is inserted any more"),
        (Ordering(OP, RowState.NONE), "that its instance is destroyed"),
        (MarkingRow(OP), "that its row says destroyed"),
    ],
)
def test_it_is_said_what_is_being_found_out(inquiry: Inquiry, asking: str) -> None:
    """In words that end the sentence: it is being asked."""
    registry = after(BEGIN)
    (reservation,) = registry.reservations
    (view,) = reservation_views(evolve(registry, reservations=(evolve(reservation, inquiry=inquiry),)))
    assert view.asking == asking


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (BEGIN, Granted(Fence(1), Phase.OPEN)),
        (WorkStarted(MINE, FIRST, Fence(1)), Granted(Fence(1), Phase.WORKING)),
        (Hurry(MINE, ANN), Granted(Fence(0), Phase.COMPLETED)),
        (Consult(MINE), Granted(Fence(0), Phase.COMPLETED)),
    ],
)
def test_a_granted_command_is_answered_with_the_attempt_it_names(command: RegistryCommand, answer: Granted) -> None:
    """What names none is answered with what nobody looks at."""
    registry = registry_decide(after(BEGIN), command).unwrap()
    assert granted(registry, command) == answer
