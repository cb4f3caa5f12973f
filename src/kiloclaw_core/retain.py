"""Volumes that were left and are kept: how long, and what must be true before one goes.

A volume that was left is asked for its snapshots: if it has some, or might have, it is kept for the whole retention;
without any, until its successor is whole and well. Nothing is deleted because time has passed: when the alarm rings all
volumes are listed, and only if the one in use is there, whole, and known to carry on from the one that was left does
that one go (decisions 1.5).
"""

from __future__ import annotations

from attrs import evolve
from returns.result import Failure, Result, Success

from kiloclaw_core import echo, survey
from kiloclaw_core.commands import CleanUp, Desired, Refusal
from kiloclaw_core.instance import AuditNote, Failing, FailureNote, Instance, Note, Transition
from kiloclaw_core.ledger import Asked, Due, Kept, Role, Span, VolumeHolding
from kiloclaw_core.machine import VolumeState
from kiloclaw_core.names import OpId, VolumeId
from kiloclaw_core.outcomes import Outcome, SnapshotsListed, VolumesListed, Why
from kiloclaw_core.verbs import audited, cleared, is_at_rest, noted, stay


def answered(instance: Instance, held: VolumeHolding, op: OpId, outcome: Outcome) -> Transition:
    """A look for a kept volume was answered: how many snapshots it has, or which volumes there are."""
    return reviewed(instance, op, outcome) if held.counted else counted(instance, held, op, outcome)


def counted(instance: Instance, held: VolumeHolding, op: OpId, outcome: Outcome) -> Transition:
    """Without snapshots it goes as soon as its successor is proven; with some, or if nobody can say, it is kept."""
    if outcome == SnapshotsListed(()):
        return stay(_with(instance, evolve(held, counted=True, errand=Due())))
    return stay(_with(instance, evolve(held, counted=True, errand=Kept(op, Span.LONG))))


def reviewed(instance: Instance, op: OpId, outcome: Outcome) -> Transition:
    """One list is for all whose time is up, and shows what nobody knew of.

    Where something was asked meanwhile, which volume succeeds them is not settled any more, and nothing goes.
    """
    if isinstance(outcome, VolumesListed):
        instance = echo.noticed(instance, outcome)
        instance = survey.put_away(instance, outcome) if is_at_rest(instance) else instance
    lines: list[Note] = []
    for held in instance.ledger.volumes:
        if is_due(held, op):
            instance, told = _weighed(instance, held, op, outcome)
            lines += told
    return stay(instance, *lines)


def is_due(held: VolumeHolding, op: OpId) -> bool:
    """Whether this kept volume is one that the list of this op is for."""
    asked = isinstance(held.errand, Due) or held.errand == Asked(op, held.errand.failures)
    return held.role is Role.RETAINED and held.counted and asked


def _weighed(instance: Instance, held: VolumeHolding, op: OpId, outcome: Outcome) -> tuple[Instance, tuple[Note, ...]]:
    """It goes if its successor was shown whole and carries on from it; if not, it is kept and looked at again.

    What was shown while a story is under way says nothing: the look is still due.
    """
    line = (("volume_id", held.volume),)
    if not is_at_rest(instance):
        return _with(instance, evolve(held, errand=Due(held.errand.failures))), ()
    if is_whole_successor(instance, held, outcome) and not is_mounted(instance, held):
        going = _with(instance, evolve(held, role=Role.CONDEMNED, errand=Due()))
        return cleared(going, Failing.RETENTION), (Note("alarm_retained_recovery_cleanup", line),)
    return still_kept(instance, held, op), (Note("alarm_retained_recovery_kept", line),)


def is_mounted(instance: Instance, held: VolumeHolding) -> bool:
    """Whether a machine of ours is on this volume, as far as we know: then it may bear more than was carried on."""
    return any(one.volume == held.volume for one in instance.ledger.machines)


def still_kept(instance: Instance, held: VolumeHolding, op: OpId) -> Instance:
    """The instance keeping this volume after a look that proved nothing; when there were many, people are told."""
    failures = min(held.errand.failures + 1, instance.policy.delete_failures_before_slowing)
    kept = _with(instance, evolve(held, errand=Kept(op, Span.SHORT, failures)))
    if failures < instance.policy.delete_failures_before_slowing:
        return kept
    missing = (
        "a machine is on it" if is_mounted(instance, held) else "the volume in use is not known to be whole and well"
    )
    text = f"{held.volume} is kept because {missing}"
    return noted(kept, FailureNote(Failing.RETENTION, Why.CONFLICT, text))


def is_whole_successor(instance: Instance, held: VolumeHolding, outcome: Outcome) -> bool:
    """Whether the volume in use was just shown whole, and descends from the kept one or was well after it was left."""
    active = instance.ledger.volume
    if not isinstance(outcome, VolumesListed) or active is None:
        return False
    proven = active.healthy or descends(instance, active, held.volume)
    return proven and any(seen.volume == active.volume and seen.state is VolumeState.CREATED for seen in outcome.seen)


def descends(instance: Instance, volume: VolumeHolding, ancestor: VolumeId) -> bool:
    """Whether this volume is a copy of that one, or of a copy of it, as far as the ledger remembers."""
    if volume.parent is None:
        return False
    if volume.parent == ancestor:
        return True
    parent = instance.ledger.holding(volume.parent)
    return isinstance(parent, VolumeHolding) and descends(instance, parent, ancestor)


def rang(instance: Instance, held: VolumeHolding) -> Instance:
    """What a kept volume's alarm does: its time is up, and its successor is to be looked at."""
    return _with(instance, evolve(held, errand=Due(held.errand.failures)))


def unheard(instance: Instance, held: VolumeHolding, op: OpId) -> Instance:
    """A look for a kept volume that was never answered: what is not known does not shorten its time."""
    if held.counted:
        return still_kept(instance, held, op)
    return _with(instance, evolve(held, counted=True, errand=Kept(op, Span.LONG)))


def clean_up(instance: Instance, command: CleanUp) -> Result[Instance, Refusal]:
    """An operator wants a kept volume gone before its time: its successor is looked at now; audited."""
    if instance.desired is Desired.GONE:
        return Failure(Refusal.BEING_DESTROYED)
    held = instance.ledger.holding(command.volume)
    if not isinstance(held, VolumeHolding):
        return Failure(Refusal.NOT_HELD)
    if held.role is not Role.RETAINED:
        return Failure(Refusal.NOT_RETAINED)
    note = AuditNote(command.operator, f"cleaned up {command.volume}", command.because, command.at)
    asked = evolve(audited(instance, note), asked=instance.ops, ops=OpId(instance.ops + 1))
    return Success(_with(asked, evolve(held, counted=True, errand=Due())))


def _with(instance: Instance, held: VolumeHolding) -> Instance:
    return evolve(instance, ledger=instance.ledger.with_volume(held))
