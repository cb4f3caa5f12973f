"""Which alarms a record wants: the whole set in every phase, and nothing that no phase waits for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.alarms import alarms_of, awaited_ops
from kiloclaw_core.commands import Tenancy
from kiloclaw_core.effects import DeleteMachine
from kiloclaw_core.facts import AlarmRang
from kiloclaw_core.instance import Absent, Transition
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Rejected, Unhealthy, Unknown, Why
from kiloclaw_core.phases import Alarm, AlarmName
from kiloclaw_core.policy import Policy

from .everywhere import EVERYWHERE, clearing, creating_machine, creating_volume, probing
from .moves import displaced, photographed, recovered, recovering, restarting, restoring, wide
from .scenario import EMPTY, SANDBOX, WHO, Scenario, destroy, running, start, starting, stopped

CEILING: Final = Alarm(AlarmName.CEILING, OpId(4), 300.0)
LOOK: Final = Alarm(AlarmName.STOCKTAKE, OpId(0), 300.0, 60.0)
RETRY: Final = Alarm(AlarmName.RETRY, OpId(0), 600.0, 60.0)
STALE: Final = Alarm(AlarmName.STALE_PROVISION, OpId(0), 28_800.0)


def patience(of: int, patience_s: float = 195.0) -> Alarm:
    """The alarm of a phase that waits for the answer to `of`."""
    return Alarm(AlarmName.PATIENCE, OpId(of), patience_s)


WANTED: Final[dict[str, tuple[Alarm, ...]]] = {
    "Stopped": (STALE, Alarm(AlarmName.STOCKTAKE, OpId(0), 1800.0, 60.0)),
    "Running": (LOOK,),
    "Gone": (),
    "Pausing": (CEILING, Alarm(AlarmName.PAUSE, OpId(6), 10.0)),
    "Clearing": (Alarm(AlarmName.ERRAND_PATIENCE, OpId(11), 200.0),),
    "Ensuring": (CEILING, patience(5)),
    "Surveying": (patience(2),),
    "CreatingVolume": (patience(3),),
    "ListingSnapshots": (Alarm(AlarmName.CEILING, OpId(18), 600.0), patience(20)),
    "CreatingMachine": (CEILING, patience(7)),
    "CheckingVolume": (CEILING, patience(6)),
    "Seeking": (CEILING, patience(8)),
    "Verifying": (CEILING, patience(8)),
    "Weighing": (CEILING, patience(9)),
    "Inspecting": (patience(10),),
    "Changing": (patience(11),),
    "Awaiting": (CEILING, patience(8, 240.0)),
    "Probing": (CEILING, patience(9, 240.0)),
    "Settling": (CEILING, patience(8, 255.0)),
    "Listing": (CEILING, patience(9)),
    "Sweeping": (patience(15),),
    "StockTaking": (patience(4), STALE),
}
"""Every alarm of the scenario in each phase."""

AWAITED: Final[dict[str, frozenset[int]]] = {
    "Stopped": frozenset(),
    "Running": frozenset(),
    "Gone": frozenset(),
    "Pausing": frozenset(),
    "Clearing": frozenset({11}),
    "Ensuring": frozenset({5}),
    "Surveying": frozenset({2}),
    "CreatingVolume": frozenset({3}),
    "ListingSnapshots": frozenset({20}),
    "CreatingMachine": frozenset({7}),
    "CheckingVolume": frozenset({6}),
    "Seeking": frozenset({8}),
    "Verifying": frozenset({8}),
    "Weighing": frozenset({9}),
    "Inspecting": frozenset({10}),
    "Changing": frozenset({11}),
    "Awaiting": frozenset({8}),
    "Probing": frozenset({9}),
    "Settling": frozenset({7, 8}),
    "Listing": frozenset({7, 9}),
    "Sweeping": frozenset({15}),
    "StockTaking": frozenset({4}),
}
"""The requests whose answers the scenario in each phase still waits for."""


@pytest.mark.parametrize("phase", EVERYWHERE)
def test_every_phase_wants_exactly_its_alarms(phase: str) -> None:
    """No path sets an alarm, so that none can forget one: the phase and the story say them all."""
    scenario = EVERYWHERE[phase]()
    assert (type(scenario.instance.phase).__name__, alarms_of(scenario.record)) == (phase, WANTED[phase])


@pytest.mark.parametrize("phase", EVERYWHERE)
def test_every_phase_waits_for_exactly_its_answers(phase: str) -> None:
    """Whoever performs a read may abandon it when nobody waits for it any more, and never sooner."""
    assert awaited_ops(EVERYWHERE[phase]().record) == AWAITED[phase]


@pytest.mark.parametrize("phase", EVERYWHERE)
def test_a_ring_that_nobody_wants_is_dropped(phase: str) -> None:
    """An alarm that rings late, after what it was for has ended, must not hurry what came after."""
    scenario = EVERYWHERE[phase]()
    before = scenario.record
    assert scenario.tell(AlarmRang(AlarmName.PATIENCE, OpId(999))) == Transition(before)
    assert scenario.tell(AlarmRang(AlarmName.GRAVE, OpId(0))) == Transition(before)


def test_a_sandbox_that_never_was_wants_nothing() -> None:
    """There is nothing to wake for."""
    assert (alarms_of(Absent(SANDBOX)), awaited_ops(Absent(SANDBOX))) == ((), frozenset())


def test_a_granted_command_wants_to_be_looked_at_at_once() -> None:
    """Whoever commits an intent may die before waking the worker: the alarm is part of the intent."""
    scenario = stopped()
    scenario.ask(start())
    assert alarms_of(scenario.record) == (
        CEILING,
        Alarm(AlarmName.INTENT, OpId(4), 0.0),
        RETRY,
    )


def test_a_granted_destroy_is_nothing_that_a_story_gave_up() -> None:
    """Until somebody looks at it, stock is taken as of any instance that is not wanted up."""
    scenario = running()
    scenario.ask(destroy())
    assert alarms_of(scenario.record) == (
        Alarm(AlarmName.INTENT, OpId(10), 0.0),
        Alarm(AlarmName.STOCKTAKE, OpId(0), 1800.0, 60.0),
    )


def test_a_start_that_gave_up_is_tried_again_later() -> None:
    """Giving up never changes what is wanted: it is a rest with a slow alarm."""
    scenario = creating_machine()
    scenario.answer(Rejected(Why.LIMIT, status=422))
    assert alarms_of(scenario.record) == (RETRY,)


def test_an_instance_without_a_volume_is_not_yet_as_wanted() -> None:
    """A provision that gave up goes on by itself, though the instance is stopped as it should be."""
    scenario = creating_volume()
    scenario.answer(Rejected(Why.CAPACITY_REGION, status=409))
    full = Alarm(AlarmName.FULL_REGION, OpId(4), 3600.0)
    assert alarms_of(scenario.record) == (full, RETRY, STALE)


def test_a_stop_that_gave_up_is_tried_again_later() -> None:
    """The machine is up though it should not be: that is not left to the next stock-taking."""
    scenario = EVERYWHERE["Changing"]()
    scenario.answer(Rejected(Why.UNAUTHORIZED, status=401))
    assert alarms_of(scenario.record) == (RETRY,)


STORIES: Final[dict[str, tuple[Callable[[], Scenario], tuple[Alarm, ...]]]] = {
    "a start that moves": (displaced, (Alarm(AlarmName.CEILING, OpId(8), 600.0), patience(9))),
    "a restart": (
        restarting,
        (
            Alarm(AlarmName.CEILING, OpId(10), 900.0),
            patience(11),
            Alarm(AlarmName.SOFT_CEILING, OpId(10), 300.0),
        ),
    ),
    "a recovery": (
        recovering,
        (
            Alarm(AlarmName.CEILING, OpId(13), 600.0),
            patience(14),
            Alarm(AlarmName.RECOVERY_MEMORY, OpId(12), 86_400.0),
        ),
    ),
    "a restore": (restoring, (Alarm(AlarmName.CEILING, OpId(11), 1800.0), patience(12))),
}
"""Every alarm of a story that has a ceiling of its own, and of what it is remembered by."""


@pytest.mark.parametrize("story", STORIES)
def test_every_story_has_its_own_ceiling(story: str) -> None:
    """What may take how long is the policy's to say, and nothing is under way for ever."""
    scenario, alarms = STORIES[story]
    assert alarms_of(scenario().record) == alarms


def test_a_restart_that_grew_impatient_has_only_its_ceiling_left() -> None:
    """The soft one rings once."""
    scenario = restarting()
    scenario.ring(AlarmName.SOFT_CEILING)
    assert alarms_of(scenario.record) == (Alarm(AlarmName.CEILING, OpId(10), 900.0), patience(11))


def test_a_volume_that_is_kept_has_seven_days() -> None:
    """From when its snapshots were counted; meanwhile the instance rests as any."""
    scenario = recovered(photographed(wide()))
    retention = Alarm(AlarmName.RETENTION, OpId(21), 604_800.0)
    memories = (Alarm(AlarmName.MOVE_MEMORY, OpId(17), 3600.0), Alarm(AlarmName.RECOVERY_MEMORY, OpId(12), 86_400.0))
    assert alarms_of(scenario.record) == (*memories, retention, LOOK)


def test_a_grave_in_a_shared_app_is_swept_after_an_hour_a_day_and_eight_days() -> None:
    """A request that lands very late in an app that is not ours alone has nobody else to notice it."""
    scenario = running(identity=evolve(WHO, tenancy=Tenancy.SHARED))
    scenario.ask(destroy())
    scenario.wake()
    scenario.land_all()
    swept: list[tuple[Alarm, ...]] = [alarms_of(scenario.record)]
    while alarms_of(scenario.record):
        scenario.ring(AlarmName.GRAVE)
        scenario.land_all()
        swept.append(alarms_of(scenario.record))
    assert swept == [
        (Alarm(AlarmName.GRAVE, OpId(0), 3600.0),),
        (Alarm(AlarmName.GRAVE, OpId(1), 86_400.0),),
        (Alarm(AlarmName.GRAVE, OpId(2), 691_200.0),),
        (),
    ]


def test_a_start_that_is_out_of_time_has_no_ceiling_any_more() -> None:
    """The ceiling rings once; what it interrupted is settled before the start gives up."""
    scenario = creating_machine()
    scenario.ring(AlarmName.CEILING)
    assert alarms_of(scenario.record) == (patience(8, 255.0),)


def test_a_delete_that_fails_is_asked_for_again_each_minute() -> None:
    """Until it is done, or counts as stuck."""
    scenario = clearing()
    scenario.answer(Unknown(), DeleteMachine)
    assert alarms_of(scenario.record) == (Alarm(AlarmName.ERRAND_RETRY, OpId(11), 60.0),)


def test_a_delete_that_is_stuck_is_asked_for_again_each_hour() -> None:
    """Nothing is abandoned at the ceiling: only the cadence drops."""
    scenario = _destroying(Policy(delete_failures_before_slowing=1))
    scenario.answer(Unknown(), DeleteMachine)
    assert alarms_of(scenario.record) == (Alarm(AlarmName.ERRAND_RETRY, OpId(11), 3600.0),)


def test_a_start_that_ended_unwell_rests_with_the_cadence_of_the_running() -> None:
    """Being unwell is told; it is no reason to start again."""
    scenario = probing()
    scenario.answer(Unhealthy("503"))
    assert alarms_of(scenario.record) == (LOOK,)


def test_patience_follows_the_policy() -> None:
    """Nothing but the policy knows a duration."""
    scenario = starting(policy=Policy(answer_patience_s=1.0, look_apart_s=0.5, starting_ceiling_s=7.0))
    assert alarms_of(scenario.record) == (Alarm(AlarmName.CEILING, OpId(4), 7.0), patience(5, 1.5))


def _destroying(policy: Policy) -> Scenario:
    scenario = running(EMPTY, policy)
    scenario.ask(destroy())
    scenario.wake()
    return scenario
