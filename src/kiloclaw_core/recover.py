"""An unexpected stop: seen twice at rest, answered by a move to another volume, so many times a day and then no more.

The trigger is a machine of ours that we saw up in this very version, that Fly says is `stopped` while it is wanted up
and nothing else is under way; never one that was only made, never a poll. What then happens is `relocate`'s story; here
are its beginning and its ends, and what is told of them (reconcile 3).
"""

from __future__ import annotations

from typing import Final

from attrs import evolve
from returns.result import Failure, Result, Success

from kiloclaw_core import attempts, inspection, labels, mount, moves, relocate, story
from kiloclaw_core.commands import Desired, Recover, Refusal
from kiloclaw_core.instance import NOW, AuditNote, Failing, FailureNote, Instance, Note, Transition
from kiloclaw_core.machine import MachineSeen, MachineState
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.phases import Inspecting, Look, Running, Stopped
from kiloclaw_core.stories import Cause, Relocating
from kiloclaw_core.verbs import audited, boot_noted, cleared, is_at_rest, noted, our_machine, rest

FAILING: Final = {
    Cause.START: Failing.START,
    Cause.RESTART: Failing.RESTART,
    Cause.UNEXPECTED_STOP: Failing.RECOVERY,
}
"""Which note tells of a move that failed, by what it was for."""
RESOLVED: Final = (Failing.UNEXPECTED_STOP, Failing.HOST, Failing.START, Failing.PROVISION, Failing.RECOVERY)
"""What a look at a machine that is up resolves: not a restart that failed, for that may still run the old config."""
RESOLVED_BY_THE_OLD: Final = tuple(one for one in RESOLVED if one is not Failing.START)
"""The same of a machine that runs an older config than is wanted: what failed to bring the new one is not resolved."""


# -- at rest, looking at our machine -----------------------------------------------------------------------------


def observed(instance: Instance, phase: Inspecting, seen: MachineSeen) -> Transition:
    """Our machine is wanted up and nothing is under way: one that is not up is believed so on a second look."""
    if not seen.reachable:
        away = FailureNote(Failing.HOST, Why.HOST_DOWN, "the host of the machine does not answer")
        return rest(noted(instance, away), Running())
    if seen.state is MachineState.STARTED:
        return mount.reconcile_machine_mount(instance, seen) or at_ease(instance)
    match phase.look:
        case Look.FIRST:
            return inspection.inspect(instance, seen.machine, Look.SECOND)
        case Look.SECOND:
            return not_up(instance, seen)


def at_ease(instance: Instance) -> Transition:
    """Our machine is up, as it should be; one that came up unseen is told of now."""
    revision = our_machine(instance).revision
    outdated = revision is not None and revision != instance.spec.revision
    resolved = cleared(instance, *(RESOLVED_BY_THE_OLD if outdated else RESOLVED))
    if our_machine(instance).booted:
        return rest(resolved, Running())
    seen_up = evolve(boot_noted(resolved), has_run=True, last_started_at=NOW)
    return rest(seen_up, Running(), Note("sync_status", (("fly_state", "started"), ("label", "came_up_unseen"))))


def not_up(instance: Instance, seen: MachineSeen) -> Transition:
    """Our machine is not up, twice looked: stopped by itself, down for another reason, or stuck on its way."""
    match seen.state:
        case MachineState.STOPPED if our_machine(instance).booted:
            return stopped_unexpectedly(instance)
        case (
            MachineState.STOPPED
            | MachineState.SUSPENDED
            | MachineState.FAILED
            | MachineState.CREATED
            | MachineState.STARTING
            | MachineState.REPLACING
            | MachineState.UPDATING
            | MachineState.OTHER
        ):
            return found_down(instance, seen)
        case MachineState.STARTED | MachineState.STOPPING | MachineState.DESTROYING | MachineState.DESTROYED:
            return rest(instance, Running())  # on its way down: the next look sees where it came to


def found_down(instance: Instance, seen: MachineSeen) -> Transition:
    """It is not up and did not stop by itself as far as we know: told, and started by its alarm or a user."""
    note = FailureNote(Failing.UNEXPECTED_STOP, Why.BOOT_FAILED, f"the machine is {seen.state.value}")
    return rest(noted(instance, note), Stopped(), Note("sync_status", (("fly_state", seen.state.value),)))


# -- the story's beginning ---------------------------------------------------------------------------------------


def stopped_unexpectedly(instance: Instance) -> Transition:
    """It was up and nobody asked it to stop: the instance recovers, unless it did so, or moved, too often lately."""
    if len(instance.recoveries) >= instance.policy.recoveries_a_day:
        return refused_to_loop(instance)
    if moves.are_spent(instance):
        return waits_where_it_is(instance)
    op, attempts = instance.ops, len(instance.recoveries) + 1
    instance = evolve(cleared(instance, Failing.RECOVERY), recoveries=(*instance.recoveries, op), ops=OpId(op + 1))
    begun = relocate.begun(instance, Cause.UNEXPECTED_STOP, None, "crash_recovery", NOW)
    transition = story.onward(begun)
    trigger = Note("unexpected_stop_recovery_trigger", (("fly_state", "stopped"), ("value", "1")))
    event = "instance.unexpected_stop_recovery_started"
    started = Note(event, (("label", "alarm_stopped"), ("value", str(attempts))))
    return evolve(transition, notes=(trigger, started, *transition.notes))


def refused_to_loop(instance: Instance) -> Transition:
    """It recovers and stops again and again: that is said, and nothing is tried until a day or an operator lets it."""
    text = f"the machine stopped again after {len(instance.recoveries)} recoveries within a day"
    note = FailureNote(Failing.RECOVERY, Why.LOOPING, text)
    return rest(noted(instance, note), Stopped(), Note("unexpected_stop_recovery_refused", (("error", text),)))


def waits_where_it_is(instance: Instance) -> Transition:
    """It moved so often within the hour that another move has to wait: told, and started where it is by its alarm."""
    refusal = moves.too_soon()
    note = FailureNote(Failing.RECOVERY, refusal.why, refusal.text)
    line = Note("unexpected_stop_recovery_refused", (("error", refusal.text),))
    return rest(noted(instance, note), Stopped(), line)


def is_looping(instance: Instance) -> bool:
    """Whether recoveries were so many that nothing is tried any more by itself."""
    return any((note.failing, note.why) == (Failing.RECOVERY, Why.LOOPING) for note in instance.notes)


def forgotten(instance: Instance, op: OpId) -> Instance:
    """The instance once a recovery lies so far back that it counts no more."""
    left = tuple(one for one in instance.recoveries if one != op)
    return cleared_of_looping(evolve(instance, recoveries=left))


def cleared_of_looping(instance: Instance) -> Instance:
    """The instance free to recover again."""
    return cleared(instance, Failing.RECOVERY) if is_looping(instance) else instance


def recover(instance: Instance, command: Recover) -> Result[Instance, Refusal]:
    """An operator wants it looked at now, however often it recovered and wherever there was no room; audited."""
    refusal = Refusal.BEING_DESTROYED if instance.desired is Desired.GONE else story.excluded(instance)
    if refusal is not None:
        return Failure(refusal)
    note = AuditNote(command.operator, "asked for recovery", command.because, command.at)
    asked = evolve(audited(instance, note), asked=instance.ops, ops=OpId(instance.ops + 1))
    asked = cleared(evolve(asked, recoveries=(), full_regions=()), Failing.RECOVERY)
    return Success(_begun(asked, command.at))


def _begun(instance: Instance, at: int) -> Instance:
    """What an operator's wish begins at once: a start of what is down, a move away from a host that does not answer."""
    if not is_at_rest(instance) or instance.desired is not Desired.RUNNING:
        return instance
    if isinstance(instance.phase, Stopped):
        return attempts.new_start(instance, "admin_request", at)
    if any(note.failing is Failing.HOST for note in instance.notes):
        return relocate.begun(instance, Cause.UNEXPECTED_STOP, None, "admin_request", at)
    return instance


# -- the story's ends --------------------------------------------------------------------------------------------


def succeeded(instance: Instance, relocating: Relocating) -> Transition:
    """The move is committed: the machine on the new volume is up."""
    return rest(story.at_work(instance), Running(), _success(relocating))


def _success(relocating: Relocating) -> Note:
    match relocating.cause:
        case Cause.UNEXPECTED_STOP:
            label = (("label", "alarm_relocated"),)
            return Note("instance.unexpected_stop_recovery_succeeded", label, relocating.since)
        case Cause.RESTART:
            return Note("restart_self_healed", (("label", relocating.reason),), relocating.since)
        case Cause.START:
            return Note("instance.started", (("label", relocating.reason),), relocating.since)


def failed(instance: Instance, relocating: Relocating, refusal: Rejected) -> Transition:
    """The move is over without success; what it had made is given up already."""
    note = FailureNote(FAILING[relocating.cause], refusal.why, refusal.text)
    return rest(noted(instance, note), Stopped(), _failure(instance, relocating, refusal))


def _failure(instance: Instance, relocating: Relocating, refusal: Rejected) -> Note:
    error = ("error", refusal.text)
    match relocating.cause:
        case Cause.UNEXPECTED_STOP:
            told = (("label", labels.of_recovery(refusal.why)), error)
            return Note("instance.unexpected_stop_recovery_failed", told, relocating.since)
        case Cause.RESTART:
            return Note("restarting_max_timeout", (("label", refusal.why.value), error), relocating.since)
        case Cause.START:
            return labels.provisioning_failed(instance, refusal, relocating.since)
