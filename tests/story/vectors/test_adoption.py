"""Vectors 54 to 61 of reconcile 9: the machine that holds our name, when a create was refused for it (4.6)."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_core.effects import (
    AwaitState,
    CreateMachine,
    DeleteMachine,
    DeleteVolume,
    Effect,
    GetMachine,
    ListMachines,
    ProbeHealth,
    UpdateMachine,
)
from kiloclaw_core.instance import Failing
from kiloclaw_core.machine import Guest, MachineSeen, MachineState
from kiloclaw_core.names import SandboxId, UserId
from kiloclaw_core.outcomes import (
    Healthy,
    MachineShown,
    MachinesListed,
    Outcome,
    Rejected,
    StateReached,
    Unknown,
    Why,
)
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.verbs import our_volume
from kiloclaw_core.views import view
from tests.story.machines import HINTED, HOLDER, NAMELESS, NOT_FOUND, OLD, STALE, refused, refused_again
from tests.story.scenario import SPEC, Scenario

from .situations import armed, begun, kinds, lines, noted, provisioned, roles, status, until

BOUNDED = {CreateMachine, DeleteMachine, DeleteVolume}
"""What an attempt may do once at most, and what it does never."""


def adopting(scenario: Scenario) -> Scenario:
    """A start that has just been shown the machine that holds its name: it is down, and mounts our volume."""
    holder = evolve(HOLDER, volume=our_volume(scenario.instance).volume)
    scenario.answer(MachineShown(holder))
    return scenario


def told(scenario: Scenario, *outcomes: Outcome) -> tuple[list[str], list[type[Effect]]]:
    """What is logged and asked for as these answers come one after the other."""
    transitions = [scenario.answer(one) for one in outcomes]
    return lines(*transitions), [kind for one in transitions for kind in kinds(one.effects)]


def given_back(scenario: Scenario, refusal: Rejected = HINTED) -> bool:
    """Whether the start ended with the very refusal that its create got, and without a machine."""
    ends = [(note.why, note.text) for note in scenario.instance.notes if note.failing is Failing.START]
    return ends == [(refusal.why, refusal.text)] and view(scenario.record).machine_id is None


def test_54_a_stopped_machine_of_ours_is_adopted_and_started() -> None:
    """Its id is held before anything is sent for it; it is given the present config, started, waited for."""
    scenario = refused()
    adopted = scenario.answer(MachineShown(evolve(HOLDER, volume=our_volume(scenario.instance).volume)))
    assert (view(adopted.record).machine_id, kinds(adopted.effects)) == (OLD, [UpdateMachine])
    assert lines(adopted) == ["adopt_existing_machine"]
    updated = evolve(HOLDER, volume=our_volume(scenario.instance).volume, revision=1, state=MachineState.REPLACING)

    _, asked = told(scenario, MachineShown(updated), StateReached(), Healthy())

    assert asked == [AwaitState, ProbeHealth]
    assert (status(scenario), roles(scenario)[OLD], noted(scenario)) == ("running", "active", ())


def test_55_an_adopted_machine_that_is_not_seen_up_is_kept() -> None:
    """The wait fails: the id stays, and so does the status, while there are tries."""
    scenario = adopting(refused())
    updated = evolve(HOLDER, volume=our_volume(scenario.instance).volume, revision=1, state=MachineState.REPLACING)
    _, asked = told(scenario, MachineShown(updated), Unknown("503"))

    assert asked == [AwaitState]
    assert (view(scenario.record).machine_id, status(scenario), noted(scenario)) == (OLD, "starting", ())


@pytest.mark.parametrize("named", [True, False], ids=["by its name", "by its metadata"])
def test_56_a_refusal_that_names_nobody_is_followed_by_a_listing(named: bool) -> None:  # noqa: FBT001
    """The text is a hint, never the only route."""
    scenario = refused(NAMELESS)
    holder = evolve(HOLDER, volume=our_volume(scenario.instance).volume, named_ours=named)

    logged, asked = told(scenario, MachinesListed((holder,)), MachineShown(holder))

    assert asked == [GetMachine, UpdateMachine]
    assert (logged, view(scenario.record).machine_id) == (["adopt_existing_machine"], OLD)


def test_56_a_refusal_whose_holder_nobody_finds_is_given_back() -> None:
    """With its whole text, for whoever has to find out."""
    scenario = refused(NAMELESS)

    ended = scenario.answer(MachinesListed(()))

    assert given_back(scenario, NAMELESS)
    assert ended.notes[0].name == "adopt_existing_machine_unparsed"
    assert ended.notes[0].fields == (("body", NAMELESS.text),)


@pytest.mark.parametrize("why", [Why.CONFLICT, Why.CAPACITY_HOST, Why.INVALID])
def test_57_another_refusal_looks_for_no_holder(why: Why) -> None:
    """A conflict passes, or is told, or is a want of room: none of them says that something holds our name."""
    scenario = refused(Rejected(why, None, 409, "aborted: conflict"))

    assert not {GetMachine, ListMachines} & set(kinds(scenario.sent))
    assert view(scenario.record).machine_id is None


def test_58_a_machine_that_mounts_another_volume_is_deleted_and_the_refusal_given_back() -> None:
    """One delete, of the machine alone; the next attempt finds the name free."""
    scenario = refused_again()
    volume = our_volume(scenario.instance)
    scenario.answer(MachineShown(STALE))

    ended = scenario.land()

    assert [one for one in kinds(ended.effects) if one in BOUNDED] == [DeleteMachine]
    assert (given_back(scenario), scenario.instance.ledger.volume) == (True, volume)
    assert roles(scenario)[OLD] == "condemned"
    assert lines(ended)[0] == "adopt_existing_machine_volume_mismatch"


def test_59_a_machine_that_is_not_there_after_all_is_no_reason_to_create_again() -> None:
    """The names are ahead of the machines: one create for an attempt, whatever it met."""
    scenario = refused()

    logged, asked = told(scenario, NOT_FOUND, MachinesListed(()))

    assert (asked, given_back(scenario)) == ([ListMachines], True)
    assert logged == ["adopt_existing_machine_vanished", "instance.provisioning_failed"]
    assert armed(scenario) == {AlarmName.RETRY: 600.0}


def test_60_a_legacy_machine_keeps_its_size() -> None:
    """What it has is what its user pays for: it is learnt, durable, and what the update asks for."""
    scenario = until(begun(provisioned(evolve(SPEC, guest=None))), CreateMachine)
    scenario.answer(HINTED)
    adopting(scenario)

    (update,) = scenario.sent
    assert isinstance(update, UpdateMachine)
    assert update.config.guest == scenario.instance.spec.guest == Guest(8, 16_384)


@pytest.mark.parametrize(
    "foreign",
    [evolve(HOLDER, sandbox=SandboxId("ki_2")), evolve(HOLDER, user=UserId("eve")), evolve(STALE, user=UserId("eve"))],
    ids=["another sandbox", "another user", "another user and volume"],
)
def test_61_a_machine_of_somebody_else_is_left_alone(foreign: MachineSeen) -> None:
    """It bears our name, and nothing of it is ours to take or to delete."""
    scenario = refused()

    logged, asked = told(scenario, MachineShown(foreign))

    assert (asked, given_back(scenario), OLD in roles(scenario)) == ([], True, False)
    assert logged[0] == "adopt_existing_machine_foreign"
