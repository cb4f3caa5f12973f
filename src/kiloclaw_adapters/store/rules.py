"""What every store decides alike: whether a commit is granted, when an alarm falls due, who holds a key.

Pure functions over what a store has read; reading and writing, and doing both at once, are left to the stores.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping
from typing import TypeAlias

from attrs import frozen

from kiloclaw_adapters.store.port import Chance, Conflict, Due, DueAt, Lease

Moments: TypeAlias = Mapping[tuple[str, int], int]
"""When each alarm of one key falls due, by name and `of`."""


@frozen
class Custody:
    """Who holds a key, and until when; it stays behind when a holder vanishes, as the sign of it."""

    token: str
    owner: str
    until_ms: int

    def is_live(self, now_ms: int) -> bool:
        """Whether the holder may still act."""
        return now_ms < self.until_ms

    def is_held_by(self, lease: Lease, now_ms: int) -> bool:
        """Whether this lease is the one that counts, and has not run out."""
        return self.token == lease.token and self.is_live(now_ms)


def new_custody(owner: str, lease_s: float, now_ms: int) -> Custody:
    """Custody that begins now, under a token that nobody can guess or repeat."""
    return Custody(token=secrets.token_hex(16), owner=owner, until_ms=after(now_ms, lease_s))


def after(now_ms: int, seconds: float) -> int:
    """The moment this many seconds from now, to the nearest millisecond."""
    return now_ms + round(seconds * 1000)


def refusal(  # noqa: PLR0913 - everything that a commit is measured against
    *,
    key: str,
    expected_version: int,
    version: int,
    lease: Lease | None,
    custody: Custody | None,
    now_ms: int,
) -> Conflict | None:
    """Why this commit must not be made, or None; `version` is the record's, 0 if there is none."""
    if lease is not None and (custody is None or not custody.is_held_by(lease, now_ms)):
        return Conflict(f"{key}: the lease {_what_became_of(lease, custody)}")
    if version != expected_version:
        return Conflict(f"{key}: the record is at version {version}, not {expected_version}")
    return None


def _what_became_of(lease: Lease, custody: Custody | None) -> str:
    if custody is None:
        return "was given back"
    if custody.token != lease.token:
        return f"is another one by now, taken by {custody.owner}"
    return "has run out"


def alarm_set(kept: Moments, wanted: tuple[Due, ...], now_ms: int, chance: Chance) -> tuple[DueAt, ...]:
    """The alarms after a commit: those kept already keep their moment, so asking again never puts one off.

    Chance is drawn from once for each alarm that is new and has a jitter, in the order in which they are asked for.
    """
    return tuple(DueAt(due.name, due.of, _moment(kept, due, now_ms, chance)) for due in wanted)


def _moment(kept: Moments, due: Due, now_ms: int, chance: Chance) -> int:
    moment = kept.get((due.name, due.of))
    if moment is not None:
        return moment
    return after(now_ms, due.patience_s + (due.jitter_s * chance() if due.jitter_s else 0.0))


def in_order(alarms: tuple[DueAt, ...]) -> tuple[DueAt, ...]:
    """The alarms of one key, the earliest due first."""
    return tuple(sorted(alarms, key=lambda alarm: (alarm.due_ms, alarm.name, alarm.of)))


def check_commit(key: str, expected_version: int, alarms: tuple[Due, ...], lease: Lease | None) -> None:
    """Refuse, by ValueError, a commit that no state of the store could make right."""
    if expected_version < 0:
        raise ValueError(f"{key}: expected_version must be at least 0, not {expected_version}")
    if lease is not None and lease.key != key:
        raise ValueError(f"{key}: the lease given is one of {lease.key}")
    names = [(alarm.name, alarm.of) for alarm in alarms]
    for name, of in names:
        if names.count((name, of)) > 1:
            raise ValueError(f"{key}: alarm {name!r} of {of} is asked for twice")


def check_limit(limit: int) -> None:
    """Refuse, by ValueError, a batch of nothing: to SQLite a negative limit would mean everything."""
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")


def check_lease(lease_s: float) -> None:
    """Refuse, by ValueError, a lease that would have run out when it is given, or never would."""
    if not (math.isfinite(lease_s) and lease_s > 0):
        raise ValueError(f"lease_s must be finite and more than 0, not {lease_s!r}")
