"""Vectors 62 to 72 and 75 of reconcile 9: destroying, to the last resource and the last debt."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.effects import (
    DebtKind,
    DeleteMachine,
    DeleteVolume,
    ListMachines,
    ListVolumes,
    PayDebt,
)
from kiloclaw_core.machine import Named, VolumeState
from kiloclaw_core.names import SandboxId, VolumeId, legacy_volume_name
from kiloclaw_core.outcomes import Rejected, Unknown, Why
from kiloclaw_core.phases import AlarmName, Gone
from kiloclaw_core.verbs import our_volume
from kiloclaw_core.views import debug_view, view
from tests.story.scenario import SANDBOX, Scenario, destroy

from .situations import (
    NOT_FOUND,
    armed,
    asked_until_rest,
    kinds,
    lines,
    noted,
    on_its_way,
    roles,
    settled,
    status,
    there,
    up,
)
from .unknowns import HIDDEN, named, with_machine, with_volume

BROKEN: Final = Rejected(Why.UNRECOGNISED, None, 500, "internal")
DEBTS: Final = (DebtKind.POSTGRES_MARK, DebtKind.REGISTRY_TOMBSTONE)


def going(scenario: Scenario) -> Scenario:
    """The scenario whose user wants it gone: the first deletes are on their way."""
    scenario.ask(destroy())
    scenario.wake()
    return scenario


def test_62_a_destroy_that_succeeds_leaves_a_tombstone_and_no_alarm() -> None:
    """Machine, volume, both debts, four empty looks; nothing is held, nothing is armed, the key is not used again."""
    scenario = going(up())
    asked = asked_until_rest(scenario)

    sweep = [ListMachines, ListVolumes, ListMachines, ListVolumes]
    assert asked == [DeleteMachine, DeleteVolume, PayDebt, PayDebt, *sweep]
    assert (status(scenario), there(scenario), scenario.outside.paid) == (None, set(), DEBTS)
    assert (scenario.instance.phase, scenario.instance.ledger.empty, alarms_of(scenario.record)) == (Gone(), True, ())


def test_63_a_machine_that_cannot_be_deleted_keeps_its_volume_too() -> None:
    """A volume cannot go while a machine has it: both stay held, with a note and an alarm."""
    scenario = going(up())
    machine, volume = list(roles(scenario))

    assert lines(scenario.answer(BROKEN, DeleteMachine)) == ["destroy_machine_failed"]

    assert roles(scenario) == {machine: "condemned", volume: "condemned"}
    assert (scenario.sent, noted(scenario)) == ((), (("destroy", "unrecognised"),))
    (error,) = view(scenario.record).errors
    assert (error.name, error.message) == ("last_destroy_error", "internal")
    assert (status(scenario), armed(scenario)) == ("destroying", {AlarmName.ERRAND_RETRY: 60.0})


def test_64_a_volume_that_cannot_be_deleted_stays_alone() -> None:
    """The machine is gone, the volume is held, noted and tried again."""
    scenario = going(up())
    volume = list(roles(scenario))[1]
    scenario.land(DeleteMachine)

    assert lines(scenario.answer(BROKEN, DeleteVolume)) == ["destroy_volume_failed"]

    assert (roles(scenario), noted(scenario)) == ({volume: "condemned"}, (("destroy", "unrecognised"),))
    assert (status(scenario), armed(scenario)) == ("destroying", {AlarmName.ERRAND_RETRY: 60.0})


def test_65_what_is_not_found_is_deleted() -> None:
    """Somebody was quicker."""
    scenario = going(up())

    told = lines(scenario.answer(NOT_FOUND, DeleteMachine), scenario.answer(NOT_FOUND, DeleteVolume))

    assert told == ["destroy_machine_ok", "destroy_volume_ok"]
    assert (scenario.instance.ledger.empty, noted(scenario)) == (True, ())


def test_66_two_alarms_finish_what_failed_twice() -> None:
    """The machine at the first, the volume at the second; then nothing is noted any more."""
    scenario = going(up())
    scenario.answer(BROKEN, DeleteMachine)
    scenario.ring(AlarmName.ERRAND_RETRY)
    scenario.land(DeleteMachine)
    scenario.answer(BROKEN, DeleteVolume)
    scenario.ring(AlarmName.ERRAND_RETRY)
    scenario.land_all()

    assert (status(scenario), there(scenario), noted(scenario)) == (None, set(), ())


def test_67_a_volume_that_a_hidden_machine_of_ours_has_goes_after_it() -> None:
    """The refusal leads to a look round, that to the machine; the volume is tried again by its alarm."""
    scenario = up()
    with_machine(scenario, evolve(HIDDEN, volume=our_volume(scenario.instance).volume))
    going(scenario)
    settled(scenario)
    assert there(scenario) == set(roles(scenario))
    assert HIDDEN.machine in scenario.instance.ledger.dead

    scenario.ring(AlarmName.ERRAND_RETRY)
    scenario.land_all()

    assert (status(scenario), there(scenario)) == (None, set())


def test_68_a_volume_that_somebody_elses_machine_has_is_tried_each_minute() -> None:
    """One look round for each refusal, and nobody else's machine is touched; it is not a matter of a cooldown."""
    scenario = up()
    stranger = evolve(HIDDEN, sandbox=SandboxId("ki_2"), volume=our_volume(scenario.instance).volume)
    going(with_machine(scenario, stranger))
    for _ in range(3):
        assert asked_until_rest(scenario).count(DeleteVolume) == 1
        assert armed(scenario) == {AlarmName.ERRAND_RETRY: 60.0}
        scenario.ring(AlarmName.ERRAND_RETRY)

    assert stranger.machine in there(scenario)
    assert status(scenario) == "destroying"


def test_69_a_volume_that_fails_fifty_times_is_not_abandoned() -> None:
    """What is given up is paid for, for ever: it is tried each hour, and the view says what is stuck."""
    scenario = going(up())
    volume = list(roles(scenario))[1]
    scenario.land(DeleteMachine)
    for _ in range(49):
        scenario.answer(BROKEN, DeleteVolume)
        assert (debug_view(scenario.record).stuck, armed(scenario)) == ((), {AlarmName.ERRAND_RETRY: 60.0})
        scenario.ring(AlarmName.ERRAND_RETRY)
    scenario.answer(BROKEN, DeleteVolume)

    assert (debug_view(scenario.record).stuck, armed(scenario)) == ((volume,), {AlarmName.ERRAND_RETRY: 3600.0})
    assert view(scenario.record).because == f"stuck: {volume} cannot be deleted"
    scenario.ring(AlarmName.ERRAND_RETRY)
    scenario.land_all()
    assert (status(scenario), there(scenario)) == (None, set())


def test_70_failures_are_counted_for_each_resource_and_not_by_asking_again() -> None:
    """The machine's do not count for the volume; a second destroy call changes nothing at all."""
    scenario = going(up())
    machine, volume = list(roles(scenario))
    scenario.answer(BROKEN, DeleteMachine)
    failing = scenario.instance
    counts = {one.id: one.failures for one in debug_view(failing).ledger}
    assert counts == {machine: 1, volume: 0}

    scenario.ask(destroy("again"))

    assert scenario.instance == evolve(failing, granted=scenario.instance.granted)
    scenario.ring(AlarmName.ERRAND_RETRY)
    scenario.land(DeleteMachine)
    assert {one.id: one.failures for one in debug_view(scenario.record).ledger} == {volume: 0}


def test_71_a_sweep_takes_what_bears_exactly_our_name() -> None:
    """Another's name that begins alike stays, what is going stays, and a machine that has one of ours goes first."""
    scenario = up()
    ours = named(legacy_volume_name(SANDBOX), Named.LEGACY)
    held = evolve(ours, volume=VolumeId("v-held"))
    longer = named(f"{ours.name}2", Named.FOREIGN)
    leaving = evolve(ours, volume=VolumeId("v-leaving"), state=VolumeState.LEAVING)
    for volume in (ours, held, longer, leaving):
        with_volume(scenario, volume)
    going(with_machine(scenario, evolve(HIDDEN, volume=held.volume)))
    assert not {ListMachines, ListVolumes} & set(kinds(scenario.sent))  # not while anything that is held is left

    gone: list[str] = []
    for _ in on_its_way(scenario):
        gone += [value for note in scenario.land().notes for key, value in note.fields if key.endswith("_id")]

    assert there(scenario) == {longer.volume, leaving.volume}
    assert gone.index(HIDDEN.machine) < gone.index(held.volume)
    assert status(scenario) is None


def test_72_what_is_stuck_is_said_by_the_view() -> None:
    """By the count of failures, whenever somebody looks, and not as an event each hour."""
    scenario = going(up())
    machine = next(iter(roles(scenario)))
    for _ in range(50):
        scenario.answer(BROKEN, DeleteMachine)
        scenario.ring(AlarmName.ERRAND_RETRY)

    assert debug_view(scenario.record).stuck == (machine,)
    assert lines(scenario.answer(BROKEN, DeleteMachine)) == ["destroy_machine_failed"]


def test_75_a_registry_that_does_not_answer_is_told_again() -> None:
    """The tombstone is a debt, due before the end; the instance is not gone while it is owed."""
    scenario = going(up())
    scenario.land(DeleteMachine)
    scenario.land(DeleteVolume)
    scenario.land(PayDebt)
    scenario.answer(Unknown("503"), PayDebt)

    assert (status(scenario), debug_view(scenario.record).debts) == ("destroying", ("registry_tombstone",))
    assert armed(scenario) == {AlarmName.ERRAND_RETRY: 60.0}
    scenario.ring(AlarmName.ERRAND_RETRY)
    scenario.land_all()
    assert (status(scenario), scenario.outside.paid) == (None, DEBTS)
