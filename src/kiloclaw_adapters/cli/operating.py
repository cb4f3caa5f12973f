"""The commands that have machines for users: `provision`, `start`, `stop`, `destroy`, `status`, `debug`, `list`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Final, TypeVar

import typer
from attrs import asdict
from rich.markup import escape
from rich.table import Table

from kiloclaw_adapters.cli.places import DEFAULT_STORE, Fly, StoreUrl, directory_beside, fly_here, kiloclaw_at, opened
from kiloclaw_adapters.cli.telling import AsJson, BadInputError, out, plainly, say_json, waiting
from kiloclaw_adapters.custody import fresh_id
from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_adapters.logs import Fields
from kiloclaw_core.machine import Guest, Spec
from kiloclaw_core.views import DebugView, View

Answer = TypeVar("Answer")

IMAGE: Final = "registry.fly.io/kiloclaw-machines:latest"
SIZE: Final = "performance-1x:3072"
SIZES: Final = re.compile(r"(shared-cpu|performance)-([1-9][0-9]?)x:([1-9][0-9]{2,5})")
KINDS: Final = {"shared-cpu": "shared", "performance": "performance"}

Sandbox = Annotated[str, typer.Argument(help="The sandbox's id.", metavar="SANDBOX")]


def asked(store: str, ask: Callable[[Kiloclaw], Awaitable[Answer]]) -> Answer:
    """What kiloclaw answers over this store, without Fly."""
    with plainly():
        return asyncio.run(_asked(store, fly_here(asked=False), ask))


def served(what: str, store: str, ask: Callable[[Kiloclaw, str, bool], Awaitable[View]]) -> View:
    """The view once what is asked for, under a command id and waiting or not, is served by Fly.

    The intent is made durable first; then Fly is looked at, so that one that does not answer is told at once.
    """

    async def ask_twice(kiloclaw: Kiloclaw) -> View:
        command_id = fresh_id()
        await ask(kiloclaw, command_id, False)
        await fly.reach()
        return await ask(kiloclaw, command_id, True)

    with plainly(), waiting(what):
        fly = fly_here(asked=True)
        return asyncio.run(_asked(store, fly, ask_twice))


async def _asked(store: str, fly: Fly, ask: Callable[[Kiloclaw], Awaitable[Answer]]) -> Answer:
    async with kiloclaw_at(opened(store), fly, directory_beside(store), unlogged) as kiloclaw:
        return await ask(kiloclaw)


def unlogged(_name: str, _fields: Fields) -> None:
    """Write no line: whoever runs one command is answered, and reads `debug` for the rest."""


# -- commands ----------------------------------------------------------------------------------------------------


def provision(  # noqa: PLR0913 (each is an option)
    sandbox: Sandbox,
    *,
    user: Annotated[str, typer.Option(help="Whose sandbox it is.")],
    app: Annotated[str | None, typer.Option(help="The Fly app; by default its name follows from the user.")] = None,
    image: Annotated[str, typer.Option(help="The image its machine runs.")] = IMAGE,
    size: Annotated[str, typer.Option(help="Size and memory in MB, such as shared-cpu-2x:4096.")] = SIZE,
    store: StoreUrl = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Have an instance, so that a start finds its app and its volume; on one that exists, change what it will run."""
    with plainly():
        if not user.strip():
            raise BadInputError("--user: must not be empty")
        spec = Spec(image=named_image(image), guest=guest_of(size))

    async def ask(kiloclaw: Kiloclaw, command_id: str, wait: bool) -> View:  # noqa: FBT001 (as `served` calls it)
        return await kiloclaw.provision(sandbox, user, spec, app=app, wait=wait, command_id=command_id)

    tell(served(f"provisioning {sandbox}", store, ask), as_json=as_json)


def start(
    sandbox: Sandbox,
    *,
    later: Annotated[bool, typer.Option("--async", help="Do not wait: a worker does it.")] = False,
    store: StoreUrl = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Have the instance running."""
    if later:
        tell(asked(store, lambda kiloclaw: kiloclaw.start(sandbox, wait=False)), as_json=as_json)
        return

    async def ask(kiloclaw: Kiloclaw, command_id: str, wait: bool) -> View:  # noqa: FBT001 (as `served` calls it)
        return await kiloclaw.start(sandbox, wait=wait, command_id=command_id)

    tell(served(f"starting {sandbox}", store, ask), as_json=as_json)


def stop(sandbox: Sandbox, *, store: StoreUrl = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """Have the instance stopped."""

    async def ask(kiloclaw: Kiloclaw, command_id: str, wait: bool) -> View:  # noqa: FBT001 (as `served` calls it)
        return await kiloclaw.stop(sandbox, wait=wait, command_id=command_id)

    tell(served(f"stopping {sandbox}", store, ask), as_json=as_json)


def destroy(sandbox: Sandbox, *, store: StoreUrl = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """Have the instance and all it holds gone, for ever."""

    async def ask(kiloclaw: Kiloclaw, command_id: str, wait: bool) -> View:  # noqa: FBT001 (as `served` calls it)
        return await kiloclaw.destroy(sandbox, wait=wait, command_id=command_id)

    tell(served(f"destroying {sandbox}", store, ask), as_json=as_json)


def named_image(text: str) -> str:
    """The text, if it can name an image; raises `BadInputError`."""
    if not text.strip() or any(letter.isspace() for letter in text):
        raise BadInputError(f"--image: {text!r} is no name of an image")
    return text


def guest_of(text: str) -> Guest:
    """The size that the text names; raises `BadInputError`."""
    found = SIZES.fullmatch(text)
    if found is None:
        raise BadInputError(f"--size: {text!r} must be like {SIZE} or shared-cpu-2x:4096 (memory in MB)")
    kind, cpus, memory_mb = found.groups()
    return Guest(int(cpus), int(memory_mb), KINDS[kind])


# -- views -------------------------------------------------------------------------------------------------------


def status(sandbox: Sandbox, *, store: StoreUrl = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """Show the instance as its user sees it."""
    tell(asked(store, lambda kiloclaw: kiloclaw.view(sandbox)), as_json=as_json)


def debug(sandbox: Sandbox, *, store: StoreUrl = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """Show the instance as an operator sees it: everything but secrets."""
    shown = asked(store, lambda kiloclaw: kiloclaw.debug_view(sandbox))
    if as_json:
        say_json(asdict(shown))
        return
    tell(shown.view, as_json=False)
    table = Table.grid(padding=(0, 2))
    for name, value in _debug_rows(shown):
        table.add_row(f"  {name}", escape(value))
    out().print(table)


def _debug_rows(shown: DebugView) -> list[tuple[str, str]]:
    rows = [("phase", shown.phase), ("story", shown.story), ("ops", str(shown.ops))]
    rows += [(one.kind, f"{one.id} {one.role}, {one.failures} failed deletes") for one in shown.ledger]
    rows += [("owes", debt) for debt in shown.debts]
    rows += [(note.name, f"{note.why}: {note.message}") for note in shown.notes]
    rows += [("alarm", f"{one.name} of {one.of} after {one.patience_s:g} s") for one in shown.alarms]
    rows += [("audit", line) for line in shown.audit]
    return rows


def list_all(*, store: StoreUrl = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """Show every instance there ever was."""
    views = asked(store, lambda kiloclaw: kiloclaw.list())
    if as_json:
        say_json({"instances": [asdict(view) for view in views]})
        return
    table = Table("sandbox", "status", "machine", "volume", "region", "because", box=None, pad_edge=False)
    for view in views:
        cells = (view.sandbox_id, outward(view), view.machine_id, view.volume_id, view.region, view.because)
        table.add_row(*(escape(cell or "-") for cell in cells))
    out().print(table)


def outward(view: View) -> str:
    """The status in a word or two, with what is under way."""
    status = view.status or ("gone" if view.desired == "gone" else "unreadable")
    return status if view.busy in {None, status} else f"{status}, {view.busy}"


def tell(view: View, *, as_json: bool) -> None:
    """Show a view, as text or as one object."""
    if as_json:
        say_json(asdict(view))
        return
    held = [f"{what} {value}" for what, value in (("machine", view.machine_id), ("volume", view.volume_id)) if value]
    where = f" in {view.region}" if view.region else ""
    because = f"  because {view.because}" if view.because else ""
    line = f"[bold]{escape(view.sandbox_id)}[/bold]  {outward(view)}"
    out().print(line + escape(f"  {', '.join(held)}{where}{because}" if held or because else ""))
