"""How much memory the processes of a soak take, sampled, and whether it stays where it is."""

from __future__ import annotations

import re
from pathlib import Path
from statistics import median
from typing import Final

from attrs import define, field, frozen

RESIDENT: Final = re.compile(r"^VmRSS:\s+(\d+) kB$", re.MULTILINE)
KB_OF_MB: Final = 1024
PARTS: Final = 5
GROWTH: Final = 1.25
SLACK_MB: Final = 30.0
"""Memory that is not given back at once, and that nobody counts."""


def resident_mb(process: int) -> float | None:
    """The memory that this process has in use, in megabytes; None if it is gone."""
    try:
        found = RESIDENT.search(Path(f"/proc/{process}/status").read_text(encoding="ascii"))
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if found is None else int(found[1]) / KB_OF_MB


@frozen
class Course:
    """How the memory of one kind of process went: after the beginning, at the end, and at most."""

    early_mb: float
    late_mb: float
    most_mb: float

    @property
    def is_flat(self) -> bool:
        """Whether it did not grow, but for what nobody counts."""
        return self.late_mb <= self.early_mb * GROWTH + SLACK_MB


@define
class Memory:
    """The samples of one kind of process, in order."""

    samples: list[float] = field(factory=list, init=False)

    def sample(self, process: int) -> None:
        """Take one more sample, if the process is there."""
        found = resident_mb(process)
        if found is not None:
            self.samples.append(found)

    def course(self) -> Course:
        """How it went: the second fifth against the last, since the first fills what is to be filled."""
        part = len(self.samples) // PARTS
        if part == 0:
            return Course(0.0, 0.0, max(self.samples, default=0.0))
        early, late = self.samples[part : 2 * part], self.samples[-part:]
        return Course(median(early), median(late), max(self.samples))
