"""How vectors are made: the same from the same searches, in every process, and as simple as can be."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from kiloclaw_adapters.explorer import AnyConfiguration, configuration_called
from kiloclaw_adapters.vectors import Tree, made, tree
from kiloclaw_adapters.vectors.gathering import Policies, Smallest, calmest_first
from kiloclaw_core import lifecycle
from kiloclaw_core.explore import Cell
from kiloclaw_core.facts import Woken
from kiloclaw_core.instance import Absent
from kiloclaw_core.names import SandboxId

SMALL = ("provision-and-poll", "one-each", "app-in-doubt", "two-attempts", "child", "own-device", "call-kept")
CELL: Cell = ("Absent", "Woken", "Absent")
PRINTED = """\
from kiloclaw_adapters.explorer import configuration_called
from kiloclaw_adapters.vectors import made
print("\\n".join(made(map(configuration_called, ("provision-and-poll", "child")), lambda name: None)))
"""


def named(vector: Tree) -> tuple[object, ...]:
    """The kind and the cell of a vector."""
    return tuple(vector[key] for key in ("kind", "phase", "hears", "becomes"))


def test_what_small_searches_show_is_among_what_is_shipped(shipped: tuple[Tree, ...]) -> None:
    """Made by the same steps, from less; the calls that one of them makes have no vectors and are left out."""
    searched: list[str] = []
    header, *vectors = map(tree, made(map(configuration_called, SMALL), searched.append))

    assert searched == ["provision-and-poll", "two-attempts", "one-each", "own-device", "app-in-doubt", "child"]
    assert {named(one) for one in vectors} - {named(one) for one in shipped[1:]} == set()
    assert {one["kind"] for one in vectors} == {"instance", "app", "registry", "supervisor", "cache"}
    assert header["format"] == "kiloclaw-vectors/1"


def test_every_process_makes_the_same() -> None:
    """Sets come in another order there, and no byte may."""
    ran = [
        subprocess.run(  # noqa: S603 (our own words)
            [sys.executable, "-c", PRINTED],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert ran[0] == ran[1]
    assert ran[0].count("\n") > 200


def test_of_each_cell_the_smallest_record_is_kept_that_was_reached() -> None:
    """By the length of its text and then by the text: a reader sees no more than what shows the cell."""
    long, short = Absent(SandboxId("ki_22")), Absent(SandboxId("ki_1"))
    smallest: Smallest[Absent, Woken] = Smallest()
    for record in (long, short, long):
        smallest.meet(CELL, record, Woken(), record.sandbox, "")
    smallest.meet(("Absent", "Woken", "Gone"), short, Woken(), "", "")
    smallest.settle({CELL})

    assert smallest.settled == {CELL: (short, Woken())}


def test_what_an_earlier_search_has_shown_stays(calm: tuple[AnyConfiguration, ...]) -> None:
    """The calmest come first; of those in which as much happens, each at its place."""
    assert [one.name for one in calm] == ["provision-and-poll", "one-each", "start-and-stop", "early-alarms"]


@pytest.fixture
def calm() -> tuple[AnyConfiguration, ...]:
    """Four configurations, the calmest first."""
    return calmest_first(
        map(configuration_called, ("early-alarms", "one-each", "start-and-stop", "provision-and-poll"))
    )


def test_policies_are_numbered_within_their_kind() -> None:
    """Two kinds may have the same."""
    policies = Policies()

    assert [policies.name(kind, {"tries": tries}) for kind, tries in (("a", 1), ("a", 2), ("b", 1), ("a", 1))] == [
        "a-1",
        "a-2",
        "b-1",
        "a-1",
    ]
    assert policies.trees == {"a-1": {"tries": 1}, "a-2": {"tries": 2}, "b-1": {"tries": 1}}


def test_the_core_is_as_it_was_after_a_search() -> None:
    """What watched it is gone, whoever searches next."""
    before = lifecycle.absorb, lifecycle.decide
    made([configuration_called("provision-and-poll")], lambda _: None)

    assert (lifecycle.absorb, lifecycle.decide) == before
