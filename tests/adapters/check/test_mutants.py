"""The bugs that the explorer's claims notice are noticed in their traces as well, by the rule that says the same."""

from __future__ import annotations

from typing import Final

import pytest

from kiloclaw_adapters.mutants import mutants_called, mutated, search_for
from kiloclaw_core.rules import check
from kiloclaw_core.world.setting import Configuration
from kiloclaw_core.world.system import System

from .walking import told

LIMIT: Final = 1_000
NOTICED: Final = {
    "nameless-machines": "single-machine",
    "forget-the-id": "no-untracked-resource",
    "any-404-is-the-machines": "no-untracked-resource",
    "never-surveyed": "no-silent-empty-volume",
    "never-run-is-empty": "no-silent-empty-volume",
    "stopped-over-destroy": "destroyed-stays-destroyed",
    "lost-over-destroy": "destroyed-stays-destroyed",
    "tidy-failure": "last-copy",
    "gone-by-the-clock": "last-copy",
    "asleep-after-failure": "alarm-armed",
    "no-alarm": "alarm-armed",
    "ours-by-name": "identity",
}
"""Mutants that show soon, and the rule that notices each."""


@pytest.mark.parametrize(("name", "rule"), NOTICED.items(), ids=NOTICED)
def test_a_mutant_is_noticed_in_its_trace(name: str, rule: str) -> None:
    """A rule that no bug breaks guards nothing."""
    (mutant,) = mutants_called([name])
    found = search_for(mutant, limit=LIMIT)
    assert found.trace is not None
    assert isinstance(mutant.where, Configuration)
    with mutated(mutant):
        lines = told(System(mutant.where), found.trace)
    assert rule in {one.rule.name for one in check(lines) if one.verdict == "broken"}
