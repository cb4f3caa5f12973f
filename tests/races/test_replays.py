"""Saved races: each path that once led to trouble is followed again, and everything holds all along it.

A race names the claim it broke. What brings the bug back is a mutant of its own (`kiloclaw_adapters.mutants`).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from kiloclaw_adapters.explorer import configuration_called, opened, read_race

RACES = sorted(Path(__file__).parent.glob("*.jsonl"))


@pytest.mark.parametrize("path", RACES, ids=lambda path: path.stem)
def test_a_saved_race_is_followed_to_its_end_and_breaks_nothing(path: Path) -> None:
    """The path is still possible, and what it broke is mended."""
    race = read_race(path)
    system = opened(configuration_called(race.configuration))
    trace = system.by_labels(race.labels)

    assert race.claim is not None
    assert system.sentence(race.claim) != ""
    assert trace.labels == race.labels
    assert system.broken_on_the_way(trace) == {}
