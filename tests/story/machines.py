"""Scenarios about a machine that is there already: one of ours that is launched again, one that holds our name."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.effects import EnsureApp, GetVolume
from kiloclaw_core.instance import Instance
from kiloclaw_core.machine import Guest, MachineSeen, MachineState, Named, VolumeSeen, VolumeState
from kiloclaw_core.names import MachineId, Region, VersionId, VolumeId
from kiloclaw_core.outcomes import Rejected, VolumeShown, VolumesListed, Why
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.fly import TrueMachine

from .everywhere import creating_machine
from .scenario import SANDBOX, WHO, Scenario, running, start, stop

OLD: Final = MachineId("mold")
V3: Final = VolumeId("v3")
V_OLD: Final = VolumeId("v-old")
HOLDER: Final = MachineSeen(
    OLD,
    MachineState.STOPPED,
    VersionId("iold"),
    V3,
    mark=None,
    named_ours=True,
    sandbox=SANDBOX,
    user=WHO.user,
    revision=None,
    guest=Guest(8, 16_384),
    region=Region("ams"),
)
"""A machine of ours that no record remembers: it holds our name and mounts our volume."""
STALE: Final = evolve(HOLDER, volume=V_OLD)
"""The same, but it mounts another volume."""
BODY: Final = '{"error":"already_exists: unique machine name violation, machine ID mold already exists"}'
HINTED: Final = Rejected(Why.ALREADY_EXISTS, OLD, 409, BODY)
"""The refusal of a create, naming who holds the name."""
NAMELESS: Final = Rejected(Why.ALREADY_EXISTS, None, 409, '{"error":"already_exists: ' + "!" * 3_000 + '"}')
"""The same in words that name nobody."""
NOT_FOUND: Final = Rejected(Why.NOT_FOUND, None, 404)


def volume_shown(volume: VolumeId, state: VolumeState = VolumeState.CREATED) -> VolumeShown:
    """A volume, as a get shows it."""
    return VolumeShown(VolumeSeen(volume, state, Named.MARKED, None, None, Region("ams")))


def volumes_listed(volume: VolumeId, state: VolumeState = VolumeState.CREATED) -> VolumesListed:
    """All volumes of a sandbox that has but this one, as a list shows them."""
    return VolumesListed((volume_shown(volume, state).seen,))


# -- one of ours -------------------------------------------------------------------------------------------------


def halted() -> Scenario:
    """An instance that ran and was stopped: its machine m7 is there, and down."""
    scenario = running()
    scenario.ask(stop())
    scenario.wake()
    scenario.land_all()
    return scenario


def looking(scenario: Scenario) -> Scenario:
    """A halted instance whose start looks at its machine; the look is op 16."""
    scenario.ask(start("again"))
    scenario.wake()
    scenario.land(EnsureApp)
    scenario.land(GetVolume)
    return scenario


def booting() -> Scenario:
    """A start of a halted instance: the boot of its machine is in flight, as op 17."""
    scenario = looking(halted())
    scenario.land()
    return scenario


def becomes(scenario: Scenario, state: MachineState) -> Scenario:
    """The scenario with its machine in this state, whoever brought it there."""
    return replaced(scenario, evolve(scenario.outside.fly.machines[0], state=state))


def replaced(scenario: Scenario, machine: TrueMachine) -> Scenario:
    """The scenario with this machine outside, in the place of what it was."""
    scenario.outside = evolve(scenario.outside, fly=truth.with_machine(scenario.outside.fly, machine))
    return scenario


# -- what is known of it -----------------------------------------------------------------------------------------


def seen_up(instance: Instance) -> Instance:
    """The instance having seen its machine up in the version it has."""
    return _with_booted(instance, booted=True)


def let_down(instance: Instance) -> Instance:
    """The instance whose machine may be down: it was asked to be."""
    return _with_booted(instance, booted=False)


def _with_booted(instance: Instance, *, booted: bool) -> Instance:
    (machine,) = instance.ledger.machines
    return evolve(instance, ledger=evolve(instance.ledger, machines=(evolve(machine, booted=booted),)))


def seen_well(instance: Instance) -> Instance:
    """The instance whose machine was well on its one volume."""
    (volume,) = instance.ledger.volumes
    return evolve(instance, ledger=evolve(instance.ledger, volumes=(evolve(volume, healthy=True),)))


# -- one that holds our name -------------------------------------------------------------------------------------


def refused(refusal: Rejected = HINTED) -> Scenario:
    """A first start whose create, op 7, is refused because the name is taken; its volume v3 is fresh."""
    scenario = creating_machine()
    scenario.answer(refusal)
    return scenario


def refused_again(refusal: Rejected = HINTED) -> Scenario:
    """An instance ran and lost its machine; the next one's create, op 16, is refused so: v3 may bear data."""
    scenario = running()
    scenario.outside = evolve(scenario.outside, fly=truth.delete_machine(scenario.outside.fly, MachineId("m7")))
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land_all()
    scenario.ring(AlarmName.RETRY)
    scenario.land()
    scenario.land()
    scenario.answer(refusal)
    return scenario
