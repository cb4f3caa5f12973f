"""Every rule is needed: a core without it is caught, by a claim, in few steps, and the way there can be gone again."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiloclaw_adapters.explorer import World
from kiloclaw_adapters.mutants import MUTANTS, PLACELESS, Mutant, Placeless, mutants_of, mutated, search_for
from kiloclaw_core.explore import Kind, report_of
from kiloclaw_core.world.setting import Configuration
from kiloclaw_core.world.system import System

from .claimed import KINDS

ROOT = Path(__file__).parents[2]
LONGEST = {
    World.INSTANCE: 60,
    World.APP: 14,
    World.ADMISSION: 40,
    World.CACHE: 30,
    World.SUPERVISOR: 30,
    World.CALLER: 30,
}
"""No bug of a world takes a longer story to show; the longest of an instance's takes two recoveries."""
OF_AN_APP = {
    "one-look": 10,
    "allocated-again": 12,
    "taken-is-ours": 10,
    "unverified": 12,
    "opened-by-an-empty-list": 12,
    "opened-by-an-unreadable-machine": 12,
    "in-a-shared-network": 4,
    "with-the-new-key": 2,
    "without-patience": 2,
    "unheard-and-waiting": 4,
    "without-ceiling": 8,
}
"""Most of an app's are shorter still."""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_caught_by_its_claim(mutant: Mutant) -> None:
    """A rule whose removal nobody notices is either not needed or not claimed; what is found is followed again."""
    caught = search_for(mutant)

    all_seen = "all there are" if caught.complete else "where the search stopped"
    assert caught.trace is not None, f"{mutant.name} breaks nothing in {caught.states} states, {all_seen}"
    assert len(caught.trace.steps) <= OF_AN_APP.get(mutant.name, LONGEST[mutant.world])


@pytest.mark.parametrize("world", World, ids=lambda world: world.value)
def test_every_claim_is_broken_by_some_mutant(world: World) -> None:
    """A claim that nothing can break says nothing."""
    caught = {mutant.caught_by for mutant in mutants_of(world)}
    sought = {name for name, kind in KINDS[world].items() if kind is not Kind.SOMETIMES}

    assert sorted(sought - caught) == []


def test_a_mutant_leaves_no_trace_behind() -> None:
    """The function that was replaced is back, afterwards."""
    mutant = MUTANTS[0]
    original = getattr(mutant.module, mutant.function)

    with mutated(mutant):
        assert getattr(mutant.module, mutant.function) is mutant.override

    assert getattr(mutant.module, mutant.function) is original


def test_what_a_healthy_search_has_worked_out_does_not_hide_a_mutant() -> None:
    """What a record comes to is remembered, and a bug may be in what it comes to."""
    (mutant,) = (one for one in MUTANTS if one.name == "no-alarm")
    assert isinstance(mutant.where, Configuration)
    healthy = report_of(System(mutant.where))

    assert [one.claim for one in healthy.verdicts if one.verdict == "broken"] == []
    assert search_for(mutant).trace is not None
    assert report_of(System(mutant.where)) == healthy


def test_every_bug_has_a_name_of_its_own() -> None:
    """The command line, traces and docs call it by its name."""
    names = [*(one.name for one in MUTANTS), *(one.name for one in PLACELESS)]

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("weakness", PLACELESS, ids=lambda weakness: weakness.name)
def test_a_weakness_without_a_place_is_told_in_a_test(weakness: Placeless) -> None:
    """A reason alone would be an excuse."""
    file, _, name = weakness.told_in.partition("::")

    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")
