"""How a command asks `kiloclaw` something: over a store, with Fly where Fly is needed, and answered in one view."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import typer

from kiloclaw_adapters.cli.places import Fly, directory_beside, fly_here, kiloclaw_at, opened
from kiloclaw_adapters.cli.telling import plainly, waiting
from kiloclaw_adapters.custody import fresh_id
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


def served(
    what: str,
    store: str,
    ask: Callable[[Kiloclaw, str, bool], Awaitable[View]],
    *,
    command_id: str | None = None,
    as_json: bool = False,
) -> View:
    """The view once what is asked for, under a command id and waiting or not, is served by Fly.

    The intent is made durable first; then Fly is looked at, so that one that does not answer is told at once. An id of
    the caller's own makes asking again asking once.
    """
    known_as = fresh_id() if command_id is None else command_id

    async def ask_twice(kiloclaw: Kiloclaw) -> View:
        await ask(kiloclaw, known_as, False)
        await fly.reach()
        return await ask(kiloclaw, known_as, True)

    with plainly(as_json=as_json), waiting(what):
        fly = fly_here(asked=True)
        return asyncio.run(_asked(store, fly, ask_twice))


async def _asked(store: str, fly: Fly, ask: Callable[[Kiloclaw], Awaitable[Answer]]) -> Answer:
    async with kiloclaw_at(opened(store), fly, directory_beside(store), unlogged) as kiloclaw:
        return await ask(kiloclaw)
