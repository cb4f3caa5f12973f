"""The durable store: the port, what every store decides alike, and the stores there are.

`open_store` turns a URL into one; everything else here is the vocabulary of the port.
"""

from __future__ import annotations

from kiloclaw_adapters.store.memory import MemoryStore
from kiloclaw_adapters.store.open import open_store
from kiloclaw_adapters.store.port import (
    Chance,
    Claimed,
    Clock,
    Conflict,
    Due,
    DueAt,
    Lease,
    Ring,
    Schemas,
    Store,
    Stored,
    StoreError,
    Unknown,
    Version,
    even_chance,
    wall_clock,
)
from kiloclaw_adapters.store.sqlite import SqliteStore

__all__ = (
    "Chance",
    "Claimed",
    "Clock",
    "Conflict",
    "Due",
    "DueAt",
    "Lease",
    "MemoryStore",
    "Ring",
    "Schemas",
    "SqliteStore",
    "Store",
    "StoreError",
    "Stored",
    "Unknown",
    "Version",
    "even_chance",
    "open_store",
    "wall_clock",
)
