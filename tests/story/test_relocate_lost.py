"""Moving because our volume is lost: from its newest snapshot, told and written down; never to an empty one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.commands import Disown
from kiloclaw_core.effects import (
    CreateVolume,
    DeleteMachine,
    GetMachine,
    GetVolume,
    ListSnapshots,
    ListVolumes,
    SnapshotOf,
)
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import AuditNote, Failing, FailureNote, Note, Transition
from kiloclaw_core.ledger import Kept, Role, Span, VolumeHolding
from kiloclaw_core.machine import VolumeState
from kiloclaw_core.names import CommandId, OpId
from kiloclaw_core.outcomes import AppReady, Unknown, Why
from kiloclaw_core.phases import (
    AlarmName,
    Awaiting,
    Changing,
    CheckingVolume,
    Clearing,
    CreatingVolume,
    Gone,
    ListingSnapshots,
    Look,
    Pausing,
    Phase,
    Running,
    Stopped,
)
from kiloclaw_core.stories import Attempt, Idle, Trust

from .moves import (
    FRA,
    HOME,
    IAD,
    NOT_FOUND,
    S3,
    V3,
    WIDE,
    down,
    followed,
    lost,
    photographed,
    provisioned,
    recovering,
    restarting,
    ride_out,
    unready,
    until,
    wide,
)
from .scenario import AT, SANDBOX, WHO, Scenario, destroy, start

APP: Final = WHO.app
GONE: Final = Attempt(3, secrets=1, trust=Trust.GONE)
SNAPSHOT: Final = SnapshotOf(V3, S3)
TOLD: Final = AuditNote("kiloclaw", "went back to the snapshot s-v3, because v3 could not be had", "the volume is lost")


def starting(scenario: Scenario, phase: type[Phase]) -> Scenario:
    """A start of this instance, which waits in this phase."""
    scenario.ask(start("again"))
    scenario.wake()
    return until(scenario, phase)


def bereft() -> Scenario:
    """A stopped instance that lost its machine and its volume; of the volume there is a snapshot."""
    scenario = lost(photographed(down()))
    scenario.outside = evolve(scenario.outside, fly=evolve(scenario.outside.fly, machines=()))
    return scenario


def looked_twice(scenario: Scenario) -> Scenario:
    """A start of this instance has looked for its volume once, and looks again."""
    starting(scenario, CheckingVolume).land()
    return scenario


# -- lost --------------------------------------------------------------------------------------------------------


def test_a_volume_that_is_not_shown_is_looked_for_again() -> None:
    """Apart: one look may share a stale view (vector 44, confirmed; W8)."""
    scenario = starting(bereft(), CheckingVolume)
    before = scenario.instance
    assert scenario.land() == Transition(
        evolve(before, phase=CheckingVolume(OpId(16), V3, Look.SECOND), ops=OpId(17)),
        (GetVolume(OpId(16), APP, SANDBOX, V3, 15.0),),
    )


def test_a_volume_that_two_looks_miss_is_had_from_its_newest_snapshot() -> None:
    """Whatever machine there may be goes first; what was written since is lost, and that is written down."""
    scenario = until(looked_twice(bereft()), CreatingVolume)
    assert scenario.sent == (
        CreateVolume(OpId(scenario.instance.ops - 1), APP, SANDBOX, (FRA, IAD), 10, WIDE.size, SNAPSHOT),
    )
    assert scenario.instance.audit == (TOLD,)
    assert scenario.land_all().phase == Running()
    assert scenario.instance.audit == (TOLD,)


def test_what_comes_from_a_snapshot_does_not_carry_on_from_what_was_lost() -> None:
    """So the lost one is kept for as long as it may come back, however whole the new one is."""
    scenario = looked_twice(bereft())
    scenario.land_all()
    active, held = scenario.instance.ledger.volume, scenario.instance.ledger.holding(V3)
    assert active is not None
    assert isinstance(held, VolumeHolding)
    assert (active.parent, active.healthy) == (None, True)
    assert (held.role, held.errand) == (Role.RETAINED, Kept(OpId(scenario.instance.ops - 1), Span.LONG))


def test_the_loss_is_told_before_anything_is_made() -> None:
    """A create that fails must not swallow it (RW31)."""
    scenario = until(looked_twice(bereft()), ListingSnapshots)
    transition = scenario.land()
    while isinstance(scenario.instance.phase, Clearing | ListingSnapshots):
        transition = scenario.land()
    fields = (("data_loss", "true"), ("old_volume_id", "v3"), ("snapshot_id", "s-v3"))
    assert transition.notes[-1] == Note("replace_lost_volume", fields)


def test_a_lost_volume_without_a_snapshot_is_told_and_never_made_empty() -> None:
    """An operator has to say what becomes of it; the slow alarm looks again."""
    scenario = lost(down())
    scenario.outside = evolve(scenario.outside, fly=evolve(scenario.outside.fly, machines=()))
    until(looked_twice(scenario), ListingSnapshots)
    before = scenario.instance
    text = "the volume is gone, and there is no snapshot of it"
    fields = (("label", "no_machine_created"), ("why", "missing_volume"), ("error", text), ("durationMs", "0"))
    assert scenario.land(ListSnapshots) == Transition(
        evolve(before, phase=Stopped(), story=Idle(), notes=(FailureNote(Failing.START, Why.MISSING_VOLUME),)),
        (),
        (Note("instance.provisioning_failed", fields),),
    )
    assert scenario.instance.ledger.volume == HOME


def test_an_instance_that_begins_anew_was_provisioned_long_ago() -> None:
    """An operator answers for the volume that is lost, and a start makes another: that is told, and no more."""
    scenario = lost(down())
    scenario.ask(start("again"))
    scenario.wake()
    scenario.land_all()
    scenario.ask(Disown(CommandId("disown"), V3, "eve", "it is lost", AT))
    scenario.ask(start("anew"))
    scenario.wake()
    (created,) = until(scenario, CreatingVolume).land().notes
    assert created.name == "create_volume"


def test_a_lost_volume_that_was_never_used_is_made_anew() -> None:
    """There is nothing in it that could be lost."""
    scenario = lost(provisioned())
    scenario.ask(start())
    scenario.wake()
    scenario.land_all()
    assert (scenario.instance.phase, scenario.instance.audit) == (Running(), ())


def test_a_volume_on_its_way_out_is_as_good_as_gone() -> None:
    """Upstream mounted it, and lost it a little later (1.3)."""
    scenario = unready(down(), V3, VolumeState.LEAVING)
    looked_twice(scenario)
    assert scenario.instance.phase == CheckingVolume(OpId(16), V3, Look.SECOND)


def test_a_volume_that_is_still_being_filled_is_there() -> None:
    """Whole or not, nothing else is needed to mount it."""
    scenario = starting(unready(down(), V3), CheckingVolume)
    assert isinstance(scenario.land().effects[0], GetMachine)


def test_a_recovery_whose_source_is_lost_goes_on_from_its_snapshot() -> None:
    """The host is gone, and everything on it; the recovery says how it ended, and what it lost."""
    scenario = lost(recovering(CheckingVolume, photographed(wide())))
    scenario.land_all()
    assert (scenario.instance.phase, scenario.instance.audit) == (Running(), (TOLD,))


def test_a_restart_that_finds_its_volume_lost_goes_on_as_a_start_from_the_snapshot() -> None:
    """The update says that it is missing: looked at, twice, and only then believed."""
    scenario = lost(restarting(Changing, photographed(wide())))
    ride_out(scenario)
    assert (scenario.instance.phase, scenario.instance.audit) == (Running(), (TOLD,))


# -- the snapshots are looked for --------------------------------------------------------------------------------


def listing() -> Scenario:
    """The snapshots of a lost volume are being listed, and nothing else is on its way."""
    scenario = until(looked_twice(bereft()), ListingSnapshots)
    scenario.land(DeleteMachine)
    return scenario


def test_snapshots_that_are_not_shown_are_looked_for_after_a_pause() -> None:
    """Not knowing of one is not knowing that there is none."""
    scenario = listing()
    for _ in range(3):
        scenario.answer(Unknown())
        scenario.ring(AlarmName.PAUSE)
    assert scenario.land_all().phase == Running()


@pytest.mark.parametrize("again", [Scenario.take_over, Scenario.wake])
def test_a_listing_that_was_taken_over_is_repeated(again: Callable[[Scenario], Transition]) -> None:
    """A read may be repeated at will; that no volume has turned up meanwhile is looked at first."""
    scenario = listing()
    op = scenario.instance.ops
    assert again(scenario).effects == (ListVolumes(op, APP, SANDBOX),)
    assert scenario.land(ListVolumes).effects == (ListSnapshots(OpId(op + 1), APP, V3),)


@pytest.mark.parametrize("heard", [False, True])
def test_a_destroy_while_snapshots_are_listed_makes_nothing_any_more(*, heard: bool) -> None:
    """Whether or not the listing is answered before anybody looks at the new wish."""
    scenario = listing()
    scenario.ask(destroy())
    if heard:
        scenario.land(ListSnapshots)
    scenario.wake()
    assert not [one for one in followed(scenario) if isinstance(one, CreateVolume)]
    assert ride_out(scenario).instance.phase == Gone()


def test_a_wake_does_not_undo_a_move_from_a_snapshot() -> None:
    """Its machine is up, and the user has written: that is the newest there is."""
    scenario = until(listing(), Awaiting)
    scenario.arrive()
    scenario.wake()
    scenario.land_all()
    active = scenario.instance.ledger.volume
    assert active is not None
    assert (scenario.instance.phase, [held.role for held in scenario.instance.ledger.volumes]) == (
        Running(),
        [Role.RETAINED, Role.ACTIVE],
    )
    assert [one.data for one in scenario.outside.fly.volumes if one.volume == active.volume] == [2]


def test_an_older_answer_is_no_snapshot() -> None:
    """It is about something else."""
    scenario = listing()
    before = scenario.instance
    assert scenario.tell(Replied(OpId(1), AppReady(9))) == Transition(before)


def test_a_snapshot_that_is_gone_when_it_is_asked_for_is_looked_for_again() -> None:
    """The next newest may still be there; what was lost is looked at once more as well."""
    scenario = until(listing(), CreatingVolume)
    scenario.answer(NOT_FOUND)
    assert scenario.instance.phase == Pausing(OpId(scenario.instance.ops - 1))
    assert ride_out(scenario).instance.phase == Running()
