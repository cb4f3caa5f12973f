"""Two processes with different hash seeds find the same report, letter by letter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
from kiloclaw_core.explore import explore, report_of
from tests.checker.toy import Bug, Race
print([report_of(Race(bug=bug), limit=500) for bug in Bug])
"""


def found_under(seed: str, program: str = PROGRAM) -> str:
    """What a process with this hash seed prints, running the program above or another."""
    root = Path(__file__).parents[2]
    found = os.pathsep.join([str(root / "src"), str(root)])
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": found}
    finished = subprocess.run(  # noqa: S603 - the program stands above, or in another test
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    return finished.stdout


def test_the_hash_seed_changes_nothing() -> None:
    """An explorer that iterates a set somewhere would differ; reports must be comparable between machines."""
    first = found_under("1")

    assert "one holder" in first
    assert first == found_under("2")
