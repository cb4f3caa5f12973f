"""How an instance came to where a search begins: as if everything had gone well, and nothing is on its way."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.instance import Instance
from kiloclaw_core.names import SnapshotId, VolumeId
from kiloclaw_core.phases import Phase, Running, Stopped
from kiloclaw_core.status import status_of
from kiloclaw_core.world.beginnings import beginning_of
from kiloclaw_core.world.configurations import STRANGER
from kiloclaw_core.world.fly import Fly, TrueSnapshot
from kiloclaw_core.world.landing import Outside
from kiloclaw_core.world.setting import Beginning, Budget, Configuration

CALM: Final = Configuration("calm", "Nothing happens.", Budget())


def begins(beginning: Beginning, snapshots: int = 0) -> tuple[Instance, Outside]:
    """The record and the outside of a search that begins so."""
    record, outside = beginning_of(evolve(CALM, beginning=beginning, snapshots=snapshots))
    assert isinstance(record, Instance)
    return record, outside


def test_a_search_may_begin_with_a_granted_provision() -> None:
    """Nothing was called yet."""
    record, outside = begins(Beginning.PROVISIONED)
    assert (record.asked, record.phase, outside) == (0, Stopped(), Outside())


@pytest.mark.parametrize(
    ("beginning", "status", "phase", "machines"),
    [
        (Beginning.STOPPED, "provisioned", Stopped(), []),
        (Beginning.RUNNING, "running", Running(), [("m7", "started")]),
        (Beginning.HALTED, "stopped", Stopped(), [("m7", "stopped")]),
    ],
)
def test_a_search_may_begin_where_an_instance_rests(
    beginning: Beginning, status: str, phase: Phase, machines: list[tuple[str, str]]
) -> None:
    """How it came there is the same story every time, and need not be searched again."""
    record, outside = begins(beginning)
    assert (status_of(record), record.phase, record.asked, record.notes) == (status, phase, None, ())
    assert [(one.machine, one.state.value) for one in outside.fly.machines] == machines
    assert [one.volume for one in outside.fly.volumes] == ["v3"]


def test_what_is_there_besides_stays_as_it_is() -> None:
    """Somebody else's machine neither arrives nor stops for us."""
    neighbour = evolve(STRANGER, name="ki_2")
    _, outside = beginning_of(evolve(CALM, beginning=Beginning.HALTED, outside=Outside(Fly((neighbour,)))))
    assert neighbour in outside.fly.machines


@pytest.mark.parametrize("beginning", [Beginning.RUNNING, Beginning.HALTED])
def test_a_search_may_begin_with_snapshots_of_the_volume(beginning: Beginning) -> None:
    """As it is when the search begins."""
    _, outside = begins(beginning, snapshots=2)
    (volume,) = outside.fly.volumes
    taken = (TrueSnapshot(SnapshotId(name), VolumeId("v3"), volume.data) for name in ("s-v3-0", "s-v3-1"))
    assert outside.fly.snapshots == tuple(taken)
