"""The one interpreter, for every kind of record: facts one at a time, each committed before its effects are performed.

It takes a key under its lease and works until nothing is in flight and nothing is due. It decides nothing: what a fact
means is the core's, what becomes of a commit is `custody`'s, what an effect does is the performer's. A worker chooses
the keys; a caller who waits for one instance works on it himself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic

from attrs import define, field
from returns.pipeline import is_successful
from returns.result import Result

from kiloclaw_adapters.custody import MOMENT_S, Custody, LostCustodyError, dues, fresh_id, read_record
from kiloclaw_adapters.flights import Flights
from kiloclaw_adapters.moments import Asked, Failed, Held, LetGo, Rang, Watch, Wrote
from kiloclaw_adapters.ports import (
    Clock,
    CommandT,
    EffectT,
    Machinery,
    OutcomeT,
    Performer,
    RecordT,
    RefusalT,
    ReplyT,
    Terms,
)
from kiloclaw_adapters.store import Claimed, Conflict, DueAt, Lease, Store, StoreError, Unknown, Version
from kiloclaw_core.facts import AlarmRang, Recovered
from kiloclaw_core.names import OpId
from kiloclaw_core.phases import AlarmName

INTENT_TRIES = 16
"""How often a command is decided anew on a record that others change meanwhile, before its caller hears of it."""


@define(eq=False)
class Interpreter(Generic[RecordT, CommandT, RefusalT, ReplyT, EffectT, OutcomeT]):
    """Works on the keys of one kind of record."""

    machinery: Machinery[RecordT, CommandT, RefusalT, ReplyT, EffectT, OutcomeT]
    store: Store
    performer: Performer[EffectT, OutcomeT]
    clock: Clock
    terms: Terms
    watch: Watch[CommandT, RecordT, EffectT, OutcomeT]

    # -- intent --------------------------------------------------------------------------------------------------

    async def intend(self, key: str, command: CommandT, by: str) -> Result[RecordT, RefusalT]:
        """The record once the command is granted and durable, or why it is not; whoever holds the key is then rung.

        Raises StoreError when the intent could not be made durable. Asking again with the same command is always
        safe, for a command is granted once.
        """
        for tried in range(INTENT_TRIES):
            stored, record = await read_record(self.machinery, self.store, key)
            if tried == 0:
                self.watch.saw(key, Asked(by, command, record, _first(await self.store.alarms(key))))
            decided = self.machinery.decide(record, command)
            if not is_successful(decided):
                return decided
            intended = decided.unwrap()
            body = self.machinery.encode(intended)
            if body is None or (stored is not None and stored.body == body):
                return decided  # granted before
            version = 0 if stored is None else stored.version
            became = await self._written(key, version, body, intended)
            if became is not None:
                told = self.machinery.announced(record, command, intended)
                due_ms = _first(await self.store.alarms(key))
                self.watch.saw(key, Wrote(intended, told, due_ms, by, version, became))
                return decided
        raise StoreError(f"{key}: the command could not be made durable in {INTENT_TRIES} tries")

    async def _written(self, key: str, version: int, body: str, record: RecordT) -> int | None:
        """The version that an intent became, None if it is not durable.

        If that is not known, our own id tells; if not even that, we decide again.
        """
        commit_id = fresh_id()
        answer = await self.store.commit(
            key=key,
            kind=self.machinery.kind,
            schema=self.machinery.schema,
            expected_version=version,
            body=body,
            alarms=dues(self.machinery.alarms_of(record)),
            commit_id=commit_id,
            lease=None,
        )
        match answer:
            case Version(number=number):
                return number
            case Conflict():
                return None
            case Unknown():
                stored = await self.store.load(key)
                return stored.version if stored is not None and stored.commit_id == commit_id else None

    # -- work ----------------------------------------------------------------------------------------------------

    async def serve(self, key: str, is_served: Callable[[RecordT], bool]) -> RecordT:
        """Work on this key, or wait while another holds it, until the record is as wanted; that is the answer."""
        wait_s = 0.0
        while True:
            _, record = await read_record(self.machinery, self.store, key)
            if is_served(record):
                return record
            await self.clock.sleep(wait_s)
            claimed = await self.store.take(key, owner=self.terms.owner, lease_s=self.terms.lease_s)
            if claimed is None:
                wait_s = self.terms.look_s
            else:
                await self.attend(claimed)
                wait_s = await patience_s(self.store, self.terms, _first(await self.store.alarms(key)))

    async def attend(self, claimed: Claimed) -> None:
        """Work on a key that was just claimed until nothing is in flight and nothing is due, then let it go.

        Cancelled, or unsure of the key, it lets go in disorder, and the next holder recovers. Any other failure is
        raised, and the lease left to run out by itself, so that a key that cannot be worked on is not tried at once.
        """
        lease = claimed.lease
        try:
            await self._hold(claimed)
        except asyncio.CancelledError:
            await self._forsake(lease)
            raise
        except LostCustodyError as error:
            await self._forsake(lease)
            self.watch.saw(lease.key, Failed("holding the key", error))

    async def _forsake(self, lease: Lease) -> None:
        """Let go in disorder: the lease runs out now, or by itself where the store cannot be told."""
        try:
            await self.store.renew(lease, lease_s=MOMENT_S)
        except StoreError as error:
            self.watch.saw(lease.key, Failed("letting go of the key", error))

    async def _hold(self, claimed: Claimed) -> None:
        """Recover what is owed, absorb rings and answers until there are none to come, and release the key."""
        key = claimed.lease.key
        custody = await Custody.of(self.machinery, self.store, self.clock, self.terms, claimed.lease)
        flights = Flights(key, self.performer, self.watch)
        work = Work(self, custody, flights)
        due_ms = _first(await self.store.alarms(key))
        self.watch.saw(key, Held(custody.record, due_ms, claimed.took_over))
        try:
            await work.recover(took_over=claimed.took_over)
            await work.ring()
            while work.is_under_way():
                await work.hear()
                await custody.hold()
                await work.ring()
        finally:
            await flights.cancel()
        self.watch.saw(key, LetGo(custody.record))  # while the key is ours, so that nobody else's turn comes before it
        await self.store.release(claimed.lease)


@define(eq=False)
class Work(Generic[RecordT, CommandT, RefusalT, ReplyT, EffectT, OutcomeT]):
    """The facts of one key, in the order they are absorbed."""

    interpreter: Interpreter[RecordT, CommandT, RefusalT, ReplyT, EffectT, OutcomeT]
    custody: Custody[RecordT, CommandT, RefusalT, ReplyT, EffectT, OutcomeT]
    flights: Flights[CommandT, RecordT, EffectT, OutcomeT]
    _due_ms: int | None = field(init=False, default=None)

    async def recover(self, *, took_over: bool) -> None:
        """Tell the record, once, that every answer under way is lost; or that its store begins another life."""
        parts = self.interpreter
        incarnation = await parts.store.incarnation()
        if took_over or parts.machinery.incarnation(self.custody.record) < incarnation:
            await self._absorb(Recovered(incarnation, parts.clock.now_ms()))

    async def ring(self) -> None:
        """Absorb every alarm that is due, the earliest first, until none is."""
        parts, key = self.interpreter, self.custody.lease.key
        while True:
            alarms = await parts.store.alarms(key)
            self._due_ms = _first(alarms)
            if self._due_ms is None or self._due_ms > await parts.store.now_ms():
                return
            name, of = AlarmName(alarms[0].name), OpId(alarms[0].of)
            parts.watch.saw(key, Rang(name.value, of))
            await self._absorb(AlarmRang(name, of, parts.clock.now_ms()))
            await self.custody.hold()

    def is_under_way(self) -> bool:
        """Whether anything is in flight, once what nobody waits for any more is broken off."""
        machinery = self.interpreter.machinery
        awaited = machinery.awaited(self.custody.record)
        self.flights.abandon(lambda effect: effect.op not in awaited and machinery.may_abandon(effect))
        return bool(self.flights)

    async def hear(self) -> None:
        """Wait for answers, but not beyond the next look, and absorb those that have come."""
        parts = self.interpreter
        wait_s = await patience_s(parts.store, parts.terms, self._due_ms)
        for effect, outcome in await self.flights.landed(parts.clock, wait_s):
            await self._absorb(parts.machinery.replied(effect.op, outcome, parts.clock.now_ms()))

    async def _absorb(self, fact: ReplyT | AlarmRang | Recovered) -> None:
        """Commit the turn of this fact, then send what it sends."""
        parts, key, before = self.interpreter, self.custody.lease.key, self.custody.committed
        turn = await self.custody.absorb(fact)
        if self.custody.committed != before:  # else nothing of it was, whoever else may have committed meanwhile
            due_ms = _first(await parts.store.alarms(key))
            versions = self.custody.decided_on, self.custody.committed
            parts.watch.saw(key, Wrote(turn.record, turn.notes, due_ms, None, *versions))
        for effect in turn.effects:
            self.flights.start(effect, self.custody.committed_at)


async def patience_s(store: Store, terms: Terms, due_ms: int | None) -> float:
    """How long nothing need be looked at: until the alarm that is due then, but not beyond the next look round."""
    look_s = min(terms.look_s, terms.lease_s / 3)
    if due_ms is None:
        return look_s
    return min(look_s, max(0.0, (due_ms - await store.now_ms()) / 1000))


def _first(alarms: tuple[DueAt, ...]) -> int | None:
    return min((alarm.due_ms for alarm in alarms), default=None)
