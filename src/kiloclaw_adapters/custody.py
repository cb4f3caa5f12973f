"""One key under its lease: its record as last committed, and the one way to change it.

Commit first, always. A conflict or an unknown commit is resolved here, by the rules in `kiloclaw_core.turn`, so that
whoever absorbs a fact learns either that its turn is durable, or that the key is no longer his. What is then performed
is left to the interpreter.
"""

from __future__ import annotations

import secrets
from typing import Generic

from attrs import define, field
from returns.pipeline import is_successful

from kiloclaw_adapters.ports import (
    Clock,
    CommandT,
    EffectT,
    Machinery,
    OutcomeT,
    RecordT,
    RefusalT,
    ReplyT,
    Terms,
    Turn,
)
from kiloclaw_adapters.store import Conflict, Due, Lease, Store, Stored, Unknown, Version
from kiloclaw_core.facts import AlarmRang, Recovered
from kiloclaw_core.phases import Alarm
from kiloclaw_core.turn import AfterConflict, after_conflict

MOMENT_S = 0.001
"""As good as none: a lease renewed for so long runs out at once, and the next holder recovers what was in flight."""


class LostCustodyError(Exception):
    """The key is not ours any more, or we cannot know what is durable: whoever takes it over has to recover."""


class UnreadableRecordError(Exception):
    """The store keeps a record that this release cannot read; the text says which and why."""


def fresh_id() -> str:
    """An id that nobody has used or can guess."""
    return secrets.token_hex(8)


def dues(alarms: tuple[Alarm, ...]) -> tuple[Due, ...]:
    """The alarms in the store's words."""
    return tuple(Due(alarm.name.value, alarm.of, alarm.patience_s, alarm.jitter_s) for alarm in alarms)


async def read_record(
    machinery: Machinery[RecordT, CommandT, RefusalT, ReplyT, EffectT, OutcomeT], store: Store, key: str
) -> tuple[Stored | None, RecordT]:
    """What is stored under this key, and the record that it is; where nothing is stored, the record of nothing.

    Raises UnreadableRecordError for a record that cannot be read.
    """
    stored = await store.load(key)
    if stored is None:
        return None, machinery.absent(key, await store.incarnation())
    decoded = machinery.decode(stored.body)
    if not is_successful(decoded):
        raise UnreadableRecordError(f"{key}: {decoded.failure()}")
    return stored, decoded.unwrap()


@define(eq=False)
class Custody(Generic[RecordT, CommandT, RefusalT, ReplyT, EffectT, OutcomeT]):
    """One key, held. Use it from one task at a time."""

    machinery: Machinery[RecordT, CommandT, RefusalT, ReplyT, EffectT, OutcomeT]
    store: Store
    clock: Clock
    terms: Terms
    lease: Lease
    record: RecordT
    version: int
    body: str | None
    decided_on: int = field(init=False, default=0)
    """The version that our last commit was decided on."""
    committed: int = field(init=False, default=0)
    """The version that it became."""
    committed_at: float = field(init=False)
    """A moment on the monotonic clock that lies before the last commit: a request's time to be sent runs from it."""
    _renewed_at: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.committed_at = self._renewed_at = self.clock.monotonic()

    @classmethod
    async def of(
        cls,
        machinery: Machinery[RecordT, CommandT, RefusalT, ReplyT, EffectT, OutcomeT],
        store: Store,
        clock: Clock,
        terms: Terms,
        lease: Lease,
    ) -> Custody[RecordT, CommandT, RefusalT, ReplyT, EffectT, OutcomeT]:
        """Custody of the key of this lease, with its record as it is now."""
        stored, record = await read_record(machinery, store, lease.key)
        version, body = (0, None) if stored is None else (stored.version, stored.body)
        return cls(machinery, store, clock, terms, lease, record, version, body)

    async def absorb(self, fact: ReplyT | AlarmRang | Recovered) -> Turn[RecordT, EffectT]:
        """The turn that this fact makes, durable by now. A fact that met another commit is absorbed again.

        A turn that changes nothing is not committed, save after a ring: only a commit takes the alarm away. Raises
        LostCustodyError when the turn is not, or not surely, durable.
        """
        while True:
            turn = self.machinery.absorb(self.record, fact)
            body = self.machinery.encode(turn.record)
            idle = body == self.body and not turn.effects and not isinstance(fact, AlarmRang)
            if body is None or idle or await self._commit(turn.record, body):
                return turn

    async def hold(self) -> None:
        """Renew the lease when a third of it has passed; raises LostCustodyError when it is lost."""
        if self.clock.monotonic() - self._renewed_at >= self.terms.lease_s / 3 and not await self._renew():
            raise LostCustodyError(f"{self.lease.key}: the lease ran out")

    async def _renew(self) -> bool:
        renewed_at = self.clock.monotonic()
        held = await self.store.renew(self.lease, lease_s=self.terms.lease_s)
        self._renewed_at = renewed_at
        return held

    async def _commit(self, record: RecordT, body: str) -> bool:
        """Whether the record is durable now; if not, ours is the record as it is now, to absorb the fact again."""
        commit_id, began_at = fresh_id(), self.clock.monotonic()
        answer = await self.store.commit(
            key=self.lease.key,
            kind=self.machinery.kind,
            schema=self.machinery.schema,
            expected_version=self.version,
            body=body,
            alarms=dues(self.machinery.alarms_of(record)),
            commit_id=commit_id,
            lease=self.lease,
        )
        match answer:
            case Version(number=number):
                self._adopt(record, number, body, began_at)
                return True
            case Conflict(why=why):
                await self._reload(why)
                return False
            case Unknown(why=why):
                version = await self._find(commit_id, why)
                if version is not None:
                    self._adopt(record, version, body, began_at)
                return version is not None

    def _adopt(self, record: RecordT, version: int, body: str, began_at: float) -> None:
        self.decided_on, self.version, self.committed = self.version, version, version
        self.record, self.body, self.committed_at = record, body, began_at

    async def _reload(self, why: str) -> None:
        """Our commit met another one: go on from there, if the key is still ours."""
        match after_conflict(lease_held=await self._renew()):
            case AfterConflict.STOP:
                raise LostCustodyError(why)
            case AfterConflict.AGAIN:
                stored, self.record = await read_record(self.machinery, self.store, self.lease.key)
                self.version, self.body = (0, None) if stored is None else (stored.version, stored.body)

    async def _find(self, commit_id: str, why: str) -> int | None:
        """The version that a commit of unknown outcome made, as our own id in the store proves; None if it made none.

        Intents of others may stand on top of it: two versions on, nobody can say any more whether ours is below.
        """
        stored = await self.store.load(self.lease.key)
        version = 0 if stored is None else stored.version
        if stored is not None and stored.commit_id == commit_id:
            return version
        if version > self.version + 1:
            raise LostCustodyError(f"{self.lease.key}: a commit is lost from sight: {why}")
        await self.clock.sleep(self.terms.look_s)
        await self._reload(why)
        return None
