"""Hosts that do not answer: what the world does then, and what a machine on one is waited for."""

from __future__ import annotations

from typing import Final

from attrs import evolve

from kiloclaw_core.effects import (
    CopyOf,
    CreateVolume,
    DeleteMachine,
    GetMachine,
    StartMachine,
    StopMachine,
    UpdateMachine,
)
from kiloclaw_core.explore.model import Action, Move, When
from kiloclaw_core.instance import Failing, FailureNote
from kiloclaw_core.machine import Guest, MachineState, machine_config
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Done, MachineShown, Why
from kiloclaw_core.phases import AlarmName, Awaiting, Ensuring, Inspecting, Pausing, Running
from kiloclaw_core.verbs import our_machine
from kiloclaw_core.world import fate
from kiloclaw_core.world import fly as truth
from kiloclaw_core.world.deliveries import go_on
from kiloclaw_core.world.faults import answer_again, fall_silent, start_by_itself, stop_by_itself
from kiloclaw_core.world.landing import Outside, land
from kiloclaw_core.world.moment import scene_of
from kiloclaw_core.world.setting import Budget, Ghost

from .machines import replaced
from .moves import M7, V3, restarting, until, wide
from .scenario import SANDBOX, WHO, running, start, stop

APP: Final = WHO.app
DOWN: Final = truth.host_down()


def silent(*, defers: bool = False, state: MachineState = MachineState.STARTED) -> Outside:
    """The outside of a running instance whose host does not answer any more."""
    outside = running().outside
    (machine,) = outside.fly.machines
    return evolve(outside, fly=fate.fall_silent(outside.fly, evolve(machine, state=state), defers=defers))


# -- in the world ------------------------------------------------------------------------------------------------


def test_nothing_can_be_asked_of_a_machine_whose_host_is_silent() -> None:
    """Each request is refused, and nothing has changed (fly.md 2.3)."""
    outside = silent()
    config = machine_config(running().instance.spec, V3, SANDBOX, WHO.user, WHO.org)
    version = outside.fly.machines[0].version
    for effect in (
        StartMachine(OpId(9), APP, M7),
        StopMachine(OpId(9), APP, M7),
        UpdateMachine(OpId(9), APP, M7, version, config, 1),
        DeleteMachine(OpId(9), APP, M7),
        CreateVolume(OpId(9), APP, SANDBOX, (), 10, Guest(), CopyOf(V3)),
    ):
        assert land(outside, effect) == (outside, DOWN)


def test_a_look_shows_the_last_known_state_and_that_nobody_answers() -> None:
    """Whatever became of it."""
    _, shown = land(silent(), GetMachine(OpId(9), APP, SANDBOX, M7))
    assert isinstance(shown, MachineShown)
    assert (shown.seen.state, shown.seen.reachable) == (MachineState.STARTED, False)


def test_a_delete_that_is_taken_for_later_is_done_when_the_host_is_back() -> None:
    """Until then the machine keeps its name and its volume, and claims count it as gone."""
    outside, answer = land(silent(defers=True), DeleteMachine(OpId(9), APP, M7))
    (machine,) = outside.fly.machines
    assert (answer, machine.state, outside.fly.holder(V3)) == (Done(), MachineState.DESTROYING, M7)
    scene = scene_of(running().record, outside, Ghost(), ())
    assert (scene.machines, scene.silent) == ((), True)
    assert fate.answer_again(outside.fly, machine).machines == ()


def test_a_host_that_is_back_has_what_it_had() -> None:
    """Nothing was asked of it in the meantime."""
    fly = silent().fly
    assert fate.answer_again(fly, fly.machines[0]) == running().outside.fly


def test_a_host_may_fall_silent_in_two_ways_and_come_back() -> None:
    """At a price; that it comes back costs nothing, and nothing may wait for it."""
    outside = running().outside
    words = ("falls silent", "falls silent and defers")
    assert list(fall_silent(outside, Budget())) == []
    assert list(fall_silent(outside, Budget(outages=1))) == [
        Move(
            Action(f"host of m7 {word}", "fly"),
            When.FREE,
            (("outside", silent(defers=defers)), ("budget", Budget())),
        )
        for word, defers in zip(words, (False, True), strict=True)
    ]
    assert list(answer_again(outside)) == []
    back = Move(Action("host of m7 answers again", "fly"), When.FREE, (("outside", outside),))
    assert list(answer_again(silent())) == [back]


def test_a_machine_on_a_silent_host_goes_nowhere() -> None:
    """Neither on its way, nor by itself: whatever it does is not seen before its host is back."""
    assert list(go_on(silent(state=MachineState.STARTING))) == []
    assert list(stop_by_itself(silent(), Budget(quits=1))) == []
    assert list(start_by_itself(silent(state=MachineState.STOPPED), Budget(resurrections=1))) == []


# -- in the core -------------------------------------------------------------------------------------------------


def test_a_restart_whose_machine_is_out_of_hearing_tries_again_and_then_says_why() -> None:
    """Its state is the last that was known: neither waited for nor believed."""
    scenario = restarting(Inspecting)
    replaced(scenario, evolve(scenario.outside.fly.machines[0], reachable=False))
    scenario.land()
    assert isinstance(scenario.instance.phase, Pausing)
    for _ in range(3):
        scenario.ring(AlarmName.PAUSE)
        scenario.land_all()
    assert FailureNote(Failing.RESTART, Why.HOST_DOWN, "the host of the machine does not answer") in (
        scenario.instance.notes
    )


def test_a_stop_and_a_start_renew_a_machine_that_never_went_down() -> None:
    """The stop was overtaken, so the config of the restart before it is still owed."""
    scenario = restarting(Ensuring)
    scenario.ask(stop())
    scenario.ask(start("again"))
    until(scenario, Inspecting)
    scenario.land()
    (sent,) = scenario.sent
    assert isinstance(sent, UpdateMachine)
    assert sent.config.revision == scenario.instance.spec.revision == 2


def test_a_wait_that_began_before_a_stop_and_a_start_is_no_end_of_the_start() -> None:
    """The machine it was for has come up with an older config, whoever brought it up."""
    scenario = restarting(Awaiting)
    older = evolve(our_machine(scenario.instance), revision=1)
    scenario.record = evolve(scenario.instance, ledger=scenario.instance.ledger.with_machine(older))
    scenario.ask(stop())
    scenario.ask(start("again"))
    scenario.arrive()
    scenario.land()
    assert isinstance(scenario.instance.phase, Inspecting)


def test_a_machine_that_is_up_with_an_older_config_resolves_no_start_that_failed() -> None:
    """What was to be brought up is another one; that its host answers is resolved all the same."""
    scenario = wide()
    failed = (FailureNote(Failing.START, Why.WAIT_TIMEOUT), FailureNote(Failing.HOST, Why.HOST_DOWN))
    scenario.record = evolve(scenario.instance, notes=failed, spec=evolve(scenario.instance.spec, revision=2))
    scenario.ring(AlarmName.STOCKTAKE)
    scenario.land()
    assert (scenario.instance.phase, scenario.instance.notes) == (Running(), failed[:1])
