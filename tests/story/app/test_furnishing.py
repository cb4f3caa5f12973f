"""What an app of ours is given: two addresses, none of them twice, and its key."""

from __future__ import annotations

from kiloclaw_core.app import AllocateAddress, AppTransition, GetApp, ListAddresses, SetSecret, Standing
from kiloclaw_core.app.names import ENV_KEY
from kiloclaw_core.app.outcomes import AddressesListed, AddressKind, AppMade, AppShown, OwnersListed, SecretSet
from kiloclaw_core.app.phases import Allocating, ListingAddresses, LookingUp, Ready, SettingSecret, Unready
from kiloclaw_core.instance import Note
from kiloclaw_core.names import OpId, UserId
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.phases import Look, Pausing
from tests.story.app.telling import (
    BAD_TOKEN,
    BOTH,
    BUSY,
    DONE,
    KEY,
    MISSING,
    NAME,
    RECOVERED,
    RING,
    THEIRS,
    UNKNOWN,
    after,
    failed,
    record_in,
)

MADE = (MISSING, AppMade())
FOUND = (AppShown("ours"), OwnersListed((UserId("user"),)))
NONE = AddressesListed()
V6 = (AddressKind.V6,)


def test_an_app_without_addresses_gets_its_v6_address_first() -> None:
    """We made it and put nothing into it: one listing suffices."""
    allocating = record_in(Allocating(OpId(4), AddressKind.V6), 5, standing=Standing.MADE)
    assert after(*MADE, NONE) == AppTransition(allocating, (AllocateAddress(OpId(4), NAME, AddressKind.V6),))


def test_each_allocation_is_preceded_by_a_listing() -> None:
    """A repeat would give the app a second address (Fly: fly.md 1.2)."""
    listing = record_in(ListingAddresses(OpId(5), Look.FIRST), 6, standing=Standing.MADE, addresses=V6)
    assert after(*MADE, NONE, DONE) == AppTransition(listing, (ListAddresses(OpId(5), NAME),))


def test_an_address_that_was_granted_is_known_even_if_a_listing_lags() -> None:
    """What an answer has said needs no confirming: only the other one is allocated."""
    allocating = record_in(Allocating(OpId(6), AddressKind.SHARED_V4), 7, standing=Standing.MADE, addresses=V6)
    effect = AllocateAddress(OpId(6), NAME, AddressKind.SHARED_V4)
    assert after(*MADE, NONE, DONE, NONE) == AppTransition(allocating, (effect,))


def test_an_app_with_both_addresses_gets_its_key() -> None:
    """The key comes last, so that ready means all of it."""
    keying = record_in(SettingSecret(OpId(7)), 8, standing=Standing.MADE, addresses=BOTH)
    told = after(*MADE, NONE, DONE, NONE, DONE)
    assert told == AppTransition(keying, (SetSecret(OpId(7), NAME, ENV_KEY, KEY),))


def test_an_app_whose_key_is_set_is_ready_as_of_that_version() -> None:
    """Only the answer makes it ready: upstream once noted the key as set before it was (B153)."""
    ready = record_in(Ready(9), 5, standing=Standing.MADE, addresses=BOTH)
    line = Note("app.ready", (("app", "acct-1"), ("secrets_version", "9")))
    assert after(*MADE, AddressesListed(BOTH), SecretSet(9)) == AppTransition(ready, (), (line,))


def test_an_address_missed_in_a_found_app_is_looked_for_apart() -> None:
    """Somebody may have allocated it, and the listing may lag."""
    listing = record_in(ListingAddresses(OpId(4), Look.SECOND), 5, standing=Standing.FOUND)
    assert after(*FOUND, NONE) == AppTransition(listing, (ListAddresses(OpId(4), NAME, pause_s=15.0),))


def test_an_address_missed_twice_in_a_found_app_is_allocated() -> None:
    """Two looks apart say that it is not there."""
    allocating = record_in(Allocating(OpId(5), AddressKind.V6), 6, standing=Standing.FOUND)
    told = after(*FOUND, NONE, NONE)
    assert told == AppTransition(allocating, (AllocateAddress(OpId(5), NAME, AddressKind.V6),))


def test_an_address_that_the_app_has_already_is_confirmed_by_a_listing() -> None:
    """A 409 or 422 means that it has one, and yet might mean that we asked wrongly: after a pause a listing tells."""
    for why in (Why.CONFLICT, Why.INVALID, Why.ALREADY_EXISTS):
        had = after(*MADE, NONE, Rejected(why))
        assert had == AppTransition(record_in(Pausing(OpId(5)), 6, tries=2, standing=Standing.MADE))
        told = after(*MADE, NONE, Rejected(why), RING, AddressesListed(BOTH))
        keying = record_in(SettingSecret(OpId(7)), 8, tries=2, standing=Standing.MADE, addresses=BOTH)
        assert told == AppTransition(keying, (SetSecret(OpId(7), NAME, ENV_KEY, KEY),))


def test_an_allocation_that_may_pass_is_tried_again_and_one_that_may_not_is_told() -> None:
    """Too fast is not forbidden."""
    pausing = record_in(Pausing(OpId(5)), 6, tries=2, standing=Standing.MADE)
    assert after(*MADE, NONE, BUSY) == AppTransition(pausing)
    unready = record_in(Unready(), 5, standing=Standing.MADE, note=Why.UNAUTHORIZED)
    assert after(*MADE, NONE, BAD_TOKEN) == AppTransition(unready, (), (failed(Why.UNAUTHORIZED),))


def test_an_app_that_vanished_is_forgotten_and_looked_for_after_a_pause() -> None:
    """Deleted from outside, or not visible yet: its addresses went with it, and it may be somebody else's by now."""
    for trouble in (MISSING, THEIRS):
        for before in ((), (NONE,), (AddressesListed(BOTH),)):
            ops = 4 + len(before)
            told = after(*MADE, *before, trouble)
            assert told == AppTransition(record_in(Pausing(OpId(ops)), ops + 1, tries=2))
            looking = record_in(LookingUp(OpId(ops + 1)), ops + 2, tries=2)
            assert after(*MADE, *before, trouble, RING) == AppTransition(looking, (GetApp(OpId(ops + 1), NAME),))


def test_a_listing_of_addresses_that_fails_is_tried_again() -> None:
    """It changes nothing."""
    pausing = record_in(Pausing(OpId(4)), 5, tries=2, standing=Standing.MADE)
    for trouble in (BUSY, UNKNOWN, RING):
        assert after(*MADE, trouble) == AppTransition(pausing)


def test_a_listing_of_addresses_that_was_lost_is_asked_for_again() -> None:
    """Whoever takes over has no answer, and needs none of the old ones."""
    listing = record_in(ListingAddresses(OpId(4), Look.FIRST), 5, standing=Standing.MADE)
    assert after(*MADE, RECOVERED) == AppTransition(listing, (ListAddresses(OpId(4), NAME),))


def test_a_key_that_may_or_may_not_be_set_is_set_again() -> None:
    """It is the same key: a repeat changes nothing but the version, and needs no settling."""
    pausing = record_in(Pausing(OpId(5)), 6, tries=2, standing=Standing.MADE, addresses=BOTH)
    keying = record_in(SettingSecret(OpId(6)), 7, tries=2, standing=Standing.MADE, addresses=BOTH)
    for trouble in (BUSY, UNKNOWN, RING):
        assert after(*MADE, AddressesListed(BOTH), trouble) == AppTransition(pausing)
        told = after(*MADE, AddressesListed(BOTH), trouble, RING)
        assert told == AppTransition(keying, (SetSecret(OpId(6), NAME, ENV_KEY, KEY),))


def test_a_key_whose_answer_was_lost_with_its_process_is_set_again_at_once() -> None:
    """Nobody else will do it."""
    keying = record_in(SettingSecret(OpId(5)), 6, standing=Standing.MADE, addresses=BOTH)
    told = after(*MADE, AddressesListed(BOTH), RECOVERED)
    assert told == AppTransition(keying, (SetSecret(OpId(5), NAME, ENV_KEY, KEY),))
