"""Our machine, looked at: what is seen becomes what is known, and what is wanted of it decides what follows.

What is not there is looked for twice, apart, before anything follows from it; what is down unasked is looked at twice
before it is said.
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core import echo, launch, recover, restore, stop, story
from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import GetMachine
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import Failing, FailureNote, Instance, Note, Transition
from kiloclaw_core.machine import Data, MachineSeen, MachineState
from kiloclaw_core.names import MachineId
from kiloclaw_core.outcomes import (
    MachineShown,
    Rejected,
    Why,
)
from kiloclaw_core.phases import Inspecting, Look, Stopped
from kiloclaw_core.stories import (
    Idle,
    Provisioning,
    Relocating,
    Restarting,
    Restoring,
    Starting,
    Stopping,
)
from kiloclaw_core.verbs import condemn_machine, go, noted, our_machine, rest


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
    """It is not the version we knew: what it is now is another look's to see, which every story takes by itself."""
    if instance.desired is Desired.RUNNING and isinstance(instance.story, Idle):
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
            return story.onward(instance) if attempt.secrets is None else launch.launch(instance, seen)
        case Relocating():
            return launch.launch(
                instance, seen
            )  # the machine on its copy, or the one that is asked where its volume went
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
