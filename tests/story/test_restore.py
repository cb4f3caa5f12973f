"""Going back to a snapshot: the machine ends its work and goes, the volume is had, and a start follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve
from returns.result import Failure

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.commands import Command, Desired, Refusal
from kiloclaw_core.effects import (
    Awaited,
    AwaitState,
    CreateVolume,
    DeleteMachine,
    EnsureApp,
    SnapshotOf,
    StopMachine,
)
from kiloclaw_core.instance import AuditNote, Note, Remembered, Transition
from kiloclaw_core.ledger import Asked, Kept, Role, Span, VolumeHolding
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import Data
from kiloclaw_core.names import CommandId, OpId, VersionId
from kiloclaw_core.phases import (
    Alarm,
    AlarmName,
    Awaiting,
    Change,
    Changing,
    Clearing,
    CreatingVolume,
    Ensuring,
    Phase,
    Probing,
    Running,
    Sought,
)
from kiloclaw_core.status import status_of
from kiloclaw_core.stories import Attempt, Restoring, Spent, Starting

from .everywhere import changing, creating_volume
from .moves import (
    AMS,
    DENIED,
    FRA,
    HOME,
    IAD,
    M7,
    OURS,
    RESTORE,
    S3,
    V3,
    V15,
    WIDE,
    displaced,
    down,
    photographed,
    reassociate,
    recover,
    recovering,
    restart,
    restarting,
    restore,
    restoring,
    until,
    wide,
)
from .scenario import AT, SANDBOX, WHO, Scenario, destroy, start, starting, stop

APP: Final = WHO.app
BACK: Final = SnapshotOf(V3, S3)
AUDIT: Final = AuditNote("eve", "restored s-v3", "a user asked")
HALTED: Final = Attempt(3, spent=(Spent.HALT,))
MADE: Final = VolumeHolding(V15, Role.ACTIVE, Data.BEARING, AMS, mark=OpId(15))
"""What the snapshot was made into: it does not carry on from the volume that is left."""


def telling(attempt: Attempt, before: Desired = Desired.RUNNING) -> Restoring:
    """The story of a restore that has come so far."""
    return Restoring(OpId(11), attempt, BACK, before)


# -- asked for ---------------------------------------------------------------------------------------------------


def test_a_restore_is_written_down_with_who_asked_for_it() -> None:
    """It will run again afterwards; what was wanted before is remembered, in case it fails."""
    scenario = photographed(wide())
    before = scenario.instance
    assert scenario.ask(restore()) == evolve(
        before,
        story=telling(Attempt(3)),
        desired=Desired.RUNNING,
        asked=OpId(10),
        ops=OpId(12),
        audit=(AUDIT,),
        granted=(*before.granted, Remembered(CommandId("restore"))),
    )
    assert scenario.instance.audit[0].at == AT
    assert Alarm(AlarmName.CEILING, OpId(11), 1800.0) in alarms_of(scenario.instance)


def test_a_stopped_instance_may_be_restored_and_runs_afterwards() -> None:
    """Its operator looks at what came of it."""
    scenario = photographed(down())
    scenario.ask(restore())
    assert (scenario.instance.desired, scenario.instance.story) == (
        Desired.RUNNING,
        Restoring(OpId(14), Attempt(3), BACK, Desired.STOPPED),
    )
    scenario.wake()
    assert scenario.land_all().phase == Running()


def destroyed() -> Scenario:
    """An instance that is being destroyed."""
    scenario = wide()
    scenario.ask(destroy())
    return scenario


def bare() -> Scenario:
    """An instance that was refused its volume."""
    scenario = creating_volume()
    scenario.answer(DENIED)
    return scenario


@pytest.mark.parametrize(
    ("tell_of", "refusal"),
    [
        (Scenario, Refusal.NOT_PROVISIONED),
        (creating_volume, Refusal.BUSY),
        (starting, Refusal.BUSY),
        (restarting, Refusal.BUSY),
        (changing, Refusal.BUSY),
        (displaced, Refusal.BUSY),
        (recovering, Refusal.RECOVERING),
        (restoring, Refusal.RESTORING),
        (destroyed, Refusal.BEING_DESTROYED),
        (bare, Refusal.NO_VOLUME),
    ],
)
def test_a_restore_is_refused_with_its_reason(tell_of: Callable[[], Scenario], refusal: Refusal) -> None:
    """It waits for nobody: whatever is under way has to end first (2.9)."""
    assert decide(tell_of().record, restore("another")) == Failure(refusal)


@pytest.mark.parametrize("phase", RESTORE.values(), ids=RESTORE)
def test_nothing_but_a_destroy_is_granted_during_a_restore(phase: type[Phase]) -> None:
    """With a reason that a user interface can show; a start asked for here is not swallowed (W22)."""
    scenario = restoring(phase)
    commands: tuple[Command, ...] = (start("x"), stop("x"), restart(name="x"), recover("x"), reassociate(V3, "x"))
    assert {decide(scenario.record, one) for one in commands} == {Failure(Refusal.RESTORING)}
    assert status_of(scenario.instance) == "restoring"
    assert scenario.ask(destroy()).desired is Desired.GONE


# -- step by step ------------------------------------------------------------------------------------------------


def test_the_machine_is_stopped_before_it_is_deleted() -> None:
    """So that it can end its work."""
    scenario = photographed(wide())
    before = scenario.ask(restore())
    halting = evolve(before.ledger, machines=(evolve(OURS, booted=False),))
    assert scenario.wake() == Transition(
        evolve(before, phase=Changing(OpId(12), M7, Change.STOP), ledger=halting, asked=None, ops=OpId(13)),
        (StopMachine(OpId(12), APP, M7),),
        (Note("instance.restore_started", (("label", "attempt_1"), ("value", "1"))),),
    )
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(before, phase=Awaiting(OpId(13), M7, Awaited.STOPPED), ops=OpId(14)),
        (AwaitState(OpId(13), APP, M7, Awaited.STOPPED, version=VersionId("i7")),),
    )


def test_a_machine_that_has_stopped_goes() -> None:
    """Its volume must not be mounted by two, and its name is needed."""
    scenario = restoring(Awaiting)
    before = scenario.instance
    leaving = evolve(OURS, role=Role.CONDEMNED, errand=Asked(OpId(14)), booted=False)
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=Clearing(),
            story=telling(HALTED),
            ledger=evolve(before.ledger, machines=(leaving,)),
            ops=OpId(15),
        ),
        (DeleteMachine(OpId(14), APP, M7),),
    )


def test_the_snapshot_is_asked_for_where_the_volume_was() -> None:
    """With the size of the spec; other regions only where that one has no room."""
    scenario = restoring(Clearing)
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=CreatingVolume(OpId(15), Sought.CANDIDATE),
            ledger=evolve(before.ledger, machines=(), dead_machines=(M7,)),
            ops=OpId(16),
        ),
        (CreateVolume(OpId(15), APP, SANDBOX, (AMS, FRA, IAD), 10, WIDE.size, BACK),),
        (Note("destroy_machine_ok", (("machine_id", "m7"),)),),
    )


def test_the_new_volume_is_ours_in_one_commit_and_the_old_one_is_kept() -> None:
    """For the whole retention: it has what was written since the snapshot. A start follows."""
    scenario = restoring(CreatingVolume)
    before = scenario.instance
    kept = evolve(HOME, role=Role.RETAINED, errand=Kept(OpId(16), Span.LONG), healthy=False, counted=True)
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=Ensuring(OpId(18)),
            story=Starting(OpId(17), Attempt(3)),
            ledger=evolve(before.ledger, volumes=(kept, MADE)),
            ops=OpId(19),
        ),
        (EnsureApp(OpId(18), APP),),
        (
            Note("fork_stranded_volume", (("volume_id", "v15"),)),
            Note("instance.restore_completed", (("status", "stopped"), ("durationMs", "0"))),
        ),
    )


def test_the_start_that_follows_says_why() -> None:
    """By upstream's reason."""
    scenario = restoring(CreatingVolume)
    scenario.land()
    until(scenario, Probing)
    started = Note("instance.started", (("label", "snapshot_restore"), ("durationMs", "0")))
    assert scenario.land().notes == (started,)
    assert scenario.instance.ledger.volume == evolve(MADE, healthy=True)


def test_a_restored_instance_has_what_the_snapshot_had() -> None:
    """And what was written since is still on the volume that is kept."""
    scenario = restoring(CreatingVolume)
    scenario.land()
    restored, kept = scenario.outside.fly.volume(V15), scenario.outside.fly.volume(V3)
    assert restored is not None
    assert kept is not None
    assert restored.data == kept.data == 1


def test_a_machine_that_is_gone_already_needs_no_stop() -> None:
    """That is what a restore wants next."""
    scenario = restoring()
    scenario.outside = evolve(scenario.outside, fly=evolve(scenario.outside.fly, machines=()))
    assert scenario.land_all().phase == Running()
    volume = scenario.instance.ledger.volume
    assert volume is not None
    assert (scenario.instance.notes, volume.parent, volume.volume == V3) == ((), None, False)
