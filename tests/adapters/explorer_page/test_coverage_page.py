"""The page of coverage in the docs: it tells of what the table of transitions tells of, and so do its pictures."""

from __future__ import annotations

import re

import pytest

from kiloclaw_adapters.explorer.coverage import COVERAGE, LIFECYCLE
from tests.adapters.explorer_page.covering import PAGE
from tests.adapters.explorer_page.test_coverage import texts


def pairs_of(text: str, level: str) -> set[tuple[str, str]]:
    """The pairs of phase and fact that a page of ours tells of, under headings of this level."""
    found: set[tuple[str, str]] = set()
    for section in re.split(rf"^{level} ", text, flags=re.MULTILINE)[1:]:
        phase, *lines = section.splitlines()
        facts = [line.split(" | ")[0].removeprefix("| ") for line in lines if line.startswith("| ")]
        found |= {(phase, fact) for fact in facts[2:]}
    return found


def test_the_page_of_coverage_tells_of_what_the_table_of_transitions_does() -> None:
    """Both are made of the same searches, the one as well as the other."""
    transitions = PAGE.with_name("transitions.md").read_text(encoding="utf-8")

    assert pairs_of(PAGE.read_text(encoding="utf-8"), "###") == pairs_of(transitions, "##")


@pytest.mark.parametrize("name", [COVERAGE, LIFECYCLE])
def test_each_picture_has_the_phases_that_the_page_tells_of(name: str) -> None:
    """A picture beside the page that is older than it misleads at first sight."""
    phases = {phase for phase, _ in pairs_of(PAGE.read_text(encoding="utf-8"), "###")}

    assert phases <= set(texts(PAGE.with_name(name).read_text(encoding="utf-8")))
