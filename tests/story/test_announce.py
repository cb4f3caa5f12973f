"""What is told of a command when it is granted: the events of that moment, under upstream's names (reconcile 6.3)."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core import compose, lifecycle
from kiloclaw_core.announce import announced
from kiloclaw_core.commands import Close, Command, Desired, OverrideSize, Resize
from kiloclaw_core.instance import Absent, Note
from kiloclaw_core.machine import Guest
from kiloclaw_core.names import CommandId, UserId

from .moves import (
    DENIED,
    V3,
    down,
    ousted,
    photographed,
    reassociate,
    recover,
    restart,
    restore,
    restored,
    unreachable,
    wide,
)
from .scenario import AT, SANDBOX, WHO, Scenario, destroy, provision, start, stop

LATER: Final = AT + 60_000


def told(scenario: Scenario, command: Command) -> tuple[Note, ...]:
    """What is told of this command, which has to be granted."""
    before = scenario.record
    return announced(before, command, lifecycle.decide(before, command).unwrap())


def audit(did: str, because: str) -> Note:
    """What is told of what an operator took upon themselves."""
    return Note("audit", (("operator", "eve"), ("did", did), ("because", because)))


# -- begun -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["redeploy-same-image", "upgrade-to-latest", "pin-to-tag:v7"])
def test_a_restart_tells_that_it_was_asked_for_and_why(reason: str) -> None:
    """Its label is the restart action."""
    command = evolve(restart(), reason=reason)
    assert told(wide(), command) == (Note("instance.restarting", (("label", reason),)),)


def test_a_destroy_tells_why_and_how_long_the_instance_was_up() -> None:
    """In milliseconds, as its `value`; what is not up has none."""
    command = evolve(destroy(), reason="org_member_cleanup", at=LATER)
    label = ("label", "org_member_cleanup")
    assert told(wide(), command) == (Note("instance.destroy_started", (label, ("value", "60000"))),)
    assert told(down(), command) == (Note("instance.destroy_started", (label,)),)
    assert told(fresh(), command) == (Note("instance.destroy_started", (label,)),)


def fresh() -> Scenario:
    """An instance that was just provisioned, and wanted up at once: never up yet."""
    scenario = Scenario()
    scenario.ask(provision(Desired.RUNNING))
    return scenario


def test_a_second_destroy_tells_nothing() -> None:
    """It began once."""
    scenario = wide()
    scenario.ask(destroy())
    assert told(scenario, destroy("again")) == ()


def test_an_attempt_that_is_closed_tells_it_as_a_destroy() -> None:
    """Of its own instance, and never of another user's, which it leaves alone."""
    close = Close(CommandId("close"), WHO, None, at=AT)
    label = ("label", "admission_closed")
    assert told(wide(), close) == (Note("instance.destroy_started", (label, ("value", "0"))),)
    assert told(wide(), evolve(close, identity=evolve(WHO, user=UserId("user-2")))) == ()


def test_a_restore_tells_that_it_waits_to_be_begun() -> None:
    """And who asked for it."""
    enqueued = Note("instance.restore_enqueued", (("label", "admin_snapshot_restore"),))
    notes = told(photographed(wide()), restore())
    assert (notes[0].name, notes[1:]) == ("audit", (enqueued,))


def test_going_over_to_another_volume_is_a_restore_of_its_own_label() -> None:
    """Its end has the same name, so its beginning has too."""
    enqueued = Note("instance.restore_enqueued", (("label", "admin_reassociation"),))
    assert told(restored(), reassociate(V3))[1:] == (enqueued,)


def test_an_operators_recovery_begins_at_once_where_the_host_is_silent() -> None:
    """Whoever counts what succeeded finds what it began with."""
    began = Note("instance.unexpected_stop_recovery_started", (("label", "admin_request"), ("value", "1")))
    assert told(unreachable(wide()), recover()) == (audit("asked for recovery", "it is down"), began)


def test_an_operators_recovery_of_what_is_up_begins_nothing() -> None:
    """It is looked at, and that is all."""
    assert told(wide(), recover()) == (audit("asked for recovery", "it is down"),)


def test_an_operators_recovery_of_what_is_down_is_a_start() -> None:
    """Which tells how it ended, as every start does."""
    scenario = ousted()
    scenario.answer(DENIED)
    assert told(scenario, recover()) == (audit("asked for recovery", "it is down"),)


def test_provisioning_again_tells_that_the_spec_is_another() -> None:
    """Upstream tells it of a first provision and of every other; the first one of ours tells when it has its volume."""
    again = evolve(provision(), id=CommandId("again"))
    assert told(wide(), again) == (Note("instance.provisioned", (("label", "configured"),)),)
    absent = Absent(SANDBOX)
    assert announced(absent, provision(), lifecycle.decide(absent, provision()).unwrap()) == ()


# -- what is not told --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [start("again"), stop("again"), Resize(CommandId("size"), Guest(4, 8192), 20)])
def test_a_start_a_stop_and_a_size_tell_when_they_end_or_not_at_all(command: Command) -> None:
    """Their commands are in the log as commands."""
    assert told(wide(), command) == ()


def test_a_command_that_was_granted_before_tells_nothing() -> None:
    """Asking twice is asking once."""
    scenario = wide()
    scenario.ask(restart())
    assert told(scenario, restart()) == ()


def test_an_operators_size_is_told_for_as_long_as_logs_are_kept() -> None:
    """The record forgets it in time."""
    size = OverrideSize(CommandId("over"), Guest(8, 16_384), "eve", "a demonstration", AT)
    assert told(wide(), size) == (audit("set 8 x performance, 16384 MB", "a demonstration"),)


# -- who hears it ------------------------------------------------------------------------------------------------


def test_whoever_has_the_record_to_himself_is_told_with_the_transition() -> None:
    """First that it was granted, then what it led to."""
    scenario = photographed(wide())
    notes = compose.restore(scenario.record, restore()).unwrap().notes
    assert [note.name for note in notes] == ["audit", "instance.restore_enqueued", "instance.restore_started"]
