"""What is approved by itself: the machine's own devices, confirmed by a second reading, and not often."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_core.instance import Note
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import (
    Approve,
    Approved,
    AskId,
    CommandEnd,
    DeviceId,
    DeviceRequest,
    DeviceSubject,
    Kind,
    ListDevices,
    Pairing,
    PairingAlarmName,
    PairingOutcome,
    Reply,
    RequestId,
    RunApprove,
    pairing_ask,
)
from kiloclaw_core.pairing.record import Approval, Approving, Candidate, Pausing, Sighted, Spent, Trying
from kiloclaw_core.pairing.trust import confirmed, is_ours
from tests.story.pairing.telling import (
    BROKEN,
    CONFIG,
    DEVICE,
    TRUSTING,
    UUID,
    A,
    D,
    Ring,
    after,
    alarms,
    approve,
    listing,
    refresh,
    sent,
    with_policy,
)

Name = PairingAlarmName
DEVICES = refresh("zero", Kind.DEVICES)
SIGHTED = after(with_policy(TRUSTING), DEVICES, listing(D))
TRIED = after(SIGHTED.record, Ring(Name.DEBOUNCE), listing(D))


ANOTHER = evolve(D, request=RequestId(UUID.format(2)))
"""The other request of the same device."""


def candidates(*happenings: PairingOutcome | Ring) -> tuple[Candidate, ...]:
    """What is on its way after these, once D was tried."""
    return after(TRIED.record, *happenings).record.candidates


def test_what_is_first_seen_is_looked_at_again_before_it_is_approved() -> None:
    """Two seconds later, as after a line; the second reading has to show the very same request (PW7)."""
    assert SIGHTED.record.candidates == (Candidate(D.request, D.device, Sighted(OpId(1))),)
    assert alarms(SIGHTED.record) == {Name.DEBOUNCE: 2.0}
    assert TRIED.record.candidates == (Candidate(D.request, D.device, Trying()),)
    assert sent(TRIED) == [RunApprove(OpId(6), DEVICE, 180.0, 5.0)]


def test_each_that_is_approved_by_itself_stands_among_the_approvals_for_itself() -> None:
    """Two requests of one device: one runs, and the other waits for its turn."""
    both = after(with_policy(TRUSTING), DEVICES, listing(D, ANOTHER)).record
    tried = after(both, Ring(Name.DEBOUNCE), listing(D, ANOTHER)).record
    assert tried.candidates == tuple(Candidate(one.request, one.device, Trying()) for one in (D, ANOTHER))
    assert tried.approvals == (
        Approval(OpId(5), DEVICE, Approving(OpId(7))),
        Approval(OpId(6), DeviceSubject(ANOTHER.request)),
    )


def test_the_reading_that_first_showed_it_confirms_nothing() -> None:
    """Whoever looks twice at one view has seen it once."""
    (candidate,) = SIGHTED.record.candidates
    assert confirmed(SIGHTED.record, candidate, OpId(1)) == SIGHTED.record


def test_neither_another_list_nor_one_that_could_not_be_read_confirms_it() -> None:
    """What is kept of it was seen before."""
    for reading in ((refresh(), CONFIG, listing(A)), (DEVICES, BROKEN)):
        assert after(SIGHTED.record, *reading).record.candidates == SIGHTED.record.candidates


def test_what_is_no_longer_there_or_another_is_not_approved() -> None:
    """The second reading confirms, or nothing does."""
    for other in (listing(), listing(evolve(D, device=DeviceId("other"))), listing(evolve(D, role="node"))):
        gone = after(SIGHTED.record, Ring(Name.DEBOUNCE), other)
        assert (gone.record.candidates, sent(gone)) == ((), [])


def test_approved_it_is_done() -> None:
    """Nobody asked, so nobody is told; the log says that we did it."""
    done = after(TRIED.record, CommandEnd.SUCCEEDED)
    assert (done.record.candidates, done.record.devices.entries) == ((), ())
    assert [type(one) for one in done.effects] == [ListDevices]
    assert done.notes == (Note("pairing.approval", (("kind", "devices"), ("answer", "approved"), ("by", "itself"))),)


@pytest.mark.parametrize(
    ("end", "op"),
    [((CommandEnd.FAILED,), OpId(7)), ((CommandEnd.KILLED, listing(D)), OpId(10))],
    ids=["failed", "killed"],
)
def test_a_try_that_fails_is_followed_by_a_pause_and_another_look(end: tuple[PairingOutcome, ...], op: OpId) -> None:
    """Thirty seconds, then sixty; after the third it is left to people (PW1)."""
    record = after(TRIED.record, *end, *([listing(D)] if len(end) == 1 else [])).record
    assert record.candidates == (Candidate(D.request, D.device, Pausing(op), tries=1),)
    assert alarms(record)[Name.AUTO_PAUSE] == 30.0
    looked = after(record, Ring(Name.AUTO_PAUSE))
    assert [type(one) for one in looked.effects] == [ListDevices]
    second = after(looked.record, listing(D), CommandEnd.FAILED, listing(D)).record
    assert alarms(second)[Name.AUTO_PAUSE] == 60.0
    third = after(second, Ring(Name.AUTO_PAUSE), listing(D), CommandEnd.FAILED, listing(D)).record
    assert [(type(one.phase), one.tries) for one in third.candidates] == [(Spent, 3)]
    assert alarms(third) == {}
    assert after(third, DEVICES, listing(D)).record.candidates == third.candidates
    assert after(third, DEVICES, listing()).record.candidates == ()


def test_one_that_is_being_tried_is_kept_though_it_is_not_listed() -> None:
    """Its command runs; the reading may have come in between."""
    read = after(TRIED.record, DEVICES).record
    assert candidates() == TRIED.record.candidates
    assert after(read, listing()).record.candidates == TRIED.record.candidates


def test_somebody_who_asks_for_the_same_joins_it() -> None:
    """And it joins him."""
    joined = pairing_ask(TRIED.record, Approve(AskId("one"), DEVICE)).unwrap()
    assert joined.effects == ()
    done = after(joined.record, CommandEnd.SUCCEEDED)
    assert (done.effects[0], done.record.candidates) == (Reply(AskId("one"), Approved()), ())

    asked = pairing_ask(SIGHTED.record, Approve(AskId("one"), DEVICE)).unwrap().record
    read = after(asked, DEVICES).record
    confirmed = after(read, listing(D)).record
    assert ([type(one.phase) for one in confirmed.candidates], len(confirmed.approvals)) == ([Trying], 1)


def test_somebody_who_approves_what_is_only_sighted_leaves_nothing_to_do() -> None:
    """It is gone at the next look."""
    asked = pairing_ask(SIGHTED.record, Approve(AskId("one"), DEVICE)).unwrap().record
    done = after(asked, CommandEnd.SUCCEEDED)
    assert [type(one.phase) for one in done.record.candidates] == [Sighted]
    assert after(done.record, listing()).record.candidates == ()


def test_an_approval_of_a_channel_is_no_business_of_a_device() -> None:
    """Nothing moves."""
    done = after(SIGHTED.record, approve(), CommandEnd.SUCCEEDED)
    assert done.record.candidates == SIGHTED.record.candidates


def test_no_more_are_followed_than_the_policy_says() -> None:
    """A flood of requests is no flood of commands."""
    many = [evolve(D, request=RequestId(UUID.format(number))) for number in range(1, 7)]
    flooded = after(with_policy(TRUSTING), DEVICES, listing(*many)).record
    assert [one.request for one in flooded.candidates] == [one.request for one in many[:4]]


def test_who_is_followed_already_takes_the_room_of_others() -> None:
    """One at a time means one, in whichever reading the other is first seen."""
    alone = with_policy(evolve(TRUSTING, auto_at_once=1))
    read = after(after(alone, DEVICES, listing(D)).record, Ring(Name.DEBOUNCE), listing(D, ANOTHER)).record
    assert read.candidates == (Candidate(D.request, D.device, Trying()),)


@pytest.mark.parametrize(
    "other",
    [
        evolve(D, device=DeviceId("other")),
        evolve(D, request=RequestId("--all")),
        evolve(D, client_id="cli"),
        evolve(D, role=None),
        evolve(D, role="node", roles=("reader",)),
    ],
)
def test_whoever_is_not_one_of_ours_is_left_to_people(other: DeviceRequest) -> None:
    """A name proves nothing; the print of a key that is known beforehand does."""
    assert is_ours(D, TRUSTING)
    assert is_ours(evolve(D, role=None, roles=(" operator ",)), TRUSTING)
    assert not is_ours(other, TRUSTING)
    assert is_ours(A, TRUSTING) is False


def test_it_is_off_unless_devices_are_known() -> None:
    """By default nobody's request is approved by itself."""
    assert after(Pairing(), DEVICES, listing(D)).record.candidates == ()
