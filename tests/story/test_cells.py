"""The tables of reconcile 2.3.1 and 2.4, cell by cell: what follows from what Fly shows of our machine."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.commands import Desired
from kiloclaw_core.effects import AwaitState, GetMachine, StopMachine
from kiloclaw_core.instance import Failing
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import OpId
from kiloclaw_core.outcomes import Rejected, StateElsewhere, Unknown, Why
from kiloclaw_core.phases import AlarmName, Awaiting, Inspecting, Pausing, Running, Stopped
from kiloclaw_core.status import status_of

from .machines import becomes
from .moves import HOME, down, provisioned, until, wide
from .scenario import Scenario, start

GONE: Final = "gone"
"""A 404, which two looks confirm."""


def shown(scenario: Scenario, state: MachineState | str) -> Scenario:
    """The scenario whose machine is in this state from now on, or is not there any more."""
    if isinstance(state, MachineState):
        return becomes(scenario, state)
    scenario.outside = evolve(scenario.outside, fly=evolve(scenario.outside.fly, machines=()))
    return scenario


def looked_at(scenario: Scenario, state: MachineState | str) -> Scenario:
    """The scenario after it took stock, and looked as often as it takes."""
    shown(scenario, state).ring(AlarmName.STOCKTAKE)
    while isinstance(scenario.instance.phase, Inspecting):
        scenario.land(GetMachine)
    return scenario


def told_of(scenario: Scenario) -> tuple[str | None, tuple[tuple[Failing, Why], ...]]:
    """What people see of it: its status, and which notes there are."""
    return status_of(scenario.instance), tuple((note.failing, note.why) for note in scenario.instance.notes)


DOWN: Final = ((Failing.UNEXPECTED_STOP, Why.BOOT_FAILED),)
LOST: Final = ((Failing.UNEXPECTED_STOP, Why.NOT_FOUND),)
LATE: Final = ((Failing.START, Why.WAIT_TIMEOUT),)


# -- 2.3.1, wanted up --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "status", "notes"),
    [
        (MachineState.STARTED, "running", ()),
        (MachineState.STOPPING, "running", ()),
        (MachineState.STOPPED, "recovering", ()),
        (MachineState.FAILED, "stopped", DOWN),
        (MachineState.SUSPENDED, "stopped", DOWN),
        (MachineState.CREATED, "stopped", DOWN),
        (MachineState.STARTING, "stopped", DOWN),
        (MachineState.REPLACING, "stopped", DOWN),
        (MachineState.UPDATING, "stopped", DOWN),
        (MachineState.OTHER, "stopped", DOWN),
        (MachineState.DESTROYING, "stopped", LOST),
        (MachineState.DESTROYED, "stopped", LOST),
        (GONE, "stopped", LOST),
    ],
)
def test_what_a_look_at_a_running_instance_shows(
    state: MachineState | str, status: str, notes: tuple[tuple[Failing, Why], ...]
) -> None:
    """Believed on two looks; what is wanted stays, so that the slow alarm mends what may be mended."""
    assert told_of(looked_at(wide(), state)) == (status, notes)


@pytest.mark.parametrize("state", [MachineState.DESTROYING, MachineState.DESTROYED, GONE])
def test_a_machine_that_is_gone_is_forgotten_and_not_a_recovery(state: MachineState | str) -> None:
    """Its volume is untouched, and the next start makes another on it (2.3.3, vectors 8 and 9)."""
    scenario = looked_at(wide(), state)
    assert (scenario.instance.ledger.machine, scenario.instance.ledger.volume) == (None, HOME)
    assert (scenario.instance.recoveries, scenario.instance.desired) == ((), Desired.RUNNING)


# -- 2.3.1, wanted down ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [MachineState.STOPPED, MachineState.FAILED, MachineState.SUSPENDED])
def test_a_machine_that_is_down_as_wanted_is_no_news(state: MachineState) -> None:
    """Neither is a failed one (vector 7)."""
    scenario = down()
    before = scenario.instance
    after = looked_at(scenario, state).instance
    assert evolve(after, ops=before.ops) == before


@pytest.mark.parametrize(
    "state",
    [
        MachineState.STARTED,
        MachineState.STARTING,
        MachineState.CREATED,
        MachineState.STOPPING,
        MachineState.REPLACING,
        MachineState.UPDATING,
        MachineState.OTHER,
    ],
)
def test_a_machine_that_is_not_down_as_wanted_is_stopped_again(state: MachineState) -> None:
    """Upstream made it `running`, and the user paid for it (decisions 1.8)."""
    scenario = looked_at(down(), state)
    assert [type(one) for one in scenario.sent] == [StopMachine]
    assert told_of(scenario) == ("running", ())


@pytest.mark.parametrize("state", [MachineState.DESTROYED, GONE])
def test_a_stopped_instance_whose_machine_is_gone_rests_without_one(state: MachineState | str) -> None:
    """Nobody wants one now."""
    scenario = looked_at(down(), state)
    assert (told_of(scenario), scenario.instance.ledger.machine) == (("stopped", ()), None)


# -- 2.4, in time ------------------------------------------------------------------------------------------------


def booting() -> Scenario:
    """A first start whose machine was made and boots."""
    scenario = provisioned()
    scenario.ask(start())
    scenario.wake()
    return until(scenario, Awaiting)


@pytest.mark.parametrize(
    "state",
    [
        MachineState.CREATED,
        MachineState.STARTING,
        MachineState.STOPPING,
        MachineState.REPLACING,
        MachineState.UPDATING,
        MachineState.OTHER,
    ],
)
def test_a_start_whose_machine_is_on_its_way_waits_on(state: MachineState) -> None:
    """Another poll: only the ceiling ends that."""
    scenario = booting()
    scenario.answer(StateElsewhere(state))
    assert (isinstance(scenario.instance.phase, Awaiting), told_of(scenario)) == (True, ("starting", ()))


@pytest.mark.parametrize("state", [MachineState.STOPPED, MachineState.FAILED, MachineState.SUSPENDED])
def test_a_start_whose_machine_came_down_boots_it_again(state: MachineState) -> None:
    """While it has tries; upstream gave up at once on `failed` alone."""
    scenario = shown(booting(), state)
    scenario.answer(StateElsewhere(state))
    assert (scenario.instance.phase, told_of(scenario)) == (Pausing(OpId(9)), ("starting", ()))
    scenario.ring(AlarmName.PAUSE)
    assert scenario.land_all().phase == Running()


@pytest.mark.parametrize("state", [MachineState.STOPPED, MachineState.FAILED])
def test_a_start_whose_machine_never_stays_up_says_so(state: MachineState) -> None:
    """Once its tries are spent (vector 6)."""
    scenario = booting()
    for _ in range(3):
        scenario.answer(StateElsewhere(state), AwaitState)
        shown(scenario, state).ring(AlarmName.PAUSE)
        scenario.land()
        scenario.land()
    scenario.answer(StateElsewhere(state), AwaitState)
    assert told_of(scenario) == ("provisioned", ((Failing.START, Why.BOOT_FAILED),))


def test_a_start_whose_machine_is_gone_says_so() -> None:
    """One create in an attempt: the slow alarm makes the next (vector 16)."""
    scenario = shown(booting(), GONE)
    scenario.land_all()
    assert told_of(scenario) == ("provisioned", ((Failing.START, Why.NOT_FOUND),))
    scenario.ring(AlarmName.RETRY)
    assert scenario.land_all().phase == Running()


def test_a_start_that_hears_nothing_looks_again() -> None:
    """An error of the poll says nothing of the machine (vector 15, fresh)."""
    scenario = booting()
    scenario.answer(Unknown())
    assert told_of(scenario) == ("starting", ())
    assert isinstance(scenario.instance.phase, Pausing)


# -- 2.4, timed out ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "status", "notes"),
    [
        (MachineState.STARTED, "running", ()),
        (MachineState.CREATED, "provisioned", (*LATE, *DOWN)),
        (MachineState.STARTING, "provisioned", (*LATE, *DOWN)),
        (MachineState.REPLACING, "provisioned", (*LATE, *DOWN)),
        (MachineState.STOPPED, "provisioned", (*LATE, *DOWN)),
        (MachineState.FAILED, "provisioned", (*LATE, *DOWN)),
        (GONE, "provisioned", (*LATE, *LOST)),
    ],
)
def test_a_start_past_its_ceiling_looks_before_it_says_that_it_failed(
    state: MachineState | str, status: str, notes: tuple[tuple[Failing, Why], ...]
) -> None:
    """A late boot wins; the id of a machine that is there is kept (vectors 13 and 14)."""
    scenario = booting()
    scenario.ring(AlarmName.CEILING)
    shown(scenario, state)
    while isinstance(scenario.instance.phase, Inspecting):
        scenario.land(GetMachine)
    assert told_of(scenario) == (status, notes)


@pytest.mark.parametrize("answer", [Unknown(), Rejected(Why.RATE_LIMITED, None, 429)])
def test_a_start_past_its_ceiling_that_hears_nothing_is_not_believed_up(answer: Unknown | Rejected) -> None:
    """Nobody ever saw its machine up (vector 15, too late); the slow alarm starts it again."""
    scenario = booting()
    scenario.ring(AlarmName.CEILING)
    scenario.answer(answer, GetMachine)
    assert (scenario.instance.phase, told_of(scenario)) == (Stopped(), ("provisioned", LATE))
    scenario.ring(AlarmName.RETRY)
    assert scenario.land_all().phase == Running()


def test_a_start_past_its_ceiling_without_a_machine_has_nothing_to_look_at() -> None:
    """It failed, and Fly is not asked (vector 12)."""
    scenario = provisioned()
    scenario.ask(start())
    scenario.wake()
    transition = scenario.ring(AlarmName.CEILING)
    assert (transition.effects, told_of(scenario)) == ((), ("provisioned", LATE))
