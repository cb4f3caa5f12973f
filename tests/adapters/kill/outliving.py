"""How a life goes on after its process was killed, and what is found when it is over: at Fly, in record and trace.

What ought to be found is the tests' to say.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

import httpx
from attrs import frozen

from kiloclaw_adapters.directory import FileDirectory
from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_adapters.simulator import ORG, TOKEN
from kiloclaw_adapters.tracing import judge_file
from kiloclaw_core.app import app_name
from kiloclaw_core.names import OwnerKey

from .dying import ADMISSION, LAST_WORD, VARIABLES, Death, Side
from .life import LOOK_S, SPEC, STEPS, Address, kiloclaw_in

Effects: TypeAlias = Mapping[str, tuple[str, ...]]
Count: TypeAlias = tuple[int, int]
"""How many machines, and how many volumes."""

PROJECT: Final = Path(__file__).parents[3]
DYING: Final = ("-m", "tests.adapters.kill.dying")
LONGEST_S: Final = 90.0
"""The lives of one operation take no longer, unless one is stuck."""
PROMISED: Final = frozenset(
    {
        "one machine at most",
        "nothing is left behind",
        "destroyed stays destroyed",
        "tracked at rest",
        "machines go before volumes",
        "truthful at rest",
        "leads home",
        "gone",
    }
)
"""The claims that the trace of every life must prove; the others it must not break.

What became of a request whose answer was lost the trace does not say, so it cannot prove "one request at a time".
"""


@frozen
class Truth:
    """What is true at Fly about one app, and what was asked there."""

    machines: tuple[Mapping[str, object], ...]
    volumes: tuple[Mapping[str, object], ...]
    requests: tuple[Mapping[str, object], ...]

    def there(self) -> Count:
        """What there is."""
        return len(self.machines), len(self.volumes)

    def made(self) -> Count:
        """What was ever made."""
        return len(self._landed("create_machine")), len(self._landed("create_volume"))

    def most_machines(self) -> int:
        """The most machines that there ever were at the same moment."""
        made = [(*moment, 1) for moment in self._landed("create_machine")]
        lost = [(*moment, -1) for moment in self._landed("delete_machine")]
        there = [0]
        for *_, change in sorted(made + lost):
            there.append(there[-1] + change)
        return max(there)

    def _landed(self, operation: str) -> list[tuple[int, int]]:
        """When requests of this operation had their effect, and their numbers."""
        return [
            (int(str(one["landed_ms"])), int(str(one["number"])))
            for one in self.requests
            if one["operation"] == operation and one["landed_ms"] is not None
        ]


@frozen
class Fly:
    """The simulated Fly: where it is, and a client of ours to ask for its truth."""

    base: str
    client: httpx.AsyncClient

    def address(self) -> Address:
        """How kiloclaw reaches it."""
        return Address(self.base, TOKEN, ORG)

    async def truth(self, sandbox: str) -> Truth:
        """What is true about the app of this sandbox."""
        answer = await self.client.get("/_sim/truth")
        told: dict[str, list[dict[str, object]]] = answer.raise_for_status().json()
        app = app_name(OwnerKey(f"user-of-{sandbox}"))
        kinds = (told[kind] for kind in ("machines", "volumes", "requests"))
        return Truth(*(tuple(one for one in things if one["app"] == app) for things in kinds))


@frozen
class Survival:
    """What became of one life: how its process ended, what the next one made of it, and what Fly says of it all."""

    exit_code: int
    last_word: str
    status: str | None
    """Once the operation that was interrupted is done; and what there is at Fly then."""
    there: Count
    made: Count
    most_machines: int
    left: Count
    phase: str
    marks: frozenset[str]
    unproven: frozenset[str]
    """The claims that the trace breaks, and those promised that it does not prove."""


@frozen
class Healing:
    """What a worker alone made of a life that ended while it was let in, and whether its user is let in once more."""

    exit_code: int
    last_word: str
    phases: tuple[str, ...]
    """Of the attempts that were let in; and what there is at Fly then."""
    there: Count
    next_status: str | None
    left: Count


async def effects_of_a_life(folder: Path, fly: Fly) -> Effects:
    """The names of all effects of a life in which nobody dies, by operation."""
    told = json.loads(await _said(folder, fly))
    return {operation: tuple(names) for operation, names in told.items()}


async def outlive_each(folder: Path, fly: Fly, operation: str, side: Side, count: int) -> list[Survival]:
    """Have a process die at each of the first effects of this operation, and go on after each of them.

    Raises TimeoutError for a life that is stuck.
    """
    async with asyncio.timeout(LONGEST_S):
        exit_codes = json.loads(await _said(folder, fly, operation, side.value, str(count)))
        async with asyncio.TaskGroup() as group:
            lives = [
                group.create_task(_outlive(folder, fly, Death(operation, number, side), exit_code))
                for number, exit_code in enumerate(exit_codes)
            ]
    return [life.result() for life in lives]


async def _outlive(folder: Path, fly: Fly, death: Death, exit_code: int) -> Survival:
    """Ask again, in this process, for what was asked of the dead one; then destroy."""
    sandbox, home = death.sandbox, folder / death.sandbox
    async with kiloclaw_in(home, fly.address(), "next") as kiloclaw:
        view = await STEPS[death.operation.removesuffix(ADMISSION)](kiloclaw, sandbox)
        between = await fly.truth(sandbox)
        await kiloclaw.destroy(sandbox)
        told = await kiloclaw.debug_view(sandbox)
    end = await fly.truth(sandbox)
    return Survival(
        exit_code=exit_code,
        last_word=(home / LAST_WORD).read_text(encoding="utf-8"),
        status=view.status,
        there=between.there(),
        made=end.made(),
        most_machines=end.most_machines(),
        left=end.there(),
        phase=told.phase,
        marks=frozenset(kind for _, kind in await FileDirectory(home / "directory.db").marks()),
        unproven=unproven(home / f"{sandbox}.jsonl"),
    )


async def heal_each(folder: Path, fly: Fly, side: Side, count: int) -> list[Healing]:
    """Have a process die at each of the first questions of a provision's admission, and let a worker heal each.

    Raises TimeoutError where it does not heal.
    """
    operation = "provision" + ADMISSION
    async with asyncio.timeout(LONGEST_S):
        exit_codes = json.loads(await _said(folder, fly, operation, side.value, str(count)))
        async with asyncio.TaskGroup() as group:
            lives = [
                group.create_task(_heal(folder, fly, Death(operation, number, side), exit_code))
                for number, exit_code in enumerate(exit_codes)
            ]
    return [life.result() for life in lives]


async def _heal(folder: Path, fly: Fly, death: Death, exit_code: int) -> Healing:
    """Nobody asks again: a worker works until all rests; then the user destroys what they have, and wants another."""
    sandbox, home = death.sandbox, folder / death.sandbox
    async with kiloclaw_in(home, fly.address(), "worker") as kiloclaw:
        worker = kiloclaw.worker()
        working = asyncio.create_task(worker.run())
        while not await _rests(kiloclaw):  # noqa: ASYNC110 (another process may work as well)
            await asyncio.sleep(LOOK_S)
        phases = tuple(one.reservation.phase for one in await kiloclaw.reservations())
        there = (await fly.truth(sandbox)).there()
        if "completed" in phases:
            await kiloclaw.destroy(sandbox)
        another = await kiloclaw.provision(f"{sandbox}-next", f"user-of-{sandbox}", SPEC)
        await kiloclaw.destroy(another.sandbox_id)
        worker.stop()
        await working
    return Healing(
        exit_code=exit_code,
        last_word=(home / LAST_WORD).read_text(encoding="utf-8"),
        phases=phases,
        there=there,
        next_status=another.status,
        left=(await fly.truth(sandbox)).there(),
    )


async def _rests(kiloclaw: Kiloclaw) -> bool:
    """Whether no attempt holds its slot any more, and nothing is under way for any instance."""
    held = [one for one in await kiloclaw.reservations() if one.unresolved]
    return not held and all(view.busy is None for view in await kiloclaw.list())


def unproven(trace: Path) -> frozenset[str]:
    """The claims that this trace breaks, and those promised that it does not prove."""
    verdicts = {one.claim: one.verdict for one in judge_file(trace)}
    proven = {claim for claim, verdict in verdicts.items() if verdict in {"held", "witnessed"}}
    return PROMISED - proven | {claim for claim, verdict in verdicts.items() if verdict == "broken"}


async def _said(folder: Path, fly: Fly, *death: str) -> bytes:
    """Run the program that dies, and hear what it says in the end; broken off, it dies with all its lives."""
    at = fly.address()
    environment = {**os.environ, **dict(zip(VARIABLES, (at.base, at.token, at.organisation), strict=True))}
    process = await asyncio.create_subprocess_exec(
        sys.executable, *DYING, str(folder), *death, stdout=PIPE, cwd=PROJECT, env=environment, start_new_session=True
    )
    try:
        said, _ = await process.communicate()
    except asyncio.CancelledError:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        raise
    assert await process.wait() == 0, "the program that has others die does not die itself"
    return said
