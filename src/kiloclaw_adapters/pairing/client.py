"""Asks a machine's controller over HTTP, and says what its answer means; what is asked next is the core's to decide.

A request may take so long and no longer, from its first byte to the last of its answer, and of an answer so much is
read and no more. Neither a token nor what an answer holds is told to the log.
"""

from __future__ import annotations

import asyncio
from typing import Final

import httpx
from attrs import field, frozen

from kiloclaw_adapters.logs import Logger
from kiloclaw_adapters.pairing.parsing import NotJsonError, tree_of
from kiloclaw_adapters.pairing.shapes import WireApproval, read_list, read_tree, requests_in
from kiloclaw_adapters.ports import Clock, SystemClock
from kiloclaw_adapters.strict import UnreadableError
from kiloclaw_core.names import AppName, MachineId
from kiloclaw_core.pairing import ChannelSubject, DeviceSubject, Kind, Subject, Token, kind_of
from kiloclaw_core.pairing.caller import (
    ApproveVerdict,
    Listed,
    ListVerdict,
    Miss,
    NoCapabilities,
    Route,
    Told,
    VersionVerdict,
    approve_verdict,
    missed,
    parse_capabilities,
    unanswered,
)
from kiloclaw_core.pairing.caller.verdicts import is_success

PUBLIC_TEMPLATE: Final = "https://{app}.fly.dev"
INSTANCE_HEADER: Final = "fly-force-instance-id"
"""Fly: the proxy routes to this machine, and to no other."""
MOST_ANSWER: Final = 1 << 20
"""How many bytes of an answer are read."""
LISTS: Final = {Kind.CHANNELS: "/_kilo/pairing/channels", Kind.DEVICES: "/_kilo/pairing/devices"}
VERSION: Final = "/_kilo/version"


@frozen
class Target:
    """Whose controller is asked, and with which token, which is not shown."""

    app: AppName
    machine: MachineId
    token: Token


@frozen
class Heard:
    """An answer: its status, and its body as a tree; None for one that is no JSON, or too long to be."""

    status: int
    tree: object = None


@frozen
class Unheard:
    """No answer; and whether anything may have been sent."""

    sent: bool


@frozen
class ControllerClient:
    """Asks controllers over `http`; `template` is where an app is reached, `{app}` standing for its name."""

    http: httpx.AsyncClient = field(repr=False)
    log: Logger = field(repr=False)
    template: str = PUBLIC_TEMPLATE
    clock: Clock = SystemClock()

    async def version(self, target: Target, timeout_s: float) -> VersionVerdict:
        """What the controller says that it can do."""
        heard = await self.ask(target, "GET", VERSION, timeout_s)
        match heard:
            case Unheard(sent=sent):
                return unanswered(sent=sent)
            case Heard(status=status, tree=tree) if is_success(status):
                capabilities = parse_capabilities(tree)
                return Miss.INVALID if isinstance(capabilities, NoCapabilities) else Told(capabilities)
            case Heard(status=status, tree=tree):
                return missed(status, tree)

    async def pending(self, target: Target, kind: Kind, timeout_s: float, *, anew: bool) -> ListVerdict:
        """What is pending, read anew or not."""
        path = f"{LISTS[kind]}?refresh=true" if anew else LISTS[kind]
        heard = await self.ask(target, "GET", path, timeout_s)
        match heard:
            case Unheard(sent=sent):
                return unanswered(sent=sent)
            case Heard(status=status, tree=tree) if is_success(status):
                return self._listed(tree, kind)
            case Heard(status=status, tree=tree):
                return missed(status, tree)

    async def approve(self, target: Target, subject: Subject, timeout_s: float) -> ApproveVerdict:
        """Have it approved; sent once."""
        path = f"{LISTS[kind_of(subject)]}/approve"
        heard = await self.ask(target, "POST", path, timeout_s, body_of(subject))
        match heard:
            case Unheard(sent=sent):
                return unanswered(sent=sent)
            case Heard(status=status, tree=tree) if is_success(status):
                return approve_verdict(status, tree if self._reads(tree, path) else None)
            case Heard(status=status, tree=tree):
                return approve_verdict(status, tree)

    async def probe(self, target: Target, route: Route, timeout_s: float) -> Heard | Unheard:
        """What a health route says."""
        return await self.ask(target, "GET", route.value, timeout_s)

    # -- reading -------------------------------------------------------------------------------------------------

    def _listed(self, tree: object, kind: Kind) -> ListVerdict:
        try:
            listed = read_list(tree, kind)
            return Listed(requests_in(listed, self.clock.now_ms()), listed.stale)
        except UnreadableError as error:
            return self._unreadable(LISTS[kind], str(error))

    def _reads(self, tree: object, path: str) -> bool:
        try:
            read_tree(tree, WireApproval)
        except UnreadableError as error:
            self._unreadable(path, str(error))
            return False
        return True

    def _unreadable(self, path: str, why: str) -> Miss:
        self.log("controller.unreadable", {"route": path, "why": why})
        return Miss.INVALID

    # -- asking --------------------------------------------------------------------------------------------------

    async def ask(
        self, target: Target, method: str, path: str, timeout_s: float, body: dict[str, str] | None = None
    ) -> Heard | Unheard:
        """Ask, and read the answer; whatever goes wrong is none. Only cancellation escapes."""
        url = f"{self.template.format(app=target.app).rstrip('/')}{path}"
        headers = {
            "Authorization": f"Bearer {target.token.revealed}",
            "Accept": "application/json",
            INSTANCE_HEADER: target.machine,
        }
        try:
            async with (
                asyncio.timeout(timeout_s),  # httpx bounds each step of a request, never the whole
                self.http.stream(
                    method, url, json=body, headers=headers, timeout=timeout_s, follow_redirects=False
                ) as answer,
            ):
                return Heard(answer.status_code, await _tree(answer))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            self.log("controller.unheard", {"route": path, "error": type(error).__name__})
            return Unheard(sent=False)
        except (httpx.HTTPError, httpx.StreamError, TimeoutError) as error:
            self.log("controller.unheard", {"route": path, "error": type(error).__name__})
            return Unheard(sent=True)


def body_of(subject: Subject) -> dict[str, str]:
    """What an approval is sent as; what is hidden is revealed here."""
    match subject:
        case ChannelSubject(channel=channel, code=code):
            return {"channel": channel, "code": code.revealed}
        case DeviceSubject(request=request):
            return {"requestId": request.revealed}


async def _tree(answer: httpx.Response) -> object:
    kept = bytearray()
    async for chunk in answer.aiter_bytes():
        kept += chunk
        if len(kept) > MOST_ANSWER:
            return None
    try:
        return tree_of(bytes(kept))
    except NotJsonError:
        return None
