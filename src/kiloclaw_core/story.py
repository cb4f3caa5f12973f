"""Why an instance is under way: the only place that chooses the next wait, ends a story, or tries again.

These functions match `desired` and stories, never phases. What each story then does is in its own file.
"""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core import (
    attempts,
    destroy,
    handover,
    labels,
    launch,
    provision,
    recover,
    relocate,
    restart,
    restore,
    start,
    stop,
)
from kiloclaw_core.commands import Desired, Refusal
from kiloclaw_core.effects import Awaited
from kiloclaw_core.instance import NOW, Failing, FailureNote, Instance, Note, Transition
from kiloclaw_core.machine import MachineSeen
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Outcome, Rejected, Why, may_pass
from kiloclaw_core.phases import Pausing, Running, Stopped
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
)
from kiloclaw_core.verbs import boot_noted, cleared, go, noted, our_machine, rest

DOWN: Final = (
    Failing.PROVISION,
    Failing.START,
    Failing.RECOVERY,
    Failing.UNEXPECTED_STOP,
    Failing.HOST,
)
"""What a machine that is up resolves."""

# -- what next ---------------------------------------------------------------------------------------------------


def onward(instance: Instance) -> Transition:
    """What is wanted decides what is waited for next."""
    match instance.desired:
        case Desired.GONE:
            return destroy.raze(instance)
        case Desired.STOPPED:
            return _towards_stopped(unburdened(instance))
        case Desired.RUNNING:
            return _towards_running(unburdened(instance))


def is_abandoned(instance: Instance) -> bool:
    """Whether a move was under way and something else is wanted now: what it had made is given up first."""
    match instance.story:
        case Relocating() | Restoring():
            return False
        case Idle() | Provisioning() | Starting() | Stopping() | Restarting():
            return instance.ledger.candidate is not None


def _towards_stopped(instance: Instance) -> Transition:
    match instance.story:
        case Idle():
            return rest(instance, Stopped())
        case Provisioning(attempt=attempt):
            return provision.proceed(instance, attempt)
        case Starting() | Restarting() | Relocating() | Stopping():
            return stop.halt(instance)
        case Restoring() as restoring:
            return restore.proceed(instance, restoring)


def _towards_running(instance: Instance) -> Transition:
    match instance.story:
        case Starting(attempt=attempt):
            return start.proceed(instance, attempt)
        case Restarting() as restarting:
            return restart.proceed(instance, restarting)
        case Relocating(attempt=attempt):
            return relocate.proceed(instance, attempt)
        case Restoring() as restoring:
            return restore.proceed(instance, restoring)
        case Idle() | Provisioning() | Stopping():
            return rest(instance, Running() if is_believed_up(instance) else Stopped())


def is_believed_up(instance: Instance) -> bool:
    """Whether our machine is up as far as anybody knows: one that nobody saw up after a start gave up is not."""
    machine = instance.ledger.machine
    gave_up = any(note.failing in {Failing.START, Failing.RESTART} for note in instance.notes)
    return machine is not None and (machine.booted or not gave_up)


def excluded(instance: Instance) -> Refusal | None:
    """Why nothing but a destroy is granted now, where that is so: a recovery or a restore is under way."""
    match instance.story:
        case Relocating(cause=cause):
            return Refusal.RECOVERING if cause is Cause.UNEXPECTED_STOP else None
        case Restoring():
            return Refusal.RESTORING
        case Idle() | Provisioning() | Starting() | Stopping() | Restarting():
            return None


def engaged(instance: Instance) -> Refusal | None:
    """Why nothing that would change a story under way is granted now, where that is so."""
    match instance.story:
        case Starting() | Restarting() | Relocating() | Restoring() | Stopping() | Provisioning():
            return excluded(instance) or Refusal.BUSY
        case Idle():
            return None


def unburdened(instance: Instance) -> Instance:
    """The instance without a move that nobody wants any more: what it made is ours, and what it was made from is kept.

    A machine was sent for on the copy as soon as there was one, so that it may bear what is latest. No recovery is
    given up so: while one is under way nothing but a destroy is granted.
    """
    return handover.committed(instance) if is_abandoned(instance) else instance


def wants_candidate(instance: Instance) -> bool:
    """Whether a volume that is made now is to take the place of ours."""
    match instance.story:
        case Relocating() | Restoring():
            return instance.desired is not Desired.GONE and instance.ledger.candidate is None
        case Idle() | Provisioning() | Starting() | Stopping() | Restarting():
            return False


# -- refusals and endings ----------------------------------------------------------------------------------------


def refused(instance: Instance, refusal: Rejected, asked_for: Failing) -> Transition:
    """A request was refused: what may pass is tried again, all else ends the story, unless it was another story's."""
    if instance.desired is Desired.GONE or _was_another_story(instance, asked_for):
        return onward(instance)
    return again(instance, refusal) if may_pass(refusal.why) else gave_up(instance, refusal)


def _was_another_story(instance: Instance, asked_for: Failing) -> bool:
    match instance.story:
        case Stopping():
            return asked_for is not Failing.STOP
        case Restoring():
            return False  # it stops a machine and makes a volume
        case Idle() | Provisioning() | Starting() | Restarting() | Relocating():
            return asked_for is Failing.STOP


def again(instance: Instance, refusal: Rejected) -> Transition:
    """Another try after a pause, while the story has tries; without any it gives up."""
    if instance.desired is Desired.GONE:
        return onward(instance)
    match instance.story:
        case Idle() | Stopping(tries=0):
            return gave_up(instance, refusal)
        case (
            Provisioning(attempt=attempt)
            | Starting(attempt=attempt)
            | Restarting(attempt=attempt)
            | Relocating(attempt=attempt)
            | Restoring(attempt=attempt)
        ):
            if attempt.tries == 0 or relocate.is_held_back(instance):
                return gave_up(instance, refusal)
            trying = attempts.learnt(instance, lambda before: evolve(before, tries=before.tries - 1))
            return _pause(trying, *restore.rescheduled(instance, refusal))
        case Stopping(tries=tries) as story:
            return _pause(evolve(instance, story=evolve(story, tries=tries - 1)))


def no_answer(instance: Instance) -> Transition:
    """A read was not answered: it is tried again like any refusal that may pass."""
    return again(instance, Rejected(Why.NO_ANSWER, text="no answer"))


def refusal_of(outcome: Outcome) -> Rejected:
    """The refusal that a look met; whatever else it is, it is no answer."""
    return outcome if isinstance(outcome, Rejected) else Rejected(Why.NO_ANSWER, text="no answer")


def unshown(instance: Instance, outcome: Outcome) -> Transition:
    """A look did not show what it was for: refused, or not answered. At rest that is told, and the next look comes."""
    refusal = refusal_of(outcome)
    if isinstance(instance.story, Idle):
        line = Note("machine_check_failed", (("label", refusal.why.value), ("error", refusal.text)))
        looked = onward(instance)
        return evolve(looked, notes=(line, *looked.notes))
    return refused(instance, refusal, Failing.STOP if isinstance(instance.story, Stopping) else Failing.START)


def gave_up(instance: Instance, refusal: Rejected) -> Transition:
    """The story ends unfulfilled, and with it a move that was not its own: its copy is the volume in use."""
    return ended(unburdened(instance), refusal)


def ended(instance: Instance, refusal: Rejected) -> Transition:
    """A resting phase, a note, a slow alarm. What is wanted stays wanted."""
    match instance.story:
        case Idle() | Provisioning():  # an idle story asks for nothing, and so is refused nothing
            return _not_begun(instance, Failing.PROVISION, refusal)
        case Starting():
            return _not_begun(instance, Failing.START, refusal)
        case Stopping():
            note = FailureNote(Failing.STOP, refusal.why, refusal.text)
            line = Note("stop_failed", (("label", refusal.why.value), ("error", refusal.text)))
            return rest(noted(instance, note), Running(), line)
        case Restarting() as restarting:
            return restart.failed(instance, restarting, refusal)
        case Relocating() as relocating:
            return recover.failed(handover.rolled_back(instance), relocating, refusal)
        case Restoring() as restoring:
            return restore.failed(instance, restoring, refusal)


def created(instance: Instance, machine: MachineSeen) -> Transition:
    """A machine of ours was made: a start waits for it to boot; whoever else is under way looks at what it wants."""
    if is_abandoned(instance):
        return onward(instance)
    match instance.story:
        case Starting(attempt=attempt) | Relocating(attempt=attempt) if (
            instance.desired is Desired.RUNNING and Spent.TIME not in attempt.spent
        ):
            return launch.await_state(instance, machine.machine, Awaited.STARTED)
        case Idle() | Provisioning() | Starting() | Stopping() | Restarting() | Relocating() | Restoring():
            return onward(instance)


def adopted(instance: Instance, seen: MachineSeen) -> Transition:
    """A machine turned out to be ours: a start goes on with it as it is; whoever else is under way looks anew."""
    if is_abandoned(instance):
        return onward(instance)
    match instance.story:
        case Starting() | Relocating() if instance.desired is Desired.RUNNING:
            return launch.launch(instance, seen)
        case Idle() | Provisioning() | Starting() | Stopping() | Restarting() | Relocating() | Restoring():
            return onward(instance)


def booted(instance: Instance) -> Transition:
    """The machine is up: the story has succeeded, unless it was not one that wanted it up."""
    wanted = instance.desired is Desired.RUNNING and not is_abandoned(instance)
    match instance.story:
        case Starting(reason=reason, since=since) if wanted:
            return rest(at_work(instance), Running(), Note("instance.started", (("label", reason),), since))
        case Restarting(reason=reason, since=since) if wanted:
            return rest(at_work(instance), Running(), Note("restart_self_healed", (("label", reason),), since))
        case Relocating() as relocating if wanted:
            return recover.succeeded(handover.committed(instance), relocating)
        case Idle() | Provisioning() | Starting() | Stopping() | Restarting() | Relocating() | Restoring():
            return onward(instance)


def at_work(instance: Instance) -> Instance:
    """The instance once its machine is up: whatever kept it down is resolved, and this version was seen up.

    That a restart failed is resolved only by a machine that runs the current config.
    """
    current = our_machine(instance).revision == instance.spec.revision
    resolved = (*DOWN, Failing.RESTART) if current else DOWN
    return evolve(boot_noted(cleared(instance, *resolved)), has_run=True, last_started_at=NOW)


def _not_begun(instance: Instance, failing: Failing, refusal: Rejected) -> Transition:
    note = FailureNote(failing, refusal.why, refusal.text)
    return rest(noted(instance, note), Stopped(), labels.provisioning_failed(instance, refusal))


def _pause(instance: Instance, *notes: Note) -> Transition:
    op = instance.ops
    return go(evolve(instance, ops=OpId(op + 1)), Pausing(op), notes=notes)
