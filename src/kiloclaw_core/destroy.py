"""Destroying: always granted, for ever; machines before volumes, then debts, then two empty looks round, then gone.

`… -> Clearing -> Sweeping, twice and apart -> Gone`. In-flight requests are waited out by the phase that sent them.
Nothing is abandoned at a ceiling: the cadence drops, the view says stuck, and only an operator disowns.
"""

from __future__ import annotations

from attrs import evolve
from returns.result import Failure, Result, Success

from kiloclaw_core import echo
from kiloclaw_core.commands import Close, Desired, Destroy, Disown, Refusal, Tenancy
from kiloclaw_core.effects import DebtKind, ListMachines, ListVolumes
from kiloclaw_core.facts import AlarmRang, Fact, Recovered, Replied, Woken
from kiloclaw_core.instance import AuditNote, Failing, Instance, Note, Transition
from kiloclaw_core.ledger import Debt, Holding, Role
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import MachinesListed, Rejected, VolumesListed, Why
from kiloclaw_core.phases import Clearing, Gone, Stopped, Sweep, Sweeping
from kiloclaw_core.stories import Idle
from kiloclaw_core.verbs import audited, cleared, go, rest, stay


def close(instance: Instance, command: Close) -> Result[Instance, Refusal]:
    """The registry has an attempt end: a destroy of what it made, and nothing to whatever is another's."""
    ours, theirs = command.identity, instance.identity
    if (ours.user, ours.org) != (theirs.user, theirs.org) or command.admission not in (None, instance.admission):
        return Success(instance)
    return destroy(instance, command)


def destroy(instance: Instance, command: Destroy | Close) -> Result[Instance, Refusal]:
    """Asked to destroy: always granted, never hurried past a request in flight."""
    match instance.desired:
        case Desired.GONE:
            return Success(instance)
        case Desired.RUNNING | Desired.STOPPED:
            asked = evolve(instance, asked=instance.ops, ops=OpId(instance.ops + 1))
            return Success(granted(asked, command.at))


def granted(instance: Instance, at: int) -> Instance:
    """The instance that is to be gone, for ever, and what it owes once it is; nothing that was remembered matters."""
    owed = (Debt(DebtKind.POSTGRES_MARK), Debt(DebtKind.REGISTRY_TOMBSTONE))
    going = evolve(instance, desired=Desired.GONE, debts=owed, destroy_started_at=at)
    return evolve(going, recoveries=(), moves=None, full_regions=())


def disown(instance: Instance, command: Disown) -> Result[Instance, Refusal]:
    """An operator answers for a condemned resource that cannot be deleted: it leaves the ledger, audited."""
    held = instance.ledger.holding(command.resource)
    if held is None:
        return Failure(Refusal.NOT_HELD)
    if held.role is not Role.CONDEMNED and not is_lost(instance, held):
        return Failure(Refusal.NOT_CONDEMNED)
    note = AuditNote(command.operator, f"disowned {command.resource}", command.because, command.at)
    ledger = instance.ledger.buried(held, instance.policy.dead_remembered)
    asked = evolve(instance, asked=instance.ops, ops=OpId(instance.ops + 1))
    return Success(evolve(audited(asked, note), ledger=ledger))


def is_lost(instance: Instance, held: Holding) -> bool:
    """Whether this is our volume, looked for and not found: then an operator may let the instance begin anew."""
    told = any(note.why is Why.MISSING_VOLUME for note in instance.notes)
    return told and held == instance.ledger.volume and isinstance(instance.phase, Stopped)


def raze(instance: Instance) -> Transition:
    """Delete everything held, pay what is owed, then look round until nothing is left."""
    instance = evolve(instance, story=Idle(), ledger=instance.ledger.condemned())
    if not instance.ledger.empty or instance.debts:
        return go(instance, Clearing())
    return sweep(instance, Sweep.MACHINES_FIRST)


def sweep(instance: Instance, which: Sweep, sweeps: int = 0) -> Transition:
    """List machines or volumes, the second time apart from the first."""
    op, who, apart_s = instance.ops, instance.identity, instance.policy.look_apart_s
    phase = Sweeping(op, which, sweeps)
    match which:
        case Sweep.MACHINES_FIRST:
            return go(instance, phase, ListMachines(op, who.app, who.sandbox))
        case Sweep.VOLUMES_FIRST:
            return go(instance, phase, ListVolumes(op, who.app, who.sandbox))
        case Sweep.MACHINES_SECOND:
            return go(instance, phase, ListMachines(op, who.app, who.sandbox, apart_s))
        case Sweep.VOLUMES_SECOND:
            return go(instance, phase, ListVolumes(op, who.app, who.sandbox))


def sweeping(instance: Instance, phase: Sweeping, fact: Fact) -> Transition:
    """Looking round: what is ours and left over is condemned; a look that fails is repeated when patience is spent."""
    match fact:
        case Replied(op=phase.op, outcome=MachinesListed() | VolumesListed() as listed):
            return swept(echo.noticed(instance, listed), phase)
        case Replied(op=phase.op, outcome=Rejected(why=Why.NOT_FOUND)):
            return swept(instance, phase)  # Fly: 404, there is no such app, and so nothing in it
        case Replied(op=phase.op) | Woken():
            return stay(instance)
        case Recovered() | AlarmRang():
            return sweep(instance, Sweep.MACHINES_FIRST, phase.sweeps)
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)


def swept(instance: Instance, phase: Sweeping) -> Transition:
    """One look is done. Found something: raze it. Found nothing, four times: gone."""
    if any(held.role is Role.FOUND for held in instance.ledger.holdings):
        return raze(instance)
    match phase.sweep:
        case Sweep.MACHINES_FIRST:
            return sweep(instance, Sweep.VOLUMES_FIRST, phase.sweeps)
        case Sweep.VOLUMES_FIRST:
            return sweep(instance, Sweep.MACHINES_SECOND, phase.sweeps)
        case Sweep.MACHINES_SECOND:
            return sweep(instance, Sweep.VOLUMES_SECOND, phase.sweeps)
        case Sweep.VOLUMES_SECOND:
            return finalize(instance, phase)


def finalize(instance: Instance, phase: Sweeping) -> Transition:
    """Nothing was found: gone, unless a holding whose delete was refused is still there."""
    if not instance.ledger.empty or instance.debts:
        return go(instance, Clearing())
    done = cleared(instance, *Failing)
    return rest(done, Gone(phase.sweeps), Note("destroy_complete", (("sandbox_id", instance.identity.sandbox),)))


def gone(instance: Instance, phase: Gone, fact: Fact) -> Transition:
    """Nothing is left; should a late answer report something, it is razed, and a shared app's grave is swept again."""
    match fact:
        case Replied(outcome=outcome):
            return echo.echo(instance, outcome)
        case AlarmRang():
            return sweep(instance, Sweep.MACHINES_FIRST, phase.sweeps + 1)
        case Recovered() | Woken():
            return stay(instance)


def grave_cadence_s(instance: Instance, phase: Gone) -> float | None:
    """When the grave is swept next: never in an app of our own, a few times and slower in a shared one."""
    cadences = instance.policy.grave_cadences_s
    match instance.identity.tenancy:
        case Tenancy.SHARED if phase.sweeps < len(cadences):
            return cadences[phase.sweeps]
        case Tenancy.OWN | Tenancy.SHARED:
            return None
