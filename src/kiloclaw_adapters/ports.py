"""What the interpreter asks of everything round it: the bundle of pure functions, whoever performs, watches and waits.

A `Machinery` is one kind of record, so that one interpreter serves them all. The other ports are protocols: the store's
is in `store/port.py`. Nothing is decided here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from attrs import frozen
from returns.result import Result

from kiloclaw_core.codec import CodecError
from kiloclaw_core.facts import AlarmRang, Recovered
from kiloclaw_core.instance import Note
from kiloclaw_core.names import OpId, OrgId, SandboxId, SecretRef, UserId
from kiloclaw_core.outcomes import Unknown
from kiloclaw_core.phases import Alarm


class Numbered(Protocol):
    """An effect, as far as whoever performs it must know it."""

    @property
    def op(self) -> OpId:
        """The number of its one request."""
        ...


RecordT = TypeVar("RecordT")
CommandT = TypeVar("CommandT")
RefusalT = TypeVar("RefusalT")
ReplyT = TypeVar("ReplyT")
EffectT = TypeVar("EffectT", bound=Numbered)
OutcomeT = TypeVar("OutcomeT")
RecordT_co = TypeVar("RecordT_co", covariant=True)
EffectT_co = TypeVar("EffectT_co", covariant=True)
OutcomeT_co = TypeVar("OutcomeT_co", covariant=True)
EffectT_contra = TypeVar("EffectT_contra", contravariant=True)


class Turn(Protocol[RecordT_co, EffectT_co]):
    """A transition of whatever kind of record: durable first, performed afterwards."""

    @property
    def record(self) -> RecordT_co:
        """The next record."""
        ...

    @property
    def effects(self) -> tuple[EffectT_co, ...]:
        """What is to be done once the record is durable."""
        ...

    @property
    def notes(self) -> tuple[Note, ...]:
        """Lines for the log."""
        ...


@frozen
class Machinery(Generic[RecordT, CommandT, RefusalT, ReplyT, EffectT, OutcomeT]):
    """Everything that the interpreter must know of one kind of record: pure functions, and nothing else."""

    kind: str
    schema: int
    absent: Callable[[str, int], RecordT]
    """The record under a key where there is none, numbering its ops from this incarnation of the store."""
    decide: Callable[[RecordT, CommandT], Result[RecordT, RefusalT]]
    announced: Callable[[RecordT, CommandT, RecordT], tuple[Note, ...]]
    """What is told of a command that turned the first record into the second, once that is durable."""
    absorb: Callable[[RecordT, ReplyT | AlarmRang | Recovered], Turn[RecordT, EffectT]]
    alarms_of: Callable[[RecordT], tuple[Alarm, ...]]
    encode: Callable[[RecordT], str | None]
    """The text that is stored; None for a record of nothing, which is never written."""
    decode: Callable[[str], Result[RecordT, CodecError]]
    replied: Callable[[OpId, OutcomeT | Unknown, int], ReplyT]
    awaited: Callable[[RecordT], frozenset[OpId]]
    """The ops whose answers the record still waits for."""
    may_abandon: Callable[[EffectT], bool]
    """Whether an effect that nobody waits for any more can be broken off: it changes nothing outside."""
    incarnation: Callable[[RecordT], int]
    """The incarnation of the store that the record's next op belongs to."""


class Performer(Protocol[EffectT_contra, OutcomeT_co]):
    """Carries out one effect and says what came of it."""

    async def perform(self, effect: EffectT_contra, *, committed_at: float) -> OutcomeT_co:
        """What came of the effect, whose record was committed not before `committed_at` of the monotonic clock.

        Total: the world's failures are outcomes. Should it raise after all, the interpreter hears Unknown.
        """


class Directory(Protocol):
    """Where the rest of the company looks a sandbox up; each mark is made once and stays for ever.

    Every verb may be repeated at will. Where the directory has no row, there is nothing left to mark, and that is
    success. Raises OSError when it cannot be known whether the mark was made.
    """

    async def tombstone(self, sandbox: SandboxId, user: UserId, org: OrgId | None) -> None:
        """Nobody is routed to the sandbox any more."""

    async def mark_destroyed(self, sandbox: SandboxId) -> None:
        """The sandbox's row says that it is destroyed."""


class Secrets(Protocol):
    """Whoever keeps the values that machines are given and that no record has; only what is sent ever carries one."""

    async def resolve(self, reference: SecretRef) -> str:
        """The value that this reference stands for. Raises LookupError where it stands for none.

        Anything else that is raised means that it cannot be known now. What is raised is not repeated to anybody.
        """
        ...


class Clock(Protocol):
    """The time, and waiting for it to pass; injected everywhere, so that a test need not wait."""

    def monotonic(self) -> float:
        """Seconds from a moment of no meaning; it never goes back."""
        ...

    def now_ms(self) -> int:
        """Milliseconds since the epoch, for people to read."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait this long."""


@frozen
class SystemClock:
    """The machine's own time."""

    def monotonic(self) -> float:
        """The process's own monotonic time, which the Fly adapter tells by as well."""
        return time.monotonic()

    def now_ms(self) -> int:
        """The machine's own time in milliseconds since the epoch."""
        return time.time_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Wait this long on the running event loop."""
        await asyncio.sleep(seconds)


@frozen
class Terms:
    """Under whose name keys are held, for how long, and how often a holder looks round.

    A lease must outlast any pause of the process that is to be forgiven; it is renewed when a third of it has passed.
    """

    owner: str
    lease_s: float = 30.0
    look_s: float = 1.0
    """Between two looks for alarms that fell due, or for intents that others have committed."""
