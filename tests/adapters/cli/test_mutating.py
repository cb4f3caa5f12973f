"""`mutants`: what it prints of the bugs that are brought back, what it exits with, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from io import StringIO
from math import inf

import pytest
from rich.console import Console

from kiloclaw_adapters.cli import mutating
from kiloclaw_adapters.explorer import SearchDiedError
from kiloclaw_adapters.mutants import OtherEndError, mutants_called, running, searching
from kiloclaw_adapters.mutants.running import Found, found
from kiloclaw_core.explore import replay_code

from .conftest import run

FORGETTING, HURRIED = mutants_called(["B01", "hurried-destroy"])


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, nothing takes so long that it is told on the way."""
    monkeypatch.setattr(mutating, "PATIENCE_S", inf)


@pytest.mark.usefixtures("patience")
def test_a_mutant_is_told_by_row_claim_steps_states_and_seconds() -> None:
    """Whoever doubts a claim sees what it notices, and how soon; a row names its mutants as their names do."""
    ran = run("mutants", "B01", "storm", "--processes", "2")
    heading, first, second, _, total = ran.out.splitlines()

    assert (ran.code, ran.err) == (0, "")
    assert heading.split() == ["row", "mutant", "claim", "steps", "states", "seconds"]
    assert first.startswith("B01 ")
    assert " forget-the-id " in first
    assert " tracked at rest " in first
    assert " storm " in second
    assert total.startswith("2 of 2 mutants caught, ")


@pytest.mark.usefixtures("patience")
def test_as_json_there_is_an_object_for_each_row() -> None:
    """A program asks for a row of the corpus, and one mutant may be several."""
    ran = run("mutants", "hurried-destroy", "--json")
    told = json.loads(ran.out)
    steps, states = found(HURRIED.name).steps, found(HURRIED.name).states
    shared = {
        "mutant": "hurried-destroy",
        "world": "instance",
        "claim": "nothing is left behind",
        "caught": True,
        "complete": True,
        "steps": steps,
        "states": states,
    }

    assert (ran.code, ran.err) == (0, "")
    assert [{key: value for key, value in one.items() if key != "seconds"} for one in told] == [
        {"row": row, **shared} for row in HURRIED.rows
    ]
    assert all(one["seconds"] >= 0 for one in told)


def test_a_word_that_is_no_mutant_and_no_row_is_refused() -> None:
    """With what may have been meant."""
    near, far = run("mutants", "hurried-destro"), run("mutants", "%%%")

    assert (near.code, near.out) == (2, "")
    assert "did you mean hurried-destroy or " in near.err
    assert (far.code, far.out) == (2, "")
    assert "docs/reference/mutants.md" in far.err


def answering(monkeypatch: pytest.MonkeyPatch, *answers: Found | Exception) -> None:
    """Let every search come to this."""

    def searches(*_asked: object, **_how: object) -> Iterator[Found]:
        for one in answers:
            if isinstance(one, Exception):
                raise one
            yield one

    monkeypatch.setattr(mutating, "search_all", searches)


def test_a_mutant_that_is_not_caught_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that nobody would miss fails the build."""
    answering(monkeypatch, Found("forget-the-id", None, 12_345, 1.0))
    ran, told = run("mutants", "B01"), run("mutants", "B01", "--json")

    assert (ran.code, told.code) == (1, 1)
    assert "not caught" in ran.out
    assert "0 of 1 mutants caught" in ran.out
    assert json.loads(told.out)[0]["caught"] is False
    assert json.loads(told.out)[0]["steps"] is None


@pytest.mark.parametrize(
    ("error", "code"), [(SearchDiedError("a search died"), 3), (OtherEndError("another end"), 1)], ids=str
)
def test_a_search_that_cannot_be_trusted_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    """Without a table; one that died did not get as far as to judge."""
    answering(monkeypatch, error)
    ran = run("mutants", "B01")

    assert (ran.code, ran.out) == (code, "")
    assert ran.err.strip() == f"kiloclaw: {error}"


def test_what_takes_long_is_told_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """On stderr: a line at first, and then not each time; on a terminal a bar."""
    moments = iter([0.0, 1.0, 3.0, 4.0])
    monkeypatch.setattr("kiloclaw_adapters.cli.mutating.time.perf_counter", lambda: next(moments))
    answering(monkeypatch, *(Found(name, 1, 1, 0.1) for name in ("forget-the-id", "storm", "hurried-destroy")))
    ran = run("mutants", "B01", "storm", "hurried-destroy")

    assert ran.code == 0
    assert ran.err == "2 of 3 mutants in 3 s\n"


def test_on_a_terminal_a_bar_is_left_no_trace_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed there as lines elsewhere changes in its place."""
    screen = StringIO()
    monkeypatch.setattr(mutating, "aside", lambda: Console(file=screen, force_terminal=True))
    told = list(mutating.paced(iter([Found("storm", 1, 1, 0.1)]), 1))

    assert told == [Found("storm", 1, 1, 0.1)]
    assert "1/1" in screen.getvalue()
    assert " mutants in " not in screen.getvalue()


def test_a_mutant_that_breaks_nothing_is_found_so() -> None:
    """What is asked of too small a search has no answer, and is not taken for one."""
    nothing = found("hurried-destroy", limit=1)

    assert not nothing.caught
    assert nothing == Found("hurried-destroy", None, nothing.states, nothing.seconds, complete=False)


def test_a_search_that_was_stopped_is_told_as_not_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends with 1 as well: nobody knows whether the claim would have noticed."""
    answering(monkeypatch, Found("forget-the-id", None, 200_000, 1.0, complete=False))
    ran, told = run("mutants", "B01"), run("mutants", "B01", "--json")

    assert (ran.code, told.code) == (1, 1)
    assert "not decided" in ran.out
    assert "not caught" not in ran.out
    assert (json.loads(told.out)[0]["caught"], json.loads(told.out)[0]["complete"]) == (False, False)


def test_a_process_that_dies_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for its answer waits no longer."""

    def dies(_name: str, _limit: int) -> Found:
        raise BrokenProcessPool

    monkeypatch.setattr(running, "ProcessPoolExecutor", lambda count, **_how: ThreadPoolExecutor(count))
    monkeypatch.setattr(running, "found", dies)

    with pytest.raises(SearchDiedError, match="too little memory"):
        list(running.search_all([FORGETTING.name], processes=1))


def test_a_trace_that_leads_elsewhere_the_second_time_is_no_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by its code nor by its lines."""
    monkeypatch.setattr(searching, "replay_labels", lambda product, _labels: replay_code(product, ""))

    with pytest.raises(OtherEndError, match="forget-the-id: "):
        searching.search_for(FORGETTING)
