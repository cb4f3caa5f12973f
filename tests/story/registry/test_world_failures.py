"""The failure table of registry 3.8, F1 to F24: whoever serves an attempt is lost at each position, and it comes right.

Each row: what was being asked, whether it landed, whether whoever serves died or only heard nothing; then what the
caller was told, and how all stands once nothing goes on any more. Every *always* is looked at on the way, and home at
the end.
"""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_core.registry import Evidence, Failure, Phase, Resolution, RouteState, RowState
from kiloclaw_core.registry.asks import Reply, Troubled
from kiloclaw_core.registry.troubles import Trouble
from kiloclaw_core.world.admission.instances import Wanted
from kiloclaw_core.world.admission.setting import FIRST
from tests.story.registry.worldly import Ending, Tale

STEPS: Final = (
    "Begin",
    "ReadActive",
    "WorkStarted",
    "AskInstance",
    "PrepareCommit",
    "InsertRow",
    "Subscribe",
    "LookAtRow",
    "Commit",
)
"""What is asked, in this order: r4, r6, r8, r9, (new), r10, r11, (new) and r12 of registry 3.3."""

UNAVAILABLE: Final = Troubled(Trouble.UNAVAILABLE)
FAILED: Final = Troubled(Trouble.PROVISION_FAILED)
PENDING: Final = Troubled(Trouble.COMPLETION_PENDING)


def untouched(why: Resolution) -> Ending:
    """The slot is free, and nothing was ever done: no probe was needed but the first."""
    return Ending(Phase.RELEASED, Evidence.NONE, None, why, 0, None, RowState.NONE, Wanted.UNHEARD_OF, there=False)


def closed(failure: Failure) -> Ending:
    """The slot is free, and the instance, which never heard of the attempt, is closed for it."""
    gone, over = Wanted.GONE, Resolution.CLEANED_UP
    return Ending(Phase.RELEASED, Evidence.CONFIRMED_ABSENT, failure, over, 0, None, RowState.NONE, gone, there=False)


def cleaned(failure: Failure, probes: int, row: RowState = RowState.NONE) -> Ending:
    """The slot is free, and what was made is destroyed; the instance said so itself."""
    tombstone, gone, over = RouteState.TOMBSTONE, Wanted.GONE, Resolution.DESTROYED
    return Ending(Phase.RELEASED, Evidence.CONFIRMED_ABSENT, failure, over, probes, tombstone, row, gone, there=False)


COMPLETED: Final = Ending(
    Phase.COMPLETED,
    Evidence.RECORDED,
    None,
    None,
    0,
    RouteState.LIVE,
    RowState.CANONICAL,
    Wanted.RUNNING,
    there=True,
)
"""All that the attempt was made for; whoever asks again is told so."""

NEVER_STARTED: Final = untouched(Resolution.NEVER_STARTED)
WITHDRAWN: Final = untouched(Resolution.FAILED_BEFORE_WORK)
STALLED: Final = Failure.STALLED

Row = tuple[str, str, str, str, Reply | None, Ending | None]
TABLE: Final[tuple[Row, ...]] = (
    # F2: not stored; F3, F4: stored, and nobody heard
    ("F2", "Begin", "lost", "dies", None, None),
    ("F2", "Begin", "lost", "unheard", UNAVAILABLE, None),
    ("F4", "Begin", "lands", "dies", None, NEVER_STARTED),
    ("F3", "Begin", "lands", "unheard", UNAVAILABLE, NEVER_STARTED),
    # F5, F6: rows cannot be read; F7: died before it could give the slot back
    ("F7", "ReadActive", "reads", "dies", None, NEVER_STARTED),
    ("F5", "ReadActive", "reads", "unheard", FAILED, WITHDRAWN),
    # F8: nobody reached the instance
    ("F8", "WorkStarted", "lost", "dies", None, NEVER_STARTED),
    ("F8", "WorkStarted", "lost", "unheard", FAILED, WITHDRAWN),
    ("F8", "WorkStarted", "lands", "dies", None, closed(STALLED)),
    ("F8", "WorkStarted", "lands", "unheard", FAILED, closed(Failure.PROVIDER)),
    ("F8", "AskInstance", "lost", "dies", None, closed(STALLED)),
    ("F8", "AskInstance", "lost", "unheard", FAILED, closed(Failure.PROVIDER)),
    # F10 to F16: the instance was reached, and nobody knows
    ("F16", "AskInstance", "lands", "dies", None, cleaned(STALLED, 2)),
    ("F15", "AskInstance", "lands", "unheard", FAILED, cleaned(Failure.PROVIDER, 1)),
    ("F16", "PrepareCommit", "lost", "dies", None, cleaned(STALLED, 2)),
    ("F17", "PrepareCommit", "lost", "unheard", FAILED, cleaned(Failure.ROW, 1)),
    ("F16", "PrepareCommit", "lands", "dies", None, cleaned(STALLED, 2)),
    ("F17", "PrepareCommit", "lands", "unheard", FAILED, cleaned(Failure.ROW, 1)),
    # F17 to F20: the row was not inserted; F22: it was, and nobody subscribed it
    ("F20", "InsertRow", "lost", "dies", None, cleaned(STALLED, 2)),
    ("F18", "InsertRow", "lost", "unheard", FAILED, cleaned(Failure.ROW, 1)),
    ("F22", "InsertRow", "lands", "dies", None, COMPLETED),
    ("F19", "InsertRow", "lands", "unheard", FAILED, cleaned(Failure.ROW, 1, RowState.DESTROYED)),
    ("F22", "Subscribe", "lost", "dies", None, COMPLETED),
    ("F22", "Subscribe", "lost", "unheard", PENDING, COMPLETED),
    # F23: everything but the completion
    ("F23", "Subscribe", "lands", "dies", None, COMPLETED),
    ("F23", "Subscribe", "lands", "unheard", PENDING, COMPLETED),
    ("F23", "LookAtRow", "reads", "dies", None, COMPLETED),
    ("F23", "LookAtRow", "reads", "unheard", PENDING, COMPLETED),
    ("F23", "Commit", "lost", "dies", None, COMPLETED),
    ("F23", "Commit", "lost", "unheard", PENDING, COMPLETED),
    # F24: the reply alone is lost
    ("F24", "Commit", "lands", "dies", None, COMPLETED),
    ("F24", "Commit", "lands", "unheard", PENDING, COMPLETED),
)
LOCK_OUT: Final = 2
"""No row leaves the slot unresolved for more probes than these, each counted when it could not end it."""


def lost_at(step: str, fate: str, how: str) -> Tale:
    """The story up to where this is asked, and what became of it and of whoever asked."""
    before = STEPS[: STEPS.index(step)]
    tale = Tale((FIRST,)).happens("first: asks", *(f"first: {one}" for one in before))
    tale.happens("first: dies" if how == "dies" else "first: is not answered")
    match fate:
        case "lands":
            return tale.happens(f"late: {step} lands")
        case "lost":
            return tale.happens(f"late: {step} never lands")
        case _:
            return tale  # what only reads leaves nothing behind


@pytest.mark.parametrize(
    ("row", "step", "fate", "how", "reply", "ending"), TABLE, ids=[f"{one[0]}-{'-'.join(one[1:4])}" for one in TABLE]
)
def test_an_attempt_that_is_lost_comes_right(  # noqa: PLR0913, PLR0917 - the columns of the table
    row: str, step: str, fate: str, how: str, reply: Reply | None, ending: Ending | None
) -> None:
    """Nobody is needed for it: the registry's own probe ends it, one way or the other (L1 to L6)."""
    tale = lost_at(step, fate, how).calms()
    assert (tale.reply("first"), tale.ending("first")) == (reply, ending)


def test_the_lock_out_is_bounded_in_probes() -> None:
    """The number that an operator may plan with: so many probes, and then the one that ends it (L2)."""
    probes = [ending.probes for *_, ending in TABLE if ending is not None]
    assert max(probes) == LOCK_OUT


def test_every_row_of_the_table_is_told_or_has_its_reason() -> None:
    """F1 holds nothing, and the rest is the instance's own crash, or what has no place here."""
    told = {row for row, *_ in TABLE}
    elsewhere = {
        "F1": "test_flow: a preflight that fails holds nothing",
        "F6": "as F5, and the slot cannot be given back: below",
        "F9": "a definite refusal of the provider is the instance's own story, which goes on or is cleaned up: below",
        "F10": "below",
        "F11": "the instance crashes with a create in flight: below",
        "F12": "there is no state in between: identity is durable before anything is called (test_provision)",
        "F13": "there is no start that is forgotten: what is desired is durable with the identity (test_provision)",
        "F14": "as F13",
        "F21": "a compensation that is lost: below",
    }
    assert told | elsewhere.keys() == {f"F{number}" for number in range(1, 25)}


def test_f6_a_slot_that_cannot_be_given_back_is_given_back_by_the_probe() -> None:
    """Rows did not answer, and then the registry did not either."""
    tale = Tale((FIRST,)).happens("first: asks", "first: Begin", "first: is not answered", "first: is not answered")
    tale.happens("late: FailedClean never lands").calms()
    assert (tale.reply("first"), tale.ending("first")) == (FAILED, NEVER_STARTED)


def test_f9_and_f10_a_create_that_is_refused_or_in_doubt_is_the_instances_own_affair() -> None:
    """It goes on trying, and the attempt with it: nobody is locked out, and nothing is made twice."""
    tale = Tale((FIRST,)).happens("first: asks", *(f"first: {one}" for one in STEPS[:4]))
    tale.happens("instance first's: it sends for a machine", "provider: refuses")
    tale.happens("instance first's: it sends for a machine", "instance first's: crashes").calms()
    assert tale.ending("first") == COMPLETED


@pytest.mark.parametrize("landed", ["its create landed", "its create never lands"])
def test_f11_a_create_in_doubt_is_cleaned_up_whatever_became_of_it(landed: str) -> None:
    """Whoever served is gone as well: what landed is found by the instance, and only then is the slot free."""
    tale = Tale((FIRST,)).happens("first: asks", *(f"first: {one}" for one in STEPS[:4]))
    tale.happens("instance first's: it sends for a machine", "instance first's: crashes", "first: is not answered")
    tale.happens("late: PrepareCommit never lands", "first: FailedDirty")
    tale.happens("registry: intent", "CloseRow", "registry: hears", "OrderDestroy", "registry: hears")
    assert tale.registry.holder(FIRST.request.user) is not None
    tale.happens(f"instance first's: {landed}").calms()
    assert tale.ending("first") == cleaned(Failure.ROW, 1)


@pytest.mark.parametrize("fate", ["lands", "never lands"])
def test_f21_a_compensation_that_is_lost_is_made_up_for_by_the_probe(fate: str) -> None:
    """Row or no row, the slot is never free before the instance is gone, and never held for want of a message."""
    tale = Tale((FIRST,)).happens("first: asks", *(f"first: {one}" for one in STEPS[:5]), "first: is not answered")
    tale.happens("late: InsertRow never lands", "first: is not answered", f"late: FailedDirty {fate}").calms()
    failure, probes = (Failure.ROW, 1) if fate == "lands" else (STALLED, 2)
    assert (tale.reply("first"), tale.ending("first")) == (UNAVAILABLE, cleaned(failure, probes))
