"""The page of coverage in the docs: it tells of what the table of transitions tells of, and so do its pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest

from kiloclaw_adapters.explorer.coverage import COVERAGE, LIFECYCLE, SIDE, WHY_NEVER
from tests.adapters.explorer_page.covering import PAGE
from tests.adapters.explorer_page.test_coverage import texts

TEXT = "{http://www.w3.org/2000/svg}text"
TRANSITIONS = PAGE.with_name("transitions.md")


def rows_of(text: str, level: str) -> Iterator[tuple[str, str, list[str]]]:
    """Each phase, fact, and what is told of the two, on a page of ours under headings of this level."""
    for section in re.split(rf"^{level} ", text, flags=re.MULTILINE)[1:]:
        phase, *lines = section.splitlines()
        rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
        yield from ((phase, fact, told) for fact, *told in rows[2:])


def pairs_of(text: str, level: str) -> set[tuple[str, str]]:
    """The pairs of phase and fact that a page of ours tells of, under headings of this level."""
    return {(phase, fact) for phase, fact, _ in rows_of(text, level)}


def numbers_in(name: str) -> dict[tuple[str, str], int]:
    """The numbers of a picture, by the names of their rows and columns: what stands where is all that it says."""
    rows, columns, found = dict[int, str](), dict[int, str](), dict[tuple[str, str], int]()
    for one in ET.fromstring(PAGE.with_name(name).read_text(encoding="utf-8")).iter(TEXT):  # noqa: S314 (our own)
        turned = re.match(r"translate\((\d+) ", one.get("transform", ""))
        if turned:
            columns[int(turned[1]) - 16] = str(one.text)
        elif one.get("class") == "count":
            row, column = rows[int(one.attrib["y"])], columns[int(one.attrib["x"]) - SIDE // 2]
            found[row, column] = int(str(one.text))
        else:
            rows[int(one.attrib["y"])] = str(one.text)
    return found


def test_the_page_of_coverage_tells_of_what_the_table_of_transitions_does() -> None:
    """Both are made of the same searches, the one as well as the other."""
    assert pairs_of(PAGE.read_text(encoding="utf-8"), "###") == pairs_of(TRANSITIONS.read_text(encoding="utf-8"), "##")


@pytest.mark.parametrize("name", [COVERAGE, LIFECYCLE])
def test_each_picture_has_the_phases_that_the_page_tells_of(name: str) -> None:
    """A picture beside the page that is older than it misleads at first sight."""
    phases = {phase for phase, _ in pairs_of(PAGE.read_text(encoding="utf-8"), "###")}

    assert phases <= set(texts(PAGE.with_name(name).read_text(encoding="utf-8")))


def test_the_picture_of_coverage_has_the_numbers_of_the_page() -> None:
    """Each in its cell, and none where the page has none."""
    told = rows_of(PAGE.read_text(encoding="utf-8"), "###")

    assert numbers_in(COVERAGE) == {(phase, fact): int(number) for phase, fact, (number, _) in told}


def test_the_picture_of_the_lifecycle_has_the_numbers_of_the_table_of_transitions() -> None:
    """How many facts lead from one phase to another."""
    ways = {
        (phase, fact, outcome.partition(" + ")[0])
        for phase, fact, (outcomes,) in rows_of(TRANSITIONS.read_text(encoding="utf-8"), "##")
        for outcome in outcomes.split(" or ")
    }
    pairs = [(phase, after) for phase, _, after in ways if phase != after]

    assert numbers_in(LIFECYCLE) == {pair: pairs.count(pair) for pair in pairs}


def test_what_was_never_reached_is_told_with_its_reason() -> None:
    """Neither does the page leave a reason open, nor is one given for what was reached by now."""
    text = PAGE.read_text(encoding="utf-8")
    _, _, told = text.partition("## Never reached")

    assert re.findall(r"^\| (\S+) \| (.+) \|$", told.partition("## ")[0], re.MULTILINE)[2:] == list(WHY_NEVER.items())
    assert {name for name in WHY_NEVER if f"| {name} | " in told.partition("## By what")[2]} == set()
