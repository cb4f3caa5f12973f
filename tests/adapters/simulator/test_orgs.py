"""Listings of a whole organisation, which may be partial and say so (Fly: fly.md 1.4)."""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_adapters.simulator import Simulator

from .suite import CONFIG, Wire, listed, shown, things

pytestmark = pytest.mark.anyio

ORG: Final = "/v1/orgs/personal"


async def test_everything_of_the_organisation_is_listed_with_its_app(wire: Wire) -> None:
    """Across apps, and no more than is asked for."""
    await wire.post("/v1/apps", {"app_name": "inst-2", "org_slug": "personal"})
    one = await wire.machine()
    other = await wire.make("/v1/apps/inst-2/machines", {"config": CONFIG, "region": "fra"})
    machines = things(await wire.look(f"{ORG}/machines"), "machines")
    assert {(machine["id"], machine["app_name"]) for machine in machines} == {(one, "inst-1"), (other, "inst-2")}
    found = await wire.look(f"{ORG}/machines", region="fra")
    assert [machine["id"] for machine in things(found, "machines")] == [other]
    volumes = [await wire.volume(), await wire.volume()]
    assert sorted(str(one["id"]) for one in things(await wire.look(f"{ORG}/volumes"), "volumes")) == sorted(volumes)


async def test_a_region_that_is_dark_is_left_out_and_named(wire: Wire) -> None:
    """A 200 that proves nothing for that region (OAS)."""
    await wire.machine()
    number = await wire.fault("dark", region="ams")
    found = await wire.look(f"{ORG}/machines")
    assert (found["machines"], found["error_regions"]) == ([], ["ams"])
    await wire.delete(f"/_sim/faults/{number}")
    assert (await wire.look(f"{ORG}/machines"))["error_regions"] == []


async def test_a_long_listing_comes_in_pages(wire: Wire) -> None:
    """The cursor leads to the next one, and at last to none."""
    volumes = [await wire.volume() for _ in range(3)]
    first = await wire.look(f"{ORG}/volumes", limit="2")
    rest = await wire.look(f"{ORG}/volumes", limit="2", cursor=str(first["next_cursor"]))
    pages = [[one["id"] for one in things(page, "volumes")] for page in (first, rest)]
    assert ([len(page) for page in pages], rest["next_cursor"]) == ([2, 1], "")
    assert sorted(str(one) for page in pages for one in page) == sorted(volumes)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"limit": "0"}, "limit: 0 is not 1 to 1000"),
        ({"limit": "1001"}, "limit: 1001 is not 1 to 1000"),
        ({"cursor": "x"}, "cursor: 'x' is no number"),
    ],
)
async def test_a_page_that_cannot_be_is_refused(query: dict[str, str], text: str, wire: Wire) -> None:
    """By what was wrong with it."""
    assert await wire.get(f"{ORG}/machines", **query) == (400, {"error": f"invalid_argument: {text}"})


async def test_another_organisation_is_closed(wire: Wire, simulator: Simulator) -> None:
    """As its apps are; and an empty listing is as false here as anywhere."""
    await wire.machine()
    assert await wire.get("/v1/orgs/acme/machines") == (403, {"error": "unauthorized"})
    await wire.fault("unseen", operation="list_org_machines")
    assert (await wire.look(f"{ORG}/machines"))["machines"] == []


async def test_who_lags_behind_sees_the_organisation_as_it_was(wire: Wire) -> None:
    """Org-wide lists are documented as lagging (Fly: fly.md 4.4)."""
    volume = await wire.volume()
    await wire.fault("lag", operation="list_org_volumes", by_ms=5_000)
    assert things(await wire.look(f"{ORG}/volumes"), "volumes") == []
    assert listed(await wire.get("/v1/apps/inst-1/volumes")) == [volume]
    assert shown((await wire.get(f"{ORG}/machines"))[1])["machines"] == []
