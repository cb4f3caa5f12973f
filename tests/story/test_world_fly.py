"""What each request does to Fly when it lands, and what Fly does by itself (fly.md 1.4, 2, 3)."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.effects import CopyOf, Empty, SnapshotOf
from kiloclaw_core.machine import Guest, MachineConfig, MachineSeen, MachineState, Named, VolumeSeen, VolumeState
from kiloclaw_core.names import AppName, MachineId, OpId, Region, SandboxId, SnapshotId, UserId, VersionId, VolumeId
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.world import disks, fate, sights
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.fly import Fly, TrueMachine, TrueSnapshot, TrueVolume

APP: Final = AppName("app-1")
AMS: Final = Region("ams")
BOX: Final = SandboxId("ki_1")
CONFIG: Final = MachineConfig("image-1", Guest(), VolumeId("v1"), BOX, UserId("user-1"), revision=1)
VOLUME: Final = TrueVolume(VolumeId("v1"), truth.EMPTY, OpId(1), APP, AMS)
MACHINE: Final = TrueMachine(
    MachineId("m2"),
    MachineState.CREATED,
    VersionId("i2"),
    VOLUME.volume,
    OpId(2),
    APP,
    "ki_1",
    AMS,
    BOX,
    UserId("user-1"),
    1,
    Guest(),
)
EMPTY_APP: Final = Fly(volumes=(VOLUME,))
NOT_THERE: Final = MachineId("m9")
NEXT: Final = TrueVolume(VolumeId("v5"), truth.EMPTY, OpId(5), APP, Region("fra"))
BACKUP: Final = TrueSnapshot(SnapshotId("vs_1"), VOLUME.volume, data=1, size_gb=10)


def with_state(state: MachineState) -> Fly:
    """Fly with our machine in this state."""
    return Fly((evolve(MACHINE, state=state),), (VOLUME,))


def create(fly: Fly, config: MachineConfig = CONFIG, name: str = "ki_1") -> tuple[Fly, TrueMachine | Rejected]:
    """A create of a machine lands, asked for in another region than its volume's."""
    return truth.create_machine(fly, APP, name, Region("fra"), config, OpId(2), "2")


# -- machines ----------------------------------------------------------------------------------------------------


def test_a_machine_is_made_in_the_region_of_its_volume() -> None:
    """A volume is a disk in one place: a machine can only be where it is."""
    assert create(EMPTY_APP) == (with_state(MachineState.CREATED), MACHINE)


def test_a_machine_whose_volume_has_no_region_is_made_where_it_was_asked_for() -> None:
    """A volume of a foreign answer may show none; that must not make a machine without a place."""
    nowhere = Fly(volumes=(evolve(VOLUME, region=Region("")),))
    placed = evolve(MACHINE, region=Region("fra"))
    assert create(nowhere) == (evolve(nowhere, machines=(placed,)), placed)


def test_a_create_under_a_taken_name_is_refused_and_names_the_holder() -> None:
    """The name is the fence against a second machine, whatever its volume (fly.md 4.1)."""
    fly, refusal = create(with_state(MachineState.STOPPED), evolve(CONFIG, volume=VolumeId("v7")))
    assert (fly, refusal) == (with_state(MachineState.STOPPED), Rejected(Why.ALREADY_EXISTS, MachineId("m2")))
    assert isinstance(refusal, Rejected)
    assert (refusal.status, refusal.text) == (
        409,
        '{"error":"already_exists: unique machine name violation, machine ID m2 already exists with name \\"ki_1\\""}',
    )


def test_the_same_name_in_another_app_is_free() -> None:
    """Names are unique in an app, not in the world."""
    elsewhere = Fly((evolve(MACHINE, app=AppName("app-2"), volume=None),), (VOLUME,))
    fly, made = create(elsewhere)
    assert (len(fly.machines), made) == (1, MACHINE)


def test_a_create_on_a_volume_that_is_not_there_is_refused() -> None:
    """The refusal that sends a start back to look at its volume."""
    assert create(Fly()) == (Fly(), Rejected(Why.MISSING_VOLUME))


def test_a_create_on_a_claimed_volume_is_refused() -> None:
    """One volume, one machine: that makes the volume the second fence."""
    held = with_state(MachineState.STOPPED)
    assert create(held, name="other") == (held, Rejected(Why.VOLUME_CLAIMED))


def test_a_machine_without_a_volume_can_be_placed() -> None:
    """Not every machine of an app is one of ours."""
    diskless = evolve(MACHINE, volume=None)
    assert truth.place_machine(Fly(), diskless) == (Fly((diskless,)), diskless)


def test_machines_without_a_name_do_not_take_it_from_each_other() -> None:
    """Fly gives each of them a name of its own; only a name that was asked for is a fence (fly.md 4.1)."""
    nameless = evolve(MACHINE, name="", volume=None)
    other = evolve(nameless, machine=MachineId("m3"))
    assert truth.place_machine(Fly((nameless,)), other) == (Fly((nameless, other)), other)


def test_an_update_of_the_version_it_names_makes_a_new_one() -> None:
    """What is sent replaces what was there: nothing is merged."""
    config = evolve(CONFIG, revision=2, guest=Guest(4))
    updated = evolve(MACHINE, version=VersionId("i5"), revision=2, guest=Guest(4))
    fly = with_state(MachineState.CREATED)
    assert truth.update_machine(fly, MACHINE.machine, MACHINE.version, config, "5") == (
        evolve(fly, machines=(updated,)),
        updated,
    )


def test_an_update_of_another_version_is_refused() -> None:
    """The fence of an update that lands late: somebody changed the machine since it was seen."""
    fly = with_state(MachineState.STOPPED)
    refused = truth.update_machine(fly, MACHINE.machine, VersionId("i1"), CONFIG, "5")
    assert refused == (fly, Rejected(Why.VERSION_MISMATCH))


def test_an_update_that_names_no_version_is_made_whatever_the_version() -> None:
    """Upstream's updates are not fenced; the simulator serves them too."""
    fly, updated = truth.update_machine(with_state(MachineState.STOPPED), MACHINE.machine, None, CONFIG, "5")
    assert (fly.machines, updated) == ((updated,), evolve(MACHINE, state=MachineState.STOPPED, version=VersionId("i5")))


def test_an_update_onto_a_volume_that_is_not_there_is_refused() -> None:
    """Also for a machine that is there: a mount must exist."""
    fly, config = with_state(MachineState.STOPPED), evolve(CONFIG, volume=VolumeId("v7"))
    assert truth.update_machine(fly, MACHINE.machine, None, config, "5") == (fly, Rejected(Why.MISSING_VOLUME))


def test_an_update_or_revision_of_no_machine_is_refused() -> None:
    """Nothing is made by changing it."""
    not_found = (EMPTY_APP, Rejected(Why.NOT_FOUND))
    assert truth.update_machine(EMPTY_APP, NOT_THERE, None, CONFIG, "5") == not_found
    assert truth.revise_machine(EMPTY_APP, None, MACHINE) == not_found


@pytest.mark.parametrize("state", [MachineState.STOPPED, MachineState.SUSPENDED, MachineState.FAILED])
def test_a_start_of_a_machine_that_is_down_starts_it(state: MachineState) -> None:
    """It is on its way up, not up: that is waited for."""
    assert truth.start_machine(with_state(state), MACHINE.machine) == (with_state(MachineState.STARTING), None)


@pytest.mark.parametrize("state", [MachineState.STARTED, MachineState.STARTING])
def test_a_start_of_a_machine_that_is_up_changes_nothing(state: MachineState) -> None:
    """A repeated start does no harm."""
    assert truth.start_machine(with_state(state), MACHINE.machine) == (with_state(state), None)


@pytest.mark.parametrize("state", [MachineState.CREATED, MachineState.STOPPING, MachineState.DESTROYED])
def test_a_start_of_a_machine_that_is_between_is_too_early(state: MachineState) -> None:
    """Fly refuses with the state it is in; asking again later may be granted."""
    fly, refusal = truth.start_machine(with_state(state), MACHINE.machine)
    assert (fly, refusal) == (with_state(state), Rejected(Why.TOO_EARLY))
    assert refusal is not None
    assert f"from current state: '{state.value}'" in refusal.text


def test_a_start_or_stop_of_no_machine_is_refused() -> None:
    """A 404 is evidence, and evidence has to be true."""
    assert truth.start_machine(EMPTY_APP, NOT_THERE) == (EMPTY_APP, Rejected(Why.NOT_FOUND))
    assert truth.stop_machine(EMPTY_APP, NOT_THERE) == (EMPTY_APP, Rejected(Why.NOT_FOUND))


def test_a_stop_of_a_machine_that_is_up_is_on_its_way() -> None:
    """The request only asks: being stopped is waited for separately."""
    stopping = truth.stop_machine(with_state(MachineState.STARTED), MACHINE.machine)
    assert stopping == (with_state(MachineState.STOPPING), None)


@pytest.mark.parametrize("state", [MachineState.STOPPED, MachineState.FAILED])
def test_a_stop_of_a_machine_that_is_down_changes_nothing(state: MachineState) -> None:
    """What is wished for is so already."""
    assert truth.stop_machine(with_state(state), MACHINE.machine) == (with_state(state), None)


def test_a_delete_frees_the_name_and_the_volume() -> None:
    """That is why a machine is deleted before its volume, and before another one is made."""
    assert truth.delete_machine(with_state(MachineState.STARTED), MACHINE.machine) == EMPTY_APP
    assert truth.delete_machine(EMPTY_APP, MACHINE.machine) == EMPTY_APP


# -- volumes -----------------------------------------------------------------------------------------------------


def test_two_volumes_may_have_one_name() -> None:
    """A volume's name is no fence: a create that lands twice makes two."""
    fly, first = disks.create_volume(Fly(), APP, AMS, OpId(1), "1")
    fly, second = disks.create_volume(fly, APP, AMS, OpId(1), "1b")
    assert (first, second) == (VOLUME, evolve(VOLUME, volume=VolumeId("v1b")))
    assert fly == Fly(volumes=(first, second))


def test_a_volume_that_no_request_of_ours_made_is_named_by_others() -> None:
    """Its name then says nothing of us, and it is kept as it is."""
    _, volume = disks.create_volume(Fly(), APP, AMS, None, "1", "somebodys", 5)
    assert volume == TrueVolume(VolumeId("v1"), truth.EMPTY, None, APP, AMS, "somebodys", Named.FOREIGN, 5)


def test_a_volume_that_a_machine_has_is_not_deleted() -> None:
    """Running or not: this is the fence that keeps a mounted disk (fly.md 3)."""
    fly = with_state(MachineState.STOPPED)
    assert disks.delete_volume(fly, VOLUME.volume) == (fly, Rejected(Why.VOLUME_BOUND))


def test_a_free_volume_is_deleted() -> None:
    """Whether it was there or not, it is gone after."""
    assert disks.delete_volume(EMPTY_APP, VOLUME.volume) == (Fly(), None)
    assert disks.delete_volume(Fly(), VOLUME.volume) == (Fly(), None)


def test_what_is_made_empty_is_empty() -> None:
    """Nothing is moved, so it is whole at once."""
    made = Fly(volumes=(NEXT,))
    assert disks.fill(made, NEXT, Empty()) == (made, NEXT)


def test_a_copy_has_the_content_and_the_size_of_its_source_and_is_whole_later() -> None:
    """It can be mounted before, but its source must not go before (fly.md 3)."""
    source = evolve(VOLUME, data=1, size_gb=20)
    made = Fly(volumes=(source, NEXT), written=1, latest=1)
    copied = evolve(NEXT, data=1, size_gb=20, state=VolumeState.UNREADY, source=source.volume)
    after = evolve(made, volumes=(source, copied))
    assert disks.fill(made, NEXT, CopyOf(source.volume)) == (after, copied)
    assert fate.becomes_whole(after, copied) == evolve(
        after, volumes=(source, evolve(copied, state=VolumeState.CREATED, source=None))
    )


def test_a_copy_whose_source_goes_before_it_is_whole_has_nothing() -> None:
    """What was not moved yet is lost, whoever took the source away: that is why a source is kept so long."""
    source, copy = evolve(VOLUME, data=1), evolve(NEXT, data=1, state=VolumeState.UNREADY, source=VOLUME.volume)
    fly = Fly(volumes=(source, copy), written=1, latest=1)
    emptied = evolve(copy, data=truth.EMPTY, source=None)
    assert disks.delete_volume(fly, source.volume) == (evolve(fly, volumes=(emptied,)), None)
    assert fate.lose_volume(fly, source) == Fly(volumes=(emptied,), lost=True)


def test_a_copy_of_nothing_is_refused_and_leaves_nothing() -> None:
    """An empty volume in its place would look like data that is gone."""
    made = Fly(volumes=(NEXT,))
    assert disks.fill(made, NEXT, CopyOf(VOLUME.volume)) == (Fly(), Rejected(Why.NOT_FOUND))


def test_what_is_restored_has_the_content_of_the_snapshot() -> None:
    """Not what its volume has borne since."""
    made = Fly(volumes=(evolve(VOLUME, data=2), NEXT), written=1, latest=2, snapshots=(BACKUP,))
    restored = evolve(NEXT, data=1, state=VolumeState.UNREADY)
    after = evolve(made, volumes=(evolve(VOLUME, data=2), restored))
    assert disks.fill(made, NEXT, SnapshotOf(VOLUME.volume, BACKUP.snapshot)) == (after, restored)


def test_a_restore_into_a_smaller_volume_is_refused_and_leaves_nothing() -> None:
    """However often it is tried: the size must be at least the snapshot's (B86)."""
    made = Fly(volumes=(NEXT,), snapshots=(evolve(BACKUP, size_gb=11),), latest=1)
    fly, refusal = disks.fill(made, NEXT, SnapshotOf(VOLUME.volume, BACKUP.snapshot))
    assert (fly, refusal) == (evolve(made, volumes=()), Rejected(Why.INVALID))


def test_a_restore_of_no_snapshot_is_refused_and_leaves_nothing() -> None:
    """Its time may be over."""
    made = Fly(volumes=(NEXT,))
    assert disks.fill(made, NEXT, SnapshotOf(VOLUME.volume, BACKUP.snapshot)) == (Fly(), Rejected(Why.NOT_FOUND))


def test_a_snapshot_keeps_what_its_volume_bore_and_outlives_it() -> None:
    """The newest comes first; those of other volumes are no business of this one."""
    fly = disks.take_snapshot(Fly(volumes=(evolve(VOLUME, data=1),), latest=1), evolve(VOLUME, data=1), BACKUP.snapshot)
    assert fly.snapshots == (BACKUP,)
    later = evolve(BACKUP, snapshot=SnapshotId("vs_2"), data=2)
    other = evolve(BACKUP, snapshot=SnapshotId("vs_3"), volume=NEXT.volume)
    kept, _ = disks.delete_volume(evolve(fly, snapshots=(BACKUP, later, other), latest=2), VOLUME.volume)
    assert disks.snapshots_of(kept, VOLUME.volume) == (later, BACKUP)


# -- by itself ---------------------------------------------------------------------------------------------------


def test_only_machines_between_two_states_go_on_by_themselves() -> None:
    """The others stay as they are until somebody asks, or they break."""
    assert {state for state in MachineState if fate.is_moving(state)} == {
        MachineState.CREATED,
        MachineState.STARTING,
        MachineState.REPLACING,
        MachineState.UPDATING,
        MachineState.STOPPING,
    }


def test_a_machine_that_comes_up_writes_to_an_unwritten_volume() -> None:
    """From then on there is data to lose."""
    fly = fate.advance(EMPTY_APP, MACHINE)
    assert fly == Fly((evolve(MACHINE, state=MachineState.STARTED),), (evolve(VOLUME, data=1),), written=1, latest=1)


def test_a_machine_that_comes_up_on_data_keeps_it() -> None:
    """What it bears is still the latest there is, and nothing was begun anew."""
    written = Fly((MACHINE,), (evolve(VOLUME, data=1),), written=1, latest=1)
    up = evolve(written, machines=(evolve(MACHINE, state=MachineState.STARTED),))
    assert fate.advance(written, MACHINE) == up


def test_what_is_written_on_a_copy_is_later_than_its_source() -> None:
    """From then on the source alone would lose something: that is what the claims about data compare."""
    fly = Fly(volumes=(evolve(VOLUME, data=1), evolve(NEXT, data=1)), written=1, latest=1)
    after = evolve(fly, volumes=(evolve(VOLUME, data=1), evolve(NEXT, data=2)), latest=2)
    assert fate.write(fly, fly.volumes[1]) == after


def test_what_is_begun_on_an_empty_volume_is_counted() -> None:
    """Two beginnings are two lineages: somebody was started on nothing while data was elsewhere."""
    fly = Fly(volumes=(evolve(VOLUME, data=1), NEXT), written=1, latest=1)
    assert fate.write(fly, NEXT).written == 2


def test_ages_stay_small_and_keep_their_order() -> None:
    """Only their order means anything; numbers that grew would make every state a new one."""
    sparse = Fly(volumes=(evolve(VOLUME, data=9), NEXT), latest=9, snapshots=(evolve(BACKUP, data=4),))
    assert fate.dense(sparse) == evolve(
        sparse, volumes=(evolve(VOLUME, data=2), NEXT), latest=2, snapshots=(evolve(BACKUP, data=1),)
    )


def test_a_machine_that_comes_up_without_a_volume_writes_nothing() -> None:
    """A diskless machine has nothing to keep."""
    diskless = evolve(MACHINE, volume=None)
    assert fate.advance(Fly((diskless,)), diskless) == Fly((evolve(diskless, state=MachineState.STARTED),))


def test_a_machine_that_is_stopping_stops() -> None:
    """Stopping ends by itself."""
    stopping = with_state(MachineState.STOPPING)
    assert fate.advance(stopping, stopping.machines[0]) == with_state(MachineState.STOPPED)


def test_a_machine_may_stop_though_nobody_asked() -> None:
    """Processes end; the drift rule has to notice."""
    up = with_state(MachineState.STARTED)
    assert fate.halt(up, up.machines[0]) == evolve(with_state(MachineState.STOPPED), stops=1)


def test_a_machine_that_fly_moves_is_the_same_on_another_volume() -> None:
    """In another version, and booted again where it was up; the new volume has the old one's name (fly.md 2.2)."""
    up = evolve(MACHINE, state=MachineState.STARTED)
    fly = Fly((up,), (evolve(VOLUME, data=1),), written=1, latest=1)
    moved = evolve(VOLUME, volume=VolumeId("v8"), data=1)
    machine = evolve(up, volume=moved.volume, version=VersionId("i8"), state=MachineState.STARTING)
    after = evolve(fly, machines=(machine,), volumes=(moved,), lost=True, left=VOLUME)
    assert fate.migrate(fly, up, moved.volume, VersionId("i8")) == after


def test_a_machine_that_is_down_is_moved_and_stays_down() -> None:
    """Being moved starts nothing."""
    down = evolve(MACHINE, state=MachineState.STOPPED)
    fly = fate.migrate(Fly((down,), (VOLUME,)), down, VolumeId("v8"), VersionId("i8"))
    assert fly.machines == (evolve(down, volume=VolumeId("v8"), version=VersionId("i8")),)


def test_a_machine_without_a_volume_is_not_moved() -> None:
    """There would be nothing to see of it."""
    diskless = evolve(MACHINE, volume=None)
    assert fate.migrate(Fly((diskless,)), diskless, VolumeId("v8"), VersionId("i8")) == Fly((diskless,))


def test_a_host_that_is_lost_takes_its_machine_and_its_volume() -> None:
    """What is left is all there is: an older copy is then the latest. That something was lost is not forgotten."""
    older = evolve(NEXT, data=1)
    fly = Fly((MACHINE,), (evolve(VOLUME, data=2), older), written=2, latest=2)
    assert fate.lose_host(fly, MACHINE) == Fly(volumes=(older,), written=1, latest=1, lost=True)
    alone = Fly((MACHINE,), (evolve(VOLUME, data=1),), written=1, latest=1)
    assert fate.lose_host(alone, MACHINE) == Fly(written=1, lost=True)  # that there was something is not forgotten


def test_a_host_that_is_lost_takes_a_machine_without_a_volume() -> None:
    """And nothing else."""
    diskless = evolve(MACHINE, volume=None)
    assert fate.lose_host(Fly((diskless,), (VOLUME,)), diskless) == EMPTY_APP


def test_a_volume_that_is_lost_is_gone_for_good() -> None:
    """Its snapshots are what is left of it."""
    fly = Fly(volumes=(evolve(VOLUME, data=1),), written=1, latest=1, snapshots=(BACKUP,))
    assert fate.lose_volume(fly, fly.volumes[0]).snapshots == (BACKUP,)
    assert truth.without_volume(EMPTY_APP, VOLUME) == Fly()


# -- what is shown -----------------------------------------------------------------------------------------------


def test_a_machine_is_shown_with_whose_it_is() -> None:
    """Decisions look at exactly this much of an answer."""
    seen = MachineSeen(
        MachineId("m2"),
        MachineState.CREATED,
        VersionId("i2"),
        VOLUME.volume,
        OpId(2),
        named_ours=True,
        sandbox=BOX,
        user=UserId("user-1"),
        revision=1,
        guest=Guest(),
        region=AMS,
    )
    assert sights.machine_seen(MACHINE, BOX) == seen
    assert sights.machine_seen(evolve(MACHINE, reachable=False), BOX) == evolve(seen, reachable=False)
    assert sights.machine_seen(MACHINE, SandboxId("ki_2")) == evolve(seen, named_ours=False)


def test_a_volume_is_shown_with_who_mounts_it() -> None:
    """Being attached is what says whether it can be deleted."""
    free = VolumeSeen(VOLUME.volume, VolumeState.CREATED, Named.MARKED, OpId(1), None, AMS)
    assert sights.volume_seen(EMPTY_APP, VOLUME) == free
    assert sights.volume_seen(with_state(MachineState.STOPPED), VOLUME) == evolve(free, attached=MachineId("m2"))
