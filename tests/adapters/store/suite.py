"""What the tests of every store share: a clock moved by hand, chance told beforehand, and short ways to ask.

A further store joins the whole suite by a line in `OPENERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from kiloclaw_adapters.store import (
    Chance,
    Claimed,
    Clock,
    Conflict,
    Due,
    Lease,
    MemoryStore,
    SqliteStore,
    Store,
    Unknown,
    Version,
)
from kiloclaw_adapters.testing.races.stores import READABLE, START_MS, ManualClock, ToldChance

__all__ = ("OPENERS", "READABLE", "START_MS", "ManualClock", "ToldChance", "claim", "put", "take")

OPENERS: Final[Mapping[str, Callable[[Path, Clock, Chance], Store]]] = {
    "memory": lambda _folder, clock, chance: MemoryStore(clock, chance),
    "sqlite": lambda folder, clock, chance: SqliteStore.open(folder / "store.db", clock=clock, chance=chance),
}


async def put(  # noqa: PLR0913 - a commit with everything a test does not care about left out
    store: Store,
    key: str = "a",
    *alarms: Due,
    on: int = 0,
    kind: str = "instance",
    schema: int = 1,
    body: str = "{}",
    commit_id: str = "first",
    lease: Lease | None = None,
) -> Version | Conflict | Unknown:
    """Commit a small record on top of version `on`."""
    return await store.commit(
        key=key,
        kind=kind,
        schema=schema,
        expected_version=on,
        body=body,
        alarms=alarms,
        commit_id=commit_id,
        lease=lease,
    )


async def claim(store: Store, *, limit: int = 10, owner: str = "worker-1") -> tuple[Claimed, ...]:
    """Claim for ten seconds what a worker of today can read."""
    return await store.claim(limit=limit, owner=owner, lease_s=10, schemas=READABLE)


async def take(store: Store, key: str = "a", *, owner: str = "worker-1") -> Lease:
    """The lease of a key that nobody holds, for ten seconds."""
    claimed = await store.take(key, owner=owner, lease_s=10)
    assert claimed is not None
    return claimed.lease
