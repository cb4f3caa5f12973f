"""The schedules of pairing 8.4, on a virtual clock: what upstream was seen to do, and what happens here."""

from __future__ import annotations

from typing import get_args

from attrs import evolve

from kiloclaw_core.pairing import (
    Approve,
    Approved,
    AskId,
    Broken,
    CommandEnd,
    ConfigRead,
    KillCommand,
    Kind,
    ListChannel,
    ListDevices,
    Missing,
    Ok,
    Pairing,
    PairingEffect,
    PairingPolicy,
    ReadConfig,
    Refresh,
    Reply,
    RequestId,
    RunApprove,
    pending_view,
)
from kiloclaw_core.pairing.caller import (
    CacheGot,
    CachePut,
    Doing,
    ExecListed,
    Kept,
    ListCall,
    ListHeard,
    MachineSeen,
    Miss,
    Told,
    VersionHeard,
    dropped,
    list_heard,
    put,
    shown,
)
from tests.story.pairing.clockwork import NEVER, Asking, Clockwork, Timed
from tests.story.pairing.telling import LINE, SHELL, SLACK, START, STOP, SUBJECT, TELEGRAM, TRUSTING, UUID, A, B, D

FAILING, WEDGED = (10.0, CommandEnd.FAILED), (NEVER, CommandEnd.KILLED)


def nothing_pending(effect: Asking, _now: float) -> Timed:
    """There is nothing, and everything is quick."""
    match effect:
        case ReadConfig():
            return 0.0, ConfigRead((TELEGRAM,))
        case ListChannel() | ListDevices():
            return 0.0, Ok()
        case RunApprove():
            return 0.0, CommandEnd.FAILED


def own_device(effect: Asking, now: float) -> Timed:
    """The gateway's own device asks for five minutes, and every approval is refused after ten seconds."""
    match effect:
        case ListDevices():
            return 0.0, Ok((D,)) if now < 300 else Ok()
        case RunApprove():
            return FAILING
        case ReadConfig() | ListChannel():
            return nothing_pending(effect, now)


def trusting(policy: PairingPolicy = TRUSTING) -> Pairing:
    """A cache that knows the machine's own device."""
    return Pairing(policy=policy)


def approving(effect: Asking, now: float) -> Timed:
    """Every approval works, after five seconds."""
    return (5.0, CommandEnd.SUCCEEDED) if isinstance(effect, RunApprove) else nothing_pending(effect, now)


def once_readable(effect: Asking, now: float) -> Timed:
    """A request is there at first, and no list can be read afterwards."""
    match effect:
        case ListChannel() | ListDevices():
            return 0.0, Broken() if now else Ok((A,)) if isinstance(effect, ListChannel) else Ok()
        case ReadConfig() | RunApprove():
            return nothing_pending(effect, now)


def slow_at_first(effect: Asking, now: float) -> Timed:
    """The first reading of devices takes a minute."""
    takes = 60.0 if now < 1 and isinstance(effect, ListDevices) else 0.0
    return takes, nothing_pending(effect, now)[1]


def failing_slowly(effect: Asking, now: float) -> Timed:
    """No list of devices can be read; after the first it takes ten seconds to say so."""
    if isinstance(effect, ListDevices):
        return (10.0 if now else 0.0), Broken()
    return nothing_pending(effect, now)


def good_then_bad(effect: Asking, now: float) -> Timed:
    """A list of devices takes five seconds, and works once."""
    if isinstance(effect, ListDevices):
        return 5.0, Ok((D,)) if now < 1 else Broken()
    return nothing_pending(effect, now)


def wedged_for_a_while(effect: Asking, now: float) -> Timed:
    """Every command is killed at its time-out."""
    return nothing_pending(effect, now) if isinstance(effect, ReadConfig) else (45.0, Broken())


def wedged_for_good(effect: Asking, now: float) -> Timed:
    """No command ever ends."""
    return nothing_pending(effect, now) if isinstance(effect, ReadConfig) else WEDGED


def test_pw1_a_refused_approval_is_tried_three_times_and_no_more() -> None:
    """Upstream: 460 commands in five minutes, 30 of them at once."""
    cache = Clockwork(own_device, trusting())
    cache.at(0, START)
    for second in range(0, 600, 10):
        cache.at(second, LINE)
    cache.run(600)
    assert (cache.commands, cache.most_alive) == (3, 1)


def test_pw1_one_that_fails_at_once_is_no_storm() -> None:
    """Upstream: 13,605 attempts in half a second."""
    instant = Clockwork(lambda effect, now: (0.0, own_device(effect, now)[1]), trusting())
    instant.at(0, START)
    instant.run(300)
    assert (instant.commands, len(instant.begun) < 20) == (3, True)


def test_pw2_nothing_is_run_after_a_stop() -> None:
    """Upstream: two more commands."""
    several = tuple(evolve(D, request=RequestId(UUID.format(number))) for number in range(1, 4))

    def three(effect: Asking, now: float) -> Timed:
        return (0.0, Ok(several)) if isinstance(effect, ListDevices) else own_device(effect, now)

    cache = Clockwork(three, trusting())
    cache.at(0, START)
    cache.at(3, STOP)
    cache.run(600)
    assert (cache.commands, cache.alive, cache.due) == (1, {}, {})


def test_pw3_ten_who_ask_at_once_share_two_readings_and_one_command() -> None:
    """Upstream: ten commands for one request."""
    cache = Clockwork(lambda effect, now: (1.0, own_device(effect, now)[1]), trusting())
    for number in range(10):
        cache.at(number * 0.01, Refresh(AskId(f"{number}"), Kind.DEVICES))
    cache.run(2.5)
    assert (len(cache.begun), len(cache.answers)) == (2, 10)
    cache.run(20)
    assert cache.most_alive == 1


def test_pw3_ten_who_approve_at_once_run_one_command() -> None:
    """And are all told the same."""
    cache = Clockwork(
        lambda effect, now: (
            (5.0, CommandEnd.SUCCEEDED) if isinstance(effect, RunApprove) else nothing_pending(effect, now)
        )
    )
    for number in range(10):
        cache.at(number * 0.1, Approve(AskId(f"{number}"), SUBJECT))
    cache.run(60)
    assert (cache.commands, set(cache.answers.values())) == (1, {(5.0, Approved())})


def test_pw6_what_vanishes_beside_a_channel_that_is_fine_is_gone() -> None:
    """Upstream: still listed ten hours later."""

    def vanishing(effect: Asking, now: float) -> Timed:
        match effect:
            case ReadConfig():
                return 0.0, ConfigRead((TELEGRAM, SLACK))
            case ListChannel(channel=channel):
                there: Timed = (0.0, Ok((A,)) if now < 60 else Missing())
                return there if channel == TELEGRAM else (0.0, Ok((B,)))
            case ListDevices() | RunApprove():
                return nothing_pending(effect, now)

    cache = Clockwork(vanishing)
    cache.at(0, START)
    cache.run(60)
    assert pending_view(cache.record, Kind.CHANNELS, 0).requests == (A, B)
    cache.run(121)
    assert pending_view(cache.record, Kind.CHANNELS, 0).requests == (B,)


def test_pw6_what_cannot_be_read_any_more_grows_old() -> None:
    """Upstream: carried over for ever."""
    broken = Clockwork(once_readable)
    broken.at(0, START)
    broken.run(36_000)
    assert broken.record.channels.entries == (A,)
    assert pending_view(broken.record, Kind.CHANNELS, 36_000_000).requests == ()


def test_pw8_nothing_is_written() -> None:
    """Upstream: another program's store is rewritten whole, without its lock, and readable by all."""
    assert get_args(PairingEffect) == (ReadConfig, ListChannel, ListDevices, RunApprove, KillCommand, Reply)


def test_pw11_a_line_while_warming_up_is_seen_to() -> None:
    """Upstream: dropped, and seen two minutes later."""
    slow = Clockwork(
        lambda effect, now: (
            60.0 if now < 1 and isinstance(effect, ListDevices) else 0.0,
            nothing_pending(effect, now)[1],
        )
    )
    slow.at(0, START)
    slow.at(5, LINE)
    slow.run(90)
    assert slow.begun == [0.0, 0.0, 7.0, 62.0]


def test_pw16_a_line_before_a_failure_does_not_double_the_pause() -> None:
    """Upstream: the next try comes after 171 s instead of 110 s."""
    cache = Clockwork(failing_slowly)
    cache.at(0, START)
    cache.at(29, LINE)
    cache.run(100)
    assert [moment for moment in cache.begun if moment not in (0.0, 31.0)] == [30.0, 100.0]
    assert cache.record.devices.failures == 2


def test_pw18_an_older_reading_that_works_is_kept_by_a_newer_one_that_does_not() -> None:
    """Upstream: thrown away."""
    cache = Clockwork(
        lambda effect, now: (
            (5.0, Ok((D,)) if now < 1 else Broken())
            if isinstance(effect, ListDevices)
            else nothing_pending(effect, now)
        )
    )
    cache.at(0, Refresh(AskId("old"), Kind.DEVICES))
    cache.at(1, Refresh(AskId("new"), Kind.DEVICES))
    cache.run(20)
    assert cache.record.devices.entries == (D,)


def test_pw19_a_list_that_was_read_before_an_approval_and_arrives_after_it_is_not_kept() -> None:
    """Upstream: the approved request is shown for two minutes more."""
    kept, call = Kept(), ListCall(Kind.CHANNELS)
    facts = (MachineSeen.UP, VersionHeard(Told(None)), ListHeard(Miss.ROUTE_UNKNOWN), CacheGot(kept.epoch))
    for fact in facts:
        calling = list_heard(call, fact)
        assert isinstance(calling.call, ListCall)
        call = calling.call
    assert call.doing is Doing.EXEC
    kept = dropped(kept)  # somebody approves while the script runs
    late = list_heard(call, ExecListed(Ok((A,)))).effect
    assert late == CachePut(Kind.CHANNELS, 0, (A,), 120.0)
    assert shown(put(kept, late.epoch, late.requests, 120_000), 1) is None


def test_1095_a_wedged_command_line_has_one_process() -> None:
    """Upstream's first cache: 76 alive at once, one line every half second."""
    cache = Clockwork(
        lambda effect, now: nothing_pending(effect, now) if isinstance(effect, ReadConfig) else (45.0, Broken()),
        trusting(SHELL),
    )
    cache.at(0, START)
    for half in range(600):
        cache.at(half * 0.5, LINE)
    cache.run(300)
    assert (cache.most_alive, cache.commands < 8) == (1, True)


def test_1095_one_that_never_ends_is_the_only_one() -> None:
    """And whoever asks is answered."""
    cache = Clockwork(
        lambda effect, now: nothing_pending(effect, now) if isinstance(effect, ReadConfig) else WEDGED, trusting(SHELL)
    )
    cache.at(0, START)
    cache.at(10, Refresh(AskId("one"), Kind.CHANNELS))
    cache.at(100, Approve(AskId("two"), SUBJECT))
    cache.run(3_600)
    assert (cache.commands, cache.most_alive) == (1, 1)
    assert {ask: moment for ask, (moment, _) in cache.answers.items()} == {"one": 52.0, "two": 160.0}
