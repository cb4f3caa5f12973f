"""Fly moved a machine, and its volume with it under another id; the machine is gone before anybody looked."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.effects import (
    CopyOf,
    CreateVolume,
    DeleteVolume,
    EnsureApp,
    GetMachine,
    GetVolume,
    ListMachines,
    ListSnapshots,
    ListVolumes,
)
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Note, Transition
from kiloclaw_core.ledger import Due, Role, VolumeHolding
from kiloclaw_core.machine import VolumeSeen, VolumeState
from kiloclaw_core.names import OpId, VersionId, VolumeId
from kiloclaw_core.outcomes import Outcome, Unknown, VolumesListed
from kiloclaw_core.phases import (
    AlarmName,
    CheckingVolume,
    Clearing,
    CreatingVolume,
    Gone,
    Inspecting,
    ListingSnapshots,
    Running,
    Stopped,
    Surveying,
)
from kiloclaw_core.status import status_of
from kiloclaw_core.stories import Relocating
from kiloclaw_core.verbs import our_volume
from kiloclaw_core.world import fate
from kiloclaw_core.world import fly as truth

from .machines import volume_shown
from .moves import (
    DENIED,
    M18,
    NOT_FOUND,
    V3,
    V15,
    V17,
    V_NEW,
    down,
    lost,
    photographed,
    reassociate,
    recovered,
    recovering,
    restart,
    restoring,
    ride_out,
    until,
    wide,
)
from .scenario import AT, SANDBOX, WHO, Scenario, asked, destroy, provision, start, stop

APP: Final = WHO.app
V_OTHER: Final = VolumeId("v-other")
FOLLOWED: Final = Note("follow_moved_volume", (("old_volume_id", "v3"), ("volume_id", "v-new")))


def moved(scenario: Scenario, leaving: VolumeState | None = None) -> Scenario:
    """The scenario whose machine Fly has moved; the volume it left may be there for a week, on its way out."""
    fly = scenario.outside.fly
    old = fly.volume(V3)
    assert old is not None, "it was moved already"
    fly = fate.migrate(fly, fly.machines[0], V_NEW, VersionId("i-new"))
    fly = fly if leaving is None else truth.with_volume(fly, evolve(old, state=leaving))
    scenario.outside = evolve(scenario.outside, fly=fly)
    return scenario


def deleted(scenario: Scenario) -> Scenario:
    """The scenario whose machine somebody deleted, seen so: it rests without one."""
    fly = scenario.outside.fly
    scenario.outside = evolve(scenario.outside, fly=truth.delete_machine(fly, fly.machines[0].machine))
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land_all()
    return scenario


def roles(scenario: Scenario) -> dict[str, Role]:
    """What the ledger holds each volume for."""
    return {held.volume: held.role for held in scenario.instance.ledger.volumes}


def looked_over(scenario: Scenario) -> Scenario:
    """The instance has taken stock."""
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land_all()
    return scenario


# -- while a story is under way ----------------------------------------------------------------------------------


@pytest.mark.parametrize("leaving", [None, VolumeState.LEAVING])
def test_a_recovery_goes_on_from_the_volume_that_fly_moved(leaving: VolumeState | None) -> None:
    """The machine was deleted where Fly had moved it: nothing but a list shows what its volume is called now."""
    scenario = moved(recovering(Clearing), leaving)
    ride_out(scenario)
    scenario.land_all()
    instance = scenario.instance
    assert (instance.phase, instance.audit) == (Running(), ())
    active = instance.ledger.volume
    assert active is not None
    assert (active.parent, roles(scenario)[V_NEW]) == (V_NEW, Role.RETAINED)
    assert [one.data for one in scenario.outside.fly.volumes if one.volume == active.volume] == [2]


def missed(scenario: Scenario) -> Scenario:
    """A start of this instance has missed its volume twice: all volumes are being listed."""
    scenario.ask(start("again"))
    scenario.wake()
    until(scenario, CheckingVolume)
    scenario.answer(NOT_FOUND)
    scenario.answer(NOT_FOUND)
    return until(scenario, Surveying)


def bare() -> Scenario:
    """A stopped instance whose machine is gone: Fly had moved it, and v3 is v-new."""
    return deleted(moved(photographed(down())))


def test_the_one_that_was_moved_is_ours_and_that_is_told() -> None:
    """No snapshot is gone back to: what was written last is there."""
    scenario = missed(bare())
    transition = scenario.land()
    assert transition.notes == (FOLLOWED,)
    assert roles(scenario) == {V3: Role.RETAINED, V_NEW: Role.ACTIVE}
    (copy,) = (one for one in until(scenario, CreatingVolume).sent if isinstance(one, CreateVolume))
    assert copy.content == CopyOf(V_NEW)


def test_it_is_ours_as_well_when_a_stock_taking_found_it_before() -> None:
    """What is known is no less ours than what is news."""
    scenario = looked_over(bare())
    assert roles(scenario) == {V3: Role.ACTIVE, V_NEW: Role.FOUND}
    assert missed(scenario).land().notes == (FOLLOWED,)


def test_of_several_none_is_adopted_and_the_snapshots_are_asked() -> None:
    """Nobody can say which is the one; they are all held."""
    scenario = missed(bare())
    shown = VolumesListed((volume_shown(V_NEW).seen, volume_shown(V_OTHER).seen))
    op = scenario.instance.ops
    assert scenario.answer(shown, ListVolumes).effects == (ListSnapshots(op, APP, V3),)
    assert roles(scenario) == {V3: Role.ACTIVE, V_NEW: Role.FOUND, V_OTHER: Role.FOUND}


def test_where_the_list_shows_nothing_the_snapshots_are_asked() -> None:
    """Our volume is lost; nothing is made empty."""
    scenario = missed(bare())
    scenario.answer(VolumesListed(()), ListVolumes)
    assert isinstance(scenario.instance.phase, ListingSnapshots)


def test_what_was_found_before_and_is_not_listed_any_more_is_not_gone_over_to() -> None:
    """It bears the mark of ours, and whatever it was, it is gone as well."""
    scenario = missed(looked_over(bare()))
    scenario.answer(VolumesListed(()), ListVolumes)
    assert isinstance(scenario.instance.phase, ListingSnapshots)


def test_where_fly_moved_ours_is_gone_over_to_although_it_was_put_away() -> None:
    """An operator left ours, and went back to it; what Fly had made of it was found between, and kept beside."""
    scenario = moved(restoring(Clearing), VolumeState.CREATED)
    scenario.land_all()
    looked_over(scenario)
    for command in (stop(), reassociate(V3)):
        scenario.ask(command)
        scenario.wake()
        scenario.land_all()
    assert roles(scenario) == {V3: Role.ACTIVE, V15: Role.RETAINED, V_NEW: Role.RETAINED}

    assert missed(lost(scenario)).land().notes == (FOLLOWED,)
    assert roles(scenario) == {V3: Role.RETAINED, V15: Role.RETAINED, V_NEW: Role.ACTIVE}


def test_what_was_left_is_not_taken_for_a_volume_that_bears_no_mark() -> None:
    """Upstream's volumes bear none, so that none is told from another: nobody said to go back to what was left."""
    scenario = asked(provision())
    scenario.wake()
    until(scenario, Surveying).answer(VolumesListed((volume_shown(V_OTHER).seen,)))
    scenario.answer(volume_shown(V_OTHER))
    scenario.ask(reassociate(V_NEW))
    scenario.wake()
    until(scenario, CheckingVolume).answer(volume_shown(V_NEW))
    assert roles(scenario) == {V_NEW: Role.ACTIVE, V_OTHER: Role.RETAINED}

    op = missed(scenario).instance.ops
    assert scenario.answer(VolumesListed((volume_shown(V_OTHER).seen,)), ListVolumes).effects == (
        ListSnapshots(op, APP, V_NEW),
    )


def test_a_volume_that_was_missed_and_is_listed_is_looked_at_again() -> None:
    """Two looks shared a stale view; nothing is gone back to, and nothing else is taken for it."""
    scenario = missed(photographed(down()))
    scenario.answer(VolumesListed((volume_shown(V3).seen, volume_shown(V_OTHER).seen)))
    scenario.ring(AlarmName.PAUSE)
    scenario.land_all()
    assert (scenario.instance.phase, scenario.instance.audit) == (Running(), ())
    assert roles(scenario)[V_OTHER] is Role.FOUND


def test_a_volume_that_is_missed_and_listed_for_ever_uses_up_the_tries() -> None:
    """Each time round costs one; then it is told, and an alarm begins again."""
    scenario = missed(deleted(down()))
    tries = [tries_left(scenario)]
    while tries[-1]:
        scenario.answer(VolumesListed((volume_shown(V3).seen,)))
        scenario.ring(AlarmName.PAUSE)
        scenario.answer(NOT_FOUND, GetVolume)
        scenario.answer(NOT_FOUND, GetVolume)
        tries.append(tries_left(scenario))
    scenario.answer(VolumesListed((volume_shown(V3).seen,)))
    (note,) = scenario.instance.notes
    assert tries == sorted(range(len(tries)), reverse=True)
    assert (scenario.instance.phase, note.text) == (Stopped(), "the volume was missed, and is there")


def tries_left(scenario: Scenario) -> int:
    """How many more tries the move has."""
    story = scenario.instance.story
    assert isinstance(story, Relocating)
    return story.attempt.tries


def test_a_destroy_while_a_lost_volume_is_looked_for_razes_what_is_found() -> None:
    """The one that was moved, too."""
    scenario = missed(bare())
    scenario.ask(destroy())
    sent = scenario.land(ListVolumes).effects
    assert V_NEW in {one.volume for one in sent if isinstance(one, DeleteVolume)}
    assert (ride_out(scenario).instance.phase, scenario.outside.fly.volumes) == (Gone(), ())


def test_an_operator_s_restore_leaves_what_was_moved_and_it_is_kept() -> None:
    """The snapshot is what was asked for; the moved volume is found when stock is taken, and kept for its time."""
    scenario = moved(restoring(Clearing))
    scenario.land_all()
    assert (scenario.instance.phase, V_NEW in roles(scenario)) == (Running(), False)
    looked_over(scenario)
    assert (scenario.instance.phase, roles(scenario)) == (
        Running(),
        {V3: Role.RETAINED, V15: Role.ACTIVE, V_NEW: Role.RETAINED},
    )


# -- at rest -----------------------------------------------------------------------------------------------------


def taking_stock() -> Scenario:
    """A running instance with a kept volume takes stock: all volumes are being listed."""
    scenario = recovered(photographed(wide()))
    scenario.ring(AlarmName.STOCKTAKE)
    return scenario


def test_where_a_volume_is_kept_stock_is_taken_of_volumes_first() -> None:
    """To outsiders it runs all the while."""
    scenario = recovered(photographed(wide()))
    before = scenario.instance
    listing = evolve(before, phase=Surveying(before.ops), ops=OpId(before.ops + 1))
    assert scenario.ring(AlarmName.STOCKTAKE) == Transition(listing, (ListVolumes(before.ops, APP, SANDBOX),))
    assert status_of(scenario.instance) == "running"
    assert scenario.land().effects == (GetMachine(OpId(before.ops + 1), APP, SANDBOX, M18),)


def test_at_rest_without_a_machine_volumes_are_listed_first_too() -> None:
    """Its machine may have gone with what was ours; ours is not shown, so that what is found stays found."""
    scenario = bare()
    scenario.ring(AlarmName.STOCKTAKE)
    assert isinstance(scenario.land().effects[0], ListMachines)
    assert (scenario.land_all().phase, roles(scenario)) == (Stopped(), {V3: Role.ACTIVE, V_NEW: Role.FOUND})


def test_ours_on_its_way_out_is_not_ours_to_be_seen() -> None:
    """Fly leaves a volume that it moved for a week: the other one is not put away beside it."""
    scenario = looked_over(deleted(moved(photographed(down()), VolumeState.LEAVING)))
    assert roles(scenario) == {V3: Role.ACTIVE, V_NEW: Role.FOUND}


def shown(*others: VolumeSeen) -> VolumesListed:
    """A list with our volume, which is there, and these."""
    return VolumesListed((volume_shown(V17).seen, *others))


OTHER: Final = evolve(volume_shown(V_OTHER).seen, mark=OpId(99))
"""What some forgotten request made."""


def test_what_was_found_before_is_put_away_as_well() -> None:
    """A list that did not show ours said nothing; the next one does."""
    scenario = taking_stock()
    scenario.answer(VolumesListed((OTHER,)))
    scenario.land_all()
    assert roles(scenario)[V_OTHER] is Role.FOUND

    scenario.ring(AlarmName.STOCKTAKE)
    scenario.answer(shown(OTHER))
    assert roles(scenario)[V_OTHER] is Role.RETAINED
    assert not our_volume(scenario.instance).healthy  # that it was well says nothing of what was found since


@pytest.mark.parametrize(
    ("other", "role"),
    [
        (evolve(OTHER, attached=M18), Role.FOUND),
        (evolve(OTHER, mark=OpId(17)), Role.FOUND),
        (evolve(OTHER, state=VolumeState.LEAVING), None),
    ],
    ids=["a machine has it", "it bears the mark of ours", "it is on its way out"],
)
def test_what_may_be_where_fly_moved_ours_is_not_put_away(other: VolumeSeen, role: Role | None) -> None:
    """A view may lag, and show ours where it was."""
    scenario = taking_stock()
    scenario.answer(shown(other))
    assert roles(scenario).get(V_OTHER) is role


@pytest.mark.parametrize(
    ("answer", "why", "text"), [(DENIED, "unauthorized", "unauthorized"), (Unknown(), "no_answer", "no answer")]
)
def test_a_listing_that_fails_at_rest_is_told_and_goes_on_to_the_machine(answer: Outcome, why: str, text: str) -> None:
    """The next stock-taking lists again."""
    scenario = taking_stock()
    before = scenario.instance
    assert scenario.answer(answer) == Transition(
        evolve(before, phase=scenario.instance.phase, ops=OpId(before.ops + 1)),
        (GetMachine(before.ops, APP, SANDBOX, M18),),
        (Note("volume_check_failed", (("label", why), ("error", text))),),
    )
    assert isinstance(scenario.instance.phase, Inspecting)


@pytest.mark.parametrize("answer", [DENIED, Unknown()])
def test_a_listing_that_fails_once_a_destroy_was_granted_razes(answer: Outcome) -> None:
    """There is no machine to look at any more."""
    scenario = taking_stock()
    scenario.ask(destroy())
    scenario.answer(answer)
    assert (scenario.instance.phase, ride_out(scenario).instance.phase) == (Clearing(), Gone())


def test_a_stop_that_was_granted_while_volumes_are_listed_goes_on_with_what_is_known() -> None:
    """What is listed is held all the same, and put away by whoever is at rest."""
    scenario = taking_stock()
    scenario.ask(stop())
    scenario.answer(VolumesListed((volume_shown(V17).seen, volume_shown(V_OTHER).seen)))
    assert roles(scenario)[V_OTHER] is Role.FOUND
    assert scenario.land_all().phase == Stopped()


def test_a_restart_that_was_granted_while_volumes_are_listed_goes_on_with_the_one_in_use() -> None:
    """A kept one is chosen only where there is none in use."""
    scenario = taking_stock()
    scenario.ask(restart())
    op = scenario.instance.ops
    assert scenario.land().effects == (EnsureApp(op, APP),)
    assert roles(scenario) == {V3: Role.RETAINED, V17: Role.ACTIVE}


# -- when a kept one's time is up --------------------------------------------------------------------------------


def test_one_list_is_for_all_whose_time_is_up() -> None:
    """Each is weighed by it, and told of; a second list would show the same."""
    scenario = recovered(photographed(wide()))
    kept = scenario.instance.ledger.holding(V3)
    assert isinstance(kept, VolumeHolding)
    second = evolve(kept, volume=V_OTHER, errand=Due(), parent=None)
    scenario.record = evolve(scenario.instance, ledger=scenario.instance.ledger.with_volume(second))
    assert scenario.ring(AlarmName.RETENTION).effects == (ListVolumes(OpId(22), APP, SANDBOX),)
    told = tuple(Note("alarm_retained_recovery_cleanup", (("volume_id", one),)) for one in (V3, V_OTHER))
    assert scenario.answer(shown(OTHER)).notes == told
    assert roles(scenario) == {V3: Role.CONDEMNED, V17: Role.ACTIVE, V_OTHER: Role.CONDEMNED}


def test_what_a_look_for_a_kept_volume_shows_is_kept_too() -> None:
    """Beside ours, seen to be there; the one whose time is up goes, because ours is whole."""
    scenario = recovered(photographed(wide()))
    scenario.ring(AlarmName.RETENTION)
    scenario.answer(shown(OTHER))
    assert roles(scenario) == {V3: Role.CONDEMNED, V17: Role.ACTIVE, V_OTHER: Role.RETAINED}


def test_what_a_look_for_a_kept_volume_shows_beside_a_story_is_found() -> None:
    """Which volume is ours is not settled then."""
    scenario = recovered(photographed(wide()))
    scenario.ring(AlarmName.RETENTION)
    (look,) = scenario.sent
    scenario.ask(stop())
    scenario.tell(Replied(look.op, VolumesListed((volume_shown(V17).seen, volume_shown(V_OTHER).seen)), AT))
    assert roles(scenario) == {V3: Role.RETAINED, V17: Role.ACTIVE, V_OTHER: Role.FOUND}
