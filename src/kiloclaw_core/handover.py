"""Which volume is ours once a move or a restore is over, and what becomes of the other one.

A candidate is committed, or given up; whatever may bear data is kept for its time, and only what no machine was ever
sent for goes at once.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve

from kiloclaw_core import attempts
from kiloclaw_core.instance import Instance
from kiloclaw_core.ledger import Due, Kept, Role, Span, VolumeHolding
from kiloclaw_core.machine import Data
from kiloclaw_core.names import OpId
from kiloclaw_core.stories import (
    Spent,
)
from kiloclaw_core.verbs import condemn_machine, condemn_volume, our_volume


def committed(instance: Instance, leave: Callable[[Instance, VolumeHolding], Instance] | None = None) -> Instance:
    """The candidate is the volume from now on, and the old one is kept, unless no machine was ever sent for on it."""
    source, candidate = instance.ledger.volume, instance.ledger.candidate
    assert candidate is not None, "a move without a candidate"
    active = evolve(candidate, role=Role.ACTIVE, data=Data.BEARING)
    moved = evolve(instance, ledger=instance.ledger.with_volume(active))
    return moved if source is None else (leave or left)(moved, source)


def left(instance: Instance, held: VolumeHolding) -> Instance:
    """The instance once it has left this volume: it is kept, unless no machine was ever sent for on it."""
    match held.data:
        case Data.FRESH:
            return condemn_volume(instance, held)
        case Data.BEARING:
            kept = evolve(held, role=Role.RETAINED, errand=Due(), counted=False, healthy=False)
            return evolve(instance, ledger=instance.ledger.with_volume(kept))


def rolled_back(instance: Instance) -> Instance:
    """What a move has made is given up, and only that: its machine goes, its volume goes or is kept, ours is ours.

    A copy that a machine was sent for may bear something newer than ours, so it is kept for the whole retention; and
    where ours was never used, it is the one that may.
    """
    candidate, machine = instance.ledger.candidate, instance.ledger.machine
    if candidate is None:
        return instance
    if is_unused(instance) and candidate.data is Data.BEARING:
        return committed(instance)
    if machine is not None:
        instance = condemn_machine(instance, machine)
    instance = attempts.learnt(instance, lambda attempt: attempts.regain(attempt, Spent.CREATE))
    return kept_whole(unproven(instance), candidate)


def is_unused(instance: Instance) -> bool:
    """Whether our volume was never used: no machine was sent for on it, or none that was ever seen up."""
    return our_volume(instance).data is Data.FRESH or not instance.has_run


def unproven(instance: Instance) -> Instance:
    """The instance whose volume has yet to be seen well, now that another was left for it."""
    return evolve(instance, ledger=instance.ledger.with_volume(evolve(our_volume(instance), healthy=False)))


def kept_whole(instance: Instance, held: VolumeHolding) -> Instance:
    """The instance keeping this volume for the whole retention, whatever snapshots it has; an unused one goes.

    From now on it carries on from nothing: what it was copied from may be written again.
    """
    match held.data:
        case Data.FRESH:
            return condemn_volume(instance, held)
        case Data.BEARING:
            op = instance.ops
            kept = evolve(
                held, role=Role.RETAINED, errand=Kept(op, Span.LONG), parent=None, healthy=False, counted=True
            )
            return evolve(instance, ledger=instance.ledger.with_volume(kept), ops=OpId(op + 1))
