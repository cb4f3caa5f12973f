"""What it costs to judge a long trace, in time and in memory.

The trace is generated into a temporary file: a sandbox that is stopped, moved and started again, day after day. The
peer is a loop of bare `json.loads` over the same file.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from kiloclaw_core.rules import check
from tests.story.rules.telling import RUNS, day, trace

from .measuring import MICROSECONDS, Effort, Line

MEGABYTE: Final = 1_000_000
DAY_MS: Final = 60_000
NAME: Final = "judge a line of a trace / json.loads"


def lines(effort: Effort) -> Iterator[Line]:
    """What judging one line costs; in a process of its own, whose memory is nobody else's."""
    command = [sys.executable, "-m", "tests.bench.long_trace", "--megabytes", str(effort.megabytes)]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)  # noqa: S603 (our own)
    note = (
        f"{effort.megabytes:g} MB, {told['lines']:,} lines, once; "
        f"peak memory {told['peak_mb']:.0f} MB, {told['grown_mb']:.1f} MB of it since judging began"
    )
    ours, peer = (told[who] * MICROSECONDS / told["lines"] for who in ("ours_s", "peer_s"))
    yield Line(NAME, ours, peer, "µs", note)


def main() -> None:
    """Generate, judge, and tell as one JSON object what it took."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.long_trace", description="Judge a long trace.")
    parser.add_argument("--megabytes", type=float, default=1000.0, help="how long the trace is")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "long.jsonl"
        written = write(path, asked.megabytes * MEGABYTE)
        peer_s = seconds_of(path, loads)
        before = peak_mb()
        ours_s = seconds_of(path, judged)
    told = {"lines": written, "ours_s": ours_s, "peer_s": peer_s, "peak_mb": peak_mb(), "grown_mb": peak_mb() - before}
    sys.stdout.write(json.dumps(told) + "\n")


def write(path: Path, size: float) -> int:
    """Write a trace of about this many bytes; answer how many lines it has."""
    written = count_of = 0
    every = days()
    with path.open("w", encoding="utf-8") as file:
        while written < size:
            written += file.write(f"{next(every)}\n")
            count_of += 1
    return count_of


def days() -> Iterator[str]:
    """Day after day, for ever."""
    yield from trace(RUNS)
    at = 0
    for number in count(1):
        for one in day(number):
            at += DAY_MS
            yield json.dumps({**one, "at": at})


def loads(trace_lines: Iterable[str]) -> None:
    """The least that reading them costs."""
    for line in trace_lines:
        json.loads(line)


def judged(trace_lines: Iterable[str]) -> None:
    """Every rule, over every line."""
    assert {one.verdict for one in check(trace_lines)} <= {"held", "not_judged"}


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
