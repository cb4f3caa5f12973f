"""Stopping: intent first, then the request, then the wait; a time-out is never an unexpected stop.

`Changing (stop) -> Awaiting (stopped) -> Stopped`. A stop that gives up rests where it was, with a note; a machine
that is up while it should not be is stopped again.
"""

from __future__ import annotations

from attrs import evolve
from returns.result import Failure, Result, Success

from kiloclaw_core import inspection, start, story
from kiloclaw_core.commands import Desired, Refusal, Stop
from kiloclaw_core.effects import StopMachine
from kiloclaw_core.instance import NOW, Failing, Instance, Note, Transition
from kiloclaw_core.machine import MachineSeen
from kiloclaw_core.names import MachineId, OpId
from kiloclaw_core.phases import Change, Changing, Look, Stopped
from kiloclaw_core.stories import Idle, Provisioning, Relocating, Restarting, Restoring, Starting, Stopping
from kiloclaw_core.verbs import cleared, go, halt_noted, rest


def stop(instance: Instance, command: Stop) -> Result[Instance, Refusal]:
    """Asked to stop: intent, and a fresh story unless the instance is stopped or on its way there."""
    excluded = story.excluded(instance)
    if excluded is not None and instance.desired is not Desired.GONE:
        return Failure(excluded)
    match instance.desired:
        case Desired.GONE:
            return Failure(Refusal.BEING_DESTROYED)
        case Desired.RUNNING:
            return Success(_begun(instance, command))
        case Desired.STOPPED:
            if isinstance(instance.story, Stopping | Provisioning) or isinstance(instance.phase, Stopped):
                return Success(instance)
            return Success(_begun(instance, command))


def _begun(instance: Instance, command: Stop) -> Instance:
    begun = new_stop(evolve(instance, desired=Desired.STOPPED), command.reason)
    return evolve(begun, asked=instance.ops)


def new_stop(instance: Instance, reason: str = "drift") -> Instance:
    """The instance beginning to stop."""
    story_of_it = Stopping(instance.ops, instance.policy.tries, reason)
    return evolve(instance, story=story_of_it, ops=OpId(instance.ops + 1))


def halt(instance: Instance) -> Transition:
    """Have no machine up: a stop of what is stopped already succeeds. A move that was under way is given up first."""
    instance = story.unburdened(instance)
    match instance.story:
        case Idle() | Provisioning() | Starting() | Restarting() | Relocating() | Restoring():
            instance = new_stop(instance)
        case Stopping():
            pass
    machine = instance.ledger.machine
    if machine is None:
        return halted(instance)
    if was_tried(instance):
        return inspection.inspect(instance, machine.machine, Look.FIRST)  # it may be down, or be another version by now
    return send_stop(instance, machine.machine)


def was_tried(instance: Instance) -> bool:
    """Whether this stop was asked for before, in vain."""
    return isinstance(instance.story, Stopping) and instance.story.tries < instance.policy.tries


def send_stop(instance: Instance, machine: MachineId) -> Transition:
    """Ask the machine to stop; from now on, that it is down does not mean that it stopped by itself."""
    instance, op = halt_noted(instance), instance.ops
    return go(instance, Changing(op, machine, Change.STOP), StopMachine(op, instance.identity.app, machine))


def unwanted(instance: Instance, seen: MachineSeen) -> Transition:
    """Our machine was looked at while it should be down: if it is not, it is stopped again."""
    if inspection.is_down(seen.state):
        return halted(instance)
    return send_stop(instance, seen.machine) if was_tried(instance) else halt(instance)


def halted(instance: Instance) -> Transition:
    """Nothing of ours is up."""
    instance = story.unburdened(instance)
    instance = halt_noted(cleared(instance, Failing.STOP, Failing.HEALTH, Failing.HOST, Failing.UNEXPECTED_STOP))
    match instance.story:
        case Stopping(reason=reason):
            waiting = start.once_free(instance)
            if waiting is not None:
                return waiting  # a machine that is given up may still be up
            stopped = evolve(instance, last_stopped_at=NOW)
            uptime = Note("instance.stopped", (("label", reason),), instance.last_started_at, measure="value")
            return rest(stopped, Stopped(), uptime)
        case Idle() | Provisioning() | Starting() | Restarting() | Relocating() | Restoring():
            return story.onward(instance)
