"""What is remembered by less than the whole of a part: claims see an aspect of it, rules go by some of its fields."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from attrs import evolve, frozen

from kiloclaw_core.explore import BAG, Action, Claim, Joint, Kind, Local, Move, When, report_naively, report_of
from tests.checker.counters import Counters, Letter


@frozen
class Purse:
    """Two budgets in one part."""

    falls: int
    rests: int


def fall(right: int, purse: Purse) -> Iterator[Move]:
    """The right part counts for as long as there are falls."""
    if purse.falls:
        yield Move(Action("fall"), When.FREE, (("left", evolve(purse, falls=purse.falls - 1)), ("right", right + 1)))


def rest(purse: Purse) -> Iterator[Move]:
    """One rest fewer."""
    if purse.rests:
        yield Move(Action("rest"), When.FREE, (("left", evolve(purse, rests=purse.rests - 1)),))


def count(right: int) -> Iterator[Move]:
    """The right part counts to nine."""
    if right < 9:
        yield Move(Action("count"), When.CALM, (("right", right + 1),))


def is_odd(right: int) -> bool:
    """All that a claim sees of a number here."""
    return right % 2 == 1


FALLING = Local(("right", "left.falls"), fall)
RESTING = Local(("left.rests",), rest)


def test_a_rule_is_asked_once_for_each_content_of_the_fields_it_goes_by() -> None:
    """What becomes of the other fields is no matter of its own."""
    asked = []

    def listened(purse: Purse) -> Iterator[Move]:
        asked.append(purse.rests)
        yield from rest(purse)

    product = Counters((FALLING, Local(("left.rests",), listened)), left=Purse(3, 2))
    report = report_of(product, audit_every=1_000)

    assert (report.states, report.edges) == (12, 17)
    assert asked == [2, 2, 1, 0]  # the first of them again: that state is audited


def test_both_explorers_agree_about_rules_that_go_by_fields() -> None:
    """The oracle reads the whole part, and remembers nothing."""
    product = Counters((FALLING, RESTING), left=Purse(3, 2))

    assert report_of(product, audit_every=1) == report_naively(product)


def test_what_fields_become_is_remembered_whatever_else_changes() -> None:
    """The same purse beside ten numbers."""
    product = Counters((Local(("right",), count), RESTING), left=Purse(0, 2))
    report = report_of(product, audit_every=1)

    assert (report.states, report) == (30, report_naively(product))


def test_a_rule_that_goes_by_more_than_its_fields_is_named() -> None:
    """Its answer was remembered for all purses of so many rests, whatever else is in them."""

    def greedy(purse: Purse) -> Iterator[Move]:
        yield Move(Action("rest"), When.FREE, (("left", evolve(purse, rests=purse.falls)),))

    product = Counters((FALLING, Local(("left.rests",), greedy)), left=Purse(3, 2))

    with pytest.raises(AssertionError, match=r"rule 1 \(Local reading left.rests\): rest depends on more than"):
        report_of(product, audit_every=1)


def test_a_field_that_is_not_there_is_refused() -> None:
    """By the names of those that are."""
    product = Counters((Local(("left.naps",), rest),), left=Purse(3, 2))

    with pytest.raises(ValueError, match=r"reads 'left.naps', but can read left, right, left.falls, left.rests"):
        report_of(product)


def test_claims_are_judged_once_for_what_they_see() -> None:
    """Ten numbers, of which a claim sees two, and a bag that is seen whole."""
    judged = []

    def holds(joint: Joint) -> bool:
        judged.append(joint.parts[1])
        return joint.parts[1] in {1, 3, 5, 7, 9}

    claim: Claim[Joint] = Claim("odd", "Right is odd.", Kind.SOMETIMES, ("right", BAG), holds)
    product = Counters((Local(("right",), count),), (claim,), (Letter("a", 0),), aspects={"right": is_odd, BAG: len})
    report = report_of(product, audit_every=1_000)

    assert (report.states, report.verdicts[0].verdict) == (10, "witnessed")
    assert judged == [0, 0, 1]  # the first of them again: that state is audited


def test_a_claim_that_sees_more_than_the_aspect_is_named() -> None:
    """It was judged once for all odd numbers."""
    claim: Claim[Joint] = Claim("small", "Right is no 5.", Kind.ALWAYS, ("right",), lambda joint: joint.parts[1] != 5)
    product = Counters((Local(("right",), count),), (claim,), aspects={"right": is_odd})

    with pytest.raises(AssertionError, match="claim 'small' depends on more than it reads, right"):
        report_of(product, audit_every=1)


def test_an_aspect_of_what_is_no_part_is_refused() -> None:
    """By name."""
    with pytest.raises(ValueError, match=r"the aspect of up reads 'up', but can read left, right, bag"):
        report_of(Counters((), aspects={"up": is_odd}))
