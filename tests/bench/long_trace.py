"""`python -m tests.bench.long_trace --megabytes 1000`: what it costs to judge a long trace, in time and in memory.

The trace is generated into a temporary file: a sandbox that is stopped, moved and started again, day after day. The
peer is a loop of bare `json.loads` over the same file.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from kiloclaw_core.rules import check
from tests.story.rules.telling import RUNS, day, trace

MEGABYTE: Final = 1_000_000
DAY_MS: Final = 60_000


def main() -> None:
    """Generate, judge, and tell the ratio and the peak."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.long_trace", description="Judge a long trace.")
    parser.add_argument("--megabytes", type=int, default=1000, help="how long the trace is")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "long.jsonl"
        lines = write(path, asked.megabytes * MEGABYTE)
        bare = seconds_of(path, loads)
        before = peak_mb()
        ours = seconds_of(path, judged)
    said = (
        f"{asked.megabytes} MB, {lines:,} lines: {ours:.1f} s, json.loads alone {bare:.1f} s, ratio {ours / bare:.1f}"
    )
    sys.stdout.write(f"{said}; peak memory {peak_mb():.0f} MB, {peak_mb() - before:.1f} MB of it since judging began\n")


def write(path: Path, size: int) -> int:
    """Write a trace of about this many bytes; answer how many lines it has."""
    written = lines = 0
    every = days()
    with path.open("w", encoding="utf-8") as file:
        while written < size:
            written += file.write(f"{next(every)}\n")
            lines += 1
    return lines


def days() -> Iterator[str]:
    """Day after day, for ever."""
    yield from trace(RUNS)
    at = 0
    for number in count(1):
        for one in day(number):
            at += DAY_MS
            yield json.dumps({**one, "at": at})


def loads(lines: Iterable[str]) -> None:
    """The least that reading them costs."""
    for line in lines:
        json.loads(line)


def judged(lines: Iterable[str]) -> None:
    """Every rule, over every line."""
    assert {one.verdict for one in check(lines)} <= {"held", "not_judged"}


def seconds_of(path: Path, work: Callable[[Iterable[str]], None]) -> float:
    """The seconds of the processor that this takes over the file."""
    began = time.process_time()
    with path.open(encoding="utf-8") as file:
        work(file)
    return time.process_time() - began


def peak_mb() -> float:
    """The most memory that this process has ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


if __name__ == "__main__":
    main()
