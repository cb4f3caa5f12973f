"""`status`, `debug`, `list` and `regions`: what users, operators and programs are shown."""

from __future__ import annotations

import pytest

from kiloclaw_adapters.cli.telling import spelt
from kiloclaw_adapters.cli.viewing import _holding, _region_rows
from kiloclaw_adapters.showing import RegionsView, RegionView
from kiloclaw_core.views import HoldingView

from .conftest import Line, run, told

pytestmark = pytest.mark.usefixtures("fly")


def test_views_show_the_same_to_people_and_to_programs() -> None:
    """`status` for users, `debug` for operators, `list` for everything."""
    shown = told("provision", "ki_seen", "--user", "user-seen", "--size", "shared-cpu-2x:4096", "--image", "other:1")
    volume = str(shown["volume_id"])

    assert told("status", "ki_seen") == shown
    assert told("debug", "ki_seen")["view"] == shown
    assert told("list") == {"instances": [shown]}
    assert f"  volume       {volume} active in {shown['region']}\n" in run("debug", "ki_seen").out
    assert volume in run("list").out


def test_status_says_what_may_be_asked_and_why_not_the_rest() -> None:
    """A user who may not do something should read why, and not try it out."""
    shown = told("provision", "ki_may", "--user", "user-may")

    assert run("status", "ki_may") == Line(
        0,
        f"ki_may  provisioned  volume {shown['volume_id']} in {shown['region']}\n"
        "  may be asked  start, stop, resize, override_size, restore, recover, destroy\n"
        "  may not now   restart because the instance has no machine yet\n"
        "  may not now   reassociate because no other volume of the instance is known\n"
        "  may not now   clean_up because the ledger holds no such resource\n",
        "",
    )


def test_status_says_what_failed_last() -> None:
    """In Fly's own words."""
    told("provision", "ki_failed", "--user", "user-failed")
    told("start", "ki_failed")
    failed = run("restore", "ki_failed", "--snapshot", "vs_none", "--operator", "ann", "--because", "asked")

    assert (failed.code, failed.out) == (1, "")
    assert failed.err.startswith("kiloclaw: ki_failed: restore failed: ")
    assert "  last_restore_error  " in run("status", "ki_failed").out


def test_an_alarm_tells_when_it_rings_or_that_nobody_hears_it() -> None:
    """An alarm that is overdue says that no worker runs."""
    told("provision", "ki_due", "--user", "user-due")
    told("start", "ki_due", "--async")

    alarms = told("debug", "ki_due")["alarms"]

    assert isinstance(alarms, list)
    assert [one["due_in_s"] <= 0 for one in alarms if one["name"] == "intent"] == [True]
    assert " after 0 s, overdue for " in run("debug", "ki_due").out


def test_regions_are_shown_in_order_of_preference() -> None:
    """Where the volume is, and where another would be had; nothing is asked of Fly."""
    shown = told("provision", "ki_there", "--user", "user-there")
    volume, region = shown["volume_id"], shown["region"]
    roomy = [{"region": name, "full": False, "again_in_s": None} for name in ("eu", "us")]

    assert told("regions", "ki_there") == {
        "sandbox_id": "ki_there",
        "volume_id": volume,
        "region": region,
        "regions": roomy,
    }
    assert run("regions", "ki_there") == Line(0, f"ki_there  volume {volume} in {region}\n  eu\n  us\n", "")


def test_a_region_without_room_says_when_it_is_asked_again() -> None:
    """So that an operator knows whether waiting helps."""
    regions = (RegionView("us", full=False, again_in_s=None), RegionView("eu", full=True, again_in_s=3540.0))

    assert _region_rows(RegionsView("ki_1", "vol_1", "us", regions)) == [
        ("us", ""),
        ("eu", "had no room, asked again in 59 min"),
    ]


@pytest.mark.parametrize(
    ("holding", "said"),
    [
        (HoldingView("m1", "machine", "condemned", 2, stuck=False), "m1 condemned, 2 failed deletes"),
        (
            HoldingView("vol_1", "volume", "retained", 0, stuck=False, due_in_s=604_000, region="ams", kept="long"),
            "vol_1 retained in ams, kept for 6 d 23 h more",
        ),
        (
            HoldingView("vol_1", "volume", "retained", 3, stuck=False, region="ams", kept="short"),
            "vol_1 retained in ams, kept until the volume in use is whole and well",
        ),
    ],
    ids=["condemned", "long", "short"],
)
def test_a_resource_says_what_becomes_of_it(holding: HoldingView, said: str) -> None:
    """A retained volume counts down, so that nobody is surprised when it goes."""
    assert _holding(holding) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (604_799.2, "6 d 23 h"),
        (86_400, "1 d"),
        (3_660, "1 h 1 min"),
        (90_061, "1 d 1 h"),
        (59.6, "1 min"),
        (0.2, "0 s"),
        (-3, "0 s"),
    ],
)
def test_a_time_is_said_in_its_two_largest_units(seconds: float, said: str) -> None:
    """Nobody reads 604799 seconds."""
    assert spelt(seconds) == said
