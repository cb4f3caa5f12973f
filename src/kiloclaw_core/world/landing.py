"""What each effect of an instance does when it lands, and what its answer is.

A landing is one instant: truth before, truth after, and the outcome that may or may not reach whoever asked.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve, frozen

from kiloclaw_core.effects import (
    Awaited,
    AwaitState,
    Changing,
    CreateMachine,
    CreateVolume,
    Creating,
    DebtKind,
    DeleteMachine,
    DeleteVolume,
    Deleting,
    Effect,
    EnsureApp,
    GetMachine,
    GetVolume,
    ListMachines,
    ListSnapshots,
    ListVolumes,
    PayDebt,
    ProbeHealth,
    Reading,
    Settle,
    StartMachine,
    StopMachine,
    UpdateMachine,
)
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import Region, SnapshotId, machine_name
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
)
from kiloclaw_core.world import disks, fate, sights
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.fly import Fly, TrueMachine

REACHED: Final = {Awaited.STARTED: MachineState.STARTED, Awaited.STOPPED: MachineState.STOPPED}


@frozen
class Outside:
    """Fly, and what was paid to the directory."""

    fly: Fly = Fly()
    paid: tuple[DebtKind, ...] = ()


def land(outside: Outside, effect: Effect) -> tuple[Outside, Outcome]:
    """The outside after this effect has landed, and what it answered."""
    match effect:
        case CreateVolume() | CreateMachine():
            return _create(outside, effect)
        case UpdateMachine() | StartMachine() | StopMachine():
            return _change(outside, effect)
        case DeleteMachine() | DeleteVolume():
            return _delete(outside, effect)
        case (
            GetMachine() | GetVolume() | ListMachines() | ListVolumes() | ListSnapshots() | AwaitState() | ProbeHealth()
        ):
            return outside, read(outside.fly, effect)
        case EnsureApp():
            return outside, AppReady(1)
        case Settle():
            return outside, Done()
        case PayDebt(kind=kind):
            paid = tuple(sorted({*outside.paid, kind}, key=lambda one: one.value))
            return evolve(outside, paid=paid), Done()


def _create(outside: Outside, effect: Creating) -> tuple[Outside, Outcome]:
    match effect:
        case CreateVolume(op=op, app=app, regions=regions, content=content):
            region = regions[0] if regions else Region("")
            fly, volume = disks.create_volume(outside.fly, app, region, op, str(op))
            fly, filled = disks.fill(fly, volume, content)
            if isinstance(filled, Rejected):
                return outside, filled
            return evolve(outside, fly=fly), VolumeMade(sights.volume_seen(fly, filled))
        case CreateMachine(op=op, app=app, config=config, region=region, generation=generation):
            name = machine_name(config.sandbox, generation)
            fly, made = truth.create_machine(outside.fly, app, name, region, config, op, str(op))
            if isinstance(made, Rejected):
                return outside, made
            return evolve(outside, fly=fly), MachineMade(sights.machine_seen(made, config.sandbox))


def _change(outside: Outside, effect: Changing) -> tuple[Outside, Outcome]:
    if truth.is_out_of_hearing(outside.fly, effect.machine):
        return outside, truth.host_down()
    match effect:
        case UpdateMachine(op=op, machine=machine, version=version, config=config):
            fly, changed = truth.update_machine(outside.fly, machine, version, config, str(op))
            if isinstance(changed, Rejected):
                return outside, changed
            # an update replaces all metadata, the mark of the create included
            marked = evolve(changed, mark=op, state=MachineState.REPLACING)
            return (
                evolve(outside, fly=truth.with_machine(fly, marked)),
                MachineShown(sights.machine_seen(marked, config.sandbox)),
            )
        case StartMachine(machine=machine):
            fly, refusal = truth.start_machine(outside.fly, machine)
            return evolve(outside, fly=fly), refusal or Done()
        case StopMachine(machine=machine):
            fly, refusal = truth.stop_machine(outside.fly, machine)
            return evolve(outside, fly=fly), refusal or Done()


def _delete(outside: Outside, effect: Deleting) -> tuple[Outside, Outcome]:
    match effect:
        case DeleteMachine(machine=machine):
            found = outside.fly.machine(machine)
            if found is not None and not found.reachable and not found.defers:
                return outside, truth.host_down()
            return evolve(outside, fly=truth.delete_machine(outside.fly, machine)), Done()
        case DeleteVolume(volume=volume):
            fly, refusal = disks.delete_volume(outside.fly, volume)
            return evolve(outside, fly=fly), refusal or Done()


def read(fly: Fly, effect: Reading) -> Outcome:
    """What a read shows at this instant."""
    match effect:
        case GetMachine(machine=machine, sandbox=sandbox):
            found = fly.machine(machine)
            return truth.machine_not_found() if found is None else MachineShown(sights.machine_seen(found, sandbox))
        case GetVolume(volume=volume):
            there = fly.volume(volume)
            return truth.volume_not_found() if there is None else VolumeShown(sights.volume_seen(fly, there))
        case ListMachines(app=app, sandbox=sandbox):
            machines = (sights.machine_seen(one, sandbox) for one in fly.machines if one.app == app)
            return MachinesListed(tuple(machines))
        case ListVolumes(app=app):
            return VolumesListed(tuple(sights.volume_seen(fly, one) for one in fly.volumes if one.app == app))
        case ListSnapshots(volume=volume):
            return SnapshotsListed(tuple(SnapshotId(one.snapshot) for one in disks.snapshots_of(fly, volume)))
        case AwaitState(machine=machine):
            awaited = fly.machine(machine)
            return truth.machine_not_found() if awaited is None else _waited(awaited, effect)
        case ProbeHealth(machine=machine):
            probed = fly.machine(machine)
            up = probed is not None and probed.reachable and probed.state is MachineState.STARTED
            return Healthy() if up else Unhealthy("nothing listens")


def _waited(machine: TrueMachine, effect: AwaitState) -> Outcome:
    meant = effect.version in {None, machine.version}
    reached = meant and machine.state is REACHED[effect.state]
    return StateReached() if reached else StateElsewhere(machine.state)


def must_wait(fly: Fly, effect: AwaitState) -> bool:
    """Whether the poll goes on: the machine is still on its way, and not there yet."""
    found = fly.machine(effect.machine)
    if found is None or not fate.is_moving(found.state):
        return False
    return isinstance(_waited(found, effect), StateElsewhere)
