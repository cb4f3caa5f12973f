"""The system that is explored: what the network, Fly, the clock and other processes may do, each at a price."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core import turn
from kiloclaw_core.effects import DeleteVolume, Effect, GetMachine, GetVolume, ListMachines, ListVolumes
from kiloclaw_core.explore.model import Action, Move, When
from kiloclaw_core.facts import AlarmRang, Recovered
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import OpId, VersionId, VolumeId
from kiloclaw_core.outcomes import (
    Done,
    MachinesListed,
    Outcome,
    Rejected,
    StateElsewhere,
    Unknown,
    VolumeShown,
    VolumesListed,
)
from kiloclaw_core.phases import AlarmName
from kiloclaw_core.world import fate
from kiloclaw_core.world.deliveries import told
from kiloclaw_core.world.faults import (
    conflict,
    crash,
    fail,
    lose,
    migrate,
    orphaned,
    outlived,
    ring_early,
    start_by_itself,
    stop_by_itself,
    take_over,
)
from kiloclaw_core.world.fly import machine_not_found, volume_not_found, with_machine
from kiloclaw_core.world.landing import Outside
from kiloclaw_core.world.setting import IDENTITY, SANDBOX, Budget, Ghost
from kiloclaw_core.world.slots import Answered, Orphan, Sent, Stalled, refusals_of

from .everywhere import awaiting, changing, creating_machine, inspecting, settling
from .scenario import Scenario, running, start, stopped

CALM: Final = Ghost()
APP: Final = IDENTITY.app


def befalls(scenario: Scenario, budget: Budget) -> list[Move]:
    """What may befall the one request that is on its way."""
    (effect,) = scenario.sent
    return list(fail(Sent(effect), False, scenario.outside, budget))


def test_a_change_that_times_out_may_land_all_the_same() -> None:
    """It is answered Unknown; what it may yet do stays on its way. Or it is refused, for each reason there is."""
    scenario = creating_machine()
    (effect,) = scenario.sent
    spent = (("budget", Budget()),)
    lost = Move(
        Action("time out CreateMachine 7", "in flight"),
        When.FREE,
        spent,
        (Answered(OpId(7), Unknown()), Orphan(effect)),
    )
    refused = [
        Move(Action(f"refuse CreateMachine 7: {one.why.value}", "fly"), When.FREE, spent, (Answered(OpId(7), one),))
        for one in refusals_of(effect)
    ]
    assert befalls(scenario, Budget(faults=1)) == [lost, *refused]


def test_a_read_that_times_out_leaves_nothing_on_its_way() -> None:
    """It changes nothing outside."""
    assert befalls(inspecting(), Budget(faults=1)) == [
        Move(
            Action("time out GetMachine 10", "in flight"),
            When.FREE,
            (("budget", Budget()),),
            (Answered(OpId(10), Unknown()),),
        )
    ]


def test_a_poll_may_end_before_the_machine_has_arrived() -> None:
    """Fly's wait endpoint ends after a minute; one that found the machine arrived cannot end early."""
    early = Move(
        Action("poll ends AwaitState 8", "fly"),
        When.FREE,
        (("budget", Budget()),),
        (Answered(OpId(8), StateElsewhere(MachineState.CREATED)),),
    )
    scenario = awaiting()
    assert early in befalls(scenario, Budget(faults=1))
    scenario.arrive()
    assert [move.action.label for move in befalls(scenario, Budget(faults=1))] == ["time out AwaitState 8"]


def test_nothing_befalls_a_request_without_a_budget() -> None:
    """Nor an answer, nor a settle that is not blocked."""
    assert befalls(creating_machine(), Budget()) == []
    assert befalls(settling(), Budget(faults=9, overstays=9)) == []
    assert list(fail(Answered(OpId(7), Done()), False, Outside(), Budget(faults=9))) == []


def test_a_settle_may_be_overstayed() -> None:
    """A request that lands after its settle: not prevented, only tracked."""
    scenario = settling()
    overstaid = list(fail(Sent(scenario.sent[0]), True, scenario.outside, Budget(overstays=1)))
    assert overstaid == [
        Move(Action("overstay 7", "fly"), When.FREE, (("budget", Budget()),), (Answered(OpId(8), Done()),))
    ]


@pytest.mark.parametrize(
    ("effect", "shows_nothing"),
    [
        (GetMachine(OpId(10), APP, SANDBOX, running().outside.fly.machines[0].machine), machine_not_found()),
        (GetVolume(OpId(10), APP, SANDBOX, VolumeId("v3")), volume_not_found()),
        (ListMachines(OpId(10), APP, SANDBOX), MachinesListed(())),
        (ListVolumes(OpId(10), APP, SANDBOX), VolumesListed(())),
    ],
)
def test_a_look_may_not_show_what_is_there(effect: Effect, shows_nothing: Outcome) -> None:
    """A lagging view; where nothing is there, there is nothing to miss."""
    there = running().outside
    assert list(fail(Sent(effect), False, there, Budget(blind=1))) == [
        Move(
            Action(f"blind {type(effect).__name__} 10", "fly"),
            When.FREE,
            (("budget", Budget()),),
            (Answered(OpId(10), shows_nothing),),
        )
    ]
    assert list(fail(Sent(effect), False, Outside(), Budget(blind=1))) == []


@pytest.mark.parametrize(
    "effect", [GetVolume(OpId(10), APP, SANDBOX, VolumeId("v3")), ListVolumes(OpId(10), APP, SANDBOX)]
)
def test_a_look_may_show_a_volume_where_fly_moved_it_from(effect: GetVolume | ListVolumes) -> None:
    """A view that lags; where it was, and whole."""
    before = running().outside
    fly = fate.migrate(before.fly, before.fly.machines[0], VolumeId("v-new"), VersionId("i-new"))
    moves = list(fail(Sent(effect), False, evolve(before, fly=fly), Budget(blind=1)))
    (lagging,) = (move for move in moves if move.action == Action(f"lagging {type(effect).__name__} 10", "fly"))
    (answer,) = lagging.kept
    assert isinstance(answer, Answered)
    assert answer.op == OpId(10)
    match answer.outcome:
        case VolumeShown(seen=seen):
            assert (seen.volume, seen.attached) == ("v3", None)
        case VolumesListed(seen=listed):
            assert [one.volume for one in listed] == ["v3", "v-new"]
        case other:
            raise AssertionError(other)


def test_a_look_at_where_fly_moved_it_to_does_not_lag_behind_itself() -> None:
    """It shows what is there, or nothing."""
    before = running().outside
    fly = fate.migrate(before.fly, before.fly.machines[0], VolumeId("v-new"), VersionId("i-new"))
    look = GetVolume(OpId(10), APP, SANDBOX, VolumeId("v-new"))
    moves = list(fail(Sent(look), False, evolve(before, fly=fly), Budget(blind=1)))
    assert [move.action for move in moves] == [Action("blind GetVolume 10", "fly")]


def test_a_change_may_be_held_up_before_it_leaves() -> None:
    """By a rate limiter, or a process that was asleep; a read that is held up is merely late."""
    scenario = creating_machine()
    assert befalls(scenario, Budget(stalls=1)) == [
        Move(
            Action("stall CreateMachine 7", "in flight"),
            When.FREE,
            (("budget", Budget()),),
            (Stalled(scenario.sent[0]),),
        )
    ]
    assert befalls(inspecting(), Budget(stalls=1)) == []


@pytest.mark.parametrize("budget", [Budget(faults=1), Budget(quits=1), Budget(troubles=1)])
def test_a_machine_may_stop_by_itself(budget: Budget) -> None:
    """Only one that is up; it is a fault like any other, unless it has a budget of its own."""
    outside = running().outside
    down = fate.halt(outside.fly, outside.fly.machines[0])
    assert list(stop_by_itself(outside, budget)) == [
        Move(
            Action("machine m7 stops by itself", "fly"),
            When.FREE,
            (("outside", evolve(outside, fly=down)), ("budget", Budget())),
        )
    ]
    assert list(stop_by_itself(outside, Budget())) == []
    assert list(stop_by_itself(awaiting().outside, budget)) == []


def test_there_may_be_no_room_for_what_is_asked() -> None:
    """On the host of the volume or in the region; what is refused for another reason is a fault."""
    scenario = creating_machine()
    (effect,) = scenario.sent
    no_room, _ = refusals_of(effect)
    assert befalls(scenario, Budget(full=1)) == [
        Move(
            Action("no room for CreateMachine 7", "fly"),
            When.FREE,
            (("budget", Budget()),),
            (Answered(OpId(7), no_room),),
        )
    ]
    assert befalls(inspecting(), Budget(full=1)) == []


def test_fly_may_move_a_machine_to_another_host() -> None:
    """Its volume goes with it, under another id."""
    outside = running().outside
    (machine,) = outside.fly.machines
    moved = fate.migrate(outside.fly, machine, VolumeId("v-moved"), VersionId("i-moved"))
    assert list(migrate(outside, Budget(migrations=1))) == [
        Move(
            Action("machine m7 migrates", "fly"),
            When.FREE,
            (("outside", evolve(outside, fly=moved)), ("budget", Budget())),
        )
    ]
    assert list(migrate(outside, Budget())) == []


@pytest.mark.parametrize("scenario", [running, stopped])
def test_a_volume_may_be_lost_and_the_machine_that_mounts_it_with_it(scenario: Callable[[], Scenario]) -> None:
    """A host is lost for good, whether a machine ran on it or not."""
    outside = scenario().outside
    (move,) = lose(outside, Budget(losses=1))
    assert (move.action, move.when) == (Action("volume v3 is lost", "fly"), When.FREE)
    (_, after), spent = move.writes
    assert isinstance(after, Outside)
    assert (after.fly.machines, after.fly.volumes, spent) == ((), (), ("budget", Budget()))
    assert list(lose(outside, Budget())) == []


def test_a_machine_may_start_by_itself() -> None:
    """Only one that was stopped: Fly's proxy, or another client."""
    scenario = changing()
    scenario.land_all()
    scenario.arrive()
    outside = scenario.outside
    up = with_machine(outside.fly, evolve(outside.fly.machines[0], state=MachineState.STARTING))
    assert list(start_by_itself(outside, Budget(resurrections=1))) == [
        Move(
            Action("machine m7 starts by itself", "fly"),
            When.FREE,
            (("outside", evolve(outside, fly=up)), ("budget", Budget())),
        )
    ]
    assert list(start_by_itself(outside, Budget())) == []
    assert list(start_by_itself(running().outside, Budget(resurrections=1))) == []


def test_an_alarm_may_ring_while_something_else_may_still_happen() -> None:
    """Alarms wake; they never prove anything. An intent is no alarm that could be early."""
    scenario = stopped()
    record = scenario.ask(start())
    moves = list(ring_early(record, CALM, Budget(early=1)))
    assert [move.action.label for move in moves] == ["early alarm ceiling", "early alarm retry"]
    rang = told(moves[1].action, When.FREE, record, CALM, AlarmRang(AlarmName.RETRY, OpId(0)))
    assert moves[1] == evolve(rang, writes=(*rang.writes, ("budget", Budget())))
    assert list(ring_early(record, CALM, Budget())) == []


@pytest.mark.parametrize("budget", [Budget(crashes=1), Budget(troubles=1)])
def test_a_process_may_crash_and_another_takes_over(budget: Budget) -> None:
    """The record is told once for each take-over."""
    record = creating_machine().record
    move = told(Action("crash", "instance"), When.FREE, record, CALM, Recovered())
    paid = evolve(move, writes=(*move.writes, ("budget", Budget())))
    assert list(crash(record, CALM, budget)) == [paid]
    assert list(crash(record, CALM, Budget())) == []


def test_a_process_may_lose_its_lease_and_live_on() -> None:
    """Only where there are two of them."""
    record = creating_machine().record
    move = told(Action("take over", "instance"), When.FREE, record, CALM, Recovered())
    paid = evolve(move, writes=(*move.writes, ("budget", Budget(processes=2))))
    assert list(take_over(record, CALM, Budget(crashes=1, processes=2))) == [paid]
    assert list(take_over(record, CALM, Budget(crashes=1))) == []


def test_a_crash_loses_answers_and_reads_and_orphans_changes() -> None:
    """What had been sent may still land; what had not been sent never will."""
    (create,) = creating_machine().sent
    (look,) = inspecting().sent
    slots = (Sent(create), Sent(look), Orphan(create), Stalled(create), Answered(OpId(7), Done()))
    after = [Orphan(create), None, Orphan(create), None, None]
    assert [orphaned(slot) for slot in slots] == after
    assert [outlived(slot) for slot in slots] == after


def test_a_process_that_ignored_its_lease_would_be_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """The explored system obeys the interpreter's rule, so that a mutant of it shows here."""
    monkeypatch.setattr(turn, "after_conflict", lambda **_: turn.AfterConflict.AGAIN)
    answer = Answered(OpId(7), Done())
    assert outlived(answer) == answer


def test_a_commit_that_meets_another_absorbs_its_fact_again() -> None:
    """A fact cannot be refused; requests do not commit."""
    answer = Answered(OpId(7), Rejected(refusals_of(creating_machine().sent[0])[0].why))
    writes = (("ghost", Ghost(conflicted=True)), ("budget", Budget()))
    assert list(conflict(answer, False, CALM, Budget(conflicts=1))) == [
        Move(Action("conflict on 7", "instance"), When.FREE, writes, (answer,))
    ]
    assert list(conflict(answer, False, CALM, Budget())) == []
    assert list(conflict(Sent(creating_machine().sent[0]), False, CALM, Budget(conflicts=1))) == []


def test_a_worker_that_dropped_its_fact_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ghost remembers it, for a claim to speak of."""
    monkeypatch.setattr(turn, "after_conflict", lambda **_: turn.AfterConflict.STOP)
    writes = (("ghost", Ghost(conflicted=True, dropped=True)), ("budget", Budget()))
    assert list(conflict(Answered(OpId(7), Done()), False, CALM, Budget(conflicts=1))) == [
        Move(Action("conflict on 7", "instance"), When.FREE, writes)
    ]


def test_a_delete_may_be_refused_because_a_machine_has_the_volume() -> None:
    """Fly names the machine badly or not at all."""
    effect = DeleteVolume(OpId(10), APP, VolumeId("v3"))
    moves = list(fail(Sent(effect), False, Outside(), Budget(faults=1)))
    assert [move.action.label for move in moves] == ["time out DeleteVolume 10", "refuse DeleteVolume 10: volume_bound"]
