"""Does any text bring down what reads traces? Atheris changes bytes, and keeps the changes that make new code run.

`python -m tests.fuzz [--seconds 120]`, or `nox --session fuzz`. It begins with traces of our stories. What is no trace
must be refused as such, by judging and by redacting; a traceback or ten seconds without an end fails, and the bytes
that did it are written into the folder that it was started in.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.story.rules.telling import NOTHING, RUNS, STOPPED, Story, Words, day, fails, trace, world, writes

LONGEST: Final = 16_384
"""So many bytes of a trace are changed at most."""
HANGS: Final = 10
"""So many seconds without an end are a hang."""
SEEDS: Final[tuple[tuple[Words, Words | Story], ...]] = (
    (RUNS, tuple(day(1))),
    (STOPPED, (*fails("c1", "create_machine", 412, "k1", "insufficient resources", volume_id="v1"), world())),
    (NOTHING, (writes(None, None),)),
)


def main() -> int:
    """Sow, and let it grow in a process of its own, whose exit code is ours."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Bring down what reads traces.")
    parser.add_argument("--seconds", type=int, default=120, help="how long to try")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        for number, text in enumerate(texts()):
            (Path(folder) / f"seed-{number}").write_text(text, encoding="utf-8")
        bounds = (f"-max_total_time={asked.seconds}", f"-max_len={LONGEST}", f"-timeout={HANGS}")
        command = (sys.executable, "-m", "tests.fuzz.reading", folder, *bounds)
        return subprocess.run(command, check=False).returncode  # noqa: S603 (our own)


def texts() -> Iterator[str]:
    """What it begins with: whole traces, and each of their lines."""
    for beginning, told in SEEDS:
        lines = trace(beginning, told)
        yield "\n".join(lines)
        yield from ("\n".join((*lines[:2], line)) for line in lines[2:])


if __name__ == "__main__":
    sys.exit(main())
