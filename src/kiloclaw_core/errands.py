"""The errands that holdings and debts run beside any phase: deletes and payments, repeated until they are done.

A delete needs no settling: asking again does no harm, and what is deleted never comes back. At the ceiling nothing
is abandoned; only the cadence drops (see `alarms`).
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core import destroy, echo, retain, story
from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import ListMachines
from kiloclaw_core.facts import AlarmRang
from kiloclaw_core.instance import Failing, FailureNote, Instance, Note, Transition
from kiloclaw_core.ledger import (
    Asked,
    Debt,
    Due,
    Errand,
    Failed,
    Holding,
    Kept,
    MachineHolding,
    Role,
    Unbinding,
    VolumeHolding,
    failed,
)
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Done, MachinesListed, Outcome, Rejected, Unknown, Why
from kiloclaw_core.phases import Clearing, Sweep, Sweeping
from kiloclaw_core.verbs import cleared, condemn_machine, noted, stay, with_debt, without_debt


def answered(instance: Instance, owner: Holding | Debt, op: OpId, outcome: Outcome) -> Transition:
    """An errand was answered."""
    match owner:
        case VolumeHolding(role=Role.RETAINED):
            return retain.answered(instance, owner, op, outcome)
        case VolumeHolding(errand=Unbinding()):
            return unbound(instance, owner, op, outcome)
        case MachineHolding() | VolumeHolding():
            return disposed(instance, owner, op, outcome)
        case Debt():
            return paid(instance, owner, op, outcome)


def disposed(instance: Instance, held: Holding, op: OpId, outcome: Outcome) -> Transition:
    """A delete was answered: done, or tried again later."""
    kind, resource = ("machine", held.machine) if isinstance(held, MachineHolding) else ("volume", held.volume)
    if is_done(outcome):
        ledger = instance.ledger.buried(held, instance.policy.dead_remembered)
        return _went_on(
            _resolved(evolve(instance, ledger=ledger)), Note(f"destroy_{kind}_ok", ((f"{kind}_id", resource),))
        )
    errand = failed(held.errand, op, instance.policy.delete_failures_before_slowing)
    instance = _failing(
        evolve(instance, ledger=instance.ledger.with_errand(seen_of_host(held, outcome), errand)), outcome
    )
    if is_bound(outcome) and _is_razing(instance) and not instance.ledger.machines:
        return destroy.sweep(instance, Sweep.MACHINES_FIRST)  # bound to a machine that we do not know
    if is_bound(outcome) and instance.desired is not Desired.GONE:
        return look_for_holder(instance, held, errand.failures)
    return _went_on(instance, Note(f"destroy_{kind}_failed", ((f"{kind}_id", resource), ("error", text_of(outcome)))))


def look_for_holder(instance: Instance, held: Holding, failures: int) -> Transition:
    """A volume that should go is bound to a machine: look which, before the delete is asked for again."""
    op, who = instance.ops, instance.identity
    ledger = instance.ledger.with_errand(held, Unbinding(op, failures))
    looking = stay(evolve(instance, ledger=ledger, ops=OpId(op + 1)))
    return evolve(looking, effects=(ListMachines(op, who.app, who.sandbox), *looking.effects))


def unbound(instance: Instance, held: VolumeHolding, op: OpId, outcome: Outcome) -> Transition:
    """Whatever of ours has the volume that should go, goes first; nobody else's machine is touched (reconcile 3.10)."""
    instance = evolve(instance, ledger=instance.ledger.with_errand(held, Failed(op, held.errand.failures)))
    if isinstance(outcome, MachinesListed):
        instance = echo.noticed(instance, outcome)
        for one in instance.ledger.machines:
            if one.role is Role.FOUND and one.volume == held.volume:
                instance = condemn_machine(instance, one)
    return stay(instance)


def paid(instance: Instance, debt: Debt, op: OpId, outcome: Outcome) -> Transition:
    """A payment was answered: an absent row counts as marked."""
    if is_done(outcome):
        return _went_on(_resolved(without_debt(instance, debt)), Note("paid", (("debt", debt.kind.value),)))
    errand = failed(debt.errand, op, instance.policy.delete_failures_before_slowing)
    instance = _failing(with_debt(instance, evolve(debt, errand=errand)), outcome)
    return _went_on(instance, Note("payment_failed", (("debt", debt.kind.value), ("error", text_of(outcome)))))


def _is_razing(instance: Instance) -> bool:
    """Whether the instance is to be gone and no create is in flight: a sweep would forget its op."""
    return instance.desired is Desired.GONE and isinstance(instance.phase, Clearing | Sweeping)


def seen_of_host(held: Holding, outcome: Outcome) -> Holding:
    """What a failed delete tells of the host of a machine: whether it answers."""
    match held:
        case MachineHolding() if isinstance(outcome, Rejected):
            return evolve(held, reachable=outcome.why is not Why.HOST_DOWN)
        case MachineHolding() | VolumeHolding():
            return held


def is_done(outcome: Outcome) -> bool:
    """Whether what was to go is gone: a 404 is as good as a delete."""
    return isinstance(outcome, Done) or (isinstance(outcome, Rejected) and outcome.why is Why.NOT_FOUND)


def is_bound(outcome: Outcome) -> bool:
    """Whether a volume was not deleted because a machine has it."""
    return isinstance(outcome, Rejected) and outcome.why is Why.VOLUME_BOUND


def text_of(outcome: Outcome) -> str:
    """What the answer said, for people."""
    return outcome.text if isinstance(outcome, Rejected | Unknown) else ""


def _failing(instance: Instance, outcome: Outcome) -> Instance:
    if instance.desired is not Desired.GONE:
        return instance
    why = outcome.why if isinstance(outcome, Rejected) else Why.NO_ANSWER
    return noted(instance, FailureNote(Failing.DESTROY, why, text_of(outcome)))


def _resolved(instance: Instance) -> Instance:
    return cleared(instance, Failing.DESTROY) if instance.ledger.empty and not instance.debts else instance


def _went_on(instance: Instance, note: Note) -> Transition:
    transition = story.onward(instance) if isinstance(instance.phase, Clearing) else stay(instance)
    return evolve(transition, notes=(note, *transition.notes))


def rang(instance: Instance, fact: AlarmRang) -> Transition:
    """An errand's alarm rang: it is asked for again."""
    for held in instance.ledger.holdings:
        if _last_op(held.errand) == fact.of:
            instance = _rung(instance, held, fact.of)
    for debt in instance.debts:
        if _last_op(debt.errand) == fact.of:
            instance = with_debt(instance, evolve(debt, errand=_repeated(instance, debt.errand)))
    return stay(instance)


def _rung(instance: Instance, held: Holding, op: OpId) -> Instance:
    match held:
        case VolumeHolding(role=Role.RETAINED, errand=Kept()):
            return retain.rang(instance, held)
        case VolumeHolding(role=Role.RETAINED):
            return retain.unheard(instance, held, op)
        case MachineHolding() | VolumeHolding():
            errand = _repeated(instance, held.errand)
            return evolve(instance, ledger=instance.ledger.with_errand(held, errand))


def _repeated(instance: Instance, errand: Errand) -> Due:
    """The errand asked for again; one that was never answered has failed once more."""
    match errand:
        case Asked(op=op):
            return Due(failed(errand, op, instance.policy.delete_failures_before_slowing).failures)
        case (
            Due(failures=failures) | Failed(failures=failures) | Unbinding(failures=failures) | Kept(failures=failures)
        ):
            return Due(failures)


def _last_op(errand: Errand) -> OpId | None:
    match errand:
        case Asked(op=op) | Failed(op=op) | Unbinding(op=op) | Kept(op=op):
            return op
        case Due():
            return None
