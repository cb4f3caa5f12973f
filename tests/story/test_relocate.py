"""Moving because there is no room: at the create, the update or the boot; empty, copied, and to yet another place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import CopyOf, CreateMachine, CreateVolume, DeleteVolume, Empty, GetVolume
from kiloclaw_core.instance import Failing, FailureNote, FullRegion, Moves, Note, Transition
from kiloclaw_core.ledger import Asked, Kept, MachineHolding, Role, Span, VolumeHolding
from kiloclaw_core.machine import Data, Guest
from kiloclaw_core.names import CommandId, MachineId, OpId, VersionId, VolumeId
from kiloclaw_core.outcomes import Rejected, Unhealthy, Why
from kiloclaw_core.phases import (
    Changing,
    CheckingVolume,
    Clearing,
    CreatingMachine,
    CreatingVolume,
    Look,
    Phase,
    Probing,
    Running,
    Sought,
    Stopped,
)
from kiloclaw_core.status import status_of
from kiloclaw_core.stories import Attempt, Cause, Idle, Relocating, Trust

from .moves import (
    AMS,
    FRA,
    FULL,
    IAD,
    M7,
    NO_ROOM,
    OURS,
    QUOTA,
    V3,
    WIDE,
    displaced,
    down,
    followed,
    ousted,
    provisioned,
    restarting,
    until,
)
from .scenario import SANDBOX, WHO, Scenario, provision, start, stop

APP: Final = WHO.app
V10: Final = VolumeId("v10")
SEEN: Final = Attempt(3, secrets=1, trust=Trust.SEEN)
UNSEEN: Final = Attempt(3, secrets=1)
UNUSED: Final = VolumeHolding(V3, Role.ACTIVE, Data.FRESH, AMS, mark=OpId(3))
NO_ROOM_TOLD: Final = Note(
    "instance.start_capacity_recovery",
    (("label", "fly_412_insufficient_resources"), ("error", "insufficient resources")),
)


def moving(op: int, attempt: Attempt, cause: Cause = Cause.START) -> Relocating:
    """The story of a move that has come so far."""
    return Relocating(OpId(op), attempt, cause)


# -- at the create of the first machine --------------------------------------------------------------------------


def test_a_create_without_room_begins_a_move_by_looking_at_the_volume() -> None:
    """No machine was made, for certain, so that the volume is what it was before: never used."""
    scenario = until(_first_start(), CreatingMachine)
    before = scenario.instance
    assert scenario.answer(NO_ROOM) == Transition(
        evolve(
            before,
            phase=CheckingVolume(OpId(9), V3, Look.FIRST),
            story=moving(8, UNSEEN),
            ledger=evolve(before.ledger, volumes=(UNUSED,)),
            ops=OpId(10),
        ),
        (GetVolume(OpId(9), APP, SANDBOX, V3),),
        (NO_ROOM_TOLD,),
    )
    assert (status_of(scenario.instance), scenario.instance.desired) == ("starting", Desired.RUNNING)


def test_a_volume_that_was_never_used_is_replaced_by_an_empty_one_elsewhere() -> None:
    """No machine was ever sent for on it: the one case in which nothing is copied (vector 46)."""
    scenario = displaced()
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=CreatingVolume(OpId(10), Sought.CANDIDATE),
            story=moving(8, SEEN),
            moves=Moves(1, OpId(10)),
            ops=OpId(11),
        ),
        (CreateVolume(OpId(10), APP, SANDBOX, (FRA, IAD), 10, Guest(2, 4096, "shared"), Empty()),),
    )


def test_the_unused_volume_goes_once_the_move_is_committed() -> None:
    """Nobody ever wrote to it."""
    scenario = until(displaced(), Probing)
    before = scenario.instance
    active = VolumeHolding(V10, Role.ACTIVE, Data.BEARING, FRA, parent=V3, healthy=True, mark=OpId(10))
    going = evolve(UNUSED, role=Role.CONDEMNED, errand=Asked(OpId(14)))
    machine = MachineHolding(MachineId("m11"), Role.ACTIVE, V10, VersionId("i11"), revision=1, booted=True)
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=Running(),
            story=Idle(),
            ledger=evolve(before.ledger, machines=(machine,), volumes=(going, active)),
            has_run=True,
            ops=OpId(15),
        ),
        (DeleteVolume(OpId(14), APP, V3),),
        (Note("instance.started", (("label", "manual_user_request"), ("durationMs", "0"))),),
    )


@pytest.mark.parametrize("refusal", [FULL, QUOTA])
def test_a_region_without_room_is_remembered_before_the_move(refusal: Rejected) -> None:
    """It is the region of the volume that was refused, and it is not asked for a while (vector 51)."""
    scenario = displaced(refusal)
    assert scenario.instance.full_regions == (FullRegion(AMS, OpId(8)),)
    (effect,) = scenario.land().effects
    assert effect == CreateVolume(OpId(11), APP, SANDBOX, (FRA, IAD), 10, Guest(2, 4096, "shared"), Empty())


@pytest.mark.parametrize(
    ("refusal", "label"),
    [
        (NO_ROOM, "fly_412_insufficient_resources"),
        (FULL, "fly_422_no_capacity"),
        (QUOTA, "fly_403_quota_exceeded"),
        (Rejected(Why.CAPACITY_HOST, None, 409, "Insufficient memory on host"), "fly_409_insufficient_memory"),
        (Rejected(Why.CAPACITY_HOST, None, 412, "host is cordoned"), "fly_412_capacity_recovery"),
    ],
)
def test_a_move_says_what_there_was_no_room_for(refusal: Rejected, label: str) -> None:
    """In upstream's words: the status, and what the text speaks of (reconcile 4.0)."""
    scenario = until(_first_start(), CreatingMachine)
    told = Note("instance.start_capacity_recovery", (("label", label), ("error", refusal.text)))
    assert scenario.answer(refusal).notes[0] == told


def _first_start() -> Scenario:
    scenario = provisioned()
    scenario.ask(start())
    scenario.wake()
    return scenario


# -- at the boot, at the update ----------------------------------------------------------------------------------


def test_a_boot_without_room_moves_with_everything_there_is() -> None:
    """The old machine goes first, then its volume is copied, elsewhere (vector 47)."""
    scenario = ousted(phase=Clearing)
    leaving = evolve(OURS, role=Role.CONDEMNED, errand=Asked(OpId(20)), booted=False)
    assert (scenario.instance.story, scenario.instance.ledger.machines) == (moving(18, SEEN), (leaving,))
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=CreatingVolume(OpId(21), Sought.CANDIDATE),
            ledger=evolve(before.ledger, machines=(), dead_machines=(M7,)),
            moves=Moves(1, OpId(21)),
            ops=OpId(22),
        ),
        (CreateVolume(OpId(21), APP, SANDBOX, (FRA, IAD), 10, Guest(2, 4096, "shared"), CopyOf(V3)),),
        (Note("destroy_machine_ok", (("machine_id", "m7"),)),),
    )


def test_the_volume_that_was_used_is_kept_by_the_commit() -> None:
    """Never condemned: a machine ran on it."""
    scenario = ousted()
    scenario.land_all()
    kept = VolumeHolding(
        V3, Role.RETAINED, Data.BEARING, AMS, Kept(OpId(26), Span.SHORT, 1), counted=True, mark=OpId(3)
    )
    assert (scenario.instance.phase, scenario.instance.ledger.holding(V3)) == (Running(), kept)


def test_an_update_without_room_moves_too() -> None:
    """Another config is what the machine was to have; it has it in the new place."""
    scenario = down()
    scenario.ask(evolve(provision(spec=evolve(WIDE, image="image-2")), id=CommandId("configure")))
    scenario.ask(start("again"))
    scenario.wake()
    until(scenario, Changing).answer(NO_ROOM)
    sent = [one for one in followed(scenario) if isinstance(one, CreateMachine)]
    assert [(one.config.image, one.config.revision, one.region) for one in sent] == [("image-2", 2, FRA)]
    assert scenario.instance.phase == Running()


def test_a_restart_that_moves_says_that_it_healed() -> None:
    """It is a restart that succeeds, and its note would be one of a restart."""
    scenario = restarting(Changing)
    scenario.answer(NO_ROOM)
    until(scenario, Probing)
    told = Note("restart_self_healed", (("label", "redeploy-same-image"), ("durationMs", "0")))
    assert scenario.land().notes == (told,)


def test_an_unwell_machine_in_the_new_place_ends_the_move_with_a_note() -> None:
    """The user waits for a start, and it is up: only a recovery asks for health before it commits."""
    scenario = ousted(phase=Probing)
    scenario.answer(Unhealthy("502"))
    volume = scenario.instance.ledger.volume
    assert volume is not None
    assert (scenario.instance.phase, volume.region, volume.healthy) == (Running(), FRA, False)
    assert scenario.instance.notes == (FailureNote(Failing.HEALTH, Why.WAIT_TIMEOUT),)


@pytest.mark.parametrize(("tell_of", "phase"), [(provisioned, CreatingMachine), (down, Changing)])
def test_a_stop_needs_no_room(tell_of: Callable[[], Scenario], phase: type[Phase]) -> None:
    """A refusal for want of room to a stopped wish is only a refusal."""
    scenario = tell_of()
    scenario.ask(start("again"))
    scenario.wake()
    until(scenario, phase)
    scenario.ask(stop("after all"))
    scenario.answer(NO_ROOM)
    scenario.land_all()
    assert (scenario.instance.phase, scenario.instance.story) == (Stopped(), Idle())
