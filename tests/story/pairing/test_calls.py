"""Whoever asks a controller: which way each call goes, and how it ends."""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_core.pairing import (
    Approved,
    Broken,
    Code,
    CommandEnd,
    DeviceSubject,
    Kind,
    Missing,
    NotApproved,
    NotDone,
    Ok,
    RequestId,
    Seen,
    Unsure,
)
from kiloclaw_core.pairing.caller import (
    OURS,
    ApproveCall,
    ApproveEnd,
    ApproveHeard,
    ApproveVerdict,
    AskVersion,
    CacheDone,
    CacheDrop,
    CacheGet,
    CacheGot,
    CachePut,
    CallApprove,
    CallFact,
    Calling,
    CallList,
    Capabilities,
    ExecApprove,
    ExecEnded,
    ExecList,
    ExecListed,
    Failed,
    Failing,
    Granted,
    Kept,
    Known,
    ListCall,
    Listed,
    ListEnd,
    ListHeard,
    LookAtMachine,
    MachineSeen,
    Miss,
    Reach,
    Shown,
    Told,
    Turned,
    Unconfirmed,
    VersionHeard,
    Via,
    approve_begun,
    approve_heard,
    dropped,
    list_begun,
    list_heard,
    put,
    shown,
)
from tests.story.pairing.telling import DEVICE, SUBJECT, A, B, D

LISTING, APPROVING = ListCall(Kind.CHANNELS), ApproveCall(SUBJECT)
UP, DOWN = MachineSeen.UP, MachineSeen.DOWN
SAYS = VersionHeard(Told(Capabilities(OURS)))
SAYS_NOT = VersionHeard(Told(Capabilities(("files",))))
SILENT = VersionHeard(Told(None))
NO_ROUTE = ListHeard(Miss.ROUTE_UNKNOWN)
LISTED = ListHeard(Listed((A,), stale=False))


def listing(*facts: CallFact, call: ListCall = LISTING) -> Calling:
    """A call for a list, after it heard these."""
    calling = list_begun(call)
    for fact in facts:
        assert isinstance(calling.call, ListCall)
        calling = list_heard(calling.call, fact)
    return calling


def approving(*facts: CallFact, call: ApproveCall = APPROVING) -> Calling:
    """A call that approves, after it heard these."""
    calling = approve_begun(call)
    for fact in facts:
        assert isinstance(calling.call, ApproveCall)
        calling = approve_heard(calling.call, fact)
    return calling


def test_a_machine_is_looked_at_before_it_is_called() -> None:
    """One that is down would be woken by a call (PW20)."""
    assert listing().effect == approving().effect == LookAtMachine()
    assert (listing(DOWN).call.end, listing(DOWN).effect) == (Failed(Failing.NOT_RUNNING), None)
    assert approving(DOWN).call.end == Failed(Failing.NOT_RUNNING)
    assert listing(MachineSeen.UNKNOWN).call.end == Failed(Failing.UNREACHABLE)


def test_what_the_controller_can_do_is_asked_first() -> None:
    """Unless it is known."""
    assert listing(UP).effect == approving(UP).effect == AskVersion(10.0)
    assert listing(UP, SAYS).effect == CallList(Kind.CHANNELS, anew=False, timeout_s=30.0)
    assert approving(UP, SAYS).effect == CallApprove(SUBJECT, 267.0)
    known = Known(capabilities=Capabilities(OURS))
    assert listing(UP, call=ListCall(Kind.CHANNELS, known=known)).effect == listing(UP, SAYS).effect
    assert approving(UP, call=ApproveCall(SUBJECT, known)).effect == approving(UP, SAYS).effect


def test_one_that_does_not_say_is_asked_and_one_that_says_no_is_not() -> None:
    """Only of the former is it guessed (PW9)."""
    for version in (SILENT, VersionHeard(Miss.ROUTE_UNKNOWN)):
        assert listing(UP, version).effect == CallList(Kind.CHANNELS, anew=False, timeout_s=30.0)
        assert approving(UP, version).effect == CallApprove(SUBJECT, 267.0)
    assert listing(UP, SAYS_NOT).effect == CacheGet(Kind.CHANNELS)
    assert approving(UP, SAYS_NOT).effect == ExecApprove(SUBJECT, 190.0)


@pytest.mark.parametrize(
    ("facts", "end"),
    [
        ((UP, SAYS, LISTED), Shown((A,), Via.CONTROLLER, stale=False)),
        ((UP, SAYS, ListHeard(Listed((A,), stale=True))), Shown((A,), Via.CONTROLLER, stale=True)),
        ((UP, SILENT, ListHeard(Listed((A,)))), Shown((A,), Via.CONTROLLER, stale=None)),
        ((UP, VersionHeard(Miss.DENIED)), Failed(Failing.DENIED)),
        ((UP, VersionHeard(Miss.UNAVAILABLE)), Failed(Failing.UNREACHABLE)),
        ((UP, VersionHeard(Miss.INVALID)), Failed(Failing.UNREACHABLE)),
        ((UP, SAYS, NO_ROUTE), Failed(Failing.CONTRADICTED)),
        ((UP, SAYS, ListHeard(Miss.DENIED)), Failed(Failing.DENIED)),
        ((UP, SILENT, ListHeard(Miss.UNAVAILABLE)), Failed(Failing.UNREACHABLE)),
        ((UP, SILENT, ListHeard(Miss.INVALID)), Failed(Failing.UNREADABLE)),
        ((UP, SILENT, NO_ROUTE, CacheGot(0, (B,))), Shown((B,), Via.CACHE)),
        ((UP, SILENT, NO_ROUTE, CacheGot(0), ExecListed(Broken())), Failed(Failing.UNREADABLE)),
        ((UP, SILENT, NO_ROUTE, CacheGot(0), ExecListed(Missing())), Failed(Failing.UNREADABLE)),
        ((UP, SILENT, NO_ROUTE, CacheGot(0), ExecListed(Ok((A,))), CacheDone()), Shown((A,), Via.EXEC)),
        ((UP, SILENT, NO_ROUTE, CacheGot(0), ExecListed(Ok((A,))), CacheDone(well=False)), Shown((A,), Via.EXEC)),
        ((UP, SILENT, NO_ROUTE, CacheGot(None), ExecListed(Ok((A,)))), Shown((A,), Via.EXEC)),
        ((UP, SILENT, ExecEnded(CommandEnd.SUCCEEDED)), Failed(Failing.UNREADABLE)),
    ],
)
def test_how_a_call_for_a_list_ends(facts: tuple[CallFact, ...], end: ListEnd) -> None:
    """No error is an empty list (S11)."""
    calling = listing(*facts)
    assert (calling.call.end, calling.effect) == (end, None)


def test_round_the_controller() -> None:
    """The cache first, then exec, then the cache is told, under the epoch that it named."""
    assert listing(UP, SILENT, NO_ROUTE).effect == CacheGet(Kind.CHANNELS)
    assert listing(UP, SILENT, NO_ROUTE, CacheGot(3)).effect == ExecList(Kind.CHANNELS, 145.0)
    kept = listing(UP, SILENT, NO_ROUTE, CacheGot(3), ExecListed(Ok((A,))))
    assert kept.effect == CachePut(Kind.CHANNELS, 3, (A,), 120.0)


def test_a_list_wanted_anew_is_not_out_of_the_cache() -> None:
    """The epoch is asked for all the same."""
    anew = listing(UP, SILENT, NO_ROUTE, CacheGot(3, (B,)), call=ListCall(Kind.CHANNELS, anew=True))
    assert anew.effect == ExecList(Kind.CHANNELS, 145.0)


def test_where_there_is_no_way_round() -> None:
    """Only Fly runs commands."""
    known = Known(reach=Reach.NONE)
    assert listing(UP, SAYS_NOT, call=ListCall(Kind.CHANNELS, known=known)).call.end == Failed(Failing.NO_ROUTE)
    assert approving(UP, SAYS_NOT, call=ApproveCall(SUBJECT, known)).call.end == Failed(Failing.NO_ROUTE)


@pytest.mark.parametrize(
    ("verdict", "end"),
    [
        (Granted(), Approved()),
        (Turned(), NotApproved(NotDone.FAILED)),
        (Unconfirmed(Seen.ABSENT), Unsure(Seen.ABSENT)),
        (Miss.ROUTE_UNKNOWN, Failed(Failing.CONTRADICTED)),
        (Miss.DENIED, Failed(Failing.DENIED)),
        (Miss.UNAVAILABLE, Failed(Failing.UNREACHABLE)),
    ],
)
def test_how_an_approval_ends(verdict: ApproveVerdict, end: ApproveEnd) -> None:
    """By what the controller says."""
    assert approving(UP, SAYS, ApproveHeard(verdict)).call.end == end


@pytest.mark.parametrize(
    ("heard", "seen"),
    [
        (LISTED, Seen.LISTED),
        (ListHeard(Listed((B,), stale=False)), Seen.ABSENT),
        (ListHeard(Listed((A,), stale=None)), Seen.UNREAD),
        (ListHeard(Listed((), stale=None)), Seen.UNREAD),
        (ListHeard(Listed((A,), stale=True)), Seen.UNREAD),
        (ListHeard(Listed((), stale=True)), Seen.UNREAD),
        (ListHeard(Miss.UNAVAILABLE), Seen.UNREAD),
    ],
)
def test_an_approval_in_doubt_is_looked_at_and_not_sent_again(heard: ListHeard, seen: Seen) -> None:
    """A list that is read anew tells, if it is said to be (PW4)."""
    for miss in (Miss.AMBIGUOUS, Miss.INVALID):
        looking = approving(UP, SAYS, ApproveHeard(miss))
        assert looking.effect == CallList(Kind.CHANNELS, anew=True, timeout_s=30.0)
        assert approving(UP, SAYS, ApproveHeard(miss), heard).call.end == Unsure(seen)


ROUND = (UP, SILENT, ApproveHeard(Miss.ROUTE_UNKNOWN))


@pytest.mark.parametrize("well", [True, False])
def test_approved_by_exec_it_is_approved_whatever_the_cache_does(well: bool) -> None:  # noqa: FBT001 - a row
    """A new epoch begins, if that can be had (PW19, S7)."""
    assert approving(*ROUND).effect == ExecApprove(SUBJECT, 190.0)
    done = approving(*ROUND, ExecEnded(CommandEnd.SUCCEEDED))
    assert done.effect == CacheDrop(Kind.CHANNELS)
    assert approving(*ROUND, ExecEnded(CommandEnd.SUCCEEDED), CacheDone(well)).call.end == Approved()


def test_not_approved_by_exec_it_is_not() -> None:
    """The command said no, or there was none."""
    assert approving(*ROUND, ExecEnded(CommandEnd.FAILED)).call.end == NotApproved(NotDone.FAILED)
    assert approving(*ROUND, ExecEnded(CommandEnd.NOT_STARTED)).call.end == NotApproved(NotDone.NOT_STARTED)


@pytest.mark.parametrize(
    ("listed", "seen"),
    [
        (Ok((A,)), Seen.LISTED),
        (Ok((evolve(A, code=Code("A2")),)), Seen.ABSENT),
        (Ok(()), Seen.UNREAD),
        (Ok((B,)), Seen.UNREAD),
        (Missing(), Seen.UNREAD),
        (Broken(), Seen.UNREAD),
    ],
)
def test_in_doubt_by_exec_it_is_looked_at_by_exec(listed: Ok | Missing | Broken, seen: Seen) -> None:
    """The cache is told first: it may have been approved."""
    killed = (*ROUND, ExecEnded(CommandEnd.KILLED))
    assert approving(*killed).effect == CacheDrop(Kind.CHANNELS)
    assert approving(*killed, CacheDone()).effect == ExecList(Kind.CHANNELS, 145.0)
    assert approving(*killed, CacheDone(), ExecListed(listed)).call.end == Unsure(seen)


def test_a_script_that_lists_devices_has_read_them_all() -> None:
    """It fails as a whole or not at all (pairing 1.7)."""
    killed = (UP, SILENT, ApproveHeard(Miss.ROUTE_UNKNOWN), ExecEnded(CommandEnd.KILLED), CacheDone())
    call = ApproveCall(DEVICE)
    assert approving(*killed, ExecListed(Ok(())), call=call).call.end == Unsure(Seen.ABSENT)
    assert approving(*killed, ExecListed(Ok((D,))), call=call).call.end == Unsure(Seen.LISTED)


def test_what_was_never_asked_for_ends_a_call_in_doubt() -> None:
    """It would be our own performer's mistake."""
    assert approving(UP, CacheGot(1)).call.end == Unsure(Seen.UNREAD)


def test_what_must_not_stand_on_a_command_line_is_not_sent() -> None:
    """Exec would not check it again (pairing 2.3)."""
    bad = approve_begun(ApproveCall(DeviceSubject(RequestId("--all"))))
    assert (bad.call.end, bad.effect) == (Failed(Failing.INVALID), None)


def test_a_list_is_kept_while_it_is_young_and_its_epoch_lasts() -> None:
    """An approval begins a new one, so that nothing comes back (PW19)."""
    kept = put(Kept(), 0, (A,), until_ms=100)
    assert (shown(kept, 99), shown(kept, 100)) == ((A,), None)
    gone = dropped(kept)
    assert (gone, shown(gone, 0)) == (Kept(1), None)
    assert put(gone, 0, (A,), until_ms=100) == gone
    assert put(gone, 1, (B,), until_ms=100) == evolve(gone, requests=(B,), until_ms=100)


def test_an_empty_list_is_not_kept() -> None:
    """The script says nothing else when every channel has failed (PW19)."""
    assert put(Kept(), 0, (), until_ms=100) == Kept()
