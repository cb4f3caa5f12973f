"""Judges a run by its merged trace: the core's own claims, by the core's own reader of traces.

The claims are those that the explorer searches by. Some must hold, or be seen, for the demo to have shown what it
promises; of the others, what one run cannot tell is said to be not judged.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from attrs import frozen

from kiloclaw_adapters.demo.merging import TraceLine
from kiloclaw_core.trace.judging import TRACE_CLAIMS, Word
from kiloclaw_core.trace.judging import judge as judge_trace

PROMISED: Final = frozenset(
    {
        "one machine at most",
        "nothing is left behind",
        "destroyed stays destroyed",
        "the data is kept",
        "no silent empty disk",
        "recovering",
        "a volume is kept",
        "destroyed while creating",
        "gone",
    }
)
"""What the demo promises to show, and so must be held or witnessed."""


@frozen
class Judgement:
    """What became of one claim; `line` is the first line of the trace that decided it, `why` why none could."""

    name: str
    sentence: str
    verdict: Word
    line: int | None = None
    why: str | None = None

    @property
    def is_shown(self) -> bool:
        """Whether the run showed it: it held all the way, or was seen."""
        return self.verdict in {"held", "witnessed"}

    @property
    def fails(self) -> bool:
        """Whether it is not as it should be: broken, or promised and not shown."""
        return self.verdict == "broken" or (self.name in PROMISED and not self.is_shown)


def judge(lines: Iterable[TraceLine]) -> tuple[Judgement, ...]:
    """What became of each claim in this trace, in the order of the claims."""
    sentences = {claim.name: claim.sentence for claim in TRACE_CLAIMS}
    return tuple(
        Judgement(one.claim, sentences[one.claim], one.verdict, one.line, one.why)
        for one in judge_trace(json.dumps(line) for line in lines)
    )
