"""Whether anybody was written over: told by the versions that commits were decided on, and judged in our recordings."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import define

from kiloclaw_adapters.recorder import Recorder
from kiloclaw_adapters.store import Conflict, Due, Lease, MemoryStore, Unknown, Version
from kiloclaw_core.rules import check

from ..interpreter.outside import CLOCK, SPEC, World, new_store, process

pytestmark = pytest.mark.anyio


@define(eq=False)
class Heedless(MemoryStore):
    """A store that lets everybody write over what is there, whichever version he has read."""

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
        """As if the version that is there were the one that was read."""
        del expected_version
        stored = await self.load(key)
        return await super().commit(
            key=key,
            kind=kind,
            schema=schema,
            expected_version=0 if stored is None else stored.version,
            body=body,
            alarms=alarms,
            commit_id=commit_id,
            lease=lease,
        )


async def destroyed_while_it_starts(folder: Path, *, heedless: bool) -> list[str]:
    """The trace of a start beside which another process destroys the instance, once its volume is being made."""
    world, store = World(), Heedless(CLOCK.now_ms, lambda: 0.5) if heedless else new_store()
    one = process(world, store, name="one", recorder=Recorder(folder, CLOCK))
    two = process(world, store, name="two", recorder=Recorder(folder, CLOCK))
    starting = asyncio.create_task(one.kiloclaw.provision("sandbox-1", "user-1", SPEC, running=True, command_id="k1"))
    while "CreateVolume" not in world.asked:
        await CLOCK.sleep(0.01)
    destroying = asyncio.create_task(two.kiloclaw.destroy("sandbox-1", command_id="k2"))
    await CLOCK.sleep(600)
    for task in (starting, destroying):
        task.cancel()
    await asyncio.gather(starting, destroying, return_exceptions=True)
    return (folder / "sandbox-1.jsonl").read_text(encoding="utf-8").splitlines()


def verdict_on(lines: list[str]) -> tuple[str, str]:
    """What became of the rule, and what is said of it."""
    (found,) = (one for one in check(lines) if one.rule.name == "stale-write")
    return found.verdict, found.message


async def test_a_destroy_beside_a_start_is_judged_and_nobody_was_written_over(tmp_path: Path) -> None:
    """Two commands are under way, and answers are heard for both: versions say that each commit knew the last."""
    lines = await destroyed_while_it_starts(tmp_path, heedless=False)

    assert verdict_on(lines) == ("held", "")
    assert {became - decided_on for decided_on, became in versions(lines)} == {1}


async def test_where_the_store_is_heedless_the_destroy_is_written_over_and_that_is_told(tmp_path: Path) -> None:
    """It is no word of ours that the rule believes: the versions show that the holder had read an older one."""
    lines = await destroyed_while_it_starts(tmp_path, heedless=True)

    assert verdict_on(lines) == (
        "broken",
        "somebody changes status from destroying to starting, which k2 wrote since",
    )


def versions(lines: list[str]) -> Iterator[tuple[int, int]]:
    """What each commit was decided on, and what it became."""
    for line in map(json.loads, lines):
        if line["kind"] == "write":
            yield line["decided_on"], line["became"]
