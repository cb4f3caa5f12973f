"""Requests about apps over HTTP: what is sent, and what each answer comes to (Fly: fly.md 1.1 to 1.3)."""

from __future__ import annotations

import json

import httpx
import pytest

from kiloclaw_adapters.apps import AppRequest, FlyApps
from kiloclaw_adapters.fly import FlyClient, FlyTransport, RateLimiter, Token
from kiloclaw_core.app import (
    AddressesListed,
    AddressKind,
    AllocateAddress,
    AppMade,
    AppOutcome,
    AppShown,
    CreateApp,
    GetApp,
    ListAddresses,
    ListOwners,
    OwnersListed,
    SecretSet,
    SetSecret,
)
from kiloclaw_core.names import AppName, OpId, UserId
from kiloclaw_core.outcomes import Done, Rejected, Unknown, Why

from .outside import CLOCK

pytestmark = pytest.mark.anyio

OP, APP = OpId(7), AppName("acct-1")
GET, CREATE = GetApp(OP, APP), CreateApp(OP, APP, "acme", "acct-1")
ADDRESS, SECRET = AllocateAddress(OP, APP, AddressKind.V6), SetSecret(OP, APP, "KEY", "canary")
OWNERS, ADDRESSES = ListOwners(OP, APP), ListAddresses(OP, APP)


async def asked(effect: AppRequest, status: int, body: str, *, late_s: float = 0.0) -> tuple[AppOutcome, list[str]]:
    """What the effect came to when Fly answered so, and what was sent for it."""
    sent: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        content = request.content.decode()
        sent.append(f"{request.method} {request.url.path} {content}".strip())
        return httpx.Response(status, text=body)

    def new_client() -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(answer))

    limiter = RateLimiter(clock=CLOCK.monotonic, sleep=CLOCK.sleep)
    transport = FlyTransport(
        Token("t"), new_client=new_client, clock=CLOCK.monotonic, sleep=CLOCK.sleep, limiter=limiter
    )
    async with FlyClient(transport) as client:
        apps = FlyApps(client, clock=CLOCK)
        return await apps.perform(effect, committed_at=CLOCK.monotonic() - late_s), sent


MACHINES = [
    {"id": "m1", "state": "started", "config": {"metadata": {"kiloclaw_user_id": "user-2"}}},
    {"id": "m2", "state": "started", "incomplete_config": {"metadata": {"kiloclaw_user_id": "user-1"}}},
    {"id": "m3", "state": "started", "config": {"metadata": {"other": "x"}}},
    {"id": "m4", "state": "started"},
]
IPS = {"ips": [{"ip": "66.241.124.1", "shared": True}, {"ip": "2a09:8280:1::1"}, {"ip": "fdaa::1"}, {"ip": "9.9.9.9"}]}

GRANTED: tuple[tuple[AppRequest, int, object, AppOutcome, str], ...] = (
    (GET, 200, {"organization": {"slug": "acme"}}, AppShown("acme"), "GET /v1/apps/acct-1"),
    (
        CREATE,
        201,
        {"id": "x", "created_at": 1},
        AppMade(),
        'POST /v1/apps {"app_name": "acct-1", "org_slug": "acme", "network": "acct-1"}',
    ),
    (ADDRESS, 200, {"ip": "2a09:8280:1::1"}, Done(), 'POST /v1/apps/acct-1/ip_assignments {"type": "v6"}'),
    (SECRET, 201, {"name": "KEY", "version": 3}, SecretSet(3), 'POST /v1/apps/acct-1/secrets/KEY {"value": "canary"}'),
    (SECRET, 201, {"Version": 4}, SecretSet(4), 'POST /v1/apps/acct-1/secrets/KEY {"value": "canary"}'),
    (
        OWNERS,
        200,
        MACHINES,
        OwnersListed((UserId("user-1"), UserId("user-2")), 1, 1),
        "GET /v1/apps/acct-1/machines",
    ),
    (
        ADDRESSES,
        200,
        IPS,
        AddressesListed((AddressKind.V6, AddressKind.SHARED_V4)),
        "GET /v1/apps/acct-1/ip_assignments",
    ),
    (ADDRESSES, 200, {"ips": None}, AddressesListed(), "GET /v1/apps/acct-1/ip_assignments"),
)


@pytest.mark.parametrize(("effect", "status", "body", "outcome", "sent"), GRANTED)
async def test_what_a_success_shows(
    effect: AppRequest, status: int, body: object, outcome: AppOutcome, sent: str
) -> None:
    """One request each, to the letter, and its answer reduced to what decisions look at."""
    assert await asked(effect, status, json.dumps(body)) == (outcome, [sent])


REFUSED: tuple[tuple[AppRequest, int, str, AppOutcome], ...] = (
    (GET, 404, "not found", Rejected(Why.NOT_FOUND)),
    (GET, 403, '{"error":"unauthorized"}', Rejected(Why.COLLISION)),
    (CREATE, 403, '{"error":"unauthorized"}', Rejected(Why.UNAUTHORIZED)),
    (CREATE, 422, '{"error":"taken","status":"name_taken"}', Rejected(Why.NAME_TAKEN)),
    (CREATE, 503, "", Unknown()),
    (ADDRESS, 409, "", Rejected(Why.CONFLICT)),
    (GET, 200, "{}", Unknown()),
    (SECRET, 201, '{"version":"3"}', Unknown()),
    (SECRET, 201, "{}", Unknown()),
    (ADDRESSES, 200, '{"ips":[{"ip":"here"}]}', Unknown()),
    (OWNERS, 200, "<html>", Unknown()),
)


@pytest.mark.parametrize(("effect", "status", "body", "outcome"), REFUSED)
async def test_what_anything_else_comes_to(effect: AppRequest, status: int, body: str, outcome: AppOutcome) -> None:
    """Refusals are classed, and what cannot be read is neither yes nor no."""
    assert (await asked(effect, status, body))[0] == outcome


async def test_a_change_that_is_too_late_is_not_sent() -> None:
    """It could land after its settle."""
    assert await asked(CREATE, 201, "{}", late_s=20.5) == (Rejected(Why.NOT_SENT), [])
    assert (await asked(GET, 404, "", late_s=20.5))[0] == Rejected(Why.NOT_FOUND)
