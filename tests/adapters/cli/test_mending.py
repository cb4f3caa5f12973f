"""`recover`, `restore`, `cleanup` and `disown`: what operators do when a machine stopped, and what is said of it."""

from __future__ import annotations

import re
from urllib.parse import quote

import httpx
import pytest
from attrs import evolve

from kiloclaw_adapters.cli import places

from .conftest import Line, outward, run, told

ANN = ("--operator", "ann", "--because", "alice called")


@pytest.fixture
def stopped(fly: str, request: pytest.FixtureRequest) -> dict[str, object]:
    """An instance of this test's own whose machine stopped by itself, as it was before."""
    sandbox = request.node.name.removeprefix("test_")
    told("provision", sandbox, "--user", sandbox)
    shown = told("start", sandbox)
    httpx.post(f"{fly}/_sim/machines/{quote(str(shown['machine_id']))}/stop").raise_for_status()
    return shown


def snapshot(fly: str, shown: dict[str, object]) -> None:
    """Fly takes a snapshot of the volume, as it does once a day."""
    httpx.post(f"{fly}/_sim/volumes/{quote(str(shown['volume_id']))}/snapshot").raise_for_status()


def test_a_recovery_heals_on_another_volume_and_shows_the_old_one_counting_down(
    fly: str, stopped: dict[str, object]
) -> None:
    """The user has his data and a machine again, and the volume that was left is safe for a week."""
    sandbox, kept = str(stopped["sandbox_id"]), str(stopped["volume_id"])
    snapshot(fly, stopped)

    recovered = told("recover", sandbox, *ANN)

    assert outward(recovered) == ("running", None)
    assert recovered["volume_id"] not in {kept, None}
    said = run("debug", sandbox).out
    assert re.search(rf"  volume  +{kept} retained in \w+, kept for (7 d|6 d 23 h) more\n", said)
    assert "  audit" in said
    assert "ann asked for recovery because alice called\n" in said


def test_a_kept_volume_is_cleaned_up_before_its_time(fly: str, stopped: dict[str, object]) -> None:
    """Once the one in use is whole; and only a kept one."""
    sandbox, kept = str(stopped["sandbox_id"]), str(stopped["volume_id"])
    snapshot(fly, stopped)
    recovered = told("recover", sandbox, *ANN)

    assert outward(told("cleanup", sandbox, kept, *ANN)) == ("running", None)
    assert told("debug", sandbox)["dead"] == [stopped["machine_id"], kept]
    assert run("cleanup", sandbox, str(recovered["volume_id"]), *ANN) == Line(
        1, "", f"kiloclaw: {sandbox}: refused because the volume is not one that is kept beside the one in use\n"
    )


def test_an_instance_goes_over_to_a_volume_that_it_kept(fly: str, stopped: dict[str, object]) -> None:
    """Back to where it was before the recovery, should the copy be wrong."""
    sandbox, kept = str(stopped["sandbox_id"]), str(stopped["volume_id"])
    snapshot(fly, stopped)
    told("recover", sandbox, *ANN)

    assert run("restore", sandbox, "--volume", kept, *ANN) == Line(
        1, "", f"kiloclaw: {sandbox}: refused because the instance must be stopped first\n"
    )
    told("stop", sandbox)
    back = told("restore", sandbox, "--volume", kept, *ANN)

    assert (back["status"], back["volume_id"]) == ("stopped", kept)
    assert outward(told("start", sandbox)) == ("running", None)


def test_a_snapshot_that_is_not_there_ends_with_1(stopped: dict[str, object]) -> None:
    """In Fly's words; and the instance is what it was."""
    sandbox = str(stopped["sandbox_id"])

    ran = run("restore", sandbox, "--snapshot", "vs_none", *ANN)

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"kiloclaw: {sandbox}: restore failed: ")


def test_what_is_in_use_is_not_disowned(stopped: dict[str, object]) -> None:
    """Only what cannot be deleted, or is lost: anything else would be forgotten and paid for."""
    sandbox = str(stopped["sandbox_id"])

    assert run("disown", sandbox, str(stopped["volume_id"]), *ANN) == Line(
        1, "", f"kiloclaw: {sandbox}: refused because the resource is in use, not on its way out\n"
    )


def test_what_cannot_be_deleted_is_disowned_by_name(
    fly: str, stopped: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its host is lost, and waiting would not help; who answers for it stays in the record."""
    monkeypatch.setattr(places, "POLICY", evolve(places.POLICY, delete_failures_before_slowing=1))
    sandbox, volume = str(stopped["sandbox_id"]), str(stopped["volume_id"])
    lost = httpx.post(f"{fly}/_sim/faults", json={"kind": "unreachable", "of": volume})
    lost.raise_for_status()

    stuck = run("destroy", sandbox)
    told("disown", sandbox, volume, *ANN)
    httpx.delete(f"{fly}/_sim/faults/{lost.json()['number']}").raise_for_status()

    assert (stuck.code, f"stuck: {volume} cannot be deleted" in stuck.err) == (1, True)
    debug = told("debug", sandbox)
    assert (debug["dead"], debug["audit"]) == (
        [stopped["machine_id"], volume],
        [f"ann disowned {volume} because alice called"],
    )
