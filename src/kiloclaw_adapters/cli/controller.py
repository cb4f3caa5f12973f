"""The command that runs on a machine until it is told to end: `controller`, over the gateway that it supervises.

Its token comes from the environment, where the gateway finds the same one, and stands in no process title.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated, Final

import typer

from kiloclaw_adapters.cli.serving import log_line
from kiloclaw_adapters.cli.telling import AsJson, BadInputError, aside, need, plainly, say_json
from kiloclaw_core.machine import CONTROLLER_PORT, ROOT
from kiloclaw_core.pairing import OPENCLAW, PairingPolicy, Source, Token

TOKEN: Final = "OPENCLAW_GATEWAY_TOKEN"  # noqa: S105 (the name of a variable)
STATE: Final = "OPENCLAW_STATE_DIR"
CREDENTIALS: Final = "OPENCLAW_OAUTH_DIR"
GATEWAY: Final = ("gateway", "--port", "3001", "--verbose", "--allow-unconfigured", "--bind", "loopback")
"""What OpenClaw is asked to be where no other command is given (pairing 4.1)."""


class Reading(Enum):
    """Where the controller reads what is pending."""

    FILES = "files"
    COMMANDS = "commands"


SOURCES: Final = {Reading.FILES: Source.FILES, Reading.COMMANDS: Source.COMMAND_LINE}


def controller(  # noqa: PLR0913 (each is an option)
    gateway: Annotated[
        list[str] | None, typer.Argument(help="The gateway's command, behind `--`; without one, OpenClaw's.")
    ] = None,
    *,
    host: Annotated[str, typer.Option(help="The address to listen on; `::` or `0.0.0.0` for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = CONTROLLER_PORT,
    source: Annotated[Reading, typer.Option(help="Where pending requests are read.")] = Reading.FILES,
    program: Annotated[str, typer.Option(help="OpenClaw's program.")] = OPENCLAW,
    home: Annotated[Path, typer.Option(help="The home that OpenClaw's program is run with.")] = Path(ROOT),
    shares_cpu: Annotated[
        bool, typer.Option("--shared-cpu", help="Say that the machine has settled only once its load is low.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Supervise a gateway and serve its pairing requests, until SIGTERM or SIGINT; lines about it go to stderr.

    It lets in whoever brings the token that stands in OPENCLAW_GATEWAY_TOKEN.
    """
    with plainly():
        need("simulator", "starlette", "uvicorn")
        from kiloclaw_adapters.controller import (  # noqa: PLC0415 (an extra)
            Controller,
            ControllerSettings,
            Openclaw,
            control,
            listen,
        )

        settings = ControllerSettings(
            token=_token(),
            gateway_line=_line(program, gateway or ()),
            openclaw=Openclaw(program, *_folders(home), environment=(("HOME", str(home)),)),
            pairing=PairingPolicy(source=SOURCES[source]),
            shares_cpu=shares_cpu,
        )
        try:
            listening = listen(host, port)
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else str(error)
            raise BadInputError(f"{host} port {port} cannot be listened on: {why}") from error
        with listening:
            ran = Controller(settings, log_line)
            asyncio.run(control(ran, listening, lambda url: _ready(url, as_json=as_json)))


def _token() -> Token:
    """The token that the environment names; raises `BadInputError`."""
    text = os.environ.get(TOKEN, "")
    if not text.strip() or len(text.split()) != 1:
        raise BadInputError(f"{TOKEN} is not set to a token, and without one nobody could be let in")
    return Token(text.strip())


def _line(program: str, given: Sequence[str]) -> tuple[str, ...]:
    """The gateway's command."""
    return tuple(given) if given else (program, *GATEWAY)


def _folders(home: Path) -> tuple[Path, Path | None]:
    """Where OpenClaw keeps its things, and its channels theirs (pairing 1.4)."""
    state = os.environ.get(STATE, "").strip()
    credentials = os.environ.get(CREDENTIALS, "").strip()
    return Path(state) if state else home / ".openclaw", Path(credentials) if credentials else None


def _ready(url: str, *, as_json: bool) -> None:
    """Say where it listens: as one object on stdout, or as a line aside."""
    if as_json:
        say_json({"base": url})
        sys.stdout.flush()
    else:
        aside().print(f"kiloclaw: the controller listens at {url}; SIGTERM stops it")
