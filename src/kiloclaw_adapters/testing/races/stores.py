"""Whatever is done to a store, and in whatever order, it answers as the one in dictionaries does.

Derive from `StoreRaces` and say how yours is opened. Its clock and its chance are told to it, so that both stores see
the same moments and the same draws.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

from attrs import define, evolve, field, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiloclaw_adapters.store import Chance, Claimed, Clock, Due, Lease, MemoryStore, Store

START_MS: Final = 1_000_000
READABLE: Final = {"instance": 2}


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


KEYS: Final = st.sampled_from(("a", "b"))
SECONDS: Final = st.sampled_from((0.5, 1.0, 3.0))
ALARMS: Final = st.lists(
    st.builds(
        Due,
        st.sampled_from(("answer", "pause")),
        st.integers(1, 2),
        patience_s=st.sampled_from((0.0, 1.0, 2.0)),
        jitter_s=st.sampled_from((0.0, 4.0)),
    ),
    max_size=3,
    unique_by=lambda due: (due.name, due.of),
)


@define
class Tried:
    """One store, with the leases it gave in the order it gave them: tokens differ, their numbers must not."""

    store: Store
    clock: ManualClock
    leases: list[Lease] = field(factory=list)

    def numbered(self, claimed: Claimed) -> Claimed:
        """The same custody with its token replaced by its number."""
        self.leases.append(claimed.lease)
        return evolve(claimed, lease=Lease(claimed.lease.key, str(len(self.leases))))

    def lease(self, choice: int) -> Lease:
        """One of the leases given so far, or one that never was."""
        return [Lease("a", "never given"), *self.leases][choice % (len(self.leases) + 1)]


Step: TypeAlias = Callable[[Tried], Awaitable[object]]


@frozen
class Commit:
    """Commit on the version found, or on an older one; beside any lease, or under one."""

    key: str
    behind: int
    alarms: list[Due]
    schema: int
    under: int | None

    async def __call__(self, tried: Tried) -> object:
        """The answer, and the record and alarms as they are then."""
        lease = None if self.under is None else tried.lease(self.under)
        key = self.key if lease is None else lease.key
        found = await tried.store.load(key)
        version = max((0 if found is None else found.version) - self.behind, 0)
        answer = await tried.store.commit(
            key=key,
            kind="instance",
            schema=self.schema,
            expected_version=version,
            body="{}",
            alarms=tuple(self.alarms),
            commit_id="first",
            lease=lease,
        )
        return answer, await tried.store.load(key), await tried.store.alarms(key), await tried.store.keys("instance")


@frozen
class Claim:
    """Claim a batch of what is due."""

    limit: int
    lease_s: float

    async def __call__(self, tried: Tried) -> object:
        """The leases by number, with their rings and take-overs."""
        claims = await tried.store.claim(limit=self.limit, owner="w", lease_s=self.lease_s, schemas=READABLE)
        return [tried.numbered(claimed) for claimed in claims]


@frozen
class Take:
    """Take one key by name."""

    key: str
    lease_s: float

    async def __call__(self, tried: Tried) -> object:
        """The lease by number, or None."""
        claimed = await tried.store.take(self.key, owner="w", lease_s=self.lease_s)
        return None if claimed is None else tried.numbered(claimed)


@frozen
class Keep:
    """Renew a lease, good or not."""

    choice: int
    lease_s: float

    async def __call__(self, tried: Tried) -> object:
        """Whether it was still held."""
        return await tried.store.renew(tried.lease(self.choice), lease_s=self.lease_s)


@frozen
class GiveBack:
    """Release a lease, good or not."""

    choice: int

    async def __call__(self, tried: Tried) -> object:
        """When there is something to claim after it."""
        await tried.store.release(tried.lease(self.choice))
        return await tried.store.next_due_ms(READABLE)


@frozen
class Wait:
    """Let time pass."""

    seconds: float

    async def __call__(self, tried: Tried) -> object:
        """When there is something to claim next."""
        tried.clock.pass_s(self.seconds)
        return await tried.store.next_due_ms(READABLE)


STEPS: st.SearchStrategy[Step] = st.one_of(
    st.builds(Commit, KEYS, st.integers(0, 1), ALARMS, st.integers(1, 3), st.none() | st.integers(0, 9)),
    st.builds(Claim, st.integers(1, 3), SECONDS),
    st.builds(Take, KEYS, SECONDS),
    st.builds(Keep, st.integers(0, 9), SECONDS),
    st.builds(GiveBack, st.integers(0, 9)),
    st.builds(Wait, SECONDS),
)


async def answers(store: Store, clock: ManualClock, steps: list[Step]) -> list[object]:
    """What the store says to each step."""
    tried = Tried(store, clock)
    said = [await step(tried) for step in steps]
    await store.aclose()
    return said


class StoreRaces(ABC):
    """Your store against the one that is kept in dictionaries: `open_store` says how yours is opened."""

    @abstractmethod
    def open_store(self, folder: Path, clock: Clock, chance: Chance) -> Store:
        """An empty store; in this folder, if it keeps anything in files, by this clock and this chance."""

    @settings(deadline=None, suppress_health_check=[HealthCheck.differing_executors])
    @given(steps=st.lists(STEPS, min_size=15, max_size=40))
    def test_it_answers_as_the_store_in_dictionaries_does(self, steps: list[Step]) -> None:
        """The rules of stores are written more than once, and must be one."""
        with TemporaryDirectory() as folder:
            clocks = ManualClock(), ManualClock()
            ours = self.open_store(Path(folder), clocks[0], ToldChance())
            found = asyncio.run(answers(ours, clocks[0], steps))
            assert found == asyncio.run(answers(MemoryStore(clocks[1], ToldChance()), clocks[1], steps))
