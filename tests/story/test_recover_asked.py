"""An operator asks for a recovery: a look now, a start of what is down, and who may not ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from attrs import evolve
from returns.result import Failure

from kiloclaw_core.commands import Desired, Refusal
from kiloclaw_core.effects import GetMachine
from kiloclaw_core.instance import AuditNote, Instance, Remembered
from kiloclaw_core.lifecycle import decide
from kiloclaw_core.machine import MachineState
from kiloclaw_core.names import CommandId, OpId
from kiloclaw_core.phases import CreatingVolume, Running, Stopped
from kiloclaw_core.stories import Attempt, Starting

from .machines import becomes
from .moves import (
    DENIED,
    FRA,
    M7,
    displaced,
    down,
    recover,
    recovering,
    restarting,
    restoring,
    wide,
)
from .scenario import AT, SANDBOX, WHO, Scenario, destroy, starting

APP: Final = WHO.app
AUDIT: Final = AuditNote("eve", "asked for recovery", "it is down")


def granted(before: Instance) -> Instance:
    """The instance once it was asked, without anything that follows from how it is."""
    return evolve(
        before,
        asked=before.ops,
        ops=OpId(before.ops + 1),
        audit=(*before.audit, AUDIT),
        granted=(*before.granted, Remembered(CommandId("recover"))),
    )


def test_a_running_instance_is_looked_at_now() -> None:
    """Instead of within five minutes."""
    scenario = wide()
    before = scenario.instance
    assert scenario.ask(recover()) == granted(before)
    assert scenario.wake().effects == (GetMachine(OpId(11), APP, SANDBOX, M7),)


def test_a_machine_that_has_stopped_is_recovered_on_request() -> None:
    """By the rules of any recovery: two looks, then the move."""
    scenario = becomes(wide(), MachineState.STOPPED)
    scenario.ask(recover())
    scenario.wake()
    scenario.land_all()
    volume = scenario.instance.ledger.volume
    assert volume is not None
    assert (scenario.instance.phase, volume.region, len(scenario.instance.recoveries)) == (Running(), FRA, 1)


def test_an_instance_that_gave_up_is_started_now() -> None:
    """Instead of within ten minutes; the note of its recovery goes."""
    scenario = recovering(CreatingVolume)
    scenario.answer(DENIED)
    before = scenario.instance
    assert scenario.ask(recover()) == evolve(
        granted(before),
        story=Starting(OpId(before.ops + 1), Attempt(3)),
        ops=OpId(before.ops + 2),
        recoveries=(),
        notes=(),
    )
    assert scenario.instance.audit[0].at == AT
    scenario.wake()
    assert scenario.land_all().phase == Running()


def test_a_stopped_instance_stays_stopped() -> None:
    """Nobody wants it up: it is written down that somebody asked, and that is all."""
    scenario = down()
    before = scenario.instance
    assert scenario.ask(recover()) == granted(before)
    scenario.wake()
    assert (scenario.land_all().phase, scenario.instance.desired) == (Stopped(), Desired.STOPPED)


@pytest.mark.parametrize("tell_of", [starting, restarting, displaced])
def test_a_story_under_way_is_not_disturbed(tell_of: Callable[[], Scenario]) -> None:
    """It is what was asked for, or will say why not."""
    scenario = tell_of()
    before = scenario.instance
    assert scenario.ask(recover()) == granted(before)


def destroyed() -> Scenario:
    """An instance that is being destroyed."""
    scenario = wide()
    scenario.ask(destroy())
    return scenario


@pytest.mark.parametrize(
    ("tell_of", "refusal"),
    [
        (Scenario, Refusal.NOT_PROVISIONED),
        (recovering, Refusal.RECOVERING),
        (restoring, Refusal.RESTORING),
        (destroyed, Refusal.BEING_DESTROYED),
    ],
)
def test_a_recovery_is_refused_with_its_reason(tell_of: Callable[[], Scenario], refusal: Refusal) -> None:
    """One at a time."""
    assert decide(tell_of().record, recover()) == Failure(refusal)
