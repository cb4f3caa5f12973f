"""Which store a command works on, and what it says where there is none that it can use."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from .conftest import Line, run

COMMANDS = [
    *[(name, "ki_none") for name in ("status", "debug", "regions", "start", "stop", "restart", "destroy")],
    ("start", "ki_none", "--async"),
    ("disown", "ki_none", "vol_1", "--operator", "ann", "--because", "lost"),
]


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_sandbox_that_nobody_provisioned_gets_one_line_and_2(words: tuple[str, ...]) -> None:
    """Most likely its name is misspelt."""
    assert run(*words) == Line(2, "", "kiloclaw: no sandbox ki_none was ever provisioned\n")


@pytest.mark.parametrize("words", [*COMMANDS, ("list",), ("reservations",)], ids=" ".join)
def test_a_store_that_is_not_there_gets_one_line_and_2(words: tuple[str, ...], tmp_path: Path) -> None:
    """Only a provision and a worker make one: elsewhere an empty store looks as if everything were gone."""
    assert run(*words, "--store", "sqlite:///typo.db") == Line(
        2, "", "kiloclaw: there is no store at sqlite:///typo.db\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_gets_one_line_and_2(tmp_path: Path) -> None:
    """A wrong path must not be overwritten, nor end in a traceback."""
    (tmp_path / "notes.txt").write_text("no database\n", encoding="utf-8")

    assert run("list", "--store", "sqlite:///notes.txt") == Line(
        2, "", "kiloclaw: notes.txt: cannot be opened as a store: file is not a database\n"
    )


@pytest.mark.usefixtures("store")
def test_a_database_of_a_newer_schema_gets_one_line_and_2(tmp_path: Path) -> None:
    """Whoever goes back a release must not damage what the newer one wrote."""
    with sqlite3.connect(tmp_path / "kiloclaw.db") as database:
        database.execute("UPDATE meta SET value = 99 WHERE name = 'schema'")
    database.close()

    ran = run("list")

    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "99" in ran.err
