"""Weaknesses of reconcile 8.3 D and E and lifecycle 7 D: what upstream never ends, never tries again, or never says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import evolve

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.commands import Recover
from kiloclaw_core.effects import (
    AwaitState,
    CreateMachine,
    GetMachine,
    UpdateMachine,
)
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import CommandId
from kiloclaw_core.outcomes import Outcome, Rejected, StateElsewhere, Unknown, Why
from kiloclaw_core.phases import Alarm, AlarmName
from kiloclaw_core.verbs import our_machine, our_volume
from kiloclaw_core.views import view
from kiloclaw_core.world.configurations import OLD_MACHINE
from tests.story.machines import becomes
from tests.story.scenario import AT, Scenario, start, stop
from tests.story.vectors.situations import (
    BROKEN,
    armed,
    asked_until_rest,
    begun,
    booting,
    down,
    lines,
    made_whole,
    noted,
    provisioned,
    quits,
    recovering,
    renewing,
    restarted,
    runs_on_the_data,
    settled,
    status,
    there,
    told_until_rest,
    until,
    up,
)
from tests.story.vectors.unknowns import with_machine
from tests.story.weaknesses.keeping import gone_over, kept

REFUSED = Rejected(Why.UNAUTHORIZED, None, 401, "token validation error")


def ceiling(scenario: Scenario) -> Alarm:
    """The alarm at which what is under way ends, whatever it waits for."""
    return next(one for one in alarms_of(scenario.record) if one.name is AlarmName.CEILING)


@pytest.mark.parametrize("state", [MachineState.SUSPENDED, MachineState.CREATED, MachineState.OTHER])
def test_lw21_running_does_not_last_without_a_machine_that_is_up(state: MachineState) -> None:
    """Seen so twice it is told, and started when its alarm rings; it is no unexpected stop."""
    scenario = becomes(up(), state)
    scenario.ring(AlarmName.STOCKTAKE)
    settled(scenario)

    assert (status(scenario), noted(scenario)) == ("stopped", (("unexpected_stop", "boot_failed"),))
    assert (armed(scenario), scenario.instance.recoveries) == ({AlarmName.RETRY: 600.0}, ())
    becomes(scenario, MachineState.STOPPED).ring(AlarmName.RETRY)
    assert runs_on_the_data(settled(scenario))


def test_lw30_a_machine_that_is_found_in_the_middle_of_a_start_hides_no_failure() -> None:
    """It is down and is taken; the status does not say so while the start goes on, and its failure is told."""
    scenario = provisioned()
    mounted = evolve(OLD_MACHINE, volume=our_volume(scenario.instance).volume)
    with_machine(scenario, mounted)
    until(begun(scenario), UpdateMachine)
    assert (status(scenario), view(scenario.record).machine_id) == ("starting", mounted.machine)

    assert lines(scenario.answer(BROKEN))[0] == "instance.provisioning_failed"

    settled(scenario)
    assert (status(scenario), ("start", "invalid") in noted(scenario)) == ("provisioned", True)


def test_rw19_a_volume_that_was_gone_over_to_leaves_no_flag_behind() -> None:
    """The next start uses it, and the one after that is like any other: a lost machine is looked for as ever."""
    scenario, volume = kept()
    gone_over(scenario, volume)
    settled(begun(scenario, "first"))
    assert (runs_on_the_data(scenario), our_volume(scenario.instance).volume) == (True, volume)

    scenario.ask(stop("between"))
    scenario.wake()
    settled(scenario)
    scenario.ask(start("second"))
    scenario.wake()
    asked = asked_until_rest(scenario)

    assert (GetMachine in asked, CreateMachine in asked, runs_on_the_data(scenario)) == (True, False, True)


def test_rw26_errors_of_fly_do_not_put_off_the_end_of_a_restart() -> None:
    """However often it is asked in vain, the alarm that ends it is the same one, and so keeps its time."""
    scenario = renewing(up())
    ends = ceiling(scenario)
    for _ in range(3):
        scenario.answer(Unknown("503"))
        scenario.ring(AlarmName.PAUSE)
        assert ceiling(scenario) == ends

    scenario.arrive()
    scenario.ring(AlarmName.CEILING)
    settled(scenario)

    assert (status(scenario), noted(scenario)) == ("running", (("restart", "wait_timeout"),))


def test_rw27_a_failed_first_start_does_not_wait_for_a_human() -> None:
    """It is tried again every ten minutes while it is wanted; when it is not, it is as stale as one never started."""
    scenario = until(begun(provisioned()), CreateMachine)
    scenario.answer(BROKEN)
    assert (status(scenario), armed(scenario)) == ("provisioned", {AlarmName.RETRY: 600.0})

    scenario.ask(stop())
    scenario.wake()
    settled(scenario)

    assert armed(scenario)[AlarmName.STALE_PROVISION] == 28_800.0
    scenario.ring(AlarmName.STALE_PROVISION)
    settled(scenario)
    assert (status(scenario), there(scenario)) == (None, set())


@pytest.mark.parametrize("outcome", [Unknown("500"), REFUSED], ids=["no answer", "refused"])
def test_rw30_a_look_at_rest_that_shows_nothing_is_logged(outcome: Outcome) -> None:
    """Nothing is concluded from it, and whoever reads the log knows that nothing was seen."""
    scenario = up()
    scenario.ring(AlarmName.STOCKTAKE)
    seen = scenario.instance

    (line,) = scenario.answer(outcome).notes

    assert (line.name, line.fields[0][0]) == ("machine_check_failed", "label")
    assert (status(scenario), scenario.instance.ledger) == ("running", seen.ledger)


def test_rw30_a_look_that_is_refused_ends_a_start_in_the_words_of_the_refusal() -> None:
    """It cannot pass, and is not taken for silence."""
    scenario = until(begun(down(), "again"), GetMachine)

    scenario.answer(REFUSED)

    (error,) = view(scenario.record).errors
    assert (status(scenario), error.why, error.message) == ("stopped", "unauthorized", REFUSED.text)


def test_rw35_an_instance_that_stops_again_and_again_is_recovered_three_times_a_day() -> None:
    """Then that is said, nothing is tried by itself, and a day or an operator lets it."""
    scenario = up()
    for _ in range(3):
        made_whole(settled(recovering(scenario))).ring(AlarmName.MOVE_MEMORY)
    quits(scenario)
    scenario.ring(AlarmName.STOCKTAKE)
    settled(scenario)

    assert (status(scenario), noted(scenario)) == ("stopped", (("recovery", "looping"),))
    assert set(armed(scenario)) == {AlarmName.RECOVERY_MEMORY}
    scenario.ask(Recover(CommandId("recover"), "ann", "it was the image", at=AT))
    scenario.wake()
    assert runs_on_the_data(settled(scenario))


@pytest.mark.parametrize(
    "under_way",
    [
        lambda: begun(provisioned()),
        lambda: restarted(up()),
        lambda: recovering(up()),
        lambda: booting(up()),
        lambda: until(begun(provisioned()), AwaitState),
    ],
    ids=["starting", "restarting", "recovering", "recovering, later", "starting, later"],
)
def test_rw39_what_is_under_way_has_an_end_from_its_first_moment(under_way: Callable[[], Scenario]) -> None:
    """The time is part of the story: no path can begin one without it."""
    assert ceiling(under_way()).patience_s >= 300.0


def test_rw41_a_machine_that_comes_up_unseen_is_told() -> None:
    """Its start had been given up: when it is seen up there is a line, and the moment it was started."""
    scenario = until(begun(provisioned()), AwaitState)
    scenario.arrive()
    scenario.ring(AlarmName.CEILING)

    told = told_until_rest(scenario)

    assert (told, status(scenario)) == (["sync_status"], "running")
    assert (scenario.instance.last_started_at, noted(scenario)) == (AT, ())


def test_rw45_a_machine_that_is_up_on_the_old_config_is_no_success() -> None:
    """The wait names the version that was made; that one of another version is up ends nothing."""
    scenario = renewing(up())
    (wait,) = scenario.sent
    assert isinstance(wait, AwaitState)
    assert wait.version == our_machine(scenario.instance).version

    scenario.answer(StateElsewhere(MachineState.STARTED))

    assert status(scenario) == "restarting"
    settled(scenario)
    assert (runs_on_the_data(scenario), our_machine(scenario.instance).revision) == (True, 2)
