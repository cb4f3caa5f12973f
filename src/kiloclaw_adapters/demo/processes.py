"""The processes of the demo, and of other programs like it: a simulated Fly and workers, which can be killed.

The token travels in the environment alone, so it stands in no process title.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Final

from attrs import frozen

from kiloclaw_adapters.demo.terms import SIMULATED_SECRET
from kiloclaw_adapters.forking import undisturbed

SIMULATOR: Final = ("-m", "kiloclaw_adapters.cli", "fly-sim", "--json", "--boot-ms", "300")
WORKER: Final = ("-m", "kiloclaw_adapters.demo.working")
ORGANISATION: Final = "personal"
READY_S: Final = 15.0
ENDING_S: Final = 5.0


class DemoError(Exception):
    """The demo could not go on; the text says what was waited for in vain."""


@frozen
class Simulated:
    """A simulated Fly that runs: where it is, and the token it lets in."""

    base: str
    token: str
    process: Process

    def environment(self) -> dict[str, str]:
        """What a process needs to know to speak to it."""
        return {**os.environ, "FLY_API_BASE": self.base, "FLY_API_TOKEN": self.token, "FLY_ORG": ORGANISATION}


@asynccontextmanager
async def simulated_fly(command: tuple[str, ...] = SIMULATOR) -> AsyncIterator[Simulated]:
    """A simulated Fly on a free port of the loopback, for as long as the block lasts; Python runs it by this command.

    The first line that it says is one object of JSON, in which `base` says where it is.
    """
    token = f"fo1_{secrets.token_hex(16)}"
    environment = {
        **os.environ,
        "FLY_API_TOKEN": token,
        "FLY_ORG": ORGANISATION,
        "GATEWAY_TOKEN_SECRET": SIMULATED_SECRET,
    }
    with undisturbed():
        process = await asyncio.create_subprocess_exec(sys.executable, *command, stdout=PIPE, env=environment)
    try:
        yield Simulated(await _base(process), token, process)
    finally:
        await end(process)


async def _base(process: Process) -> str:
    """Where the simulator says it is."""
    assert process.stdout is not None, "the simulator was started with a pipe"
    try:
        async with asyncio.timeout(READY_S):
            line = await process.stdout.readline()
    except TimeoutError as error:
        raise DemoError(f"the simulated Fly was not ready after {READY_S:g} s") from error
    if not line:
        raise DemoError("the simulated Fly ended before it was ready")
    return str(json.loads(line)["base"])


async def new_worker(folder: Path, fly: Simulated) -> Process:
    """A worker of its own process, working on the store in this folder."""
    return await new_process((*WORKER, str(folder)), fly)


async def new_process(command: tuple[str, ...], fly: Simulated, lines: IO[bytes] | None = None) -> Process:
    """A process that speaks to this Fly; Python runs it by this command, and what it says to stderr goes to `lines`."""
    with undisturbed():
        return await asyncio.create_subprocess_exec(
            sys.executable, *command, stdin=DEVNULL, stderr=lines, env=fly.environment()
        )


async def kill(process: Process) -> None:
    """End a process as a power cut would: SIGKILL, and nothing is tidied up."""
    if process.returncode is None:
        process.kill()
    await process.wait()


async def end(process: Process) -> None:
    """Ask a process to end, and see that it does."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(ENDING_S):
            await process.wait()
    except TimeoutError:
        await kill(process)
