"""A search by the packed explorer, to its end."""

from __future__ import annotations

from kiloclaw_adapters.explorer.packed import explore_packed
from kiloclaw_core.explore import Product, Progress, Report
from kiloclaw_core.explore.model import SceneT


def searched(
    product: Product[SceneT], audit_every: int = 100, *, beside: bool = False
) -> tuple[list[Progress], Report]:
    """What the packed explorer tells on its way, and what it found."""
    search, told = explore_packed(product, audit_every=audit_every, beside=beside), list[Progress]()
    while True:
        try:
            told.append(next(search))
        except StopIteration as finished:
            report: Report = finished.value
            return told, report
