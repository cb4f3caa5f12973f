"""The reservations of a registry as rows of their own, written in the transaction that replaces its record.

The record says what is so; the rows are a second line of defence. One that still holds a slot is never taken away, only
ended by its own registry, so that a commit which would let two attempts into one slot fails whole.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Final

from returns.pipeline import is_successful

from kiloclaw_adapters.registry.layout import UNRESOLVED_WORDS
from kiloclaw_adapters.registry.machinery import REGISTRY
from kiloclaw_adapters.store import Stored
from kiloclaw_core.policy import Policy
from kiloclaw_core.registry.record import Registry

UPSERT: Final = """
    INSERT INTO reservation (owner, attempt, user, instance, fence, phase) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (owner, attempt) DO UPDATE SET phase = excluded.phase"""
FORGET: Final = """
    DELETE FROM reservation WHERE owner = ?1 AND phase NOT IN (SELECT value FROM json_each(?2))
      AND attempt NOT IN (SELECT value FROM json_each(?3))"""

Row = tuple[str, str, str, str, int, str]


def write_reservations(connection: sqlite3.Connection, record: Stored) -> None:
    """Write the rows of this record; raises sqlite3.IntegrityError where two attempts would hold one slot.

    Where two commits of different programs differ about a registry, the second one fails too: that is wanted.
    """
    if record.kind != REGISTRY.kind:
        return
    decoded = REGISTRY.decode(record.body, Policy())
    assert is_successful(decoded), f"{record.key}: our own record cannot be read: {decoded.failure()}"
    write_rows(connection, decoded.unwrap())


def write_rows(connection: sqlite3.Connection, registry: Registry) -> None:
    """Write the rows of this registry: those that have ended first, because they make room."""
    ended_first = sorted(registry.reservations, key=lambda one: one.unresolved)
    rows: list[Row] = [
        (registry.owner, one.attempt, one.user, one.instance, one.fence, one.phase.value) for one in ended_first
    ]
    connection.executemany(UPSERT, rows)
    known = json.dumps([one.attempt for one in registry.reservations])
    connection.execute(FORGET, (registry.owner, json.dumps(UNRESOLVED_WORDS), known))
