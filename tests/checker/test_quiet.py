"""Quiet rules are asked only where nothing calm is enabled, and what is found is the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiloclaw_core.explore import Action, EachSlot, Local, Move, ProductModel, When, report_naively, report_of
from tests.checker.counters import Counters, Letter
from tests.checker.test_mirror import words

CELL = ("bell", "", "rings")


class Bell:
    """A bell that rings twice, and knows where it was asked to."""

    def __init__(self, when: When = When.QUIET) -> None:
        """Nobody has asked yet."""
        self.when, self.asked = when, set[tuple[int, int]]()

    def __call__(self, left: int, right: int) -> Iterator[Move]:
        """Ring once more, which stirs up what had settled."""
        self.asked.add((left, right))
        if left < 2:
            yield Move(Action("rings"), self.when, (("left", left + 1), ("right", 0)), cell=CELL)


def settle(right: int) -> Iterator[Move]:
    """What was stirred up settles."""
    if right == 0:
        yield Move(Action("settles"), When.CALM, (("right", 1),))


def ringing(bell: Bell, *, quiet: bool) -> Counters:
    """The bell, and what it stirs up."""
    return Counters((Local(("right",), settle), Local(("left", "right"), bell, quiet=quiet)))


def test_what_is_found_is_what_is_found_otherwise() -> None:
    """States, edges, depth and cells; the oracle asks everybody everywhere."""
    told = report_of(ringing(Bell(), quiet=True), audit_every=1)
    assert told == report_of(ringing(Bell(), quiet=False), audit_every=1)
    assert words(told) == words(report_naively(ringing(Bell(), quiet=True)))
    assert (told.states, told.edges, told.depth, told.cells) == (6, 5, 5, (CELL,))


def test_nobody_asks_where_something_calm_is_enabled() -> None:
    """Of the beginning the audit asks everybody; of what was stirred up later nobody asks the bell."""
    quiet, loud = Bell(), Bell()
    report_of(ringing(quiet, quiet=True), audit_every=10**6)
    report_of(ringing(loud, quiet=False), audit_every=10**6)
    settled = {(0, 1), (1, 1), (2, 1)}
    assert (quiet.asked, loud.asked) == ({(0, 0)} | settled, {(0, 0), (1, 0), (2, 0)} | settled)


def test_whatever_lies_about_is_all_the_same_to_it() -> None:
    """A letter is lost before it rings, or after."""

    def lose(slot: Letter, _blocked: bool) -> Iterator[Move]:  # noqa: FBT001 - the explorer's signature
        yield Move(Action(f"loses {slot.number}"), When.FREE)

    bell = Bell()
    product = Counters((EachSlot((), lose), Local(("left", "right"), bell, quiet=True)), bag=(Letter("late", 4),))
    told = report_of(product, audit_every=10**6)
    assert (told.states, told.edges, bell.asked) == (6, 7, {(0, 0), (1, 0), (2, 0)})


@pytest.mark.parametrize("when", [When.CALM, When.FREE])
def test_a_quiet_rule_that_is_not_is_named(when: When) -> None:
    """What it allows would be missed wherever something calm is enabled."""
    product = ringing(Bell(when), quiet=True)
    asked = rf"rule 1 \(Local reading left, right\): rings is {when.value}, but its rule is quiet"
    with pytest.raises(ValueError, match=asked):
        report_of(product)
    model = ProductModel(product)
    ways = model.actions(model.initial())
    with pytest.raises(ValueError, match=asked):
        model.next(model.initial(), ways[1])
