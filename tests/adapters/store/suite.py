"""What the tests of every store share: a clock moved by hand, chance told beforehand, and short ways to ask.

A further store joins the whole suite by a line in `OPENERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from attrs import define, field

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

START_MS: Final = 1_000_000
READABLE: Final = {"instance": 2}
OPENERS: Final[Mapping[str, Callable[[Path, Clock, Chance], Store]]] = {
    "memory": lambda _folder, clock, chance: MemoryStore(clock, chance),
    "sqlite": lambda folder, clock, chance: SqliteStore.open(folder / "store.db", clock=clock, chance=chance),
}


@define
class ManualClock:
    """A clock that stands still until a test moves it."""

    moment_ms: int = START_MS

    def __call__(self) -> int:
        """The moment in milliseconds."""
        return self.moment_ms

    def pass_s(self, seconds: float) -> None:
        """Let time pass."""
        self.moment_ms += round(seconds * 1000)


@define
class ToldChance:
    """Chance that draws what a test told it to, round and round, and counts how often it is asked."""

    draws: list[float] = field(factory=lambda: [0.25, 0.5, 0.75])
    drawn: int = 0

    def __call__(self) -> float:
        """The next number."""
        self.drawn += 1
        return self.draws[(self.drawn - 1) % len(self.draws)]


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
