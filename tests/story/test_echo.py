"""Answers that nobody waits for: they never steer, but what they show is not forgotten."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.commands import Tenancy
from kiloclaw_core.effects import DeleteMachine, DeleteVolume
from kiloclaw_core.instance import Transition
from kiloclaw_core.ledger import Asked, MachineHolding, Role, VolumeHolding
from kiloclaw_core.machine import Data, MachineSeen, MachineState, Named, VolumeSeen, VolumeState
from kiloclaw_core.names import MachineId, OpId, Region, SandboxId, SnapshotId, UserId, VersionId, VolumeId
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
    Unknown,
    VolumeMade,
    VolumeShown,
    VolumesListed,
    Why,
)
from kiloclaw_core.phases import Clearing
from kiloclaw_core.world.sights import machine_seen, volume_seen

from .everywhere import EVERYWHERE, clearing, creating_machine
from .scenario import SANDBOX, WHO, Scenario, running, stopped
from .strays import LATE_MACHINE, LATE_VOLUME, echo, late_machine, late_volume

APP: Final = WHO.app
LATE: Final = LATE_MACHINE.machine
FOUND: Final = MachineHolding(LATE, Role.FOUND, None, VersionId("i-late"), revision=1)
FOUND_VOLUME: Final = VolumeHolding(LATE_VOLUME.volume, Role.FOUND, Data.BEARING, Region("ams"), mark=LATE_VOLUME.mark)
UNREAD: Final = evolve(FOUND_VOLUME, mark=None)
"""The same, where its name bears no mark, or was not shown."""
UNNAMED: Final = evolve(LATE_MACHINE, named_ours=False, sandbox=None, user=None)
NAMED: Final = evolve(LATE_MACHINE, sandbox=None, user=None)
FOREIGN: Final = evolve(LATE_VOLUME, named=Named.FOREIGN, mark=None)
LEGACY: Final = evolve(LATE_VOLUME, named=Named.LEGACY, mark=None)
OURS: Final = MachineId("m7")

TELLS_NOTHING: Final = (
    StateReached(),
    StateElsewhere(MachineState.STOPPED),
    Healthy(),
    Unhealthy(),
    AppReady(9),
    SnapshotsListed((SnapshotId("vs_1"),)),
    Done(),
    Rejected(Why.ALREADY_EXISTS, OURS, 409),
    Unknown(),
)


def heard(outcome: Outcome, scenario: Scenario) -> tuple[Transition, Transition]:
    """What the record made of the echo, and the same with nothing made of it."""
    before = scenario.instance
    return scenario.tell(echo(outcome)), Transition(before)


@pytest.mark.parametrize("outcome", TELLS_NOTHING)
def test_an_echo_that_shows_no_resource_tells_nothing(outcome: Outcome) -> None:
    """Nobody waits for it: it is neither success nor failure of anything."""
    transition, unmoved = heard(outcome, running())
    assert transition == unmoved


@pytest.mark.parametrize("phase", EVERYWHERE)
def test_an_echo_never_moves_a_phase(phase: str) -> None:
    """It names another request than the one that is waited for."""
    transition, unmoved = heard(Done(), EVERYWHERE[phase]())
    assert transition == unmoved


def test_a_machine_that_is_reported_late_is_condemned_and_deleted_at_once() -> None:
    """It was made for an attempt that is over: a second machine is never wanted."""
    scenario = running()
    before = scenario.instance
    condemned = MachineHolding(LATE, Role.CONDEMNED, None, VersionId("i-late"), Asked(OpId(10)), revision=1)
    after = evolve(before, ledger=before.ledger.with_machine(condemned), ops=OpId(11))
    assert scenario.tell(late_machine()) == Transition(after, (DeleteMachine(OpId(10), APP, LATE),))


def test_a_volume_that_is_reported_late_is_condemned_and_deleted_at_once() -> None:
    """No machine was ever sent for it: it is surely empty."""
    scenario = running()
    before = scenario.instance
    condemned = VolumeHolding(
        LATE_VOLUME.volume, Role.CONDEMNED, Data.FRESH, Region("ams"), Asked(OpId(10)), mark=LATE_VOLUME.mark
    )
    after = evolve(before, ledger=before.ledger.with_volume(condemned), ops=OpId(11))
    effect = DeleteVolume(OpId(10), APP, LATE_VOLUME.volume)
    assert scenario.tell(late_volume(LATE_VOLUME.volume)) == Transition(after, (effect,))


def test_a_report_of_what_is_held_is_no_news() -> None:
    """An answer may come twice over a take-over; our own machine is not to be deleted for it."""
    scenario = running()
    fly = scenario.outside.fly
    for outcome in (
        MachineMade(machine_seen(fly.machines[0], SANDBOX)),
        VolumeMade(volume_seen(fly, fly.volumes[0])),
        MachineShown(machine_seen(fly.machines[0], SANDBOX)),
        VolumeShown(volume_seen(fly, fly.volumes[0])),
    ):
        transition, unmoved = heard(outcome, scenario)
        assert transition == unmoved


def test_a_report_of_what_was_deleted_is_no_news() -> None:
    """Dead is for ever: a lagging view does not bring it back."""
    scenario = clearing()
    seen = machine_seen(scenario.outside.fly.machines[0], SANDBOX)
    scenario.land()
    transition, unmoved = heard(MachinesListed((seen,)), scenario)
    assert transition == unmoved


@pytest.mark.parametrize("outcome", [MachineShown(LATE_MACHINE), MachinesListed((LATE_MACHINE,))])
def test_a_machine_of_ours_that_a_read_shows_is_held_as_found(outcome: Outcome) -> None:
    """Whatever is ours enters the ledger at once, and nothing follows from it yet."""
    scenario = running()
    before = scenario.instance
    after = evolve(before, ledger=before.ledger.with_machine(FOUND))
    assert scenario.tell(echo(outcome)) == Transition(after)


def test_the_mount_of_a_found_machine_is_found_with_it() -> None:
    """A machine of ours ran on it: it may bear data."""
    scenario = running()
    before = scenario.instance
    mounted = evolve(LATE_MACHINE, volume=LATE_VOLUME.volume)
    ledger = before.ledger.with_machine(evolve(FOUND, volume=LATE_VOLUME.volume)).with_volume(UNREAD)
    assert scenario.tell(echo(MachineShown(mounted))) == Transition(evolve(before, ledger=ledger))


@pytest.mark.parametrize("state", [MachineState.DESTROYING, MachineState.DESTROYED])
def test_a_machine_on_its_way_out_is_not_found(state: MachineState) -> None:
    """It needs nobody to delete it, and must not be adopted."""
    transition, unmoved = heard(MachineShown(evolve(LATE_MACHINE, state=state)), running())
    assert transition == unmoved


@pytest.mark.parametrize(
    "seen",
    [
        evolve(LATE_MACHINE, sandbox=SandboxId("ki_2")),
        evolve(LATE_MACHINE, user=UserId("user-2")),
        UNNAMED,
    ],
)
def test_a_machine_of_somebody_else_is_left_alone(seen: MachineSeen) -> None:
    """Metadata is evidence; without any of it, and without our name, it is not ours."""
    transition, unmoved = heard(MachineShown(seen), running())
    assert transition == unmoved


def test_a_machine_on_a_volume_of_ours_is_ours() -> None:
    """Only one machine can mount it, and the volume is in our ledger."""
    scenario = stopped()
    before = scenario.instance
    mounting = evolve(UNNAMED, volume=VolumeId("v3"))
    after = evolve(before, ledger=before.ledger.with_machine(evolve(FOUND, volume=VolumeId("v3"))))
    assert scenario.tell(echo(MachineShown(mounting))) == Transition(after)


def test_a_name_makes_a_machine_ours_in_an_app_of_our_own() -> None:
    """Nobody else makes machines there."""
    scenario = stopped()
    before = scenario.instance
    after = evolve(before, ledger=before.ledger.with_machine(FOUND))
    assert scenario.tell(echo(MachineShown(NAMED))) == Transition(after)


def test_a_name_makes_nothing_ours_in_a_shared_app() -> None:
    """Names are hints: nothing is adopted or deleted by name where others live too."""
    transition, unmoved = heard(MachineShown(NAMED), _shared())
    assert transition == unmoved


@pytest.mark.parametrize(
    ("outcome", "found"),
    [
        (VolumeShown(LATE_VOLUME), FOUND_VOLUME),
        (VolumesListed((LATE_VOLUME,)), FOUND_VOLUME),
        (VolumeShown(LEGACY), UNREAD),
    ],
)
def test_a_volume_of_ours_that_a_read_shows_is_held_as_found(outcome: Outcome, found: VolumeHolding) -> None:
    """By one of our marks, or by upstream's name in an app of our own; of a victim, unknown means bearing."""
    scenario = running()
    before = scenario.instance
    after = evolve(before, ledger=before.ledger.with_volume(found))
    assert scenario.tell(echo(outcome)) == Transition(after)


def test_a_volume_with_an_old_name_is_not_ours_in_a_shared_app() -> None:
    """Upstream's name says whose it is at most, never which request made it."""
    transition, unmoved = heard(VolumeShown(LEGACY), _shared())
    assert transition == unmoved


def test_a_marked_volume_is_ours_in_a_shared_app_too() -> None:
    """Its name carries a digest of the sandbox and our op."""
    scenario = _shared()
    before = scenario.instance
    after = evolve(before, ledger=before.ledger.with_volume(FOUND_VOLUME))
    assert scenario.tell(echo(VolumeShown(LATE_VOLUME))) == Transition(after)


def test_a_volume_with_a_strange_name_is_ours_when_our_machine_has_it() -> None:
    """A host migration may change what a machine mounts: the attachment is the evidence."""
    scenario = running()
    before = scenario.instance
    after = evolve(before, ledger=before.ledger.with_volume(UNREAD))
    assert scenario.tell(echo(VolumeShown(evolve(FOREIGN, attached=OURS)))) == Transition(after)


def test_the_name_of_a_volume_that_was_known_by_its_machine_is_read_when_it_is_shown() -> None:
    """By the mark in it a volume is known again when Fly moves it."""
    scenario = running()
    scenario.tell(echo(MachineShown(evolve(LATE_MACHINE, volume=LATE_VOLUME.volume))))
    scenario.tell(echo(VolumeShown(LATE_VOLUME)))
    assert scenario.instance.ledger.holding(LATE_VOLUME.volume) == FOUND_VOLUME


@pytest.mark.parametrize("attached", [None, MachineId("m-else")])
def test_a_volume_with_a_strange_name_is_left_alone(attached: MachineId | None) -> None:
    """Nothing says that it is ours."""
    transition, unmoved = heard(VolumeShown(evolve(FOREIGN, attached=attached)), running())
    assert transition == unmoved


def test_a_volume_on_its_way_out_is_not_found() -> None:
    """It needs nobody to delete it."""
    leaving: VolumeSeen = evolve(LATE_VOLUME, state=VolumeState.LEAVING)
    transition, unmoved = heard(VolumeShown(leaving), running())
    assert transition == unmoved


def test_what_an_echo_shows_of_an_instance_to_be_gone_is_razed() -> None:
    """Nothing is ever only found once the instance is to be gone."""
    scenario = clearing()
    transition = scenario.tell(echo(VolumeShown(LATE_VOLUME)))
    held = scenario.instance.ledger.holding(LATE_VOLUME.volume)
    assert held == evolve(FOUND_VOLUME, role=Role.CONDEMNED)
    assert (transition.effects, scenario.instance.phase) == ((), Clearing())  # its machine has to go first


def test_a_late_machine_while_another_is_being_made_is_deleted_beside_it() -> None:
    """The create in flight goes on; of the two, only the one that is waited for is wanted."""
    scenario = creating_machine()
    phase = scenario.instance.phase
    assert scenario.tell(late_machine()).effects == (DeleteMachine(OpId(8), APP, LATE),)
    assert scenario.instance.phase == phase


def _shared() -> Scenario:
    return stopped(identity=evolve(WHO, tenancy=Tenancy.SHARED))
