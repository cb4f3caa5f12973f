"""`python -m tests.bench`: what it costs, each line a ratio taken in this very run.

Performance is measured here and asserted nowhere; how to read it stands in docs/explanation/performance.md.
"""

from __future__ import annotations

import argparse
import sys
from typing import Final

from attrs import evolve
from rich.console import Console

from . import calls, commits, long_trace, pure, searches, spinning, turnstile, walks
from .measuring import FULL, QUICK
from .telling import as_json, as_table

CHAPTERS: Final = (pure, turnstile, commits, calls, searches, spinning, walks, long_trace)


def main() -> None:
    """Measure everything, then tell it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure what it costs, in ratios.")
    parser.add_argument("--json", action="store_true", help="print one JSON list instead of a table")
    parser.add_argument("--quick", action="store_true", help="do everything once: it shows that it runs, not how fast")
    parser.add_argument("--megabytes", type=float, help="how long a trace is judged: a thousand take 15 minutes")
    asked = parser.parse_args()
    effort = QUICK if asked.quick else FULL
    effort = evolve(effort, megabytes=asked.megabytes or effort.megabytes)
    with Console(stderr=True).status("measuring, for a minute or two"):
        lines = [line for chapter in CHAPTERS for line in chapter.lines(effort)]
    if asked.json:
        sys.stdout.write(as_json(lines) + "\n")
    else:
        Console().print(as_table(lines))


if __name__ == "__main__":
    main()
