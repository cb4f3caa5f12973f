"""A machine that mounts another volume than ours: looked into, put right, or believed, because Fly moves machines."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.effects import (
    CreateMachine,
    CreateVolume,
    DeleteMachine,
    DeleteVolume,
    EnsureApp,
    GetMachine,
    GetVolume,
    ListSnapshots,
    ListVolumes,
    UpdateMachine,
)
from kiloclaw_core.instance import Failing, FailureNote, Note, Transition
from kiloclaw_core.ledger import Asked, Ledger, Role
from kiloclaw_core.machine import MachineSeen, VolumeState, machine_config
from kiloclaw_core.names import OpId, VersionId
from kiloclaw_core.outcomes import Outcome, Why
from kiloclaw_core.phases import AlarmName, Awaiting, Change, Changing, Ensuring, Look, Running, Stopped, Weighing
from kiloclaw_core.status import status_of
from kiloclaw_core.stories import Attempt, Restarting, Trust
from kiloclaw_core.world import fate, sights

from .machines import replaced, volume_shown
from .moves import (
    DENIED,
    HOME,
    M7,
    MISSING,
    NOT_FOUND,
    OURS,
    STRANGE,
    V3,
    V17,
    V_NEW,
    WIDE,
    down,
    followed,
    lost,
    photographed,
    recovering,
    remounted,
    restart,
    until,
    wide,
)
from .scenario import SANDBOX, WHO, Scenario, start, stop

APP: Final = WHO.app
THERE: Final = volume_shown(V3)
LEAVING: Final = volume_shown(V3, VolumeState.LEAVING)
MOUNTING: Final = evolve(OURS, volume=V_NEW)
REPAIR: Final = Note("repair_mount", (("machine_id", "m7"), ("volume_id", "v3")))
CONFIG: Final = machine_config(WIDE, V3, SANDBOX, WHO.user, None)


def migrated(scenario: Scenario) -> Scenario:
    """The scenario whose machine Fly has moved to another host: another volume, another version, up again."""
    fly = scenario.outside.fly
    moved = fate.migrate(fly, fly.machines[0], V_NEW, VersionId("i-new"))
    scenario.outside = evolve(scenario.outside, fly=moved)
    scenario.arrive()
    return scenario


def taking_stock(scenario: Scenario) -> Scenario:
    """The instance looks at its machine, and has seen it."""
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land()
    return scenario


def weighing() -> Scenario:
    """A running instance whose machine mounts another volume looks whether ours is there, by op 11."""
    return taking_stock(remounted(wide()))


def seen(scenario: Scenario) -> MachineSeen:
    """The machine as a look shows it."""
    return sights.machine_seen(scenario.outside.fly.machines[0], SANDBOX)


def test_a_mount_that_is_as_it_should_be_is_nothing_to_look_into() -> None:
    """Nothing is sent for it."""
    scenario = wide()
    scenario.ring(AlarmName.STOCKTAKE)
    assert scenario.land().effects == ()


def test_a_mount_that_differs_is_evidence_and_ours_is_looked_at() -> None:
    """The other volume is held from now on: a machine of ours mounts it, so it may bear data."""
    scenario = remounted(wide())
    scenario.ring(AlarmName.STOCKTAKE)
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(
            before,
            phase=Weighing(OpId(11), None, seen(scenario), V3, Look.FIRST),
            ledger=Ledger(machines=(MOUNTING,), volumes=(HOME, STRANGE)),
            ops=OpId(12),
        ),
        (GetVolume(OpId(11), APP, SANDBOX, V3),),
    )
    assert status_of(scenario.instance) == "running"


# -- ours is there -----------------------------------------------------------------------------------------------


def test_at_rest_the_machine_is_given_our_volume_by_a_restart_of_its_own() -> None:
    """Durable before anything is stopped: upstream's repair left no trace of itself (2.3.2)."""
    scenario = weighing()
    before = scenario.instance
    restarting = Restarting(OpId(12), Attempt(3, trust=Trust.SEEN), repairing=True)
    assert scenario.answer(THERE) == Transition(
        evolve(before, phase=Ensuring(OpId(13)), story=restarting, ops=OpId(14)),
        (EnsureApp(OpId(13), APP),),
        (REPAIR,),
    )


def test_a_repair_ends_with_the_machine_on_our_volume() -> None:
    """One update; the stranger stays held, and nothing is deleted for it."""
    scenario = weighing()
    sent = followed(scenario)
    assert [one for one in sent if isinstance(one, UpdateMachine)] == [
        UpdateMachine(OpId(16), APP, M7, VersionId("i7"), CONFIG, 1)
    ]
    assert not [one for one in sent if isinstance(one, DeleteVolume | DeleteMachine)]
    assert (scenario.instance.phase, scenario.outside.fly.machines[0].volume) == (Running(), V3)
    assert scenario.instance.ledger.holding(V_NEW) == STRANGE


def test_a_start_repairs_at_once() -> None:
    """It wants the machine up on our volume anyway."""
    scenario = remounted(down())
    scenario.ask(start("again"))
    scenario.wake()
    until(scenario, Weighing)
    before = scenario.instance
    assert scenario.answer(THERE) == Transition(
        evolve(before, phase=Changing(OpId(18), M7, Change.UPDATE), ops=OpId(19)),
        (UpdateMachine(OpId(18), APP, M7, VersionId("i7"), CONFIG, 1),),
        (REPAIR,),
    )


def test_a_repair_that_is_refused_for_good_is_told_and_not_repeated_at_once() -> None:
    """The machine runs on as it is; the next look comes with the next taking of stock (RW34)."""
    scenario = weighing()
    until(scenario, Changing).answer(DENIED)
    sent = followed(scenario)
    assert (scenario.instance.phase, scenario.instance.notes) == (
        Running(),
        (FailureNote(Failing.RESTART, Why.UNAUTHORIZED),),
    )
    assert not [one for one in sent if isinstance(one, UpdateMachine)]


def test_a_repair_that_fly_refuses_because_ours_is_gone_leaves_the_machine_what_it_mounts() -> None:
    """A view that lagged showed the copy where Fly had moved it from; the refusal is Fly's own word."""
    scenario = recovering(Awaiting)
    moved = fate.migrate(scenario.outside.fly, scenario.outside.fly.machines[0], V_NEW, VersionId("i-new"))
    scenario.outside = evolve(scenario.outside, fly=moved)
    scenario.arrive()
    until(scenario, Weighing).answer(volume_shown(V17))
    scenario.land(UpdateMachine)
    sent = followed(scenario)
    active = scenario.instance.ledger.volume
    assert active is not None
    assert (scenario.instance.phase, active.volume, scenario.instance.ledger.dead_machines) == (Running(), V_NEW, (M7,))
    assert not [one for one in sent if isinstance(one, CreateMachine | CreateVolume)]


def test_a_stop_between_the_looks_needs_no_repair() -> None:
    """The machine is to be down, whatever it mounts."""
    scenario = weighing()
    scenario.ask(stop())
    scenario.answer(THERE)
    assert (scenario.land_all().phase, scenario.outside.fly.machines[0].volume) == (Stopped(), V_NEW)


# -- ours is gone ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [LEAVING, NOT_FOUND, MISSING])
def test_a_volume_that_is_not_shown_is_looked_for_again(answer: Outcome) -> None:
    """Apart from the first look: a mount is believed only where ours is gone for certain."""
    scenario = weighing()
    before = scenario.instance
    assert scenario.answer(answer) == Transition(
        evolve(before, phase=Weighing(OpId(12), None, seen(scenario), V3, Look.SECOND), ops=OpId(13)),
        (GetVolume(OpId(12), APP, SANDBOX, V3, 15.0),),
    )


def test_what_the_machine_mounts_is_ours_once_ours_is_gone() -> None:
    """Fly moved the machine and its volume with it; the one we held is kept, as any that a machine ran on."""
    scenario = weighing()
    scenario.answer(NOT_FOUND)
    before = scenario.instance
    active = evolve(STRANGE, role=Role.ACTIVE)
    kept = evolve(HOME, role=Role.RETAINED, errand=Asked(OpId(13)), healthy=False)
    assert scenario.answer(NOT_FOUND) == Transition(
        evolve(before, phase=Running(), ledger=evolve(before.ledger, volumes=(kept, active)), ops=OpId(14)),
        (ListSnapshots(OpId(13), APP, V3),),
    )


def test_a_migration_at_rest_is_followed_without_a_stop() -> None:
    """Another version first, then another mount; nothing is sent that changes anything."""
    scenario = migrated(wide())
    scenario.ring(AlarmName.STOCKTAKE)
    sent = followed(scenario)
    assert {type(one) for one in sent} == {GetMachine, GetVolume, ListSnapshots, ListVolumes}
    volume = scenario.instance.ledger.volume
    assert (scenario.instance.phase, volume) == (Running(), evolve(STRANGE, role=Role.ACTIVE, mark=HOME.mark))
    assert scenario.outside.fly.machines[0].version == VersionId("i-new")


def test_a_migration_of_a_stopped_machine_is_followed_by_its_next_start() -> None:
    """The start finds our volume gone before it looks at the machine: the machine's own is believed first."""
    scenario = migrated(down())
    scenario.ask(start("again"))
    scenario.wake()
    scenario.land_all()
    volume = scenario.instance.ledger.volume
    assert volume is not None
    assert (scenario.instance.phase, volume.volume, scenario.outside.fly.latest) == (Running(), V_NEW, 1)


def test_a_machine_without_a_mount_is_given_ours() -> None:
    """It lost it somehow; ours is there."""
    scenario = taking_stock(remounted(wide(), None))
    assert scenario.land_all().phase == Running()
    assert scenario.outside.fly.machines[0].volume == V3


def test_a_machine_without_a_mount_whose_volume_is_gone_is_told_and_had_from_a_snapshot() -> None:
    """There is nothing that it could mount."""
    scenario = lost(taking_stock(photographed(remounted(wide(), None))))
    scenario.land_all()
    assert (scenario.instance.phase, scenario.instance.notes) == (
        Stopped(),
        (FailureNote(Failing.PROVISION, Why.MISSING_VOLUME),),
    )
    assert scenario.instance.notes[0].text == "the volume is gone"
    scenario.ring(AlarmName.RETRY)
    scenario.land_all()
    assert (scenario.instance.phase, scenario.instance.notes) == (Running(), ())


def test_a_host_that_does_not_answer_hides_the_mount_and_proves_nothing() -> None:
    """No config is shown, and no repair is begun on what is not known (fly.md 2.3)."""
    scenario = wide()
    replaced(scenario, evolve(scenario.outside.fly.machines[0], volume=None, reachable=False))
    taking_stock(scenario)
    assert (scenario.sent, scenario.instance.ledger.machine) == ((), evolve(OURS, reachable=False))


def test_a_restart_of_a_machine_without_a_mount_whose_volume_is_gone_goes_back_to_the_snapshot() -> None:
    """The machine is asked twice where its volume went, and does not know; the app is not asked for again."""
    scenario = lost(remounted(photographed(wide()), None))
    scenario.ask(restart())
    scenario.wake()
    asked = [type(effect) for effect in followed(scenario)]
    assert asked[:5] == [EnsureApp, GetMachine, GetVolume, GetVolume, ListVolumes]
    assert (scenario.instance.phase, len(scenario.instance.audit)) == (Running(), 1)
