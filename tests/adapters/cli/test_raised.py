"""An exception out of the core while it is searched or walked: what is printed of it, and how that ends."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator

import pytest

from kiloclaw_adapters import forking
from kiloclaw_adapters.cli import choosing
from kiloclaw_adapters.explorer import configuration_called, worlds
from kiloclaw_adapters.testing import overridden
from kiloclaw_core import start

from .conftest import run


def failing(*_what: object) -> object:
    """A change with a slip in it."""
    raise ValueError("no such\nphase")


@pytest.fixture(autouse=True)
def _a_slip() -> Iterator[None]:
    with overridden(start, "creating_machine", failing):
        yield


CODE = "0/0/1/0/0/0/0/0"
"""The shortest way to a machine that is being created, and to whoever hears of it."""
SAID = "kiloclaw: one-each: the core raised ValueError: no such phase\n"


def test_a_search_shows_the_shortest_way_to_it_and_where_it_came_from() -> None:
    """As to a claim that is broken, and not as ninety lines of the search's own affairs."""
    ran = run("explore", "one-each")
    heading, *lanes = ran.out.splitlines()

    assert (ran.code, ran.err) == (4, SAID)
    assert heading == "RAISED  ValueError: no such phase  (after 8 steps)"
    assert lanes[8].split()[:4] == ["8", "CreatingVolume(volume)", "→", "CreatingMachine"]
    assert [line.strip() for line in lanes if "raise ValueError" in line] == ['raise ValueError("no such\\nphase")']
    assert lanes[-1] == f"replay  kiloclaw replay --code {CODE} --configuration one-each"


def test_without_numpy_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever searches, the way is found by the same plain search."""
    quick = run("explore", "one-each")
    monkeypatch.setattr(worlds, "find_spec", lambda _name: None)

    assert run("explore", "one-each") == quick


def test_a_search_of_many_shows_it_of_the_first_that_comes_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a process that is this one's copy, for only so it has the slip; one that cannot begin waits for the others."""
    alone, asked = run("explore", "one-each"), ["restart-and-poll", "one-each"]
    monkeypatch.setattr(forking, "begin", lambda: multiprocessing.get_context("fork"))
    monkeypatch.setattr(choosing, "touched_by", lambda _story: tuple(map(configuration_called, asked)))
    ran = run("explore", "--touched", "start", "--processes", "1")
    asked.pop()
    lifeless = run("explore", "--touched", "start")

    assert (ran.code, ran.out, ran.err) == (4, alone.out, SAID)
    assert (lifeless.code, lifeless.err) == (4, SAID.replace("one-each", "restart-and-poll"))


def test_a_walk_shows_a_way_that_is_shortened() -> None:
    """Where a search would take too long there is none; in so small a system it is one of the shortest."""
    ran = run("walk", "one-each", "--walks", "20")
    heading, *lanes = ran.out.splitlines()

    assert (ran.code, ran.err) == (4, SAID)
    assert heading == "RAISED  ValueError: no such phase  (after 8 steps)"
    assert lanes[8].split()[:4] == ["8", "CreatingVolume(volume)", "→", "CreatingMachine"]


@pytest.mark.parametrize("command", ["explore", "walk"])
def test_where_nothing_can_begin_there_is_no_way_to_show(command: str) -> None:
    """A configuration that begins with a machine that runs is led there by the core as well."""
    ran, told = run(command, "restart-and-poll"), json.loads(run(command, "restart-and-poll", "--json").out)
    heading, *_, changed = ran.out.splitlines()

    assert (ran.code, ran.err) == (4, SAID.replace("one-each", "restart-and-poll"))
    assert heading == "RAISED  ValueError: no such phase  (before the first step)"
    assert (changed, told["trace"], told["code"]) == (f"changed {told['changes'][0]}", None, None)


@pytest.mark.parametrize(("command", "code"), [("explore", CODE), ("walk", "0/1/0/0/0/0/0/0")])
def test_as_json_it_is_one_object(command: str, code: str) -> None:
    """Other programs read it."""
    ran = run(command, "one-each", "--json")
    told = json.loads(ran.out)

    assert (ran.code, ran.err) == (4, SAID)
    assert (told["configuration"], told["raised"], told["code"]) == ("one-each", "ValueError: no such phase", code)
    assert told["changes"] == ["kiloclaw_core.start:creating_machine=tests.adapters.cli.test_raised:failing"]
    assert (len(told["trace"]), told["lines"][-2:]) == (8, ["ValueError: no such", "phase"])
