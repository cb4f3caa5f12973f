"""What comes over machines and volumes by itself: moves that end, processes that end, hosts that are left or lost.

When it comes is decided by `passing`, or by whoever asks for it at the control surface.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_adapters.simulator import backups
from kiloclaw_adapters.simulator.agenda import Arrival, Filling
from kiloclaw_adapters.simulator.kinds import Happening
from kiloclaw_adapters.simulator.moving import bury, bury_volume, depart, end, exit_event, is_moving, now_is
from kiloclaw_adapters.simulator.reading import Json
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import MachineId, VolumeId
from kiloclaw_core.world import fate
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.fly import TrueMachine, TrueVolume

KILLED: Final = 137
"""The exit code of a process that was killed."""


# -- a move ends -------------------------------------------------------------------------------------------------


def arrive(stage: Stage, machine: MachineId) -> None:
    """End the move that this machine is on, if it is on one."""
    stage.agenda.drop(Arrival(machine))
    found = stage.fly.machine(machine)
    if found is None or not is_moving(stage, found):
        return
    if found.state is MachineState.DESTROYING:
        bury(stage, found)
    elif found.state is MachineState.STOPPED:
        migrate(stage, evolve(found, state=MachineState.STARTED))
    elif found.state is MachineState.CREATED and not stage.papers[machine].launches:
        prepared = evolve(found, state=MachineState.STOPPED)
        stage.fly = truth.with_machine(stage.fly, prepared)
        stage.record(prepared, "start", "flyd")
    else:
        stage.fly = fate.advance(stage.fly, found)
        _tell_arrival(stage, now_is(stage, machine))
    if machine in stage.papers:
        stage.papers[machine].launches = True


def _tell_arrival(stage: Stage, machine: TrueMachine) -> None:
    if machine.state is MachineState.STOPPED:
        stage.record(machine, "exit", "flyd", exit_event(0))
        depart(stage, machine)  # only one that leaves its host goes on from here
    else:
        stage.record(machine, "start", "flyd")
        stage.migrating.discard(machine.machine)  # somebody started it where it was


def become_whole(stage: Stage, volume: VolumeId) -> None:
    """End what is being done to this volume."""
    stage.agenda.drop(Filling(volume))
    found = stage.fly.volume(volume)
    if found is not None:
        stage.fly = fate.becomes_whole(stage.fly, found)
        stage.volume_papers[volume].doing = ""
        stage.wake()


# -- another host ------------------------------------------------------------------------------------------------


def _leave_host(stage: Stage, machine: TrueMachine) -> None:
    """Fly begins to move a machine to another host: what is up is stopped first, what is down is moved at once."""
    if machine.state is not MachineState.STARTED:
        migrate(stage, machine)
        return
    stage.migrating.add(machine.machine)
    _become(stage, machine, MachineState.STOPPING, "stop", "flyd")


def migrate(stage: Stage, machine: TrueMachine) -> None:
    """Fly puts a machine on another host: on another volume, in another version; one that was up is booted there."""
    stage.migrating.discard(machine.machine)
    volume = None if machine.volume is None else stage.fly.volume(machine.volume)
    if volume is None:
        return
    version, made = stage.identities.version(stage.now_ms()), stage.identities.volume()
    stage.fly = fate.migrate(stage.fly, machine, made, version)
    papers = stage.papers[machine.machine]
    papers.revise(version, _mounting(papers.configs[machine.version], made))
    stage.volume_papers[made] = evolve(stage.volume_papers[volume.volume])
    backups.expect(stage, made)
    _take_along(stage, machine, volume, made)
    stage.agenda.replace(Filling(volume.volume), Filling(made))
    bury_volume(stage, volume)
    moved = now_is(stage, machine.machine)
    stage.record(moved, "launch", "flyd", {"migrated": True})
    depart(stage, moved)


def _mounting(config: Json, volume: VolumeId) -> Json:
    mounts = config["mounts"]
    assert isinstance(mounts, list), "a machine that has a volume was made with a mount"
    return {**config, "mounts": [{**one, "volume": volume} for one in mounts]}


def _take_along(stage: Stage, machine: TrueMachine, volume: TrueVolume, made: VolumeId) -> None:
    """Put a machine and its new volume on another host of the region."""
    here = stage.hosts.of(volume.volume)
    elsewhere = next(one for one in stage.hosts.of_region(volume.region) if one.host != here.host)
    stage.hosts.place(made, elsewhere.host)
    stage.hosts.place(machine.machine, elsewhere.host)


# -- something befalls a machine ---------------------------------------------------------------------------------


def may_befall(stage: Stage, machine: TrueMachine, what: Happening) -> bool:
    """Whether this can befall the machine as it is."""
    up, down = machine.state is MachineState.STARTED, machine.state in {MachineState.STOPPED, MachineState.SUSPENDED}
    match what:
        case Happening.EXIT | Happening.OUT_OF_MEMORY | Happening.RESTART | Happening.FAIL:
            return up
        case Happening.WAKE:
            return down
        case Happening.TRAFFIC:
            return down and _says(stage, machine, "autostart") in {"True", "missing"}
        case Happening.IDLE:
            return up and _says(stage, machine, "autostop") in {"True", "stop", "suspend"}
        case Happening.MIGRATE:
            moves = machine.machine in stage.migrating or machine.state is MachineState.DESTROYING
            return machine.volume is not None and not moves
        case Happening.LOSE:
            return True


def _says(stage: Stage, machine: TrueMachine, name: str) -> str:
    """What the first service of a machine's config says of this; `missing` where it says nothing."""
    services = stage.papers[machine.machine].configs[machine.version].get("services")
    first = services[0] if isinstance(services, list) and services else {}
    return str(first.get(name, "missing")) if isinstance(first, dict) and first else "no service"


def befall(stage: Stage, machine: TrueMachine, what: Happening) -> None:
    """Let this befall a machine that it can befall."""
    match what:
        case Happening.EXIT:
            end(stage, machine, exit_event(1, asked=False))
        case Happening.OUT_OF_MEMORY:
            end(stage, machine, exit_event(KILLED, out_of_memory=True, asked=False))
        case Happening.RESTART:
            stage.record(machine, "exit", "flyd", exit_event(1, asked=False, restarting=True))
            _become(stage, machine, MachineState.STARTING, "restart", "flyd")
        case Happening.FAIL:
            _become(stage, machine, MachineState.FAILED, "launch", "flyd")
        case Happening.WAKE | Happening.TRAFFIC:
            _become(stage, machine, MachineState.STARTING, "start", "proxy")
        case Happening.IDLE if _says(stage, machine, "autostop") == "suspend":
            suspend(stage, machine, "proxy")
        case Happening.IDLE:
            _become(stage, machine, MachineState.STOPPING, "stop", "proxy")
        case Happening.MIGRATE:
            _leave_host(stage, machine)
        case Happening.LOSE:
            lose(stage, machine)


def suspend(stage: Stage, machine: TrueMachine, source: str) -> None:
    """A machine goes to sleep, with its memory kept."""
    _become(stage, machine, MachineState.SUSPENDED, "suspend", source)
    stage.papers[machine.machine].sleeps = True


def _become(stage: Stage, machine: TrueMachine, state: MachineState, kind: str, source: str) -> None:
    changed = evolve(machine, state=state)
    stage.fly = truth.with_machine(stage.fly, changed)
    stage.record(changed, kind, source)
    depart(stage, changed)


def lose(stage: Stage, machine: TrueMachine) -> None:
    """The disk under a machine is lost for good, with the machine and its volume (Fly: fly.md 3)."""
    volume = None if machine.volume is None else stage.fly.volume(machine.volume)
    bury(stage, machine)
    if volume is not None:
        lose_volume(stage, volume)


def lose_volume(stage: Stage, volume: TrueVolume) -> None:
    """A volume is lost for good; its snapshots are what is left of it."""
    stage.fly = fate.lose_volume(stage.fly, volume)
    bury_volume(stage, volume)


def lose_host(stage: Stage, host: str) -> None:
    """A host is lost for good, with everything on it."""
    aboard = set(stage.hosts.aboard(host))
    for machine in [one for one in stage.fly.machines if one.machine in aboard]:
        bury(stage, machine)
    for volume in [one for one in stage.fly.volumes if one.volume in aboard]:
        lose_volume(stage, volume)
