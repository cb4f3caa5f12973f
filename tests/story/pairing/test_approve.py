"""Approving: once however many ask, in its turn, and answered in one of three ways."""

from __future__ import annotations

import pytest
from attrs import evolve
from returns.result import Failure

from kiloclaw_core.instance import Note
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import (
    Approve,
    Approved,
    AskId,
    Broken,
    ChannelName,
    ChannelSubject,
    Code,
    CommandEnd,
    ConfigRead,
    DeviceSubject,
    KillCommand,
    Kind,
    ListDevices,
    Missing,
    NotApproved,
    NotDone,
    Pairing,
    PairingAlarmName,
    PairingOutcome,
    PairingRefusal,
    PairingReplied,
    PairingTransition,
    ReadConfig,
    Reply,
    RequestId,
    RunApprove,
    Seen,
    Source,
    Subject,
    Unsure,
    pairing_absorb,
    pairing_ask,
)
from kiloclaw_core.pairing.record import Approval, Approving, Looking, Overdue, Running
from tests.story.pairing.telling import (
    BROKEN,
    CONFIG,
    DEVICE,
    KNOWING_A,
    KNOWING_D,
    SHELL,
    SUBJECT,
    UUID,
    A,
    D,
    Happening,
    Ring,
    after,
    alarms,
    approve,
    listing,
    refresh,
    replies,
    sent,
    with_policy,
)

Name = PairingAlarmName
ONE, TWO = AskId("one"), AskId("two")
RUNNING = after(KNOWING_A, approve()).record
RAN = OpId(4)
"""The op of the command in `RUNNING`."""
DEVICE_ASKED = Approve(ONE, DEVICE)


def note(answer: str, kind: str = "channels") -> Note:
    """The line for the log."""
    return Note("pairing.approval", (("kind", kind), ("answer", answer), ("by", "asker")))


def test_an_approval_runs_its_command_at_once() -> None:
    """With the time that it may take, and the grace before it is killed."""
    assert after(KNOWING_A, approve()) == PairingTransition(
        evolve(
            KNOWING_A,
            ops=OpId(5),
            approvals=(Approval(OpId(3), SUBJECT, Approving(RAN), (ONE,)),),
            command=Running(RAN, SUBJECT),
        ),
        (RunApprove(RAN, SUBJECT, 180.0, 5.0),),
    )
    assert alarms(RUNNING) == {Name.COMMAND_PATIENCE: 187.0}


def test_a_command_that_succeeds_has_approved() -> None:
    """It is off the list before anybody reads again, and the list is read again."""
    done = after(RUNNING, CommandEnd.SUCCEEDED)
    assert done.record.channels.entries == ()
    assert done.record.approvals == ()
    assert done.effects == (Reply(ONE, Approved()), ReadConfig(OpId(6)))
    assert done.notes == (note("approved"),)


@pytest.mark.parametrize("listed", [BROKEN, Missing(), listing(A)])
def test_nothing_that_is_read_later_makes_a_failure_of_it(listed: Broken | Missing) -> None:
    """The reading is nobody's answer (S7)."""
    done = after(RUNNING, CommandEnd.SUCCEEDED, CONFIG, listed)
    assert replies(done) == []


def test_a_reading_that_began_before_does_not_bring_it_back() -> None:
    """What it shows is of before; another one follows (S5)."""
    reading = after(KNOWING_A, refresh("two"), CONFIG, approve()).record
    done = pairing_absorb(reading, PairingReplied(OpId(6), CommandEnd.SUCCEEDED))
    assert (done.record.channels.entries, done.effects) == ((), (Reply(ONE, Approved()),))
    old = pairing_absorb(done.record, PairingReplied(OpId(4), listing(A)))
    assert old.record.channels.entries == ()
    assert [type(one) for one in old.effects] == [Reply, ReadConfig]


@pytest.mark.parametrize(
    ("end", "why", "read"),
    [(CommandEnd.FAILED, NotDone.FAILED, [ReadConfig]), (CommandEnd.NOT_STARTED, NotDone.NOT_STARTED, [])],
)
def test_a_command_that_fails_has_not(end: CommandEnd, why: NotDone, read: list[type]) -> None:
    """The entry stays, and where the command said no the list is read again."""
    done = after(RUNNING, end)
    assert (done.record.channels.entries, replies(done)) == ((A,), [Reply(ONE, NotApproved(why))])
    assert [type(one) for one in sent(done)] == read
    assert done.notes == (note(f"not approved: {why.value}"),)


@pytest.mark.parametrize(
    ("happenings", "seen"),
    [
        ((CONFIG, listing(A)), Seen.LISTED),
        ((CONFIG, listing()), Seen.ABSENT),
        ((CONFIG, Missing()), Seen.ABSENT),
        ((CONFIG, BROKEN), Seen.UNREAD),
        ((BROKEN,), Seen.UNREAD),
        ((ConfigRead(),), Seen.UNREAD),
        ((Ring(Name.LOOK_PATIENCE),), Seen.UNREAD),
    ],
)
def test_a_command_in_doubt_is_looked_after(happenings: tuple[Happening, ...], seen: Seen) -> None:
    """A reading that begins then tells; where the channel is not read, nobody knows."""
    doubt = after(RUNNING, CommandEnd.KILLED)
    assert (replies(doubt), [type(one) for one in sent(doubt)]) == ([], [ReadConfig])
    told = after(doubt.record, *happenings)
    assert replies(told) == [Reply(ONE, Unsure(seen))]
    assert told.notes[-1] == note(f"unsure: {seen.value}")


@pytest.mark.parametrize(
    ("listed", "seen"), [(listing(D), Seen.LISTED), (listing(), Seen.ABSENT), (BROKEN, Seen.UNREAD)]
)
def test_a_device_in_doubt_is_looked_after(listed: PairingOutcome, seen: Seen) -> None:
    """In the one file that there is."""
    told = after(KNOWING_D, DEVICE_ASKED, CommandEnd.KILLED, listed)
    assert replies(told) == [Reply(ONE, Unsure(seen))]


def test_a_device_is_approved_alike() -> None:
    """And read again alike."""
    done = after(KNOWING_D, DEVICE_ASKED, CommandEnd.SUCCEEDED)
    assert done.record.devices.entries == ()
    assert [type(one) for one in done.effects] == [Reply, ListDevices]


@pytest.mark.parametrize("outcome", [ConfigRead(), BROKEN, listing(), Missing()])
def test_an_answer_to_another_question_is_a_doubt(outcome: PairingOutcome) -> None:
    """It would be our own performer's mistake."""
    doubt = after(RUNNING, outcome).record
    assert [type(one.phase) for one in doubt.approvals] == [Looking]


def test_whoever_asks_for_the_same_shares_the_answer() -> None:
    """One command, and one answer for all (PW3); who asks twice is answered once."""
    shared = after(RUNNING, approve("two"), approve("two"))
    assert shared.effects == ()
    assert replies(after(shared.record, CommandEnd.SUCCEEDED)) == [Reply(ONE, Approved()), Reply(TWO, Approved())]


def test_another_approval_waits_for_its_turn() -> None:
    """One command at a time (S8); one that waits too long is refused with nothing done."""
    queued = pairing_ask(RUNNING, Approve(TWO, DEVICE)).unwrap()
    assert (queued.effects, alarms(queued.record)[Name.QUEUE_PATIENCE]) == ((), 60.0)
    assert replies(after(queued.record, Ring(Name.QUEUE_PATIENCE))) == [Reply(TWO, NotApproved(NotDone.BUSY))]
    done = pairing_absorb(queued.record, PairingReplied(RAN, CommandEnd.SUCCEEDED))
    assert [type(one) for one in done.effects] == [Reply, ReadConfig, RunApprove]


def test_one_approval_too_many_is_refused() -> None:
    """Each may take minutes."""
    record = evolve(RUNNING, policy=evolve(RUNNING.policy, approvals_at_once=1))
    record = pairing_ask(record, Approve(TWO, DEVICE)).unwrap().record
    other = DeviceSubject(RequestId(UUID.format(2)))
    assert pairing_ask(record, Approve(AskId("three"), other)) == Failure(PairingRefusal.BUSY)


def test_an_approval_goes_before_a_list_on_the_command_line() -> None:
    """Somebody waits for it."""
    reading = after(with_policy(SHELL), refresh("two", Kind.DEVICES), approve(), refresh("three")).record
    listed = pairing_absorb(reading, PairingReplied(OpId(2), listing()))
    assert [type(one) for one in sent(listed)] == [RunApprove]


@pytest.mark.parametrize(
    ("subject", "refusal"),
    [
        (ChannelSubject(ChannelName("-x"), Code("A1")), PairingRefusal.NO_CHANNEL),
        (ChannelSubject(ChannelName("telegram"), Code("A1\n")), PairingRefusal.NO_CODE),
        (DeviceSubject(RequestId("--all")), PairingRefusal.NO_REQUEST),
    ],
)
def test_what_must_not_stand_on_a_command_line_is_refused(subject: Subject, refusal: PairingRefusal) -> None:
    """Before there is any command (S9)."""
    assert pairing_ask(Pairing(), Approve(ONE, subject)) == Failure(refusal)


def test_a_command_that_outlives_its_time_is_killed_again_and_its_asker_told() -> None:
    """No other one is started meanwhile, but lists are read; and what it did in the end is believed."""
    late = after(RUNNING, Ring(Name.COMMAND_PATIENCE))
    assert late.effects == (KillCommand(RAN), ReadConfig(OpId(7)))
    assert late.record.command == Running(RAN, SUBJECT, Overdue(OpId(5)))
    told = after(late.record, CONFIG, listing(A))
    assert replies(told) == [Reply(ONE, Unsure(Seen.LISTED))]
    again = after(told.record, Ring(Name.KILL_AGAIN))
    assert again.effects == (KillCommand(RAN),)
    assert after(again.record, approve("two")).effects == ()
    done = pairing_absorb(again.record, PairingReplied(RAN, CommandEnd.SUCCEEDED))
    assert (done.record.channels.entries, done.record.command) == ((), None)
    assert pairing_absorb(again.record, PairingReplied(RAN, CommandEnd.KILLED)).record.approvals == ()


def test_a_late_end_answers_who_still_waits() -> None:
    """It knows better than any look."""
    late = after(RUNNING, Ring(Name.COMMAND_PATIENCE)).record
    assert replies(pairing_absorb(late, PairingReplied(RAN, CommandEnd.SUCCEEDED))) == [Reply(ONE, Approved())]
    failed = pairing_absorb(late, PairingReplied(RAN, CommandEnd.FAILED))
    assert replies(failed) == [Reply(ONE, NotApproved(NotDone.FAILED))]


@pytest.mark.parametrize(
    ("end", "op"),
    [
        (CommandEnd.SUCCEEDED, OpId(12)),
        (CommandEnd.FAILED, OpId(11)),
        (CommandEnd.NOT_STARTED, OpId(10)),
        (CommandEnd.KILLED, OpId(11)),
    ],
)
def test_a_late_end_is_no_answer_to_whoever_waits_for_their_turn(end: CommandEnd, op: OpId) -> None:
    """It is not their command that has ended: theirs runs now."""
    told = after(RUNNING, Ring(Name.COMMAND_PATIENCE), CONFIG, listing(A)).record
    queued = pairing_ask(told, Approve(TWO, DEVICE)).unwrap().record
    ended = pairing_absorb(queued, PairingReplied(RAN, end))
    turn = Approval(OpId(9), DEVICE, Approving(op), (TWO,))
    assert (replies(ended), ended.record.approvals) == ([], (turn,))


def test_a_list_that_outlives_its_time_is_killed_again_and_nobody_is_in_doubt() -> None:
    """There was nothing to approve."""
    listing_ = after(with_policy(SHELL), refresh("one", Kind.DEVICES)).record
    late = after(listing_, Ring(Name.COMMAND_PATIENCE))
    assert (late.effects, late.record.approvals) == ((KillCommand(OpId(2)),), ())
    assert Source.COMMAND_LINE is late.record.policy.source
