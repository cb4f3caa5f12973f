"""Our machine, launched, waited for and probed; how it is looked at before is `inspection`'s.

`Inspecting -> Changing (update, start) -> Awaiting -> Probing -> Running`.
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core import (
    attempts,
    echo,
    inspection,
    mount,
    regions,
    relocate,
    restore,
    settle,
    stop,
    story,
)
from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import Awaited, AwaitState, ProbeHealth, StartMachine, UpdateMachine
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Failing, FailureNote, Instance, Transition
from kiloclaw_core.machine import MachineSeen, MachineState, machine_config
from kiloclaw_core.names import MachineId
from kiloclaw_core.outcomes import (
    Done,
    Healthy,
    MachineShown,
    Rejected,
    StateElsewhere,
    StateReached,
    Unhealthy,
    Unknown,
    Why,
)
from kiloclaw_core.phases import Awaiting, Change, Changing, Look, Probing, Sought
from kiloclaw_core.stories import (
    Cause,
    Idle,
    Provisioning,
    Relocating,
    Restarting,
    Restoring,
    Spent,
    Starting,
    Stopping,
    Trust,
)
from kiloclaw_core.verbs import cleared, go, noted, our_machine, stay, target_volume


def launch(instance: Instance, seen: MachineSeen) -> Transition:
    """From what it is to up: started, updated first if its config is an older one, or waited for."""
    if not seen.reachable:  # its state is the last that was known, and nothing can be asked of it
        return story.again(instance, Rejected(Why.HOST_DOWN, text="the host of the machine does not answer"))
    mounting = mount.reconcile_machine_mount(instance, seen)
    if mounting is not None:
        return mounting
    attempt = attempts.attempt_of(instance)
    if attempt is not None and attempt.trust is Trust.MISSED:
        return relocate.source_lost(instance)  # it mounts the one that is gone
    match seen.state:
        case MachineState.STARTED:
            return update(instance, seen) if is_renewing(instance) else probe(instance, seen.machine)
        case MachineState.STOPPED | MachineState.SUSPENDED | MachineState.FAILED:
            current = seen.revision == instance.spec.revision
            return boot(instance, seen.machine) if current else update(instance, seen)
        case (
            MachineState.CREATED
            | MachineState.STARTING
            | MachineState.REPLACING
            | MachineState.UPDATING
            | MachineState.OTHER
        ):
            return await_state(instance, seen.machine, Awaited.STARTED)
        case MachineState.STOPPING | MachineState.DESTROYING | MachineState.DESTROYED:
            return story.again(instance, Rejected(Why.TOO_EARLY, text=f"the machine is {seen.state.value}"))


def is_renewing(instance: Instance) -> bool:
    """Whether our machine, which is up, is to have the current config first: for a restart, and for a stop and a start.

    A start that finds it up after all, because the stop was never done, is no reason to leave it as it is; one that
    no config of ours made is taken as it is.
    """
    runs, wanted = our_machine(instance).revision, instance.spec.revision
    match instance.story:
        case Restarting():
            return runs != wanted
        case Starting():
            return runs is not None and runs != wanted
        case Idle() | Provisioning() | Stopping() | Relocating() | Restoring():
            return False


def update(instance: Instance, seen: MachineSeen) -> Transition:
    """Give the machine the config of this spec, if it is still the version we saw, and have it run.

    Fly: one that was down is left so as a rule, or booted (fly.md 2.2); its answer shows which, or else a look does.
    """
    op, who, attempt = instance.ops, instance.identity, attempts.attempt_of(instance)
    config = machine_config(instance.spec, target_volume(instance).volume, who.sandbox, who.user, who.org)
    secrets = 0 if attempt is None or attempt.secrets is None else attempt.secrets
    effect = UpdateMachine(op, who.app, seen.machine, seen.version, config, secrets)
    return go(instance, Changing(op, seen.machine, Change.UPDATE), effect)


def boot(instance: Instance, machine: MachineId) -> Transition:
    """Start a machine that is down; a restart that takes too long already leaves it so."""
    if attempts.has_spent(instance, Spent.PATIENCE):
        down = Rejected(Why.BOOT_FAILED, text="the machine is down, and the restart takes too long")
        return story.gave_up(instance, down)
    op = instance.ops
    return go(instance, Changing(op, machine, Change.START), StartMachine(op, instance.identity.app, machine))


def changing(instance: Instance, phase: Changing, fact: Fact) -> Transition:
    """A change of our machine is in flight: nothing else is sent for it until it is answered."""
    match fact:
        case Replied(op=phase.op, outcome=MachineShown(seen=seen)):
            return updated(inspection.refreshed(instance, seen), phase, seen)
        case Replied(op=phase.op, outcome=Done()):
            return changed(instance, phase)
        case Replied(op=phase.op, outcome=Rejected(why=Why.NOT_FOUND)):
            return inspection.inspect(instance, phase.machine, Look.FIRST)
        case Replied(op=phase.op, outcome=Rejected() as refusal):
            return change_refused(instance, phase, refusal)
        case Replied(op=phase.op) | Recovered() | AlarmRang():
            return settle.settle(instance, phase.op, Sought.CHANGE)
        case Woken():
            return stay(instance)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def updated(instance: Instance, phase: Changing, seen: MachineSeen) -> Transition:
    """The machine is shown as its change left it: one that is wanted up and is down all the same is started."""
    wanted = phase.change is Change.UPDATE and instance.desired is Desired.RUNNING
    left_down = seen.reachable and inspection.is_down(seen.state)
    return boot(instance, phase.machine) if wanted and left_down else changed(instance, phase)


def change_refused(instance: Instance, phase: Changing, refusal: Rejected) -> Transition:
    """Our machine was not changed: there is no room for it, it refers to a volume that is gone, or as for anybody."""
    if phase.change is Change.STOP or instance.desired is not Desired.RUNNING:
        return story.refused(instance, refusal, asked_for(phase.change))
    if regions.is_of_host(refusal.why):
        return relocate.displaced(instance, refusal)
    if refusal.why is Why.MISSING_VOLUME:
        return mount.refused(instance, refusal)
    return story.refused(instance, refusal, asked_for(phase.change))


def asked_for(change: Change) -> Failing:
    """Which story a change of the machine belongs to."""
    match change:
        case Change.UPDATE | Change.START:
            return Failing.START
        case Change.STOP:
            return Failing.STOP


def changed(instance: Instance, phase: Changing) -> Transition:
    """The change was made: what follows, if it is still what is wanted."""
    match phase.change:
        case Change.UPDATE | Change.START if instance.desired is Desired.RUNNING:
            return await_state(instance, phase.machine, Awaited.STARTED)
        case Change.STOP if is_stopping(instance):
            return await_state(instance, phase.machine, Awaited.STOPPED)
        case Change.UPDATE | Change.START | Change.STOP:
            return story.onward(instance)


def is_stopping(instance: Instance) -> bool:
    """Whether a stop is still what is wanted: of a user, or of a restore on its way."""
    match instance.desired:
        case Desired.GONE:
            return False
        case Desired.STOPPED:
            return True
        case Desired.RUNNING:
            return isinstance(instance.story, Restoring)


def await_state(instance: Instance, machine: MachineId, state: Awaited) -> Transition:
    """Wait for the machine to reach a state."""
    op, wait_s = instance.ops, instance.policy.state_wait_s
    version = our_machine(instance).version
    effect = AwaitState(op, instance.identity.app, machine, state, wait_s, version)
    return go(instance, Awaiting(op, machine, state), effect)


def awaiting(instance: Instance, phase: Awaiting, fact: Fact) -> Transition:
    """Our machine is on its way to a state."""
    match fact:
        case Replied(op=phase.op, outcome=StateReached()):
            return reached(instance, phase)
        case Replied(op=phase.op, outcome=StateElsewhere(state=state)):
            return elsewhere(instance, phase, state)
        case Replied(op=phase.op, outcome=Rejected(why=Why.NOT_FOUND)):
            return inspection.inspect(instance, phase.machine, Look.FIRST)
        case Replied(op=phase.op):
            return story.no_answer(instance)
        case Recovered() | AlarmRang() | Woken():
            return story.onward(instance)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def reached(instance: Instance, phase: Awaiting) -> Transition:
    """The machine is where it was wanted: is that still what is wanted?"""
    match phase.state:
        case Awaited.STARTED if instance.desired is Desired.RUNNING:
            return came_up(instance, phase.machine)
        case Awaited.STOPPED if is_stopping(instance):
            return came_down(instance)
        case Awaited.STARTED | Awaited.STOPPED:
            return story.onward(instance)


def came_up(instance: Instance, machine: MachineId) -> Transition:
    """The machine is up: whoever wants it renewed looks at it first, for it may be up with an older config."""
    if is_renewing(instance):
        return inspection.inspect(instance, machine, Look.FIRST)
    return probe(instance, machine)


def came_down(instance: Instance) -> Transition:
    """The machine is down, as it was asked to be."""
    return restore.halted(instance) if isinstance(instance.story, Restoring) else stop.halted(instance)


def elsewhere(instance: Instance, phase: Awaiting, state: MachineState) -> Transition:
    """The poll ended too early, or the boot ended badly."""
    match phase.state:
        case Awaited.STARTED if state is MachineState.STARTED:
            return inspection.inspect(instance, phase.machine, Look.FIRST)  # up, but not in the version that was meant
        case Awaited.STARTED:
            if not inspection.is_down(state):
                return await_state(instance, phase.machine, phase.state)  # the story's ceiling bounds this
            failure = Rejected(Why.BOOT_FAILED, text=f"the machine is {state.value} instead of started")
            return story.refused(instance, failure, Failing.START)
        case Awaited.STOPPED:
            if inspection.is_down(state):
                return came_down(instance) if is_stopping(instance) else story.onward(instance)
            late = Rejected(Why.WAIT_TIMEOUT, text=f"the machine is {state.value} instead of stopped")
            return story.refused(instance, late, Failing.STOP)


def probe(instance: Instance, machine: MachineId) -> Transition:
    """Ask the machine's controller whether it is well."""
    op, who = instance.ops, instance.identity
    effect = ProbeHealth(op, who.app, who.sandbox, machine, instance.policy.health_wait_s)
    return go(instance, Probing(op, machine), effect)


def probing(instance: Instance, phase: Probing, fact: Fact) -> Transition:
    """Our machine is up; whether it is well is asked, told, and never a reason to undo the start."""
    match fact:
        case Replied(op=phase.op, outcome=Healthy()):
            return story.booted(well(cleared(instance, Failing.HEALTH)))
        case Replied(op=phase.op, outcome=Unhealthy(text=text) | Unknown(text=text) | Rejected(text=text)):
            return unwell(instance, FailureNote(Failing.HEALTH, Why.WAIT_TIMEOUT, text))
        case Replied(op=phase.op) | AlarmRang():
            return unwell(instance, FailureNote(Failing.HEALTH, Why.NO_ANSWER, "the health route gave no answer"))
        case Recovered() | Woken():
            return story.onward(instance)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def well(instance: Instance) -> Instance:
    """The instance whose machine was seen well on its volume: that volume carries on from those left before."""
    machine = our_machine(instance)
    volumes = tuple(
        evolve(held, healthy=True) if held.volume == machine.volume else held for held in instance.ledger.volumes
    )
    return evolve(instance, ledger=evolve(instance.ledger, volumes=volumes))


def unwell(instance: Instance, note: FailureNote) -> Transition:
    """Our machine is up and not well: told; only a recovery does not end so, and asks again while it has tries."""
    match instance.story:
        case Relocating(cause=Cause.UNEXPECTED_STOP) if instance.desired is Desired.RUNNING:
            return story.again(instance, Rejected(note.why, text=note.text))
        case Idle() | Provisioning() | Starting() | Stopping() | Restarting() | Relocating() | Restoring():
            return story.booted(noted(instance, note))
