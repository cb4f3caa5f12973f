"""What is said of the end of a search while it runs: as recorded from real ones, and never more than is known."""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_adapters.cli.foretelling import Foretelling, spell
from kiloclaw_core.explore import Progress

RECORDED: Final = (
    *((30, 3469, 258, 1.70), (31, 3745, 276, 1.77), (32, 4030, 285, 1.90), (33, 4299, 269, 2.01)),
    *((34, 4544, 245, 2.12), (35, 4779, 235, 2.23), (36, 5009, 230, 2.35), (37, 5234, 225, 2.47)),
    *((38, 5452, 218, 2.61), (39, 5661, 209, 2.78), (40, 5861, 200, 2.91), (41, 6045, 184, 3.04)),
    *((42, 6209, 164, 3.15), (43, 6363, 154, 3.22), (44, 6509, 146, 3.28), (45, 6628, 119, 3.37)),
    *((50, 6975, 44, 3.66), (51, 7009, 34, 3.70), (52, 7043, 34, 3.74), (60, 7586, 86, 4.14), (77, 8201, 0, 4.88)),
)
"""Depth, states, those that waited, and seconds of a search of start-and-recover, as it told them."""
SLOWLY: Final = 10
"""How much slower the machine of these stories is."""


def told(known: int | None, recorded: tuple[tuple[int, int, int, float], ...] = RECORDED) -> dict[int, str]:
    """What was said at each depth."""
    one = Foretelling(known)
    return {
        depth: one.hear(Progress(states, 2 * states, depth, frontier), SLOWLY * seconds)
        for depth, states, frontier, seconds in recorded
    }


def test_what_waits_is_certain_and_the_rest_is_guessed_once_levels_shrink() -> None:
    """In truth there were 31 s to go at depth 31, 24 at 37, 17 at 42, 15 at 45, and 7 at 60, on a second hill."""
    said = told(None)

    assert (said[30], said[31], said[35]) == ("", "at least 1 s to go", "at least 1 s to go")
    assert (said[37], said[42], said[45]) == ("perhaps 19 s to go", "perhaps 16 s to go", "perhaps 9 s to go")
    assert (said[52], said[60]) == ("at least 1 s to go", "at least 1 s to go")


def test_how_large_it_was_foretells_the_end_while_it_is_no_larger() -> None:
    """A change may have made it larger or smaller: the words say so, and of what is larger by now nothing is known."""
    said = told(8201)

    assert said[42] == "about 12 s to go if it is as large as it was"
    assert told(6_000)[42] == told(None)[42]


def test_nothing_is_said_before_it_is_known_how_fast_it_is_nor_once_all_is_followed() -> None:
    """A search that goes on from where it was kept has found millions in its first second, which tell nothing."""
    first = (9, 9_000_000, 400_000, 0.1)

    assert told(None, (first,)) == {9: ""}
    assert told(None, (first, (10, 9_009_000, 400_000, 1.0)))[10] == "at least 7 min to go"
    assert told(8201)[77] == told(None)[77] == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (60.0, "60 s"), (61.0, "2 min"), (3_600.0, "60 min"), (3_601.0, "2 h")],
)
def test_a_time_is_told_as_a_person_would_and_never_as_less(seconds: float, words: str) -> None:
    """Whoever waits is not told to the second what is not known to the minute."""
    assert spell(seconds) == words
