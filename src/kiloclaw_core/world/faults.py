"""What may go wrong, as far as the budget allows: lost answers, refusals, blind reads, stalls, crashes, take-overs."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import evolve

from kiloclaw_core import turn
from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.effects import (
    AwaitState,
    Effect,
    GetMachine,
    GetVolume,
    ListMachines,
    ListVolumes,
    Settle,
)
from kiloclaw_core.explore.model import Action, Move, When
from kiloclaw_core.facts import AlarmRang, Recovered
from kiloclaw_core.instance import Record
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import VersionId, VolumeId
from kiloclaw_core.outcomes import (
    MachinesListed,
    Unknown,
    VolumesListed,
)
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.regions import is_of_host
from kiloclaw_core.world import fate
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.deliveries import spell, told
from kiloclaw_core.world.landing import Outside, land, must_wait, read
from kiloclaw_core.world.setting import Budget, Ghost
from kiloclaw_core.world.slots import Answered, Orphan, Sent, Slot, Stalled, changes_outside, refusals_of


def conflict(slot: Slot, _blocked: bool, ghost: Ghost, budget: Budget) -> Iterator[Move]:  # noqa: FBT001
    """The commit of an answer meets another commit: the fact is absorbed again, or the worker stops."""
    if isinstance(slot, Answered) and budget.conflicts:
        again = turn.after_conflict(lease_held=True) is turn.AfterConflict.AGAIN
        spent = evolve(budget, conflicts=budget.conflicts - 1)
        after = evolve(ghost, conflicted=True, dropped=ghost.dropped or not again)
        action = Action(f"conflict on {slot.op}", "instance")
        yield Move(action, When.FREE, (("ghost", after), ("budget", spent)), (slot,) if again else ())


def fail(slot: Slot, blocked: bool, outside: Outside, budget: Budget) -> Iterator[Move]:  # noqa: FBT001
    """What the network, Fly and the clock may do to one request."""
    if not isinstance(slot, Sent):
        return
    effect = slot.effect
    if isinstance(effect, Settle):
        if blocked and budget.overstays:
            spent = evolve(budget, overstays=budget.overstays - 1)
            answer = Answered(effect.op, land(outside, effect)[1])
            yield Move(Action(f"overstay {effect.of}", "fly"), When.FREE, (("budget", spent),), (answer,))
        return
    if budget.after_fault is not None:
        yield from _fault(effect, outside, budget.after_fault)
    if budget.full:
        yield from _no_room(effect, evolve(budget, full=budget.full - 1))
    if budget.blind:
        yield from _blind(slot, outside, evolve(budget, blind=budget.blind - 1))
    if budget.stalls and changes_outside(effect):
        spent = evolve(budget, stalls=budget.stalls - 1)
        yield Move(Action(f"stall {spell(effect)}", "in flight"), When.FREE, (("budget", spent),), (Stalled(effect),))


def _fault(effect: Effect, outside: Outside, spent: Budget) -> Iterator[Move]:
    """A request is not answered, or refused though nothing in the truth says so, or a poll ends too early."""
    writes = (("budget", spent),)
    unheard = (Answered(effect.op, Unknown()), *((Orphan(effect),) if changes_outside(effect) else ()))
    yield Move(Action(f"time out {spell(effect)}", "in flight"), When.FREE, writes, unheard)
    for refusal in refusals_of(effect):
        action = Action(f"refuse {spell(effect)}: {refusal.why.value}", "fly")
        yield Move(action, When.FREE, writes, (Answered(effect.op, refusal),))
    if isinstance(effect, AwaitState) and must_wait(outside.fly, effect):
        answer = Answered(effect.op, read(outside.fly, effect))
        yield Move(Action(f"poll ends {spell(effect)}", "fly"), When.FREE, writes, (answer,))


def _no_room(effect: Effect, spent: Budget) -> Iterator[Move]:
    """There is no room for what is asked: on the volume's host, or in the region."""
    for refusal in refusals_of(effect):
        if is_of_host(refusal.why):
            answer = Answered(effect.op, refusal)
            yield Move(Action(f"no room for {spell(effect)}", "fly"), When.FREE, (("budget", spent),), (answer,))


def _blind(slot: Sent, outside: Outside, spent: Budget) -> Iterator[Move]:
    """A read is answered from a view that does not show what is there, or shows what Fly moved where it was."""
    effect = slot.effect
    action = Action(f"blind {spell(effect)}", "fly")
    writes = (("budget", spent),)
    if isinstance(effect, GetMachine) and outside.fly.machine(effect.machine) is not None:
        yield Move(action, When.FREE, writes, (Answered(effect.op, truth.machine_not_found()),))
    if isinstance(effect, GetVolume) and outside.fly.volume(effect.volume) is not None:
        yield Move(action, When.FREE, writes, (Answered(effect.op, truth.volume_not_found()),))
    if isinstance(effect, ListMachines) and outside.fly.machines:
        yield Move(action, When.FREE, writes, (Answered(effect.op, MachinesListed(())),))
    if isinstance(effect, ListVolumes) and outside.fly.volumes:
        yield Move(action, When.FREE, writes, (Answered(effect.op, VolumesListed(())),))
    left = outside.fly.left
    if left is not None and isinstance(effect, GetVolume | ListVolumes):
        shown = read(truth.with_volume(outside.fly, left), effect)
        if shown != read(outside.fly, effect):
            lagging = Action(f"lagging {spell(effect)}", "fly")
            yield Move(lagging, When.FREE, writes, (Answered(effect.op, shown),))


def stop_by_itself(outside: Outside, budget: Budget) -> Iterator[Move]:
    """A machine stops though nobody asked."""
    spent = evolve(budget, quits=budget.quits - 1) if budget.quits else budget.after_fault
    for machine in outside.fly.machines if spent is not None else ():
        if machine.reachable and machine.state is MachineState.STARTED:
            fly = fate.halt(outside.fly, machine)
            writes = (("outside", evolve(outside, fly=fly)), ("budget", spent))
            yield Move(Action(f"machine {machine.machine} stops by itself", "fly"), When.FREE, writes)


def start_by_itself(outside: Outside, budget: Budget) -> Iterator[Move]:
    """A machine that was stopped is started by somebody else: Fly's proxy, or another client (fly.md 2.4)."""
    for machine in outside.fly.machines if budget.resurrections else ():
        if machine.reachable and machine.state is MachineState.STOPPED:
            fly = truth.with_machine(outside.fly, evolve(machine, state=MachineState.STARTING))
            spent = evolve(budget, resurrections=budget.resurrections - 1)
            writes = (("outside", evolve(outside, fly=fly)), ("budget", spent))
            yield Move(Action(f"machine {machine.machine} starts by itself", "fly"), When.FREE, writes)


def migrate(outside: Outside, budget: Budget) -> Iterator[Move]:
    """Fly moves a machine to another host, and its volume with it, under another id (fly.md 2.2)."""
    for machine in outside.fly.machines if budget.migrations else ():
        fly = fate.migrate(outside.fly, machine, VolumeId("v-moved"), VersionId("i-moved"))
        spent = evolve(budget, migrations=budget.migrations - 1)
        writes = (("outside", evolve(outside, fly=fly)), ("budget", spent))
        yield Move(Action(f"machine {machine.machine} migrates", "fly"), When.FREE, writes)


def lose(outside: Outside, budget: Budget) -> Iterator[Move]:
    """A volume is lost for good, and the machine that mounts it with it (fly.md 3)."""
    for volume in outside.fly.volumes if budget.losses else ():
        holder = outside.fly.holder(volume.volume)
        machine = None if holder is None else outside.fly.machine(holder)
        fly = fate.lose_volume(outside.fly, volume) if machine is None else fate.lose_host(outside.fly, machine)
        writes = (("outside", evolve(outside, fly=fly)), ("budget", evolve(budget, losses=budget.losses - 1)))
        yield Move(Action(f"volume {volume.volume} is lost", "fly"), When.FREE, writes)


def fall_silent(outside: Outside, budget: Budget) -> Iterator[Move]:
    """A host does not answer any more; it refuses deletes, or takes them for later (fly.md 2.3)."""
    spent = evolve(budget, outages=budget.outages - 1)
    for machine in outside.fly.machines if budget.outages else ():
        for defers, words in ((False, "falls silent"), (True, "falls silent and defers")):
            fly = fate.fall_silent(outside.fly, machine, defers=defers)
            writes = (("outside", evolve(outside, fly=fly)), ("budget", spent))
            yield Move(Action(f"host of {machine.machine} {words}", "fly"), When.FREE, writes)


def answer_again(outside: Outside) -> Iterator[Move]:
    """A host that fell silent answers again, if it ever does: nothing may wait for that."""
    for machine in outside.fly.machines:
        if not machine.reachable:
            fly = fate.answer_again(outside.fly, machine)
            action = Action(f"host of {machine.machine} answers again", "fly")
            yield Move(action, When.FREE, (("outside", evolve(outside, fly=fly)),))


def ring_early(record: Record, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """An alarm rings although something else still may happen."""
    for alarm in alarms_of(record) if budget.early else ():
        if alarm.name is not AlarmName.INTENT:
            action = Action(f"early alarm {alarm.name.value}", "instance")
            move = told(action, When.FREE, record, ghost, AlarmRang(alarm.name, alarm.of))
            yield evolve(move, writes=(*move.writes, ("budget", evolve(budget, early=budget.early - 1))))


def crash(record: Record, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """The process dies: what it had not heard is lost, what it had sent may still land; another takes over."""
    if budget.after_crash is not None:
        move = told(Action("crash", "instance"), When.FREE, record, ghost, Recovered())
        yield evolve(move, writes=(*move.writes, ("budget", budget.after_crash)))


def take_over(record: Record, ghost: Ghost, budget: Budget) -> Iterator[Move]:
    """The lease runs out while the process lives: another takes over, and the first one's commits meet a conflict."""
    if budget.after_crash is not None and budget.processes > 1:
        move = told(Action("take over", "instance"), When.FREE, record, ghost, Recovered())
        yield evolve(move, writes=(*move.writes, ("budget", budget.after_crash)))


def orphaned(slot: Slot) -> Slot | None:
    """What becomes of a request when whoever sent it is gone."""
    match slot:
        case Sent(effect=effect):
            return Orphan(effect) if changes_outside(effect) else None
        case Orphan():
            return slot
        case Stalled() | Answered():
            return None


def outlived(slot: Slot) -> Slot | None:
    """What becomes of a request when its sender lives on without the lease: what it hears, it may not absorb."""
    if isinstance(slot, Answered) and turn.after_conflict(lease_held=False) is turn.AfterConflict.AGAIN:
        return slot
    return orphaned(slot)
