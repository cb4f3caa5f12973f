"""After a stop: everybody is answered, what runs is asked to end, and nothing begins any more."""

from __future__ import annotations

import pytest
from attrs import evolve
from returns.result import Failure

from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import (
    Approve,
    Approved,
    AskId,
    CommandEnd,
    Fresh,
    KillCommand,
    Kind,
    NotApproved,
    NotDone,
    Pairing,
    PairingAlarmName,
    PairingCommand,
    PairingRefusal,
    PairingReplied,
    PairingTransition,
    Refreshed,
    Reply,
    Seen,
    Unsure,
    pairing_absorb,
    pairing_alarms_of,
    pairing_ask,
)
from kiloclaw_core.pairing.record import Idle, Life
from tests.story.pairing.telling import (
    CONFIG,
    DEVICE,
    KNOWING_A,
    KNOWING_D,
    LINE,
    SHELL,
    START,
    STOP,
    TRUSTING,
    A,
    D,
    Ring,
    after,
    alarms,
    approve,
    listing,
    refresh,
    with_policy,
)

Name = PairingAlarmName
STALE = Refreshed(Fresh.STALE)
ONE, TWO = AskId("one"), AskId("two")
CLOSED = after(KNOWING_A, STOP).record


@pytest.mark.parametrize("command", [START, refresh(), approve()])
def test_nothing_is_granted_after_a_stop(command: PairingCommand) -> None:
    """But another stop, which changes nothing."""
    assert pairing_ask(CLOSED, command) == Failure(PairingRefusal.SHUTTING_DOWN)
    assert after(CLOSED, STOP) == PairingTransition(CLOSED)


def test_what_is_known_is_still_served_and_nothing_is_wanted() -> None:
    """No alarm, and no line is heard (S2)."""
    assert (CLOSED.channels.entries, CLOSED.life, pairing_alarms_of(CLOSED)) == ((A,), Life.STOPPED, ())
    assert after(CLOSED, LINE) == PairingTransition(CLOSED)


def test_a_list_that_is_being_read_is_not_waited_for() -> None:
    """Whoever asked is told, and what comes late is not committed (PW12)."""
    stopped = after(KNOWING_A, refresh("one"), CONFIG, refresh("two"), STOP)
    assert stopped.effects == (Reply(ONE, STALE), Reply(TWO, STALE))
    assert stopped.record.channels.phase == Idle(OpId(3))
    late = pairing_absorb(stopped.record, PairingReplied(OpId(4), listing()))
    assert late == PairingTransition(stopped.record)


def test_what_runs_is_asked_to_end_and_answers_by_what_it_did() -> None:
    """What waits for its turn is refused; nothing of it was done (PW2)."""
    running = pairing_ask(after(KNOWING_A, approve()).record, Approve(TWO, DEVICE)).unwrap().record
    stopped = after(running, STOP)
    assert stopped.effects == (KillCommand(OpId(4)), Reply(TWO, NotApproved(NotDone.SHUTTING_DOWN)))
    assert alarms(stopped.record) == {Name.KILL_PATIENCE: 7.0}
    done = pairing_absorb(stopped.record, PairingReplied(OpId(4), CommandEnd.SUCCEEDED))
    assert (done.effects, done.record.channels.entries) == ((Reply(ONE, Approved()),), ())
    killed = pairing_absorb(stopped.record, PairingReplied(OpId(4), CommandEnd.KILLED))
    assert (killed.effects, pairing_alarms_of(killed.record)) == ((Reply(ONE, Unsure(Seen.UNREAD)),), ())


def test_what_does_not_end_is_killed_again_and_its_asker_told() -> None:
    """For as long as it is there."""
    stopped = after(KNOWING_A, approve(), STOP).record
    late = after(stopped, Ring(Name.KILL_PATIENCE))
    assert late.effects == (KillCommand(OpId(4)), Reply(ONE, Unsure(Seen.UNREAD)))
    assert alarms(late.record) == {Name.KILL_AGAIN: 60.0}
    assert after(late.record, STOP) == PairingTransition(late.record)


def test_an_approval_in_doubt_stays_so() -> None:
    """There will be no look."""
    looking = after(KNOWING_A, approve(), CommandEnd.KILLED, STOP)
    assert looking.effects == (Reply(ONE, Unsure(Seen.UNREAD)),)


def test_a_command_that_lists_is_asked_to_end_and_what_it_says_is_not_heard() -> None:
    """It frees the place that it had, and nothing takes it."""
    stopped = after(with_policy(SHELL), refresh("one", Kind.DEVICES), STOP)
    assert stopped.effects == (KillCommand(OpId(2)), Reply(ONE, STALE))
    gone = pairing_absorb(stopped.record, PairingReplied(OpId(2), listing(D)))
    assert (gone.effects, gone.record.command, gone.record.devices.entries) == ((), None, ())


def test_what_would_be_approved_by_itself_is_forgotten() -> None:
    """Nobody is there who could."""
    sighted = after(evolve(KNOWING_D, policy=TRUSTING), refresh("two", Kind.DEVICES), listing(D)).record
    assert (len(sighted.candidates), after(sighted, STOP).record.candidates) == (1, ())
    assert Pairing().candidates == ()
