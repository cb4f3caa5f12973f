"""Whose app it is: made by us, found and verified, or somebody else's and left alone."""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.app import AppTransition, CreateApp, GetApp, ListAddresses, ListOwners, Standing
from kiloclaw_core.app.outcomes import AddressesListed, AppMade, AppShown, OwnersListed
from kiloclaw_core.app.phases import (
    Collided,
    Confirming,
    Creating,
    ListingAddresses,
    LookingUp,
    Unready,
    Verifying,
)
from kiloclaw_core.names import CommandId, OpId, UserId
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.phases import Look, Pausing
from tests.story.app.telling import (
    BAD_TOKEN,
    BOTH,
    BUSY,
    ENSURE,
    MISSING,
    NAME,
    RECOVERED,
    RING,
    TAKEN,
    THEIRS,
    UNKNOWN,
    after,
    failed,
    record_in,
)

OURS = AppShown("ours")
EMPTY = OwnersListed()
USER, STRANGER = UserId("user"), UserId("a stranger")


def test_a_name_that_is_free_is_created_in_its_own_network() -> None:
    """One look suffices: were the app there, the create would be refused, for names are global."""
    creating = record_in(Creating(OpId(2)), 3)
    assert after(MISSING) == AppTransition(creating, (CreateApp(OpId(2), NAME, "ours", "acct-1"),))


def test_an_app_that_we_made_needs_no_verifying() -> None:
    """A 201 says that it is new, and ours: its addresses come next."""
    addressing = record_in(ListingAddresses(OpId(3), Look.FIRST), 4, standing=Standing.MADE)
    assert after(MISSING, AppMade()) == AppTransition(addressing, (ListAddresses(OpId(3), NAME),))


def test_a_taken_name_is_looked_up_again() -> None:
    """A 422 may mean that our own create won a race; upstream handles only the 409, which never comes."""
    confirming = record_in(Confirming(OpId(3), TAKEN, Look.FIRST), 4)
    assert after(MISSING, TAKEN) == AppTransition(confirming, (GetApp(OpId(3), NAME),))


def test_a_taken_name_in_our_organisation_is_verified() -> None:
    """Our organisation has other owners; the name alone proves nothing (B11)."""
    verifying = record_in(Verifying(OpId(4), Look.FIRST), 5)
    assert after(MISSING, TAKEN, OURS) == AppTransition(verifying, (ListOwners(OpId(4), NAME),))


def test_a_taken_name_that_is_forbidden_to_us_rests_collided() -> None:
    """A 403 says that it is somebody else's: nothing is sent until somebody asks again."""
    collided = record_in(Collided(), 4, note=Why.COLLISION)
    assert after(MISSING, TAKEN, THEIRS) == AppTransition(collided, (), (failed(Why.COLLISION),))


def test_a_taken_name_that_is_not_there_is_looked_up_apart() -> None:
    """A replica may not have seen the app yet: one look never says that there is none."""
    confirming = record_in(Confirming(OpId(4), TAKEN, Look.SECOND), 5)
    assert after(MISSING, TAKEN, MISSING) == AppTransition(confirming, (GetApp(OpId(4), NAME, pause_s=15.0),))


def test_a_refusal_that_two_looks_do_not_explain_was_genuine() -> None:
    """No app of that name is there, so that the create was refused for what it said."""
    unready = record_in(Unready(), 5, note=Why.NAME_TAKEN)
    assert after(MISSING, TAKEN, MISSING, MISSING) == AppTransition(unready, (), (failed(Why.NAME_TAKEN),))


def test_a_create_refused_for_want_of_rights_ends_the_attempt() -> None:
    """Asking again would be refused again; people are told."""
    unready = record_in(Unready(), 3, note=Why.UNAUTHORIZED)
    assert after(MISSING, BAD_TOKEN) == AppTransition(unready, (), (failed(Why.UNAUTHORIZED),))


def test_an_app_that_is_there_is_verified_before_anything_is_put_into_it() -> None:
    """It may be what is left of a lost record of the same owner, or another's."""
    verifying = record_in(Verifying(OpId(2), Look.FIRST), 3)
    assert after(OURS) == AppTransition(verifying, (ListOwners(OpId(2), NAME),))


def test_an_app_in_another_organisation_of_ours_is_not_ours() -> None:
    """A token may open several organisations; the owner's is the one that was asked for."""
    text = "the app is in the organisation sister"
    collided = record_in(Collided(), 2, note=Why.COLLISION)
    assert after(AppShown("sister")) == AppTransition(collided, (), (failed(Why.COLLISION, text),))


def test_an_app_that_is_forbidden_to_us_rests_collided() -> None:
    """The first look suffices to see that the name is somebody else's."""
    collided = record_in(Collided(), 2, note=Why.COLLISION)
    assert after(THEIRS) == AppTransition(collided, (), (failed(Why.COLLISION),))


def test_a_machine_of_another_user_makes_the_app_theirs() -> None:
    """One is enough, whatever else is in it."""
    text = "a machine in the app is a stranger's"
    collided = record_in(Collided(), 3, note=Why.COLLISION)
    listed = OwnersListed((STRANGER, USER), unreadable=1)
    assert after(OURS, listed) == AppTransition(collided, (), (failed(Why.COLLISION, text),))


def test_an_instances_app_is_ours_by_its_user_and_not_by_its_owner_key() -> None:
    """Machines name users, owner keys may name instances: comparing the two refused an owner his own app (W33)."""
    found = record_in(ListingAddresses(OpId(3), Look.FIRST), 4, standing=Standing.FOUND)
    assert after(OURS, OwnersListed((USER,))) == AppTransition(found, (ListAddresses(OpId(3), NAME),))


def test_machines_that_name_nobody_make_the_app_nobody_elses() -> None:
    """They are in our organisation and in an app of our name."""
    found = record_in(ListingAddresses(OpId(3), Look.FIRST), 4, standing=Standing.FOUND)
    assert after(OURS, OwnersListed(unnamed=2)) == AppTransition(found, (ListAddresses(OpId(3), NAME),))


def test_an_unreadable_machine_opens_nothing() -> None:
    """Its host may be down and its owner another: it is looked at again after a pause."""
    pausing = record_in(Pausing(OpId(3)), 4, tries=2)
    assert after(OURS, OwnersListed((USER,), unreadable=1)) == AppTransition(pausing)


def test_machines_that_stay_unreadable_end_the_attempt() -> None:
    """Closed is the safe side; the note says what stands in the way."""
    dark = OwnersListed(unreadable=2)
    text = "2 machines in the app do not show whose they are"
    unready = record_in(Unready(), 12, tries=0, note=Why.NO_ANSWER)
    told = after(OURS, dark, RING, OURS, dark, RING, OURS, dark, RING, OURS, dark)
    assert told == AppTransition(unready, (), (failed(Why.NO_ANSWER, text),))


def test_an_empty_listing_is_repeated_apart() -> None:
    """Fly has listed apps as empty that were not (IL 2026-04-28)."""
    verifying = record_in(Verifying(OpId(3), Look.SECOND), 4)
    assert after(OURS, EMPTY) == AppTransition(verifying, (ListOwners(OpId(3), NAME, pause_s=15.0),))


def test_an_app_that_is_empty_twice_is_ours() -> None:
    """It bears the owner's name in our organisation, and nobody is in it."""
    found = record_in(ListingAddresses(OpId(4), Look.FIRST), 5, standing=Standing.FOUND)
    assert after(OURS, EMPTY, EMPTY) == AppTransition(found, (ListAddresses(OpId(4), NAME),))


def test_an_app_that_was_not_empty_after_all_is_theirs() -> None:
    """This is what the second look is for."""
    collided = record_in(Collided(), 4, note=Why.COLLISION)
    text = "a machine in the app is a stranger's"
    told = after(OURS, EMPTY, OwnersListed((STRANGER,)))
    assert told == AppTransition(collided, (), (failed(Why.COLLISION, text),))


def test_reads_that_are_refused_or_not_answered_are_tried_again_after_a_pause() -> None:
    """A read changes nothing, but even reads have a ceiling: each of these spends a try."""
    for before in ((), (MISSING, TAKEN), (OURS,)):
        ops = 2 + len(before)
        for trouble in (BUSY, UNKNOWN, RING):
            assert after(*before, trouble) == AppTransition(record_in(Pausing(OpId(ops)), ops + 1, tries=2))


def test_reads_that_are_forbidden_end_the_attempt() -> None:
    """A bad token is nobody's app, and no pause mends it."""
    for before in ((), (MISSING, TAKEN), (OURS,)):
        unready = record_in(Unready(), 2 + len(before), note=Why.UNAUTHORIZED)
        assert after(*before, BAD_TOKEN) == AppTransition(unready, (), (failed(Why.UNAUTHORIZED),))


def test_whoever_takes_over_a_read_begins_with_the_first_look() -> None:
    """The answer is lost, and what was seen before it is not relied on."""
    for before in ((), (MISSING, TAKEN), (OURS, EMPTY)):
        op = OpId(2 + len(before))
        assert after(*before, RECOVERED) == AppTransition(record_in(LookingUp(op), op + 1), (GetApp(op, NAME),))


def test_a_collision_is_looked_at_again_when_somebody_asks() -> None:
    """Names become free: a new command always finds a way in, and the app may have been made ready by then."""
    told = after(THEIRS, evolve(ENSURE, id=CommandId("second")), OURS, OwnersListed((USER,)), AddressesListed(BOTH))
    assert [type(effect).__name__ for effect in told.effects] == ["SetSecret"]


def test_a_conflict_that_nobody_explains_is_tried_again() -> None:
    """A 409 may be a race that is over by now."""
    conflict = Rejected(Why.CONFLICT)
    pausing = record_in(Pausing(OpId(5)), 6, tries=2)
    assert after(MISSING, conflict, MISSING, MISSING) == AppTransition(pausing)
