"""What is remembered for a while: recoveries, so that none is repeated for ever, and regions that had no room."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.facts import AlarmRang
from kiloclaw_core.instance import AuditNote, Failing, FailureNote, FullRegion, Note, Remembered, Transition
from kiloclaw_core.names import CommandId, OpId
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.phases import Alarm, AlarmName, CreatingMachine, Running, Stopped
from kiloclaw_core.status import status_of
from kiloclaw_core.stories import Attempt, Cause, Relocating, Starting

from .moves import AMS, FRA, QUOTA, ousted, photographed, recover, recovered, suspected, until, wide
from .scenario import AT, REAL, WHO, Scenario, destroy, start, stop

APP: Final = WHO.app
TRIGGER: Final = Note("unexpected_stop_recovery_trigger", (("fly_state", "stopped"), ("value", "1")))
STARTED: Final = Note("instance.unexpected_stop_recovery_started", (("label", "alarm_stopped"), ("value", "1")))
BEGUN: Final = Relocating(OpId(13), Attempt(3), Cause.UNEXPECTED_STOP)
LOOPING: Final = FailureNote(Failing.RECOVERY, Why.LOOPING)


# -- how often ---------------------------------------------------------------------------------------------------


def looping() -> Scenario:
    """An instance that recovered three times within a day and has stopped again."""
    scenario = thrice()
    suspected(scenario).land()
    return scenario


def thrice() -> Scenario:
    """An instance that recovered three times within a day, the latest an hour ago."""
    scenario = wide()
    for _ in range(3):
        recovered(photographed(scenario)).ring(AlarmName.MOVE_MEMORY)
    return scenario


def test_every_recovery_of_a_day_is_counted() -> None:
    """The event tells how often."""
    scenario = recovered()
    scenario = suspected(scenario)
    notes = scenario.land().notes
    assert notes[1] == Note("instance.unexpected_stop_recovery_started", (("label", "alarm_stopped"), ("value", "2")))
    assert len(scenario.instance.recoveries) == 2


def test_one_recovery_too_many_is_refused_and_said() -> None:
    """It recovers and stops again and again: another copy would not help; nothing is sent."""
    scenario = thrice()
    before = suspected(scenario).instance
    text = "the machine stopped again after 3 recoveries within a day"
    assert scenario.land() == Transition(
        evolve(before, phase=Stopped(), notes=(LOOPING,)),
        (),
        (Note("unexpected_stop_recovery_refused", (("error", text),)),),
    )
    assert (scenario.instance.notes[0].text, status_of(scenario.instance)) == (text, "stopped")


def test_an_instance_that_loops_is_not_tried_again_by_itself() -> None:
    """Only a day, an operator or its user ends that: its alarms are those that forget."""
    memory = {alarm.of for alarm in alarms_of(looping().instance) if alarm.name is AlarmName.RECOVERY_MEMORY}
    names = {alarm.name for alarm in alarms_of(looping().instance)}
    assert (len(memory), AlarmName.RETRY in names, AlarmName.STOCKTAKE in names) == (3, False, False)


def test_a_day_later_it_is_tried_again() -> None:
    """The oldest recovery counts no more; with it goes the note, and the alarm of a story that gave up is back."""
    scenario = looping()
    before = scenario.instance
    assert scenario.ring(AlarmName.RECOVERY_MEMORY) == Transition(
        evolve(before, recoveries=before.recoveries[1:], notes=())
    )
    scenario.ring(AlarmName.RETRY)
    assert scenario.land_all().phase == Running()


def test_an_operator_ends_the_loop() -> None:
    """What was counted is forgotten, it is written who answers for it, and a start begins."""
    scenario = looping()
    before = scenario.instance
    asked = scenario.ask(recover())
    assert asked == evolve(
        before,
        story=Starting(OpId(before.ops + 1), Attempt(3)),
        asked=before.ops,
        ops=OpId(before.ops + 2),
        recoveries=(),
        notes=(),
        granted=(*before.granted, Remembered(CommandId("recover"))),
        audit=(AuditNote("eve", "asked for recovery", "it is down"),),
    )
    scenario.wake()
    assert scenario.land_all().phase == Running()


def test_a_user_may_start_it_though_it_loops() -> None:
    """A user's command always finds a way in; the count stays, so that the next stop is refused again."""
    scenario = looping()
    scenario.ask(start("again"))
    scenario.wake()
    assert (scenario.land_all().phase, len(scenario.instance.recoveries)) == (Running(), 3)
    suspected(scenario).land()
    assert (scenario.instance.phase, scenario.instance.notes) == (Stopped(), (LOOPING,))


def test_a_recovery_that_is_forgotten_in_time_leaves_other_notes_alone() -> None:
    """The alarm of a memory is no healer."""
    scenario = recovered()
    scenario.ask(stop())
    scenario.wake()
    scenario.answer(Rejected(Why.UNAUTHORIZED, None, 401))
    before = scenario.instance
    assert scenario.tell(AlarmRang(AlarmName.RECOVERY_MEMORY, OpId(12), AT)) == Transition(
        evolve(before, recoveries=())
    )
    assert before.notes == (FailureNote(Failing.STOP, Why.UNAUTHORIZED),)


# -- full regions ------------------------------------------------------------------------------------------------


def test_a_full_region_is_remembered_for_an_hour() -> None:
    """Each by an alarm of its own, whatever the instance does meanwhile."""
    scenario = ousted(QUOTA)
    assert scenario.instance.full_regions == (FullRegion(AMS, OpId(18)),)
    assert Alarm(AlarmName.FULL_REGION, OpId(18), 3600.0) in alarms_of(scenario.instance)
    scenario.land_all()
    before = scenario.instance
    assert scenario.ring(AlarmName.FULL_REGION) == Transition(evolve(before, full_regions=()))


def test_a_region_that_is_found_full_again_is_told_once() -> None:
    """Until it is forgotten it is no news."""
    scenario = ousted(QUOTA)
    before = scenario.instance.full_regions
    until(scenario, CreatingMachine).answer(QUOTA)
    assert scenario.instance.full_regions == (*before, FullRegion(FRA, OpId(24)))


def test_an_operator_has_every_region_asked_again() -> None:
    """There is room again, somebody says."""
    scenario = ousted(QUOTA)
    scenario.land_all()
    assert scenario.ask(recover()).full_regions == ()


# -- who answered for what ---------------------------------------------------------------------------------------


def test_so_many_audit_notes_are_remembered_and_then_the_oldest_is_forgotten() -> None:
    """An operator who asks every day must not make the record grow for ever."""
    scenario = wide(policy=evolve(REAL, audit_remembered=2))
    for reason in ("the first", "the second", "the third"):
        scenario.ask(evolve(recover(reason), because=reason))
    assert [note.because for note in scenario.instance.audit] == ["the second", "the third"]


@pytest.mark.parametrize("tell_of", [recovered, partial(ousted, QUOTA)])
def test_a_destroy_forgets_what_was_remembered(tell_of: Callable[[], Scenario]) -> None:
    """Nothing is asked for any more, and no alarm may keep a grave awake."""
    scenario = tell_of()
    scenario.ask(destroy())
    assert (scenario.instance.recoveries, scenario.instance.moves, scenario.instance.full_regions) == ((), None, ())
