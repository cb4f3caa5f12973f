"""How a reassociation ends otherwise: taken over, overtaken by a destroy, in vain; and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.instance import Failing, FailureNote, Note, Transition
from kiloclaw_core.ledger import Kept, Role, Span, VolumeHolding
from kiloclaw_core.machine import Data, Named, VolumeSeen, VolumeState
from kiloclaw_core.names import OpId, VolumeId
from kiloclaw_core.outcomes import VolumeShown, Why
from kiloclaw_core.phases import AlarmName, Gone, Stopped
from kiloclaw_core.stories import Idle
from kiloclaw_core.verbs import our_volume

from .moves import AMS, FRA, V3, V15, asked_back, land_unheard, lost, reassociate, restored, ride_out, unready, whole
from .scenario import Scenario, destroy, start, stop
from .strays import late_volume

V_OTHER: Final = VolumeId("v-other")
SEEN: Final = VolumeSeen(V_OTHER, VolumeState.CREATED, Named.MARKED, None, None, FRA)
"""A volume that our ledger does not know, as a get shows it."""


# -- taken over, overtaken, in vain ------------------------------------------------------------------------------


@pytest.mark.parametrize("landed", [False, True])
@pytest.mark.parametrize("steps", range(4))
def test_a_reassociation_that_was_taken_over_comes_to_the_same_end(steps: int, *, landed: bool) -> None:
    """At whatever step the process died."""
    scenario = asked_back()
    for _ in range(steps):
        if scenario.sent:
            scenario.land()
    if landed and scenario.sent:
        land_unheard(scenario)
    scenario.take_over()
    ride_out(scenario)
    ledger = scenario.instance.ledger
    assert (scenario.instance.phase, scenario.instance.notes) == (Stopped(), ())
    assert [(held.volume, held.role) for held in ledger.volumes] == [(V3, Role.ACTIVE), (V15, Role.RETAINED)]


@pytest.mark.parametrize("steps", range(4))
def test_a_destroy_at_any_step_of_a_reassociation_leaves_nothing(steps: int) -> None:
    """Both volumes go."""
    scenario = asked_back()
    for _ in range(steps):
        if scenario.sent:
            scenario.land()
    scenario.ask(destroy())
    scenario.wake()
    ride_out(scenario)
    assert (scenario.instance.phase, scenario.outside.fly.volumes) == (Gone(), ())


def failed(why: Why, error: str) -> Note:
    """What is told of a reassociation that failed."""
    return Note("instance.restore_failed", (("label", why.value), ("error", error), ("durationMs", "0")))


@pytest.mark.parametrize(
    ("becomes", "error"),
    [
        (lost, '{"error":"volume not found"}'),
        (partial(unready, volume=V3, state=VolumeState.LEAVING), "on its way out"),
    ],
    ids=["gone", "going"],
)
def test_a_chosen_volume_that_is_not_there_leaves_everything_as_it_was(
    becomes: Callable[[Scenario], Scenario], error: str
) -> None:
    """Looked for twice, apart."""
    scenario = becomes(asked_back())
    before = scenario.instance
    scenario.land()
    assert scenario.land().notes == (failed(Why.MISSING_VOLUME, error),)
    assert (scenario.instance.phase, scenario.instance.ledger) == (Stopped(), before.ledger)
    assert scenario.instance.notes == (FailureNote(Failing.RESTORE, Why.MISSING_VOLUME),)


def test_a_volume_of_somebody_else_is_not_gone_over_to() -> None:
    """An operator's slip of the pen must not mount a stranger's data."""
    scenario = restored()
    scenario.ask(reassociate(V_OTHER))
    scenario.wake()
    text = "the volume is not this sandbox's"
    foreign = evolve(SEEN, named=Named.FOREIGN)
    assert scenario.answer(VolumeShown(foreign)).notes == (failed(Why.COLLISION, text),)
    assert scenario.instance.ledger.holding(V_OTHER) is None


def test_a_reassociation_whose_machine_cannot_be_deleted_in_time_leaves_both_volumes() -> None:
    """Ours is ours as before; the chosen one is kept, and its whole time begins anew."""
    scenario = asked_back()
    scenario.land()
    before = scenario.instance
    transition = scenario.ring(AlarmName.CEILING)
    errand = Kept(OpId(30), Span.LONG)
    ours = evolve(our_volume(before), healthy=False)
    kept = VolumeHolding(V3, Role.RETAINED, Data.BEARING, AMS, errand, counted=True, mark=OpId(3))
    assert transition == Transition(
        evolve(
            before,
            phase=Stopped(),
            story=Idle(),
            ledger=before.ledger.with_volume(kept).with_volume(ours),
            ops=OpId(31),
            notes=(FailureNote(Failing.RESTORE, Why.WAIT_TIMEOUT),),
        ),
        (),
        (failed(Why.WAIT_TIMEOUT, "the restore took too long"),),
    )


def test_a_volume_that_was_chosen_in_vain_goes_when_its_time_is_up() -> None:
    """Nothing else would ever look for it again: it goes once the volume in use was seen well, and not before."""
    scenario = asked_back()
    scenario.land()
    scenario.ring(AlarmName.CEILING)
    ride_out(scenario)
    scenario.ask(start("again"))
    scenario.wake()
    ride_out(whole(scenario))
    scenario.ring(AlarmName.RETENTION)
    ride_out(scenario)
    assert scenario.instance.ledger.dead_volumes == (V3,)


def test_a_volume_that_is_condemned_before_it_is_seen_is_not_gone_over_to() -> None:
    """A very late answer showed that a request of ours had made it, and nobody wanted it: condemned is for ever."""
    scenario = restored()
    scenario.ask(reassociate(V_OTHER))
    scenario.wake()
    scenario.tell(late_volume(V_OTHER))
    assert scenario.answer(VolumeShown(SEEN)).notes == (failed(Why.CONFLICT, "the volume is on its way out"),)
    held = scenario.instance.ledger.holding(V_OTHER)
    assert held is not None
    assert held.role is Role.CONDEMNED


def test_a_kept_volume_that_is_chosen_while_its_successor_is_looked_at_does_not_go() -> None:
    """Its time was up, and the look was under way; what an operator has chosen is not cleaned up beneath him."""
    scenario = whole(restored())
    scenario.ask(start("again"))
    scenario.wake()
    scenario.land_all()
    scenario.ask(stop("then"))
    scenario.wake()
    scenario.land_all()
    scenario.ring(AlarmName.RETENTION)
    scenario.ask(reassociate(V3))
    scenario.wake()
    ride_out(scenario)
    active = scenario.instance.ledger.volume
    assert active is not None
    assert (active.volume, scenario.instance.ledger.dead_volumes) == (V3, ())
    assert V3 in {volume.volume for volume in scenario.outside.fly.volumes}
