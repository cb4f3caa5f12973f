"""What the searches cover: each pair of a phase and a fact, by what it was reached, and two pictures of it."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from kiloclaw_adapters.explorer import Exploration, configuration_called
from kiloclaw_adapters.explorer.coverage import (
    COVERAGE,
    LIFECYCLE,
    Never,
    Reached,
    coverage_page,
    coverage_picture,
    lifecycle_picture,
    never_reached,
    reached,
)
from kiloclaw_core.explore import Cell, Report


def search(name: str, states: int, *cells: Cell) -> Exploration:
    """A search that found so many states and these transitions."""
    report = Report(states=states, edges=0, depth=0, complete=True, verdicts=(), cells=cells)
    return Exploration(configuration_called(name), report, 1.0)


LARGE = search("one-trouble", 900, ("Idle", "ask", "Busy + Call"), ("Busy", "<done>", "Idle"), ("Busy", "lost", "Busy"))
SMALL = search("one-each", 30, ("Idle", "ask", "Busy + Call"), ("Idle", "ask", "Idle"))
FOUND = (LARGE, SMALL)


def test_a_pair_is_reached_by_every_search_that_came_there_the_smallest_first() -> None:
    """Whoever wants to see it searches the smallest."""
    assert reached(FOUND) == (
        Reached("Busy", "<done>", ("one-trouble",)),
        Reached("Busy", "lost", ("one-trouble",)),
        Reached("Idle", "ask", ("one-each", "one-trouble")),
    )


def test_the_page_tells_of_every_pair() -> None:
    """Both pictures first, then a table for each phase."""
    page = coverage_page(FOUND, "ci", "a command")

    assert page.startswith("# Coverage\n\nMade by `a command`; do not edit.\nIt tells of all 2 configurations ")
    assert f"]({COVERAGE})" in page
    assert f"]({LIFECYCLE})" in page
    assert page.endswith(
        "### Busy\n\n| hears | in | smallest |\n| --- | --- | --- |\n"
        "| <done> | 1 | one-trouble |\n| lost | 1 | one-trouble |\n\n"
        "### Idle\n\n| hears | in | smallest |\n| --- | --- | --- |\n| ask | 2 | one-each |\n"
    )


def texts(picture: str) -> list[str]:
    """Every text in a picture, which must be well-formed."""
    names = "{http://www.w3.org/2000/svg}text"
    return [str(one.text) for one in ET.fromstring(picture).iter(names)]  # noqa: S314 (our own picture)


def test_a_picture_names_its_rows_and_columns_and_counts_in_its_cells() -> None:
    """Phases by facts, and phases by phases; a phase that stays is no way to another."""
    assert texts(coverage_picture(FOUND)) == ["Busy", "Idle", "<done>", "ask", "lost", "1", "1", "2"]
    assert texts(lifecycle_picture(FOUND)) == ["Busy", "Idle", "Busy", "Idle", "1", "1"]


def test_a_cell_is_the_darker_the_more_it_counts() -> None:
    """So that what only one search reaches can be seen from afar."""
    many = [search("one-each", number, ("Idle", "ask", "Busy")) for number in range(17)]
    shades = [re.findall(r'opacity="([\d.]+)"', coverage_picture(many[:count])) for count in (1, 2, 5, 17)]

    assert shades == [["0.25"], ["0.50"], ["0.75"], ["1.00"]]


def test_what_was_never_reached_has_an_empty_row_and_an_empty_column() -> None:
    """What is missing is seen only where there is a place for it."""
    never = Never(("Asleep",), ("Woken",))

    assert texts(coverage_picture(FOUND, never)) == [
        *("Asleep", "Busy", "Idle"),
        *("<done>", "Woken", "ask", "lost"),
        *("1", "1", "2"),
    ]
    assert texts(lifecycle_picture(FOUND, never)) == [*("Asleep", "Busy", "Idle") * 2, "1", "1"]


def test_the_page_says_why_something_was_never_reached_where_that_is_known() -> None:
    """A reason that nobody has given is asked for."""
    page = coverage_page(FOUND, "ci", "a command", Never(("Asleep",), ("Woken",)))

    assert (
        "| what | why |\n| --- | --- |\n| Asleep | Nobody has said why. |\n"
        "| Woken | A worker of what is explored looks for a new intent by the alarm `intent`. |\n\n## By what\n"
    ) in page


def test_what_an_instance_has_and_no_search_came_to_is_known() -> None:
    """Each kind of phase, each alarm, and each fact that answers nothing."""
    never = never_reached([search("one-each", 1, ("Awaiting(started)", "AlarmRang(retry)", "Stopped"))])

    assert "Awaiting" not in never.phases
    assert {"Seeking", "Running"} <= set(never.phases)
    assert "AlarmRang(retry)" not in never.facts
    assert {"AlarmRang(probe)", "Woken", "Recovered"} <= set(never.facts)
    assert "Replied" not in never.facts
