"""The recipe for Ray, run on this machine: its tasks come to what one process comes to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiloclaw_adapters.explorer.shard_files import walked_of
from kiloclaw_adapters.explorer.shards import Plan, walked
from tests.house.sources import PROJECT

RECIPE = PROJECT / "docs" / "examples" / "walk_with_ray.py"
QUIETLY = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}


@pytest.mark.ray
def test_the_shards_that_ray_walked_are_what_one_process_walks(tmp_path: Path) -> None:
    """Else it would matter where something was looked for."""
    command = [sys.executable, str(RECIPE), "one-each", "--walks", "20", "--shards", "2"]
    ran = subprocess.run(  # noqa: S603 (our own page)
        command, cwd=tmp_path, env={**os.environ, **QUIETLY}, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
    together = walked_of(ran.stdout)
    assert (together.of, together.shards) == (2, (1, 2))
    assert together.results == walked(Plan(("one-each",), walks=20)).results
