"""What is said of an attempt that was given up: why, and in whose words, to outsiders and in the log alike."""

from __future__ import annotations

from attrs import evolve

from kiloclaw_core.app import AppTransition, Standing
from kiloclaw_core.app.outcomes import AddressesListed, AppMade
from kiloclaw_core.app.phases import Unready
from kiloclaw_core.app.record import App, AppNote
from kiloclaw_core.outcomes import Rejected, Why
from tests.story.app.telling import MISSING, RING, UNKNOWN, Happening, after, failed, record_in


def given_up(ops: int, note: AppNote) -> AppTransition:
    """The end of an attempt that used so many ops and every try, with this said of it."""
    unready = evolve(record_in(Unready(), ops, tries=0), note=note)
    return AppTransition(unready, (), (failed(note.why, note.text),))


def noted(ended: AppTransition) -> str | None:
    """The words of what is said of it; they are compared here, for two notes that differ in nothing else are one."""
    return ended.record.note.text if isinstance(ended.record, App) and ended.record.note is not None else None


def each_time(*happenings: Happening) -> tuple[Happening, ...]:
    """This at the first try, and again at each of the three that are left."""
    return (*happenings, *((RING, *happenings) * 3))


def test_a_refusal_is_told_in_its_own_words() -> None:
    """What Fly said is what helps whoever reads it."""
    slow = Rejected(Why.RATE_LIMITED, text="slow down")
    ended = after(*each_time(slow))
    assert ended == given_up(8, AppNote(Why.RATE_LIMITED, "slow down"))
    assert noted(ended) == "slow down"


def test_no_answer_is_told_in_ours() -> None:
    """There are no words of Fly's to tell."""
    assert after(*each_time(UNKNOWN)) == given_up(8, AppNote(Why.NO_ANSWER, "no answer"))


def test_an_app_that_vanishes_each_time_is_told_so() -> None:
    """It was made and then not found: the last refusal is what is told, not that there is nothing to tell."""
    gone = Rejected(Why.NOT_FOUND, text="could not find app")
    assert after(*each_time(MISSING, AppMade(), gone)) == given_up(16, AppNote(Why.NOT_FOUND, "could not find app"))


def test_an_address_that_is_said_to_be_had_and_never_listed_is_told_so() -> None:
    """Each listing misses it and each allocation is refused: nobody asks on, and what Fly said is what is told."""
    has, none = Rejected(Why.CONFLICT, text="app already has an address"), AddressesListed()
    ended = after(MISSING, AppMade(), none, has, *((RING, none, has) * 3))
    note = AppNote(Why.CONFLICT, "app already has an address")
    unready = evolve(record_in(Unready(), 14, tries=0, standing=Standing.MADE), note=note)
    assert ended == AppTransition(unready, (), (failed(note.why, note.text),))
    assert noted(ended) == note.text
