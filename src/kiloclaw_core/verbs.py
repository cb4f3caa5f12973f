"""The small verbs that build a transition, and those that change one thing of an instance.

They decide nothing: they move the phase, number the requests, send what is due for condemned holdings and debts, and
keep notes. Decisions live in the `match` of the stories.
"""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import DeleteMachine, DeleteVolume, Effect, ListSnapshots, ListVolumes, PayDebt
from kiloclaw_core.instance import AuditNote, Failing, FailureNote, Instance, Note, Transition
from kiloclaw_core.ledger import (
    Asked,
    Debt,
    Due,
    Errand,
    MachineHolding,
    Role,
    Unbinding,
    VolumeHolding,
)
from kiloclaw_core.machine import Data, MachineSeen, VolumeSeen
from kiloclaw_core.names import OpId
from kiloclaw_core.phases import Clearing, Phase, Running, Stopped
from kiloclaw_core.stories import Idle


def stay(instance: Instance, *notes: Note) -> Transition:
    """The instance as it is, but for what was already written into it; condemned holdings are seen to."""
    return go(instance, instance.phase, notes=notes)


def go(instance: Instance, phase: Phase, *effects: Effect, notes: tuple[Note, ...] = ()) -> Transition:
    """Into this phase, sending these effects, which were numbered from `instance.ops` on, and what errands are due."""
    moved = evolve(instance, phase=phase, ops=OpId(instance.ops + len(effects)))
    ran, errands = run_errands(moved)
    return Transition(ran, (*effects, *errands), notes)


def rest(instance: Instance, phase: Phase, *notes: Note) -> Transition:
    """To rest in this phase: no story is under way, and volumes whose time is up are looked after once more."""
    return go(evolve(instance, story=Idle(), ledger=instance.ledger.looked_after()), phase, notes=notes)


def run_errands(instance: Instance) -> tuple[Instance, tuple[Effect, ...]]:
    """Send what is due: deletes of machines, then of the volumes they may mount, looks for kept ones, debts last."""
    instance, machines = _send_machine_deletes(instance)
    instance, volumes = _send_volume_deletes(instance)
    instance, looks = _send_looks(instance)
    instance, payments = _send_payments(instance)
    return instance, (*machines, *volumes, *looks, *payments)


def volumes_may_go(instance: Instance) -> bool:
    """Whether condemned volumes may be deleted: no machine is in the way. A fence, not a clock."""
    match instance.desired:
        case Desired.GONE:
            return not instance.ledger.machines
        case Desired.RUNNING | Desired.STOPPED:
            return not instance.ledger.condemned_machines


def _send_machine_deletes(instance: Instance) -> tuple[Instance, tuple[Effect, ...]]:
    effects: list[Effect] = []
    for held in instance.ledger.machines:
        if held.role is Role.CONDEMNED and isinstance(held.errand, Due):
            op = instance.ops
            effects.append(DeleteMachine(op, instance.identity.app, held.machine))
            ledger = instance.ledger.with_errand(held, Asked(op, held.errand.failures))
            instance = evolve(instance, ledger=ledger, ops=OpId(op + 1))
    return instance, tuple(effects)


def _send_volume_deletes(instance: Instance) -> tuple[Instance, tuple[Effect, ...]]:
    effects: list[Effect] = []
    for held in instance.ledger.volumes if volumes_may_go(instance) else ():
        if held.role is Role.CONDEMNED and isinstance(held.errand, Due):
            op = instance.ops
            effects.append(DeleteVolume(op, instance.identity.app, held.volume))
            ledger = instance.ledger.with_errand(held, Asked(op, held.errand.failures))
            instance = evolve(instance, ledger=ledger, ops=OpId(op + 1))
    return instance, tuple(effects)


def is_at_rest(instance: Instance) -> bool:
    """Whether nothing is under way and the instance is stopped or running."""
    return isinstance(instance.story, Idle) and isinstance(instance.phase, Running | Stopped)


def _send_looks(instance: Instance) -> tuple[Instance, tuple[Effect, ...]]:
    """Of each volume that is kept: what snapshots it has; once the time of some is up, which volumes there are.

    Only at rest: while a story is under way, which volume succeeds it is not settled. One list is for all.
    """
    effects: list[Effect] = []
    who, looking = instance.identity, is_at_rest(instance) and instance.ledger.volume is not None
    kept = [held for held in instance.ledger.volumes if held.role is Role.RETAINED] if looking else []
    listing = any(held.counted and isinstance(held.errand, Asked) for held in kept)
    for held in kept:
        if isinstance(held.errand, Due) and not (held.counted and listing):
            op = instance.ops
            look: Effect = (
                ListVolumes(op, who.app, who.sandbox) if held.counted else ListSnapshots(op, who.app, held.volume)
            )
            effects.append(look)
            listing = listing or held.counted
            ledger = instance.ledger.with_errand(held, Asked(op, held.errand.failures))
            instance = evolve(instance, ledger=ledger, ops=OpId(op + 1))
    return instance, tuple(effects)


def _send_payments(instance: Instance) -> tuple[Instance, tuple[Effect, ...]]:
    effects: list[Effect] = []
    who = instance.identity
    owing = instance.ledger.empty and isinstance(instance.phase, Clearing)
    for debt in instance.debts if owing else ():
        if isinstance(debt.errand, Due):
            op = instance.ops
            effects.append(PayDebt(op, debt.kind, who.sandbox, who.user, who.org))
            instance = evolve(
                with_debt(instance, evolve(debt, errand=Asked(op, debt.errand.failures))), ops=OpId(op + 1)
            )
    return instance, tuple(effects)


def with_debt(instance: Instance, debt: Debt) -> Instance:
    """The instance owing this, in place of what it owed of its kind."""
    rest_of = (one for one in instance.debts if one.kind is not debt.kind)
    return evolve(instance, debts=tuple(sorted((*rest_of, debt), key=lambda one: one.kind.value)))


def without_debt(instance: Instance, debt: Debt) -> Instance:
    """The instance once this is paid."""
    return evolve(instance, debts=tuple(one for one in instance.debts if one.kind is not debt.kind))


def our_volume(instance: Instance) -> VolumeHolding:
    """The active volume, where a story could not have come this far without one."""
    volume = instance.ledger.volume
    assert volume is not None, f"{instance.phase} without a volume"
    return volume


def our_machine(instance: Instance) -> MachineHolding:
    """The active machine, where a story could not have come this far without one."""
    machine = instance.ledger.machine
    assert machine is not None, f"{instance.phase} without a machine"
    return machine


def target_volume(instance: Instance) -> VolumeHolding:
    """The volume that the next machine is to mount: the candidate, or else the active one."""
    return instance.ledger.candidate or our_volume(instance)


def hold_machine(instance: Instance, seen: MachineSeen, role: Role) -> Instance:
    """The instance holding this machine in this role."""
    held = MachineHolding(
        seen.machine, role, seen.volume, seen.version, revision=seen.revision, reachable=seen.reachable
    )
    return evolve(instance, ledger=instance.ledger.with_machine(held))


def hold_volume(instance: Instance, seen: VolumeSeen, role: Role, data: Data) -> Instance:
    """The instance holding this volume in this role."""
    held = VolumeHolding(seen.volume, role, data, seen.region, mark=seen.mark)
    return evolve(instance, ledger=instance.ledger.with_volume(held))


def condemn_volume(instance: Instance, held: VolumeHolding) -> Instance:
    """The instance with this volume on its way out, for ever: only for one that no machine was ever sent for."""
    ledger = instance.ledger.with_volume(evolve(held, role=Role.CONDEMNED, errand=Due()))
    return evolve(instance, ledger=ledger)


def condemn_machine(instance: Instance, held: MachineHolding) -> Instance:
    """The instance with this machine on its way out, for ever."""
    ledger = instance.ledger.with_machine(evolve(held, role=Role.CONDEMNED, errand=Due()))
    return evolve(instance, ledger=ledger)


def boot_noted(instance: Instance) -> Instance:
    """The instance having seen its machine up in the version it has: if that stops, it stopped by itself."""
    return _with_booted(instance, booted=True)


def halt_noted(instance: Instance) -> Instance:
    """The instance whose machine is down because it was asked to be."""
    return _with_booted(instance, booted=False)


def _with_booted(instance: Instance, *, booted: bool) -> Instance:
    machine = instance.ledger.machine
    if machine is None:
        return instance
    return evolve(instance, ledger=instance.ledger.with_machine(evolve(machine, booted=booted)))


def noted(instance: Instance, note: FailureNote) -> Instance:
    """The instance with this note, in place of the last one about the same story."""
    others = (one for one in instance.notes if one.failing is not note.failing)
    return evolve(instance, notes=tuple(sorted((*others, note), key=lambda one: one.failing.value)))


def cleared(instance: Instance, *failing: Failing) -> Instance:
    """The instance without notes about these stories: their cause is resolved."""
    return evolve(instance, notes=tuple(one for one in instance.notes if one.failing not in failing))


def audited(instance: Instance, note: AuditNote) -> Instance:
    """The instance remembering what an operator took upon themselves; the oldest is forgotten when there are many."""
    return evolve(instance, audit=(*instance.audit, note)[-instance.policy.audit_remembered :])


def errand_of(instance: Instance, op: OpId) -> MachineHolding | VolumeHolding | Debt | None:
    """Whose errand this op is, where it is one."""
    owners: tuple[MachineHolding | VolumeHolding | Debt, ...] = (
        *instance.ledger.machines,
        *instance.ledger.volumes,
        *instance.debts,
    )
    return next((one for one in owners if _asked_by(one.errand, op)), None)


def _asked_by(errand: Errand, op: OpId) -> bool:
    return isinstance(errand, Asked | Unbinding) and errand.op == op
