"""A process is killed with SIGKILL at every effect of a whole life, over real HTTP and a real database.

Another process asks again for what was asked last, under the same command id, and then destroys. What came of it is
read from the simulated Fly's own truth: every machine and volume there ever was, to the last one left.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

import httpx
import pytest
from attrs import frozen

from kiloclaw_adapters.directory import FileDirectory
from kiloclaw_adapters.simulator import Simulator, serving
from kiloclaw_adapters.tracing import judge_file
from kiloclaw_core.app import app_name
from kiloclaw_core.names import OwnerKey

from .dying import Side
from .life import FLY, STEPS, kiloclaw_in

pytestmark = pytest.mark.anyio

Effects: TypeAlias = Mapping[str, tuple[str, ...]]
Truth: TypeAlias = Mapping[str, list[Mapping[str, object]]]

PROJECT: Final = Path(__file__).parents[3]
DYING: Final = ("-m", "tests.adapters.kill.dying")
AT_ONCE: Final = 6
"""How many lives are lived at once: mostly they wait."""
KILLED_IN: Final = tuple(operation for operation in STEPS if operation != "configure")  # that one has no effects
STATUSES: Final = {"provision": "provisioned", "start": "running", "stop": "stopped", "start again": "running"}


@frozen
class Survival:
    """What became of one life: how its process ended, what the next one made of it, and what Fly says of it all."""

    exit_code: int
    last_word: str
    status: str | None
    held: tuple[int, int]
    """The machines and volumes at Fly once the interrupted operation was done."""
    made: tuple[int, int]
    """The machines and volumes that were ever made."""
    most_machines: int
    left: tuple[int, int]
    phase: str
    marks: frozenset[str]
    broken: tuple[str, ...]
    """The claims that the trace breaks."""


def survived(operation: str, effect: str) -> Survival:
    """What must become of a life whose process was killed there: as if it had not been, and nothing made twice."""
    machines = 0 if operation == "provision" else 1
    return Survival(
        exit_code=-signal.SIGKILL,
        last_word=effect,
        status=STATUSES.get(operation),
        held=(0, 0) if operation == "destroy" else (machines, 1),
        made=(machines, 1),
        most_machines=machines,
        left=(0, 0),
        phase="Gone",
        marks=frozenset({"registry_tombstone", "postgres_mark"}),
        broken=(),
    )


@pytest.fixture
async def base() -> AsyncIterator[str]:
    """A simulated Fly on the loopback."""
    async with serving(Simulator(FLY)) as url:
        yield url


async def died(folder: Path, base: str, sandbox: str, *death: str) -> tuple[int, str]:
    """Live this life in a process of its own: its exit code, and what it said last."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *DYING, str(folder), base, sandbox, *death, stdout=PIPE, cwd=PROJECT
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode().strip()


async def calm(folder: Path, base: str) -> Effects:
    """The effects of a life in which nobody dies, by operation."""
    code, said = await died(folder, base, "calm")
    assert code == 0
    return {operation: tuple(names) for operation, names in json.loads(said).items()}


async def truth_about(base: str, sandbox: str) -> Truth:
    """What is true at Fly about the app of this sandbox, and what was asked there."""
    async with httpx.AsyncClient(base_url=base) as client:
        told: Truth = (await client.get("/_sim/truth")).raise_for_status().json()
    app = app_name(OwnerKey(f"user-of-{sandbox}"))
    return {kind: [one for one in things if one["app"] == app] for kind, things in told.items()}


def landed(truth: Truth, operation: str) -> list[tuple[int, int]]:
    """When requests of this operation had their effect, each with its number."""
    moments = ((one["operation"], one["landed_ms"], one["number"]) for one in truth["requests"])
    return [(at, number) for name, at, number in moments if name == operation and isinstance(at, int) and isinstance(number, int)]


def most_at_once(truth: Truth) -> int:
    """The most machines that ever were at the same moment, by the creates and deletes that landed."""
    made = [(*moment, 1) for moment in landed(truth, "create_machine")]
    lost = [(*moment, -1) for moment in landed(truth, "delete_machine")]
    most = there = 0
    for *_, change in sorted(made + lost):
        there += change
        most = max(most, there)
    return most


def count(truth: Truth) -> tuple[int, int]:
    """How many machines and volumes there are."""
    return len(truth["machines"]), len(truth["volumes"])


async def survive(folder: Path, base: str, operation: str, number: int, side: Side) -> Survival:
    """Have a process die there, and another go on."""
    sandbox = f"{operation.replace(' ', '-')}-{number}-{side.value}"
    folder = folder / sandbox
    folder.mkdir()
    exit_code, last_word = await died(folder, base, sandbox, operation, str(number), side.value)
    async with kiloclaw_in(folder, base, "next") as kiloclaw:
        view = await STEPS[operation](kiloclaw, sandbox)
        between = await truth_about(base, sandbox)
        await kiloclaw.destroy(sandbox)
        told = await kiloclaw.debug_view(sandbox)
    end = await truth_about(base, sandbox)
    return Survival(
        exit_code=exit_code,
        last_word=last_word,
        status=view.status,
        held=count(between),
        made=(len(landed(end, "create_machine")), len(landed(end, "create_volume"))),
        most_machines=most_at_once(end),
        left=count(end),
        phase=told.phase,
        marks=frozenset(kind for _, kind in await FileDirectory(folder / "directory.db").marks()),
        broken=tuple(one.claim for one in judge_file(folder / f"{sandbox}.jsonl") if one.verdict == "broken"),
    )


@pytest.mark.parametrize("side", Side, ids=lambda side: side.value)
@pytest.mark.parametrize("operation", KILLED_IN)
async def test_a_kill_at_any_effect_is_survived(tmp_path: Path, base: str, operation: str, side: Side) -> None:
    """This is the promise to the user: one machine at most, made once, and nothing left behind."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Survival:
        async with room:
            return await survive(tmp_path, base, operation, number, side)

    effects = (await calm(tmp_path, base))[operation]
    lives = await asyncio.gather(*(one(number) for number in range(len(effects))))
    assert lives == [survived(operation, effect) for effect in effects]


async def test_every_request_there_is_has_its_turn(tmp_path: Path, base: str) -> None:
    """A life without an update, say, would prove nothing about updates."""
    effects = await calm(tmp_path, base)
    ...
