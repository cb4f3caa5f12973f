"""The suite `ci`, searched whole: every pair of happenings, and some troubles by themselves.

It takes minutes, so it is marked `slow` and runs in the nox session `explore`: `pytest tests/explore -m slow`.
"""

from __future__ import annotations

import pytest

from kiloclaw_adapters.explorer import Exploration, never_seen, transitions_page
from kiloclaw_core.claims import CLAIMS
from tests.adapters.explorer_page.covering import covered

from .pins import COMMAND, PAGE, SUITE, pin_of, pinned, searched
from .telling import told

pytestmark = pytest.mark.slow

Found = dict[str, Exploration]


@pytest.fixture(scope="module")
def found() -> Found:
    """Every configuration of the suite, searched once."""
    return {one.configuration.name: one for one in searched()}


def test_every_configuration_is_searched_whole(found: Found) -> None:
    """What was not searched is not known."""
    assert [name for name, one in found.items() if not one.report.complete] == []


def test_every_claim_holds_and_every_configuration_shows_what_it_must(found: Found) -> None:
    """This is what the project promises; where it does not, the shortest way there is shown."""
    assert [(name, verdict.claim) for name, one in found.items() for verdict in one.failures] == [], told(
        found.values()
    )


def test_every_witness_is_seen_somewhere(found: Found) -> None:
    """An *always* is worth little if what it speaks of never happens."""
    assert {claim.name for claim in CLAIMS} == {one.claim for each in found.values() for one in each.report.verdicts}
    assert never_seen(tuple(found.values())) == ()


def test_every_configuration_is_as_large_as_it_was(found: Found) -> None:
    """A state more or less is a behaviour more or less, and somebody should say which."""
    assert {name: pin_of(one) for name, one in found.items()} == pinned()


def test_the_page_of_transitions_is_fresh(found: Found) -> None:
    """A reference that tells of yesterday's core misleads whoever trusts it."""
    assert PAGE.read_text(encoding="utf-8") == transitions_page(tuple(found.values()), SUITE)


def test_the_page_of_coverage_and_its_pictures_are_fresh(found: Found) -> None:
    """Likewise, and by the same command."""
    told = covered(tuple(found.values()), SUITE, COMMAND)

    assert [page.name for page, text in told.items() if page.read_text(encoding="utf-8") != text] == []
