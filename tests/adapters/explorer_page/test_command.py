"""`explore --html` and `replay --html`: what they write, what they say of it, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiloclaw_adapters.cli import exploring
from kiloclaw_adapters.mutants import mutants_called, mutated
from tests.adapters.cli.conftest import run
from tests.adapters.explorer_page.test_writing import embedded

(HURRIED,) = mutants_called(["hurried-destroy"])


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write into an empty folder."""
    monkeypatch.chdir(tmp_path)


def test_a_search_is_written_as_a_page() -> None:
    """The last line says where, and how much is in it."""
    ran = run("explore", "one-each", "--html", "page.html")
    told = embedded(Path("page.html").read_text(encoding="utf-8"))

    assert ran.code == 0
    assert ran.out.splitlines()[-1].startswith(
        "page  page.html: 536 states and 1,610 choices are in this page, all there are: "
    )
    assert told["command"] == "kiloclaw replay --configuration one-each"


def test_a_broken_claim_is_written_as_a_page_and_ends_with_1_all_the_same() -> None:
    """A failing build keeps the page as an artefact."""
    with mutated(HURRIED):
        ran = run("explore", "one-each", "--html", "page.html", "--states", "400", "--json")
    told = json.loads(ran.out)

    assert ran.code == 1
    assert told["page"] == {
        "file": "page.html",
        "states": told["page"]["states"],
        "moves": told["page"]["moves"],
        "bytes": Path("page.html").stat().st_size,
    }
    assert told["page"]["states"] <= 400
    assert told["page"]["moves"] > 0


def test_a_page_that_is_too_large_costs_no_finding() -> None:
    """What was found is told first, in minutes of searching perhaps, and then what became of the page."""
    words = ("explore", "one-each", "--html", "page.html", "--states", "2")
    plain, told = run(*words), run(*words, "--json")

    assert (plain.code, told.code) == (2, 2)
    assert plain.out.startswith("one-each ")
    assert "536 states" in plain.out
    assert plain.err.splitlines()[-1] == told.err.splitlines()[-1]
    assert plain.err.endswith(" and the page may hold 2; --states says how many\n")
    assert json.loads(told.out)["states"] == 536
    assert json.loads(told.out)["page"] is None
    assert not Path("page.html").exists()


def test_a_broken_claim_without_a_page_ends_with_1_all_the_same() -> None:
    """The finding weighs more than the page."""
    with mutated(HURRIED):
        ran = run("explore", "one-each", "--html", "page.html", "--states", "2")

    assert ran.code == 1
    assert "nothing is left behind" in ran.out
    assert "--states says how many" in ran.err


def test_a_page_that_has_no_place_is_refused_before_anything_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is there already stays as it is until there is something to write."""

    def searches(*_: object) -> None:
        raise AssertionError("nothing is to be searched")

    monkeypatch.setattr(exploring, "searched_of", searches)
    Path("folder").mkdir()
    ran = run("explore", "one-each", "--html", "folder")

    assert (ran.code, ran.out, ran.err) == (2, "", "kiloclaw: cannot write folder: Is a directory\n")


def test_what_cannot_be_written_twice_is_not_tried_beforehand() -> None:
    """A pipe, or a device."""
    assert run("explore", "call-down", "--html", "/dev/null").code == 0


def test_a_trace_is_written_as_a_page() -> None:
    """Somebody else's trace, with what might have happened instead."""
    ran = run("replay", "--code", "0/0/1", "--configuration", "one-each", "--html", "page.html", "--states", "50")
    told = embedded(Path("page.html").read_text(encoding="utf-8"))

    assert ran.code == 0
    assert ran.out.splitlines()[-1].startswith("page  page.html: ")
    assert told["path"] == "0/0/1"


def test_a_trace_as_json_tells_of_the_page() -> None:
    """A page that holds all there is has no number of moves."""
    ran = run("replay", "--code", "0", "--configuration", "call-down", "--html", "page.html", "--json")
    told = json.loads(ran.out)

    assert (told["page"]["states"], told["page"]["moves"]) == (32, None)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("explore one-each --states 10", "--states goes with --html"),
        ("replay --code 0 --configuration one-each --states 10", "--states goes with --html"),
        ("explore --suite ci --html page.html", "a page is of one configuration, not of a suite"),
        ("explore --list --html page.html", "--list has no page"),
        ("explore call-down --html nowhere/page.html", "cannot write nowhere/page.html: No such file or directory"),
        (
            "replay --code 0/0/0 --configuration one-each --html page.html --states 2",
            "the traces alone pass 4 states, and the page may hold 2; --states says how many",
        ),
    ],
)
def test_a_page_that_cannot_be_is_refused_in_one_line(words: str, complaint: str) -> None:
    """And nothing is written."""
    ran = run(*words.split())

    assert (ran.code, ran.out, ran.err) == (2, "", f"kiloclaw: {complaint}\n")
    assert not Path("page.html").exists()
