"""Secrets that grow old: the config counts as outdated after a while, and is rendered anew at the next coming up."""

from __future__ import annotations

from typing import Final

import pytest
from attrs import evolve

from kiloclaw_core.alarms import alarms_of
from kiloclaw_core.effects import StartMachine, UpdateMachine
from kiloclaw_core.facts import AlarmRang
from kiloclaw_core.instance import Note, Transition
from kiloclaw_core.names import OpId
from kiloclaw_core.phases import Alarm, AlarmName, Running

from .moves import restart, ride_out, wide
from .scenario import AT, REAL, Scenario, destroy, start, stop

MONTH_S: Final = 2_592_000.0
AGES: Final = evolve(REAL, secrets_age_s=MONTH_S)
OLD: Final = Note("api_key_expiry_approaching", (("machine_id", "m7"),))


def grown_old() -> Scenario:
    """An instance that has run on the same config for a month."""
    scenario = wide(policy=AGES)
    scenario.ring(AlarmName.SECRETS_AGE)
    return scenario


def ages(scenario: Scenario) -> tuple[Alarm, ...]:
    """Which config grows old, and when."""
    return tuple(alarm for alarm in alarms_of(scenario.record) if alarm.name is AlarmName.SECRETS_AGE)


def test_a_config_grows_old_from_when_a_machine_has_it() -> None:
    """Beside any other alarm, and only where secrets age at all."""
    assert ages(wide(policy=AGES)) == (Alarm(AlarmName.SECRETS_AGE, OpId(1), MONTH_S),)
    assert ages(wide()) == ()


def test_a_config_that_grew_old_is_outdated_and_nobody_is_disturbed() -> None:
    """Nothing is sent: a key is no reason to restart what somebody works on (2.11)."""
    scenario = wide(policy=AGES)
    before = scenario.instance
    outdated = evolve(before, spec=evolve(before.spec, revision=before.spec.revision + 1))
    assert scenario.ring(AlarmName.SECRETS_AGE) == Transition(outdated, (), (OLD,))
    assert (scenario.instance.phase, ages(scenario)) == (Running(), ())


@pytest.mark.parametrize("old", [False, True])
def test_the_next_start_renders_it_anew(*, old: bool) -> None:
    """A machine that only boots has the environment it had; one that is updated has today's."""
    scenario = grown_old() if old else wide(policy=AGES)
    scenario.ask(stop())
    scenario.wake()
    ride_out(scenario)
    scenario.ask(start("again"))
    scenario.wake()
    sent = [type(effect) for effect in _all_sent(scenario)]
    assert (UpdateMachine in sent, StartMachine in sent) == (old, not old)


def test_a_restart_renders_it_anew_and_it_begins_to_grow_old_again() -> None:
    """Once: the alarm of the config that nobody has any more is not wanted."""
    scenario = grown_old()
    scenario.ask(restart())
    scenario.wake()
    ride_out(scenario)
    assert ages(scenario) == (Alarm(AlarmName.SECRETS_AGE, OpId(3), MONTH_S),)
    assert scenario.tell(AlarmRang(AlarmName.SECRETS_AGE, OpId(1), AT)) == Transition(scenario.instance)


def test_a_destroyed_instance_grows_no_older() -> None:
    """Nothing of it comes up again."""
    scenario = wide(policy=AGES)
    scenario.ask(destroy())
    scenario.wake()
    assert ages(ride_out(scenario)) == ()


def _all_sent(scenario: Scenario) -> list[object]:
    sent: list[object] = []
    while scenario.sent:
        sent.append(scenario.sent[0])
        scenario.land()
    return sent
