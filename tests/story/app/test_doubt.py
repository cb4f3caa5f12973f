"""A change of unknown outcome: nothing else is sent until it can no longer land, then it is looked for."""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.app import AppReplied, AppTransition, GetApp, ListAddresses, Standing, app_absorb
from kiloclaw_core.app.outcomes import AddressesListed, AppMade, AppShown
from kiloclaw_core.app.phases import Confirming, ListingAddresses, Settling, Sought, Unready
from kiloclaw_core.app.settle import IN_DOUBT
from kiloclaw_core.effects import Settle
from kiloclaw_core.names import CommandId, OpId
from kiloclaw_core.outcomes import Rejected, Why
from kiloclaw_core.phases import Look, Pausing
from tests.story.app.telling import (
    BAD_TOKEN,
    BOTH,
    DONE,
    ENSURE,
    MISSING,
    NAME,
    RECOVERED,
    RING,
    TAKEN,
    UNKNOWN,
    Happening,
    after,
    failed,
    record_in,
)

CREATING: tuple[Happening, ...] = (MISSING,)
ALLOCATING: tuple[Happening, ...] = (MISSING, AppMade(), AddressesListed())
DOUBTS: tuple[Happening, ...] = (UNKNOWN, RING, RECOVERED)
CREATE, ALLOCATION = OpId(2), OpId(4)
SETTLING_CREATE = record_in(Settling(OpId(3), CREATE, Sought.APP), 4)
SETTLING_ALLOCATION = record_in(Settling(OpId(5), ALLOCATION, Sought.ADDRESS), 6, standing=Standing.FOUND)


def test_a_create_in_doubt_is_waited_out() -> None:
    """Unknown, no answer in time, and a take-over are one: it may yet land."""
    for doubt in DOUBTS:
        assert after(*CREATING, doubt) == AppTransition(SETTLING_CREATE, (Settle(OpId(3), CREATE, 75.0),))


def test_a_create_that_can_no_longer_land_is_looked_for() -> None:
    """Was it made? If it was not, nobody refused it."""
    confirming = record_in(Confirming(OpId(4), IN_DOUBT, Look.FIRST), 5)
    assert after(*CREATING, UNKNOWN, DONE) == AppTransition(confirming, (GetApp(OpId(4), NAME),))


def test_a_create_that_two_looks_do_not_find_is_tried_again() -> None:
    """After a pause, from the beginning."""
    pausing = record_in(Pausing(OpId(6)), 7, tries=2)
    assert after(*CREATING, UNKNOWN, DONE, MISSING, MISSING) == AppTransition(pausing)


def test_the_late_answer_to_a_create_is_as_good_as_one_in_time() -> None:
    """It names the request that is being waited out: nothing is left to wait for."""
    settling = after(*CREATING, UNKNOWN).record
    listing = record_in(ListingAddresses(OpId(4), Look.FIRST), 5, standing=Standing.MADE)
    made = app_absorb(settling, AppReplied(CREATE, AppMade()))
    assert made == AppTransition(listing, (ListAddresses(OpId(4), NAME),))
    confirming = record_in(Confirming(OpId(4), TAKEN, Look.FIRST), 5)
    taken = app_absorb(settling, AppReplied(CREATE, TAKEN))
    assert taken == AppTransition(confirming, (GetApp(OpId(4), NAME),))


def test_an_allocation_in_doubt_is_waited_out_and_the_app_doubted() -> None:
    """From now on it may have an address that we have not seen, so that an absence takes two looks."""
    for doubt in DOUBTS:
        told = after(*ALLOCATING, doubt)
        assert told == AppTransition(SETTLING_ALLOCATION, (Settle(OpId(5), ALLOCATION, 75.0),))


def test_an_allocation_that_can_no_longer_land_is_looked_for_twice() -> None:
    """One lagging listing would get the app a second address."""
    first = record_in(ListingAddresses(OpId(6), Look.FIRST), 7, standing=Standing.FOUND)
    assert after(*ALLOCATING, UNKNOWN, DONE) == AppTransition(first, (ListAddresses(OpId(6), NAME),))
    second = record_in(ListingAddresses(OpId(7), Look.SECOND), 8, standing=Standing.FOUND)
    told = after(*ALLOCATING, UNKNOWN, DONE, AddressesListed())
    assert told == AppTransition(second, (ListAddresses(OpId(7), NAME, pause_s=15.0),))


def test_the_late_answer_to_an_allocation_ends_the_wait() -> None:
    """A yes is confirmed by a listing; a no is the same as if it had come in time."""
    settling = after(*ALLOCATING, UNKNOWN).record
    listing = record_in(ListingAddresses(OpId(6), Look.FIRST), 7, standing=Standing.FOUND)
    granted = app_absorb(settling, AppReplied(ALLOCATION, DONE))
    assert granted == AppTransition(listing, (ListAddresses(OpId(6), NAME),))
    unready = record_in(Unready(), 6, standing=Standing.FOUND, note=Why.UNAUTHORIZED)
    refused = app_absorb(settling, AppReplied(ALLOCATION, BAD_TOKEN))
    assert refused == AppTransition(unready, (), (failed(Why.UNAUTHORIZED),))


def test_a_wait_that_was_cut_short_begins_anew() -> None:
    """Only Done ends it: not the alarm, not whoever takes over, not a performer that gave up."""
    again = record_in(Settling(OpId(4), CREATE, Sought.APP), 5)
    for trouble in (UNKNOWN, Rejected(Why.NOT_SENT), RING, RECOVERED):
        told = after(*CREATING, UNKNOWN, trouble)
        assert told == AppTransition(again, (Settle(OpId(4), CREATE, 75.0),))


def test_nothing_else_hurries_a_wait() -> None:
    """Another doubt about the same request, an answer to an older one, or a new command."""
    settling = after(*CREATING, UNKNOWN).record
    for op in (CREATE, OpId(1)):
        assert app_absorb(settling, AppReplied(op, UNKNOWN)) == AppTransition(settling)
    told = after(*CREATING, UNKNOWN, evolve(ENSURE, id=CommandId("second")))
    assert told.effects == ()


def test_an_echo_never_steers() -> None:
    """The answer to a request that nobody waits for any more changes nothing, whatever it says."""
    echo = AppReplied(OpId(0), AppMade())
    stories: tuple[tuple[Happening, ...], ...] = (
        (),
        CREATING,
        (*CREATING, TAKEN),
        (AppShown("ours"),),
        (MISSING, AppMade()),
        (MISSING, AppMade(), AddressesListed(BOTH)),
        ALLOCATING,
        (*CREATING, UNKNOWN),
        (*ALLOCATING, BAD_TOKEN),
    )
    for story in stories:
        waiting = after(*story).record
        assert app_absorb(waiting, echo) == AppTransition(waiting)
