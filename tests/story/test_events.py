"""What is told of the stories, by upstream's names: each event once, with its label, and how long it took."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.commands import Command, Desired, Disown
from kiloclaw_core.facts import AlarmRang, Replied
from kiloclaw_core.instance import Note
from kiloclaw_core.names import CommandId
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.phases import (
    AlarmName,
    Awaiting,
    Changing,
    CheckingVolume,
    Clearing,
    CreatingMachine,
    CreatingVolume,
    Inspecting,
    Pausing,
    Phase,
    Probing,
)
from kiloclaw_core.stories import Relocating

from .machines import replaced
from .moves import (
    DENIED,
    FULL,
    NOT_FOUND,
    RECOVERY,
    RESTART,
    RESTORE,
    land_at,
    ousted,
    photographed,
    provisioned,
    recover,
    recovering,
    restart,
    restarting,
    restore,
    restoring,
    suspected,
    unreachable,
    until,
    wide,
)
from .scenario import AT, Scenario, asked, destroy, provision, start, stop

LATER: Final = 61_000
"""A minute after the moment of every command of a scenario."""
TOOK: Final = ("durationMs", "60000")
EARLIER: Final = AT - 400
"""A moment before anybody looked."""
TOOK_ALL: Final = ("durationMs", "60400")


def told(scenario: Scenario) -> tuple[Note, ...]:
    """All that is told until everything has landed and every pause was waited out."""
    notes: list[Note] = []
    while scenario.sent or isinstance(scenario.instance.phase, Pausing):
        transition = scenario.land() if scenario.sent else scenario.ring(AlarmName.PAUSE)
        notes.extend(transition.notes)
    return tuple(notes)


def names_of(notes: tuple[Note, ...]) -> tuple[str, ...]:
    """What each of them is called."""
    return tuple(note.name for note in notes)


def begun(command: Command, scenario: Scenario) -> Scenario:
    """The scenario once this was asked and looked at."""
    scenario.ask(command)
    scenario.wake()
    return scenario


# -- how long it took --------------------------------------------------------------------------------------------


def test_a_start_took_as_long_as_its_caller_has_waited() -> None:
    """From the command to the answer of the health route."""
    scenario = until(begun(start(), provisioned()), Probing)
    event = Note("instance.started", (("label", "manual_user_request"), TOOK))
    assert land_at(scenario, LATER).notes == (event,)
    assert scenario.instance.last_started_at == LATER


def test_a_start_that_was_not_looked_at_at_once_counts_from_its_command() -> None:
    """It was granted, and whoever should have woken was gone."""
    scenario = until(begun(evolve(start(), at=EARLIER), provisioned()), Probing)
    event = Note("instance.started", (("label", "manual_user_request"), TOOK_ALL))
    assert land_at(scenario, LATER).notes == (event,)


def test_a_first_start_that_was_not_looked_at_at_once_counts_from_its_provision() -> None:
    """Whoever provisions to run waits for the whole of it."""
    scenario = until(begun(evolve(provision(Desired.RUNNING), at=EARLIER), Scenario()), Probing)
    event = Note("instance.started", (("label", "initial_provision"), TOOK_ALL))
    assert land_at(scenario, LATER).notes == (event,)


def test_a_start_by_an_alarm_took_as_long_as_since_it_rang() -> None:
    """Nobody asked: it begins with the fact that began it."""
    scenario = ousted()
    scenario.answer(DENIED)
    scenario.ring(AlarmName.RETRY)
    until(scenario, Probing)
    event = Note("instance.started", (("label", "crash_recovery"), TOOK))
    assert land_at(scenario, LATER).notes == (event,)


def test_a_start_that_became_a_move_counts_from_its_command() -> None:
    """Its caller has waited all the time."""
    scenario = ousted(phase=Probing)
    event = Note("instance.started", (("label", "manual_user_request"), TOOK))
    assert land_at(scenario, LATER).notes == (event,)


def test_a_start_that_was_taken_over_counts_from_its_command() -> None:
    """Whoever performs it now."""
    scenario = until(begun(start(), provisioned()), Awaiting)
    scenario.take_over()
    until(scenario, Probing)
    assert land_at(scenario, LATER).notes[0].fields[-1] == TOOK


def test_a_recovery_took_as_long_as_since_the_stop_was_believed() -> None:
    """The second look begins it (3.4: about two minutes)."""
    scenario = recovering(Probing)
    event = Note("instance.unexpected_stop_recovery_succeeded", (("label", "alarm_relocated"), TOOK))
    assert land_at(scenario, LATER).notes == (event,)


def test_a_start_that_an_operator_had_counts_from_their_word() -> None:
    """It rested unfulfilled."""
    scenario = ousted()
    scenario.answer(DENIED)
    until(begun(evolve(recover(), at=EARLIER), scenario), Probing)
    event = Note("instance.started", (("label", "admin_request"), TOOK_ALL))
    assert land_at(scenario, LATER).notes == (event,)


def test_a_recovery_that_an_operator_had_counts_from_their_word() -> None:
    """The host did not answer, and nobody else may say that it will not."""
    scenario = unreachable(photographed(wide()))
    begun(evolve(recover(), at=EARLIER), scenario)
    story = scenario.instance.story
    assert isinstance(story, Relocating)
    assert story.reason == "admin_request"
    replaced(scenario, evolve(scenario.outside.fly.machines[0], reachable=True))
    until(scenario, Probing)
    event = Note("instance.unexpected_stop_recovery_succeeded", (("label", "alarm_relocated"), TOOK_ALL))
    assert land_at(scenario, LATER).notes == (event,)


def test_a_recovery_that_failed_took_long_too() -> None:
    """Until it was given up."""
    scenario = recovering(CheckingVolume)
    of = next(alarm.of for alarm in alarms_of(scenario.record) if alarm.name is AlarmName.CEILING)
    fields = (("label", "alarm_timeout"), ("error", "the move took too long"), TOOK)
    assert scenario.tell(AlarmRang(AlarmName.CEILING, of, LATER)).notes == (
        Note("instance.unexpected_stop_recovery_failed", fields),
    )
    assert scenario.instance.notes[0].at == LATER


def test_a_restart_took_as_long_as_since_it_was_asked() -> None:
    """Under the name of upstream's log action."""
    event = Note("restart_self_healed", (("label", "redeploy-same-image"), TOOK))
    assert land_at(restarting(Probing), LATER).notes == (event,)


def test_a_restart_that_was_not_looked_at_at_once_counts_from_its_command() -> None:
    """It was granted, and whoever should have woken was gone."""
    scenario = until(begun(evolve(restart(), at=EARLIER), wide()), Probing)
    event = Note("restart_self_healed", (("label", "redeploy-same-image"), TOOK_ALL))
    assert land_at(scenario, LATER).notes == (event,)


def test_a_restart_whose_machine_is_gone_is_a_start_with_its_reason_and_from_its_command() -> None:
    """There is none left to restart; its caller has waited all the time."""
    scenario = until(begun(evolve(restart(), at=EARLIER), wide()), Inspecting)
    scenario.answer(NOT_FOUND)
    scenario.answer(NOT_FOUND)
    event = Note("instance.started", (("label", "redeploy-same-image"), TOOK_ALL))
    assert land_at(until(scenario, Probing), LATER).notes == (event,)


def test_a_restore_and_the_start_after_it_both_count_from_the_command() -> None:
    """An operator waits for the whole of it."""
    scenario = restoring(CreatingVolume)
    completed = Note("instance.restore_completed", (("status", "stopped"), TOOK))
    assert land_at(scenario, LATER).notes[-1] == completed
    started = Note("instance.started", (("label", "snapshot_restore"), TOOK))
    assert land_at(until(scenario, Probing), LATER).notes == (started,)


def test_a_restore_that_was_not_looked_at_at_once_counts_from_its_command() -> None:
    """An operator waits since then."""
    scenario = until(begun(evolve(restore(), at=EARLIER), photographed(wide())), CreatingVolume)
    completed = Note("instance.restore_completed", (("status", "stopped"), TOOK_ALL))
    assert land_at(scenario, LATER).notes[-1] == completed


def test_a_restore_that_failed_took_long_too() -> None:
    """With the refusal, whole."""
    scenario = restoring(Changing)
    fields = (("label", "unauthorized"), ("error", "unauthorized"), TOOK)
    refused = scenario.tell(Replied(scenario.sent[0].op, DENIED, LATER))
    assert refused.notes == (Note("instance.restore_failed", fields),)


# -- why ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reason", ["manual_user_request", "interrupted_auto_resume", "organization_trial_access_restored"]
)
def test_a_start_says_its_reason(reason: str) -> None:
    """The caller's, word for word."""
    scenario = until(begun(evolve(start(), reason=reason), provisioned()), Probing)
    assert scenario.land().notes == (Note("instance.started", (("label", reason), ("durationMs", "0"))),)


def test_the_first_start_of_a_provision_says_that_it_is_one() -> None:
    """Whoever provisioned wanted it up."""
    scenario = asked(provision(Desired.RUNNING))
    scenario.wake()
    until(scenario, Probing)
    assert scenario.land().notes == (Note("instance.started", (("label", "initial_provision"), ("durationMs", "0"))),)


def test_an_operators_start_says_that_it_was_one() -> None:
    """It rests unfulfilled, and an operator asked for recovery."""
    scenario = ousted()
    scenario.answer(DENIED)
    until(begun(recover(), scenario), Probing)
    assert scenario.land().notes[0].fields[0] == ("label", "admin_request")


@pytest.mark.parametrize("reason", ["redeploy-same-image", "upgrade-to-latest", "pin-to-tag:v7"])
def test_a_restart_says_its_reason(reason: str) -> None:
    """The restart actions of upstream (6.3)."""
    scenario = until(begun(evolve(restart(), reason=reason), wide()), Probing)
    assert scenario.land().notes[0].fields[0] == ("label", reason)


@pytest.mark.parametrize("reason", ["manual_user_request", "trial_expiry"])
def test_a_stop_says_its_reason(reason: str) -> None:
    """And when it was, and how long it was up."""
    scenario = until(begun(evolve(stop(), reason=reason), wide()), Awaiting)
    scenario.arrive()
    uptime = ("value", "60000")
    assert land_at(scenario, LATER).notes == (Note("instance.stopped", (("label", reason), uptime)),)
    assert scenario.instance.last_stopped_at == LATER


@pytest.mark.parametrize(
    ("phase", "answers", "label"),
    [
        (CheckingVolume, (DENIED,), "alarm_relocated"),
        (CreatingMachine, (DENIED,), "alarm_relocated"),
        (Awaiting, (NOT_FOUND, NOT_FOUND, NOT_FOUND), "alarm_machine_gone"),
    ],
)
def test_a_recovery_that_failed_says_upstreams_word_for_why(
    phase: type[Phase], answers: tuple[Rejected, ...], label: str
) -> None:
    """Reconcile 3.7 and 2.6."""
    scenario = recovering(phase)
    notes = [note for answer in answers for note in scenario.answer(answer).notes]
    failed = [note for note in (*notes, *told(scenario)) if note.name.endswith("recovery_failed")]
    assert [note.fields[0] for note in failed] == [("label", label)]


# -- once --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", RECOVERY.values(), ids=RECOVERY)
def test_a_recovery_that_was_taken_over_succeeds_once(phase: type[Phase]) -> None:
    """However often its steps were repeated, and it does not begin again."""
    scenario = recovering(phase)
    scenario.take_over()
    names = names_of(told(scenario))
    assert names.count("instance.unexpected_stop_recovery_succeeded") == 1
    assert "instance.unexpected_stop_recovery_started" not in names


@pytest.mark.parametrize("phase", RESTORE.values(), ids=RESTORE)
def test_a_restore_that_was_taken_over_is_complete_once(phase: type[Phase]) -> None:
    """And its start is one start."""
    scenario = restoring(phase)
    scenario.take_over()
    names = names_of(told(scenario))
    assert (names.count("instance.restore_completed"), names.count("instance.started")) == (1, 1)


@pytest.mark.parametrize("phase", RESTART.values(), ids=RESTART)
def test_a_restart_that_was_taken_over_heals_once(phase: type[Phase]) -> None:
    """Never both as a restart and as a start."""
    scenario = restarting(phase)
    scenario.take_over()
    names = names_of(told(scenario))
    assert (names.count("restart_self_healed"), names.count("instance.started")) == (1, 0)


def test_a_whole_recovery_is_told_in_this_order() -> None:
    """From the trigger to the volume that is kept."""
    scenario = suspected(photographed(wide()))
    assert names_of(told(scenario)) == (
        "unexpected_stop_recovery_trigger",
        "instance.unexpected_stop_recovery_started",
        "destroy_machine_ok",
        "fork_stranded_volume",
        "create_machine",
        "instance.unexpected_stop_recovery_succeeded",
    )


def test_a_restore_that_is_tried_again_counts_its_attempts() -> None:
    """Each attempt is told when it begins, and that there will be another one when it is known (2.9)."""
    scenario = restoring(CreatingVolume)
    busy = Rejected(Why.RATE_LIMITED, None, 429, "slow down")
    later = Note("instance.restore_retry_scheduled", (("label", "rate_limited"), ("error", "slow down")))
    assert scenario.answer(busy).notes == (later,)
    second = Note("instance.restore_started", (("label", "attempt_2"), ("value", "2")))
    assert scenario.ring(AlarmName.PAUSE).notes == (second,)


def test_a_restore_over_which_something_else_was_asked_is_not_begun_twice() -> None:
    """An operator answers for the machine that should go first: the restore began once."""
    scenario = restoring(Clearing)
    scenario.ask(Disown(CommandId("disown"), scenario.instance.ledger.machines[0].machine, "eve", "it is lost", AT))
    assert scenario.wake().notes == ()


def test_a_destroy_ends_the_attempts_of_a_restore() -> None:
    """What it waits for then is not another attempt."""
    scenario = restoring(CreatingVolume)
    scenario.answer(Rejected(Why.RATE_LIMITED, None, 429))
    scenario.ask(destroy())
    assert "instance.restore_started" not in names_of(scenario.wake().notes)


def test_a_whole_move_is_told_in_this_order() -> None:
    """From the refusal to the volume that was never used."""
    scenario = until(begun(start(), provisioned()), CreatingMachine)
    refused = scenario.answer(FULL).notes
    assert names_of((*refused, *told(scenario))) == (
        "instance.start_capacity_recovery",
        "region.capacity_eviction",
        "fork_stranded_volume",
        "create_machine",
        "instance.started",
        "destroy_volume_ok",
    )
