"""How machines set out for another state, how they end, and what they leave behind when they are gone.

Where a move leads is decided by `kiloclaw_core.world.fly`; when it begins, by the landings; its end is in `happenings`.
"""

from __future__ import annotations

from typing import Final

from kiloclaw_adapters.simulator.agenda import Arrival, Befalling
from kiloclaw_adapters.simulator.kinds import Befall, Cold, Kind, Slow, Stuck
from kiloclaw_adapters.simulator.papers import BuriedMachine, BuriedVolume, Left, keep_newest
from kiloclaw_adapters.simulator.reading import Json
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import MachineId
from kiloclaw_core.world import fate
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.fly import TrueMachine, TrueVolume

RESUME_S: Final = 0.05
"""How long a machine takes to go on where it slept."""


def is_moving(stage: Stage, machine: TrueMachine) -> bool:
    """Whether the machine goes on by itself, to be gone perhaps, or is being moved to another host."""
    goes_on = fate.is_moving(machine.state) or machine.state is MachineState.DESTROYING
    return goes_on or machine.machine in stage.migrating


def now_is(stage: Stage, machine: MachineId) -> TrueMachine:
    """This machine as it is now. Asking for one that is not there is a mistake."""
    found = stage.fly.machine(machine)
    assert found is not None, f"machine {machine} is not there"
    return found


def depart(stage: Stage, machine: TrueMachine, met: tuple[Kind, ...] = ()) -> None:
    """Begin the move that this machine's state calls for; stuck, or by hand, it has no end of its own."""
    stage.agenda.drop(Arrival(machine.machine))
    stuck = any(isinstance(kind, Stuck) for kind in met)
    if is_moving(stage, machine) and not (stuck or stage.settings.manual):
        slow_ms = sum(kind.by_ms for kind in met if isinstance(kind, Slow))
        stage.agenda.put(Arrival(machine.machine), stage.now() + _takes_s(stage, machine, met) + slow_ms / 1000)
    stage.papers[machine.machine].sleeps = False
    foretell(stage, machine.machine, met)
    stage.wake()


def _takes_s(stage: Stage, machine: TrueMachine, met: tuple[Kind, ...]) -> float:
    match machine.state:
        case MachineState.STOPPING:
            return stage.settings.stop_s
        case MachineState.DESTROYING:
            return stage.settings.destroy_s
        case MachineState.STARTING if stage.papers[machine.machine].sleeps:
            return stage.settings.boot_s if any(isinstance(kind, Cold) for kind in met) else RESUME_S
        case _:
            return stage.settings.boot_s


def foretell(stage: Stage, machine: MachineId, met: tuple[Kind, ...]) -> None:
    """Have befall the machine what the faults that were met foretell."""
    for kind in met:
        if isinstance(kind, Befall):
            stage.agenda.put(Befalling(machine, kind.what), stage.now() + kind.after_ms / 1000)


def end(stage: Stage, machine: TrueMachine, request: Json) -> None:
    """A machine's process ends though nobody asked; `request` is what its exit event tells.

    A machine that is to be destroyed when it ends is (Fly: on failures too, fly.md 2.2).
    """
    stage.agenda.drop(Arrival(machine.machine))
    stage.fly = fate.halt(stage.fly, machine)
    stage.record(now_is(stage, machine.machine), "exit", "flyd", request)
    if stage.papers[machine.machine].configs[machine.version].get("auto_destroy") is True:
        bury(stage, now_is(stage, machine.machine))


def bury(stage: Stage, machine: TrueMachine) -> None:
    """A machine is gone; for a while it can still be shown, and its name and its volume may still be taken."""
    of, moment_ms = machine.machine, stage.now_ms()
    left = Left(of, moment_ms)
    stage.buried_machines[of] = BuriedMachine(machine, stage.papers.pop(of), moment_ms)
    stage.names_left[machine.app, machine.name] = left
    if machine.volume is not None:
        stage.claims_left[machine.volume] = left
    keep_newest(stage.buried_machines)
    keep_newest(stage.names_left)
    keep_newest(stage.claims_left)
    stage.fly = truth.delete_machine(stage.fly, of)
    _forget(stage, of)


def _forget(stage: Stage, machine: MachineId) -> None:
    stage.agenda.forget(machine)
    stage.hosts.leave(machine)
    stage.leases.pop(machine, None)
    stage.replies.pop(machine, None)
    stage.migrating.discard(machine)
    stage.unwell.discard(machine)
    stage.wake()


def bury_volume(stage: Stage, volume: TrueVolume) -> None:
    """A volume is gone; for a while it can still be shown."""
    stage.buried_volumes[volume.volume] = BuriedVolume(volume, stage.volume_papers.pop(volume.volume), stage.now_ms())
    keep_newest(stage.buried_volumes)
    stage.hosts.leave(volume.volume)
    stage.wake()


def exit_event(code: int, *, out_of_memory: bool = False, asked: bool = True, restarting: bool = False) -> Json:
    """What an exit event tells of the process that ended (Fly: Appendix A)."""
    ended: Json = {"exit_code": code, "guest_exit_code": code, "oom_killed": out_of_memory}
    told: Json = {**ended, "requested_stop": asked, "restarting": restarting}
    return {"restart_count": int(restarting), "exit_event": told}
