"""The commands that run until they are stopped: `worker` and `fly-sim`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from enum import Enum
from typing import Annotated

import typer

from kiloclaw_adapters.cli.places import (
    BASE,
    CONTROLLERS,
    DEFAULT_STORE,
    ORGANISATION,
    Fly,
    StoreUrl,
    directory_beside,
    fly_here,
    kiloclaw_at,
    opened,
)
from kiloclaw_adapters.cli.telling import AsJson, BadInputError, aside, need, plainly, say, say_json
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
    async with kiloclaw_at(opened(store, make=True), fly, directory_beside(store), log_line) as kiloclaw:
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


class Preset(Enum):
    """How a simulated Fly decides where the sources about the real one conflict."""

    LENIENT = "lenient"
    STRICT = "strict"


def fly_sim(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port on the loopback; 0 takes a free one.")] = 0,
    boot_ms: Annotated[int, typer.Option(min=0, help="How long a machine takes to come up.")] = 1000,
    preset: Annotated[Preset, typer.Option(help="How it decides where sources about Fly conflict.")] = Preset.LENIENT,
    as_json: AsJson = False,
) -> None:
    """Serve a simulated Fly on the loopback until SIGTERM or SIGINT; `/_sim` is its control surface.

    It lets in whoever brings the token that stands in its own FLY_API_TOKEN, or fo1_simulated where that is not set.
    Tokens of its machines' controllers are made from its own GATEWAY_TOKEN_SECRET, or from the word `simulated`.
    """
    with plainly():
        need("simulator", "starlette", "uvicorn")
        from kiloclaw_adapters.simulator import (  # noqa: PLC0415 (an extra)
            CONTROLLER_SECRET,
            LENIENT,
            ORG,
            STRICT,
            TOKEN,
            Settings,
            serve,
        )

        fly = fly_here(asked=False, unset=TOKEN)
        tokens = ((fly.token, os.environ.get(ORGANISATION) or ORG),)
        rules = {Preset.LENIENT: LENIENT, Preset.STRICT: STRICT}[preset]
        secret = fly.controller_secret or CONTROLLER_SECRET
        settings = Settings(tokens=tokens, controller_secret=secret, boot_s=boot_ms / 1000, rules=rules)
        try:
            serve(port, settings, lambda base: _ready(base, as_json=as_json))
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else str(error)
            raise BadInputError(f"port {port} cannot be listened on: {why}") from error


def _ready(base: str, *, as_json: bool) -> None:
    """Say where the simulator is: as one object, or as a line that a shell can take."""
    if as_json:
        say_json({"base": base})
    else:
        aside().print("kiloclaw: a simulated Fly is ready; SIGTERM stops it")
        say(f"export {BASE}={base} {CONTROLLERS}={base}")
    sys.stdout.flush()
