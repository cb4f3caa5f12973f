"""A volume that was left is kept: for how long, and what must be seen before it goes."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.effects import DeleteVolume, GetMachine, ListVolumes
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Failing, FailureNote, Instance, Note, Transition
from kiloclaw_core.ledger import Asked, Kept, MachineHolding, Role, Span, VolumeHolding
from kiloclaw_core.machine import VolumeState
from kiloclaw_core.names import MachineId, OpId, VersionId, VolumeId
from kiloclaw_core.outcomes import Done, Outcome, SnapshotsListed, Unknown, VolumesListed, Why
from kiloclaw_core.phases import Alarm, AlarmName, Probing
from kiloclaw_core.retain import descends
from kiloclaw_core.verbs import our_volume

from .machines import volume_shown, volumes_listed
from .moves import (
    DENIED,
    HOME,
    NOT_FOUND,
    S3,
    V3,
    V17,
    photographed,
    reassociate,
    recovered,
    recovering,
    ride_out,
    whole,
    wide,
)
from .scenario import REAL, SANDBOX, WHO, Scenario, stop

APP: Final = WHO.app
KEPT: Final = evolve(HOME, role=Role.RETAINED, healthy=False)
"""The volume that a recovery left, before it was asked for its snapshots."""
LEFT: Final = Note("alarm_retained_recovery_cleanup", (("volume_id", "v3"),))
STAYS: Final = Note("alarm_retained_recovery_kept", (("volume_id", "v3"),))


def counting(scenario: Scenario | None = None) -> Scenario:
    """An instance that has just recovered: v3 is asked for its snapshots, by op 21."""
    scenario = recovering(Probing, scenario)
    scenario.land()
    return scenario


def kept() -> Scenario:
    """An instance that recovered a while ago: v3 has a snapshot, and v17 is whole; the next op is 22."""
    return whole(recovered(photographed(wide())))


def reviewing() -> Scenario:
    """The retention of v3 is over: all volumes are listed, by op 22."""
    scenario = kept()
    scenario.ring(AlarmName.RETENTION)
    return scenario


def take_stock(scenario: Scenario) -> Scenario:
    """The instance looks round, as it does from time to time, and comes to rest again."""
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land_all()
    return scenario


def with_errand(before: Instance, volume: VolumeHolding) -> Instance:
    """The instance holding the volume so."""
    return evolve(before, ledger=before.ledger.with_volume(volume))


# -- for how long ------------------------------------------------------------------------------------------------


def test_a_volume_with_snapshots_is_kept_for_the_whole_retention() -> None:
    """Seven days, in which it can be gone back to (vector 28)."""
    scenario = counting(photographed(wide()))
    before = scenario.instance
    long = evolve(KEPT, errand=Kept(OpId(21), Span.LONG), counted=True)
    assert scenario.land() == Transition(with_errand(before, long))
    assert Alarm(AlarmName.RETENTION, OpId(21), 604_800.0) in alarms_of(scenario.instance)


@pytest.mark.parametrize("answer", [Unknown(), DENIED, Done(), SnapshotsListed((S3,))])
def test_a_volume_that_nobody_can_count_the_snapshots_of_is_kept_as_long(answer: Outcome) -> None:
    """What is not known does not shorten its time."""
    scenario = counting()
    before = scenario.instance
    long = evolve(KEPT, errand=Kept(OpId(21), Span.LONG), counted=True)
    assert scenario.answer(answer) == Transition(with_errand(before, long))


def test_a_count_that_is_never_answered_keeps_it_as_long() -> None:
    """The patience of an errand ends in keeping."""
    scenario = counting()
    before = scenario.instance
    long = evolve(KEPT, errand=Kept(OpId(21), Span.LONG), counted=True)
    assert scenario.ring(AlarmName.ERRAND_PATIENCE) == Transition(with_errand(before, long))


def test_a_volume_without_snapshots_is_kept_until_its_successor_is_proven() -> None:
    """Its successor is looked for at once: there is nothing that could be gone back to but the volume itself."""
    scenario = counting()
    before = scenario.instance
    asked_for = evolve(KEPT, errand=Asked(OpId(22)), counted=True)
    assert scenario.land() == Transition(
        evolve(with_errand(before, asked_for), ops=OpId(23)), (ListVolumes(OpId(22), APP, SANDBOX),)
    )


def test_without_snapshots_it_goes_once_the_copy_is_whole() -> None:
    """A copy that is still being filled needs its source: it is looked at whenever stock is taken (vector 29)."""
    scenario = recovered()
    assert AlarmName.RETENTION not in {alarm.name for alarm in alarms_of(scenario.instance)}
    scenario.ring(AlarmName.STOCKTAKE)
    assert scenario.land_all().ledger.dead_volumes == ()
    whole(scenario).ring(AlarmName.STOCKTAKE)
    scenario.land(ListVolumes)
    assert scenario.land(GetMachine).effects == (ListVolumes(OpId(28), APP, SANDBOX),)
    assert scenario.land(ListVolumes).notes == (LEFT,)
    assert scenario.land_all().ledger.dead_volumes == (V3,)


# -- when it goes ------------------------------------------------------------------------------------------------


def test_nothing_is_deleted_because_time_has_passed() -> None:
    """The ring sends a look, and nothing but a look."""
    scenario = kept()
    before = scenario.instance
    asked_for = evolve(KEPT, errand=Asked(OpId(22)), counted=True)
    assert scenario.ring(AlarmName.RETENTION) == Transition(
        evolve(with_errand(before, asked_for), ops=OpId(23)), (ListVolumes(OpId(22), APP, SANDBOX),)
    )


def test_it_goes_when_its_successor_is_shown_whole_after_the_ring() -> None:
    """Condemned, and then deleted like anything that is (vector 34)."""
    scenario = reviewing()
    before = scenario.instance
    going = evolve(KEPT, role=Role.CONDEMNED, errand=Asked(OpId(23)), counted=True)
    assert scenario.land() == Transition(
        evolve(with_errand(before, going), ops=OpId(24)), (DeleteVolume(OpId(23), APP, V3),), (LEFT,)
    )
    assert scenario.land().notes == (Note("destroy_volume_ok", (("volume_id", "v3"),)),)


def test_it_stays_while_a_machine_is_on_it() -> None:
    """Such a machine was found after the volume was left, so that there may be more on it than was carried on."""
    scenario = reviewing()
    found = MachineHolding(MachineId("m-old"), Role.FOUND, V3, VersionId("i-old"))
    before = evolve(scenario.instance, ledger=scenario.instance.ledger.with_machine(found))
    scenario.record = before
    stays = evolve(KEPT, errand=Kept(OpId(22), Span.SHORT, 1), counted=True)

    assert scenario.land() == Transition(with_errand(before, stays), (), (STAYS,))


def test_people_are_told_of_a_machine_that_keeps_a_volume() -> None:
    """As of any other reason: it is no use to look at the volume in use."""
    scenario = reviewing()
    found = MachineHolding(MachineId("m-old"), Role.FOUND, V3, VersionId("i-old"))
    impatient = evolve(scenario.instance.policy, delete_failures_before_slowing=1)
    scenario.record = evolve(scenario.instance, policy=impatient, ledger=scenario.instance.ledger.with_machine(found))

    scenario.land()
    (note,) = scenario.instance.notes
    assert (note, note.text) == (FailureNote(Failing.RETENTION, Why.CONFLICT), "v3 is kept because a machine is on it")


@pytest.mark.parametrize(
    "answer",
    [
        volumes_listed(V17, VolumeState.UNREADY),
        volumes_listed(V17, VolumeState.LEAVING),
        volumes_listed(V3),
        VolumesListed(()),
        volume_shown(V17),
        NOT_FOUND,
        DENIED,
        Unknown(),
        Done(),
    ],
)
def test_it_stays_when_its_successor_is_not_shown_whole(answer: Outcome) -> None:
    """Of a survivor, unknown means absent: it is kept, and the successor is looked at again (decisions 1.5)."""
    scenario = reviewing()
    before = scenario.instance
    short = evolve(KEPT, errand=Kept(OpId(22), Span.SHORT, 1), counted=True)
    assert scenario.answer(answer) == Transition(with_errand(before, short), (), (STAYS,))


def test_a_look_that_is_never_answered_proves_nothing() -> None:
    """It counts as one more look after which the volume had to be kept."""
    scenario = reviewing()
    before = scenario.instance
    short = evolve(KEPT, errand=Kept(OpId(22), Span.SHORT, 1), counted=True)
    assert scenario.ring(AlarmName.ERRAND_PATIENCE) == Transition(with_errand(before, short))


def test_looks_that_are_never_answered_are_counted_up_to_the_ceiling() -> None:
    """However often: people are told once, and the record does not grow with every look."""
    scenario = recovered(photographed(wide(policy=evolve(REAL, delete_failures_before_slowing=1))))
    scenario.ring(AlarmName.RETENTION)
    for _ in range(2):
        scenario.ring(AlarmName.ERRAND_PATIENCE)
        scenario.sent = ()
        assert scenario.instance.notes == (FailureNote(Failing.RETENTION, Why.CONFLICT),)
        held = scenario.instance.ledger.holding(V3)
        assert held is not None
        assert held.errand.failures == 1
        scenario.ring(AlarmName.STOCKTAKE)
        scenario.land(ListVolumes)
        scenario.land(GetMachine)


def test_a_look_that_was_taken_over_is_sent_again() -> None:
    """Whatever the first one shows now, nobody hears it."""
    scenario = reviewing()
    before = scenario.instance
    asked_for = evolve(KEPT, errand=Asked(OpId(23)), counted=True)
    looked = ListVolumes(OpId(23), APP, SANDBOX)
    assert scenario.take_over() == Transition(evolve(with_errand(before, asked_for), ops=OpId(24)), (looked,))


def test_a_volume_that_never_can_go_is_told_and_kept_for_ever() -> None:
    """At the ceiling nothing is abandoned: people hear of it, and it is looked at whenever the instance rests."""
    scenario = recovered(wide(policy=evolve(REAL, delete_failures_before_slowing=2)))
    take_stock(scenario)
    assert scenario.instance.notes == (FailureNote(Failing.RETENTION, Why.CONFLICT),)
    text = "v3 is kept because the volume in use is not known to be whole and well"
    assert scenario.instance.notes[0].text == text
    instance = take_stock(whole(scenario)).instance
    assert (instance.notes, instance.ledger.dead_volumes) == ((), (V3,))


# -- what proves a successor -------------------------------------------------------------------------------------


def rolled_back() -> Scenario:
    """A recovery failed: v3 is ours as before, and the copy v17, on which a machine was up, is kept."""
    scenario = recovering(Probing)
    scenario.ring(AlarmName.CEILING)
    ride_out(scenario)
    return scenario


def test_what_a_failed_move_leaves_is_kept_until_ours_was_well_after_it() -> None:
    """Ours is older than the copy that a machine wrote to: being there and whole proves nothing."""
    scenario = rolled_back()
    assert [held.role for held in scenario.instance.ledger.volumes] == [Role.ACTIVE, Role.RETAINED]
    scenario.ring(AlarmName.RETENTION)
    assert scenario.land().notes == (Note("alarm_retained_recovery_kept", (("volume_id", "v17"),)),)
    scenario.ring(AlarmName.RETRY)
    assert scenario.land_all().ledger.dead_volumes == (V17,)


def test_a_copy_that_was_given_up_carries_on_from_nothing() -> None:
    """The volume that it was copied from was written again since: gone over to, it has to be well first."""
    scenario = rolled_back()
    scenario.ring(AlarmName.RETRY)
    scenario.land_all()
    scenario.ask(stop())
    scenario.wake()
    whole(scenario).land_all()
    scenario.ask(reassociate(V17))
    scenario.wake()
    scenario.land_all()
    scenario.ring(AlarmName.RETENTION)
    scenario.land_all()
    held = scenario.instance.ledger.holding(V3)
    assert isinstance(held, VolumeHolding)
    assert (held.role, scenario.instance.ledger.dead_volumes) == (Role.RETAINED, ())


def test_a_copy_of_a_copy_descends_from_the_first_volume() -> None:
    """As far as the ledger remembers the volumes in between; a stranger descends from nobody."""
    scenario = recovered(recovered(photographed(wide())))
    instance, active = scenario.instance, scenario.instance.ledger.volume
    assert active is not None
    assert [descends(instance, active, one) for one in (V17, V3, VolumeId("v-other"))] == [True, True, False]


def test_a_copy_of_a_copy_lets_the_first_volume_go_whatever_is_found_beside_it() -> None:
    """Ours has to be seen well anew; but that it carries on from what carried on from v3 is proof enough."""
    scenario = recovered(recovered(photographed(wide())))
    stranger = evolve(volume_shown(VolumeId("v-other")).seen, mark=OpId(99))
    scenario.ring(AlarmName.RETENTION)
    told = scenario.answer(VolumesListed((volume_shown(our_volume(scenario.instance).volume).seen, stranger)))
    assert (told.notes, our_volume(scenario.instance).healthy) == ((LEFT,), False)


def test_a_copy_of_what_was_forgotten_descends_from_nobody_before_it() -> None:
    """Then only health speaks for it."""
    scenario = take_stock(whole(recovered(take_stock(whole(recovered())))))
    instance = scenario.instance
    active = instance.ledger.volume
    assert active is not None
    assert (instance.ledger.dead_volumes, descends(instance, active, V3)) == ((V3, V17), False)


def test_an_answer_that_shows_but_the_volume_that_was_ours_proves_nothing() -> None:
    """While the look was under way an operator went over to another volume: that one has to be shown."""
    scenario = recovered(photographed(recovered(photographed(wide()))))
    scenario.ask(stop())
    scenario.wake()
    whole(scenario).land_all()
    scenario.ring(AlarmName.RETENTION)
    (late,), former = scenario.sent, scenario.instance.ledger.volume
    scenario.sent = ()
    assert isinstance(late, ListVolumes)
    assert former is not None
    scenario.ask(reassociate(V17))
    scenario.wake()
    scenario.land_all()
    shown = scenario.tell(Replied(late.op, volumes_listed(former.volume)))
    assert shown.notes == (STAYS,)
