"""Our machine, looked at, launched, waited for and probed.

`Inspecting -> Changing (update, start) -> Awaiting -> Probing -> Running`. What is not there is looked for twice,
apart, before anything follows from it; what is down unasked is looked at twice before it is said.
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core import attempts, echo, mount, recover, regions, relocate, restore, settle, start, stop, story
from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import Awaited, AwaitState, GetMachine, ProbeHealth, StartMachine, UpdateMachine
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Failing, FailureNote, Instance, Note, Transition
from kiloclaw_core.machine import Data, MachineSeen, MachineState, machine_config
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
from kiloclaw_core.phases import Awaiting, Change, Changing, Inspecting, Look, Probing, Sought, Stopped
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
from kiloclaw_core.verbs import cleared, condemn_machine, go, noted, our_machine, rest, stay, target_volume


def inspect(instance: Instance, machine: MachineId, look: Look) -> Transition:
    """Look at our machine, the second time apart from the first."""
    op, who = instance.ops, instance.identity
    pause_s = 0.0 if look is Look.FIRST else instance.policy.look_apart_s
    return go(instance, Inspecting(op, machine, look), GetMachine(op, who.app, who.sandbox, machine, pause_s))


def inspecting(instance: Instance, phase: Inspecting, fact: Fact) -> Transition:
    """Our machine is being looked at."""
    match fact:
        case Replied(op=phase.op, outcome=MachineShown(seen=seen)) if seen.version != our_machine(instance).version:
            return another_version(refreshed(instance, seen), phase)
        case Replied(op=phase.op, outcome=MachineShown(seen=seen)):
            return inspected(refreshed(instance, seen), phase, seen)
        case Replied(op=phase.op, outcome=Rejected(why=Why.NOT_FOUND)):
            return absent(instance, phase)
        case Replied(op=phase.op, outcome=outcome):
            return story.unshown(instance, outcome)
        case Recovered() | AlarmRang() | Woken():
            return story.onward(instance)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def another_version(instance: Instance, phase: Inspecting) -> Transition:
    """It is not the version we knew: what it is now is another look's to see."""
    attempt = attempts.attempt_of(instance)
    unsure = attempt is not None and attempt.trust is Trust.MISSED  # it may know where the volume went
    if instance.desired is Desired.RUNNING and (unsure or isinstance(instance.story, Idle)):
        return inspect(instance, phase.machine, Look.FIRST)
    return story.onward(instance)


def refreshed(instance: Instance, seen: MachineSeen) -> Instance:
    """The instance once it has seen its machine: version and mount as they are, and a legacy size learnt from it."""
    before = our_machine(instance)
    held = evolve(
        before,
        version=seen.version,
        volume=seen.volume if seen.reachable else seen.volume or before.volume,
        revision=seen.revision,
        booted=before.booted and before.version == seen.version,
        reachable=seen.reachable,
    )
    instance = echo.mount_noticed(evolve(instance, ledger=instance.ledger.with_machine(held)), seen)
    instance = _mounted(instance)
    if instance.spec.guest is None and seen.guest is not None:
        instance = evolve(instance, spec=evolve(instance.spec, guest=seen.guest))
    return instance


def _mounted(instance: Instance) -> Instance:
    """What our machine mounts may bear data, however it came to."""
    volumes = tuple(
        evolve(held, data=Data.BEARING) if held.volume == our_machine(instance).volume else held
        for held in instance.ledger.volumes
    )
    return evolve(instance, ledger=evolve(instance.ledger, volumes=volumes))


def inspected(instance: Instance, phase: Inspecting, seen: MachineSeen) -> Transition:
    """Our machine is there: is it as wanted?"""
    if echo.is_dead(seen):
        return absent(instance, phase)
    if isinstance(instance.story, Restoring) and instance.desired is not Desired.GONE:
        return restore.halted(instance) if is_down(seen.state) else story.onward(instance)
    match instance.desired:
        case Desired.GONE:
            return story.onward(instance)
        case Desired.STOPPED:
            return stop.unwanted(instance, seen)
        case Desired.RUNNING:
            return wanted(instance, phase, seen)


def wanted(instance: Instance, phase: Inspecting, seen: MachineSeen) -> Transition:
    """Our machine is wanted up: a story launches it, and at rest it is asked whether it is."""
    match instance.story:
        case Starting(attempt=attempt) | Restarting(attempt=attempt):
            # one that began while stock was taken has not had its app yet
            return story.onward(instance) if attempt.secrets is None else launch(instance, seen)
        case Relocating():
            return launch(instance, seen)  # the machine on its copy, or the one that is asked where its volume went
        case Idle() | Provisioning() | Stopping() | Restoring():
            return recover.observed(instance, phase, seen)


def is_down(state: MachineState) -> bool:
    """Whether a machine in this state serves nobody and is not on its way to."""
    match state:
        case MachineState.STOPPED | MachineState.SUSPENDED | MachineState.FAILED:
            return True
        case (
            MachineState.CREATED
            | MachineState.STARTING
            | MachineState.STARTED
            | MachineState.STOPPING
            | MachineState.REPLACING
            | MachineState.UPDATING
            | MachineState.OTHER
        ):
            return False
        case MachineState.DESTROYING | MachineState.DESTROYED:
            return True


def absent(instance: Instance, phase: Inspecting) -> Transition:
    """Our machine was not shown: a second look decides, then it is condemned, so that its name is surely free."""
    match phase.look:
        case Look.FIRST:
            return inspect(instance, phase.machine, Look.SECOND)
        case Look.SECOND:
            return machine_lost(condemn_machine(instance, our_machine(instance)))


def machine_lost(instance: Instance) -> Transition:
    """We have no machine any more: whoever wants one goes on, whoever rests says so."""
    match instance.desired:
        case Desired.RUNNING if isinstance(instance.story, Idle):
            note = FailureNote(Failing.UNEXPECTED_STOP, Why.NOT_FOUND, "the machine is gone")
            return rest(noted(instance, note), Stopped(), Note("clear_stale_machine"))
        case Desired.GONE | Desired.RUNNING | Desired.STOPPED:
            return story.onward(instance)


def launch(instance: Instance, seen: MachineSeen) -> Transition:
    """From what it is to up: started, updated first if its config is an older one, or waited for."""
    mounting = mount.reconcile_machine_mount(instance, seen)
    if mounting is not None:
        return mounting
    attempt = attempts.attempt_of(instance)
    if attempt is not None and attempt.trust is Trust.MISSED:
        return relocate.source_lost(instance)  # it mounts the one that is gone
    outdated = seen.revision != instance.spec.revision
    match seen.state:
        case MachineState.STARTED:
            renewing = outdated and isinstance(instance.story, Restarting)
            return update(instance, seen) if renewing else probe(instance, seen.machine)
        case MachineState.STOPPED | MachineState.SUSPENDED | MachineState.FAILED:
            return update(instance, seen) if outdated else boot(instance, seen.machine)
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


def update(instance: Instance, seen: MachineSeen) -> Transition:
    """Give the machine the config of this spec, if it is still the version we saw, and have it run.

    Fly may leave one that was down as it is (fly.md 2.2); then it is started.
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
            return changed(refreshed(instance, seen), phase)
        case Replied(op=phase.op, outcome=Done()):
            return changed(instance, phase)
        case Replied(op=phase.op, outcome=Rejected(why=Why.NOT_FOUND)):
            return inspect(instance, phase.machine, Look.FIRST)
        case Replied(op=phase.op, outcome=Rejected() as refusal):
            return change_refused(instance, phase, refusal)
        case Replied(op=phase.op) | Recovered() | AlarmRang():
            return settle.settle(instance, phase.op, Sought.CHANGE)
        case Woken():
            return stay(instance)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def change_refused(instance: Instance, phase: Changing, refusal: Rejected) -> Transition:
    """Our machine was not changed: there is no room for it, it refers to a volume that is gone, or as for anybody."""
    if phase.change is Change.STOP or instance.desired is not Desired.RUNNING:
        return story.refused(instance, refusal, asked_for(phase.change))
    if regions.is_of_host(refusal.why):
        return relocate.displaced(instance, refusal)
    if refusal.why is Why.MISSING_VOLUME:
        return start.doubted(condemn_machine(instance, our_machine(instance)), refusal)
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
            return inspect(instance, phase.machine, Look.FIRST)
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
    """The machine is up: a restart asks first whether it runs the current config."""
    outdated = our_machine(instance).revision != instance.spec.revision
    if outdated and isinstance(instance.story, Restarting):
        return inspect(instance, machine, Look.FIRST)
    return probe(instance, machine)


def came_down(instance: Instance) -> Transition:
    """The machine is down, as it was asked to be."""
    return restore.halted(instance) if isinstance(instance.story, Restoring) else stop.halted(instance)


def elsewhere(instance: Instance, phase: Awaiting, state: MachineState) -> Transition:
    """The poll ended too early, or the boot ended badly."""
    match phase.state:
        case Awaited.STARTED if state is MachineState.STARTED:
            return inspect(instance, phase.machine, Look.FIRST)  # up, but not in the version that was meant
        case Awaited.STARTED:
            if not is_down(state):
                return await_state(instance, phase.machine, phase.state)  # the story's ceiling bounds this
            failure = Rejected(Why.BOOT_FAILED, text=f"the machine is {state.value} instead of started")
            return story.refused(instance, failure, Failing.START)
        case Awaited.STOPPED:
            if is_down(state):
                return came_down(instance) if is_stopping(instance) else story.onward(instance)
            late = Rejected(Why.WAIT_TIMEOUT, text=f"the machine is {state.value} instead of stopped")
            return story.refused(instance, late, Failing.STOP)


def probe(instance: Instance, machine: MachineId) -> Transition:
    """Ask the machine's controller whether it is well."""
    op, wait_s = instance.ops, instance.policy.health_wait_s
    return go(instance, Probing(op, machine), ProbeHealth(op, instance.identity.app, machine, wait_s))


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
