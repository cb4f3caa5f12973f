"""What need not be kept is dropped by both explorers alike, and an anchor's numbers come first."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

import pytest
from attrs import evolve

from kiloclaw_core.explore import Action, Joint, Local, Move, Pruning, Sweep, When, canonical, report_naively, report_of
from tests.checker.counters import Counters, Letter
from tests.checker.toy import Budget, Grant, Race, Request

BLANK = Letter("blank", 0)


def is_written(letter: Letter) -> bool:
    """Whether a letter has something to say."""
    return letter.word != "blank"


def count(left: int) -> Iterator[Move]:
    """The left part counts to two."""
    if left < 2:
        yield Move(Action("count"), When.CALM, (("left", left + 1),))


def erase(right: int) -> Iterator[Move]:
    """Once, every letter may be erased."""
    if right == 0:
        yield Move(Action("erase"), When.FREE, (("right", 1),))


def test_slots_that_nobody_waits_for_are_pruned_by_both_explorers() -> None:
    """A race is smaller without the messages that are only ever refused or given back."""

    def keeps(message: Request | Grant, left: object, right: object) -> bool:
        return not isinstance(message, Request) or "left" in {message.client, str(left), str(right)}

    race = Race(budget=Budget(1, 0, 1))
    pruned = evolve(race, pruning=Pruning(("left", "right"), keeps))
    report = report_of(pruned, audit_every=1)

    assert report.states < report_of(race).states
    assert [verdict.trace for verdict in report.verdicts[:3]] == [
        verdict.trace for verdict in report_naively(pruned).verdicts[:3]
    ]
    assert report.states == report_naively(pruned).states


def test_what_a_sweep_leaves_is_pruned_too() -> None:
    """A crash may turn a slot into one that need not be kept."""
    sweep = Sweep(("right",), erase, lambda _letter: BLANK)
    product = Counters((sweep,), bag=(Letter("a", 0),), pruning=Pruning((), is_written))

    assert report_of(product, audit_every=1) == report_naively(product)


def test_the_first_bag_is_pruned_like_any_other() -> None:
    """Else a slot would stay until the first move that happens to prune."""
    product = Counters((Local(("left",), count),), bag=(BLANK,), pruning=Pruning((), is_written))

    assert report_of(product, audit_every=1) == report_naively(product)
    assert report_of(product).states == 3


def test_numbers_of_the_anchor_are_ranked_first() -> None:
    """The anchor looks the same whatever else is about, so rules that read it alone are asked less often."""
    joint = Joint((Letter("held", 70), 0), (Letter("a", 3), Letter("b", 70)))

    assert canonical(Counters((), anchor="left"), joint) == Joint(
        (Letter("held", 0), 0), (Letter("a", 128), Letter("b", 0))
    )
    assert canonical(Counters((), anchor="right"), joint).parts == (Letter("held", 1), 0)


def test_a_number_that_stood_aside_is_older_than_what_the_anchor_mentions() -> None:
    """An anchor that counts on from its highest number must not come upon one that it found again."""

    class Counting(Counters):
        """A product whose left part is several numbers."""

        def numbers(self, value: object, /) -> tuple[int, ...]:
            return value if isinstance(value, tuple) else ()

        def renumber(self, value: Hashable, mapping: Mapping[int, int], /) -> Hashable:
            return tuple(mapping[number] for number in self.numbers(value)) if isinstance(value, tuple) else value

    found = canonical(Counting((), anchor="left"), Joint(((0, 1, 128), 0), ()))

    assert found == Joint(((1, 2, 0), 0), ())


def test_both_explorers_agree_about_an_anchor() -> None:
    """In the race the lock is anchored: requests it does not mention stand aside."""
    race = Race(budget=Budget(1, 0, 0), anchor="lock")

    assert report_of(race, audit_every=1).states == report_naively(race).states
    assert [verdict.verdict for verdict in report_of(race).verdicts] == [
        verdict.verdict for verdict in report_naively(race).verdicts
    ]


def test_an_anchor_with_too_many_numbers_is_refused() -> None:
    """Its ranks would run into those of the others, and two numbers would become one."""

    class Crowded(Counters):
        """A product whose left part mentions more numbers than there are ranks for."""

        def numbers(self, value: object, /) -> tuple[int, ...]:
            return tuple(range(200)) if value == 0 else (900,) if isinstance(value, Letter) else ()

    with pytest.raises(ValueError, match="the anchor mentions 200 numbers, but has room for 128"):
        canonical(Crowded((), anchor="left"), Joint((0, 1), (Letter("a", 900),)))
