"""Kept volumes beside other stories, and an operator who lets one go before its time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve
from returns.result import Failure

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.commands import CleanUp, Refusal
from kiloclaw_core.effects import GetMachine, ListSnapshots, ListVolumes
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import AuditNote, Instance, Remembered, Transition
from kiloclaw_core.ledger import Due, Kept, Role, Span, VolumeHolding
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.names import CommandId, OpId, VolumeId
from kiloclaw_core.phases import AlarmName, Gone, Probing, Running

from .machines import volumes_listed
from .moves import HOME, V3, V17, photographed, recovered, recovering, restart, whole, wide
from .scenario import AT, Scenario, destroy, stop

KEPT: Final = evolve(HOME, role=Role.RETAINED, healthy=False)
"""The volume that a recovery left, before it was asked for its snapshots."""


def kept() -> Scenario:
    """An instance that recovered a while ago: v3 has a snapshot, and v17 is whole; the next op is 22."""
    return whole(recovered(photographed(wide())))


def with_errand(before: Instance, volume: VolumeHolding) -> Instance:
    """The instance holding the volume so."""
    return evolve(before, ledger=before.ledger.with_volume(volume))


def clean_up(volume: VolumeId = V3) -> CleanUp:
    """An operator's command to let a kept volume go before its time."""
    return CleanUp(CommandId("cleanup"), volume, "eve", "it costs", AT)


# -- beside other stories ----------------------------------------------------------------------------------------


def test_a_successor_is_looked_at_only_at_rest() -> None:
    """While a story is under way, which volume succeeds it is not settled."""
    scenario = kept()
    scenario.ask(restart())
    scenario.wake()
    assert scenario.ring(AlarmName.RETENTION).effects == ()
    assert AlarmName.RETENTION not in {alarm.name for alarm in alarms_of(scenario.instance)}
    scenario.land_all()
    assert (scenario.instance.phase, scenario.instance.ledger.dead_volumes) == (Running(), (V3,))


def test_a_look_that_is_answered_while_a_story_is_under_way_proves_nothing_and_counts_for_nothing() -> None:
    """Its successor may be another by the time the story is over: it is due to be looked at once the instance rests."""
    scenario = recovered(photographed(wide()))
    scenario.ring(AlarmName.RETENTION)
    scenario.land()
    once = scenario.instance.ledger.holding(V3)
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land(ListVolumes)
    scenario.land(GetMachine)
    (look,) = whole(scenario).sent
    scenario.ask(stop())
    before = scenario.instance
    short = evolve(KEPT, errand=Kept(OpId(22), Span.SHORT, 1), counted=True)

    assert once == short
    assert scenario.tell(Replied(look.op, volumes_listed(V17))) == Transition(
        with_errand(before, evolve(short, errand=Due(1)))
    )


def test_it_goes_from_a_stopped_instance_too() -> None:
    """Its successor bears everything, running or not."""
    scenario = kept()
    scenario.ask(stop())
    scenario.wake()
    scenario.land_all()
    scenario.ring(AlarmName.RETENTION)
    assert scenario.land_all().ledger.dead_volumes == (V3,)


def test_a_destroy_takes_what_is_kept_along() -> None:
    """A granted destroy is the one thing that needs no successor (vector 90)."""
    scenario = kept()
    scenario.ask(destroy())
    scenario.wake()
    assert (scenario.land_all().phase, scenario.outside.fly.volumes) == (Gone(), ())


# -- an operator's early clean-up --------------------------------------------------------------------------------


def test_an_operator_may_have_it_go_before_its_time() -> None:
    """Audited; its successor is looked at now, as if the time were up (vector 35)."""
    scenario = kept()
    before = scenario.instance
    due = evolve(KEPT, errand=Due(), counted=True)
    assert scenario.ask(clean_up()) == evolve(
        with_errand(before, due),
        moves=None,
        asked=OpId(22),
        ops=OpId(23),
        audit=(AuditNote("eve", "cleaned up v3", "it costs"),),
        granted=(*before.granted, Remembered(CommandId("cleanup"))),
    )
    scenario.wake()
    assert scenario.land_all().ledger.dead_volumes == (V3,)


def test_an_operator_may_have_it_go_before_anybody_counted_its_snapshots() -> None:
    """Whoever answers for it need not wait for the count, nor is it kept for what the count says: v17 bears it all."""
    scenario = whole(recovering(Probing, photographed(wide())))
    scenario.land()
    (count,) = scenario.sent
    assert isinstance(count, ListSnapshots)
    scenario.ask(clean_up())
    scenario.wake()

    assert scenario.land_all().ledger.dead_volumes == (V3,)


def test_when_an_operator_let_it_go_is_written_down() -> None:
    """The moment is no part of what is compared."""
    scenario = kept()
    scenario.ask(clean_up())
    assert [note.at for note in scenario.instance.audit] == [AT]


def test_an_operator_cannot_have_it_go_without_a_whole_successor() -> None:
    """The rule is the same, and the retry is the machine's own."""
    scenario = recovered(photographed(wide()))
    scenario.ask(clean_up())
    scenario.wake()
    short = evolve(KEPT, errand=Kept(OpId(25), Span.SHORT, 1), counted=True)
    assert scenario.land_all().ledger.holding(V3) == short


def destroyed() -> Scenario:
    """An instance that is being destroyed."""
    scenario = kept()
    scenario.ask(destroy())
    return scenario


@pytest.mark.parametrize(
    ("tell_of", "volume", "refusal"),
    [
        (destroyed, V3, Refusal.BEING_DESTROYED),
        (kept, VolumeId("v-other"), Refusal.NOT_HELD),
        (kept, V17, Refusal.NOT_RETAINED),
    ],
)
def test_a_clean_up_is_refused_with_its_reason(
    tell_of: Callable[[], Scenario], volume: VolumeId, refusal: Refusal
) -> None:
    """The volume in use is never cleaned up."""
    assert decide(tell_of().record, clean_up(volume)) == Failure(refusal)
