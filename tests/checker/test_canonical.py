"""States that differ only in numbers and in the order of slots are one state, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from attrs import evolve

from kiloclaw_core.explore import Action, EachSlot, Joint, Local, Move, When, canonical, report_naively, report_of
from tests.checker.counters import Counters, Letter
from tests.checker.toy import Budget, Race


def test_numbers_become_ranks_and_slots_stand_in_order() -> None:
    """Order among numbers is kept, so that "newer than" still means the same."""
    joint = Joint((40, 41), (Letter("b", 40), Letter("a", 900), Letter("a", 7)))

    assert canonical(Counters(()), joint) == Joint((40, 41), (Letter("a", 0), Letter("a", 2), Letter("b", 1)))


def test_renumbering_reduces_the_race_and_keeps_its_verdicts() -> None:
    """The saving is the point, and it may not change what is found."""
    plain = report_of(Race(numbered=False, budget=Budget(1, 0, 0)))
    reduced = report_of(Race(budget=Budget(1, 0, 0)))

    assert reduced.states < plain.states
    assert [verdict.verdict for verdict in reduced.verdicts] == [verdict.verdict for verdict in plain.verdicts]
    assert reduced.cells == plain.cells


def test_slots_that_share_a_key_are_refused() -> None:
    """Their order would depend on how a state was reached, so two explorers could disagree."""
    blind = Counters((), bag=(Letter("a", 1), Letter("a", 2)), blind=True)

    with pytest.raises(ValueError, match=r"slot_key gives Letter.* and Letter.* the same place"):
        report_of(blind)
    with pytest.raises(ValueError, match=r"slot_key gives Letter.* and Letter.* the same place"):
        report_naively(blind)


def test_equal_slots_share_a_place_and_are_asked_once() -> None:
    """Two copies of one message are one choice, and taking it leaves the other."""

    def take(letter: Letter, blocked: bool) -> Iterator[Move]:  # noqa: FBT001
        yield Move(Action(f"take {letter.word}{' blocked' * blocked}"), When.CALM)

    twice = Counters((EachSlot((), take),), bag=(Letter("a", 0), Letter("a", 0)))
    report = report_of(twice, audit_every=1)

    assert (report.states, report.edges) == (3, 2)
    assert report == report_naively(twice)


def test_numbers_too_large_for_a_mask_are_ranked_all_the_same() -> None:
    """An op of a later incarnation starts at two to the thirty-second."""

    def write(left: int) -> Iterator[Move]:
        if left < 3:
            letter = Letter("late", (1 << 32) - left)
            yield Move(Action("write"), When.CALM, (("left", left + 1),), spawned=(letter,))

    late = Counters((Local(("left",), write),), bag=(Letter("early", 1 << 40),))
    report = report_of(late, audit_every=1)

    assert report == report_naively(late)
    assert report.states == 4


def test_a_slot_waits_for_the_one_that_blocks_it() -> None:
    """The letter "b" waits while an "a" is there; only then may it go."""

    def take(letter: Letter, blocked: bool) -> Iterator[Move]:  # noqa: FBT001
        if not blocked:
            yield Move(Action(f"take {letter.word}"), When.CALM)

    def waits(letter: Letter, other: Letter) -> bool:
        return letter.word == "b" and other.word == "a"

    waiting = Counters((EachSlot((), take, waits),), bag=(Letter("a", 0), Letter("b", 1)))
    report = report_of(waiting, audit_every=1)

    assert report == report_naively(waiting)
    assert (report.states, report.edges) == (3, 2)


def test_the_bag_of_the_race_never_depends_on_its_beginning() -> None:
    """The race begins its numbers at seven; beginning elsewhere would be the same race."""
    race = Race()
    initial = race.initial()

    assert canonical(race, initial) != initial
    assert canonical(race, canonical(race, initial)) == canonical(race, initial)
    assert evolve(initial, bag=()) == initial
