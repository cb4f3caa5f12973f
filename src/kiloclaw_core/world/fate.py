"""What Fly does by itself: machines arrive, write, move and stop, volumes become whole, hosts fall silent or die."""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.machine import MachineState, VolumeState
from kiloclaw_core.names import (
    VersionId,
    VolumeId,
)
from kiloclaw_core.world.fly import (
    EMPTY,
    Fly,
    TrueMachine,
    TrueVolume,
    delete_machine,
    with_machine,
    with_volume,
    without_copies,
    without_volume,
)


def is_moving(state: MachineState) -> bool:
    """Whether a machine in this state goes on by itself."""
    return state in {
        MachineState.CREATED,
        MachineState.STARTING,
        MachineState.REPLACING,
        MachineState.UPDATING,
        MachineState.STOPPING,
    }


def advance(fly: Fly, machine: TrueMachine) -> Fly:
    """A machine that is on its way arrives; one that comes up writes to its volume."""
    if machine.state is MachineState.STOPPING:
        return with_machine(fly, evolve(machine, state=MachineState.STOPPED))
    fly = with_machine(fly, evolve(machine, state=MachineState.STARTED))
    volume = None if machine.volume is None else fly.volume(machine.volume)
    return fly if volume is None else write(fly, volume)


def write(fly: Fly, volume: TrueVolume) -> Fly:
    """A user writes to this volume: what it bears is the latest there is."""
    begun = fly.written + (volume.data == EMPTY)
    now = 1 + max(ages(fly))
    return dense(evolve(with_volume(fly, evolve(volume, data=now)), written=begun, latest=now))


def dense(fly: Fly) -> Fly:
    """Fly with the ages of contents made small again, in the same order: only their order means anything."""
    there = sorted(ages(fly) - {EMPTY})
    rank = {EMPTY: EMPTY, **{age: number for number, age in enumerate(there, start=1)}}
    return evolve(
        fly,
        volumes=tuple(evolve(one, data=rank[one.data]) for one in fly.volumes),
        snapshots=tuple(evolve(one, data=rank[one.data]) for one in fly.snapshots),
        latest=rank[fly.latest],
    )


def ages(fly: Fly) -> frozenset[int]:
    """The ages of all contents there are, and of what was written last."""
    return frozenset((fly.latest, *(one.data for one in fly.volumes), *(one.data for one in fly.snapshots)))


def becomes_whole(fly: Fly, volume: TrueVolume) -> Fly:
    """A volume that was being filled is whole."""
    return with_volume(fly, evolve(volume, state=VolumeState.CREATED, source=None))


def migrate(fly: Fly, machine: TrueMachine, volume: VolumeId, version: VersionId) -> Fly:
    """Fly moves a machine to another host: the same machine on another volume, in another version (fly.md 2.2).

    A volume that was still being filled has yet to be filled there.
    """
    old = None if machine.volume is None else fly.volume(machine.volume)
    if old is None:
        return fly
    moved = evolve(old, volume=volume)
    state = MachineState.STARTING if machine.state is MachineState.STARTED else machine.state
    fly = evolve(with_volume(without_volume(fly, old), moved), lost=True, left=evolve(old, data=EMPTY))
    return with_machine(fly, evolve(machine, volume=volume, version=version, state=state))


def lose_host(fly: Fly, machine: TrueMachine) -> Fly:
    """A host is lost for good, with its machine and its volume: what is left is all there is (fly.md 3)."""
    volume = None if machine.volume is None else fly.volume(machine.volume)
    fly = delete_machine(fly, machine.machine)
    return fly if volume is None else lose_volume(fly, volume)


def lose_volume(fly: Fly, volume: TrueVolume) -> Fly:
    """A volume is lost for good."""
    torn = any(one.source == volume.volume for one in fly.volumes)
    fly = without_copies(without_volume(fly, volume), volume.volume)
    left = max((0, *(one.data for one in fly.volumes)))
    return dense(evolve(fly, latest=left, lost=True, written=min(fly.written, 1) if left or not torn else 0))


def fall_silent(fly: Fly, machine: TrueMachine, *, defers: bool) -> Fly:
    """The host of this machine does not answer any more: what is known of it stays what it was (fly.md 2.3)."""
    return with_machine(fly, evolve(machine, reachable=False, defers=defers))


def answer_again(fly: Fly, machine: TrueMachine) -> Fly:
    """The host of this machine is back: what it took in the meantime is done."""
    back = with_machine(fly, evolve(machine, reachable=True, defers=False))
    return delete_machine(back, machine.machine) if machine.state is MachineState.DESTROYING else back


def halt(fly: Fly, machine: TrueMachine) -> Fly:
    """A machine stops though nobody asked: its process ended for good."""
    return with_machine(evolve(fly, stops=fly.stops + 1), evolve(machine, state=MachineState.STOPPED))
