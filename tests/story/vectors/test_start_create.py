"""Vectors 37 to 45 and 52 to 53 of reconcile 9: what is held when, what is made, and what is never made twice."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_core.effects import (
    AwaitState,
    CreateMachine,
    CreateVolume,
    GetMachine,
    GetVolume,
    ListMachines,
    StartMachine,
    UpdateMachine,
)
from kiloclaw_core.machine import Guest, MachineState, Spec
from kiloclaw_core.names import CommandId, Region
from kiloclaw_core.outcomes import Unknown, VolumeShown
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.verbs import our_machine, our_volume
from kiloclaw_core.views import view
from kiloclaw_core.world import sights
from kiloclaw_core.world.configurations import FORGOTTEN, OLD_MACHINE
from tests.story.machines import becomes, replaced
from tests.story.scenario import SPEC, Scenario, provision, start

from .situations import (
    BROKEN,
    FRA,
    MISSING,
    WIDE,
    armed,
    asked_until_rest,
    before,
    begun,
    down,
    kinds,
    loses_volume,
    noted,
    provisioned,
    roles,
    snapshot,
    status,
    there,
    until,
    vanishes,
)


def revised() -> Scenario:
    """A stopped instance whose spec was changed since its machine last ran."""
    scenario = down()
    scenario.ask(evolve(provision(spec=evolve(SPEC, image="image-2")), id=CommandId("configure")))
    return scenario


def test_37_a_machine_that_was_made_is_held_before_it_is_waited_for() -> None:
    """And it stays held when the wait comes to nothing."""
    scenario = until(begun(provisioned()), CreateMachine)

    made = scenario.land()

    assert kinds(made.effects) == [AwaitState]
    machine = view(made.record).machine_id
    assert machine in there(scenario)
    scenario.answer(Unknown("503"))
    assert view(scenario.record).machine_id == machine


def test_38_an_update_that_meets_an_error_of_the_server_makes_no_second_machine() -> None:
    """It may have been made: the machine is looked at, and it alone is asked again."""
    scenario = until(begun(revised(), "again"), UpdateMachine)
    machine = our_machine(scenario.instance).machine

    scenario.answer(Unknown("500"))

    assert CreateMachine not in asked_until_rest(scenario)
    assert (status(scenario), view(scenario.record).machine_id) == ("running", machine)


def test_39_a_machine_that_is_gone_is_replaced() -> None:
    """Looked for twice, surely deleted, and then made anew on the same volume."""
    scenario = vanishes(begun(down(), "again"))
    old, volume = before(scenario.instance)

    assert asked_until_rest(scenario).count(CreateMachine) == 1

    new, same = before(scenario.instance)
    assert (new != old, same, status(scenario)) == (True, volume, "running")


def test_39_a_machine_that_is_gone_and_not_replaced_is_held_no_more() -> None:
    """The create is refused: there is no machine, and the record names none."""
    scenario = until(vanishes(begun(down(), "again")), CreateMachine)

    scenario.answer(BROKEN)

    assert (status(scenario), view(scenario.record).machine_id) == ("stopped", None)
    assert list(roles(scenario).values()) == ["active"]


def test_40_a_machine_whose_volume_fly_cannot_find_is_made_anew() -> None:
    """The machine goes, the volume is looked at and is there, and the next machine has it."""
    scenario = until(begun(revised(), "again"), UpdateMachine)
    old, volume = before(scenario.instance)

    scenario.answer(MISSING)
    assert roles(scenario)[old] == "condemned"
    asked = asked_until_rest(scenario)

    assert (asked.count(GetVolume), asked.count(CreateMachine), asked.count(CreateVolume)) == (1, 1, 0)
    assert (our_volume(scenario.instance).volume, status(scenario)) == (volume, "running")
    assert there(scenario) == set(before(scenario.instance))


def test_41_a_machine_that_failed_is_updated_if_its_config_is_an_older_one() -> None:
    """The update has it run, as one that had stopped."""
    scenario = becomes(begun(revised(), "again"), MachineState.FAILED)

    asked = asked_until_rest(scenario)

    assert [one for one in asked if one in {UpdateMachine, StartMachine}] == [UpdateMachine]
    assert status(scenario) == "running"


def test_41_a_machine_that_failed_with_the_present_config_is_only_started() -> None:
    """A request that changes nothing can still fail."""
    scenario = becomes(begun(down(), "again"), MachineState.FAILED)

    asked = asked_until_rest(scenario)

    assert [one for one in asked if one in {UpdateMachine, StartMachine}] == [StartMachine]


def test_42_the_size_of_a_legacy_machine_is_learnt_before_it_is_updated() -> None:
    """It is durable with the look, so that no failing update can lose it."""
    scenario = down(evolve(SPEC, guest=None))
    guest = Guest(2, 4096, "shared")
    replaced(scenario, evolve(scenario.outside.fly.machines[0], guest=guest, revision=None))
    scenario.ask(start("again"))
    scenario.wake()
    until(scenario, UpdateMachine)
    (update,) = scenario.sent
    assert isinstance(update, UpdateMachine)
    assert (scenario.instance.spec.guest, update.config.guest) == (guest, guest)

    scenario.answer(BROKEN)

    assert scenario.instance.spec.guest == guest


@pytest.mark.parametrize(
    ("known", "shown", "region"),
    [(WIDE, FRA, FRA), (WIDE, Region(""), Region("ams")), (evolve(WIDE, regions=()), Region(""), Region(""))],
    ids=["drifted", "not said", "never known"],
)
def test_43_a_machine_is_made_where_its_volume_is(known: Spec, shown: Region, region: Region) -> None:
    """Fly's word counts, silence does not; a region that nobody knows is left to Fly."""
    scenario = until(begun(provisioned(known)), GetVolume)
    (look,) = scenario.sent
    assert isinstance(look, GetVolume)
    seen = sights.volume_seen(scenario.outside.fly, scenario.outside.fly.volumes[0])

    scenario.answer(VolumeShown(evolve(seen, region=shown)))

    (create,) = scenario.sent
    assert isinstance(create, CreateMachine)
    assert (create.region, our_volume(scenario.instance).region) == (region, region)


def test_44_a_volume_that_is_gone_and_was_never_used_is_made_anew() -> None:
    """Looked for twice; elsewhere, because where it was it is no more."""
    scenario = loses_volume(provisioned(WIDE))
    old = our_volume(scenario.instance).volume

    asked = asked_until_rest(begun(scenario))

    assert asked.count(GetVolume) == 2
    assert (our_volume(scenario.instance).region, status(scenario)) == (FRA, "running")
    assert there(scenario) == set(before(scenario.instance)) == set(roles(scenario))
    assert old in scenario.instance.ledger.dead


def test_44_a_volume_that_is_gone_is_had_from_its_newest_snapshot() -> None:
    """Never an empty one in the place of one that a user wrote to."""
    scenario = loses_volume(snapshot(down()))
    old = our_volume(scenario.instance).volume

    asked_until_rest(begun(scenario, "again"))

    assert (status(scenario), roles(scenario)[old]) == ("running", "retained")
    assert [one.data > 0 for one in scenario.outside.fly.volumes] == [True]


def test_44_a_volume_that_is_gone_without_a_snapshot_is_told() -> None:
    """Nothing is made: an empty disk that nobody asked for is worse than none."""
    scenario = loses_volume(down())
    volume = our_volume(scenario.instance).volume

    asked = asked_until_rest(begun(scenario, "again"))

    assert CreateVolume not in asked
    assert (status(scenario), noted(scenario)) == ("stopped", (("start", "missing_volume"),))
    assert roles(scenario) == {volume: "active"}


def test_45_a_create_that_meets_a_missing_volume_looks_for_it() -> None:
    """It is there after all: one create more, on the same volume."""
    scenario = until(begun(provisioned()), CreateMachine)
    volume = our_volume(scenario.instance).volume

    scenario.answer(MISSING)
    asked = asked_until_rest(scenario)

    assert (asked.count(GetVolume), asked.count(CreateMachine), asked.count(CreateVolume)) == (1, 1, 0)
    assert (our_volume(scenario.instance).volume, status(scenario)) == (volume, "running")


def test_45_a_create_that_meets_a_missing_volume_of_a_first_start_ends_on_a_new_one() -> None:
    """It is not there, twice looked, and was never used: one new volume, and one create more."""
    scenario = until(begun(provisioned()), CreateMachine)
    loses_volume(scenario)

    scenario.answer(MISSING)
    asked = asked_until_rest(scenario)

    assert (asked.count(CreateVolume), asked.count(CreateMachine)) == (1, 1)
    assert status(scenario) == "running"
    assert there(scenario) == set(before(scenario.instance))


def test_52_two_starts_at_once_make_one_machine() -> None:
    """The second is granted and finds the first one under way."""
    scenario = begun(provisioned())
    scenario.ask(start("at once"))
    scenario.wake()

    assert asked_until_rest(scenario).count(CreateMachine) == 1
    assert (status(scenario), len(scenario.outside.fly.machines)) == ("running", 1)


def test_53_a_machine_of_ours_that_was_found_up_is_taken_without_a_create() -> None:
    """A look round at rest found it; the start has nothing to make."""
    scenario = provisioned(outside=FORGOTTEN)
    replaced(scenario, evolve(OLD_MACHINE, state=MachineState.STARTED))
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land_all()
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land_all()

    asked = asked_until_rest(begun(scenario))

    assert CreateMachine not in asked
    assert (status(scenario), view(scenario.record).machine_id) == ("running", OLD_MACHINE.machine)
    assert armed(scenario) == {AlarmName.STOCKTAKE: 300.0}


def test_53_a_machine_of_ours_that_nobody_found_is_taken_when_its_name_is_met() -> None:
    """The one create is refused, and by that its holder is found; it is up, so that nothing else is asked of it."""
    scenario = until(begun(provisioned()), CreateMachine)
    machine = OLD_MACHINE.machine
    replaced(scenario, evolve(OLD_MACHINE, state=MachineState.STARTED, volume=our_volume(scenario.instance).volume))

    asked = asked_until_rest(scenario)

    assert asked[:2] == [CreateMachine, GetMachine]
    assert not {CreateMachine, ListMachines, StartMachine, UpdateMachine} & set(asked[1:])
    assert (status(scenario), view(scenario.record).machine_id) == ("running", machine)
    assert AlarmName.STOCKTAKE in armed(scenario)
