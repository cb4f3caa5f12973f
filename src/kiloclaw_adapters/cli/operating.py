"""The commands that have machines for users: `provision`, `start`, `stop`, `restart`, `resize` and `destroy`."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Final, TypeAlias

import typer

from kiloclaw_adapters.cli.asking import Later, Sandbox, asked, served
from kiloclaw_adapters.cli.places import DEFAULT_STORE, StoreUrl
from kiloclaw_adapters.cli.telling import AsJson, BadInputError, plainly
from kiloclaw_adapters.cli.viewing import tell
from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_adapters.secret_keeping import is_variable
from kiloclaw_core.machine import Guest, Spec
from kiloclaw_core.names import SecretRef
from kiloclaw_core.views import View

Ask: TypeAlias = Callable[[Kiloclaw], Awaitable[View]]

IMAGE: Final = "registry.fly.io/kiloclaw-machines:latest"
SIZE: Final = "performance-1x:3072"
SIZES: Final = re.compile(r"(shared-cpu|performance)-([1-9][0-9]?)x:([1-9][0-9]{2,5})")
KINDS: Final = {"shared-cpu": "shared", "performance": "performance"}


def provision(  # noqa: PLR0913 (each is an option)
    sandbox: Sandbox,
    *,
    user: Annotated[str, typer.Option(help="Whose sandbox it is.")],
    organisation: Annotated[
        str | None, typer.Option(help="The organisation they have it in; without one it is their own.")
    ] = None,
    attempt: Annotated[
        str | None, typer.Option(help="An id of your own; asking again with it is asking the same.")
    ] = None,
    app: Annotated[str | None, typer.Option(help="The Fly app; by default its name follows from the user.")] = None,
    image: Annotated[str, typer.Option(help="The image its machine runs.")] = IMAGE,
    size: Annotated[str, typer.Option(help="Size and memory in MB, such as shared-cpu-2x:4096.")] = SIZE,
    secret: Annotated[
        list[str] | None, typer.Option(help="A variable of its machine, such as API_KEY=env:KEY.", metavar="NAME=REF")
    ] = None,
    store: StoreUrl = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Have an instance, so that a start finds its app and its volume; on one that exists, change what it will run."""
    with plainly():
        if not user.strip():
            raise BadInputError("--user: must not be empty")
        spec = Spec(image=named_image(image), guest=guest_of("--size", size), secrets=secrets_of(secret or ()))

    async def ask(kiloclaw: Kiloclaw, command_id: str, wait: bool) -> View:  # noqa: FBT001 (as `served` calls it)
        return await kiloclaw.provision(
            sandbox, user, spec, org_id=organisation, app=app, wait=wait, command_id=command_id
        )

    doing = f"provisioning {sandbox}"
    shown = served(doing, sandbox, store, ask, command_id=attempt, make=True, as_json=as_json)
    tell(shown, as_json=as_json)


def start(sandbox: Sandbox, *, later: Later = False, store: StoreUrl = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """Have the instance running."""

    async def ask(kiloclaw: Kiloclaw, command_id: str | None, wait: bool) -> View:  # noqa: FBT001 (as `served` calls it)
        return await kiloclaw.start(sandbox, wait=wait, command_id=command_id)

    if later:
        tell(asked(store, lambda kiloclaw: ask(kiloclaw, None, False)), as_json=as_json)
    else:
        tell(served(f"starting {sandbox}", sandbox, store, ask), as_json=as_json)


def stop(sandbox: Sandbox, *, store: StoreUrl = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """Have the instance stopped."""

    async def ask(kiloclaw: Kiloclaw, command_id: str, wait: bool) -> View:  # noqa: FBT001 (as `served` calls it)
        return await kiloclaw.stop(sandbox, wait=wait, command_id=command_id)

    tell(served(f"stopping {sandbox}", sandbox, store, ask), as_json=as_json)


def restart(
    sandbox: Sandbox,
    *,
    image: Annotated[str | None, typer.Option(help="The image to run from now on; without it, the same.")] = None,
    later: Later = False,
    store: StoreUrl = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Have the instance run afresh what it should run: its image, its size, its environment."""
    with plainly():
        named = None if image is None else named_image(image)

    async def ask(kiloclaw: Kiloclaw, command_id: str | None, wait: bool) -> View:  # noqa: FBT001 (as `served` calls it)
        return await kiloclaw.restart(sandbox, image=named, wait=wait, command_id=command_id)

    if later:
        tell(asked(store, lambda kiloclaw: ask(kiloclaw, None, False)), as_json=as_json)
    else:
        tell(served(f"restarting {sandbox}", sandbox, store, ask), as_json=as_json)


def resize(  # noqa: PLR0913 (each is an option)
    sandbox: Sandbox,
    *,
    size: Annotated[str | None, typer.Option(help="Size and memory in MB, such as shared-cpu-2x:4096.")] = None,
    volume_gb: Annotated[int | None, typer.Option(help="How large volumes are that are made from now on.")] = None,
    override: Annotated[str | None, typer.Option(help="A size that wins over the owner's; `none` ends that.")] = None,
    operator: Annotated[str | None, typer.Option(help="With --override: who answers for it.")] = None,
    because: Annotated[str | None, typer.Option(help="With --override: why.")] = None,
    store: StoreUrl = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Change the size that machines have from the next start or restart on; Fly is not asked.

    Either --size and --volume-gb, or an operator's --override.
    """
    with plainly():
        if override is None:
            ask = _owners_size(sandbox, size, volume_gb, (operator, because))
        else:
            ask = _operators_size(sandbox, override, operator, because, (size, volume_gb))
    tell(asked(store, ask), as_json=as_json)


def _owners_size(sandbox: str, size: str | None, volume_gb: int | None, others: tuple[object, ...]) -> Ask:
    if size is None or volume_gb is None or any(one is not None for one in others):
        raise BadInputError("resize takes --size and --volume-gb, or --override with --operator and --because")
    guest = guest_of("--size", size)
    return lambda kiloclaw: kiloclaw.resize(sandbox, guest, volume_gb, wait=False)


def _operators_size(
    sandbox: str, override: str, operator: str | None, because: str | None, others: tuple[object, ...]
) -> Ask:
    if operator is None or because is None or any(one is not None for one in others):
        raise BadInputError("--override takes --operator and --because, and neither --size nor --volume-gb")
    guest = None if override == "none" else guest_of("--override", override)
    return lambda kiloclaw: kiloclaw.override_size(sandbox, guest, operator=operator, because=because, wait=False)


def destroy(sandbox: Sandbox, *, store: StoreUrl = DEFAULT_STORE, as_json: AsJson = False) -> None:
    """Have the instance and all it holds gone, for ever."""

    async def ask(kiloclaw: Kiloclaw, command_id: str, wait: bool) -> View:  # noqa: FBT001 (as `served` calls it)
        return await kiloclaw.destroy(sandbox, wait=wait, command_id=command_id)

    tell(served(f"destroying {sandbox}", sandbox, store, ask), as_json=as_json)


def named_image(text: str) -> str:
    """The text, if it can name an image; raises `BadInputError`."""
    if not text.strip() or any(letter.isspace() for letter in text):
        raise BadInputError(f"--image: {text!r} is no name of an image")
    return text


def secrets_of(texts: Sequence[str]) -> tuple[tuple[str, SecretRef], ...]:
    """What each text names, as `secret_of` has it; raises `BadInputError`."""
    found = tuple(secret_of(text) for text in texts)
    names = [name for name, _ in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadInputError(f"--secret: {twice} is given twice")
    return found


def secret_of(text: str) -> tuple[str, SecretRef]:
    """The variable that the text names, and what its value is kept under; raises `BadInputError`."""
    name, _, reference = text.partition("=")
    if not name.isidentifier() or not is_variable(SecretRef(reference)):
        raise BadInputError("--secret: must be like API_KEY=env:KEY, with a reference and never the value itself")
    return name, SecretRef(reference)


def guest_of(option: str, text: str) -> Guest:
    """The size that the text names; raises `BadInputError`."""
    found = SIZES.fullmatch(text)
    if found is None:
        raise BadInputError(f"{option}: {text!r} must be like {SIZE} or shared-cpu-2x:4096 (memory in MB)")
    kind, cpus, memory_mb = found.groups()
    return Guest(int(cpus), int(memory_mb), KINDS[kind])
