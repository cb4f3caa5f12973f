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
    AskId,
    CommandEnd,
    ConfigRead,
    DeviceSubject,
    Kind,
    ListChannel,
    ListDevices,
    NotApproved,
    NotDone,
    Ok,
    Pairing,
    PairingFact,
    PairingReplied,
    PairingTransition,
    ReadConfig,
    Reply,
    RunApprove,
    Source,
)
from kiloclaw_core.pairing.record import Life, Shelf
from kiloclaw_core.pairing.requests import subject_of
from kiloclaw_core.world.pairing.caller.landing import approve
from kiloclaw_core.world.pairing.caller.scene import Truth
from kiloclaw_core.world.pairing.caller.system import CallerSystem
from kiloclaw_core.world.pairing.moving import moved
from kiloclaw_core.world.pairing.predicates import never_denied
from kiloclaw_core.world.pairing.scene import PairingScene, Slip
from kiloclaw_core.world.pairing.slots import Slipped, key_of
from kiloclaw_core.world.pairing.truth import GATEWAY, MESSAGE, OpenClaw, approving, shown
from tests.story.pairing.telling import BROKEN, LINE, TELEGRAM, A, D

BOTH = OpenClaw((MESSAGE, GATEWAY))
WHO = Action("asker: does it", "asker")
STOPPED = Pairing(life=Life.STOPPED)
LISTING = Shelf(Kind.CHANNELS, entries=(A,), committed=OpId(3))
KNOWING = Pairing(channels=LISTING)


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
        (STOPPED, PairingTransition(evolve(STOPPED, channels=LISTING)), None, Slip.GREW_AFTER_STOP),
        (KNOWING, PairingTransition(Pairing(channels=evolve(LISTING, committed=OpId(2)))), None, Slip.WENT_BACK),
        (
            KNOWING,
            PairingTransition(Pairing(channels=evolve(LISTING, entries=()))),
            PairingReplied(OpId(4), BROKEN),
            Slip.EMPTIED,
        ),
        (Pairing(), PairingTransition(Pairing()), LINE, Slip.FORGOT),
        (
            Pairing(),
            PairingTransition(Pairing(), (RunApprove(OpId(1), DeviceSubject(D.request), 1.0, 1.0),)),
            None,
            Slip.HASTY,
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Slip) else "",
)
def test_a_slip_is_never_forgotten(
    before: Pairing, after: PairingTransition, fact: PairingFact | None, slip: Slip
) -> None:
    """It stays beside whatever happens later, under a key of its own."""
    move = moved(before, after, WHO, When.CALM, fact)
    assert [one for one in move.spawned if isinstance(one, Slipped)] == [Slipped(slip)]
    assert key_of(Slipped(slip)) == (0, "Slipped", slip.name)


def test_one_who_alone_asked_and_is_told_no_was_denied() -> None:
    """Where it was approved."""
    command = Approve(AskId("one"), subject_of(MESSAGE))
    scene = PairingScene(Pairing(), OpenClaw((), (command.subject,)), (command,), (), (), (), (), quiet=True)
    assert never_denied(scene)
    assert not never_denied(evolve(scene, told=(Reply(command.ask, NotApproved(NotDone.FAILED)),)))
