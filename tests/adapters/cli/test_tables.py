"""What a table shows where there is little room for it."""

from __future__ import annotations

import pytest
from rich.console import Console

from kiloclaw_adapters.cli import tables
from kiloclaw_adapters.cli.tables import tell_table

HEADINGS = ("volume", "because")
ROWS = [("vol_gy9j64luz6mrkdzu", "[red] the one in use is not known to be whole"), ("vol_2", "-")]


@pytest.mark.parametrize("columns", ["20", "80"])
def test_a_pipe_gets_every_row_on_one_line(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever reads it is a program, or looks for an id."""
    monkeypatch.setenv("COLUMNS", columns)

    tell_table(HEADINGS, ROWS)

    assert capsys.readouterr().out.splitlines() == [
        "volume                because",
        "vol_gy9j64luz6mrkdzu  [red] the one in use is not known to be whole",
        "vol_2                 -",
    ]


@pytest.mark.parametrize("width", [30, 43])
def test_a_terminal_folds_no_more_than_the_sentence(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An id is copied, so that it is never cut; where there is no room for a sentence beside it, lines are longer."""
    monkeypatch.setattr(tables, "out", lambda: Console(force_terminal=True, width=width))

    tell_table(HEADINGS, ROWS)

    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "volume                because",
        "vol_gy9j64luz6mrkdzu  [red] the one in use",
        "                      is not known to be",
        "                      whole",
        "vol_2                 -",
    ]


def test_a_table_of_nothing_has_its_headings(capsys: pytest.CaptureFixture[str]) -> None:
    """As a list has in which nothing is yet."""
    tell_table(HEADINGS, [])

    assert capsys.readouterr().out == "volume  because\n"
