"""How often an instance moves by itself: two copies within an hour, whatever they are for, and the third waits."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.effects import CreateVolume, GetMachine
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Failing, FailureNote, Moves, Note, Transition
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Unknown, Why
from kiloclaw_core.phases import AlarmName, Changing, CheckingVolume, CreatingMachine, CreatingVolume, Running, Stopped
from kiloclaw_core.verbs import is_at_rest, our_volume

from .moves import (
    DENIED,
    MISSING,
    NO_ROOM,
    displaced,
    followed,
    lost,
    ousted,
    photographed,
    recover,
    recovered,
    recovering,
    ride_out,
    suspected,
    until,
    wide,
)
from .scenario import REAL, Scenario, destroy, start

SOON: Final = FailureNote(Failing.RECOVERY, Why.TOO_EARLY)
TEXT: Final = "it was copied elsewhere too often within the last hour to move once more"


def twice() -> Scenario:
    """An instance that recovered twice within an hour, and runs."""
    scenario = wide()
    for _ in range(2):
        recovered(photographed(scenario))
    return scenario


def held_back() -> Scenario:
    """The same once its machine has stopped again: it rests."""
    scenario = twice()
    suspected(scenario).land()
    return scenario


# -- a recovery --------------------------------------------------------------------------------------------------


def test_a_third_recovery_within_an_hour_waits() -> None:
    """Two copies did not help: nothing is sent, it is told, and it counts as no recovery."""
    scenario = twice()
    before = suspected(scenario).instance

    assert scenario.land() == Transition(
        evolve(before, phase=Stopped(), notes=(SOON,)),
        (),
        (Note("unexpected_stop_recovery_refused", (("error", TEXT),)),),
    )
    assert (len(scenario.instance.recoveries), scenario.instance.notes[0].text) == (2, TEXT)


def test_meanwhile_it_is_started_where_it_is() -> None:
    """Ten minutes later: the same machine on the same volume, and nothing is copied."""
    scenario = held_back()
    volume, machine = our_volume(scenario.instance).volume, scenario.instance.ledger.machine
    scenario.ring(AlarmName.RETRY)
    sent = followed(scenario)

    assert [effect for effect in sent if isinstance(effect, CreateVolume)] == []
    assert (scenario.instance.phase, our_volume(scenario.instance).volume) == (Running(), volume)
    assert machine is not None
    assert [one.machine for one in scenario.instance.ledger.machines] == [machine.machine]


def test_what_it_said_meanwhile_goes_when_it_moves_again() -> None:
    """A start was in vain, and two looks show that the machine is down as it was: now a recovery is allowed."""
    scenario = held_back()
    scenario.ring(AlarmName.MOVE_MEMORY)
    scenario.ring(AlarmName.RETRY)
    scenario.ring(AlarmName.CEILING)
    scenario.land(GetMachine)
    scenario.land(GetMachine)
    assert scenario.instance.notes == (FailureNote(Failing.START, Why.WAIT_TIMEOUT),)
    assert len(scenario.instance.recoveries) == 3


def test_a_recovery_that_is_forgotten_is_not_what_it_waits_for() -> None:
    """Its reason is the hour's, and not the day's."""
    scenario = held_back()
    before = scenario.instance
    after = evolve(before, recoveries=before.recoveries[1:])
    assert scenario.ring(AlarmName.RECOVERY_MEMORY) == Transition(after)
    assert after.notes == (SOON,)


def test_an_hour_after_the_latest_it_may_move_again() -> None:
    """It is the latest that counts, so that no hour sees a third; the next stop is recovered from."""
    scenario = twice()
    before = scenario.instance
    assert before.moves is not None
    due = {alarm.of: alarm.patience_s for alarm in alarms_of(before) if alarm.name is AlarmName.MOVE_MEMORY}
    assert (before.moves.copies, due) == (2, {before.moves.latest: 3600.0})

    assert scenario.ring(AlarmName.MOVE_MEMORY) == Transition(evolve(before, moves=None))

    assert len(recovering(CreatingVolume, scenario).instance.recoveries) == 3


# -- whoever asks ------------------------------------------------------------------------------------------------


def test_whoever_asks_something_of_it_at_rest_lets_it_move_again() -> None:
    """A user's command always finds a way in."""
    scenario = held_back()
    assert scenario.ask(start("again")).moves is None
    assert held_back().ask(recover()).moves is None


def test_so_does_whoever_asks_while_it_is_merely_looked_at() -> None:
    """It is looked at every few minutes, and nobody knows when."""
    scenario = twice()
    scenario.ring(AlarmName.STOCKTAKE)
    assert not is_at_rest(scenario.instance)
    assert scenario.ask(start("again")).moves is None


def test_where_none_is_allowed_there_is_none() -> None:
    """The first recovery waits already."""
    scenario = wide()
    scenario.record = evolve(scenario.instance, policy=evolve(scenario.instance.policy, moves_an_hour=0))
    suspected(scenario).land()
    assert (scenario.instance.phase, scenario.instance.notes, scenario.instance.moves) == (Stopped(), (SOON,), None)


def test_where_one_is_allowed_the_first_recovery_does_not_wait() -> None:
    """None was made yet; the second waits."""
    scenario = wide(policy=evolve(REAL, moves_an_hour=1))
    recovered(scenario)
    assert (scenario.instance.phase, scenario.instance.moves) == (Running(), Moves(1, OpId(17)))

    suspected(scenario).land()
    assert (scenario.instance.phase, scenario.instance.notes) == (Stopped(), (SOON,))


def test_what_is_asked_while_it_moves_does_not_begin_the_count_anew() -> None:
    """The copy that is on its way is not yet heard of, and is one of those that follow the command."""
    scenario = until(ousted(), CreatingVolume)
    before = scenario.instance.moves
    assert before is not None
    assert scenario.ask(start("once more")).moves == before


def test_a_destroy_forgets_the_moves_as_well() -> None:
    """No alarm keeps a grave awake."""
    scenario = until(ousted(), CreatingVolume)
    assert scenario.ask(destroy()).moves is None


# -- a start, and what is lost -----------------------------------------------------------------------------------


def test_a_start_without_room_stays_when_it_moved_twice() -> None:
    """Its note tells why it is down, and not only why it stays."""
    scenario = held_back()
    scenario.ring(AlarmName.RETRY)
    until(scenario, Changing).answer(NO_ROOM)

    why = (FailureNote(Failing.START, Why.CAPACITY_HOST), SOON)
    assert (scenario.instance.phase, set(scenario.instance.notes), scenario.sent) == (Stopped(), set(why), ())


def test_a_move_has_two_copies_and_then_gives_up() -> None:
    """A start that was asked for has no more than that; what refused it last is told."""
    scenario = until(ousted(), CreatingMachine)
    scenario.answer(NO_ROOM)
    scenario.ring(AlarmName.PAUSE)
    until(scenario, CreatingMachine).answer(NO_ROOM)

    note = FailureNote(Failing.START, Why.CAPACITY_HOST)
    assert scenario.instance.moves is not None
    assert (scenario.instance.phase, scenario.instance.notes, scenario.instance.moves.copies) == (Stopped(), (note,), 2)


def test_a_volume_that_was_never_used_and_is_lost_is_not_made_a_third_time() -> None:
    """Two were made already, and no machine found room on either."""
    scenario = displaced()
    until(scenario, CreatingMachine).answer(NO_ROOM)
    scenario.ring(AlarmName.PAUSE)
    until(scenario, CreatingMachine).answer(NO_ROOM)
    ride_out(scenario).ring(AlarmName.RETRY)
    until(scenario, CheckingVolume).answer(MISSING)
    scenario.answer(MISSING)

    soon = FailureNote(Failing.START, Why.TOO_EARLY)
    assert (scenario.instance.phase, scenario.instance.notes) == (Stopped(), (soon,))


def test_a_volume_that_is_lost_after_two_moves_waits_for_its_snapshot() -> None:
    """It is looked for at once; its successor is made once the hour is over."""
    scenario = photographed(held_back())
    lost(scenario, our_volume(scenario.instance).volume)
    scenario.ring(AlarmName.RETRY)
    ride_out(scenario)
    soon = FailureNote(Failing.START, Why.TOO_EARLY)
    assert (scenario.instance.phase, soon in scenario.instance.notes) == (Stopped(), True)

    scenario.ring(AlarmName.MOVE_MEMORY)
    scenario.ring(AlarmName.RETRY)
    assert ride_out(scenario).instance.phase == Running()


# -- what counts -------------------------------------------------------------------------------------------------


def test_a_copy_that_is_refused_does_not_count() -> None:
    """Nothing was copied; the alarm stays, for its latest try."""
    scenario = recovering(CreatingVolume, recovered())
    before = scenario.instance.moves
    assert before is not None
    assert before.copies == 2
    scenario.answer(DENIED)
    assert scenario.instance.moves == Moves(1, before.latest)


def test_a_copy_that_is_refused_after_all_does_not_count_either() -> None:
    """Its answer was given up, and came all the same."""
    scenario = recovering(CreatingVolume)
    (create,) = scenario.sent
    scenario.answer(Unknown())
    assert scenario.instance.moves == Moves(1, create.op)
    scenario.tell(Replied(create.op, DENIED))
    assert scenario.instance.moves is None


def test_a_copy_that_is_refused_after_an_hour_finds_nothing_counted() -> None:
    """The alarm rang while its answer was waited for."""
    scenario = recovering(CreatingVolume)
    assert scenario.instance.moves == Moves(1, OpId(17))
    scenario.ring(AlarmName.MOVE_MEMORY)
    scenario.answer(DENIED)
    assert scenario.instance.moves is None
