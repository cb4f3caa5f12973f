"""Apps, their addresses and their secrets, as the wire shows them (Fly: fly.md 1.1 to 1.3)."""

from __future__ import annotations

import httpx
import pytest

from kiloclaw_adapters.simulator import Settings, Simulator

from .suite import APP, Wire, client, shown

pytestmark = pytest.mark.anyio

BODY = {"app_name": "inst-1", "org_slug": "personal", "network": "inst-1"}


async def test_an_app_is_made_and_shown_with_what_is_in_it(bare: Wire) -> None:
    """The caller tells by the organisation whether the app is its own."""
    status, made = await bare.post("/v1/apps", BODY)
    assert (status, sorted(shown(made))) == (201, ["created_at", "id"])
    assert await bare.get(APP) == (
        200,
        {
            "id": shown(made)["id"],
            "internal_numeric_id": 1,
            "name": "inst-1",
            "status": "pending",
            "network": "inst-1",
            "machine_count": 0,
            "volume_count": 0,
            "organization": {"name": "personal", "slug": "personal"},
        },
    )


async def test_a_name_is_given_out_once(wire: Wire) -> None:
    """The lock on which the whole account stands: 422, not 409 (Fly: fly.md 1.1)."""
    taken = {"error": "Validation failed: Name has already been taken", "status": "name_taken"}
    assert await wire.post("/v1/apps", BODY) == (422, taken)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"app_name": "inst-1"}, (400, {"error": "invalid_argument: body.org_slug: is missing"})),
        ({"app_name": 7}, (400, {"error": "invalid_argument: body.app_name: must be text, not 7"})),
        ([], (400, {"error": "invalid_argument: body: must be an object, not []"})),
        ({**BODY, "org_slug": "acme"}, (403, {"error": "unauthorized"})),
        (
            {**BODY, "app_name": "Nö"},
            (422, {"error": "Validation failed: Name may only contain numbers, lowercase letters and dashes"}),
        ),
    ],
)
async def test_an_app_that_cannot_be_is_refused(body: object, answer: object, bare: Wire) -> None:
    """And nothing is made."""
    assert await bare.post("/v1/apps", body) == answer
    assert await bare.get(APP) == (404, {"error": "app not found"})


async def test_the_app_of_another_organisation_is_closed() -> None:
    """A taken name that answers 403 is somebody else's."""
    simulator = Simulator(Settings(tokens=(("one", "acme"), ("two", "zeta"))))
    async with client(httpx.ASGITransport(simulator.app)) as http:
        wire = Wire(http)
        http.headers["authorization"] = "Bearer one"
        assert (await wire.post("/v1/apps", {**BODY, "org_slug": "acme"}))[0] == 201
        http.headers["authorization"] = "Bearer two"
        assert await wire.get(APP) == (403, {"error": "unauthorized"})
        assert await wire.get(f"{APP}/machines") == (403, {"error": "unauthorized"})


@pytest.mark.parametrize("header", ["Bearer wrong", "Basic fo1_simulated", ""])
async def test_an_unknown_token_opens_nothing(header: str, wire: Wire) -> None:
    """As Fly says it."""
    wire.http.headers["authorization"] = header
    assert await wire.get(APP) == (401, {"error": "Authenticate: token validation error"})


async def test_addresses_are_added_and_listed(wire: Wire) -> None:
    """A second v6 is another one; the shared one is had once."""
    made = [await wire.post(f"{APP}/ip_assignments", {"type": kind}) for kind in ("v6", "shared_v4", "v6")]
    assert [(status, shown(one)["ip"], shown(one)["shared"]) for status, one in made] == [
        (200, "2a09:8280:1::1", False),
        (200, "66.241.0.2", True),
        (200, "2a09:8280:1::3", False),
    ]
    assert await wire.get(f"{APP}/ip_assignments") == (200, {"ips": [one for _, one in made]})
    refusal = (422, {"error": "the app has a shared address"})
    assert await wire.post(f"{APP}/ip_assignments", {"type": "shared_v4"}) == refusal


async def test_an_address_of_another_kind_is_refused(wire: Wire) -> None:
    """It would never be used."""
    text = "invalid_argument: unknown address type 'v5'; this simulator assigns v6, shared_v4"
    assert await wire.post(f"{APP}/ip_assignments", {"type": "v5"}) == (400, {"error": text})


async def test_each_change_of_secrets_is_a_version(wire: Wire) -> None:
    """A machine is told the version it must not boot without; the values come back nowhere."""
    status, one = await wire.post(f"{APP}/secrets/KEY", {"value": "hush"})
    assert (status, shown(one)["version"]) == (201, 1)
    status, more = await wire.post(f"{APP}/secrets", {"values": {"KEY": "hush", "OTHER": "psst"}})
    assert (status, shown(more)["version"]) == (200, 2)
    status, listed = await wire.get(f"{APP}/secrets")
    assert listed == {"secrets": shown(more)["secrets"]}
    assert [(one["name"], len(one["digest"])) for one in shown(listed)["secrets"]] == [("KEY", 16), ("OTHER", 16)]  # type: ignore[attr-defined]
    assert "hush" not in f"{one}{more}{await wire.get('/_sim/truth')}"
