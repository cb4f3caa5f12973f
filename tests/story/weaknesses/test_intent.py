"""Weaknesses of lifecycle 7 C and reconcile 8.3 B: what somebody asked for, and upstream then undoes or forgets."""

from __future__ import annotations

import pytest
from attrs import evolve
from returns.result import Failure

from kiloclaw_core.commands import Identity, Reassociate, Refusal, Restore
from kiloclaw_core.effects import (
    AwaitState,
    CreateMachine,
    CreateVolume,
    DeleteMachine,
    GetMachine,
    StopMachine,
    UpdateMachine,
)
from kiloclaw_core.facts import Replied
from kiloclaw_core.instance import Absent, Transition
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import AppName, CommandId, MachineId, OrgId, SnapshotId, UserId, VersionId
from kiloclaw_core.outcomes import MachineShown
from kiloclaw_core.phases import AlarmName, Inspecting
from kiloclaw_core.verbs import our_machine, our_volume
from kiloclaw_core.views import view
from kiloclaw_core.world import sights
from kiloclaw_core.world.landing import land
from tests.story.machines import replaced
from tests.story.scenario import AT, SANDBOX, WHO, Scenario, provision, start, stop
from tests.story.vectors.situations import (
    BROKEN,
    armed,
    asked_until_rest,
    before,
    begun,
    down,
    lines,
    noted,
    provisioned,
    quits,
    recovering,
    renewing,
    restart,
    restarted,
    roles,
    runs_on_the_data,
    settled,
    snapshot,
    status,
    there,
    told_until_rest,
    until,
    up,
    vanishes,
)
from tests.story.vectors.unknowns import OTHER, with_volume

RESTORE = Restore(CommandId("restore"), SnapshotId("s-1"), "ann", "the user asked", at=AT)


def test_lw04c_a_look_that_is_answered_late_does_not_undo_a_stop() -> None:
    """It shows the machine as it was before it was stopped; nothing recovers or starts because of it."""
    scenario = up()
    scenario.ring(AlarmName.STOCKTAKE)
    (look,) = scenario.sent
    shown = land(scenario.outside, look)[1]
    scenario.sent = scenario.sent[1:]
    scenario.ask(stop())
    scenario.wake()
    stopped = settled(scenario).instance

    assert scenario.tell(Replied(look.op, shown, AT)) == Transition(stopped)

    assert (status(scenario), scenario.instance.recoveries) == ("stopped", ())


@pytest.mark.parametrize("polls", [0, 3])
def test_lw13_a_stop_is_answered_the_same_whoever_looks_on(polls: int) -> None:
    """A page that polls masks nothing: the next alarm sees what it would have seen."""
    scenario = quits(up())
    for _ in range(polls):
        assert view(scenario.record).status == "running"
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land()
    for _ in range(polls):
        assert view(scenario.record).status == "running"
    scenario.land()

    assert (status(scenario), AlarmName.STOCKTAKE in armed(scenario)) == ("recovering", False)


def test_lw14_a_restart_whose_machine_is_gone_ends() -> None:
    """It goes on as a start, and ends as one: running on another machine and the same volume."""
    scenario = vanishes(restarted(up()))
    old, volume = before(scenario.instance)

    settled(scenario)

    assert runs_on_the_data(scenario)
    assert (before(scenario.instance)[0] != old, before(scenario.instance)[1]) == (True, volume)


def test_lw20_a_volume_is_not_exchanged_under_a_start() -> None:
    """And no start begins while it is: each is refused with the reason while the other is under way."""
    scenario = snapshot(up())
    kept = our_volume(scenario.instance).volume
    settled(recovering(scenario))
    scenario.ask(stop("rest"))
    scenario.wake()
    settled(scenario)
    over = Reassociate(CommandId("over"), kept, "ann", "the user asked", at=AT)

    starting = once_more(scenario)
    assert decide(begun(starting, "again").record, over) == Failure(Refusal.BUSY)
    scenario.ask(over)
    scenario.wake()
    assert decide(scenario.record, start("over it")) == Failure(Refusal.RESTORING)

    settled(scenario)
    assert (status(scenario), our_volume(scenario.instance).volume) == ("stopped", kept)


def once_more(scenario: Scenario) -> Scenario:
    """The same scenario once more, to try something else in it."""
    return Scenario(scenario.record, scenario.outside, scenario.sent)


@pytest.mark.parametrize("stage", [CreateMachine, AwaitState], ids=["creating", "booting"])
def test_lw22_a_stop_during_a_start_is_heard(stage: type[CreateMachine | AwaitState]) -> None:
    """What is in flight is waited out; then the machine is stopped."""
    scenario = until(begun(provisioned()), stage)
    scenario.ask(stop())
    scenario.wake()

    settled(scenario)

    machine = scenario.outside.fly.machine(MachineId(our_machine(scenario.instance).machine))
    assert machine is not None
    assert (status(scenario), machine.state, scenario.instance.desired.value) == (
        "provisioned",
        MachineState.STOPPED,
        "stopped",
    )


def test_lw22_a_start_that_took_too_long_does_not_come_back_over_a_stop() -> None:
    """It was given up and then stopped: its late answer finds nobody who waits for it."""
    scenario = until(begun(provisioned()), AwaitState)
    (wait,) = scenario.sent
    scenario.sent = scenario.sent[1:]
    scenario.ring(AlarmName.CEILING)
    scenario.ask(stop())
    scenario.wake()
    stopped = settled(scenario).instance

    late = Replied(wait.op, MachineShown(sights.machine_seen(scenario.outside.fly.machines[0], SANDBOX)), AT)
    assert scenario.tell(late) == Transition(stopped)

    assert (status(scenario), scenario.outside.fly.machines[0].state) == ("provisioned", MachineState.STOPPED)


def test_lw25_a_repair_does_not_undo_a_stop_that_comes_meanwhile() -> None:
    """Its update is waited out; the machine is stopped, and has the mount that is right."""
    scenario = mismounted()
    scenario.ask(stop())
    scenario.wake()

    settled(scenario)

    (machine,) = scenario.outside.fly.machines
    assert (status(scenario), machine.state) == ("stopped", MachineState.STOPPED)
    assert (machine.volume, scenario.instance.recoveries) == (before(scenario.instance)[1], ())


def mismounted() -> Scenario:
    """A running instance whose machine mounts another volume, and whose repair asks for an update."""
    scenario = with_volume(up(), OTHER)
    replaced(scenario, evolve(scenario.outside.fly.machines[0], volume=OTHER.volume))
    scenario.ring(AlarmName.STOCKTAKE)
    return until(scenario, UpdateMachine)


def test_lw26_who_never_provisioned_cannot_start() -> None:
    """There is no status, and nothing that could be left starting."""
    assert decide(Absent(SANDBOX), start()) == Failure(Refusal.NOT_PROVISIONED)


OTHERS = (
    evolve(WHO, user=UserId("eve")),
    evolve(WHO, org=OrgId("org-2")),
    evolve(WHO, app=AppName("app-2")),
)


@pytest.mark.parametrize("other", OTHERS, ids=["user", "organisation", "app"])
def test_lw27_who_an_instance_is_never_changes(other: Identity) -> None:
    """A config for somebody else is refused whole."""
    command = evolve(provision(identity=other), id=CommandId("configure"))

    assert decide(up().record, command) == Failure(Refusal.ANOTHER_IDENTITY)


def test_lw29_a_start_during_a_restart_joins_it() -> None:
    """It is granted, sends nothing, and the restart ends as a restart, on the new config."""
    scenario = renewing(up())
    story = scenario.instance.story
    scenario.ask(start("again"))
    assert (scenario.instance.asked, scenario.instance.story) == (None, story)

    told = told_until_rest(scenario)

    assert (told, status(scenario), our_machine(scenario.instance).revision) == (["restart_self_healed"], "running", 2)


def test_lw34_two_restarts_are_one() -> None:
    """The second is refused while the first is under way; one update is made."""
    scenario = until(restarted(up()), UpdateMachine)

    assert decide(scenario.record, restart("again")) == Failure(Refusal.BUSY)

    assert asked_until_rest(scenario).count(UpdateMachine) == 1


def test_lw35_an_older_config_is_never_put_over_a_newer_one() -> None:
    """Every update names the version it is meant for: somebody else changed it, so it is looked at again."""
    scenario = until(restarted(up(), image="image-2"), UpdateMachine)
    known = scenario.outside.fly.machines[0].version
    replaced(scenario, evolve(scenario.outside.fly.machines[0], version=VersionId("i-other"), revision=99))
    (update,) = scenario.sent
    assert isinstance(update, UpdateMachine)

    scenario.land()
    scenario.ring(AlarmName.PAUSE)
    assert isinstance(scenario.instance.phase, Inspecting)
    until(scenario, UpdateMachine)

    (again,) = scenario.sent
    assert isinstance(again, UpdateMachine)
    assert (update.version, again.version, again.config.image) == (known, VersionId("i-other"), "image-2")


def test_lw36_a_restore_waits_for_nobody_else_to_finish() -> None:
    """It is refused while a start is under way, and a start while it is: neither is left half done."""
    scenario = until(begun(snapshot(down()), "again"), GetMachine)
    assert decide(scenario.record, RESTORE) == Failure(Refusal.BUSY)

    settled(scenario)
    scenario.ask(RESTORE)
    scenario.wake()
    settled(scenario)

    assert runs_on_the_data(scenario)
    assert sorted(roles(scenario).values()) == ["active", "active", "retained"]


def test_lw36_a_restore_that_takes_too_long_strands_no_volume() -> None:
    """It ends while its volume is being made, which is then held and goes; what was wanted before is wanted again."""
    scenario = snapshot(up())
    scenario.ask(RESTORE)
    scenario.wake()
    until(scenario, CreateVolume)

    scenario.ring(AlarmName.CEILING)
    settled(scenario)

    assert (status(scenario), ("restore", "wait_timeout") in noted(scenario)) == ("running", True)
    assert there(scenario) == set(roles(scenario))


def test_lw37_a_start_that_joined_one_that_fails_hears_of_it() -> None:
    """There is one story and one end: a note, an event, and no status that lasts until a time-out."""
    scenario = until(begun(provisioned()), CreateMachine)
    scenario.ask(start("joined"))

    assert lines(scenario.answer(BROKEN)) == ["instance.provisioning_failed"]

    assert (status(scenario), noted(scenario)) == ("provisioned", (("start", "invalid"),))


def test_rw32_a_restore_lets_the_machine_end_its_work() -> None:
    """It is stopped and waited for before it is deleted."""
    scenario = snapshot(up())
    scenario.ask(RESTORE)
    scenario.wake()

    assert asked_until_rest(scenario)[:3] == [StopMachine, AwaitState, DeleteMachine]
    assert scenario.instance.recoveries == ()
