"""How a command asks `kiloclaw` something: over a store, with Fly where Fly is needed, and answered in one view."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from kiloclaw_adapters.cli.awaiting import told
from kiloclaw_adapters.cli.places import STANDS, Fly, directory_beside, fly_here, kiloclaw_at, opened
from kiloclaw_adapters.cli.telling import SIGNALLED, complaint, plainly
from kiloclaw_adapters.custody import fresh_id
from kiloclaw_adapters.errors import KiloclawError
from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_adapters.logs import unlogged
from kiloclaw_core.views import View

Answer = TypeVar("Answer")

Sandbox = Annotated[str, typer.Argument(help="The sandbox's id.", metavar="SANDBOX")]
Later = Annotated[bool, typer.Option("--async", help="Do not wait: a worker does it.")]


def asked(store: str, ask: Callable[[Kiloclaw], Awaitable[Answer]], *, as_json: bool = False) -> Answer:
    """What kiloclaw answers over this store, without Fly."""
    with plainly(as_json=as_json):
        return asyncio.run(_asked(store, fly_here(asked=False), ask))


def served(  # noqa: PLR0913 (what is asked of whom, where and how)
    what: str,
    sandbox: str,
    store: str,
    ask: Callable[[Kiloclaw, str, bool], Awaitable[View]],
    *,
    command_id: str | None = None,
    make: bool = False,
    as_json: bool = False,
) -> View:
    """The view once what is asked of the sandbox, under a command id and waiting or not, is served by Fly.

    The intent is made durable first; then Fly is looked at, so that one that does not answer is told at once. An id of
    the caller's own makes asking again asking once. `what` says to whoever waits what is being done. A store is there
    already, unless it is to `make` one.
    """
    known_as = fresh_id() if command_id is None else command_id
    stands = asyncio.Event()

    async def ask_twice(kiloclaw: Kiloclaw) -> View:
        async with told(what, lambda: phase_of(kiloclaw, sandbox)):
            await ask(kiloclaw, known_as, False)
            stands.set()
            await fly.reach()
            return await ask(kiloclaw, known_as, True)

    with plainly(as_json=as_json):
        fly = fly_here(asked=True)
        try:
            return asyncio.run(_asked(store, fly, ask_twice, make=make))
        except KeyboardInterrupt:
            became = STANDS if stands.is_set() else f"`kiloclaw status {sandbox}` says whether it was asked"
            raise complaint(f"{what} is not waited for any more; {became}", SIGNALLED + signal.SIGINT) from None


async def phase_of(kiloclaw: Kiloclaw, sandbox: str) -> str:
    """The phase that the instance is in, as `debug` has it; nothing where that cannot be read."""
    try:
        return (await kiloclaw.debug_view(sandbox)).phase
    except KiloclawError:
        return ""


async def _asked(store: str, fly: Fly, ask: Callable[[Kiloclaw], Awaitable[Answer]], *, make: bool = False) -> Answer:
    async with kiloclaw_at(opened(store, make=make), fly, directory_beside(store), unlogged) as kiloclaw:
        return await ask(kiloclaw)
