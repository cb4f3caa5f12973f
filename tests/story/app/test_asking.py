"""Asking for an app: what is written, what is refused, and what asking again means."""

from __future__ import annotations

import pytest
from attrs import evolve
from returns.result import Failure, Success

from kiloclaw_core.app import (
    AppAbsent,
    AppRefusal,
    AppTransition,
    Ensure,
    GetApp,
    SetSecret,
    Standing,
    app_absorb,
    app_decide,
)
from kiloclaw_core.app.names import ENV_KEY
from kiloclaw_core.app.outcomes import AddressesListed, AppMade, SecretSet
from kiloclaw_core.app.phases import LookingUp, Ready, SettingSecret, Unready
from kiloclaw_core.app.record import App
from kiloclaw_core.facts import Woken
from kiloclaw_core.instance import Note, Remembered
from kiloclaw_core.names import AppName, CommandId, OpId, OwnerKey, UserId
from tests.story.app.telling import BOTH, DONE, ENSURE, KEY, MISSING, NAME, RECOVERED, after, granted, record_in

SECOND = evolve(ENSURE, id=CommandId("second"), key="another secret")
READY = (MISSING, AppMade(), AddressesListed(BOTH), SecretSet(1))


def test_ensure_of_nothing_writes_the_owner_and_sends_nothing() -> None:
    """Who the app is for is durable before anything is called: decide has no way to send."""
    written = evolve(record_in(Unready(), 1), asked=OpId(0))
    assert app_decide(AppAbsent(), ENSURE) == Success(written)


def test_a_written_intent_is_looked_at_and_the_name_looked_up() -> None:
    """The first call is a read: the app may be there already."""
    assert after() == AppTransition(record_in(LookingUp(OpId(1)), 2), (GetApp(OpId(1), NAME),))


def test_numbers_begin_where_the_store_says() -> None:
    """A restored backup must not use an op twice, so that the first one comes from outside."""
    record = granted(AppAbsent(first_op=OpId(70)))
    assert app_absorb(record, Woken()).effects == (GetApp(OpId(71), NAME),)


@pytest.mark.parametrize(
    "nameless",
    [
        evolve(ENSURE, owner=OwnerKey("")),
        evolve(ENSURE, user=UserId("")),
        evolve(ENSURE, org_slug=""),
        evolve(ENSURE, network=""),
        evolve(ENSURE, key=""),
    ],
)
def test_ensure_without_a_name_is_refused(nameless: Ensure) -> None:
    """What a caller left out is never filled in from the environment, where it would be everybody's (W9)."""
    assert app_decide(AppAbsent(), nameless) == Failure(AppRefusal.UNNAMED)


@pytest.mark.parametrize("name", ["", "Acct-1", "acct_1", "-acct", "acct-", "a" * 63])
def test_ensure_under_a_name_that_fly_refuses_is_refused(name: str) -> None:
    """A bad name is told at once, not after the tries are spent."""
    assert app_decide(AppAbsent(), evolve(ENSURE, app=AppName(name))) == Failure(AppRefusal.MISNAMED)


@pytest.mark.parametrize(
    "other",
    [
        evolve(SECOND, owner=OwnerKey("somebody else")),
        evolve(SECOND, user=UserId("somebody else")),
        evolve(SECOND, app=AppName("acct-2")),
        evolve(SECOND, org_slug="theirs"),
        evolve(SECOND, network="default"),
    ],
)
def test_ensure_for_another_owner_is_refused(other: Ensure) -> None:
    """A record serves whom it was written for (B10)."""
    assert app_decide(after(*READY).record, other) == Failure(AppRefusal.ANOTHER_OWNER)


def test_asking_twice_under_one_id_is_asking_once() -> None:
    """A caller who retries its request gets its first answer and changes nothing."""
    ready = after(*READY).record
    assert app_decide(ready, evolve(ENSURE, key="another secret")) == Success(ready)


def test_ensure_of_a_ready_app_sets_the_first_key_again() -> None:
    """The version becomes current; the key stays, because machines were configured with it."""
    again = evolve(
        record_in(SettingSecret(OpId(6)), 7, standing=Standing.MADE, addresses=BOTH),
        granted=(Remembered(CommandId("first")), Remembered(CommandId("second"))),
    )
    assert after(*READY, SECOND) == AppTransition(again, (SetSecret(OpId(6), NAME, ENV_KEY, KEY),))


def test_the_new_version_is_what_a_second_ensure_is_ready_as_of() -> None:
    """A machine started now must not boot with older secrets (Fly: fly.md 1.3)."""
    transition = after(*READY, SECOND, SecretSet(2))
    assert isinstance(transition.record, App)
    assert transition.record.phase == Ready(2)
    assert transition.notes == (Note("app.ready", (("app", "acct-1"), ("secrets_version", "2"))),)


def test_ensure_under_way_is_joined_with_every_try_before_it() -> None:
    """Nothing is sent twice for it, and the attempt that is under way may try as often as a new one."""
    joined = evolve(
        record_in(LookingUp(OpId(1)), 3),
        granted=(Remembered(CommandId("first")), Remembered(CommandId("second"))),
    )
    assert after(SECOND) == AppTransition(joined)


def test_only_so_many_commands_are_remembered() -> None:
    """The record stays small: the oldest id is forgotten."""
    record = granted(AppAbsent(policy=evolve(AppAbsent().policy, answers_remembered=1)))
    record = granted(record, SECOND)
    assert isinstance(record, App)
    assert record.granted == (Remembered(CommandId("second")),)


def test_waking_without_a_new_intent_changes_nothing() -> None:
    """Whoever wakes a record needs no reason, and does no harm."""
    ready = after(*READY).record
    assert app_absorb(ready, Woken()) == AppTransition(ready)


def test_a_record_that_nobody_asked_for_ignores_the_world() -> None:
    """There is nothing to have."""
    assert app_absorb(AppAbsent(), RECOVERED) == AppTransition(AppAbsent())


def test_neither_command_nor_record_nor_effect_shows_the_key() -> None:
    """They are printed in logs and traces; a secret is not."""
    keyed = after(MISSING, AppMade(), AddressesListed(BOTH))
    assert KEY not in f"{ENSURE} {keyed}"
    assert keyed.effects == (SetSecret(OpId(4), NAME, ENV_KEY, KEY),)


def test_an_address_that_was_granted_stays_known() -> None:
    """It is in the record, so that it is not asked for again whatever a listing shows."""
    known = after(MISSING, AppMade(), AddressesListed(), DONE).record
    assert isinstance(known, App)
    assert known.addresses == BOTH[:1]
