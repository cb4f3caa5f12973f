"""The controllers in simulated machines: real routes over imagined requests, of a controller of any age.

A machine has what is pending in memory; its controller, and the commands that are run in it, list and approve that.
What an old controller answers is said here, route by route (pairing 3.5).
"""

from __future__ import annotations

import json
from typing import Final

import httpx
from attrs import frozen
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kiloclaw_adapters.controller.app import create_app
from kiloclaw_adapters.controller.desk import Readiness
from kiloclaw_adapters.pairing.bearer import is_token, token_of
from kiloclaw_adapters.pairing.client import INSTANCE_HEADER
from kiloclaw_adapters.pairing.shapes import printed
from kiloclaw_adapters.simulator.asking import Answer, Ask
from kiloclaw_adapters.simulator.happenings import befall, may_befall
from kiloclaw_adapters.simulator.kinds import Happening
from kiloclaw_adapters.simulator.passing import catch_up
from kiloclaw_adapters.simulator.pending import Age, Pending
from kiloclaw_adapters.simulator.reading import Fields, Json, MalformedError
from kiloclaw_adapters.simulator.stage import Stage
from kiloclaw_adapters.strict import UnreadableError
from kiloclaw_core.machine import SANDBOX_KEY
from kiloclaw_core.names import MachineId, SandboxId
from kiloclaw_core.pairing import (
    Approved,
    ChannelRequest,
    DeviceRequest,
    Kind,
    NotApproved,
    NotDone,
    PendingRequest,
    PendingView,
    Said,
    Subject,
    Token,
    kind_of,
    refusal_said,
    said,
    wire_request,
)
from kiloclaw_core.pairing.caller import ROUTE_UNAVAILABLE, exec_list_line
from kiloclaw_core.pairing.caller import Route as Health
from kiloclaw_core.pairing.lifecycle import invalid
from kiloclaw_core.pairing.requests import subject_of
from kiloclaw_core.supervisor import Ready, Standing, SupervisorRefusal, SupervisorView

ROUTES: Final = "/_kilo/"
PAIRING: Final = "/_kilo/pairing"
APPROVES: Final = ("pairing", "devices")


@frozen
class ImaginedDesk:
    """A controller that has come up, whose gateway never fails."""

    pending_here: Pending
    now_ms: int

    def standing(self) -> Standing:
        """All the way."""
        return Standing(Ready())

    async def pending(self, kind: Kind, *, anew: bool) -> PendingView:
        """What is pending, always as it is."""
        del anew
        now = self.now_ms
        return PendingView(self.pending_here.of(kind), now, now, now, stale=False)

    async def approve(self, subject: Subject) -> Said:
        """Approve what is pending."""
        refusal = invalid(subject)
        if refusal is not None:
            return refusal_said(refusal)
        done = self.pending_here.approve(subject)
        return said(Approved() if done else NotApproved(NotDone.FAILED), kind_of(subject))

    def gateway(self) -> tuple[SupervisorView, int | None]:
        """It runs."""
        return SupervisorView("running", 1, 0, None, None), 2

    async def start(self) -> SupervisorRefusal | None:
        """It runs already."""
        return SupervisorRefusal.ALREADY_RUNNING

    async def stop(self) -> SupervisorRefusal | None:
        """It would have stopped."""
        return None

    async def restart(self) -> SupervisorRefusal | None:
        """It would have started anew."""
        return None

    async def readiness(self) -> Readiness:
        """It serves."""
        return Readiness(200, (("ready", True),))


# -- over HTTP ---------------------------------------------------------------------------------------------------


@frozen
class Controllers:
    """The ASGI application of every machine's controller: Fly's proxy passes each request to the machine it names."""

    stage: Stage

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in the name of one machine's controller; to ask is traffic."""
        catch_up(self.stage)
        request = Request(scope)
        machine = MachineId(request.headers.get(INSTANCE_HEADER, ""))
        proxy = proxied(self.stage, machine)
        app = controller_of(self.stage, machine, request) if proxy is None else _refusing(proxy)
        await app(scope, receive, send)


@frozen
class Unreached:
    """What Fly's proxy answers by itself."""

    status: int
    text: str


def proxied(stage: Stage, machine: MachineId) -> Unreached | None:
    """Pass a request through Fly's proxy: what that answers in the place of a controller, or None where it is reached.

    To ask is traffic: a machine that is down, and lets the proxy start it, is started (Fly: fly.md 2.4).
    """
    found = stage.fly.machine(machine)
    if not stage.is_up(machine):
        if found is not None and stage.silence(found) is None and may_befall(stage, found, Happening.TRAFFIC):
            befall(stage, found, Happening.TRAFFIC)
        return Unreached(503, f"unavailable: nothing listens on machine {machine}")
    if machine in stage.unwell:
        return Unreached(502, f"the controller of machine {machine} is unwell")
    return None


def controller_of(stage: Stage, machine: MachineId, request: Request) -> ASGIApp:
    """Whoever answers the request in a machine that is up: its controller, of whatever age."""
    token = controller_token(stage, machine)
    pending = pending_in(stage, machine)
    old = _old_answer(pending.age, request, token)
    return create_app(ImaginedDesk(pending, stage.now_ms()), token) if old is None else old


async def answered(stage: Stage, machine: MachineId, ask: Ask) -> Answer:
    """What the controller of a machine that is up answers to a look at its health."""
    headers = {INSTANCE_HEADER: machine, "authorization": ask.authorization}
    at = f"http://controller{ask.path[ask.path.index(ROUTES) :]}"

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await controller_of(stage, machine, Request(scope))(scope, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
        answer = await http.get(at, headers=headers)
    return Answer(answer.status_code, answer.text)


def _refusing(proxy: Unreached) -> Response:
    return JSONResponse({"error": proxy.text}, proxy.status)


def _old_answer(age: Age, request: Request, token: Token) -> Response | None:
    """What a controller of this age answers that a current one would not."""
    path = request.url.path
    let_in = is_token(token, request.headers.get("authorization", ""))
    lacks = path.startswith(PAIRING) or path in {"/_kilo/version", Health.READY.value}
    match age:
        case Age.CURRENT:
            return None
        case Age.CODED if let_in and path == "/_kilo/version":
            return JSONResponse({"version": "old", "apiVersion": 1})  # it does not say what it can do
        case Age.CODED if let_in and lacks:
            return JSONResponse({"error": "Unauthorized", "code": ROUTE_UNAVAILABLE}, 401)
        case Age.UNCODED if let_in and lacks:
            return JSONResponse({"error": "Not found"}, 404)
        case Age.DENYING if lacks:
            return JSONResponse({"error": "Unauthorized"}, 401)
        case Age.CODED | Age.UNCODED | Age.DENYING:
            return None


def controller_token(stage: Stage, machine: MachineId) -> Token:
    """The token of a machine's controller: its sandbox stands in its config."""
    papers = stage.papers_of(machine)
    found = stage.fly.machine(machine)
    metadata = {} if found is None else papers.configs[found.version].get("metadata", {})
    sandbox = metadata.get(SANDBOX_KEY, "") if isinstance(metadata, dict) else ""
    return token_of(stage.settings.controller_secret, SandboxId(str(sandbox)))


def pending_in(stage: Stage, machine: MachineId) -> Pending:
    """What is pending in a machine; nothing until somebody says so."""
    return stage.pending.setdefault(machine, Pending())


# -- by exec -----------------------------------------------------------------------------------------------------


def executed(stage: Stage, machine: MachineId, line: list[object]) -> Json | None:
    """What a command comes to that lists or approves; None for any other."""
    pending = pending_in(stage, machine)
    for kind in Kind:
        if line == list(exec_list_line(kind)):
            listed = {"requests": [wire_request(one) for one in pending.of(kind)]}
            return {"exit_code": 0, "stdout": json.dumps(listed)}
    words = [str(word) for word in line[3:]]
    if words[1:2] != ["approve"] or words[0] not in APPROVES:
        return None
    done = any(pending.approve(subject_of(one)) for kind in Kind for one in pending.of(kind) if _approves(words, one))
    return {"exit_code": 0 if done else 1, "stderr": "" if done else "no such request"}


def _approves(words: list[str], request: PendingRequest) -> bool:
    match request:
        case ChannelRequest(channel=channel, code=code):
            return words[:4] == ["pairing", "approve", channel, code.revealed]
        case DeviceRequest(request=named):
            return words == ["devices", "approve", named.revealed]


# -- at the control surface --------------------------------------------------------------------------------------


def set_pending(stage: Stage, machine: MachineId, body: Fields) -> Json:
    """Say what is pending in a machine, and how old its controller is; what is not said stays."""
    pending = pending_in(stage, machine)
    age = body.text("age", pending.age.value)
    if age not in {one.value for one in Age}:
        raise MalformedError(f"body.age: {age!r} is none of {', '.join(one.value for one in Age)}")
    requests = {kind: _read(stage, body.entries(kind.value), kind) for kind in Kind if body.has(kind.value)}
    body.nothing_else()
    pending.age, pending.requests = Age(age), {**pending.requests, **requests}
    return {"age": age, **{kind.value: len(pending.of(kind)) for kind in Kind}, "approved": len(pending.approved)}


def _read(stage: Stage, entries: list[object], kind: Kind) -> tuple[PendingRequest, ...]:
    try:
        return printed({"requests": entries}, kind, stage.now_ms())
    except UnreadableError:
        raise MalformedError(f"body.{kind.value}: must be requests as a controller lists them") from None
