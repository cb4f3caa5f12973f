"""What happened and no record remembers: it is written down beside the record, so that claims can speak of it."""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_core.commands import (
    CleanUp,
    Command,
    Destroy,
    Disown,
    OverrideSize,
    Provision,
    Recover,
    Refusal,
    Resize,
    Restart,
    Start,
    Stop,
)
from kiloclaw_core.effects import DeleteVolume, Effect
from kiloclaw_core.facts import Fact, Replied, Woken
from kiloclaw_core.instance import Absent
from kiloclaw_core.machine import Guest
from kiloclaw_core.names import CommandId, OpId, VolumeId
from kiloclaw_core.outcomes import Healthy, Unhealthy
from kiloclaw_core.phases import AlarmName, CreatingMachine, CreatingVolume, Probing
from kiloclaw_core.world.setting import IDENTITY, SPEC, Ghost
from kiloclaw_core.world.witnesses import granted_of, refused_of, sent_of, told_of

from .everywhere import clearing, creating_machine
from .moves import displaced, reassociate, recovered, recovering, restore, restoring, wide
from .scenario import SANDBOX, destroy, running, stopped

CALM: Final = Ghost()
HEALTHY: Final = Replied(OpId(19), Healthy())
ANY: Final = CommandId("any")


# -- what was sent -----------------------------------------------------------------------------------------------


def test_what_was_sent_after_a_destroy_is_witnessed() -> None:
    """No record remembers it, so that the ghost has to."""
    create: Effect = creating_machine().sent[0]
    assert sent_of(CALM, clearing().record, (create,)) == Ghost(issued_after_destroy=("CreateMachine",))
    assert sent_of(CALM, running().record, (create,)) == CALM
    assert sent_of(CALM, Absent(SANDBOX), (create,)) == CALM


def test_a_volume_deleted_under_its_machine_is_witnessed() -> None:
    """Machines go first."""
    hurried = DeleteVolume(OpId(10), IDENTITY.app, VolumeId("v3"))
    assert sent_of(CALM, running().record, (hurried,)) == Ghost(mounted_deletes=("v3",))


# -- how what excludes everything else went on -------------------------------------------------------------------


def test_a_recovery_that_goes_on_is_not_cut_short() -> None:
    """It waits for something else, and is the same story."""
    scenario = recovering(CreatingVolume)
    before = scenario.record
    scenario.land()
    assert told_of(CALM, before, scenario.record, Woken()) == CALM


def test_a_recovery_that_took_its_copy_when_the_machine_on_it_was_well_ended_as_it_should() -> None:
    """This is what it is for."""
    assert told_of(CALM, recovering(Probing).record, recovered().record, HEALTHY) == CALM


@pytest.mark.parametrize("fact", [Woken(), Replied(OpId(19), Unhealthy())])
def test_a_recovery_that_took_its_copy_without_being_well_is_witnessed(fact: Fact) -> None:
    """A copy that does not boot must not take the place of the volume that was left."""
    ghost = told_of(CALM, recovering(Probing).record, recovered().record, fact)
    assert ghost == Ghost(unwell=True)


def test_a_recovery_that_failed_and_says_so_is_not_cut_short() -> None:
    """Its note is what people are told by."""
    scenario = recovering()
    before = scenario.record
    scenario.ring(AlarmName.CEILING)
    assert told_of(CALM, before, scenario.record, Woken()) == CALM


def test_a_recovery_that_is_over_without_a_word_was_cut_short() -> None:
    """The volume is what it was, and nobody is told that anything failed."""
    assert told_of(CALM, recovering().record, running().record, Woken()) == Ghost(cut_short=True)


def test_a_restore_that_is_over_without_a_word_was_cut_short() -> None:
    """An operator would believe that it was done."""
    assert told_of(CALM, restoring().record, running().record, Woken()) == Ghost(cut_short=True)


def test_a_recovery_that_gave_way_to_another_was_cut_short() -> None:
    """It is known by its op."""
    looked_at = wide()
    looked_at.ring(AlarmName.STOCKTAKE)
    looked_at.land()
    assert told_of(CALM, recovering().record, recovering(scenario=looked_at).record, Woken()) == Ghost(cut_short=True)


def test_a_recovery_that_gave_way_to_a_destroy_was_not_cut_short() -> None:
    """A destroy is always granted."""
    scenario = recovering()
    before = scenario.record
    assert told_of(CALM, before, scenario.ask(destroy()), Woken()) == CALM


def test_what_excludes_nothing_may_be_cut_short() -> None:
    """A start that moves gives way to a stop, and what never was has no story."""
    moving = displaced().record
    assert told_of(CALM, moving, stopped().record, Woken()) == CALM
    assert told_of(CALM, running().record, stopped().record, Woken()) == CALM
    assert told_of(CALM, Absent(SANDBOX), stopped().record, Woken()) == CALM
    assert told_of(CALM, recovering(CreatingMachine).record, Absent(SANDBOX), Woken()) == CALM


# -- what was granted, and to whom nothing was -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "ghost"),
    [
        (Start(ANY), Ghost(wanted="running")),
        (Restart(ANY), Ghost(wanted="running", restarted=1)),
        (Stop(ANY), Ghost(wanted="stopped")),
        (restore(), Ghost(went_back=True)),
        (reassociate(VolumeId("v9")), Ghost(went_back=True)),
        (Destroy(ANY), Ghost(destroy_granted=True)),
        (Provision(ANY, IDENTITY, SPEC), CALM),
        (Resize(ANY, Guest(), 10), CALM),
        (OverrideSize(ANY, None, "eve", "why"), CALM),
        (Recover(ANY, "eve", "why"), CALM),
        (CleanUp(ANY, VolumeId("v9"), "eve", "why"), CALM),
        (Disown(ANY, VolumeId("v9"), "eve", "why"), CALM),
    ],
)
def test_what_was_granted_last_is_what_is_wanted(command: Command, ghost: Ghost) -> None:
    """A record that forgot it would look as if nobody had asked; after a restore it depends on how that ends."""
    instance = running().instance
    assert granted_of(CALM, instance, instance, command) == ghost


@pytest.mark.parametrize("command", [Start(ANY), Stop(ANY), Destroy(ANY)])
def test_a_caller_who_is_refused_without_an_excuse_is_witnessed(command: Command) -> None:
    """Start, stop and destroy always find a way in."""
    turned_away = Ghost(turned_away=(type(command).__name__,))
    assert refused_of(CALM, command, Refusal.BUSY) == turned_away
    assert refused_of(turned_away, command, Refusal.BUSY) == turned_away


@pytest.mark.parametrize("refusal", [Refusal.BEING_DESTROYED, Refusal.RECOVERING, Refusal.RESTORING])
def test_a_caller_who_is_refused_with_an_excuse_is_not(refusal: Refusal) -> None:
    """These exclude everything else, and end by themselves."""
    assert refused_of(CALM, Start(ANY), refusal) == CALM


def test_who_asks_for_something_else_may_be_refused() -> None:
    """A restart of what has no machine is no way to start it."""
    assert refused_of(CALM, Restart(ANY), Refusal.NO_MACHINE) == CALM
