"""Going over to another volume of the instance's own: only stopped, only one of its own, and the other one is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve
from returns.result import Failure

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.commands import Desired, Refusal
from kiloclaw_core.effects import GetVolume
from kiloclaw_core.instance import AuditNote, Failing, FailureNote, Note, Remembered, Transition
from kiloclaw_core.ledger import Kept, Role, VolumeHolding
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import Data, Named, VolumeSeen, VolumeState
from kiloclaw_core.names import CommandId, OpId, VolumeId
from kiloclaw_core.outcomes import VolumeShown, VolumesListed, Why
from kiloclaw_core.phases import AlarmName, CheckingVolume, Clearing, Look, Stopped, Surveying
from kiloclaw_core.stories import Another, Attempt, Restoring
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.fly import TrueVolume

from .everywhere import creating_volume
from .moves import (
    AMS,
    DENIED,
    FRA,
    V3,
    V15,
    asked_back,
    ousted,
    reassociate,
    recovering,
    restored,
    restoring,
    until,
    wide,
)
from .scenario import AT, SANDBOX, WHO, Scenario, asked, destroy, provision, start, starting
from .strays import late_volume

APP: Final = WHO.app
V_OTHER: Final = VolumeId("v-other")
SEEN: Final = VolumeSeen(V_OTHER, VolumeState.CREATED, Named.MARKED, None, None, FRA)
"""A volume that our ledger does not know, as a get shows it."""
AUDIT: Final = AuditNote("eve", "went over to v3", "it is the right one")


def other(scenario: Scenario, named: Named = Named.MARKED) -> Scenario:
    """The scenario with a volume outside that no record knows."""
    volume = TrueVolume(V_OTHER, 0, None, WHO.app, FRA, named=named)
    scenario.outside = evolve(scenario.outside, fly=truth.with_volume(scenario.outside.fly, volume))
    return scenario


# -- asked for ---------------------------------------------------------------------------------------------------


def test_a_reassociation_is_written_down_with_who_asked_for_it() -> None:
    """What is wanted stays: stopped."""
    scenario = restored()
    before = scenario.instance
    op = before.ops
    assert scenario.ask(reassociate(V3)) == evolve(
        before,
        story=Restoring(OpId(op + 1), Attempt(3), Another(V3), Desired.STOPPED),
        asked=op,
        ops=OpId(op + 2),
        audit=(*before.audit, AUDIT),
        granted=(*before.granted, Remembered(CommandId("reassociate"))),
    )
    assert scenario.instance.audit[-1].at == AT


def destroyed() -> Scenario:
    """A stopped instance that is being destroyed."""
    scenario = restored()
    scenario.ask(destroy())
    return scenario


def given_up() -> Scenario:
    """An instance that is wanted up, and rests because its start gave up."""
    scenario = ousted()
    scenario.answer(DENIED)
    return scenario


def leaving() -> Scenario:
    """A stopped instance that waits for v-other to be deleted."""
    scenario = restored()
    scenario.tell(late_volume(V_OTHER))
    return scenario


def bare() -> Scenario:
    """A stopped instance that was refused its volume."""
    scenario = creating_volume()
    scenario.answer(DENIED)
    return scenario


@pytest.mark.parametrize(
    ("tell_of", "volume", "refusal"),
    [
        (wide, V3, Refusal.NOT_STOPPED),
        (given_up, V_OTHER, Refusal.NOT_STOPPED),
        (starting, V3, Refusal.BUSY),
        (recovering, V3, Refusal.RECOVERING),
        (restoring, V3, Refusal.RESTORING),
        (destroyed, V3, Refusal.BEING_DESTROYED),
        (bare, V3, Refusal.NO_VOLUME),
        (restored, V15, Refusal.IN_USE),
        (leaving, V_OTHER, Refusal.ON_ITS_WAY_OUT),
    ],
)
def test_a_reassociation_is_refused_with_its_reason(
    tell_of: Callable[[], Scenario], volume: VolumeId, refusal: Refusal
) -> None:
    """Of the volume as of the instance."""
    assert decide(tell_of().record, reassociate(volume)) == Failure(refusal)


def test_a_volume_that_was_deleted_is_never_gone_over_to() -> None:
    """Dead is dead, whatever a lagging answer may still show."""
    scenario = leaving()
    scenario.land_all()
    assert decide(scenario.record, reassociate(V_OTHER)) == Failure(Refusal.ON_ITS_WAY_OUT)


# -- step by step ------------------------------------------------------------------------------------------------


def test_the_volume_is_looked_at_before_anything_is_given_up_for_it() -> None:
    """It was kept for a while; is it there?"""
    scenario = restored()
    before = scenario.ask(reassociate(V3))
    op = before.ops
    assert scenario.wake() == Transition(
        evolve(before, phase=CheckingVolume(op, V3, Look.FIRST), asked=None, ops=OpId(op + 1)),
        (GetVolume(op, APP, SANDBOX, V3),),
        (Note("instance.restore_started", (("label", "attempt_1"), ("value", "1"))),),
    )


def test_a_kept_volume_that_is_there_is_the_candidate_and_safe_from_the_clock() -> None:
    """No alarm counts its time any more, and what was known of its snapshots is forgotten."""
    scenario = asked_back()
    retention = {alarm for alarm in alarms_of(scenario.instance) if alarm.name is AlarmName.RETENTION}
    scenario.land()
    held = VolumeHolding(V3, Role.CANDIDATE, Data.BEARING, AMS, mark=OpId(3))
    assert scenario.instance.ledger.holding(V3) == held
    assert len(retention) == 1
    assert not retention & set(alarms_of(scenario.instance))


def test_the_chosen_volume_is_ours_in_one_commit_and_the_other_is_kept() -> None:
    """For the whole retention, without asking for snapshots: an operator may come back to it."""
    scenario = asked_back()
    scenario.land_all()
    ledger = scenario.instance.ledger
    kept = ledger.holding(V15)
    assert isinstance(kept, VolumeHolding)
    assert (kept.role, isinstance(kept.errand, Kept), kept.counted, kept.healthy) == (Role.RETAINED, True, True, False)
    assert ledger.volume == VolumeHolding(V3, Role.ACTIVE, Data.BEARING, AMS, mark=OpId(3))
    assert (scenario.instance.phase, scenario.instance.desired) == (Stopped(), Desired.STOPPED)
    assert (ledger.machines, scenario.outside.fly.machines) == ((), ())


def test_it_is_told_as_a_restore_that_is_complete() -> None:
    """Under the one name that upstream has for both."""
    scenario = until(asked_back(), Clearing)
    transition = scenario.land()
    completed = Note("instance.restore_completed", (("status", "stopped"), ("durationMs", "0")))
    assert completed in transition.notes


def test_the_next_start_runs_on_the_chosen_volume() -> None:
    """Only then is the other one's time counted against a proven successor."""
    scenario = asked_back()
    scenario.land_all()
    scenario.ask(start("again"))
    scenario.wake()
    scenario.land_all()
    assert [machine.volume for machine in scenario.outside.fly.machines] == [V3]
    scenario.ring(AlarmName.RETENTION)
    assert scenario.land_all().ledger.dead_volumes == (V15,)


def test_the_other_volume_stays_while_the_chosen_one_was_never_well() -> None:
    """It is there and whole, and it does not carry on from what was left: that is not enough."""
    scenario = asked_back()
    scenario.land_all()
    scenario.ring(AlarmName.RETENTION)
    scenario.land_all()
    assert (scenario.instance.ledger.dead_volumes, scenario.instance.ledger.holding(V15) is None) == ((), False)


def test_a_volume_that_no_record_knows_is_gone_over_to_if_it_is_ours() -> None:
    """It bears a mark of this sandbox."""
    scenario = other(restored())
    scenario.ask(reassociate(V_OTHER))
    scenario.wake()
    scenario.answer(VolumeShown(SEEN))
    scenario.land_all()
    assert scenario.instance.ledger.volume == VolumeHolding(V_OTHER, Role.ACTIVE, Data.BEARING, FRA)


def test_an_instance_whose_volumes_are_ambiguous_is_told_which_is_the_one() -> None:
    """It found two, and took neither: this is how an operator says which (decisions 1.5)."""
    scenario = asked(provision())
    scenario.wake()
    until(scenario, Surveying).answer(VolumesListed((SEEN, evolve(SEEN, volume=VolumeId("v-third")))))
    assert scenario.instance.notes == (FailureNote(Failing.PROVISION, Why.AMBIGUOUS),)
    other(scenario).ask(reassociate(V_OTHER))
    scenario.wake()
    instance = scenario.land_all()
    active = VolumeHolding(V_OTHER, Role.ACTIVE, Data.BEARING, FRA)
    assert (instance.notes, instance.ledger.volume, instance.has_run) == ((), active, True)
