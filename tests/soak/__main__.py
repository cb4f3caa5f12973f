"""`python -m tests.soak`: many instances, every fault at once, and a worker that is killed again and again.

It ends with 0 if everything came to rest and held, with 1 and what is wrong if not, with 2 if it was asked wrongly.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from .running import Wanted, soak
from .telling import Progress, as_json, as_tables


def main() -> int:
    """Run a soak, then tell what came of it; what was written is kept where something is wrong."""
    asked = arguments()
    wanted = Wanted(
        seconds=asked.minutes * 60,
        instances=asked.instances,
        seed=asked.seed,
        week_s=asked.week,
        kill_every_s=asked.kill_every,
        asked_every_s=asked.ask_every,
        calm_s=asked.calm,
    )
    progress = Progress(Console(stderr=True), wanted)
    folder = Path(tempfile.mkdtemp(prefix="kiloclaw-soak-"))
    outcome = asyncio.run(soak(wanted, folder, progress.tell))
    if asked.json:
        sys.stdout.write(as_json(outcome) + "\n")
    else:
        Console().print(as_tables(outcome))
    if outcome.problems:
        sys.stderr.write(f"\nthe store and the lines of the workers are in {folder}\n")
        return 1
    shutil.rmtree(folder)
    return 0


def arguments() -> argparse.Namespace:
    """What was asked for; argparse ends with 2 where that cannot be."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Let everything go wrong for a while.")
    parser.add_argument("--minutes", type=positive, default=10.0, help="how long everything goes wrong (10)")
    parser.add_argument("--instances", type=whole, default=200, help="how many instances there are at a time (200)")
    parser.add_argument("--seed", type=int, default=0, help="what is asked and what befalls are drawn from it (0)")
    parser.add_argument("--week", type=positive, default=60.0, help="in how many seconds a week passes (60)")
    parser.add_argument("--kill-every", type=positive, default=20.0, help="seconds until a worker is killed (20)")
    parser.add_argument("--ask-every", type=positive, default=30.0, help="seconds until everybody was asked once (30)")
    parser.add_argument("--calm", type=positive, default=150.0, help="seconds that coming to rest may take (150)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    return parser.parse_args()


def positive(text: str) -> float:
    """A number above 0."""
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"must be above 0, not {text}")
    return number


def whole(text: str) -> int:
    """A whole number above 0."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {text}")
    return number


if __name__ == "__main__":
    sys.exit(main())
