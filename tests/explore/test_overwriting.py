"""As long as moves only write parts they are made on packed rows; once one does more, states are taken to pieces."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import pytest
from attrs import frozen

from kiloclaw_adapters.explorer.packed import narrow
from kiloclaw_adapters.explorer.packed.search import PackedSearch
from kiloclaw_core.explore import Action, EachSlot, Joint, Local, Move, Sweep, When, report_of
from tests.bench.toy_race import Size, ToyRace
from tests.checker.counters import Counters, Letter

LATE = 3
"""So far the left counts before anything else happens."""


def count(left: int) -> Iterator[Move]:
    """The left part counts on, for longer than it has bits at first in a word of twelve."""
    if left < 40:
        yield Move(Action("count"), When.FREE, (("left", left + 1),))


def count_calmly(left: int) -> Iterator[Move]:
    """The left part counts on by itself, so far that rows are laid out anew."""
    if left < 12:
        yield Move(Action("count"), When.CALM, (("left", left + 1),))


def pick(right: int) -> Iterator[Move]:
    """Once nothing else goes on the right part becomes anything: it was known from the first, and followed last."""
    for number in range(1, 60) if right == 0 else ():
        yield Move(Action(f"pick {number}"), When.QUIET, (("right", number),))


def nothing(_left: int) -> Iterator[Move]:
    """Nothing ever happens."""
    return iter(())


@frozen
class Late:
    """Something that happens once, when the left has counted so far."""

    move: Move

    def __call__(self, left: int, right: Hashable) -> Iterator[Move]:
        """It happens where it did not yet."""
        if left == LATE and right == 0:
            yield self.move


NUMBERED = Late(Move(Action("name"), When.CALM, (("right", Letter("a", 7)),)))
SPAWNED = Late(Move(Action("spawn"), When.CALM, (("right", 1),), spawned=(Letter("a", 7),)))
BOTH = ("left", "right")


def read(slot: Letter, _blocked: bool) -> Iterator[Move]:  # noqa: FBT001 (as every rule of slots is asked)
    """A letter is read, and gone."""
    yield Move(Action(f"read {slot.word}"), When.FREE)


def kept(slot: Letter) -> Letter:
    """A sweep that leaves every letter as it is."""
    return slot


@pytest.mark.parametrize(
    ("product", "sufficed"),
    [
        (ToyRace(Size(2, 2, 1, 1, 1)), True),
        (Counters((Local(("left",), count),)), True),
        (Counters((Local(("left",), count_calmly), Local(("right",), pick))), True),
        (Counters((Local(("left",), nothing),)), True),
        (Counters((Local(("left",), count),), bag=(Letter("a", 7),)), False),
        (Counters((Local(("left",), count), Local(BOTH, NUMBERED))), False),
        (Counters((Local(("left",), count), Local(BOTH, SPAWNED))), False),
        (Counters((Local(("left",), count), Sweep(BOTH, NUMBERED, kept))), False),
        (Counters((Local(("left",), count), Local(BOTH, SPAWNED), EachSlot((), read))), False),
    ],
    ids=["a race", "counting", "what waits", "nothing", "a bag", "a number", "a slot", "a sweep", "a rule of slots"],
)
def test_moves_are_made_on_rows_until_one_does_more(
    product: ToyRace | Counters, *, sufficed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is found is the same, whenever the one way ends and the other begins, and however rows are laid out."""
    monkeypatch.setattr(narrow, "WORD", 12)
    search = PackedSearch[Joint](product, beside=False)
    told = list(search.run(audit_every=10))
    assert search.report() == report_of(product)
    assert told[-1].frontier == 0
    assert search.overwriting is not None
    assert search.overwriting.suffices() is sufficed
