"""Sixty-four processes ask for one slot at once, round after round, on a real store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

pytestmark = pytest.mark.xdist_group("by the clock on the wall")

PROJECT: Final = Path(__file__).parents[3]
PROCESSES: Final = 64
ROUNDS: Final = 1_000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 200
"""A thousand rounds are 160 seconds of work, so that a change is raced for a fifth of it."""
LONGEST_S: Final = 1_200.0
POSSIBLE: Final = {"admitted after 0", "occupied after 0", "occupied after 1"}


def test_one_of_all_is_let_in_and_nobody_is_kept(tmp_path: Path) -> None:
    """Neither two instances for one user, nor a queue: whoever loses knows it after one commit of the winner's."""
    ran = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-m", "tests.adapters.registry.racing", tmp_path / "race.db", str(PROCESSES), str(ROUNDS)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
        timeout=LONGEST_S,
    )
    rounds: list[dict[str, int]] = json.loads(ran.stdout)

    assert [answers.get("admitted after 0") for answers in rounds] == [1] * ROUNDS
    assert [sum(answers.values()) for answers in rounds] == [PROCESSES] * ROUNDS
    assert {answer for answers in rounds for answer in answers} == POSSIBLE
