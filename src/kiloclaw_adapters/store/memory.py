"""The store in plain dictionaries: for tests, tutorials and dry runs, with the durable stores' semantics to the letter.

Nothing outlives the process. No verb waits between reading and writing, so on one event loop each is a transaction.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, evolve, field

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
    Stored,
    Unknown,
    Version,
    even_chance,
    wall_clock,
)
from kiloclaw_adapters.store.rules import (
    Custody,
    after,
    alarm_set,
    check_commit,
    check_lease,
    check_limit,
    in_order,
    new_custody,
    refusal,
)


@define(eq=False)
class MemoryStore:
    """A store that lives and dies with its process."""

    _clock: Clock = wall_clock
    _chance: Chance = even_chance
    _records: dict[str, Stored] = field(factory=dict, init=False)
    _alarms: dict[str, tuple[DueAt, ...]] = field(factory=dict, init=False)
    _custodies: dict[str, Custody] = field(factory=dict, init=False)
    _incarnation: int = field(default=1, init=False)

    async def load(self, key: str) -> Stored | None:
        """The record under this key, or None."""
        return self._records.get(key)

    async def commit(  # noqa: PLR0913 - the port's one transactional verb
        self,
        *,
        key: str,
        kind: str,
        schema: int,
        expected_version: int,
        body: str,
        alarms: tuple[Due, ...],
        commit_id: str,
        lease: Lease | None,
    ) -> Version | Conflict | Unknown:
        """Replace record and alarms together, or change nothing; never Unknown here."""
        check_commit(key, expected_version, alarms, lease)
        now = self._clock()
        found = self._records.get(key)
        refused = refusal(
            key=key,
            expected_version=expected_version,
            version=0 if found is None else found.version,
            lease=lease,
            custody=self._custodies.get(key),
            now_ms=now,
        )
        if refused is not None:
            return refused
        kept = {(alarm.name, alarm.of): alarm.due_ms for alarm in self._alarms.get(key, ())}
        self._alarms[key] = in_order(alarm_set(kept, alarms, now, self._chance))
        version = expected_version + 1
        self._records[key] = Stored(key, kind, schema, version, body, commit_id)
        return Version(version)

    async def claim(self, *, limit: int, owner: str, lease_s: float, schemas: Schemas) -> tuple[Claimed, ...]:
        """Custody of readable keys that are due or whose holder vanished, the longest waiting first."""
        check_limit(limit)
        check_lease(lease_s)
        now = self._clock()
        due = sorted((moment, key) for moment, key in self._needed(schemas) if moment <= now)
        return tuple(self._give(key, owner, lease_s, now) for _, key in due[:limit])

    async def take(self, key: str, *, owner: str, lease_s: float) -> Claimed | None:
        """Custody of this key unless anybody holds it."""
        check_lease(lease_s)
        now, custody = self._clock(), self._custodies.get(key)
        is_held = custody is not None and custody.is_live(now)
        return None if is_held else self._give(key, owner, lease_s, now)

    async def renew(self, lease: Lease, *, lease_s: float) -> bool:
        """Hold on, if the lease is still held."""
        check_lease(lease_s)
        now = self._clock()
        custody = self._custodies.get(lease.key)
        if custody is None or not custody.is_held_by(lease, now):
            return False
        self._custodies[lease.key] = evolve(custody, until_ms=after(now, lease_s))
        return True

    async def release(self, lease: Lease) -> None:
        """Give custody back, if the lease is still held."""
        custody = self._custodies.get(lease.key)
        if custody is not None and custody.is_held_by(lease, self._clock()):
            del self._custodies[lease.key]

    async def keys(self, kind: str) -> tuple[str, ...]:
        """The keys of all records of this kind, sorted."""
        return tuple(sorted(key for key, record in self._records.items() if record.kind == kind))

    async def alarms(self, key: str) -> tuple[DueAt, ...]:
        """The alarms kept for this key, the earliest due first."""
        return self._alarms.get(key, ())

    async def next_due_ms(self, schemas: Schemas) -> int | None:
        """The moment at which `claim` will next have something to give; None if never."""
        return min((moment for moment, _ in self._needed(schemas)), default=None)

    async def now_ms(self) -> int:
        """The moment on the store's clock."""
        return self._clock()

    async def incarnation(self) -> int:
        """Which life of the store this is, counted from 1."""
        return self._incarnation

    async def new_incarnation(self) -> int:
        """Begin the next life, and tell its number."""
        self._incarnation += 1
        return self._incarnation

    async def aclose(self) -> None:
        """There is nothing to let go of."""

    def _needed(self, schemas: Schemas) -> Iterator[tuple[int, str]]:
        """Every readable key that needs somebody some time, and from when: see `claim` in the port."""
        for key, record in self._records.items():
            custody, alarms = self._custodies.get(key), self._alarms[key]
            if record.kind not in schemas or record.schema > schemas[record.kind]:
                continue
            if custody is not None:
                yield custody.until_ms, key
            elif alarms:
                yield alarms[0].due_ms, key

    def _give(self, key: str, owner: str, lease_s: float, now_ms: int) -> Claimed:
        custody = new_custody(owner, lease_s, now_ms)
        took_over = key in self._custodies
        self._custodies[key] = custody
        rings = tuple(Ring(alarm.name, alarm.of) for alarm in self._alarms.get(key, ()) if alarm.due_ms <= now_ms)
        return Claimed(Lease(key, custody.token), rings, took_over)
