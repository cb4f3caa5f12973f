"""The session that changes decisions one word at a time: what it makes of what mutmut says, without running it."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.mutation import __main__ as mutation
from tests.mutation.__main__ import PAGE, Place, Survivor, explained, main

LINE = "return again(app, None)"
PAGE_TEXT = (
    f"| module | function | the changed line | why |\n|---|---|---|---|\n| `stop` | `refused` | `{LINE}` | Why. |\n"
)


def test_an_explanation_is_of_a_line_in_its_function_wherever_that_stands() -> None:
    """An edit above does not move it, and a line like it elsewhere is not meant."""
    assert explained(PAGE_TEXT) == {Place("stop", "refused", LINE)}
    assert Survivor("kiloclaw_core.stop.x_refused__mutmut_3", (LINE,)).places("stop") == explained(PAGE_TEXT)
    assert Survivor("kiloclaw_core.stop.x_no_answer__mutmut_3", (LINE,)).places("stop") != explained(PAGE_TEXT)
    assert Survivor("kiloclaw_core.start.x_refused__mutmut_3", (LINE,)).places("start") != explained(PAGE_TEXT)


def test_a_line_with_a_bar_is_explained_by_one_that_does_not_end_its_cell() -> None:
    """A table of a page has no other way to show it."""
    page = r"| `size` | `not_now` | `case Idle() \| Stopping():` | Why. |"

    assert explained(page) == {Place("size", "not_now", "case Idle() | Stopping():")}


def test_a_function_of_our_own_and_a_method_are_called_by_their_names() -> None:
    """Both are marked in a way of the tool's own."""
    names = ("kiloclaw_core.app.story.x__note__mutmut_2", "kiloclaw_core.stop.xǁStopǁsaid__mutmut_12", "otherwise")

    assert [Survivor(name, ()).function for name in names] == ["_note", "Stop.said", "otherwise"]


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ((Counter(), ()), 1),
        ((Counter(killed=2, timeout=1), ()), 0),
        ((Counter(killed=2, timeout=1), (Survivor("kiloclaw_core.stop.x_refused__mutmut_3", (LINE,)),)), 1),
        ((Counter(killed=2, timeout=1), (Survivor("kiloclaw_core.stop.x_refused__mutmut_3", ()),)), 1),
    ],
    ids=["nothing was changed", "all is noticed", "one is not", "one cannot be shown"],
)
def test_what_is_not_noticed_or_not_told_fails(
    found: tuple[Counter[str], tuple[Survivor, ...]], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No change that could be read is no change that was noticed."""
    monkeypatch.setattr(mutation, "survivors", lambda _module: found)

    assert main(["stop"]) == code


def test_every_explanation_is_of_a_module_of_decisions() -> None:
    """One that is of none explains nothing."""
    assert {place.module for place in explained(PAGE.read_text(encoding="utf-8"))} <= set(mutation.MODULES)


def test_what_became_of_all_changes_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page has the same numbers; a change that took too long may have been slow only, and is told apart."""
    ends = Counter({"caught by type check": 5, "killed": 2, "timeout": 1})
    monkeypatch.setattr(mutation, "survivors", lambda _module: (ends, ()))

    assert (main(["stop"]), capsys.readouterr().out) == (
        0,
        "stop: 8 changes, mypy notices 5, 1 took too long, 0 unnoticed, 0 of them unexplained\n",
    )
