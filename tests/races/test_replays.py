"""Saved races: each path that once led to trouble is followed again, and everything holds all along it.

A race names the claim it broke. What brings the bug back is a mutant of its own (`kiloclaw_adapters.testing`).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kiloclaw_adapters.explorer import configuration_called, read_race
from kiloclaw_core.explore import Kind, passages, replay_labels
from kiloclaw_core.world.system import System

RACES = sorted(Path(__file__).parent.glob("*.jsonl"))


@pytest.mark.parametrize("path", RACES, ids=lambda path: path.stem)
def test_a_saved_race_is_followed_to_its_end_and_breaks_nothing(path: Path) -> None:
    """The path is still possible, and what it broke is mended."""
    race = read_race(path)
    system = System(configuration_called(race.configuration))
    always = [claim for claim in system.claims if claim.kind is Kind.ALWAYS]
    trace = replay_labels(system, race.labels)

    assert race.claim in {claim.name for claim in system.claims}
    assert trace.labels == race.labels
    scenes = [system.scene(after) for _, _, after in passages(system, trace)]
    assert [claim.name for scene in scenes for claim in always if not claim.holds(scene)] == []
