"""What each effect does outside at the instant it lands, and what it answers."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.effects import (
    Awaited,
    AwaitState,
    CopyOf,
    CreateMachine,
    CreateVolume,
    DebtKind,
    DeleteMachine,
    DeleteVolume,
    Effect,
    EnsureApp,
    GetMachine,
    GetVolume,
    ListMachines,
    ListSnapshots,
    ListVolumes,
    PayDebt,
    ProbeHealth,
    Settle,
    StartMachine,
    StopMachine,
    UpdateMachine,
)
from kiloclaw_core.machine import Guest, MachineConfig, MachineState, VolumeState
from kiloclaw_core.names import AppName, MachineId, OpId, Region, SandboxId, SnapshotId, UserId, VersionId, VolumeId
from kiloclaw_core.outcomes import (
    AppReady,
    Done,
    Healthy,
    MachineMade,
    MachineShown,
    MachinesListed,
    Outcome,
    Rejected,
    SnapshotsListed,
    StateElsewhere,
    StateReached,
    Unhealthy,
    VolumeMade,
    VolumeShown,
    VolumesListed,
    Why,
)
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world import sights
from kiloclaw_core.world.fly import Fly, TrueMachine, TrueSnapshot, TrueVolume
from kiloclaw_core.world.landing import Outside, land, must_wait

APP: Final = AppName("app-1")
AMS: Final = Region("ams")
BOX: Final = SandboxId("ki_1")
ANN: Final = UserId("user-1")
CONFIG: Final = MachineConfig("image-1", Guest(), VolumeId("v1"), BOX, ANN, revision=1)
M2: Final = MachineId("m2")
OP: Final = OpId(9)
NOTHING: Final = Outside()

NEW_VOLUME: Final = CreateVolume(OpId(1), APP, BOX, (AMS, Region("fra")), 10, Guest())
NEW_MACHINE: Final = CreateMachine(OpId(2), APP, CONFIG, AMS, 1)
WITH_VOLUME: Final = land(NOTHING, NEW_VOLUME)[0]
BOTH: Final = land(WITH_VOLUME, NEW_MACHINE)[0]
VOLUME: Final = BOTH.fly.volumes[0]
MACHINE: Final = BOTH.fly.machines[0]


def with_state(state: MachineState) -> Outside:
    """Both, the machine in this state."""
    return Outside(Fly((evolve(MACHINE, state=state),), (VOLUME,)))


COPY: Final = CreateVolume(OP, APP, BOX, (AMS,), 10, Guest(), CopyOf(VOLUME.volume))
UP: Final = with_state(MachineState.STARTED)
DOWN: Final = with_state(MachineState.STOPPED)


def test_a_volume_is_made_in_the_first_region_that_was_asked_for() -> None:
    """The order of the regions is the owner's wish."""
    volume = TrueVolume(VolumeId("v1"), truth.EMPTY, OpId(1), APP, AMS)
    outside = Outside(Fly(volumes=(volume,)))
    assert land(NOTHING, NEW_VOLUME) == (outside, VolumeMade(sights.volume_seen(outside.fly, volume)))


def test_a_copy_is_not_whole_before_everything_was_moved() -> None:
    """Its size and its content are the source's; its mark is that of the request that made it."""
    after, outcome = land(UP, COPY)
    copy = TrueVolume(
        VolumeId("v9"),
        VOLUME.data,
        OP,
        APP,
        AMS,
        size_gb=VOLUME.size_gb,
        state=VolumeState.UNREADY,
        source=VOLUME.volume,
    )
    assert after.fly.volumes == (VOLUME, copy)
    assert outcome == VolumeMade(sights.volume_seen(after.fly, copy))


def test_a_machine_of_a_later_generation_is_made_under_a_name_of_its_own() -> None:
    """The first name may be held for good."""
    after, _ = land(WITH_VOLUME, evolve(NEW_MACHINE, generation=1))
    assert [one.name for one in after.fly.machines] == ["ki_1-generation-1"]


def test_a_machine_is_made_under_the_name_of_its_sandbox_with_its_mark() -> None:
    """Name and mark are how it is found again when the answer is lost."""
    machine = TrueMachine(
        M2, MachineState.CREATED, VersionId("i2"), VOLUME.volume, OpId(2), APP, "ki_1", AMS, BOX, ANN, 1, Guest()
    )
    outside = Outside(Fly((machine,), (VOLUME,)))
    assert land(WITH_VOLUME, NEW_MACHINE) == (outside, MachineMade(sights.machine_seen(machine, BOX)))


def test_an_update_shows_the_machine_as_it_is_after() -> None:
    """Fly replaces it; its new version is what the next update has to name, its mark says which update made it so."""
    update = UpdateMachine(OP, APP, M2, VersionId("i2"), evolve(CONFIG, revision=2), 1)
    updated = evolve(MACHINE, state=MachineState.REPLACING, version=VersionId("i9"), mark=OP, revision=2)
    outside = Outside(Fly((updated,), (VOLUME,)))
    assert land(DOWN, update) == (outside, MachineShown(sights.machine_seen(updated, BOX)))


@pytest.mark.parametrize(
    ("before", "effect", "after", "outcome"),
    [
        (DOWN, StartMachine(OP, APP, M2), with_state(MachineState.STARTING), Done()),
        (UP, StopMachine(OP, APP, M2), with_state(MachineState.STOPPING), Done()),
        (UP, DeleteMachine(OP, APP, M2), WITH_VOLUME, Done()),
        (WITH_VOLUME, DeleteVolume(OP, APP, VOLUME.volume), NOTHING, Done()),
    ],
)
def test_a_change_that_is_made_answers_that_it_is_done(
    before: Outside, effect: Effect, after: Outside, outcome: Outcome
) -> None:
    """Whatever else there is to know is looked at."""
    assert land(before, effect) == (after, outcome)


@pytest.mark.parametrize(
    ("before", "effect", "why"),
    [
        (NOTHING, COPY, Why.NOT_FOUND),
        (BOTH, NEW_MACHINE, Why.ALREADY_EXISTS),
        (DOWN, UpdateMachine(OP, APP, M2, VersionId("i1"), CONFIG, 1), Why.VERSION_MISMATCH),
        (BOTH, StartMachine(OP, APP, M2), Why.TOO_EARLY),
        (NOTHING, StopMachine(OP, APP, M2), Why.NOT_FOUND),
        (BOTH, DeleteVolume(OP, APP, VOLUME.volume), Why.VOLUME_BOUND),
    ],
)
def test_a_refused_request_changes_nothing(before: Outside, effect: Effect, why: Why) -> None:
    """Rejected means that nothing was done; that is what lets it be asked again."""
    after, outcome = land(before, effect)
    assert after == before
    assert isinstance(outcome, Rejected)
    assert outcome.why is why


@pytest.mark.parametrize(
    ("effect", "outcome"),
    [
        (GetMachine(OP, APP, BOX, M2), MachineShown(sights.machine_seen(UP.fly.machines[0], BOX))),
        (GetMachine(OP, APP, BOX, MachineId("m7")), Rejected(Why.NOT_FOUND)),
        (GetVolume(OP, APP, BOX, VOLUME.volume), VolumeShown(sights.volume_seen(UP.fly, VOLUME))),
        (GetVolume(OP, APP, BOX, VolumeId("v7")), Rejected(Why.NOT_FOUND)),
        (ListMachines(OP, APP, BOX), MachinesListed((sights.machine_seen(UP.fly.machines[0], BOX),))),
        (ListMachines(OP, AppName("app-2"), BOX), MachinesListed(())),
        (ListVolumes(OP, APP, BOX), VolumesListed((sights.volume_seen(UP.fly, VOLUME),))),
        (ListVolumes(OP, AppName("app-2"), BOX), VolumesListed(())),
        (ListSnapshots(OP, APP, VOLUME.volume), SnapshotsListed(())),
        (AwaitState(OP, APP, M2, Awaited.STARTED, version=VersionId("i2")), StateReached()),
        (AwaitState(OP, APP, M2, Awaited.STARTED, version=VersionId("i1")), StateElsewhere(MachineState.STARTED)),
        (AwaitState(OP, APP, M2, Awaited.STARTED), StateReached()),
        (AwaitState(OP, APP, M2, Awaited.STOPPED), StateElsewhere(MachineState.STARTED)),
        (AwaitState(OP, APP, MachineId("m7"), Awaited.STOPPED), Rejected(Why.NOT_FOUND)),
        (ProbeHealth(OP, APP, BOX, M2), Healthy()),
        (ProbeHealth(OP, APP, BOX, MachineId("m7")), Unhealthy()),
    ],
)
def test_a_read_shows_what_is_there_and_changes_nothing(effect: Effect, outcome: Outcome) -> None:
    """Reads may be repeated at will."""
    assert land(UP, effect) == (UP, outcome)


def test_snapshots_are_listed_the_newest_first() -> None:
    """They outlive their volume, which need not be there any more (fly.md 3)."""
    older, newer, others = SnapshotId("s-older"), SnapshotId("s-newer"), SnapshotId("s-others")
    taken = (
        TrueSnapshot(newer, VOLUME.volume, 2),
        TrueSnapshot(older, VOLUME.volume, 1),
        TrueSnapshot(others, VolumeId("v-others"), 3),
    )
    outside = Outside(Fly(snapshots=taken, latest=3))
    assert land(outside, ListSnapshots(OP, APP, VOLUME.volume)) == (outside, SnapshotsListed((newer, older)))


def test_a_machine_that_is_down_is_not_well() -> None:
    """Nothing listens there."""
    assert land(DOWN, ProbeHealth(OP, APP, BOX, M2)) == (DOWN, Unhealthy())


def test_the_app_is_ready_and_a_settle_ends() -> None:
    """Here the owner's app is always had, and waiting is whoever's business who lands this."""
    assert land(NOTHING, EnsureApp(OP, APP)) == (NOTHING, AppReady(1))
    assert land(NOTHING, Settle(OP, OpId(1))) == (NOTHING, Done())


def test_a_debt_is_paid_once_however_often() -> None:
    """The directory's marks are monotone: repeating them does no harm."""
    route, row = DebtKind.REGISTRY_TOMBSTONE, DebtKind.POSTGRES_MARK
    once, _ = land(NOTHING, PayDebt(OP, route, BOX, ANN))
    both, _ = land(once, PayDebt(OP, row, BOX, ANN))
    assert once == Outside(paid=(route,))
    assert land(both, PayDebt(OP, route, BOX, ANN)) == (Outside(paid=(row, route)), Done())


@pytest.mark.parametrize(
    ("state", "awaited", "waits"),
    [
        (MachineState.STARTING, Awaited.STARTED, True),
        (MachineState.STOPPING, Awaited.STOPPED, True),
        (MachineState.STARTED, Awaited.STARTED, False),
        (MachineState.FAILED, Awaited.STARTED, False),
    ],
)
def test_a_poll_goes_on_while_the_machine_is_on_its_way(state: MachineState, awaited: Awaited, *, waits: bool) -> None:
    """One that has arrived, here or elsewhere, is told at once."""
    assert must_wait(with_state(state).fly, AwaitState(OP, APP, M2, awaited)) is waits


def test_a_poll_of_no_machine_does_not_go_on() -> None:
    """There is nothing to wait for."""
    assert not must_wait(Fly(), AwaitState(OP, APP, M2, Awaited.STARTED))
