"""What a durable store promises: records kept by compare-and-set, alarms that fall due, custody of one key at a time.

The port decides what may be asked and what may be answered; how it is kept is left to the stores, and what a record
means to the core: here a record is text, with its kind and its schema beside it. `commit` is the only verb that
changes a record or its alarms. Moments are milliseconds on the store's own clock, so workers need not agree on one.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias

from attrs import Attribute, field, frozen

Clock: TypeAlias = Callable[[], int]
"""Tells the moment in milliseconds since the epoch."""

Chance: TypeAlias = Callable[[], float]
"""Draws a number from 0 up to, but never, 1; each is as likely as the others."""

Schemas: TypeAlias = Mapping[str, int]
"""For each kind a worker works on, the newest schema it can read."""


def wall_clock() -> int:
    """The machine's own time in milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


def even_chance() -> float:
    """The process's own chance, which guards nothing."""
    return random.random()  # noqa: S311 - it only keeps alarms apart


class StoreError(Exception):
    """The store cannot be opened or used; one line that names it and says why.

    Raised by `commit`, it means that nothing was changed. Raised by the verbs of custody, it may leave a lease that
    nobody knows of; such a lease runs out and the next claim takes over.
    """


def _is_patience(due: Due, attribute: Attribute[float], seconds: float) -> None:
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ValueError(
            f"alarm {due.name!r} of {due.of}: {attribute.name} must be finite and at least 0, not {seconds!r}"
        )


@frozen
class Due:
    """One alarm to keep: it falls due `patience_s` seconds, and up to `jitter_s` more, after it is first asked for.

    How much more is drawn by the store, once: alarms of many keys that began together then ring apart.
    """

    name: str
    of: int
    patience_s: float = field(validator=_is_patience)
    jitter_s: float = field(default=0.0, validator=_is_patience)


@frozen
class DueAt:
    """One alarm as it is kept, with the moment it falls due."""

    name: str
    of: int
    due_ms: int


@frozen
class Ring:
    """An alarm that has fallen due; it stays in the store until a commit no longer asks for it."""

    name: str
    of: int


@frozen
class Stored:
    """A record as it was last committed. Its body may carry secrets, so it is not shown."""

    key: str
    kind: str
    schema: int
    version: int
    body: str = field(repr=False)
    commit_id: str


@frozen
class Lease:
    """Proof of custody of one key: whoever holds the token, until it runs out or is released."""

    key: str
    token: str


@frozen
class Claimed:
    """Custody of one key, and the alarms of it that are due.

    `took_over` says that the holder before did not release in time: answers of its requests may be lost.
    """

    lease: Lease
    rings: tuple[Ring, ...]
    took_over: bool


@frozen
class Version:
    """The commit was applied, and this is the record's version now."""

    number: int


@frozen
class Conflict:
    """The commit was refused and changed nothing: the record or the custody is not what the caller believed."""

    why: str


@frozen
class Unknown:
    """The commit may or may not have been applied: load the record and look for your own commit id."""

    why: str


class Store(Protocol):
    """Records under string keys, each with a version, a set of alarms and at most one holder.

    A cancelled call may still take effect, like any other answer that never arrived.
    """

    async def load(self, key: str) -> Stored | None:
        """The record under this key, or None if there has never been one."""

    async def commit(  # noqa: PLR0913 - one verb, and all that it changes together
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
        """Replace the record and its whole set of alarms at once, if it still has the expected version.

        Version 0 stands for a record that does not exist yet. An alarm that is already kept, by name and `of`, keeps
        its moment; new ones fall due after their patience and what is drawn of their jitter; the rest vanish. With a
        lease, it must still be held; with None the caller only states an intent, and a holder's own commit will then
        meet a newer version.

        Raises ValueError for a lease of another key, a negative version or an alarm asked for twice.
        """

    async def claim(self, *, limit: int, owner: str, lease_s: float, schemas: Schemas) -> tuple[Claimed, ...]:
        """Custody of up to `limit` readable keys that nobody holds and that need somebody, the longest waiting first.

        A key needs somebody from the moment its earliest alarm is due. If its last holder vanished, it needs somebody
        from the end of that lease, alarms or not: requests of his may be unanswered, and nothing else would wake it
        before an alarm does. Records of a kind not named in `schemas`, or of a newer schema, are passed over. Raises
        ValueError if `limit` is not at least 1 or `lease_s` not positive.
        """

    async def take(self, key: str, *, owner: str, lease_s: float) -> Claimed | None:
        """Custody of this key, due or not, existing or not; None while anybody holds it, the same owner included."""

    async def renew(self, lease: Lease, *, lease_s: float) -> bool:
        """Hold on for `lease_s` seconds from now; False if the lease is no longer held, and nothing revives it."""

    async def release(self, lease: Lease) -> None:
        """Give custody back; too late, it changes nothing, and the next holder takes over."""

    async def keys(self, kind: str) -> tuple[str, ...]:
        """The keys of all records of this kind, sorted."""

    async def alarms(self, key: str) -> tuple[DueAt, ...]:
        """The alarms kept for this key, the earliest due first."""

    async def next_due_ms(self, schemas: Schemas) -> int | None:
        """The moment at which `claim` will next have something to give, as things stand; None if never.

        A key that is held, or whose last holder vanished, counts from the end of that lease; any other from its
        earliest alarm.
        """

    async def now_ms(self) -> int:
        """The moment on the store's clock."""

    async def incarnation(self) -> int:
        """Which life of the store this is, counted from 1; ops of different lives never share a number."""

    async def new_incarnation(self) -> int:
        """Begin the next life, and tell its number: to be called once after a backup was restored."""

    async def aclose(self) -> None:
        """Let go of files and threads; leases that are still held run out by themselves."""
