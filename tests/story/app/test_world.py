"""The model of the outside: what each request about an app does when it lands, and what a lagging view shows."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_core.app import (
    AddressesListed,
    AddressKind,
    AllocateAddress,
    AppEffect,
    AppMade,
    AppShown,
    CreateApp,
    GetApp,
    ListAddresses,
    ListOwners,
    OwnersListed,
    SecretSet,
    SetSecret,
)
from kiloclaw_core.effects import Settle
from kiloclaw_core.names import AppName, OpId, UserId
from kiloclaw_core.outcomes import Done, Rejected, Why
from kiloclaw_core.world.apps import Apps, Tenant, TrueApp, land, read, stale

NAME, OP = AppName("acct-1"), OpId(1)
NOTHING = Apps(("ours",))
BARE = TrueApp(NAME, "ours", "acct-1")
OURS = NOTHING.having(BARE)
THEIRS = NOTHING.having(TrueApp(NAME, "theirs", "acct-1"))
CREATE = CreateApp(OP, NAME, "ours", "acct-1")
SET = SetSecret(OP, NAME, "KEY", "value")
V6 = AllocateAddress(OP, NAME, AddressKind.V6)
SHARED = AllocateAddress(OP, NAME, AddressKind.SHARED_V4)


def test_a_create_makes_an_empty_app_in_its_network() -> None:
    """201: there is nothing in it."""
    assert land(NOTHING, CREATE) == (OURS, AppMade())


def test_a_create_of_a_name_that_anybody_has_is_refused() -> None:
    """Names are global: 422, whosever it is."""
    for apps in (OURS, THEIRS):
        after, outcome = land(apps, CREATE)
        assert (after, outcome) == (apps, Rejected(Why.NAME_TAKEN))
        assert isinstance(outcome, Rejected)
        assert (outcome.status, '"status":"name_taken"' in outcome.text) == (422, True)


def test_a_create_in_an_organisation_that_is_not_open_is_refused() -> None:
    """403: the token does not reach there."""
    assert land(NOTHING, evolve(CREATE, org_slug="theirs")) == (NOTHING, Rejected(Why.UNAUTHORIZED))


@pytest.mark.parametrize("effect", [GetApp(OP, NAME), ListOwners(OP, NAME), ListAddresses(OP, NAME), V6, SHARED, SET])
def test_whatever_is_asked_of_no_app_is_not_found_and_of_theirs_forbidden(effect: AppEffect) -> None:
    """404 and 403 tell the two apart."""
    assert land(NOTHING, effect) == (NOTHING, Rejected(Why.NOT_FOUND))
    assert land(THEIRS, effect) == (THEIRS, Rejected(Why.COLLISION))


def test_a_get_shows_the_organisation() -> None:
    """It says where the app is, not whose it is."""
    assert land(OURS, GetApp(OP, NAME)) == (OURS, AppShown("ours"))


def test_a_listing_of_machines_shows_whom_they_name() -> None:
    """Each user once, and what names nobody or cannot be read is counted."""
    user, other = UserId("user"), UserId("another")
    tenants = (Tenant(user), Tenant(other), Tenant(user), Tenant(None), Tenant(other, readable=False))
    apps = NOTHING.having(evolve(BARE, tenants=tenants))
    assert land(apps, ListOwners(OP, NAME)) == (apps, OwnersListed((other, user), unnamed=1, unreadable=1))


def test_a_repeated_allocation_of_v6_makes_another_address() -> None:
    """This is why it must never be repeated blindly; the listing shows the kind once."""
    once, _ = land(OURS, V6)
    twice, outcome = land(once, V6)
    assert (twice.app(NAME), outcome) == (evolve(BARE, addresses=(AddressKind.V6, AddressKind.V6)), Done())
    assert read(twice, ListAddresses(OP, NAME)) == AddressesListed((AddressKind.V6,))


def test_a_repeated_allocation_of_the_shared_address_is_refused() -> None:
    """422 means that the app has it."""
    once, outcome = land(OURS, SHARED)
    assert (once.app(NAME), outcome) == (evolve(BARE, addresses=(AddressKind.SHARED_V4,)), Done())
    assert land(once, SHARED) == (once, Rejected(Why.INVALID))


def test_setting_a_secret_again_changes_only_the_version() -> None:
    """It is idempotent but for that."""
    once, first = land(OURS, SET)
    twice, second = land(once, SET)
    assert (first, second) == (SecretSet(1), SecretSet(2))
    keyed = twice.app(NAME)
    assert keyed == evolve(BARE, secrets=(("KEY", "value"),), version=2)
    assert keyed is not None
    assert (keyed.secret("KEY"), keyed.secret("OTHER")) == ("value", None)


def test_a_settle_is_nothing_to_the_outside() -> None:
    """It is a wait of our own."""
    assert land(OURS, Settle(OpId(2), OP)) == (OURS, Done())


def test_a_lagging_view_shows_nothing() -> None:
    """Not the app, nor what is in it."""
    assert stale(GetApp(OP, NAME)) == Rejected(Why.NOT_FOUND)
    assert stale(ListOwners(OP, NAME)) == OwnersListed()
    assert stale(ListAddresses(OP, NAME)) == AddressesListed()


def test_a_deleted_app_takes_everything_with_it() -> None:
    """And its name is free."""
    assert OURS.lacking(NAME) == NOTHING
