"""What becomes of a volume that is left for another, whatever was remembered of it."""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.handover import left
from kiloclaw_core.ledger import Due, Kept, Role, Span
from kiloclaw_core.names import OpId

from .scenario import running


def test_a_volume_that_is_left_again_is_looked_after_anew() -> None:
    """What was learnt of its snapshots while it was kept before says nothing of those it has by now."""
    instance = running().instance
    (held,) = instance.ledger.volumes
    again = evolve(held, errand=Kept(OpId(1), Span.LONG), counted=True, healthy=True)

    kept = evolve(held, role=Role.RETAINED, errand=Due(), counted=False, healthy=False)
    assert left(instance, again) == evolve(instance, ledger=instance.ledger.with_volume(kept))
