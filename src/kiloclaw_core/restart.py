"""Restarting: the current config put on the machine in place, and success proved by the version that then runs.

`Ensuring -> Inspecting -> Changing (update) -> Awaiting -> Probing -> Running`. A machine may be replacing or updating
for as long as the hard ceiling allows; past the soft one people are told, and one that is down is not started again.
"""

from __future__ import annotations

from attrs import evolve
from returns.result import Failure, Result, Success

from kiloclaw_core import attempts, inspection, provision, story
from kiloclaw_core.commands import Desired, Refusal, Restart
from kiloclaw_core.instance import Failing, FailureNote, Instance, Note, Transition
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.phases import Look, Running, Stopped
from kiloclaw_core.stories import Idle, Restarting, Spent, Starting, Trust
from kiloclaw_core.verbs import cleared, noted, rest, stay


def restart(instance: Instance, command: Restart) -> Result[Instance, Refusal]:
    """Asked to restart: a new revision of the config, which is what the machine is to run."""
    match instance.desired:
        case Desired.GONE:
            return Failure(Refusal.BEING_DESTROYED)
        case Desired.RUNNING | Desired.STOPPED:
            refusal = story.engaged(instance)
            if refusal is not None:
                return Failure(refusal)
            if instance.ledger.machine is None:
                return Failure(Refusal.NO_MACHINE)
            image = instance.spec.image if command.image is None else command.image
            spec = evolve(instance.spec, image=image, revision=instance.spec.revision + 1)
            wanting = cleared(evolve(instance, desired=Desired.RUNNING, spec=spec), Failing.RESTART)
            begun = new_restart(wanting, command.reason, command.at)
            return Success(evolve(begun, asked=instance.ops))


def new_restart(instance: Instance, reason: str, since: int, *, repairing: bool = False) -> Instance:
    """The instance beginning to restart. That its volume is there is not doubted before Fly says otherwise."""
    attempt = evolve(attempts.new_attempt(instance), trust=Trust.SEEN)
    restarting = Restarting(instance.ops, attempt, repairing, reason, since)
    return evolve(instance, story=restarting, ops=OpId(instance.ops + 1))


def proceed(instance: Instance, restarting: Restarting) -> Transition:
    """What restarting still lacks: an app, and a machine that runs the current config; without one it is a start."""
    attempt = restarting.attempt
    if Spent.TIME in attempt.spent:
        return story.gave_up(instance, Rejected(Why.WAIT_TIMEOUT, text="the restart took too long"))
    machine = instance.ledger.machine
    if machine is None:
        return story.onward(as_start(instance, restarting))
    lacking = provision.furnish(instance, attempt)
    return inspection.inspect(instance, machine.machine, Look.FIRST) if lacking is None else lacking


def as_start(instance: Instance, restarting: Restarting) -> Instance:
    """There is no machine left to restart: the instance goes on as a start of the same attempt."""
    attempt = evolve(restarting.attempt, trust=Trust.UNSEEN)
    return evolve(instance, story=Starting(restarting.op, attempt, restarting.reason, restarting.since))


def grew_impatient(instance: Instance) -> Transition:
    """The soft ceiling of a restart: told, and remembered."""
    late = FailureNote(Failing.RESTART, Why.WAIT_TIMEOUT, "the restart takes long")
    waiting = attempts.learnt(noted(instance, late), lambda attempt: attempts.spend(attempt, Spent.PATIENCE))
    return stay(waiting, Note("restarting_timeout_transient", (("last_restart_error", late.text),)))


def failed(instance: Instance, restarting: Restarting, refusal: Rejected) -> Transition:
    """A restart ends unfulfilled: told; then the machine is looked at, because it may well be up.

    One that was a repair is not: it would be begun again at once. The next stock-taking looks, and tries again.
    """
    note = FailureNote(Failing.RESTART, refusal.why, refusal.text)
    instance = evolve(noted(instance, note), story=Idle())
    line = Note("restarting_max_timeout", (("label", refusal.why.value), ("error", refusal.text)))
    machine = instance.ledger.machine
    if machine is None:
        return rest(instance, Stopped(), line)
    if restarting.repairing:
        return rest(instance, Running(), line)
    looked = inspection.inspect(instance, machine.machine, Look.FIRST)
    return evolve(looked, notes=(line, *looked.notes))
