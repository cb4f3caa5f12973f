"""Pausing, giving up, alarms, take-overs, and what outsiders are shown."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_core.alarms import RESTING
from kiloclaw_core.app import (
    App,
    AppAbsent,
    AppReplied,
    AppTransition,
    GetApp,
    app_absorb,
    app_alarms_of,
    app_status,
)
from kiloclaw_core.app.outcomes import AddressesListed, AppMade, AppShown, SecretSet
from kiloclaw_core.app.phases import LookingUp, Unready
from kiloclaw_core.app.record import AppNote
from kiloclaw_core.facts import AlarmRang, Recovered
from kiloclaw_core.names import CommandId, OpId, first_op
from kiloclaw_core.outcomes import Why
from kiloclaw_core.phases import Alarm, AlarmName, Pausing
from tests.story.app.telling import (
    BAD_TOKEN,
    BOTH,
    BUSY,
    DONE,
    ENSURE,
    MISSING,
    NAME,
    RECOVERED,
    RING,
    TAKEN,
    THEIRS,
    UNKNOWN,
    Happening,
    after,
    failed,
    granted,
    record_in,
)

READY: tuple[Happening, ...] = (MISSING, AppMade(), AddressesListed(BOTH), SecretSet(1))
GIVEN_UP: tuple[Happening, ...] = (BUSY, RING, BUSY, RING, BUSY, RING, BUSY)
WAITING = 195.0  # a second look and the patience for an answer


def test_a_pause_ends_with_its_alarm_and_with_the_next_try() -> None:
    """Nothing is in flight meanwhile, so that the alarm is all there is to wait for."""
    looking = record_in(LookingUp(OpId(3)), 4, tries=2)
    assert after(BUSY, RING) == AppTransition(looking, (GetApp(OpId(3), NAME),))


def test_a_pause_ends_at_once_when_somebody_asks() -> None:
    """A command finds a way in, with every try before it."""
    told = after(BUSY, evolve(ENSURE, id=CommandId("second")))
    assert told.effects == (GetApp(OpId(4), NAME),)
    assert isinstance(told.record, App)
    assert told.record.tries == 3


def test_whoever_takes_over_a_pause_waits_on() -> None:
    """Nothing was under way that could be lost; the alarm is kept by the store."""
    assert after(BUSY, RECOVERED) == AppTransition(record_in(Pausing(OpId(2)), 3, tries=2))


def test_an_attempt_without_tries_rests_with_a_note() -> None:
    """Bounded: after the first try and three more, people are told, in the words of the last refusal."""
    unready = record_in(Unready(), 8, tries=0, note=Why.RATE_LIMITED)
    assert after(*GIVEN_UP) == AppTransition(unready, (), (failed(Why.RATE_LIMITED),))


def test_an_attempt_that_was_given_up_is_made_anew_by_a_slow_alarm() -> None:
    """With every try before it; the note stays until the app is ready."""
    looking = record_in(LookingUp(OpId(8)), 9, note=Why.RATE_LIMITED)
    assert after(*GIVEN_UP, RING) == AppTransition(looking, (GetApp(OpId(8), NAME),))


def test_a_note_is_dropped_when_the_app_is_ready() -> None:
    """Its cause is resolved."""
    told = after(*GIVEN_UP, RING, *READY)
    assert isinstance(told.record, App)
    assert told.record.note is None


def test_a_note_bears_the_moment_of_its_fact() -> None:
    """For people; decisions never see it, and later facts leave it alone."""
    told = app_absorb(after().record, AppReplied(OpId(1), BAD_TOKEN, at=1234))
    later = app_absorb(told.record, Recovered(at=5678))
    assert isinstance(later.record, App)
    assert later.record.note == AppNote(Why.UNAUTHORIZED)
    assert later.record.note is not None
    assert later.record.note.at == 1234


def test_a_new_incarnation_numbers_from_its_own_first_op() -> None:
    """A restored backup must not reuse the numbers of what it has forgotten."""
    told = app_absorb(after().record, Recovered(incarnation=2))
    assert told.effects == (GetApp(first_op(2), NAME),)


def test_a_ring_that_is_not_wanted_is_dropped() -> None:
    """Alarms may ring late or twice."""
    waiting = after().record
    assert app_absorb(waiting, AlarmRang(AlarmName.PATIENCE, OpId(0))) == AppTransition(waiting)


def test_a_new_intent_rings_at_once() -> None:
    """Whoever commits a command need not wake anybody: the alarm is due."""
    asked = granted(AppAbsent())
    intent = AlarmRang(AlarmName.INTENT, OpId(0))
    assert app_alarms_of(asked) == (Alarm(AlarmName.INTENT, OpId(0), 0.0), Alarm(AlarmName.RETRY, RESTING, 600.0))
    assert app_absorb(asked, intent) == AppTransition(record_in(LookingUp(OpId(1)), 2), (GetApp(OpId(1), NAME),))


def test_a_command_that_was_not_looked_at_survives_a_take_over() -> None:
    """It is in the record, and its alarm is still wanted."""
    asked = granted(AppAbsent())
    assert app_absorb(asked, RECOVERED) == AppTransition(asked)


@pytest.mark.parametrize(
    ("story", "alarms"),
    [
        ((), (Alarm(AlarmName.PATIENCE, OpId(1), WAITING),)),
        ((MISSING,), (Alarm(AlarmName.PATIENCE, OpId(2), WAITING),)),
        ((MISSING, TAKEN), (Alarm(AlarmName.PATIENCE, OpId(3), WAITING),)),
        ((AppShown("ours"),), (Alarm(AlarmName.PATIENCE, OpId(2), WAITING),)),
        ((MISSING, AppMade()), (Alarm(AlarmName.PATIENCE, OpId(3), WAITING),)),
        ((MISSING, AppMade(), AddressesListed()), (Alarm(AlarmName.PATIENCE, OpId(4), WAITING),)),
        ((MISSING, AppMade(), AddressesListed(BOTH)), (Alarm(AlarmName.PATIENCE, OpId(4), WAITING),)),
        ((MISSING, UNKNOWN), (Alarm(AlarmName.PATIENCE, OpId(3), 255.0),)),
        ((BUSY,), (Alarm(AlarmName.PAUSE, OpId(2), 10.0),)),
        ((BAD_TOKEN,), (Alarm(AlarmName.RETRY, RESTING, 600.0),)),
        (READY, ()),
        ((THEIRS,), ()),
    ],
)
def test_every_wait_has_its_alarm(story: tuple[Happening, ...], alarms: tuple[Alarm, ...]) -> None:
    """What is waited for may never come; ready and collided wait for nothing but a command."""
    assert app_alarms_of(after(*story).record) == alarms


@pytest.mark.parametrize(
    ("story", "status"),
    [
        ((), "ensuring"),
        ((MISSING,), "ensuring"),
        ((MISSING, UNKNOWN, DONE), "ensuring"),
        ((BUSY,), "ensuring"),
        ((BAD_TOKEN,), "unready"),
        (READY, "ready"),
        ((THEIRS,), "collided"),
    ],
)
def test_the_status_is_one_word(story: tuple[Happening, ...], status: str) -> None:
    """For people and screens."""
    assert app_status(after(*story).record) == status


def test_the_status_of_an_app_that_is_wanted_is_ensuring_before_anybody_looked() -> None:
    """What was granted is under way, and what nobody asked for is absent; neither wants an alarm it does not need."""
    assert app_status(granted(AppAbsent())) == "ensuring"
    assert app_status(AppAbsent()) == "absent"
    assert app_alarms_of(AppAbsent()) == ()
