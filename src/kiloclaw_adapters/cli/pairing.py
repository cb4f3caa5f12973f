"""The commands that let somebody in who asks at a machine: `pairing list` and `pairing approve`.

The machine's controller is asked, and a command is run on the machine where the controller is too old. The tokens of
controllers are made from GATEWAY_TOKEN_SECRET, which comes from the environment alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import Enum
from typing import Annotated, Final, TypeVar

import httpx
import typer

from kiloclaw_adapters.cli.asking import Sandbox, asked
from kiloclaw_adapters.cli.places import DEFAULT_STORE, Fly, StoreUrl, fly_here
from kiloclaw_adapters.cli.tables import tell_table
from kiloclaw_adapters.cli.telling import (
    AsJson,
    BadInputError,
    FailedError,
    aside,
    plainly,
    printable,
    say,
    say_json,
    waiting,
)
from kiloclaw_adapters.explorer import Json
from kiloclaw_adapters.fly import FlyClient, FlyTransport
from kiloclaw_adapters.fly import Token as FlyToken
from kiloclaw_adapters.logs import unlogged
from kiloclaw_adapters.pairing import ControllerClient, Executing, PairingCalls, Target, token_of
from kiloclaw_adapters.showing import Whereabouts
from kiloclaw_core.names import SandboxId
from kiloclaw_core.pairing import (
    Approved,
    ChannelName,
    ChannelRequest,
    ChannelSubject,
    Code,
    DeviceRequest,
    DeviceSubject,
    Kind,
    NotApproved,
    PendingRequest,
    RequestId,
    Subject,
    Unsure,
    wire_request,
)
from kiloclaw_core.pairing.caller import ApproveEnd, Failed, Failing, ListEnd, Shown

NO_MACHINE: Final = "it has no machine"
STALE: Final = "this may be out of date: the controller could not read all of it"
UNSAID: Final = "whether this is up to date nobody says: the controller is too old for that"

pairing: Final = typer.Typer(
    name="pairing", help="See who wants to be let in at a machine, and let them in.", no_args_is_help=True
)

End = TypeVar("End", ListEnd, ApproveEnd)


class Which(Enum):
    """Which of the two lists."""

    CHANNELS = "channels"
    DEVICES = "devices"


@pairing.command("list")
def show(
    sandbox: Sandbox,
    *,
    which: Annotated[Which, typer.Option("--kind", help="People on channels, or devices.")] = Which.CHANNELS,
    refresh: Annotated[bool, typer.Option("--refresh", help="Have it read anew.")] = False,
    store: StoreUrl = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Show who wants to be let in; the list shows codes, which is what they are for. A machine is not woken for it."""
    kind = Kind(which.value)

    async def ask(calls: PairingCalls, target: Target) -> ListEnd:
        return await calls.pending(target, kind, anew=refresh)

    with plainly():
        end = _called(sandbox, store, "asking", ask)
        match end:
            case Failed(why=why):
                raise FailedError(f"{sandbox}: {why.value}")
            case Shown(requests=requests, via=via, stale=stale) if as_json:
                listed: list[Json] = [_as_json(one) for one in requests]
                shown: dict[str, Json] = {"sandbox_id": sandbox, "kind": which.value, "via": via.value}
                say_json({**shown, "stale": stale, "requests": listed})
            case Shown(requests=requests, stale=stale):
                _tell(requests)
                if stale is not False:
                    aside().print(f"kiloclaw: {sandbox}: {UNSAID if stale is None else STALE}", markup=False)


@pairing.command()
def approve(  # noqa: PLR0913 (each is an option)
    sandbox: Sandbox,
    *,
    channel: Annotated[str | None, typer.Option(help="The channel on which somebody asks; with --code.")] = None,
    code: Annotated[str | None, typer.Option(help="The code that they were given.")] = None,
    request: Annotated[str | None, typer.Option(help="The id of a device's request, instead of the two.")] = None,
    store: StoreUrl = DEFAULT_STORE,
    as_json: AsJson = False,
) -> None:
    """Let somebody in. It is sent once; if nobody knows what became of it, that is said, and the list tells."""
    with plainly():
        subject = _subject(channel, code, request)

        async def ask(calls: PairingCalls, target: Target) -> ApproveEnd:
            return await calls.approve(target, subject)

        _conclude(sandbox, _called(sandbox, store, "approving", ask), as_json=as_json)


def _conclude(sandbox: str, end: ApproveEnd, *, as_json: bool) -> None:
    """Say how it ended; raises `FailedError` unless it is approved, and `BadInputError` for what cannot be."""
    approved, because = _told(end)
    if end == Failed(Failing.INVALID):
        raise BadInputError(because)
    if as_json:
        say_json({"sandbox_id": sandbox, "approved": approved, "because": because})
    if not approved:
        raise FailedError(f"{sandbox}: {'not approved' if approved is False else 'not confirmed'}: {because}")
    if not as_json:
        say(f"{sandbox}: approved")


def _told(end: ApproveEnd) -> tuple[bool | None, str]:
    """Whether it is approved, None where nobody knows, and why."""
    match end:
        case Approved():
            return True, ""
        case NotApproved(why=why):
            return False, why.value
        case Unsure(seen=seen):
            return None, seen.value
        case Failed(why=failing):
            return False, failing.value


def _subject(channel: str | None, code: str | None, request: str | None) -> Subject:
    """What is to be approved; raises `BadInputError` for half of it, or for both."""
    if request is not None and channel is None and code is None:
        return DeviceSubject(RequestId(request))
    if request is None and channel is not None and code is not None:
        return ChannelSubject(ChannelName(channel), Code(code))
    raise BadInputError("approve takes --channel and --code, or --request")


# -- calling -----------------------------------------------------------------------------------------------------


def _called(sandbox: str, store: str, what: str, ask: Callable[[PairingCalls, Target], Awaitable[End]]) -> End:
    """What a call to the sandbox's controller comes to; raises `BadInputError` and `FailedError`."""
    fly = fly_here(asked=True)
    where = asked(store, lambda kiloclaw: kiloclaw.whereabouts(sandbox))
    target = _target(where, fly.controller_secret)
    with waiting(f"{what} {sandbox}"):
        return asyncio.run(_ask(fly, target, ask))


def _target(where: Whereabouts, secret: str) -> Target:
    if where.machine is None:
        raise FailedError(f"{where.sandbox}: {NO_MACHINE}")
    return Target(where.app, where.machine, token_of(secret, SandboxId(where.sandbox)))


async def _ask(fly: Fly, target: Target, ask: Callable[[PairingCalls, Target], Awaitable[End]]) -> End:
    async with _calls(fly) as calls:
        return await ask(calls, target)


@asynccontextmanager
async def _calls(fly: Fly) -> AsyncIterator[PairingCalls]:
    async with httpx.AsyncClient() as http, FlyClient(FlyTransport(FlyToken(fly.token), fly.base_url)) as client:
        yield PairingCalls(ControllerClient(http, unlogged, fly.controllers), Executing(client))


# -- showing -----------------------------------------------------------------------------------------------------


def _as_json(request: PendingRequest) -> Json:
    return {key: _plain(value) for key, value in wire_request(request).items()}


def _plain(value: object) -> Json:
    """A JSON value as what it is; one that was parsed holds nothing else."""
    match value:
        case dict():
            return {str(key): _plain(one) for key, one in value.items()}
        case list():
            return [_plain(one) for one in value]
        case bool() | int() | float() | str() | None:
            return value
        case _:
            raise AssertionError("what a controller answered is JSON")


def _tell(requests: tuple[PendingRequest, ...]) -> None:
    if not requests:
        say("nobody wants to be let in")
        return
    rows = [[printable(cell) for cell in _cells(one)] for one in requests]
    tell_table(("channel or device", "code or request", "who"), rows)


def _cells(request: PendingRequest) -> tuple[str, str, str]:
    match request:
        case ChannelRequest():
            return request.channel, request.code.revealed, request.id.revealed
        case DeviceRequest():
            named = " ".join(filter(None, (request.role, request.platform, request.client_id)))
            return request.device.revealed, request.request.revealed, named or "-"
