"""The model of the outside, and what a move leaves behind that does what none may do.

A healthy cache never slips: each slip is shown here by a transition that no function of the core makes, and again by
the mutant that makes it.
"""

from __future__ import annotations

import pytest
from attrs import evolve

from kiloclaw_core.explore import Action, When
from kiloclaw_core.names import OpId
from kiloclaw_core.pairing import (
    Approve,
    Approved,
    AskId,
    ChannelName,
    CommandEnd,
    ConfigRead,
    DeviceSubject,
    Fresh,
    Kind,
    ListChannel,
    ListDevices,
    Listing,
    NotApproved,
    NotDone,
    Ok,
    Pairing,
    PairingFact,
    PairingReplied,
    PairingTransition,
    ReadConfig,
    Refreshed,
    Reply,
    Source,
)
from kiloclaw_core.pairing.alarms import waiting_alarms_of
from kiloclaw_core.pairing.record import (
    Approval,
    Approving,
    Candidate,
    Life,
    Looking,
    Queued,
    Reading,
    Running,
    Shelf,
    Sighted,
)
from kiloclaw_core.pairing.requests import subject_of
from kiloclaw_core.world.pairing.caller.landing import approve
from kiloclaw_core.world.pairing.caller.scene import Truth
from kiloclaw_core.world.pairing.caller.system import CallerSystem
from kiloclaw_core.world.pairing.moving import moved
from kiloclaw_core.world.pairing.predicates import every_wait_ends, never_denied
from kiloclaw_core.world.pairing.scene import PairingScene, Slip
from kiloclaw_core.world.pairing.slots import Slipped, key_of
from kiloclaw_core.world.pairing.truth import GATEWAY, MESSAGE, OpenClaw, approving, shown
from tests.story.pairing.telling import BROKEN, DEVICE, LINE, SLACK, TELEGRAM, A, B, D

BOTH = OpenClaw((MESSAGE, GATEWAY))
WHO = Action("asker: does it", "asker")
STOPPED = Pairing(life=Life.STOPPED)
LISTING = Shelf(Kind.CHANNELS, entries=(A,), committed=OpId(3))
KNOWING = Pairing(channels=LISTING)


SEEN_ONCE = Shelf(Kind.DEVICES, committed=OpId(1))
FRESH = evolve(LISTING, stale=False)
FRESHENED = PairingTransition(Pairing(channels=FRESH))
EMPTIED = PairingTransition(Pairing(channels=evolve(LISTING, entries=())))
NO = PairingTransition(Pairing(), (Reply(AskId("one"), NotApproved(NotDone.FAILED)),))


def reading(
    began: OpId,
    op: OpId,
    left: tuple[ChannelName, ...] = (),
    got: tuple[tuple[ChannelName, Listing], ...] = (),
) -> Pairing:
    """A cache that reads its channels anew, and knows of A from before."""
    return Pairing(channels=evolve(LISTING, phase=Reading(began, op, left, got)))


def waiting(phase: Queued | Approving | Looking) -> Pairing:
    """A cache of which somebody waits for an approval."""
    return Pairing(approvals=(Approval(OpId(1), subject_of(MESSAGE), phase, (AskId("one"),)),))


def test_each_step_shows_what_is_true_at_that_instant() -> None:
    """Every channel and the devices for themselves."""
    assert shown(BOTH, ReadConfig(OpId(1))) == ConfigRead((TELEGRAM,))
    assert shown(BOTH, ListChannel(OpId(1), TELEGRAM, Source.FILES, 1.0, 1.0)) == Ok((MESSAGE,))
    assert shown(BOTH, ListDevices(OpId(1), Source.FILES, 1.0, 1.0)) == Ok((GATEWAY,))


def test_a_request_is_approved_once() -> None:
    """The second command says that there is no such request (pairing 1.8); one that refuses says so of each."""
    subject = subject_of(MESSAGE)
    once, end = approving(BOTH, subject)
    assert (once, end) == (OpenClaw((GATEWAY,), (subject,)), CommandEnd.SUCCEEDED)
    assert approving(once, subject) == (once, CommandEnd.FAILED)
    refusing = evolve(BOTH, refusing=True)
    assert approving(refusing, subject) == (refusing, CommandEnd.FAILED)
    assert approve(Truth()) == (Truth(pending=False, tries=1, approved=True), CommandEnd.SUCCEEDED)
    assert approve(Truth(pending=False)) == (Truth(pending=False, tries=1), CommandEnd.FAILED)


def test_a_caller_has_no_numbers() -> None:
    """A call has one thing under way, so that there is nothing to rename."""
    assert (CallerSystem().numbers(Truth()), CallerSystem().renumber(Truth(), {1: 2})) == ((), Truth())


@pytest.mark.parametrize(
    ("before", "after", "fact", "slip"),
    [
        (STOPPED, PairingTransition(STOPPED, (ReadConfig(OpId(1)),)), None, Slip.BEGUN_AFTER_STOP),
        (STOPPED, PairingTransition(evolve(STOPPED, channels=LISTING)), None, Slip.CHANGED_AFTER_STOP),
        (
            evolve(STOPPED, channels=LISTING, command=Running(OpId(9), DeviceSubject(D.request))),
            PairingTransition(evolve(STOPPED, channels=Shelf(Kind.CHANNELS, committed=OpId(3)))),
            None,
            Slip.CHANGED_AFTER_STOP,
        ),
        (KNOWING, PairingTransition(Pairing(channels=evolve(LISTING, committed=OpId(2)))), None, Slip.WENT_BACK),
        (
            reading(OpId(2), OpId(2)),
            PairingTransition(Pairing(channels=evolve(LISTING, entries=(A, B)))),
            PairingReplied(OpId(2), Ok((A, B))),
            Slip.WENT_BACK,
        ),
        (reading(OpId(4), OpId(4)), EMPTIED, PairingReplied(OpId(4), BROKEN), Slip.EMPTIED),
        (reading(OpId(4), OpId(5), (TELEGRAM,)), EMPTIED, PairingReplied(OpId(5), BROKEN), Slip.EMPTIED),
        (
            reading(OpId(4), OpId(6), (SLACK,), ((TELEGRAM, BROKEN),)),
            EMPTIED,
            PairingReplied(OpId(6), Ok()),
            Slip.EMPTIED,
        ),
        (KNOWING, PairingTransition(Pairing(channels=FRESH)), None, Slip.FRESHENED),
        (reading(OpId(4), OpId(4)), FRESHENED, PairingReplied(OpId(4), BROKEN), Slip.FRESHENED),
        (
            reading(OpId(2), OpId(5), (TELEGRAM,)),
            FRESHENED,
            PairingReplied(OpId(5), Ok((A,))),
            Slip.FRESHENED,
        ),
        (
            Pairing(channels=evolve(FRESH, waiting=(AskId("one"),))),
            PairingTransition(Pairing(channels=FRESH), (Reply(AskId("one"), Refreshed(Fresh.STALE)),)),
            None,
            Slip.MISTOLD,
        ),
        (
            Pairing(channels=evolve(LISTING, wanted=(AskId("one"),))),
            PairingTransition(KNOWING, (Reply(AskId("one"), Refreshed(Fresh.FRESH)),)),
            None,
            Slip.MISTOLD,
        ),
        (Pairing(), PairingTransition(Pairing()), LINE, Slip.FORGOT),
        (Pairing(channels=Shelf(Kind.CHANNELS, dirty=True)), PairingTransition(Pairing()), None, Slip.FORGOT),
        (Pairing(), PairingTransition(Pairing(approvals=(Approval(OpId(1), DEVICE),))), None, Slip.HASTY),
        (
            Pairing(candidates=(Candidate(D.request, D.device, Sighted(OpId(1))),), devices=SEEN_ONCE),
            PairingTransition(Pairing(approvals=(Approval(OpId(2), DEVICE),), devices=SEEN_ONCE)),
            None,
            Slip.HASTY,
        ),
        (waiting(Approving(OpId(2))), NO, PairingReplied(OpId(2), CommandEnd.KILLED), Slip.DENIED),
        (waiting(Looking(OpId(2), OpId(3))), NO, None, Slip.DENIED),
    ],
    ids=[
        "a reading begins after a stop",
        "a list grows after a stop",
        "a list loses what no command approves after a stop",
        "an older reading counts",
        "a reading that was overtaken shows",
        "no channels could be told",
        "the channel could not be read",
        "the channel could not be read and another could",
        "a list is fresh for no reason",
        "a reading that showed nothing is fresh",
        "a reading that was overtaken is fresh",
        "stale is told of a fresh list",
        "fresh is told of a stale list",
        "a line is not heard",
        "a line is forgotten later",
        "an approval of what nobody saw",
        "an approval of what one reading showed",
        "no for a command that was killed",
        "no for one in doubt",
    ],
)
def test_a_slip_is_never_forgotten(
    before: Pairing, after: PairingTransition, fact: PairingFact | None, slip: Slip
) -> None:
    """It stays beside whatever happens later, under a key of its own."""
    move = moved(before, after, WHO, When.CALM, fact)
    assert [one for one in move.spawned if isinstance(one, Slipped)] == [Slipped(slip)]
    assert key_of(Slipped(slip)) == (0, "Slipped", slip.name)


@pytest.mark.parametrize(
    ("before", "after", "fact"),
    [
        (waiting(Queued()), NO, None),
        (waiting(Approving(OpId(2))), NO, PairingReplied(OpId(2), CommandEnd.FAILED)),
        (waiting(Looking(OpId(2), OpId(3))), NO, PairingReplied(OpId(2), CommandEnd.NOT_STARTED)),
        (Pairing(), NO, None),
        (
            evolve(STOPPED, channels=LISTING, command=Running(OpId(9), subject_of(A))),
            PairingTransition(evolve(STOPPED, channels=Shelf(Kind.CHANNELS, committed=OpId(4)))),
            PairingReplied(OpId(9), CommandEnd.SUCCEEDED),
        ),
        (
            reading(OpId(4), OpId(6), (SLACK,), ((TELEGRAM, Ok()),)),
            EMPTIED,
            PairingReplied(OpId(6), BROKEN),
        ),
        (
            reading(OpId(3), OpId(5), (TELEGRAM,)),
            PairingTransition(Pairing(channels=FRESH)),
            PairingReplied(OpId(5), Ok((A,))),
        ),
        (
            Pairing(channels=evolve(FRESH, phase=Reading(OpId(4), OpId(4)))),
            PairingTransition(Pairing(channels=evolve(FRESH, phase=Reading(OpId(4), OpId(5), (TELEGRAM,))))),
            PairingReplied(OpId(4), ConfigRead((TELEGRAM,))),
        ),
    ],
    ids=[
        "no for one that waits for its turn",
        "no by the command",
        "no by the command that was waited for",
        "no for somebody we do not know",
        "an approval after the stop",
        "gone from a channel that was read",
        "fresh by a reading that showed all of it",
        "fresh while it is read anew",
    ],
)
def test_what_may_be_done_is_no_slip(before: Pairing, after: PairingTransition, fact: PairingFact | None) -> None:
    """A command that says no itself, an approval after a stop, and a channel that was read."""
    assert [one for one in moved(before, after, WHO, When.CALM, fact).spawned if isinstance(one, Slipped)] == []


def test_whoever_stands_nowhere_waits_for_ever() -> None:
    """However many alarms there are (6.2, L5)."""
    command = Approve(AskId("one"), subject_of(MESSAGE))
    started = Pairing(life=Life.STARTED)
    scene = PairingScene(started, OpenClaw(), (command,), (), (), (), (), quiet=True)
    assert waiting_alarms_of(started)
    assert not every_wait_ends(scene)
    assert every_wait_ends(evolve(scene, record=waiting(Queued())))
    assert every_wait_ends(evolve(scene, told=(Reply(command.ask, Approved()),)))


def test_one_who_alone_asked_and_is_told_no_was_denied() -> None:
    """Where it was approved."""
    command = Approve(AskId("one"), subject_of(MESSAGE))
    scene = PairingScene(Pairing(), OpenClaw((), (command.subject,)), (command,), (), (), (), (), quiet=True)
    assert never_denied(scene)
    assert not never_denied(evolve(scene, told=(Reply(command.ask, NotApproved(NotDone.FAILED)),)))
