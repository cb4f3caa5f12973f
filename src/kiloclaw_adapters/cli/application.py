"""The commands of `kiloclaw`, put together; of all that they import no more than what the one that is asked needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Final

import typer

COMMANDS: Final[Mapping[str, str]] = {
    "provision": "operating:provision",
    "start": "operating:start",
    "stop": "operating:stop",
    "restart": "operating:restart",
    "resize": "operating:resize",
    "destroy": "operating:destroy",
    "recover": "mending:recover",
    "restore": "mending:restore",
    "cleanup": "mending:cleanup",
    "disown": "mending:disown",
    "status": "viewing:status",
    "debug": "viewing:debug",
    "regions": "viewing:regions",
    "worker": "serving:worker",
    "controller": "controller:controller",
    "demo": "demonstrating:demo",
    "explore": "exploring:explore",
    "replay": "replaying:replay",
    "table": "exploring:table",
    "walk": "walking:walk",
    "mutants": "mutating:mutants",
    "vectors": "vectors:vectors",
    "check": "checking:check",
    "follow": "following:follow",
    "redact": "checking:redact_trace",
    "fly-sim": "serving:fly_sim",
    "list": "viewing:list_all",
}
"""Where each command stands, in the order in which help lists them: a module beside this one, and a function there."""

GROUPS: Final[Mapping[str, str]] = {"reservations": "reservations:reservations", "pairing": "pairing:pairing"}
"""Where each group of commands stands."""


def application_for(words: Sequence[str] = ()) -> typer.Typer:
    """What these words ask: the command that the first of them names, or all of them where it names none."""
    application = typer.Typer(
        name="kiloclaw",
        help="Lifecycle decisions for per-user Fly.io machines: run them, watch them, search them.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["--help", "-h"]},
    )
    application.callback()(_several)
    asked = words[0] if words and words[0] in {*COMMANDS, *GROUPS} else None
    for name, where in COMMANDS.items():
        if asked in {None, name}:
            command: Callable[..., None] = getattr(*_place_of(where))
            application.command(name)(command)
    for name, where in GROUPS.items():
        if asked in {None, name}:
            group: typer.Typer = getattr(*_place_of(where))
            application.add_typer(group)
    return application


def _several() -> None:  # so that one command alone is called by its name as well
    pass


def _place_of(where: str) -> tuple[ModuleType, str]:
    module, _, name = where.partition(":")
    return import_module(f"kiloclaw_adapters.cli.{module}"), name
