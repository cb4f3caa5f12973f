"""The commands that run until they are stopped: `worker` and `fly-sim`."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from typing import Annotated

import typer

from kiloclaw_adapters.cli.places import DEFAULT_STORE, Fly, StoreUrl, directory_beside, fly_here, kiloclaw_at, opened
from kiloclaw_adapters.cli.telling import AsJson, aside, plainly, say_json
from kiloclaw_adapters.logs import Fields


def worker(
    *,
    store: StoreUrl = DEFAULT_STORE,
    concurrency: Annotated[int, typer.Option(min=1, help="How many instances to work on at once.")] = 16,
    as_json: AsJson = False,
) -> None:
    """Work on every instance that falls due, until SIGTERM or SIGINT; lines about what happens go to stderr."""
    with plainly():
        fly = fly_here(asked=True)
        asyncio.run(_work(store, fly, concurrency))
    if as_json:
        say_json({"store": store, "stopped": True})


async def _work(store: str, fly: Fly, concurrency: int) -> None:
    async with kiloclaw_at(opened(store), fly, directory_beside(store), log_line) as kiloclaw:
        working = kiloclaw.worker(concurrency=concurrency)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, working.stop)
        aside().print(f"kiloclaw: working on {store}; SIGTERM stops")
        await working.run()


def log_line(name: str, fields: Fields) -> None:
    """Write one line about what happens, as JSON, to stderr."""
    line = {"at": time.time_ns() // 1_000_000, "event": name, **fields}
    sys.stderr.write(json.dumps(line, sort_keys=True) + "\n")
