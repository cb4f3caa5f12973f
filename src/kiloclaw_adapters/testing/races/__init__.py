"""Suites that find races in a change, or in a port: derive from one, say what is yours, and pytest runs it.

They need the extra `testing`.
"""

from __future__ import annotations

from kiloclaw_adapters.testing.races.named import InstanceByName, by_name
from kiloclaw_adapters.testing.races.stores import StoreRaces
from kiloclaw_adapters.testing.races.suite import InstanceRaces
from kiloclaw_adapters.testing.races.walks import (
    BrokenError,
    assert_holds,
    scheduled,
    walk_by_choices,
    walk_by_rules,
    walk_by_schedule,
)

__all__ = (
    "BrokenError",
    "InstanceByName",
    "InstanceRaces",
    "StoreRaces",
    "assert_holds",
    "by_name",
    "scheduled",
    "walk_by_choices",
    "walk_by_rules",
    "walk_by_schedule",
)
