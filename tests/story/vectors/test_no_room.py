"""Vectors 46 to 51 of reconcile 9: no room where the volume is, so that the instance moves."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_core.effects import CopyOf, CreateMachine, CreateVolume, DeleteMachine, DeleteVolume, Empty, StartMachine
from kiloclaw_core.instance import Transition
from kiloclaw_core.machine import Spec
from kiloclaw_core.outcomes import Rejected, Unknown, Why
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.regions import preferred
from kiloclaw_core.verbs import our_volume
from tests.story.scenario import Scenario

from .situations import (
    AMS,
    BROKEN,
    FRA,
    FULL_HOST,
    IAD,
    WIDE,
    armed,
    before,
    begun,
    down,
    lines,
    noted,
    on_its_way,
    provisioned,
    roles,
    status,
    there,
    until,
)

QUOTA = Rejected(Why.QUOTA, None, 403, "over the allowed quota")
NO_MEMORY = Rejected(Why.CAPACITY_HOST, None, 409, "insufficient memory")
EVICTED = "region.capacity_eviction"


def displaced(refusal: Rejected = FULL_HOST, spec: Spec = WIDE) -> tuple[Scenario, Transition]:
    """An instance that ran, and whose start is refused so: it has data, and no room."""
    scenario = until(begun(down(spec), "again"), StartMachine)
    return scenario, scenario.answer(refusal)


def test_46_an_instance_that_never_ran_has_a_fresh_volume_elsewhere() -> None:
    """There is nothing to copy: no machine was ever made on the old one, which goes."""
    scenario = until(begun(provisioned(WIDE)), CreateMachine)
    old = our_volume(scenario.instance).volume
    assert lines(scenario.answer(FULL_HOST)) == ["instance.start_capacity_recovery"]
    until(scenario, CreateVolume)
    (create,) = scenario.sent
    assert isinstance(create, CreateVolume)
    assert (create.content, create.regions) == (Empty(), (FRA, IAD))

    scenario.land_all()

    assert (status(scenario), our_volume(scenario.instance).region) == ("running", FRA)
    assert there(scenario) == set(before(scenario.instance)) == set(roles(scenario))
    assert old in scenario.instance.ledger.dead


def test_47_an_instance_with_data_moves_with_a_copy() -> None:
    """The copy is committed when a machine runs on it; the volume that was left is kept, not deleted."""
    scenario, _ = displaced()
    machine, old = before(scenario.instance)
    until(scenario, CreateVolume)
    (create,) = scenario.sent
    assert isinstance(create, CreateVolume)
    assert create.content == CopyOf(our_volume(scenario.instance).volume)
    assert machine not in there(scenario)

    scenario.land_all()

    assert (status(scenario), roles(scenario)[old]) == ("running", "retained")
    assert there(scenario) == {*before(scenario.instance), old}


def test_48_a_copy_that_cannot_be_had_leaves_the_volume_ours() -> None:
    """No answer, tried as often as may be: no empty one in its place, no machine, and a note."""
    scenario, _ = displaced()
    _, volume = before(scenario.instance)
    until(scenario, CreateVolume)
    for asked in on_its_way(scenario):
        if isinstance(asked, CreateVolume):
            assert asked.content == CopyOf(our_volume(scenario.instance).volume)
            scenario.answer(Unknown("500"))
        else:
            scenario.land()

    assert (roles(scenario), there(scenario)) == ({volume: "active"}, {volume})
    assert (status(scenario), noted(scenario)) == ("stopped", (("start", "no_answer"),))


def test_49_a_machine_that_cannot_be_deleted_is_not_forgotten() -> None:
    """It holds the name and may write to what is copied: nothing is made before it is gone, and it stays held."""
    scenario, _ = displaced()
    machine, volume = before(scenario.instance)
    until(scenario, DeleteMachine)

    scenario.answer(Unknown("500"))

    assert (scenario.sent, roles(scenario)) == ((), {machine: "condemned", volume: "active"})
    assert armed(scenario)[AlarmName.ERRAND_RETRY] == 60.0
    scenario.ring(AlarmName.ERRAND_RETRY)
    scenario.land_all()
    assert (status(scenario), machine in scenario.instance.ledger.dead) == ("running", True)


def test_50_a_second_create_that_fails_leaves_no_volume_untracked() -> None:
    """The copy never had a machine: it goes, by the record that still holds it, and what was ours is ours."""
    scenario, _ = displaced()
    _, volume = before(scenario.instance)
    until(scenario, CreateMachine)
    copy = next(one for one, role in roles(scenario).items() if role == "candidate")

    scenario.answer(BROKEN)

    assert roles(scenario) == {volume: "active", copy: "condemned"}
    assert isinstance(scenario.sent[0], DeleteVolume)
    scenario.land_all()
    assert (status(scenario), there(scenario), noted(scenario)) == ("stopped", {volume}, (("start", "invalid"),))


def test_51_a_quota_marks_the_region_as_full() -> None:
    """For an hour, for this instance, and told as upstream tells it."""
    scenario, transition = displaced(QUOTA)

    assert lines(transition) == ["instance.start_capacity_recovery", EVICTED]
    assert [one.region for one in scenario.instance.full_regions] == [AMS]
    assert armed(scenario)[AlarmName.FULL_REGION] == 3600.0


@pytest.mark.parametrize(
    ("refusal", "spec"),
    [(NO_MEMORY, WIDE), (QUOTA, evolve(WIDE, regions=()))],
    ids=["a host without memory", "a region that nobody knows"],
)
def test_51_nothing_else_marks_a_region_as_full(refusal: Rejected, spec: Spec) -> None:
    """A host is not its region, and what has no name cannot be avoided."""
    scenario, transition = displaced(refusal, spec)

    assert EVICTED not in lines(transition)
    assert scenario.instance.full_regions == ()


def test_51_a_region_that_was_full_is_asked_again_when_the_hour_is_over() -> None:
    """No list stays short for ever."""
    scenario, _ = displaced(QUOTA)
    assert preferred(scenario.instance) == (FRA, IAD)

    scenario.ring(AlarmName.FULL_REGION)

    assert preferred(scenario.instance) == (AMS, FRA, IAD)
