"""The core's guard and SQLite's partial unique index agree on who may hold a slot, whatever is asked in which order."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from returns.pipeline import is_successful

from kiloclaw_adapters.directory import FileDirectory
from kiloclaw_adapters.registry.layout import MIGRATIONS, UNRESOLVED_WORDS
from kiloclaw_adapters.registry.machinery import REGISTRY
from kiloclaw_adapters.registry.reservations import write_rows
from kiloclaw_adapters.store import StoreError, Version
from kiloclaw_core.names import AttemptId, Fence, OwnerKey, SandboxId, UserId
from kiloclaw_core.registry import (
    Begin,
    Commit,
    ConfirmedAbsent,
    Destroyed,
    DestroyIntent,
    FailedClean,
    FailedDirty,
    Failure,
    Occupied,
    OperatorRelease,
    Phase,
    PrepareCommit,
    Proof,
    Publish,
    Registry,
    RegistryCommand,
    WorkStarted,
    registry_decide,
)

OWNER = OwnerKey("org:acme")
USERS = (UserId("ann"), UserId("ben"))
ATTEMPTS = tuple(AttemptId(f"attempt-{number}") for number in range(5))
INSTANCES = tuple(SandboxId(f"sandbox-{number}") for number in range(5))
HOLDS = "SELECT user, attempt FROM reservation WHERE phase IN (SELECT value FROM json_each(?)) ORDER BY user"
INTRUDE = "INSERT INTO reservation (owner, attempt, user, instance, fence, phase) VALUES (?, ?, ?, 'x', 99, 'open')"


@st.composite
def commands(draw: st.DrawFn) -> RegistryCommand:
    """Anything that may be asked of the registry, of any attempt under any fence."""
    user, which = draw(st.sampled_from(USERS)), draw(st.integers(0, len(ATTEMPTS) - 1))
    attempt, instance, fence = ATTEMPTS[which], INSTANCES[which], Fence(draw(st.integers(1, 4)))
    proof = Proof(OWNER, user, instance)
    every: tuple[RegistryCommand, ...] = (
        Begin(OWNER, attempt, user, instance),
        WorkStarted(OWNER, attempt, fence),
        PrepareCommit(OWNER, attempt, fence),
        Commit(OWNER, attempt, fence, proof),
        FailedClean(OWNER, attempt, fence),
        FailedClean(OWNER, attempt, fence, verdict=ConfirmedAbsent()),
        FailedDirty(OWNER, attempt, fence, Failure.PROVIDER),
        Publish(OWNER, proof, instance),
        DestroyIntent(OWNER, user, instance, instance),
        Destroyed(OWNER, user, instance, instance),
        OperatorRelease(OWNER, attempt, draw(st.sampled_from(Phase)), fence, "ann", "stuck"),
    )
    return draw(st.sampled_from(every))


def tables() -> sqlite3.Connection:
    """The tables of a directory, empty."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for statements in MIGRATIONS:
        for statement in statements:
            connection.execute(statement)
    return connection


def holders(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Who holds which slot, as the rows say."""
    return connection.execute(HOLDS, (json.dumps(UNRESOLVED_WORDS),)).fetchall()


def admits(connection: sqlite3.Connection, command: Begin) -> bool:
    """Whether the index alone would let this attempt in; nothing comes of it."""
    connection.execute("SAVEPOINT asking")
    try:
        connection.execute(INTRUDE, (command.owner, f"new {command.attempt}", command.user))
    except sqlite3.IntegrityError:
        return False
    finally:
        connection.execute("ROLLBACK TO asking")
        connection.execute("RELEASE asking")
    return True


@given(st.lists(commands(), max_size=40))
def test_guard_and_index_agree(asked: list[RegistryCommand]) -> None:
    """Neither is there without the other: what one lets in, the other does, and what one holds up, the other does."""
    registry = Registry(OWNER)
    with closing(tables()) as connection:
        for command in asked:
            decided = registry_decide(registry, command)
            if isinstance(command, Begin) and registry.reservation(command.attempt) is None:
                occupied = not is_successful(decided) and isinstance(decided.failure(), Occupied)
                assert admits(connection, command) is not occupied
            registry = decided.value_or(registry)
            write_rows(connection, registry)
            held = sorted((one.user, one.attempt) for one in registry.reservations if one.unresolved)
            assert holders(connection) == held


def letting_in(attempt: AttemptId, instance: SandboxId) -> Registry:
    """A registry whose only attempt is this one, as a program would write it that has not read the record."""
    return registry_decide(Registry(OWNER), Begin(OWNER, attempt, USERS[0], instance)).unwrap()


async def written(directory: FileDirectory, registry: Registry, version: int) -> object:
    """What the store answers to this registry, in place of that version."""
    return await directory.registry.commit(
        key=OWNER,
        kind=REGISTRY.kind,
        schema=REGISTRY.schema,
        expected_version=version,
        body=REGISTRY.encode(registry),
        alarms=(),
        commit_id=f"commit-{version}",
        lease=None,
    )


@pytest.mark.anyio
async def test_a_commit_that_would_let_two_in_fails_whole(tmp_path: Path) -> None:
    """Should the core ever forget whom it let in, the record stays as it was, and somebody hears of it."""
    directory = FileDirectory(tmp_path / "directory.db")
    first, forgetful = letting_in(ATTEMPTS[0], INSTANCES[0]), letting_in(ATTEMPTS[1], INSTANCES[1])

    assert await written(directory, first, 0) == Version(1)
    with pytest.raises(StoreError, match=r"UNIQUE constraint failed: reservation\.owner, reservation\.user"):
        await written(directory, forgetful, 1)

    stored = await directory.registry.load(OWNER)
    assert stored is not None
    assert (stored.version, stored.body) == (1, REGISTRY.encode(first))
    await directory.aclose()


@pytest.mark.anyio
async def test_an_attempt_that_ended_makes_room_in_the_same_commit(tmp_path: Path) -> None:
    """The order in which rows are written must not get in the way."""
    directory = FileDirectory(tmp_path / "directory.db")
    first = letting_in(ATTEMPTS[3], INSTANCES[3])
    ended = registry_decide(first, FailedClean(OWNER, ATTEMPTS[3], Fence(1))).unwrap()
    both = registry_decide(ended, Begin(OWNER, ATTEMPTS[0], USERS[0], INSTANCES[0])).unwrap()

    assert [await written(directory, one, version) for version, one in enumerate((first, both))] == [
        Version(1),
        Version(2),
    ]
    await directory.aclose()
