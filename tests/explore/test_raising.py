"""A search in which something is raised is made once more, and what becomes of it where that finds nothing."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from kiloclaw_adapters.explorer import configuration_called, run_exploration
from kiloclaw_adapters.explorer.worlds import Opened
from kiloclaw_core.explore import Progress, Report

FORGOTTEN = AssertionError("once depends on more than the rule reads")


@pytest.fixture(autouse=True)
def _an_audit_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def explored(*_how: object) -> Generator[Progress, None, Report]:
        yield Progress(1, 0, 0, 1)
        raise FORGOTTEN

    monkeypatch.setattr(Opened, "explored", explored)


def test_what_no_plain_search_meets_is_raised_as_it_came() -> None:
    """It is no exception of the core, but of whoever searches."""
    with pytest.raises(AssertionError) as raised:
        run_exploration(configuration_called("one-each"))
    assert raised.value is FORGOTTEN


def test_a_plain_search_tells_how_far_it_is_and_ends_where_it_would_take_too_much() -> None:
    """Whatever was raised is then all there is to tell."""
    told, sizes = list[int](), iter((0, 200))
    with pytest.raises(AssertionError) as raised:
        run_exploration(
            configuration_called("stranger"),
            memory=100,
            watch=lambda progress, _seconds: told.append(progress.states),
            taken=lambda: next(sizes),
        )
    assert (raised.value, len(told), told[0], told[1] > 5_000) == (FORGOTTEN, 2, 1, True)


def test_a_plain_search_ends_when_it_is_told_to() -> None:
    """Like any other."""
    with pytest.raises(AssertionError) as raised:
        run_exploration(configuration_called("stranger"), is_to_end=lambda: True, taken=lambda: 0)
    assert raised.value is FORGOTTEN
