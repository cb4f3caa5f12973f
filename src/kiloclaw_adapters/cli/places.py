"""Where a command works: the store, Fly and the directory, as options and the environment name them.

A token comes from the environment alone, so that it stands in no process title, history or help text.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer
from attrs import frozen

from kiloclaw_adapters.cli.telling import BadInputError, FailedError
from kiloclaw_adapters.directory import FileDirectory, MemoryDirectory
from kiloclaw_adapters.facade import Kiloclaw
from kiloclaw_adapters.fly import PUBLIC_URL, Answer, FlyClient, FlyTransport, NoAnswer, NotSent, Token
from kiloclaw_adapters.fly.transport import SERVER_FAULTS
from kiloclaw_adapters.logs import Logger
from kiloclaw_adapters.pairing.client import PUBLIC_TEMPLATE
from kiloclaw_adapters.ports import Secrets
from kiloclaw_adapters.provider import Provider, fly_provider
from kiloclaw_adapters.registry.port import CompanyDirectory
from kiloclaw_adapters.secret_keeping import EnvironmentSecrets, NoSecrets
from kiloclaw_adapters.store import Store, open_store
from kiloclaw_core.policy import Policy

TOKEN: Final = "FLY_API_TOKEN"  # noqa: S105 (the name of a variable)
BASE: Final = "FLY_API_BASE"
ORGANISATION: Final = "FLY_ORG"
CONTROLLERS: Final = "KILOCLAW_CONTROLLER_BASE"
SECRETS: Final = "KILOCLAW_SECRETS"
CONTROLLER_SECRET: Final = "GATEWAY_TOKEN_SECRET"  # noqa: S105 (the name of a variable)
KEEPERS: Final[Mapping[str, Secrets]] = {"none": NoSecrets(), "env": EnvironmentSecrets()}
"""Who keeps the values of secrets: nobody unless asked for, because a spec could name any variable of this process."""
SQLITE: Final = "sqlite:///"

StoreUrl = Annotated[str, typer.Option("--store", help="Where records are kept: sqlite:///file.db.", metavar="URL")]
DEFAULT_STORE: Final = "sqlite:///kiloclaw.db"
POLICY: Final = Policy()
STANDS: Final = "what was asked stands, and a worker does it"
REACHED: Final = "kiloclaw"
"""The app that is looked at to see whether Fly answers; whether there is one does not matter."""


@frozen
class Fly:
    """Where Fly is, and in whose name we speak to it and to machines' controllers; no token or secret is shown."""

    token: str
    base_url: str
    organisation: str
    controllers: str
    controller_secret: str
    secrets: Secrets

    def __repr__(self) -> str:
        """Everything but the token and the secret."""
        return f"Fly({self.base_url}, {self.organisation})"

    async def reach(self) -> None:
        """See whether Fly answers and accepts the token; raises `FailedError` where it does not.

        Without this look a caller would wait for as long as a lost answer takes to be settled.
        """
        async with FlyClient(FlyTransport(Token(self.token), self.base_url)) as client:
            reply = await client.get_app(REACHED)
        match reply:
            case NoAnswer() | NotSent():
                raise FailedError(f"Fly does not answer at {self.base_url}; {STANDS}")
            case Answer(status=status) if status in SERVER_FAULTS:
                raise FailedError(f"Fly at {self.base_url} answers HTTP {status}; what was asked stands")
            case Answer(status=401):
                raise FailedError(f"Fly at {self.base_url} does not accept {TOKEN}; what was asked stands")
            case Answer():
                return

    def provider(self) -> Provider:
        """A provider that speaks to it."""
        return fly_provider(
            self.token,
            self.organisation,
            self.controller_secret,
            base_url=self.base_url,
            health_template=self.controllers,
            policy=POLICY,
            secrets=self.secrets,
        )


def fly_here(*, asked: bool, unset: str = "none") -> Fly:
    """Fly as the environment names it; a token is needed only where Fly is `asked` for something, else it is `unset`.

    So is the secret of controllers, because whoever has a machine started asks its controller whether it is well.

    Raises `BadInputError` naming the variable that is missing or cannot be used.
    """
    token = os.environ.get(TOKEN, "")
    if asked and not token.strip():
        raise BadInputError(f"{TOKEN} is not set, and Fly is asked for something")
    controller_secret = os.environ.get(CONTROLLER_SECRET, "")
    if asked and not controller_secret:
        raise BadInputError(
            f"{CONTROLLER_SECRET} is not set, and controllers let in nobody without a token made from it"
        )
    base_url = os.environ.get(BASE) or PUBLIC_URL
    with _naming(TOKEN):
        sent = Token(token or unset)
    with _naming(BASE):
        FlyTransport(sent, base_url)
    return Fly(
        token=token or unset,
        base_url=base_url,
        organisation=os.environ.get(ORGANISATION) or "personal",
        controllers=_controllers(),
        controller_secret=controller_secret,
        secrets=_keeper(),
    )


@contextmanager
def _naming(variable: str) -> Iterator[None]:
    """Say which variable it was whose value was refused, and why, without the value."""
    try:
        yield
    except ValueError as error:
        raise BadInputError(f"{variable}: {str(error).partition(': ')[2]}") from error


def _controllers() -> str:
    """Where machines' controllers are reached, as the environment names it."""
    template = os.environ.get(CONTROLLERS) or PUBLIC_TEMPLATE
    with _naming(CONTROLLERS):
        parts = urlsplit(template)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in template:
            raise ValueError(f"address: must be like {PUBLIC_TEMPLATE}, without a user")
    return template


def _keeper() -> Secrets:
    """Who keeps the values of secrets, as the environment names it."""
    name = os.environ.get(SECRETS) or "none"
    if name not in KEEPERS:
        raise BadInputError(f"{SECRETS}: {name!r} is none of {', '.join(KEEPERS)}")
    return KEEPERS[name]


@asynccontextmanager
async def kiloclaw_at(store: Store, fly: Fly, directory: CompanyDirectory, logger: Logger) -> AsyncIterator[Kiloclaw]:
    """Everything put together; on the way out the store and the connections are closed."""
    async with Kiloclaw(store=store, fly=fly.provider(), directory=directory, policy=POLICY, logger=logger) as kiloclaw:
        yield kiloclaw


def directory_beside(store: str) -> CompanyDirectory:
    """The local directory that goes with a store: a file beside its file, or memory beside memory."""
    path = store.removeprefix(SQLITE)
    return MemoryDirectory() if path == store else FileDirectory(Path(f"{path}.directory"))


def opened(store: str, *, make: bool = False) -> Store:
    """The store at this URL, which is made where there is none only if that is asked; raises StoreError."""
    return open_store(store, make=make)
